"""The Signal page and its figures: what theory says beside what nets show."""

import re
from collections.abc import Iterator
from functools import partial

import numpy as np
import plotly.graph_objects as go
import pytest
from streamlit.testing.v1 import AppTest

from engine import ACTIVATIONS, predict, propagate
from tests.viz.workbench.here import ARRIVING, all_of_it
from viz import theme
from viz.figures import signal
from viz.signal import measured
from viz.signal.audited import described
from viz.signal.lessons import LESSONS
from viz.signal.words import plainly
from viz.workers.bench import signal as experiment

SEEDS = np.log10(np.array([[1.0, 0.1, 1e-3], [2.0, 0.3, 0.0]]) + np.array([0, 0, 1e-9]))
BAND = {
    "predicted": {"q": np.array([0.1, -0.9, np.nan])},
    "measured": {"q": SEEDS},
    "title": "Length",
    "unit": "mean square",
    "roles": {"q": "activation"},
}
PLANE = {
    "sw2": np.linspace(0.1, 4, 5),
    "sb2": np.linspace(0, 1, 3),
    "chi": np.array([[0.0, 0.5, 1, 2, np.nan]] * 3),
    "critical": (np.array([1.0, 1.5, 9.0]), np.array([0.0, 0.2, 3.0])),
    "here": (1.7, 0.3),
    "title": "Plane",
}


@pytest.mark.parametrize("base", theme.BASES)
@pytest.mark.parametrize(("draw", "given"), [(signal.band, BAND), (signal.phases, PLANE)])
def test_figures_wear_the_theme_and_name_their_axes(draw, given, base):
    figure = draw(**given, base=base)
    assert isinstance(figure, go.Figure)
    assert figure.layout.template.layout.paper_bgcolor == theme.colors(base)["background"]
    assert figure.layout.title.text == given["title"]
    assert figure.layout.xaxis.title.text
    assert figure.layout.yaxis.title.text


def test_the_band_spans_the_seeds_and_the_points_are_their_mean():
    low, high, points, theory = signal.band(**BAND, base="light").data
    assert np.array_equal(low.y, SEEDS.min(axis=0))
    assert np.array_equal(high.y, SEEDS.max(axis=0))
    assert np.allclose(points.y, SEEDS.mean(axis=0))
    assert theory.line.dash == "dash"
    assert np.array_equal(theory.y, BAND["predicted"]["q"], equal_nan=True)


@pytest.mark.parametrize("bad", [np.full((2, 3), np.nan), np.full((2, 3), -np.inf), np.zeros((1, 3))])
def test_a_band_of_nothing_is_still_a_figure(bad):
    figure = signal.band(**BAND | {"measured": {"q": bad}, "predicted": {"q": bad[0]}}, base="dark")
    low, high = figure.layout.yaxis.range
    assert np.isfinite([low, high]).all()
    assert low < high


def test_decades_are_whole_and_at_most_about_seven_ticks():
    axis = signal.band(**BAND | {"measured": {"q": SEEDS * 40}}, base="light").layout.yaxis
    assert axis.dtick == int(axis.dtick)
    assert (axis.range[1] - axis.range[0]) / axis.dtick < 8


def test_the_plane_marks_the_net_and_leaves_out_what_lies_beyond():
    heat, line, here = signal.phases(**PLANE, base="light").data
    assert (here.x, here.y) == ((1.7,), (0.3,))
    assert list(line.x) == [1.0, 1.5]
    assert heat.z[0][1] == pytest.approx(np.log10(0.5))


