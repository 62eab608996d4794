"""What follows from what a page has read: the first losses and the verdict, the theory, the race, the gradient."""

from collections.abc import Mapping
from functools import cache
from typing import Any

import numpy as np

from engine import RunSpec, SpecError, Trainer, diagnose, predict
from engine.recurrent.unrolling import unroll
from tests.links.address import read
from viz.race.link import read as read_race
from viz.recurrent.case import Case
from viz.server.bounds import check
from viz.signal.measured import arguments
from viz.workers.race.answers import paths
from viz.workers.train.reports import divergence

LOSSES = 3
STEPS = 40  # old enough for a verdict, and soon over

Outcome = dict[str, Any]


def follow(link: str) -> dict[str, Any]:
    """What the link's page reads, and what follows from it."""
    found = read(link)
    if "spec" in found:
        spec = RunSpec.from_query(found["spec"])
        found |= trained(spec)
        if "settings" in found:
            found |= predicted(spec, found["settings"]["samples"])
    elif "case" in found:
        found |= unrolled(Case.read(found["case"])[0])
    elif "race" in found:
        found |= raced(found["race"])
    return plain(found)


@cache
def trained(spec: RunSpec) -> Outcome:
    """The first losses, and the findings after STEPS steps; the refusal of a net that is too large to train."""
    try:
        check(spec)
    except SpecError as error:
        return {"refused": str(error)}
    trainer = Trainer(spec)
    losses = [trainer.step().loss for _ in range(STEPS)]
    broken = divergence(trainer)
    return {
        "losses": losses[:LOSSES],
        "findings": [finding.name for finding in diagnose(trainer.history, spec)],
        "diverged": broken and broken["words"],
    }


def predicted(spec: RunSpec, samples: int) -> Outcome:
    """Theory's length of the last layer's signal, and its gradient on the first layer in decades."""
    if not spec.hidden:
        return {"theory": None}
    try:
        theory = predict(**arguments(spec, samples))
    except SpecError as error:
        return {"theory": str(error)}
    return {"theory": {"q": theory.q[-1], "gradient": theory.gradient_ms_log10[0]}}


def raced(query: Mapping[str, str]) -> Outcome:
    """Where each optimizer that is on ends, and its verdict."""
    race, _ = read_race(query)
    try:
        header, arrays = paths(race, {})
    except SpecError as error:
        return {"refused": str(error)}
    ends = arrays["positions"][0][:, -1]
    told = zip(race.running, ends, header["verdicts"], header["arrivals"], header["diverged_at"], strict=True)
    return {
        "lowest": header["lowest"],
        "racers": [
            {
                "who": racer.write(),
                "end": end,
                "verdict": verdict,
                "arrival": arrival,
                "diverged_at": diverged,
            }
            for racer, end, verdict, arrival, diverged in told
        ],
    }


def unrolled(case: Case) -> Outcome:
    """Of each net: decades that the gradient changes for one step back, the size of dS/dW, its clipping in decades."""
    runs = [(label, unroll(**net)) for label, net in zip(case.labels, case.nets, strict=True)]
    return {
        "nets": {
            label: {
                "decades_a_step": run.decades_a_step,
                "total": run.total,
                "clipping": run.clipped(case.clip_threshold)[0],
                "overflow_at": run.overflow_at,
            }
            for label, run in runs
        }
    }


def plain(value: Any) -> Any:
    """The same value in JSON's own types; NaN and the infinities as their names."""
    if isinstance(value, Mapping):
        return {str(name): plain(each) for name, each in value.items()}
    if isinstance(value, list | tuple | np.ndarray):
        return [plain(each) for each in value]
    if isinstance(value, np.generic):
        value = value.item()
    return str(value) if isinstance(value, float) and not np.isfinite(value) else value
