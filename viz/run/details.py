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
from viz.words.labels import LABELS, cited, layer_names
from viz.words.language import language, paragraph, say
from viz.words.text import plain, stacked

SHARES = {
    (False, False): "Saturated and dead",
    (True, False): "Saturated (none) and dead",
    (False, True): "Saturated and dead (none)",
    (True, True): "Saturated (none) and dead (none)",
}
"""Whether no output is saturated, and no unit dead -> the title of their figure."""
AT_ONCE = 16  # layers whose histograms are drawn unasked
LOOK = 0.25  # seconds between two looks for what the trainer works out


def paused_frame(paused: Mapping[str, Any]) -> None:
    """The frame that stands still above, in detail, or the last before it that the server has."""
    server = host.shared()
    frame, hello = server.frame(paused["token"], paused["step"]), server.hello(paused["token"])
    if frame is None or hello is None:
        return
    st.markdown(f"## {say('Step {step:,} in detail', step=frame['step'])}")
    if frame["step"] < paused["step"]:
        held = "Of a long run the server holds every so many steps: this is the last before {step:,}."
        st.caption(say(held, step=paused["step"]))
    st.caption(
        say(
            "Histograms: value across, number of values up. Variance: pooled over units and samples, signal over "
            "samples alone. Drag to zoom, double-click to zoom out; the camera of each figure saves it as a picture."
        )
    )
    names = [layer_names(row["name"]) for row in hello["rows"]]
    titles = {
        "activation": (say("Activations of every layer"), "a"),
        "gradient": (say("Gradients dL/dz of every layer"), "dL/dz"),
    }
    place, is_open = _under_a_lid(len(names))
    with place:
        for role, (title, unit) in titles.items() if is_open else ():
            figure = histograms.histograms(
                frame[f"{role}s"], names, title=title, unit=unit, role=role, base=chrome.base()
            )
            chart(figure, f"{role}_histograms")
    left, right = st.columns(2)
    for place, figures in zip((left, right), profiles(frame, theory(hello)), strict=True):
        with place:
            for name, settings in figures.items():
                chart(layers.profile(labels=names, base=chrome.base(), **settings), name)


def _under_a_lid(layers: int) -> tuple[DeltaGenerator, bool]:
    """Where histograms of so many layers stand, and whether they are drawn: a deep net's when somebody lifts the lid.

    A browser takes seconds for those, and answers nothing meanwhile.
    """
    if layers <= AT_ONCE:
        return st.container(), True
    lid = st.expander(
        say("Histograms of all {layers} layers", layers=layers), key="histograms", on_change="rerun"
    )
    return lid, bool(lid.open)


def profiles(frame: Mapping[str, Any], predicted: Mapping[str, np.ndarray]) -> tuple[dict, dict]:
    """What the paused frame's profiles show, left and right: a figure's name -> the settings of `layers.profile`."""
    activations = _lines(frame, activation_var="activation", signal_var="weight") | {
        "title": say("Variance of activations"),
        "unit": say("variance"),
    }
    gradients = _lines(frame, gradient_var="gradient") | {
        "title": say("Variance of gradients (before clipping)"),
        "unit": say("variance"),
    }
    updates = _lines(frame, update_ratio="weight") | {
        "title": say("How far a step moves the weights"),
        "unit": "|ΔW| / |W|",
        "guide": (NAMED["update_ratio"].guide, say("10⁻³: about healthy")),
    }
    shares = _lines(frame, saturated="warning", dead="danger")
    no_saturated, no_dead = map(_is_none, shares["values"].values())
    shares |= {
        "title": say(SHARES[no_saturated, no_dead]),
        "unit": say("share of a layer"),
        "log": False,
    }
    if "activation_var" in predicted:
        activations["theory"] = {say("theory at init, Var a"): predicted["activation_var"]}
    if "gradient_ms_relative" in predicted:
        output = wire.values(frame, NAMED["gradient_var"])[-1]
        gradients["theory"] = {say("theory at init"): predicted["gradient_ms_relative"] * output}
    return (
        {"activation_variance": activations, "update_ratio": updates},
        {"gradient_variance": gradients, "saturated_dead": shares},
    )


def _lines(frame: Mapping[str, Any], **roles: str) -> dict[str, Any]:
    """Columns of a frame, each in the color of its role, as settings of `layers.profile`."""
    drawn = {NAMED[name]: role for name, role in roles.items()}
    return {
        "values": {say(column.label): wire.values(frame, column) for column in drawn},
        "roles": {say(column.label): role for column, role in drawn.items()},
    }


