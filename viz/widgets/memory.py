"""What a page remembers for one visitor: a value that is the only truth, its address, and what is to be said of it.

Widgets show the value, their callbacks propose a changed one, the address bar follows it. It outlives a change of page:
who comes back by the menu, which empties the address, finds it as it was, and every widget is given its value anew.
"""

import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from typing import Any, Generic, TypeVar

import streamlit as st

from engine.tables.errors import SpecError
from engine.tables.wording import Sentence
from viz.widgets import delivery
from viz.widgets.delivery import give, is_outdated, visit
from viz.words.labels import in_labels
from viz.words.language import KEY
from viz.words.text import left_out

Value = TypeVar("Value")
Fields = Mapping[str, Any]

ADDRESS_WITHIN, RECENT = 2.0, 20  # seconds that a browser may still say one of so many addresses of before
_NOTHING = object()


@dataclass(frozen=True)
class Refusal:
    """A proposal that cannot be done: what its widget holds, why not, and the fields it meant (None: unreadable)."""

    shown: Any
    error: SpecError
    fields: Fields | None = None


@dataclass
class Kept(Generic[Value]):
    """What is kept in the session of one visitor."""

    value: Value
    revision: int = 0
    came_by: str = "link"
    notices: list[str] = field(default_factory=list)
    refused: dict[str, Refusal] = field(default_factory=dict)
    address: dict[str, str] = field(default_factory=dict)
    earlier: list[dict[str, str]] = field(default_factory=list)
    written_at: float = 0.0
    visit: int = 0
    drawn: dict[str, int] = field(default_factory=dict)
    owns: Callable[[str], bool] = lambda key: True
    check: Callable[[Value], None] = lambda value: None
    acts: Callable[[], None] = lambda: None


