"""What the Train page remembers for one visitor: the spec that runs, and changes that were refused with the reason.

The spec is the only truth. Widgets show it, their callbacks propose a changed one, the address bar follows it.
A refused change stays visible in its widget, beside the reason; the last good spec runs on.
"""

from collections.abc import Callable, Collection, Mapping, Sequence
from dataclasses import replace
from typing import Any

import streamlit as st

from engine.spec import RunSpec, SpecError
from engine.tables.wording import Sentence
from viz.live import host
from viz.run import link as share
from viz.run.lessons import OPENING
from viz.server import bounds, tokens
from viz.widgets.refusals import Refusals, is_empty
from viz.words.labels import in_labels

SPEC, ADDRESS, AWAY = "spec", "address", "away"
NOTICES, BESIDE, CHECK = "notices", "beside", "check"
CAME_BY = "came_by"  # "link", "cure" or "control": what changed the spec last
LIVE = "live"  # the key of the live view's component

refusals = Refusals("refused")
show = refusals.show

Fields = Mapping[str, Any]


def spec() -> RunSpec:
    """The spec that runs."""
    return st.session_state[SPEC]


def open_page(beside: Collection[str] = (), check: Callable[[RunSpec], None] = bounds.check) -> None:
    """Read the address at the first visit, after Back and Forward, and when a link is opened in the same tab.

    beside: keys of the address that are the page's own and no part of the run. check: raises SpecError for a net that
    the page cannot do its work on.
    """
    st.session_state[CHECK] = check
    st.session_state[BESIDE] = frozenset(beside)
    query = _query()
    comes_back = st.session_state.pop(AWAY, False) and not query
    if SPEC in st.session_state and (comes_back or query == st.session_state[ADDRESS]):
        _write_address()
        return
    found, notices = share.read(query)
    try:
        check(found)
    except SpecError as error:
        usual = Sentence("{said} The page opens on its usual net instead.", said=error.sentence)
        found, notices = OPENING, [*notices, usual]
    adopt(found, notices)
    st.session_state[CAME_BY] = "link"


def is_linked() -> bool:
    """Whether the spec is that of a link: whatever this tab trained before, its net waits to be started."""
    return st.session_state.get(CAME_BY) == "link"


def is_cured() -> bool:
    """Whether the spec is a verdict's cure: a net that is sick already, no change now would make well."""
    return st.session_state.get(CAME_BY) == "cure"


def leave() -> None:
    """Another page is shown: the address it leaves behind says nothing about the run."""
    st.session_state[AWAY] = True


def adopt(new: RunSpec, notices: Sequence[str] = ()) -> None:
    """Run this spec, and say these things about it; what was refused or said before is forgotten."""
    st.session_state[SPEC] = new
    refusals.forget()
    st.session_state[NOTICES], st.session_state[CAME_BY] = list(notices), "control"
    _write_address()


def propose(key: str, fields_of: Callable[[Any], Fields]) -> None:
    """The widget `key` was changed: run the spec with the fields it means, or keep the old one and the reason.

    A widget that was emptied means nothing, and shows again what runs.
    """
    shown, fields = st.session_state[key], None
    try:
        fields = {} if is_empty(shown) else fields_of(shown)
        changed = _with(spec(), fields)
    except SpecError as error:
        refusals.refuse(key, shown, error.brief, fields)
        return
    refusals.by_widget.pop(key, None)
    st.session_state[NOTICES], st.session_state[CAME_BY] = [], "control"
    st.session_state[SPEC] = _retried(changed)
    _write_address()


def apply_cure() -> None:
    """The live view's button was pressed: run the spec with the fields that the verdict offers."""
    cure = st.session_state[LIVE].get("cure")
    if not isinstance(cure, Mapping):
        return
    try:
        adopt(_with(spec(), cure))
    except SpecError as error:
        adopt(spec(), [error.sentence])
    st.session_state[CAME_BY] = "cure"


def token() -> str:
    """The name of this visitor's run."""
    return tokens.visitor()


def adopt_token() -> None:
    """The tab kept a run through a reload: it is this visitor's from now on."""
    kept = st.session_state[LIVE].get("token")
    if isinstance(kept, str) and tokens.TOKEN.fullmatch(kept) and kept != token():
        host.shared().forget(token())
        tokens.adopt(kept)


def reason(key: str) -> str | None:
    """Why the widget's last change was refused; None when it was not."""
    said = refusals.reason(key)
    return in_labels(said) if said else None


def notices() -> list[str]:
    """What there is to say about the address or a cure, until the next change."""
    return [in_labels(said) for said in st.session_state[NOTICES]]


def _with(old: RunSpec, fields: Fields) -> RunSpec:
    """The old spec with some fields changed; SpecError when that is no run, or none for this server."""
    new = old.replace(**fields)
    st.session_state[CHECK](new)
    return new


def _retried(changed: RunSpec) -> RunSpec:
    """What was refused before may fit now: batch size 1, say, once batch norm is off."""
    refused = refusals.by_widget
    for key, refusal in list(refused.items()):
        if refusal.fields is None:
            continue
        try:
            changed = _with(changed, refusal.fields)
            del refused[key]
        except SpecError as error:
            refused[key] = replace(refusal, reason=error.brief)
    return changed


def _write_address() -> None:
    """One that means this run already stays as it was typed: each one written is a further step for Back."""
    address = _query()
    if share.read(address) != (spec(), []):
        address = share.write(spec())
        kept = {key: st.query_params[key] for key in st.session_state[BESIDE] if key in st.query_params}
        st.query_params.from_dict(address | kept)
    st.session_state[ADDRESS] = address


def _query() -> dict[str, str]:
    """What the address says of the run."""
    beside = st.session_state[BESIDE]
    return {key: text for key, text in st.query_params.to_dict().items() if key not in beside}
