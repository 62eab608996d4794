"""Unit health: which units die, when, and whether they come back; and the recipe that kills half of a net."""

from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.units import UnitHealth
from engine.spec import RunSpec
from engine.spec.examples import KILLER
from engine.tables.activations import ACTIVATIONS
from viz import chrome
from viz.figures import units as figures
from viz.run import session
from viz.techniques import net
from viz.techniques.budget import affordable
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.workbench import progressively

TITLE = "Unit health"
LONGEST = 600  # rows in the table of deaths

QUANTITIES = {
    "firing": ("Firing share", "fires at", "Firing share of each unit"),
    "saturated": ("Saturation", "is flat at", "Saturation of each unit"),
}


def show(spec: RunSpec) -> None:
    st.markdown(
        "## Unit health\n"
        "A unit whose activation is flat at every sample passes no gradient back (a ReLU none at all, a tanh beyond "
        "0.97 next to none), so its weights do not learn: it is called **dead** (Maas, Hannun and Ng, 2013; Lu et al., "
        "2019). The same samples go through the net again and "
        "again while it trains."
    )
    if not spec.hidden:
        st.info("A net without hidden layers has no units that could die. Give it at least one layer.")
        return
    net.warn_of_the_opening(spec)
    recipe(spec)
    first, second, third, fourth = st.columns([2, 2, 2, 3])
    steps = kept.one_of(
        first.select_slider, "Steps", (100, 300, 600, 1000, 2000), 600, key="units_steps", name="steps"
    )
    probe = kept.one_of(
        second.select_slider,
        "Samples looked at",
        (32, 64, 256, 1024),
        256,
        key="units_samples",
        name="samples",
        help="Training samples. The fewer, the more units are flat at all of them.",
    )
    quantity = kept.one_of(
        third.segmented_control,
        "The map shows",
        list(QUANTITIES),
        "firing",
        format_func=lambda name: QUANTITIES[name][0],
        required=True,
        key="units_quantity",
        name="map",
        help="Firing: the share of samples at which a unit's input is above 0. Saturation: at which it is flat.",
    )
    layers = ["all", *range(1, len(spec.hidden) + 1)]
    layer = (
        kept.one_of(
            fourth.select_slider,
            "Layer on the map",
            layers,
            "all",
            key="units_layer",
            name="layer",
            follows=True,
        )
        if layers[2:]
        else "all"
    )
    steps = affordable(spec, steps, runs=2)
    asked: dict[str, Any] = {"spec": spec.to_dict(), "steps": steps, "samples": probe}
    results = progressively(UnitHealth, "unit_health", **asked)
    verdict = grow(st.empty(), results, lambda seen: picture(spec, seen, layer, quantity))
    if verdict is None or verdict.done < 1:
        return
    beside(spec, verdict, steps, probe)
    table(verdict)


def recipe(spec: RunSpec) -> None:
    """The button that kills half of a net, and what to expect of it."""
    kill, cure, words = st.columns([2, 2, 6], vertical_alignment="center")
    kill.button(
        "Kill half of the net",
        key="units_kill",
        icon=":material/skull:",
        on_click=session.adopt,
        args=(KILLER,),
        disabled=spec == KILLER,
        width="stretch",
    )
    leaky = spec.replace(activation="leaky_relu")
    cure.button(
        "The same with leaky ReLU",
        key="units_cure",
        icon=":material/healing:",
        on_click=session.adopt,
        args=(leaky,),
        disabled=spec == leaky,
        width="stretch",
    )
    words.caption(
        "The recipe: digits, 5 layers of 100 ReLUs, He's weights, and Adam at 0.03, thirty times its usual rate. "
        "Expect half of the units dead within 20 steps (of eight seeds, 52 to 59 %) and little change after that (52 "
        "to 61 % at step 600, one seed 74 %), while what is left still learns the digits."
    )


def picture(spec: RunSpec, health: UnitHealth, layer: int | str, quantity: str) -> None:
    """What is known so far: the verdict in words, the map, and how many die and come back."""
    st.markdown(in_words(spec, health))
    chosen = None if layer == "all" else int(layer)
    order = health.order(chosen)
    left, right = st.columns([3, 2])
    with left:
        _, says, title = QUANTITIES[quantity]
        figure = figures.unit_map(
            steps=health.steps,
            shares=getattr(health, quantity)[:, order],
            dead=health.dead[:, order],
            layer=health.layer[order],
            unit=number_in_layer(health.layer)[order],
            title=f"{title}<br><sup>Red: dead. Sorted by death. First steps drawn wide.</sup>",
            says=says,
            base=chrome.base(),
        )
        chart(figure, "units_map")
    with right:
        by_layer = health.dead_by_layer()
        names = {f"layer {k + 1}": (health.steps, by_layer[:, k]) for k in notable(by_layer, chosen)}
        figure = figures.lines(
            curves={"all layers": (health.steps, health.dead.mean(axis=1)), **names},
            looks={"all layers": {"role": "danger"}} | dict(zip(names, LOOKS, strict=False)),
            title="Dead units",
            unit="share",
            base=chrome.base(),
        )
        chart(figure, "units_dead")
        mine = slice(None) if chosen is None else health.layer == chosen
        figure = figures.turnover(
            steps=health.steps,
            deaths=health.deaths[:, mine].sum(axis=1),
            revivals=health.revivals[:, mine].sum(axis=1),
            title="Deaths (up) and returns (down)",
            base=chrome.base(),
        )
        chart(figure, "units_turnover")


LOOKS = (
    {"role": "activation", "dash": "dash"},
    {"role": "gradient", "dash": "dot"},
)


