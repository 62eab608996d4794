"""The Recurrent page without a browser: what it says is what the engine finds, and what it refuses it explains."""

from collections.abc import Callable

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine.recurrent.unrolling import unroll
from tests.viz.workbench.here import ARRIVING, the_last
from viz.recurrent import pictures
from viz.recurrent.case import Case

pytestmark = pytest.mark.slow

SCRIPT = (
    "import streamlit as st\nfrom viz.pages import recurrent\nst.navigation([st.Page(recurrent.page)]).run()"
)
SMALL = {"steps": "12", "width": "6", "batch_size": "2"}


@pytest.fixture
def opened(monkeypatch) -> Callable[..., AppTest]:
    """Open the page at a link; the experiment runs at once, in this process."""

    monkeypatch.setattr(ARRIVING, the_last)

    def open_link(**query: str) -> AppTest:
        app = AppTest.from_string(SCRIPT, default_timeout=60)
        app.query_params.update(SMALL | query)
        app.run()
        assert not app.exception
        return app

    return open_link


def said(app: AppTest) -> str:
    return " ".join(element.value for element in app.markdown)


def test_the_page_says_what_the_run_shows(opened):
    app = opened(radius="0.5~2.0")
    assert "**Radius 2: the gradient explodes.**" in said(app)
    assert "12 steps back it is 4,096 times as much" in said(app)
    assert len(app.get("plotly_chart")) == 4


def test_a_changed_radius_changes_the_answer_and_the_address(opened):
    app = opened(radius="0.5~2.0")
    app.text_input(key="recurrent_radius").set_value("3").run()
    assert "12 steps back it is 531,441 times as much" in said(app)
    assert app.query_params["radius"] == "3.0"


def test_settings_are_called_as_their_controls_are(opened):
    app = opened(batch_size="0", clip_threshold="-1")
    notices = app.info[0].value.replace("\\", "")
    assert "Sequences: 0 is not allowed; give a whole number from 1 to 4096." in notices
    assert "Clipping at: -1 is not allowed" in notices
    app.text_input(key="recurrent_batch_size").set_value("1e30").run()
    assert (
        app.error[0].value.replace("\\", "") == "'1e30' is not allowed; give a whole number from 1 to 4096."
    )


@pytest.mark.long
def test_a_field_that_was_emptied_shows_again_what_is_unrolled(opened):
    app = opened(radius="0.5~2.0")
    for key, shown in (("recurrent_radius", "0.5, 2"), ("recurrent_steps", "12")):
        app.text_input(key=key).set_value("").run()
        assert app.text_input(key=key).value == shown
    assert not app.error


@pytest.mark.long
def test_a_refused_value_stays_with_its_reason_and_the_old_nets_stay(opened):
    app = opened(radius="0.5~2.0")
    app.text_input(key="recurrent_radius").set_value("0.5, many").run()
    assert app.text_input(key="recurrent_radius").value == "0.5, many"
    assert "'many' is not allowed" in app.error[0].value
    assert "4,096 times as much" in said(app)
    app.text_input(key="recurrent_width").set_value("1024")
    app.text_input(key="recurrent_steps").set_value("2000").run()
    assert any("billion multiplications" in error.value for error in app.error)


@pytest.mark.long
def test_overflow_is_a_warning_and_not_a_crash(opened):
    app = opened(radius="10.0", steps="500")
    assert "the states overflow float64" in app.warning[0].value.replace("\\", "")
    assert "1.0 · 10⁵⁰⁰ times as much" in said(app)


@pytest.mark.long
def test_a_preset_sets_everything(opened):
    app = opened()
    app.selectbox(key="recurrent_preset").set_value("forget").run()
    assert not app.exception
    assert app.query_params["forget_bias"] == "-2.0~0.0~1.0~3.0"
    assert "**Bias 3: the gradient keeps its size.**" in said(app)
    assert any("no radius to vary" in info.value for info in app.info)
    assert "recurrent_radius" not in [field.key for field in app.text_input]


def test_one_step_of_one_unit_is_a_page_too(opened):
    assert opened(steps="1", width="1", batch_size="1", inputs="1", radius="0.0", activation="tanh")


def test_runs_survive_the_way_through_the_workbench():
    case = Case(width=5, steps=9)
    asked = {"nets": case.nets, "kinds": list(case.kinds.values()), "radii": case.radii[:2]}
    (seen,) = the_last("recurrent", asked)
    assert seen["done"] == 1
    for net, run in zip(case.nets, pictures.comparison(**seen).runs, strict=True):
        alone = unroll(**net)
        assert np.array_equal(run.gradient, alone.gradient)
        assert run.clipped(1.0)[0] == alone.clipped(1.0)[0]
        assert run.span() == alone.span()
