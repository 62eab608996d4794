"""The page of lessons: predict, run, see; what means nothing is said, and nothing is lost."""

import pytest
from streamlit.testing.v1 import AppTest

from tests.viz.workbench.here import ARRIVING, the_last
from viz.lessons.table import LESSONS

pytestmark = pytest.mark.slow

NUMBERS = {key: str(number) for number, key in enumerate(LESSONS, 1)}
ADAM, MOMENTUM, VANISHING = NUMBERS["adam"], NUMBERS["momentum"], NUMBERS["vanishing"]


@pytest.fixture(autouse=True)
def here(monkeypatch):
    monkeypatch.setattr(ARRIVING, the_last)


def opened(**query: str) -> AppTest:
    def script():
        from viz.pages.lessons import page

        page()

    app = AppTest.from_function(script, default_timeout=60)
    app.query_params.update(query)
    app.run()
    assert not app.exception
    return app


def said(app: AppTest) -> str:
    kinds = (app.markdown, app.info, app.error, app.warning, app.success, app.caption)
    return " ".join(element.value for kind in kinds for element in kind)


def asked(app: AppTest) -> dict[str, str]:
    return {key: text[-1] if isinstance(text, list) else text for key, text in app.query_params.items()}


def press(app: AppTest, name: str) -> None:
    next(button for button in app.button if button.label == name).click().run()
    assert not app.exception


def test_it_opens_on_the_first_lesson_and_shows_no_run_before_a_prediction():
    app = opened()
    assert "## 1. Why deep nets did not train" in said(app)
    assert not app.get("plotly_chart")
    assert "### Why" not in said(app)
    press(app, "Run it")
    assert "Say first what you expect" in said(app)
    press(app, "Next lesson")
    assert asked(app) == {"lesson": "2"}


def test_a_number_that_is_predicted_stands_beside_what_came_and_in_the_address():
    app = opened(lesson=ADAM)
    app.text_input[0].set_value("2")
    press(app, "Run it")
    assert "You expected: **2**. It came out: **10**. Too low by a factor of 5\\." in said(app)
    assert asked(app) == {"lesson": ADAM, "answer": "2"}
    assert len(app.get("plotly_chart")) == 1
    (heard_of,) = (each.proto.body for each in app.get("html") if 'class="heard"' in each.proto.body)
    assert "Where each is; the minimum is at 0. " in heard_of
    assert " at step 0 and " in heard_of
    assert LESSONS["adam"].formula in app.latex[0].value
    assert app.get("link_button")[0].proto.url.startswith("./optimizers?")
    app.text_input[0].set_value("10")
    press(app, "Run it")
    assert "Right." in app.success[0].value


@pytest.mark.long
@pytest.mark.parametrize("text", ["nan", "ten", "-3", "<script>alert(1)</script>"])
def test_a_prediction_that_means_nothing_leaves_the_one_before(text):
    app = opened(lesson=ADAM, answer="10")
    app.text_input[0].set_value(text)
    press(app, "Run it")
    assert "is not allowed; give a number from 0\\.001 to 1000" in app.error[0].value
    assert "<" not in app.error[0].value.replace("\\<", "")
    assert asked(app)["answer"] == "10"
    assert "Right." in app.success[0].value


def heard(app: AppTest) -> str:
    """What the page gives to who has it read aloud."""
    return " ".join(str(each.proto) for each in app.get("bidi_component") if "_spoken" in str(each.proto))


def test_another_lesson_and_the_start_of_its_run_are_said_to_who_hears_the_page():
    app = opened(lesson=MOMENTUM)
    press(app, "Next lesson")
    assert f"Lesson {ADAM}: RMSProp and Adam." in heard(app)
    app.text_input[0].set_value("2")
    press(app, "Run it")
    assert "You expected 2. It runs" in heard(app)


def test_a_choice_is_made_and_kept_while_other_lessons_are_visited():
    app = opened(lesson=MOMENTUM)
    app.radio[0].set_value("nesterov")
    press(app, "Run it")
    assert "It came out: **The heavy ball**. Not what you expected" in said(app)
    press(app, "Next lesson")
    assert asked(app) == {"lesson": ADAM}
    assert f"Done: {MOMENTUM} (1 of {len(LESSONS)})" in said(app)
    press(app, "Lesson before")
    assert asked(app) == {"lesson": MOMENTUM, "answer": "nesterov"}
    assert app.radio[0].value == "nesterov"


def arrives_with(monkeypatch, told: object, **query: str) -> AppTest:
    """A page that is loaded anew, and then told by its browser what that one kept."""
    monkeypatch.setattr("viz.lessons.page.progress", lambda: told)

    def script():
        import streamlit as st

        from viz.lessons.page import take_up
        from viz.pages.lessons import page

        page()
        st.button("The browser tells", on_click=take_up)

    app = AppTest.from_function(script, default_timeout=60)
    app.query_params.update(query)
    app.run()
    press(app, "The browser tells")
    return app


KEPT = {"at": "momentum", "answers": {"adam": "2", "momentum": "nesterov", "zeros": "stays"}}


