"""Changes that were refused: each stays visible in its widget, beside the reason, while the last good state goes on."""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import streamlit as st


@dataclass(frozen=True)
class Refusal:
    """A proposal that cannot be done: what its widget holds, why not, and the fields it meant (None: unreadable)."""

    shown: Any
    reason: str
    fields: Mapping[str, Any] | None = None


class Refusals:
    """The refusals of one page for one visitor, by widget; kept in the session under `key`."""

    def __init__(self, key: str) -> None:
        self.key = key

    def forget(self) -> None:
        """Nothing is refused any more."""
        st.session_state[self.key] = {}

    def refuse(self, widget: str, shown: Any, reason: str, fields: Mapping[str, Any] | None = None) -> None:
        """Keep what the widget holds, and why it is not done."""
        self.by_widget[widget] = Refusal(shown, reason, fields)

    @property
    def by_widget(self) -> dict[str, Refusal]:
        """What is refused now."""
        return st.session_state.setdefault(self.key, {})

    def show(self, widget: str, value: Any) -> None:
        """Give a widget its value before it is drawn: what is on screen, or the proposal that was refused."""
        refusal = self.by_widget.get(widget)
        value = refusal.shown if refusal else value
        if widget not in st.session_state or st.session_state[widget] != value:
            st.session_state[widget] = value

    def reason(self, widget: str) -> str | None:
        """Why the widget's last change was refused; None when it was not."""
        refusal = self.by_widget.get(widget)
        return refusal.reason if refusal else None


def is_empty(shown: Any) -> bool:
    """Whether a widget was emptied: that means nothing, and it shows again what is so."""
    return shown is None or (isinstance(shown, str) and not shown.strip())
