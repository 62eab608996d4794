"""Unit health: which units die, when, and whether they come back; and the recipe that kills half of a net."""

from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.units import UnitHealth
from engine.spec import RunSpec
from engine.spec.examples import KILLER
from engine.tables.activations import ACTIVATIONS
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures import units as figures
from viz.run import session
from viz.techniques import net
from viz.techniques.budget import affordable
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import paragraph, say
from viz.workbench import progressively

TITLE = Sentence("Unit health")
LONGEST = 600  # rows in the table of deaths

QUANTITIES = {
    "firing": (
        Sentence("Firing share"),
        Sentence("fires at %{z:.1%} of the samples"),
        Sentence("Firing share of each unit"),
    ),
    "saturated": (
        Sentence("Saturation"),
        Sentence("is flat at %{z:.1%} of the samples"),
        Sentence("Saturation of each unit"),
    ),
}


def show(spec: RunSpec) -> None:
    st.markdown(
        say(
            "## Unit health\nA unit whose activation is flat at every sample passes no gradient back (a ReLU none at "
            "all, a tanh beyond 0.97 next to none), so its weights do not learn: it is called **dead** (Maas, Hannun "
            "and Ng, 2013; Lu et al., 2019). The same samples go through the net again and again while it trains."
        )
    )
    if not spec.hidden:
        st.info(say("A net without hidden layers has no units that could die. Give it at least one layer."))
        return
    net.warn_of_the_opening(spec)
    recipe(spec)
    first, second, third, fourth = st.columns([4, 4, 5, 5])
    steps = kept.one_of(
        first.select_slider, say("Steps"), (100, 300, 600, 1000, 2000), 600, key="units_steps", name="steps"
    )
    probe = kept.one_of(
        second.select_slider,
        say("Samples looked at"),
        (32, 64, 256, 1024),
        256,
        key="units_samples",
        name="samples",
        help=say("Training samples. The fewer, the more units are flat at all of them."),
    )
    quantity = kept.one_of(
        third.segmented_control,
        say("The map shows"),
        list(QUANTITIES),
        "firing",
        format_func=lambda name: say(QUANTITIES[name][0]),
        required=True,
        key="units_quantity",
        name="map",
        help=say(
            "Firing: the share of samples at which a unit's input is above 0. Saturation: at which it is flat."
        ),
    )
    layers = ["all", *range(1, len(spec.hidden) + 1)]
    layer = (
        kept.one_of(
            fourth.select_slider,
            say("Layer on the map"),
            layers,
            "all",
            format_func=lambda layer: say("all") if layer == "all" else str(layer),
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
    kill, cure, words = st.columns([2, 3, 5], vertical_alignment="center")
    kill.button(
        say("Kill half of the net"),
        key="units_kill",
        icon=":material/skull:",
        on_click=session.adopt,
        args=(KILLER,),
        disabled=spec == KILLER,
        width="stretch",
    )
    leaky = spec.replace(activation="leaky_relu")
    cure.button(
        say("The same with leaky ReLU"),
        key="units_cure",
        icon=":material/healing:",
        on_click=session.adopt,
        args=(leaky,),
        disabled=spec == leaky,
        width="stretch",
    )
    words.caption(
        say(
            "The recipe: digits, 5 layers of 100 ReLUs, He's weights, and Adam at 0.03, thirty times its usual rate. "
            "Expect half of the units dead within 20 steps (of eight seeds, 52 to 59%) and little change after that "
            "(52 to 61% at step 600, one seed 74%), while what is left still learns the digits."
        )
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
            title=say(
                "{title}<br><sup>Red: dead. Sorted by death. First steps drawn wide.</sup>", title=say(title)
            ),
            says=say(says),
            base=chrome.base(),
        )
        chart(figure, "units_map")
    with right:
        by_layer = health.dead_by_layer()
        names = {
            say("layer {number}", number=k + 1): (health.steps, by_layer[:, k])
            for k in notable(by_layer, chosen)
        }
        every = say("all layers")
        figure = figures.lines(
            curves={every: (health.steps, health.dead.mean(axis=1)), **names},
            looks={every: {"role": "danger"}} | dict(zip(names, LOOKS, strict=False)),
            title=say("Dead units"),
            unit=say("share"),
            base=chrome.base(),
        )
        chart(figure, "units_dead")
        mine = slice(None) if chosen is None else health.layer == chosen
        figure = figures.turnover(
            steps=health.steps,
            deaths=health.deaths[:, mine].sum(axis=1),
            revivals=health.revivals[:, mine].sum(axis=1),
            title=say("Deaths (up) and returns (down)"),
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
        say("The run diverged at step {step}; broken units count as neither.", step=health.diverged_at)
        if health.diverged_at >= 0
        else ""
    )
    if not can_die(spec):
        immortal = say(
            "**No unit can die**: {activation} is flat nowhere, so every sample sends a gradient through every unit. "
            "One that never fires (0% on the map) still learns.",
            activation=say(ACTIVATIONS[spec.activation].label),
        )
        return paragraph(immortal, broken)
    total, dead = health.dead.shape[1], health.dead[-1]
    ever, back = health.dead.any(axis=0), health.revivals.any(axis=0)
    if not ever.any():
        alive = say(
            "**All {total:,} units live**, from the start to step {step:,}, at {samples} samples.",
            total=total,
            step=health.steps[-1],
            samples=health.samples,
        )
        return paragraph(alive, broken)
    by_layer = health.dead_by_layer()[-1]
    worst = int(by_layer.argmax())
    now = say(
        "**{share:.0%} of the units ({dead:,} of {total:,}) are dead at step {step:,}**, {first:.0%} were at the "
        "start; layer {layer} has the most, {most:.0%}.",
        share=dead.mean(),
        dead=dead.sum(),
        total=total,
        step=health.steps[-1],
        first=health.dead[0].mean(),
        layer=worst + 1,
        most=by_layer[worst],
    )
    half = half_life(health)
    early = say("Half of those that ever died were dead by step {step:,}.", step=half) if half else ""
    returned = say(
        "Of the {ever:,} that ever died, {back:,} came back at least once and {lasting:,} live now: a dead unit's own "
        "weights get no gradient, but the layers below it move and can lift it."
        if back.any()
        else "None of the {ever:,} that died came back.",
        ever=ever.sum(),
        back=back.sum(),
        lasting=int((back & ~dead).sum()),
    )
    return paragraph(now, early, returned, broken)


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
    mine, theirs = say(ACTIVATIONS[spec.activation].label), say(ACTIVATIONS[name].label)
    results = progressively(UnitHealth, "unit_health", **asked)
    grow(st.empty(), results, lambda rival: compared(health, rival, mine, theirs))


def compared(health: UnitHealth, rival: UnitHealth, mine: str, theirs: str) -> None:
    """What is known so far of the run beside."""
    said = say(
        "### Beside it: the same net with {theirs}\n"
        "{theirs}: {dead:.0%} dead, {accuracy:.0%} of the samples right. {mine}: {my_dead:.0%} dead, {my_accuracy:.0%} "
        "right.",
        theirs=theirs,
        dead=rival.dead[-1].mean(),
        accuracy=rival.accuracy[-1],
        mine=mine,
        my_dead=health.dead[-1].mean(),
        my_accuracy=health.accuracy[-1],
    )
    diverged = say("{activation} diverged at step {step}.", activation=theirs, step=rival.diverged_at)
    st.markdown(paragraph(said, diverged if rival.diverged_at >= 0 else ""))
    charts = {
        "dead": (say("Dead units"), say("share"), lambda one: one.dead.mean(axis=1)),
        "accuracy": (say("Samples told right"), say("accuracy"), lambda one: one.accuracy),
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
    with st.expander(say("Unit by unit: those that died"), expanded=False):
        number = say("{n:,} died.", n=len(every))
        cut = say("The first {n} of them:", n=LONGEST) if len(every) > LONGEST else ""
        st.caption(paragraph(number, cut))
        fires = say("fires now at, %")
        rows = {
            say("layer"): health.layer[died],
            say("unit"): number_in_layer(health.layer)[died],
            say("first dead at step"): health.died[died].astype(int),
            say("came back, times"): health.revivals[:, died].sum(axis=0),
            say("dead now"): health.dead[-1, died],
            fires: 100 * health.firing[-1, died],
        }
        share = st.column_config.NumberColumn(format="%.1f")
        st.dataframe(rows, hide_index=True, key="units_table", column_config={fires: share})