def test_what_a_browser_kept_is_there_again_after_a_reload_and_can_be_forgotten(monkeypatch):
    app = arrives_with(monkeypatch, KEPT)
    assert asked(app) == {"lesson": MOMENTUM, "answer": "nesterov"}
    assert f"Done: {NUMBERS['zeros']}, {MOMENTUM}, {ADAM} (3 of" in said(app)
    press(app, "Next lesson")
    assert asked(app) == {"lesson": ADAM, "answer": "2"}
    press(app, "Forget my predictions")
    assert asked(app) == {"lesson": ADAM}
    assert app.text_input[0].value == ""
    assert "Done" not in said(app)


def test_the_lesson_and_the_prediction_of_a_link_stand_whatever_a_browser_kept(monkeypatch):
    app = arrives_with(monkeypatch, KEPT, lesson=ADAM, answer="10")
    assert asked(app) == {"lesson": ADAM, "answer": "10"}
    press(app, "Lesson before")
    assert asked(app) == {"lesson": MOMENTUM, "answer": "nesterov"}
    assert asked(arrives_with(monkeypatch, KEPT, lesson=ADAM)) == {"lesson": ADAM}, "a worksheet asks anew"


@pytest.mark.parametrize(
    "told",
    [
        None, [], "x" * 1_000_000, {"at": ["zeros"], "answers": "adam"}, {"at": 3, "answers": ["adam"]},
        {"at": "no lesson", "answers": {"adam": "nan", "zeros": 7, "momentum": "momentun", "vanishing": "7" * 10_000}},
    ],
)  # fmt: skip
def test_what_a_browser_tells_that_means_nothing_is_left_out(monkeypatch, told):
    app = arrives_with(monkeypatch, told)
    assert asked(app) == {}
    assert "Done" not in said(app)
    assert not app.error


def drawn(monkeypatch, told: object) -> AppTest:
    """The first lesson, run with what a browser tells of its drawing."""
    app = opened(answer="1e-3")
    assert app.get("bidi_component")
    monkeypatch.setattr("viz.lessons.page.told", lambda number: told)
    press(app, "Run it")
    return app


@pytest.mark.long
def test_a_curve_that_is_drawn_stands_in_the_address_and_is_held_against_the_run(monkeypatch):
    app = drawn(monkeypatch, [2e-6, 8e-6, 4e-5, 2e-4, 8e-4, 3e-3, 0.01, 0.05, 0.2, 1])
    assert asked(app) == {"answer": "2e-6,8e-6,4e-5,0.0002,0.0008,0.003,0.01,0.05,0.2,1"}
    assert "Right." in app.success[0].value
    assert not app.get("plotly_chart")  # the run's curve is on the axes of the drawing


@pytest.mark.long
@pytest.mark.parametrize("told", [[0.5] * 500_000, "x" * 1_000_000, [1e99] * 10, None])
def test_a_drawing_that_means_nothing_leaves_the_one_before(monkeypatch, told):
    app = drawn(monkeypatch, told)
    assert asked(app)["answer"] == "0.001,0.0022,0.0046,0.01,0.022,0.046,0.1,0.22,0.46,1"
    assert sum(len(error.value) for error in app.error) < 300
    assert bool(app.error) == (told is not None)


def test_a_link_from_when_a_number_was_asked_for_is_the_straight_line_to_it():
    app = opened(lesson=VANISHING, answer="2e-6")
    assert not app.info
    assert "You expected: **2e\\-6 at layer 1 and 1 at layer 10**" in said(app)


def test_before_a_prediction_paper_has_room_for_one():
    app = opened(lesson=ADAM)
    assert f"?lesson={ADAM}" in said(app).replace("\\", "")
    assert "One thing to change: " in said(app)
    assert "I expect this because" not in said(opened(lesson=ADAM, answer="2"))


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"lesson": "99"}, "Lesson: 99 is not allowed"),
        ({"lesson": "two"}, "Lesson: 'two' is not allowed"),
        ({"lesson": ADAM, "answer": "nan"}, "Prediction: nan is not allowed"),
        ({"lesson": MOMENTUM, "answer": "momentun"}, "Did you mean 'momentum'?"),
        ({"lesson": ADAM, "answer": "7" * 10_000}, "The link's value was left out"),
        ({"lesson": ADAM, "answr": "7"}, "Did you mean 'answer'?"),
        (
            {"lesson": VANISHING, "answer": "7" * 10_000},
            "10,000 characters are no curve here; give 10 numbers",
        ),
        ({"lesson": VANISHING, "answer": "1,1"}, "2 numbers are no curve here"),
    ],
)
def test_a_link_that_means_nothing_says_so_and_opens_the_page(query, words):
    app = opened(**query)
    told = app.info[0].value.replace("\\", "")
    assert words in told
    assert len(told) < 400
    assert "answer" not in asked(app)
    assert asked(app).get("lesson", "1") == (
        query["lesson"] if query["lesson"].isdigit() and query["lesson"] != "99" else "1"
    )
