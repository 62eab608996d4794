"""Below the live view: the paused frame as figures with zoom and export, and what was chosen, by itself."""

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.spec import RunSpec
from engine.spec.laws import at_birth
from engine.spec.laws import layers as layers_of
from engine.tables.activations import ACTIVATIONS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.registry import Entry
from engine.tables.wording import readable
from viz import chrome
from viz.figures import curves, histograms, layers
from viz.live import host
from viz.widgets.chart import chart
from viz.wire import frame as wire
from viz.wire.table import NAMED
from viz.words.text import plain

LOOK = 0.25  # seconds between two looks for what the trainer works out


def paused_frame(paused: Mapping[str, Any]) -> None:
    """The frame that stands still above, in detail, or the last before it that the server has."""
    server = host.shared()
    frame, hello = server.frame(paused["token"], paused["step"]), server.hello(paused["token"])
    if frame is None or hello is None:
        return
    st.markdown(f"## Step {frame['step']:,} in detail")
    if frame["step"] < paused["step"]:
        st.caption(
            f"Of a long run the server holds every so many steps: this is the last before {paused['step']:,}."
        )
    st.caption(
        "Histograms: value across, number of values up. Variance: pooled over units and samples, signal over samples "
        "alone. Drag to zoom, double-click to zoom out; the camera of each figure saves it as a picture."
    )
    names = [row["name"] for row in hello["rows"]]
    for role, title, unit in (("activation", "Activations", "a"), ("gradient", "Gradients dL/dz", "dL/dz")):
        title = f"{title} of every layer"
        figure = histograms.histograms(
            frame[f"{role}s"], names, title=title, unit=unit, role=role, base=chrome.base()
        )
        chart(figure, f"{role}_histograms")
    left, right = st.columns(2)
    for place, figures in zip((left, right), profiles(frame, theory(hello)), strict=True):
        with place:
            for name, settings in figures.items():
                chart(layers.profile(labels=names, base=chrome.base(), **settings), name)


def profiles(frame: Mapping[str, Any], predicted: Mapping[str, np.ndarray]) -> tuple[dict, dict]:
    """What the paused frame's profiles show, left and right: a figure's name -> the settings of `layers.profile`."""
    activations = _lines(frame, activation_var="activation", signal_var="weight") | {
        "title": "Variance of activations",
        "unit": "variance",
    }
    gradients = _lines(frame, gradient_var="gradient") | {
        "title": "Variance of gradients (before clipping)",
        "unit": "variance",
    }
    updates = _lines(frame, update_ratio="weight") | {
        "title": "How far a step moves the weights",
        "unit": "|ΔW| / |W|",
        "guide": (NAMED["update_ratio"].guide, "10⁻³: about healthy"),
    }
    shares = _lines(frame, saturated="warning", dead="danger")
    shares |= {
        "title": " and ".join(f"{name}{_none(each)}" for name, each in shares["values"].items()).capitalize(),
        "unit": "share of a layer",
        "log": False,
    }
    if "activation_var" in predicted:
        activations["theory"] = {"theory at init, Var a": predicted["activation_var"]}
    if "gradient_ms_relative" in predicted:
        output = wire.values(frame, NAMED["gradient_var"])[-1]
        gradients["theory"] = {"theory at init": predicted["gradient_ms_relative"] * output}
    return (
        {"activation_variance": activations, "update_ratio": updates},
        {"gradient_variance": gradients, "saturated_dead": shares},
    )


def _lines(frame: Mapping[str, Any], **roles: str) -> dict[str, Any]:
    """Columns of a frame, each in the color of its role, as settings of `layers.profile`."""
    drawn = {NAMED[name]: role for name, role in roles.items()}
    return {
        "values": {column.label: wire.values(frame, column) for column in drawn},
        "roles": {column.label: role for column, role in drawn.items()},
    }


