"""The controls beside the race: what is raced on, from where, how long, and what happens to the gradient.

The cards of the optimizers are part of the view. Every control shows what is raced and proposes what is chosen; a
refused proposal stays in its widget beside the reason.
"""

from collections.abc import Callable, Mapping
from dataclasses import replace
from functools import partial
from operator import attrgetter
from typing import Any

import streamlit as st

from engine.descent.surfaces import SURFACES
from engine.descent.vocabulary import CONSTANTS, FUNCTIONS
from engine.tables.errors import SpecError
from engine.tables.option import Choice, Option, Whole
from engine.tables.registry import Entry
from engine.tables.schedules import SCHEDULES
from viz.race import session
from viz.race.link import numeral
from viz.race.presets import PRESETS
from viz.race.racer import Racer
from viz.race.state import OPTIONS, TYPED
from viz.race.suited import suited
from viz.widgets import presets, typed
from viz.widgets.drawn import draw
from viz.words.language import paragraph, say
from viz.words.numbers import read, shown

Fields = Mapping[str, Any]

EXAMPLE = "(1 - x)**2 + 100*(y - x**2)**2"


def everything() -> None:
    """All controls, from the ground up."""
    for name, group in {"ground": ground, "budget": budget, "gradient": gradient}.items():
        with st.container(key=f"group_race_{name}"):
            group()


def preset() -> None:
    """A menu of races worth seeing; it names the one on screen, and says what to look for."""
    presets.menu(
        session.memory,
        "race_preset",
        PRESETS,
        attrgetter("race"),
        own=say("Your own race"),
        about=say("Races worth seeing. Choosing one sets everything on this page."),
    )


def ground() -> None:
    """The surface with its options or its typed function, the window, the start."""
    race = session.race()
    labels = {name: say(entry.label) for name, entry in SURFACES.items()} | {TYPED: say("Your own function")}
    _draw(
        st.selectbox, "surface", say("Surface"), race.surface, _surface,
        options=list(labels), format_func=labels.get,
        help=say(
            "Where the optimizers race; a new one sets rates that suit it. Your own function is never run as code."
        ),
    )  # fmt: skip
    if race.surface == TYPED:
        _draw(
            st.text_input, "expression", "f(x, y) =", race.expression, _expression,
            help=say(
                "Numbers, x, y, {constants}, + - * / **, and {functions}. Press Enter to race on it; "
                "rates that you did not set yourself are set to suit it.",
                constants=[*CONSTANTS], functions=[*FUNCTIONS],
            ),
        )  # fmt: skip
        window = race.window or race.built.bounds
        _draw(
            st.text_input, "window", say("Window x, y"),
            ", ".join(shown(repr(end)) for pair in window for end in pair), _window,
            help=say("x low, x high, y low, y high of what is drawn. Paths may leave it."),
        )  # fmt: skip
    else:
        options("surface_options", SURFACES[race.surface], race.surface_options)
    _draw(
        st.text_input, "start", say("Start x, y"), ", ".join(f"{part:.6g}" for part in race.begin), _start,
        help=say("Where every optimizer starts; or click on the map. It may lie outside the window."),
    )  # fmt: skip


def budget() -> None:
    """How many steps, and how the learning rate changes over them."""
    setting("steps")
    race = session.race()
    _draw(
        st.selectbox, "schedule", say("Schedule"), race.schedule["name"],
        lambda name: {"schedule": {"name": name}},
        options=list(SCHEDULES), format_func=lambda name: say(SCHEDULES[name].label),
        help=say("How every learning rate changes from step to step: classes of torch.optim.lr_scheduler."),
    )  # fmt: skip
    given = {name: value for name, value in race.schedule.items() if name != "name"}
    entry = SCHEDULES[race.schedule["name"]]
    options("schedule", entry, given, lambda changed: {"schedule": {"name": entry.name, **changed}})


def gradient() -> None:
    """Clipping and noise."""
    setting("clip")
    if session.race().clip != "none":
        setting("clip_threshold")
    setting("noise")
    if session.race().noise:
        setting("seed")


def options(
    field: str, entry: Entry, given: Fields, fields: Callable[[dict[str, Any]], Fields] | None = None
) -> None:
    """The options of the chosen surface or schedule."""
    wrap = fields or (lambda changed: {field: changed})

    def one(name: str, new: Any) -> Fields:
        return wrap({**given, name: new})

    for option in entry.options:
        value = given.get(option.name, option.default)
        _option(f"{field}.{option.name}", option, value, partial(one, option.name))


def setting(name: str) -> None:
    """A field of the race that is one number or one of a few words."""
    _option(name, OPTIONS[name], getattr(session.race(), name), lambda value: {name: value})


def _option(key: str, option: Option, value: Any, fields: Callable[[Any], Fields]) -> None:
    help = paragraph(say(option.words), say("Allowed: {span}.", span=option.span))
    about: dict[str, Any] = {"help": help}
    label = say(session.LABELS.get(key, option.name.replace("_", " ")))
    match option:
        case Choice():
            about |= {"options": option.choices, "format_func": say, "required": True, "width": "stretch"}
            _draw(st.segmented_control, key, label, value, fields, **about)
        case Whole():
            ends = typed.beside(option, value, 10)
            _draw(
                typed.stepped, key, label, str(value), lambda text: fields(read(option, text)),
                ends=ends, **about,
            )  # fmt: skip
        case _:
            _draw(
                st.text_input,
                key,
                label,
                shown(option.write(value)),
                lambda text: fields(read(option, text)),
                **about,
            )


def _surface(name: str) -> Fields:
    """Another surface comes with its own window and start, and with rates that suit it."""
    own: dict[str, Any] = {"window": None, "start": None, "surface_options": {}}
    expression = (session.race().expression or EXAMPLE) if name == TYPED else ""
    race = replace(session.race(), surface=name, expression=expression, **own)
    runs = tuple(replace(racer, lr=suited(race.built, race.begin, racer)) for racer in race.runs)
    return {"surface": name, "expression": expression, **own, "runs": runs}


def _expression(text: str) -> Fields:
    """Another function of one's own: rates that suited the one before, or came with a preset, come to suit it."""
    now = session.race()
    new = replace(now, expression=text)
    from_preset = any(now.runs == one.race.runs for one in PRESETS.values())

    def rate(racer: Racer) -> float:
        is_own = not from_preset and racer.lr != suited(now.built, now.begin, racer)
        return racer.lr if is_own else suited(new.built, new.begin, racer)

    return {"expression": text, "runs": tuple(replace(racer, lr=rate(racer)) for racer in now.runs)}


def _window(text: str) -> Fields:
    parts = [part.strip() for part in text.split(",")]
    if len(parts) != 4:
        raise SpecError(
            "{place}: {value!r} is not allowed; give four numbers: x low, x high, y low, y high.",
            field="window",
            value=text,
        )
    x_low, x_high, y_low, y_high = map(numeral, parts)
    return {"window": ((x_low, x_high), (y_low, y_high)), "start": session.race().start}


def _start(text: str) -> Fields:
    return {"start": tuple(numeral(part) for part in text.split(","))}


def _draw(
    widget: Callable, key: str, label: str, value: Any, fields: Callable[[Any], Fields], **settings: Any
) -> None:
    """One widget of the race under its label."""
    draw(session.memory, widget, f"race_{key}", value, fields, label=label, **settings)
