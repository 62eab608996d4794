"""The sections on clipping, batches and the chapter's experiment: their figures, their words, and odd input."""

import math

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import RunSpec
from engine.experiments.batches.noise import GradientNoise
from engine.experiments.batches.sizes import BatchRuns
from engine.experiments.chapter import Epochs
from engine.experiments.clipping_effect import ClippingEffect
from engine.spec.examples import CHAPTER, DIVERGES
from tests.viz.workbench.here import ARRIVING, the_last
from viz import theme
from viz.figures import batches as batch_figures
from viz.figures import clipping as clipping_figures
from viz.figures.lines import Axis, Line, lines, reach
from viz.run.lessons import OPENING
from viz.techniques import batches, chapter, clipping

pytestmark = pytest.mark.slow

NAN = math.nan


@pytest.fixture(autouse=True)
def here(monkeypatch):
    """Experiments run in this process, and only their last picture is drawn."""

    monkeypatch.setattr(ARRIVING, the_last)


def opened(section: str, spec: RunSpec) -> AppTest:
    def script(section: str, spec: dict) -> None:
        from importlib import import_module

        from engine import RunSpec

        import_module(f"viz.techniques.{section}").show(RunSpec.from_dict(spec))

    page = AppTest.from_function(script, args=(section, spec.to_dict()), default_timeout=30)
    page.run()
    assert not page.exception
    return page


def said(page: AppTest) -> str:
    return " ".join(element.value for element in [*page.markdown, *page.caption, *page.info])


def drawn(base: str = "light", **changes):
    curves = {
        "up": Line(x=np.array([1.0, 2, 3]), y=np.array([0.1, 100, np.inf]), role="gradient"),
        "down": Line(x=np.array([1.0, 2, 3]), y=np.array([3.0, 0, -1]), role="weight", dash="dot"),
    }
    settings = {"title": "Runs", "across": Axis("step"), "up": Axis("loss", log=True), "curves": curves}
    return lines(**settings | {"base": base} | changes)


@pytest.mark.parametrize("base", theme.BASES)
def test_lines_wear_the_theme_and_leave_gaps_where_a_log_axis_has_no_place(base):
    figure = drawn(base)
    palette = theme.colors(base)
    assert [line.line.color for line in figure.data] == [palette["gradient"], palette["weight"]]
    assert np.array_equal(figure.data[0].y, [0.1, 100, NAN], equal_nan=True)
    assert np.array_equal(figure.data[1].y, [3, NAN, NAN], equal_nan=True)
    assert (figure.layout.xaxis.title.text, figure.layout.yaxis.title.text) == ("step", "loss")


def test_a_log_axis_ends_at_the_top_it_was_given_and_so_does_the_mark_of_an_end():
    figure = drawn(up=Axis("loss", log=True, top=10.0), ends=[(2.0, 100.0, "diverged")])
    low, high = figure.layout.yaxis.range
    assert low < -1 < 1 < high < 1.2
    assert figure.data[-1].y[0] == 10


@pytest.mark.parametrize(
    ("values", "ticks"), [([0.4, 3.0], {"0.5", "1", "2"}), ([0.02, 12], {"0.03", "0.1", "1", "10"})]
)
def test_few_decades_have_their_numbers_written_out(values, ticks):
    line = Line(x=np.array([1.0, 2]), y=np.array(values), role="gradient")
    assert ticks <= set(drawn(curves={"a": line}).layout.yaxis.ticktext)


def test_lines_of_nothing_are_still_a_figure():
    empty = Line(x=np.array([NAN]), y=np.array([NAN]), role="gradient")
    assert drawn(curves={"none": empty}).layout.yaxis.type == "log"


def test_arrows_end_where_clipping_puts_them_and_a_long_one_at_the_edge():
    figure = clipping_figures.arrows(
        gradient=np.array([100.0, 1.0]), by_value=np.array([1.0, 1.0]), by_norm=np.array([0.99995, 0.01]),
        threshold=1.0, title="Arrows", base="dark",
    )  # fmt: skip
    square, circle, gradient, by_value, by_norm = figure.data
    assert max(square.x) == max(square.y) == 1
    assert np.hypot(circle.x, circle.y) == pytest.approx(1)
    assert (gradient.x[1], gradient.y[1]) == pytest.approx((1.5, 0.015))
    assert (by_value.x[1], by_value.y[1]) == (1, 1)
    assert (by_norm.x[1], by_norm.y[1]) == (0.99995, 0.01)
    assert "(100, 1)" in gradient.hovertemplate


