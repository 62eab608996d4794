"""A comparison that was stopped stays so when its page is loaded anew, and is nobody else's."""

import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from tests.viz.compare.test_page import LR, SCRIPT, SMALL, captions
from tests.viz.workbench.here import ARRIVING, all_of_it
from viz.server.keys import COOKIE
from viz.server.tokens import new_token
from viz.workers.bench import grids

pytestmark = pytest.mark.slow


HALF = "Stopped: 1 of 4 runs. What is done is kept."


def half(name, arguments, say):
    """What there is once a run is over, while others go on."""
    yield next(seen for seen in all_of_it(name, arguments) if seen["ended"].any())
    st.stop()


def opened(key: str) -> AppTest:
    """The page of `LR` in a browser that keeps this key."""
    app = AppTest.from_string(SCRIPT, default_timeout=60)
    app.session_state[COOKIE] = key
    app.query_params.update(SMALL | LR)
    return app.run()


def test_what_was_stopped_is_so_after_a_reload_and_goes_on_when_asked(monkeypatch):
    monkeypatch.setattr(grids, "FINISHED", grids.Finished())
    monkeypatch.setattr(ARRIVING, half)
    key = new_token()
    first = opened(key)
    first.button(key="compare_stop").click().run()
    again = opened(key)
    assert HALF in captions(again)
    assert len(again.dataframe[0].value) == 1
    assert HALF not in captions(opened(new_token()))
    monkeypatch.setattr(ARRIVING, all_of_it)
    again.button(key="compare_go_on").click().run()
    assert "4 of 4 runs" in captions(again)
    assert HALF not in captions(opened(key))
