"""Comparisons that were stopped, as far as they came: a browser that loads the page anew finds its own so."""

import json
from collections import OrderedDict
from collections.abc import Mapping
from typing import Any

import streamlit as st

from engine.experiments.standing import Grid, Nested
from viz.server import keys, tables

KEPT = 64  # of all visitors together; the oldest make room
Seen = Grid | Nested | None


def keep(asked: Mapping[str, Any], seen: Seen) -> None:
    """Remember that this visitor stopped it there; seen: None before its first run began."""
    if tables.named(asked):
        return  # what was found in a visitor's own table goes with it
    kept = _kept()
    kept[_key(asked)] = seen
    kept.move_to_end(_key(asked))
    while len(kept) > KEPT:
        kept.popitem(last=False)


def found(asked: Mapping[str, Any]) -> tuple[Mapping[str, Any] | None, Seen]:
    """What was asked, and how far it had come, where this visitor stopped it; (None, None) where not."""
    key, kept = _key(asked), _kept()
    return (asked, kept[key]) if key in kept else (None, None)


def forget(asked: Mapping[str, Any]) -> None:
    """It goes on, or is left."""
    _kept().pop(_key(asked), None)


def _key(asked: Mapping[str, Any]) -> tuple[str, str]:
    return keys.of_this_page(), json.dumps(asked, sort_keys=True)


@st.cache_resource
def _kept() -> OrderedDict[tuple[str, str], Seen]:
    return OrderedDict()
