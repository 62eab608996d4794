"""A task in a link: read as text, locked in the sidebar and in the address, and what was left out of it is said."""

from urllib.parse import parse_qsl

import pytest
from hypothesis import given
from hypothesis import strategies as st
from streamlit.testing.v1 import AppTest

from engine import RunSpec
from tests.viz.run.test_beside import deed
from tests.viz.run.test_train_page import address, choose, nobody_stays, opened, run, spec, widget, widgets
from viz.run import task
from viz.run.lessons import OPENING
from viz.run.task import LONGEST, VERSION, Task

__all__ = ["nobody_stays"]
ASKED = Task(
    "Which layer learns first? Why?",
    OPENING.replace(lr=0.3),
    ("activation", "optimizer"),
    ("verdict",),
    "gradients",
)


def told(page: AppTest) -> str:
    """What the page says above the view, its escapes read."""
    return " ".join(one.value for one in page.info).replace("\\", "")


@pytest.mark.parametrize(
    "asked",
    [
        ASKED,
        Task("Only words", OPENING),
        Task("Two\nlines, and 梯度消失 = 100 % & more", RunSpec(hidden=(300, 100), activation="elu")),
        None,
    ],
)  # fmt: skip
def test_a_link_gives_back_its_task(asked):
    assert task.read(task.write(asked)) == (asked, [])


def test_a_link_without_a_task_is_as_it_was():
    assert task.write(None) == {}
    assert task.read({"version": "1"}) == (None, [])


@pytest.mark.parametrize(
    ("query", "says"),
    [
        ({"task_locks": "activation,colour"}, "task_locks: 'colour' is no field that can be locked. Left out."),
        (
            {"task_locks": "optimiser"},
            "task_locks: 'optimiser' is no field that can be locked. Did you mean 'optimizer'? Left out.",
        ),
        ({"task_hides": "verdikt"}, "Did you mean 'verdict'? Left out."),
        ({"task_look": "<b>"}, "task_look: '<b>' is no panel. Left out."),
        ({"task_begin": "whatever"}, "task_begin: 'whatever' is no run. The task begins as the page opens."),
        ({"task_begin": "lr=-1"}, "It stays at 0.1"),
        ({"task_begin": "hidden=100x500"}, "left out"),
        ({"version": "0x2"}, "version: '0x2' is none. The link is read as one of version 2."),
        ({"version": "9"}, "it is of version 9, and this one reads links up to version 2. Open it"),
        ({"task_locks": ",".join(f"x{n}" for n in range(900))}, "895 more names mean nothing here and were left out."),
        ({"task": "a" * (LONGEST + 5)}, "The task has 2,005 characters; the first 2,000 are shown"),
    ],
)  # fmt: skip
def test_what_is_left_out_of_a_link_is_said(query, says):
    found, said = task.read({"task": "What is wrong?"} | query)
    assert found
    assert len(found.words) <= LONGEST
    assert says in " ".join(said)
    assert len(said) <= 6
    assert task.read(task.write(found)) == (found, [])


@given(st.dictionaries(st.sampled_from([*task.KEYS, "nonsense"]), st.text(max_size=60), max_size=7))
def test_any_link_has_some_task_or_none_and_settles(query):
    found, _ = task.read(query)
    assert task.read(task.write(found)) == (found, [])


def test_a_task_s_options_are_locked_with_what_they_belong_to():
    asked = Task("?", OPENING, ("activation",))
    assert asked.locked == {"activation", "activation_options"}
    assert asked.broken(OPENING.replace(lr=1.0)) == []
    assert asked.broken(OPENING.replace(activation="elu", activation_options={"alpha": 0.3})) == [
        "activation", "activation_options",
    ]  # fmt: skip
    assert asked.held(OPENING.replace(activation="elu", lr=1.0)) == OPENING.replace(lr=1.0)


