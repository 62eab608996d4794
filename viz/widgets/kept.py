"""A widget whose value stands in the address under a name of its own, where it is not the usual one."""

from collections.abc import Callable, Mapping, Sequence
from typing import Any

import streamlit as st

from engine.tables.wording import Sentence, nearest
from viz.words.language import say
from viz.words.text import plain


def one_of(
    widget: Callable[..., Any],
    label: str,
    choices: Sequence[Any],
    usual: Any,
    *,
    key: str,
    name: str,
    follows: bool = False,
    **settings: Any,
) -> Any:
    """A slider or menu over a few values, kept in the address under `name` where it is not the usual one.

    usual: one of them, or None where a widget may have none chosen. follows: what there is to choose depends on other
    settings; a choice that is none any more is dropped in silence.
    """
    texts = {str(choice): choice for choice in choices}
    asked = st.query_params.get(name)
    if asked is not None and asked not in texts:
        if follows:
            st.query_params.pop(name, None)
        else:
            refuse(asked, texts)
    st.session_state[key] = usual if asked is None else texts.get(asked, usual)
    return widget(label, list(choices), key=key, on_change=_keep, args=(name, key, usual), **settings)


def number(
    widget: Callable[..., Any],
    label: str,
    low: float,
    high: float,
    usual: float,
    *,
    key: str,
    name: str,
    **settings: Any,
) -> Any:
    """A slider or field for a number from low to high, kept in the address as `one_of` keeps a choice."""
    kind, asked = type(usual), st.query_params.get(name, str(usual))
    try:
        value = kind(asked)
        if not low <= value <= high:
            raise ValueError(asked)
    except ValueError:
        said = Sentence(
            "{asked!r} is not allowed here; give {low} to {high}.", asked=asked, low=low, high=high
        )
        st.info(plain(say(said)), icon=":material/info:")
        value = usual
    st.session_state[key] = value
    return widget(label, low, high, key=key, on_change=_keep, args=(name, key, usual), **settings)


def keep(name: str, value: Any, usual: Any) -> None:
    """The address says this of the setting; nothing where it is the usual value."""
    if value == usual:
        st.query_params.pop(name, None)
    else:
        st.query_params[name] = str(value)


def _keep(name: str, key: str, usual: Any) -> None:
    keep(name, st.session_state[key], usual)


def refuse(asked: str, names: Mapping[str, Any]) -> None:
    """Say that a link asks for what is none of these names."""
    hint = nearest(asked, names)
    words = "There is no {asked!r}. {hint} Choose one of these."
    said = Sentence(words if hint else "There is no {asked!r}. Choose one of these.", asked=asked, hint=hint)
    st.info(plain(say(said)), icon=":material/info:")