def notable(by_layer: np.ndarray, chosen: int | None) -> list[int]:
    """Which layers get a curve of their own: the chosen one, else the ones with the most and the fewest dead."""
    if chosen is not None:
        return [chosen - 1]
    now = by_layer[-1]
    return sorted({int(now.argmax()), int(now.argmin())}) if by_layer.shape[1] > 1 else []


def number_in_layer(layer: np.ndarray) -> np.ndarray:
    """[units]: each unit's number within its layer, from 1."""
    first = np.searchsorted(layer, layer)
    return np.arange(len(layer)) - first + 1


def in_words(spec: RunSpec, health: UnitHealth) -> str:
    """The verdict with its numbers."""
    broken = (
        f" The run diverged at step {health.diverged_at}; broken units count as neither."
        if health.diverged_at >= 0
        else ""
    )
    if not can_die(spec):
        return (
            f"**No unit can die**: {ACTIVATIONS[spec.activation].label} is flat nowhere, so every sample sends a "
            f"gradient through every unit. One that never fires (0 % on the map) still learns.{broken}"
        )
    total, dead = health.dead.shape[1], health.dead[-1]
    ever, back = health.dead.any(axis=0), health.revivals.any(axis=0)
    if not ever.any():
        return (
            f"**All {total:,} units live**, from the start to step {health.steps[-1]:,}, at {health.samples} "
            f"samples.{broken}"
        )
    by_layer = health.dead_by_layer()[-1]
    worst = int(by_layer.argmax())
    said = (
        f"**{dead.mean():.0%} of the units ({dead.sum():,} of {total:,}) are dead at step {health.steps[-1]:,}**, "
        f"{health.dead[0].mean():.0%} were at the start; layer {worst + 1} has the most, {by_layer[worst]:.0%}. "
    )
    if half := half_life(health):
        said += f"Half of those that ever died were dead by step {half:,}. "
    lasting = int((back & ~dead).sum())
    said += (
        f"Of the {ever.sum():,} that ever died, {back.sum():,} came back at least once and {lasting:,} live now: a "
        "dead unit's own weights get no gradient, but the layers below it move and can lift it."
        if back.any()
        else f"None of the {ever.sum():,} that died came back."
    )
    broken = (
        f" The run diverged at step {health.diverged_at}; broken units count as neither."
        if health.diverged_at >= 0
        else ""
    )
    return said + broken


def half_life(health: UnitHealth) -> int:
    """The step by which half of those that ever died had died; 0 when that was before the first step."""
    died = health.died[np.isfinite(health.died)]
    return int(np.median(died))


def can_die(spec: RunSpec) -> bool:
    """Whether the activation is flat somewhere."""
    return bool(np.isfinite(ACTIVATIONS[spec.activation].saturation(spec.activation_options)).any())


def beside(spec: RunSpec, health: UnitHealth, steps: int, probe: int) -> None:
    """The same run with leaky ReLU (or, where no unit can die, with ReLU)."""
    name = "leaky_relu" if can_die(spec) else "relu"
    asked: dict[str, Any] = {
        "spec": spec.replace(activation=name).to_dict(),
        "steps": steps,
        "samples": probe,
    }
    mine, theirs = ACTIVATIONS[spec.activation].label, ACTIVATIONS[name].label
    results = progressively(UnitHealth, "unit_health", **asked)
    grow(st.empty(), results, lambda rival: compared(health, rival, mine, theirs))


def compared(health: UnitHealth, rival: UnitHealth, mine: str, theirs: str) -> None:
    """What is known so far of the run beside."""
    st.markdown(
        f"### Beside it: the same net with {theirs}\n"
        f"{theirs}: {rival.dead[-1].mean():.0%} dead, {rival.accuracy[-1]:.0%} of the samples right. "
        f"{mine}: {health.dead[-1].mean():.0%} dead, {health.accuracy[-1]:.0%} right."
        + (f" {theirs} diverged at step {rival.diverged_at}." if rival.diverged_at >= 0 else "")
    )
    charts = {
        "dead": ("Dead units", "share", lambda one: one.dead.mean(axis=1)),
        "accuracy": ("Samples told right", "accuracy", lambda one: one.accuracy),
    }
    for column, (key, (title, unit, of)) in zip(st.columns(2), charts.items(), strict=True):
        figure = figures.lines(
            curves={mine: (health.steps, of(health)), theirs: (rival.steps, of(rival))},
            looks={mine: {"role": "activation"}, theirs: {"role": "weight", "dash": "dash"}},
            title=title,
            unit=unit,
            base=chrome.base(),
        )
        chart(figure, f"units_beside_{key}", column)


def table(health: UnitHealth) -> None:
    """Unit by unit: when it died, how often it came back, how it is now."""
    order = health.order()
    every = order[np.isfinite(health.died[order])]
    died = every[:LONGEST]
    if not len(died):
        return
    first = f" The first {LONGEST} of them:" if len(every) > LONGEST else ""
    with st.expander("Unit by unit: those that died", expanded=False):
        st.caption(f"{len(every):,} died.{first}")
        rows = {
            "layer": health.layer[died],
            "unit": number_in_layer(health.layer)[died],
            "first dead at step": health.died[died].astype(int),
            "came back, times": health.revivals[:, died].sum(axis=0),
            "dead now": health.dead[-1, died],
            "fires now at, %": 100 * health.firing[-1, died],
        }
        share = st.column_config.NumberColumn(format="%.1f")
        st.dataframe(rows, hide_index=True, key="units_table", column_config={"fires now at, %": share})