def test_the_noise_has_a_line_of_theory_only_where_there_is_one():
    sizes, rms = np.array([1, 2, 4]), np.array([4.0, 3.0, 2.0])
    given = {
        "sizes": sizes,
        "draws": rms[:, None] * [[1, 1.1]],
        "rms": rms,
        "title": "Noise",
        "base": "light",
    }
    known = batch_figures.noise(expected=np.array([4.1, 2.9, 2.0]), **given)
    silent = batch_figures.noise(expected=np.full(3, NAN), **given)
    assert [trace.name for trace in known.data] == ["draws", "theory", "1/√B", "r.m.s."]
    assert known.data[2].y == pytest.approx(4.1 / np.sqrt(sizes))
    assert [trace.name for trace in silent.data] == ["draws", "r.m.s."]


def effect(**changes) -> ClippingEffect:
    rows = np.ones((3, 4))
    given = {"loss": rows, "before": 2 * rows, "after": rows, "angle": rows * [[0], [30], [0]]}
    given |= {"cut": rows * [[0], [0.5], [1]], "accuracy": np.array([NAN, 0.9, 0.8])}
    return ClippingEffect(**given | {"diverged_at": np.array([3, -1, -1]), "done": 1.0} | changes)


def test_clipping_in_words():
    assert "diverged at step 3" in clipping.in_words(effect(), "none", 0)
    by_value = clipping.in_words(effect(), "value", 1)
    assert "100% of the steps" in by_value
    assert "30° at most" in by_value
    assert "turned by 0°" in clipping.in_words(effect(), "norm", 2)
    assert "never reached" in clipping.in_words(effect(cut=np.zeros((3, 4))), "value", 1)


def test_the_picture_reaches_ten_times_above_the_runs_that_go_on():
    loss = np.array([[1.0, 1e20], [1, 2], [1, 5]])
    assert reach(loss, np.array([False, True, True])) == 50
    assert reach(loss, np.zeros(3, bool)) is None


def runs(**changes) -> BatchRuns:
    loss = np.array([[3.0, 2.0, NAN], [3, 1, 0.5], [3, 1.5, 1.8]])
    step = np.array([[0.0, 10, NAN], [0, 10, 20], [0, 100, 200]])
    given = {"batch": np.array([1000, 32, 1]), "step": step, "seconds": step / 100, "loss": loss, "done": 1.0}
    given |= {"accuracy": np.array([0.5, 0.9, 0.7]), "diverged_at": np.full(3, -1)}
    return BatchRuns(**given | changes)


def test_the_price_of_a_loss_that_all_have_reached():
    seen = runs()
    assert batches.reached(seen) == 2.0
    assert "10 steps, 10,000 samples, 0.1 s" in batches.price(seen, 0, 2.0)
    assert "10 steps, 320 samples" in batches.price(seen, 1, 2.0)
    assert batches.price(seen, 1, NAN) == ""
    assert batches.reached(runs(diverged_at=np.array([5, -1, -1]))) == 1.5


def test_two_samples_stand_in_for_one_where_batch_norm_needs_them():
    assert batches.labels(runs(batch=np.array([1000, 32, 2])))[2].startswith("Two samples")
    assert batches.ended(runs(diverged_at=np.array([-1, -1, 7])), 2) == "diverged at step 7"


def test_noise_in_words_says_up_to_where_it_drowns_the_gradient():
    sizes = np.array([1, 2, 4])
    seen = GradientNoise(9, sizes, np.zeros((3, 1)), np.zeros((3, 1)), np.array([3.0, 1.5, 0.5]), 0.25, 1.0)
    words = batches.noise_in_words(seen, np.array([3.0, 1.5, 0.5]), RunSpec(dropout=0.5))
    assert "noise 3 times as long" in words
    assert "Up to B = 2" in words
    assert "dropout is left out" in words
    assert "batch norm" not in words


def test_the_chapter_in_words_tells_who_diverged():
    seen = Epochs(np.array([[0.1, 0.98], [0.1, NAN]]), np.ones((2, 2)), np.array([-1, 12]), 7, 1.0)
    words = chapter.in_words(seen, CHAPTER.replace(lr=1.0))
    assert "**98.0%** with batch norm; **diverged at step 12** without" in words
    assert "Expect no gain" in chapter.in_words(seen, CHAPTER)


