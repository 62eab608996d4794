"""What a link says of how a run or a race is looked at: Python and JavaScript know the same names."""

import re
from pathlib import Path

import pytest
from streamlit.testing.v1 import AppTest

import viz
from viz.race import looks as of_races
from viz.run import looks as of_runs
from viz.run.lessons import LESSONS, PANELS

CANVAS = Path(viz.__file__).parent / "canvas"
SCRIPT = "from viz.run import looks\nimport streamlit as st\nfor said in looks.said(): st.info(said)"


@pytest.mark.parametrize(("room", "looks"), [("run", of_runs.LOOKS), ("race", of_races.LOOKS)])
def test_both_ends_know_the_same_keys_and_what_each_may_be(room, looks):
    text = (CANVAS / room / "look.js").read_text()
    assert set(re.findall(r'\bas: "(\w+)"', text)) - {of_runs.CHANGED, of_runs.KEPT} == set(looks)
    values = set(re.findall(r'\["(\w+)"|^\s+"(\w+)",$', text, re.M))
    known = {value for found in values for value in found}
    told = ("open", "activation_variance", "gradient_variance", "stream", "projected")  # by what is there
    assert {value for key, may in looks.items() if key not in told for value in may} <= known


def test_a_lesson_names_a_panel_by_the_title_it_has():
    text = (CANVAS / "run" / "panels.js").read_text()
    titles = dict(re.findall(r'name: "([\w-]+)",\s+title: say\("([^"]+)"', text))
    assert titles == PANELS
    for lesson in LESSONS.values():
        assert lesson.words.endswith(f" Look at: {PANELS[lesson.panel]}.")


def test_a_link_of_a_run_that_was_changed_says_so_and_a_look_that_is_none_is_refused():
    page = AppTest.from_string(SCRIPT)
    page.query_params.update(axis="sideways", scale="linear", changed="12, Learning rate: 0.1 → 0.3")
    said = [one.value for one in page.run().info]
    assert said[0] == "axis: 'sideways' is not allowed; give common or own. The link's value was left out."
    assert said[1].startswith(
        "The run of this link was changed on its way (step 12, Learning rate: 0.1 → 0.3)."
    )
    assert len(said) == 2


@pytest.mark.parametrize(
    ("steps", "told"), [([1], None), ([1, 12], "12, Dropout: 0 → 0.1"), ([2], "2, Dropout: 0 → 0.1")]
)
def test_what_was_changed_before_the_first_step_is_simply_what_the_run_is_of(steps, told):
    changes = [{"step": step, "words": "Dropout: 0 → 0.1"} for step in steps]
    page = AppTest.from_string(f"from viz.run import looks\nlooks.tell_changes({changes!r})").run()
    assert page.query_params.get("changed") in (told, told and [told])