def theory(hello: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """What theory expects of a run at its start, [layers] each, NaN where it is silent; empty when it has none."""
    return {name: np.array(values, dtype=float) for name, values in (hello.get("theory") or {}).items()}


def choices(spec: RunSpec) -> None:
    """Formula and picture of the activation, the initializer and the optimizer that were chosen."""
    one, two, three = st.columns(3)
    with one:
        _heading("Activation", ACTIVATIONS[spec.activation])
        curve = st.empty()
    with two:
        _heading("Weights", INITIALIZERS[spec.initializer])
        densities = st.empty()
        laws(spec)
    with three:
        optimizer(spec)
    pictures(spec, curve, densities)


def pictures(spec: RunSpec, curve: DeltaGenerator, densities: DeltaGenerator) -> None:
    """What the trainer works out of the choices: drawn at once where it is known, else as soon as it is told."""
    if host.shared().about(spec) is None:
        st.fragment(_awaited, run_every=LOOK)(spec)
        return
    born = at_birth(spec)
    with curve:
        chart(activation_figure(born, chrome.base()), "activation_curve")
    with densities:
        chart(weights_figure(born, chrome.base()), "weight_densities")


def _awaited(spec: RunSpec) -> None:
    """Once it is told, the page is drawn again."""
    if host.shared().about(spec) is not None:
        st.rerun()


def laws(spec: RunSpec) -> None:
    """What the initializer draws from, layer by layer."""
    rows = layers_of(spec)
    st.dataframe(
        {
            "layer": [row.label for row in rows],
            "fan in": [row.fan_in for row in rows],
            "fan out": [row.fan_out for row in rows],
            "drawn from": [row.law for row in rows],
            "std": [readable(row.std, 3) for row in rows],
        },
        hide_index=True,
        key="weights_table",
    )


@lru_cache(maxsize=128)
def activation_figure(born: RunSpec, base: str) -> go.Figure:
    """The activation by itself. Kept: most script runs change something else."""
    about = host.shared().about(born) or {}
    low, high = about["saturation"]
    return curves.activation(
        *(about[name] for name in ("u", "value", "slope")),
        title=f"{ACTIVATIONS[born.activation].label}: output and slope",
        base=base,
        saturation=(-np.inf if low is None else low, np.inf if high is None else high),
    )


@lru_cache(maxsize=32)
def weights_figure(born: RunSpec, base: str) -> go.Figure:
    """The density of the weights that a run starts with."""
    about = host.shared().about(born) or {}
    heights = dict(zip(about["labels"], about["densities"], strict=True))
    title = f"{INITIALIZERS[born.initializer].label}: weights drawn"
    return curves.densities(about["edges"], heights, title=title, base=base)


def optimizer(spec: RunSpec) -> None:
    """The optimizer's rule, with the conventions that PyTorch follows."""
    entry = OPTIMIZERS[spec.optimizer]
    _heading("Optimizer", entry)
    options = {"lr": spec.lr} | entry.complete(spec.optimizer_options)
    words = [RunSpec.option("lr").words, *(option.words for option in entry.options)]
    lines = [
        f"- **{plain(name)}** = {plain(_value(value))}: {plain(said)}"
        for (name, value), said in zip(options.items(), words, strict=True)
    ]
    st.markdown("\n".join(lines))


def _heading(kind: str, entry: Entry) -> None:
    st.markdown(f"## {kind}: {plain(entry.label)}")
    st.latex(entry.formula)
    st.markdown(f"{plain(entry.words)} {plain(entry.notes)}")
    st.caption(plain(entry.source))


def _value(value: Any) -> str:
    """As people write it: 0.9, 0.999 for a pair, on for True."""
    if isinstance(value, bool):
        return "on" if value else "off"
    parts = value if isinstance(value, tuple) else (value,)
    return ", ".join(readable(part) if isinstance(part, float) else str(part) for part in parts)


def _none(shares: np.ndarray) -> str:
    """What to say where every share that was measured is 0: a line on the axis looks like no line."""
    measured = shares[np.isfinite(shares)]
    return " (none)" if measured.size and not measured.any() else ""