@pytest.fixture(autouse=True, scope="module")
def workbench_here() -> Iterator[None]:
    """The experiments run in this process."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(ARRIVING, all_of_it)
        yield


@pytest.fixture(scope="module")
def page(workbench_here: None) -> AppTest:
    app = AppTest.from_string(
        "import streamlit as st\nfrom viz.pages import signal\nst.navigation([st.Page(signal.page)]).run()",
        default_timeout=60,
    )
    app.query_params.update(activation="sigmoid", hidden="40x6")
    app.run()
    assert not app.exception
    return app


def test_the_page_says_what_theory_expects_of_this_net(page):
    theory = predict(activation="sigmoid", widths=(40,) * 7)
    decades = theory.gradient_ms_log10[0] - theory.gradient_ms_log10[-1]
    said = " ".join(element.value for element in page.markdown)
    factor = f"{10**decades:.1e}".replace("e-0", "e-").replace(".0e", "e")
    flow = f"vanishes by {-decades:.1f} decades (a factor {factor})"
    assert f"The squared gradient {flow} from layer 6 back to layer 1" in said
    assert "the net is ordered" in said


def test_the_measured_points_are_those_of_propagate(page):
    stack = {"activation": "sigmoid", "widths": (40,) * 7, "initializer": "glorot_normal", "batch_size": 32}
    rows = list(measured.measurements(stack, 3))
    assert [len(row.q) for row in rows] == [1, 3]
    assert np.array_equal(rows[-1].q, propagate(seeds=3, dtype="float64", **stack).q)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_point_stands_where_only_rounding_is_left(dtype):
    stack = {"activation": "sigmoid", "widths": (60,) * 51, "initializer": "glorot_normal"}
    theory, run = predict(**stack), propagate(seeds=2, dtype=dtype, **stack)
    kept, first = measured.above_rounding(run, dtype)
    assert 8 < first < 40
    known = np.isfinite(kept.signal_var)
    assert known[:, : first - 1].all()
    assert not known[:, first + 1 :].any()
    apart = np.log10(kept.signal_var) - np.log10(theory.signal_var)
    assert np.abs(apart[known]).max() < 1
    assert measured.above_rounding(propagate(seeds=2, dtype=dtype, widths=(60,) * 51), dtype)[1] == 0


@pytest.mark.long
def test_the_page_says_from_which_layer_on_points_are_left_out():
    app = opened(activation="sigmoid", hidden="30x40")
    assert any("Below rounding: from layer 2" in one.value for one in app.caption)


def test_a_net_too_large_to_train_is_taken_here_and_told_so_there(monkeypatch):
    assert (measured.weights_of(LARGE), measured.precision(LARGE)) == (100 * 1024**2, "float32")
    assert 1 <= measured.seeds_of(LARGE, 16) < 8
    assert not measured.too_many_samples(LARGE)
    huge = LARGE | {"activation": "maxout", "activation_options": {"pieces": 4}, "batch_size": 1024}
    assert re.search(r"give at most \d+ samples, or a smaller net", measured.too_many_samples(huge))
    small = {"nets": vars(propagate(seeds=1, widths=(9,) * 101)), "done": 1.0}
    monkeypatch.setattr(ARRIVING, lambda *_: iter([small]))
    assert not opened(hidden="1024x100").error
    app = AppTest.from_string(
        "import streamlit as st\nfrom engine import RunSpec\nfrom viz.pages import techniques\n"
        "from viz.widgets.delivery import arrive\nfrom viz.widgets.memory import Kept\n"
        "arrive('techniques')\n"
        "st.session_state.setdefault('run', Kept(RunSpec(hidden=(1024,) * 100)))\n"
        "techniques.page()",
        default_timeout=60,
    ).run()
    assert not app.exception
    assert "times the work that this server takes" in app.error[0].value


LARGE = {"activation": "tanh", "activation_options": {}, "widths": (1024,) * 101, "batch_size": 32}


def opened(**query: str) -> AppTest:
    app = AppTest.from_string("from viz.pages import signal\nsignal.page()", default_timeout=60)
    app.query_params.update(query)
    app.run()
    assert not app.exception
    return app


@pytest.mark.long
def test_seeds_and_samples_are_part_of_the_link():
    app = opened(hidden="9x3", seeds="2", samples="7")
    assert not app.info
    assert [app.text_input(key=f"signal_{name}").value for name in ("seeds", "samples")] == ["2", "7"]
    app.button(key="signal_seeds_increase").click().run()
    app.text_input(key="signal_samples").set_value("32").run()
    assert app.query_params["seeds"] in ("3", ["3"])
    assert "samples" not in app.query_params
    assert app.query_params["hidden"] in ("9x3", ["9x3"])


@pytest.mark.long
def test_a_number_of_seeds_that_cannot_be_stays_in_sight_with_its_reason():
    app = opened(hidden="9x3", seeds="99")
    for text in ("99", "0,5", "1e30"):
        field = app.text_input(key="signal_seeds")
        if text != "99":
            field.set_value(text).run()
        assert app.text_input(key="signal_seeds").value == text
        assert "is not allowed; give a whole number from 1 to 16." in app.error[0].value.replace("\\", "")
        assert "seeds" not in app.query_params
    app.text_input(key="signal_seeds").set_value("").run()
    assert app.text_input(key="signal_seeds").value == "8"
    assert not app.error


def test_the_correlation_of_two_inputs_is_said_with_its_pace():
    from viz.signal import words

    stack = {"activation": "sigmoid", "activation_options": {}, "widths": (64,) * 3, "batch_size": 9}
    glorot = stack | {"initializer": "glorot_normal", "initializer_options": {}, "batch_norm": "none"}
    assert words.settled(glorot).endswith(
        "the net is ordered. The correlation of two inputs tends to 1.00; its distance from there falls to 1/e "
        "every 0.3 layers."
    )
    relu = glorot | {"activation": "relu", "initializer": "he_normal"}
    assert words.settled(relu).endswith("falls as a power of the depth.")


def test_the_audited_table_is_named_with_its_book():
    app = opened(hidden="9x3")
    label = next(one.label for one in app.expander if "Table 11-1" in one.label)
    assert label.startswith("Géron's Table 11-1")
    assert any(
        "*Hands-On Machine Learning with Scikit-Learn and TensorFlow*" in one.value for one in app.caption
    )


@pytest.mark.long
def test_the_expanders_keep_their_place_whether_something_is_measured_or_known():
    """Streamlit closes an expander whose place in the page changes."""
    app = opened(hidden="30x7")
    first = [one.proto.label for one in app.expander], places(app)
    app.run()
    assert ([one.proto.label for one in app.expander], places(app)) == first
    assert len(first[1]) == 2


def places(app: AppTest) -> list[tuple[int, ...]]:
    """The way from the root of the page to each expander."""

    def walk(block, way):
        for k, child in getattr(block, "children", {}).items():
            if child.type == "expander":
                yield (*way, k)
            yield from walk(child, (*way, k))

    return list(walk(app.main, ()))


@pytest.mark.parametrize("activation", ["sigmoid", "tanh", "relu"])
def test_weights_of_zero_are_said_to_be_so(activation):
    from viz.signal import words

    stack = {"activation": activation, "initializer_options": {"gain": 0.0}, "widths": (20,) * 5}
    said = words.in_words(stack, predict(**stack))
    assert "the signal is exactly zero from layer 1 on" in said
    assert "correlation" not in said


def test_a_relu_is_told_of_growth_not_of_chaos_and_sees_its_critical_line():
    from viz.signal import words

    stack = {"activation": "relu", "activation_options": {}, "widths": (50,) * 6, "initializer": "normal"}
    stack["batch_norm"] = "none"
    said = words.in_words(stack, predict(**stack))
    assert "q grows without end" in said
    assert "chaotic" not in said
    relu, sigmoid, tanh = (words.law(name) for name in ("relu", "sigmoid", "tanh"))
    assert words.factor_of(relu) == pytest.approx(0.5)
    assert words.factor_of(tanh) is None
    line = np.array([2.0]), np.array([0.0])
    assert "the vertical one at σ²_w = 2." in words.of_the_plane(relu, line, 4, 1)
    far = np.array([104.0, 200]), np.array([0.5, 30])
    assert "does not come nearer than σ²_w = 104" in words.of_the_plane(sigmoid, far, 4, 1)
    near = np.array([1.0, 1.5]), np.array([0.0, 0.2])
    assert "lies outside" not in words.of_the_plane(tanh, near, 4, 1)


def test_a_step_that_outweighs_all_others_is_told_apart():
    from viz.signal import words

    assert words.way_back(np.array([-1.1, 2.0, 1.0, 0.0])) == (
        "**From layer 4 back to layer 2 the squared gradient explodes by 2.0 decades (a factor 100); the step into "
        "layer 1 alone changes it by -3.1 decades**"
    )
    assert "from layer 4 back to layer 1" in words.way_back(np.array([-3.0, -2, -1, 0]))
    assert "keeps its size (a factor 1) from layer 1 back to layer 1" in words.way_back(np.zeros(1))


@pytest.mark.long
def test_the_audited_table_has_a_row_for_each_cell_of_the_book_s(monkeypatch):
    small = partial(experiment.audit, depth=9, width=40, seeds=1)
    monkeypatch.setattr(experiment, "audit", small)
    app = opened(hidden="20x3")
    app.toggle(key="audit").set_value(True).run()
    assert not app.exception
    shown = app.table[0].value
    assert list(shown["activation"]) == [ACTIVATIONS[row.row.activation].label for row in small()]
    assert list(shown["gradient, theory"]) == [f"{row.predicted['gradient']:+.2f} decades" for row in small()]
    assert "vanishes" in shown["verdict"][0]


def test_the_audit_s_verdict_stands_where_no_table_cuts_it():
    from engine.experiments.audit import TABLE, Audit

    row = Audit(
        TABLE[0], "", {"gradient": 1.0}, {"gradient": 1.0, "activation_var": 0.0, "saturated": 0.1}, 1.0
    )
    assert list(described(row))[:2] == ["activation", "verdict"]


def test_the_net_s_mark_at_the_edge_of_the_plane_is_whole():
    figure = signal.phases(**PLANE | {"here": (0.0, 0.0)}, base="light")
    assert figure.layout.xaxis.range[0] < 0
    assert figure.layout.yaxis.range[0] < 0
    assert figure.data[-1].cliponaxis is False


@pytest.mark.parametrize(
    ("decades", "words"),
    [
        (-11.4, "vanishes by 11.4 decades (a factor 4e-12)"),
        (2.3, "explodes by 2.3 decades (a factor 200)"),
        (-0.31, "keeps its size (a factor 0.49)"),
        (-400.2, "vanishes by 400.2 decades (a factor 1e-400)"),
        (-np.inf, "is lost"),
    ],
)
def test_a_gradient_s_way_back_is_said_in_decades_and_as_a_factor(decades, words):
    from viz.signal import words as module

    assert module.in_decades(decades) == words


def test_where_no_net_runs_no_control_says_what_a_change_does_to_it(page):
    for one in (*page.selectbox, *page.number_input, *page.text_input, *page.button_group):
        assert "Builds the net anew" not in one.help


@pytest.mark.parametrize(
    ("log10", "text"),
    [(-11.4, "4e-12"), (-5.62, "2.4e-6"), (-1, "0.1"), (2.3, "200"), (-400.5, "3.2e-401"), (7.9999, "1e8")],
)
def test_a_point_on_a_log_axis_is_a_number_to_the_touch(log10, text):
    assert signal.power(log10) == text


def test_a_net_without_hidden_layers_is_told_so():
    app = AppTest.from_string("from viz.pages import signal\nsignal.page()", default_timeout=60)
    app.query_params.update(hidden="none")
    app.run()
    assert not app.exception
    assert "no depth for a signal to cross" in app.info[0].value


@pytest.mark.parametrize("key", LESSONS)
def test_a_lesson_shows_what_it_says(key):
    lesson = LESSONS[key]
    low, high = lesson.between
    assert low <= lesson.claim(predict(**measured.arguments(lesson.spec, 32))) <= high


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("sigmoid", "Layer 1 will hardly learn: of the gradient at layer 10 it gets 2e-6"),
        ("sigmoid", "Two different inputs look nearly alike at layer 10: 2e-6 of what tells them apart"),
        ("he", "Every layer gets about the same gradient, so all of them can learn."),
        ("batch_norm", "Layer 1 gets 17,000 times the gradient of layer 50"),
        ("residual", "The values themselves grow"),
    ],
)
def test_the_page_opens_with_what_who_met_no_theory_understands(key, words):
    said = plainly(predict(**measured.arguments(LESSONS[key].spec, 32)))
    assert words in said
    assert "χ" not in said


def test_of_weights_of_zero_nothing_is_said_plainly():
    assert plainly(predict(activation="tanh", initializer="zeros", widths=(20,) * 4)) == ""
