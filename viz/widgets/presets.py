"""The menu "Try this": values worth seeing, each with what to look for."""

from collections.abc import Callable, Mapping
from contextlib import AbstractContextManager
from typing import Any, Protocol

import streamlit as st

from viz.widgets.delivery import is_outdated, visit
from viz.words.language import say

LAST = "_last"


class Menu(Protocol):
    """Of a memory what a menu needs: what is on screen, and how another thing gets there."""

    @property
    def value(self) -> Any: ...
    def adopt(self, new: Any) -> None: ...
    def showing(self, widget: str, value: Any) -> AbstractContextManager[Any]: ...


class Preset(Protocol):
    """Something worth seeing: its name in the menu, and what it shows."""

    @property
    def title(self) -> str: ...
    @property
    def words(self) -> str: ...


def menu(
    memory: Menu,
    key: str,
    presets: Mapping[str, Preset],
    value_of: Callable[[Any], Any],
    *,
    own: str,
    about: str,
) -> None:
    """A menu that names the preset on screen and says what to look for; a choice sets the whole page.

    Once a setting is changed its words stay, so that no field moves, and the menu says that it is another now.
    value_of: preset -> the value that it puts on screen. own: what the menu says where none was. about: its help; both
    are said already.
    """
    now = next((name for name, preset in presets.items() if value_of(preset) == memory.value), None)
    last = now or _last(key)
    if now:
        st.session_state[key + LAST] = visit(), now
    elif last:
        own = say("Changed: {title}", title=say(presets[last].title))

    def start() -> None:
        if (chosen := st.session_state[key]) and not is_outdated(key):
            memory.adopt(value_of(presets[chosen]))

    with st.container(key="try_this"), memory.showing(key, now) as shown:
        st.selectbox(
            say("Try this"),
            list(presets),
            format_func=lambda name: say(presets[name].title),
            index=list(presets).index(shown) if shown else None,
            key=key,
            placeholder=own,
            help=about,
            on_change=start,
        )
    if last:
        st.caption(say(presets[last].words))


def _last(key: str) -> str | None:
    """The preset that was on screen last in this visit of the page."""
    seen, name = st.session_state.get(key + LAST, (None, None))
    return name if seen == visit() else None
