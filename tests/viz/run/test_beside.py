"""A second net beside the first, without a browser: the link, what the sidebar changes, what is kept."""

import pytest
from streamlit.testing.v1 import AppTest

from engine import RunSpec
from tests.viz.run.test_train_page import address, choose, nobody_stays, opened, run, spec, widget
from viz.live.host import shared
from viz.run import beside
from viz.run.lessons import OPENING
from viz.server import tokens

__all__ = ["nobody_stays"]
CURED = OPENING.replace(batch_norm="before")


def deed(page: AppTest, does: str, **told) -> AppTest:
    """What the view's button does: its callback, before the page is drawn anew."""
    with_deed = AppTest.from_string(
        f"import streamlit as st\nfrom viz.run import session\nfrom viz.main import run\n"
        f"if 'done' not in st.session_state:\n    st.session_state['live'] = {told!r}\n    session.{does}()\n"
        "    st.session_state['done'] = st.session_state.pop('live')\nrun()",
        default_timeout=30,
    )
    for key in ("run", "beside", "task", "token", "page", "visit"):
        with_deed.session_state[key] = page.session_state[key]
    with_deed.query_params.update(address(page))
    return run(with_deed)


def first(page: AppTest) -> RunSpec | None:
    return page.session_state["beside"].value


def runs(page: AppTest) -> list[RunSpec | None]:
    token = page.session_state["token"]
    found = (shared().runs.get(name) for name in (token, tokens.derived(token, "beside")))
    return [each and each.spec for each in found]


@pytest.mark.parametrize("a", [OPENING, OPENING.replace(lr=0.3, hidden=(30, 20)), RunSpec(), None])
def test_a_link_holds_the_first_net_too(a):
    assert beside.read(beside.write(a)) == (a, [])


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("whatever", "is no run; give its settings as in a link, lr=0.3 for one"),
        ("lr=-1", "It stays at 0.1"),
        ("hidden=100x500", "left out"),
    ],
)
def test_a_bad_one_is_said_and_the_page_opens_on_one_net(text, words):
    page = opened(beside=text)
    assert words in page.info[0].value.replace("\\", "")
    assert spec(page) == OPENING


def test_a_link_sets_two_nets_beside_each_other_and_the_sidebar_changes_the_second():
    page = opened(batch_norm="before", activation="sigmoid", beside="opening")
    assert runs(page) == [OPENING, CURED]
    assert "Acts on the running net" not in widget(page, "lr").help
    choose(page, "lr", "0.03")
    assert runs(page) == [OPENING, CURED.replace(lr=0.03)]
    assert address(page)["beside"] == "opening"
    choose(page, "batch_norm", "none")
    choose(page, "lr", "0.1")
    assert runs(page) == [OPENING, None]  # no other net than the first: nothing is trained twice


def test_a_cure_is_tried_beside_the_sick_net_and_either_can_be_kept():
    page = deed(opened(lr="0.3"), "set_beside", set_beside={"batch_norm": "before"})
    sick, cured = OPENING.replace(lr=0.3), CURED.replace(lr=0.3)
    assert (first(page), spec(page)) == (sick, cured)
    assert runs(page) == [sick, cured]
    assert address(page)["lr"] == "0.3"
    assert spec(deed(page, "keep", keep="a")) == sick
    page = deed(page, "set_beside", set_beside={"batch_norm": "before"})
    second = tokens.derived(page.session_state["token"], "beside")
    page = deed(page, "keep", keep="b")
    assert (first(page), spec(page), page.session_state["token"]) == (None, cured, second)
    assert "beside" not in address(page)
    assert runs(page) == [cured, None]


def test_a_second_cure_is_tried_on_the_sick_net_not_on_the_first_cure():
    page = deed(opened(), "set_beside", set_beside={"batch_norm": "before"})
    page = deed(page, "set_beside", set_beside={"activation": "relu"})
    assert runs(page) == [OPENING, OPENING.replace(activation="relu")]


def test_a_net_set_beside_waits_for_a_change():
    page = deed(opened(), "set_beside", set_beside={})
    assert runs(page) == [OPENING, None]
    assert runs(choose(page, "activation", "relu")) == [OPENING, OPENING.replace(activation="relu")]