def test_a_class_opens_the_task_at_its_beginning_with_its_locks():
    page = AppTest.from_string("from viz.main import run; run()", default_timeout=30)
    page.query_params.update(dict(parse_qsl(task.link(ASKED))))
    page = run(page)
    assert not page.info
    assert spec(page) == ASKED.begin
    assert [one.value for one in page.main.text] == ["Which layer learns first? Why?"]
    assert widget(page, "activation").disabled
    assert widget(page, "optimizer").disabled
    assert not widget(page, "initializer").disabled
    assert "lesson" not in widgets(page)
    page = choose(page, "initializer", "he_normal")
    assert spec(page) == ASKED.begin.replace(initializer="he_normal")
    assert address(page)["task"] == ASKED.words
    next(one for one in page.button if one.key == "begin_again").click()
    page = run(page)
    assert spec(page) == ASKED.begin


def test_a_locked_setting_in_the_address_stays_locked_and_says_so():
    page = opened(activation="relu", lr="0.01", task="?", task_locks="activation")
    assert spec(page) == OPENING.replace(lr=0.01)
    assert "Activation: the task locks it at sigmoid, so 'relu' was left out." in told(page)


def test_a_free_choice_leaves_what_it_would_set_beside_itself_where_that_is_locked():
    page = choose(opened(task="?", task_locks="lr"), "optimizer", "adam")
    assert spec(page) == OPENING.replace(optimizer="adam")


def test_a_cure_or_a_net_beside_it_does_not_open_a_lock():
    page = opened(task="?", task_locks="activation")
    cured = deed(page, "apply_cure", cure={"activation": "relu"})
    assert spec(cured) == OPENING
    assert "the task locks it at sigmoid" in told(cured)
    both = deed(opened(task="?", task_locks="batch_norm"), "set_beside", set_beside={"batch_norm": "before"})
    assert both.session_state["beside"].value is None
    assert "Batch norm: the task locks it at none" in told(both)


def test_markup_in_a_task_is_text():
    words = "<script>alert(1)</script> **bold** [link](javascript:alert(1)) $x$ :material/home:"
    words += " http://a.b\nTitle\n===\n1. one\n# big"
    page = opened(task=words)
    assert not page.exception
    assert [one.value for one in page.main.text] == [
        words
    ]  # as it is: no link, no heading, each line by itself
    assert not any("alert" in one.value for one in page.main.markdown)


def test_what_is_left_out_of_a_task_is_said_by_the_names_of_its_form():
    page = opened(
        task="?", task_hides="x", task_locks="y", task_look="z", task_begin="tampered", version="0x2"
    )
    for name in (
        "Out of sight: 'x'",
        "Locked: 'y'",
        "Look here first: 'z'",
        "Beginning of the task: 'tampered'",
    ):
        assert name in told(page)
    assert "Version of the link: '0x2'" in told(page)
    assert "task_" not in told(page)


def test_nothing_is_said_to_be_left_out_that_a_link_did_not_have():
    page = opened(task="?", task_locks="lr,activation", task_begin="lr=3", activation="relu")
    assert spec(page) == OPENING.replace(lr=3.0)
    assert "'relu' was left out" in told(page)
    assert "Learning rate" not in told(page)


def test_what_a_task_hides_is_not_drawn():
    page = opened(task="?", task_hides="optimizer,gradients")
    assert "optimizer" not in widgets(page)
    assert "activation" in widgets(page)


def test_control_characters_and_air_are_no_part_of_a_task():
    assert task.cleaned(" a\x00\x07\u202eb \r\n\r\n  c\t ") == "ab\n\n  c"


def test_the_form_makes_a_link_that_opens_the_task():
    page = opened(lr="0.3")
    page.session_state["share_task"] = True
    page = run(page)
    next(one for one in page.text_area if one.key == "task_words").set_value("Find out why.")
    next(one for one in page.multiselect if one.key == "task_locked").set_value(["lr"])
    page = run(page)
    (link,) = (one.value for one in page.code if "task=" in one.value)
    _, _, query = link.partition("?")
    assert query == task.link(Task("Find out why.", OPENING.replace(lr=0.3), ("lr",)))
    assert f"version={VERSION}" in query