def test_a_touched_sidebar_is_what_is_meant(monkeypatch):
    monkeypatch.setattr(ARRIVING, lambda *asked: iter(()))
    page = opened("clipping", OPENING)
    page.session_state["clipping_sidebar"] = DIVERGES  # what it was before
    page.run()
    assert page.session_state["clipping_net"] == "sidebar"
    assert not page.warning


@pytest.mark.long
def test_the_clipping_section_opens_on_its_example_and_with_the_runs_own_threshold():
    page = opened("clipping", OPENING)
    assert page.session_state["clipping_net"] == "example"
    assert "diverged at step 8" in said(page)
    assert "(1, 1), turned by 44.4°" in said(page)
    heard = next(str(each.proto) for each in page.get("bidi_component") if "_spoken" in str(each.proto))
    assert "; diverged at step 8." in heard
    tuned = opened("clipping", RunSpec(hidden=(5,), clip="value", clip_threshold=0.003))
    assert tuned.session_state["clipping_net"] == "sidebar"
    assert tuned.select_slider(key="clipping_by_value_0.003").value == 0.003


@pytest.mark.long
@pytest.mark.parametrize(
    "spec",
    [
        RunSpec(hidden=(), dataset="moons"),
        RunSpec(hidden=(1,), batch_norm="before", dataset="moons", dropout=0.5),
        RunSpec(hidden=(9,), batch_size=None, dataset="xor", activation="rrelu", initializer="he_normal"),
        DIVERGES.replace(hidden=(20,) * 3, dataset="moons", lr=1e6),
    ],
    ids=["no hidden layer", "width 1 with batch norm", "full batch", "diverges"],
)
@pytest.mark.parametrize("section", ["clipping", "batches"])
def test_odd_nets_are_shown_or_told_why_not(section, spec, monkeypatch):
    from engine import SpecError

    def at_once(name, arguments, say):
        brief = {"steps": 12, "draws": 2, "epochs": 1}
        arguments |= {argument: brief[argument] for argument in arguments.keys() & brief.keys()}
        try:
            yield from the_last(name, arguments)
        except SpecError as error:
            assert "diverged" in str(error)  # noqa: PT017

    monkeypatch.setattr(ARRIVING, at_once)
    opened(section, spec)


@pytest.mark.parametrize("section", ["clipping", "batches"])
def test_three_nets_that_are_too_large_for_one_visitor_are_refused_with_words(section):
    page = opened(section, RunSpec(hidden=(1024,) * 60))
    assert "GB of this server's memory" in page.info[0].value
    assert not page.select_slider


def test_the_chapters_section_trains_the_chapters_net():
    page = opened("chapter", OPENING)
    assert "91.9%" in said(page)
    assert len(page.dataframe[0].value) == 21


def test_without_mnist_the_way_out_is_a_button(monkeypatch):
    monkeypatch.setattr(ARRIVING, lambda *asked: iter(()))
    page = opened("chapter", OPENING)
    assert "chapter_digits" not in {button.key for button in page.button}
    page.query_params["data"] = "mnist"
    page.run()
    assert "chapter_again" in {button.key for button in page.button}
    page.button(key="chapter_digits").click().run()
    assert not page.exception
    assert not page.warning
    assert page.session_state["chapter_data"] == "digits"


@pytest.mark.parametrize(
    ("share", "text"), [(0.0, "0.0%"), (2e-5, "< 0.1%"), (0.001, "0.1%"), (0.25, "25.0%")]
)
def test_a_share_above_none_does_not_read_as_none(share, text):
    assert clipping.percent(share) == text


@pytest.mark.parametrize(
    ("dataset", "accuracy", "is_said"),
    [
        ("digits", [0.164, 0.1, 0.097], True),
        ("digits", [0.25, 0.1, 0.1], False),
        ("digits", [NAN, 0.1, 0.1], False),
        ("moons", [0.6, 0.5, 0.5], True),
        ("moons", [0.85, 0.5, 0.5], False),
    ],
)
def test_of_any_net_that_does_no_better_than_guessing_it_is_said(dataset, accuracy, is_said):
    def script(accuracy: list[float], spec: dict) -> None:
        import numpy as np

        from engine import RunSpec
        from viz.techniques import net

        net.say_where_none_learns(np.array(accuracy), RunSpec.from_dict(spec))

    spec = OPENING.replace(dataset=dataset, lr=0.3)
    page = AppTest.from_function(script, args=(accuracy, spec.to_dict())).run()
    assert [("None of these nets learns" in one.value) for one in page.info] == [True] * is_said