class Memory(Generic[Value]):
    """The memory under `key` of the session.

    `read` gives the value of an address and a notice for each key that meant nothing, `write` an address that reads
    back to the value. `change(value, **fields)` gives the value with some fields changed, or raises SpecError.
    labels: field -> what it is called on the page. keeps_typed: an address that means the value stays as it was typed.
    """

    def __init__(
        self,
        key: str,
        read: Callable[[Mapping[str, str]], tuple[Value, list[Any]]],
        write: Callable[[Value], dict[str, str]],
        change: Callable[..., Value] = replace,
        labels: Mapping[str, str] | None = None,
        keeps_typed: bool = False,
    ) -> None:
        self.key, self._read, self._write, self._change = key, read, write, change
        self._labels, self._keeps_typed = labels or {}, keeps_typed

    # ------------------------------------------------------------------------------------- the value

    @property
    def kept(self) -> Kept[Value]:
        """All that is remembered; KeyError before the page was opened."""
        return st.session_state[self.key]

    @property
    def value(self) -> Value:
        """What the page is about."""
        return self.kept.value

    def open(
        self,
        owns: Callable[[str], bool] = lambda key: True,
        check: Callable[[Value], None] = lambda value: None,
        acts: Callable[[], None] = lambda: None,
    ) -> bool:
        """Read the address at the first visit, after Back and Forward, and when a link is opened in the same tab.

        owns: which keys of the address mean the value. check: raises SpecError for a value that the page cannot take;
        of a link to one its field is left out, which is said, and all else is taken. acts: called once a widget has
        changed the value, before the page is drawn anew. Returns whether the address was read.
        """
        is_first = self.key not in st.session_state
        if is_first:
            st.session_state[self.key] = Kept(self._read({})[0])
        kept = self.kept
        kept.owns, kept.check, kept.acts = owns, check, acts
        query = self._query()
        comes_back = kept.visit != visit() and not query
        kept.visit = visit()
        if not is_first and (comes_back or query == kept.address or self._is_late(query)):
            self._write_address()
            return False
        self.read_again("link")
        kept.earlier.clear()
        return True

    def read_again(self, came_by: str) -> None:
        """Take the value of the address, which may mean more than it did."""
        self.adopt(*self._taken(self._query()), came_by=came_by)

    def adopt(self, new: Value, notices: Sequence[str] = (), came_by: str = "control") -> None:
        """Take this value, and say these things about it; what was refused or said before is forgotten."""
        kept = self.kept
        kept.revision += 1
        kept.value, kept.notices, kept.came_by = new, list(notices), came_by
        kept.refused.clear()
        self._write_address()

    def follow(self, new: Value) -> None:
        """Take a value that is on screen already: a view changed it. It is no new revision."""
        kept = self.kept
        if new != kept.value:
            kept.notices = []
        kept.value, kept.came_by = new, "view"
        kept.refused.clear()
        self._write_address()

    def propose(self, widget: str, fields_of: Callable[[Any], Fields], reads_empty: bool = False) -> None:
        """The widget was changed: take the value with the fields it means, or keep the old one and the reason.

        A widget that was emptied means nothing, and shows again what is so; reads_empty: it is asked all the same.
        """
        kept, shown, fields = self.kept, st.session_state[widget], None
        if is_outdated(widget):
            return
        try:
            fields = {} if _is_empty(shown) and not reads_empty else fields_of(shown)
            changed = self.changed(fields)
        except SpecError as error:
            self.refuse(widget, shown, error, fields)
            return
        kept.refused.pop(widget, None)
        delivery.chosen(widget, shown)
        kept.value = changed
        self._try_again()
        kept.revision += 1
        kept.notices, kept.came_by = [], "control"
        kept.acts()
        self._write_address()

    def changed(self, fields: Fields) -> Value:
        """The value with some fields changed; SpecError when that is none, or none for this page."""
        new = self._change(self.value, **fields)
        self.kept.check(new)
        return new

    def _taken(self, query: Mapping[str, str]) -> tuple[Value, list[Any]]:
        """What of an address the page can take, and what is said of the rest: a field that is none for this page is
        left out, and all others stay."""
        found, notices = self._read(query)
        try:
            self.kept.check(found)
        except SpecError as error:
            if (name := error.field or "") in query:
                value, said = self._taken({key: text for key, text in query.items() if key != name})
                return value, [left_out(name, error), *said]
            usual = Sentence("{said} The page opens on its usual net instead.", said=error.sentence)
            return self._read({})[0], [*notices, usual]
        return found, notices

    # ---------------------------------------------------------------------------- refusals and notices

    def refuse(self, widget: str, shown: Any, error: SpecError, fields: Fields | None = None) -> None:
        """Keep what the widget holds, and why it is not done."""
        self.kept.refused[widget] = Refusal(shown, error, fields)

    def forget(self, is_gone: Callable[[str], bool]) -> None:
        """What these widgets held is gone with them, and why it was refused."""
        for widget in filter(is_gone, list(self.kept.refused)):
            del self.kept.refused[widget]

    def _try_again(self) -> None:
        """What was refused before may fit now: batch size 1, say, once batch norm is off."""
        refused = self.kept.refused
        for widget, refusal in list(refused.items()):
            if refusal.fields is None:
                continue
            try:
                self.kept.value = self.changed(refusal.fields)
                del refused[widget]
            except SpecError as error:
                refused[widget] = replace(refusal, error=error)

    def reason(self, widget: str) -> str | None:
        """Why the widget's last change was refused; None when it was not."""
        refusal = self.kept.refused.get(widget)
        return in_labels(refusal.error.brief, self._labels) if refusal else None

    def reasons(self) -> list[str]:
        """Why the changes that still stand in a widget were refused, each with what it is about."""
        return [in_labels(each.error.sentence, self._labels) for each in self.kept.refused.values()]

    def say(self, notice: str) -> None:
        """Say this instead of what was said before, until the next change."""
        self.kept.notices = [notice]

    def also(self, notices: Sequence[str]) -> None:
        """Say these things too, until the next change."""
        self.kept.notices += notices

    def notices(self) -> list[str]:
        """What there is to say about the address or the last change, until the next one."""
        return [in_labels(said, self._labels) for said in self.kept.notices]

    # --------------------------------------------------------------------------------------- widgets

    @contextmanager
    def showing(self, widget: str, value: Any) -> Iterator[Any]:
        """Give a widget its value while it is drawn: what is so, or the proposal that was refused.

        Within it, that value: a widget that is drawn for the first time has it as its usual one. Streamlit takes a
        widget of the same key on another page for another one, and yet tells its value here until this one is drawn.
        So what was not drawn in this visit is given its value, whatever it seems to have.
        """
        kept = self.kept
        refusal = kept.refused.get(widget)
        value = refusal.shown if refusal else value
        if kept.drawn.get(widget) != visit():
            st.session_state[widget] = value
        elif st.session_state.get(widget, _NOTHING) != value:
            give(widget, value)
        elif delivery.is_on_its_way(widget):
            st.session_state[widget] = value
        yield value
        kept.drawn[widget] = visit()

    # --------------------------------------------------------------------------------------- address

    def _query(self) -> dict[str, str]:
        """What the address says of the value."""
        return {key: text for key, text in st.query_params.to_dict().items() if self._owns(key)}

    def _owns(self, key: str) -> bool:
        """Whether a key of the address is about the value; in which language it is read is not."""
        return key != KEY and self.kept.owns(key)

    def _is_late(self, query: dict[str, str]) -> bool:
        """Whether the browser says an address of ours that it had before the newest: nobody goes back so soon."""
        kept = self.kept
        is_soon = time.monotonic() < kept.written_at + ADDRESS_WITHIN
        return query in kept.earlier and (is_soon or delivery.is_again())

    def _write_address(self) -> None:
        """Each address that is written is a further step for Back."""
        kept, address = self.kept, self._query()
        if not (self._keeps_typed and self._read(address) == (kept.value, [])):
            address = self._write(kept.value)
        if address != self._query():
            rest = {key: text for key, text in st.query_params.to_dict().items() if not self._owns(key)}
            st.query_params.from_dict(address | rest)
        if address != kept.address:
            kept.earlier = [*(one for one in kept.earlier[-RECENT:] if one != address), kept.address]
            kept.written_at = time.monotonic()
        kept.address = address


def _is_empty(shown: Any) -> bool:
    return shown is None or (isinstance(shown, str) and not shown.strip())
