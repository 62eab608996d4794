"""Numbers that are typed: a field that takes any text, and two buttons that go to the next lower and higher value.

A browser's own field for numbers hands on what it can make of a text, 1 of 1e30 and 5 of 0,05. Here every text arrives
as it was typed, and one that is no number is refused in words.
"""

import math
from collections.abc import Callable, Iterable, Sequence
from typing import Any

import streamlit as st

from engine.tables.option import Number, Option
from viz.widgets.delivery import give
from viz.words.language import say
from viz.words.numbers import is_taken, shown

Ends = tuple[str | None, str | None]


def stepped(
    label: str, *, key: str, ends: Ends, on_change: Callable, args: tuple[Any, ...], **settings: Any
) -> None:
    """A text field with two buttons that set it to the texts `ends`, lower and higher; None: no way on."""
    with st.container(horizontal=True, gap=None, wrap=False, key=f"stepped_{key}"):
        st.text_input(label, key=key, on_change=on_change, args=args, **settings)
        does = say("Decrease {label}", label=label), say("Increase {label}", label=label)
        for verb, words, icon, text in zip(
            ("decrease", "increase"), does, ("remove", "add"), ends, strict=True
        ):
            st.button(
                words,
                key=f"{key}_{verb}",
                icon=f":material/{icon}:",
                disabled=text is None,
                on_click=_step,
                args=(key, text, on_change, args),
            )


def _step(key: str, text: str, on_change: Callable, args: Sequence[Any]) -> None:
    give(key, text)
    on_change(*args)


def beside(option: Number, value: float | None, step: float) -> Ends:
    """The texts one step below and above, no farther than the option allows."""
    if value is None:
        return None, None
    low, high = max(value - step, option.low), min(value + step, option.high)
    return among(option, value, [round(one, 9) for one in (low, high) if is_taken(option.check, one)])


def among(option: Option, value: float | None, usual: Iterable[float | None]) -> Ends:
    """The texts of the nearest usual values below and above; None, the full batch, is above all others."""
    ranked = sorted(usual, key=_rank)
    below = [one for one in ranked if _rank(one) < _rank(value)]
    above = [one for one in ranked if _rank(one) > _rank(value)]
    return (
        shown(option.write(below[-1])) if below else None,
        shown(option.write(above[0])) if above else None,
    )


def _rank(value: float | None) -> float:
    return math.inf if value is None else value
