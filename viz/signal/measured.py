"""What the Signal page measures, and how much of it a machine may be asked for."""

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import numpy as np

from engine.experiments.propagation import Propagation
from engine.spec import RunSpec
from engine.spec.stack import SHARED, Stack
from engine.tables.wording import Sentence
from viz.server import bounds
from viz.workbench import is_known, progressively

WORK = 7.5e8  # weights x seeds that one visitor may have measured at a control's change, for a small batch
SMALL_BATCH = 64  # samples that take as long as drawing the weights
FINE = 4_000_000  # weights up to which a net is measured in double precision
ROUNDING = 10  # times eps² q: a signal's variance below it is the rounding of z


def arguments(spec: RunSpec, batch_size: int) -> dict[str, Any]:
    """The stack that a run's hidden layers are, fed by an input as wide as the first of them."""
    return {
        "activation": spec.activation,
        "activation_options": dict(spec.activation_options),
        "initializer": spec.initializer,
        "initializer_options": dict(spec.initializer_options),
        "widths": (spec.hidden[0], *spec.hidden),
        "batch_size": batch_size,
    } | {name: getattr(spec, name) for name in SHARED if name != "dropout"}


def weights_of(stack: dict[str, Any]) -> int:
    return sum(linear.pieces * linear.fan_in * linear.fan_out for linear in Stack(**stack).linears())


def seeds_of(stack: dict[str, Any], seeds: int) -> int:
    """The seeds asked for, or as many nets of this size as can be measured while somebody waits; at least one."""
    work = weights_of(stack) * (1 + stack["batch_size"] / SMALL_BATCH)
    return max(1, min(seeds, int(WORK / work)))


def too_many_samples(stack: dict[str, Any]) -> Sentence | None:
    """Why these samples do not fit through this net on this server; None where they do."""
    units = sum((1 + linear.pieces) * linear.fan_out for linear in Stack(**stack).linears())
    outputs = 2 * units * np.dtype(precision(stack)).itemsize
    if (needed := stack["batch_size"] * outputs) <= bounds.MOST_MEMORY:
        return None
    return Sentence(
        "{samples} samples through this net would take {needed:.1f} GB of this server's memory; give at most {most} "
        "samples, or a smaller net.",
        samples=stack["batch_size"],
        needed=needed / 1e9,
        most=int(bounds.MOST_MEMORY / outputs),
    )


def precision(stack: dict[str, Any]) -> str:
    """The numbers that a net is measured in: double precision costs a large one too much time."""
    return "float64" if weights_of(stack) <= FINE else "float32"


def measurements(stack: dict[str, Any], seeds: int) -> Iterator[Propagation]:
    """What is measured, as soon as a seed is there and when all are; arrays [seeds, layers]."""
    return progressively(_nets, "signal", parts=1, **_asked(stack, seeds))


def are_known(stack: dict[str, Any], seeds: int) -> bool:
    """Whether that was measured before."""
    return is_known("signal", **_asked(stack, seeds))


def nothing(stack: dict[str, Any]) -> Propagation:
    """What is measured of a net before its first seed: NaN, [1, layers]."""
    unknown = np.full((1, len(stack["widths"]) - 1), np.nan)
    return Propagation(**dict.fromkeys(Propagation.names(), unknown))


def _asked(stack: dict[str, Any], seeds: int) -> dict[str, Any]:
    return stack | {"seeds": seeds, "dtype": precision(stack)}


def _nets(nets: Mapping[str, Any], done: float) -> Propagation:
    return Propagation(**nets)


def above_rounding(measured: Propagation, dtype: str) -> tuple[Propagation, int]:
    """The same without signal variances that are only the rounding of z, and the first layer that has one; 0: none."""
    lost = measured.signal_var < ROUNDING * np.finfo(dtype).eps ** 2 * measured.q
    kept = replace(measured, signal_var=np.where(lost, np.nan, measured.signal_var))
    return kept, int(lost.any(axis=0).argmax()) + 1 if lost.any() else 0