def theory(hello: Mapping[str, Any]) -> dict[str, np.ndarray]:
    """What theory expects of a run at its start, [layers] each, NaN where it is silent; empty when it has none."""
    return {name: np.array(values, dtype=float) for name, values in (hello.get("theory") or {}).items()}


def choices(spec: RunSpec) -> None:
    """Formula and picture of the activation, the initializer and the optimizer that were chosen."""
    one, two, three = st.columns(3)
    with one:
        _heading(say("Activation"), ACTIVATIONS[spec.activation])
        curve = st.empty()
    with two:
        _heading(say("Weights"), INITIALIZERS[spec.initializer])
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
        chart(activation_figure(born, chrome.base(), language()), "activation_curve")
    with densities:
        chart(weights_figure(born, chrome.base(), language()), "weight_densities")


def _awaited(spec: RunSpec) -> None:
    """Once it is told, the page is drawn again."""
    if host.shared().about(spec) is not None:
        st.rerun()


def laws(spec: RunSpec) -> None:
    """What the initializer draws from, layer by layer."""
    rows = layers_of(spec)
    st.dataframe(
        {
            say("layer"): [layer_names(row.label) for row in rows],
            say("fan in"): [row.fan_in for row in rows],
            say("fan out"): [row.fan_out for row in rows],
            say("drawn from"): [say(row.law) for row in rows],
            say("std"): [readable(row.std, 3) for row in rows],
        },
        hide_index=True,
        key="weights_table",
    )


@lru_cache(maxsize=128)
def activation_figure(born: RunSpec, base: str, spoken: str) -> go.Figure:
    """The activation by itself, in the language that is spoken. Kept: most script runs change something else."""
    about = host.shared().about(born) or {}
    low, high = about["saturation"]
    return curves.activation(
        *(about[name] for name in ("u", "value", "slope")),
        title=say("{activation}: output and slope", activation=say(ACTIVATIONS[born.activation].label)),
        base=base,
        saturation=(-np.inf if low is None else low, np.inf if high is None else high),
    )


@lru_cache(maxsize=32)
def weights_figure(born: RunSpec, base: str, spoken: str) -> go.Figure:
    """The density of the weights that a run starts with; see `activation_figure`."""
    about = host.shared().about(born) or {}
    heights = dict(zip(map(layer_names, about["labels"]), about["densities"], strict=True))
    title = say("{initializer}: weights drawn", initializer=say(INITIALIZERS[born.initializer].label))
    return curves.densities(about["edges"], heights, title=title, base=base)


def optimizer(spec: RunSpec) -> None:
    """The optimizer's rule, with the conventions that PyTorch follows."""
    entry = OPTIMIZERS[spec.optimizer]
    _heading(say("Optimizer"), entry)
    options = {"lr": spec.lr} | entry.complete(spec.optimizer_options)
    words = [RunSpec.option("lr").words, *(option.words for option in entry.options)]
    lines = [_setting(*option, said) for option, said in zip(options.items(), words, strict=True)]
    st.markdown("\n".join(f"- {line}" for line in lines))


def _setting(name: str, value: Any, words: str) -> str:
    """An option as its control is called; its argument in PyTorch beside it, where that is another."""
    label = say(LABELS.get(name, name.replace("_", " ")))
    values = {"label": plain(label), "value": plain(_value(value)), "words": plain(say(words)), "name": name}
    if label == name:
        return say("**{label}** = {value}: {words}", **values)
    return say("**{label}** (`{name}`) = {value}: {words}", **values)


def _heading(kind: str, entry: Entry) -> None:
    st.markdown(f"## {say('{kind}: {entry}', kind=kind, entry=plain(say(entry.label)))}")
    st.latex(stacked(entry.formula))
    st.markdown(paragraph(plain(say(entry.words)), plain(say(entry.notes))))
    st.caption(plain(cited(entry.source)))


def _value(value: Any) -> str:
    """As people write it: 0.9, 0.999 for a pair, on for True."""
    if isinstance(value, bool):
        return say("on" if value else "off")
    if isinstance(value, tuple):
        return "{}, {}".format(*map(_value, value))
    return readable(value) if isinstance(value, float) else str(value)


def _is_none(shares: np.ndarray) -> bool:
    """Whether every share that was measured is 0, which is to be said: a line on the axis looks like no line."""
    measured = shares[np.isfinite(shares)]
    return bool(measured.size and not measured.any())
