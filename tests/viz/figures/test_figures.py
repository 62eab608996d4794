"""Figures: arrays in, figure out. What is drawn where, in which unit, and what becomes of odd input."""

import copy
import inspect
import pkgutil
from importlib import import_module

import numpy as np
import plotly.graph_objects as go
import pytest

from viz import figures, theme
from viz.figures import curves, decades, histograms, layers
from viz.wire import frame as wire
from viz.words.language import speaking

RNG = np.random.default_rng(7)


def histogram(low=-2.0, high=5.0, threshold=0.1, peak=1000, **beside) -> dict:
    counts = np.arange(64) ** 2  # lopsided: a mirrored axis shows
    codes = np.ceil(255 * np.sqrt(counts / counts.max())).astype("u1")
    plain = {"zeros": 0, "underflow": 0, "nan": 0, "inf": 0, "total": 40_000}
    return {"low": low, "high": high, "threshold": threshold, "codes": codes, "peak": peak} | plain | beside


EMPTY = histogram(low=0.0, high=0.0, peak=0, nan=40_000)
U = np.linspace(-3, 5, 50)
SAMPLES = {
    histograms.histograms: (
        ([histogram(), histogram(threshold=0.0), EMPTY], ["1", "2", "out"]),
        {"title": "Activations (values)", "unit": "a", "role": "activation"},
    ),
    layers.profile: (
        (),
        {"values": {"pooled": np.array([1e-3, 2e-9, 5.0])}, "labels": ["1", "2", "out"]}
        | {"title": "Variance", "unit": "variance", "roles": {"pooled": "gradient"}},
    ),
    curves.activation: (
        (U, np.maximum(U, 0), (U > 0) * 1.0),
        {"title": "ReLU", "saturation": (-np.inf, 0.0)},
    ),
    curves.densities: (
        (np.array([-1.0, 0.0, 1.0, 2.0]), {"1 (64 → 100)": np.array([0.1, 0.7, 0.2])}),
        {"title": "Weights"},
    ),
}


def drawn(function, base="light", **changes) -> go.Figure:
    args, settings = SAMPLES[function]
    return function(*args, **settings | {"base": base} | changes)


def figure_functions() -> list:
    modules = [import_module(f"viz.figures.{m.name}") for m in pkgutil.iter_modules(figures.__path__)]
    return [
        function
        for module in modules
        for _, function in inspect.getmembers(module, inspect.isfunction)
        if function.__module__ == module.__name__ and function.__annotations__.get("return") is go.Figure
    ]


def test_every_figure_function_of_the_train_page_has_a_sample_above():
    ours = [
        f for f in figure_functions() if f.__module__.split(".")[-1] in ("histograms", "layers", "curves")
    ]
    assert set(ours) == set(SAMPLES)


@pytest.mark.parametrize("function", SAMPLES)
@pytest.mark.parametrize("base", theme.BASES)
def test_every_figure_wears_the_theme_has_a_title_and_named_axes(function, base):
    figure = drawn(function, base)
    assert figure.layout.template.layout.paper_bgcolor == theme.colors(base)["background"]
    assert figure.layout.title.text == SAMPLES[function][1]["title"]
    if function is not histograms.histograms:
        assert figure.layout.xaxis.title.text
        assert figure.layout.yaxis.title.text


@pytest.mark.parametrize("function", SAMPLES)
def test_drawing_changes_none_of_what_it_was_given(function):
    before = copy.deepcopy(SAMPLES[function])
    drawn(function)
    np.testing.assert_equal(SAMPLES[function], before)


@pytest.mark.parametrize("function", SAMPLES)
def test_figures_come_out_alike_twice(function):
    assert drawn(function).to_json() == drawn(function).to_json()


def test_the_axis_of_a_histogram_goes_there_and_back():
    values = np.array([-4e3, -0.1, -0.01, 0.0, 0.05, 0.1, 2.0, 1e9])
    places = histograms.symlog(values, 0.1)
    assert places == pytest.approx([-1 - np.log(4e4), -1, -0.1, 0, 0.5, 1, 1 + np.log(20), 1 + np.log(1e10)])
    assert histograms.symlog_inverse(places, 0.1) == pytest.approx(values)
    assert histograms.symlog(values, 0.0) is not values or (histograms.symlog(values, 0.0) == values).all()


def test_histogram_edges_run_from_low_to_high_in_equal_steps_of_the_axis():
    edges = histograms.edges(histogram())
    assert (edges[0], edges[-1], len(edges)) == (pytest.approx(-2), pytest.approx(5), 65)
    steps = np.diff(histograms.symlog(edges, 0.1))
    assert steps == pytest.approx(steps[0])


def test_histogram_counts_come_back_from_the_wire_to_a_hundredth_of_the_peak():
    counts = RNG.integers(0, 5000, 64)
    counts[3] = 0
    codes = wire.codes_of(counts)
    back = histograms.counts({"codes": codes, "peak": counts.max()})
    assert back[3] == 0
    assert np.abs(back - counts).max() <= 0.01 * counts.max()


def test_what_has_no_place_in_the_bins_is_said_in_the_panel():
    crowd = histogram(zeros=20_400, underflow=3, nan=2, inf=1)
    figure = drawn(histograms.histograms)
    assert histograms.beside(crowd) == "51% zeros, 3 underflow, 2 NaN, 1 inf"
    with speaking("zh"):
        assert histograms.beside(crowd).endswith("3 个下溢、2 个 NaN、1 个无穷")
    assert "40,000 NaN" in figure.layout.annotations[2].text


def test_a_layer_without_a_finite_value_gets_an_empty_panel():
    figure = drawn(histograms.histograms)
    assert len(figure.data) == 2
    assert len(figure.layout.annotations) == 3


def test_histogram_ticks_are_in_the_values_own_unit():
    figure = drawn(histograms.histograms)
    assert figure.layout.xaxis.ticktext == ("\N{MINUS SIGN}1", "0", "1")
    assert figure.layout.xaxis2.ticktext == ("\N{MINUS SIGN}2", "0", "5")
    assert list(histograms.ticks(histogram(low=0.21, high=0.82, threshold=0.3)).values()) == [
        "0.21",
        "0.5",
        "0.82",
    ]
    tiny = histograms.ticks(histogram(low=-3e-12, high=4e-3, threshold=2e-12))
    assert next(iter(tiny.values())) == "0"
    assert list(tiny.values())[-1] == "0.001"
    assert min(np.diff(list(tiny))) >= 0.27 * float(np.ptp(histograms.symlog([-3e-12, 4e-3], 2e-12)))


def test_a_histogram_s_axes_say_their_scale_and_count():
    figure = drawn(histograms.histograms)
    assert figure.layout.xaxis.title.text == "a, symmetric log"
    assert figure.layout.xaxis2.title.text == "a, linear"
    assert figure.layout.yaxis.title.text == "values"
    assert figure.layout.yaxis.showticklabels is not False


@pytest.mark.parametrize(
    ("number", "text"), [(2.4e-6, "2.4e-6"), (-3e-9, "\N{MINUS SIGN}3e-9"), (0.83, "0.83"), (1e12, "1e12")]
)
def test_numbers_are_printed_one_way(number, text):
    assert histograms.brief(number) == text


@pytest.mark.long
def test_fifty_layers_get_their_rows():
    figure = histograms.histograms(
        [histogram()] * 51,
        [*map(str, range(1, 51)), "out"],
        title="t",
        unit="dL/dz",
        role="gradient",
        base="dark",
    )
    assert len(figure.data) == 51
    assert figure.layout.height > 1500


def test_profile_marks_exact_zeros_below_the_smallest_number_and_leaves_nan_out():
    values = {"pooled": np.array([1e-3, 0.0, np.nan, np.inf, 5.0])}
    names = ["1", "2", "3", "4", "out"]
    figure = layers.profile(
        values=values, labels=names, title="t", unit="variance", base="light", roles={"pooled": "gradient"}
    )
    line, zeros = figure.data
    assert np.isfinite(line.y).tolist() == [True, False, False, False, True]
    assert zeros.x == ("2",)
    assert zeros.y[0] == pytest.approx(1e-4)
    assert zeros.name == "pooled: exactly 0"


@pytest.mark.parametrize("values", [np.full(3, np.nan), np.zeros(3), np.empty(0), np.full(3, np.inf)])
def test_profile_of_nothing_that_a_log_axis_could_show_is_still_a_figure(values):
    names = ["1", "2", "out"][: len(values)]
    figure = layers.profile(
        values={"a": values}, labels=names, title="t", unit="u", base="light", roles={"a": "weight"}
    )
    assert isinstance(figure, go.Figure)


def test_a_guide_s_words_stand_on_its_line():
    figure = drawn(layers.profile, guide=(1e-3, "about healthy"))
    assert figure.layout.shapes[0].y0 == 1e-3
    assert figure.layout.annotations[0].y == pytest.approx(-3)


def test_theory_is_dashed_and_shares_have_a_fixed_axis():
    figure = drawn(layers.profile, theory={"theory": np.array([1e-3, 1e-9, 1.0])}, log=True)
    assert [trace.line.dash for trace in figure.data] == [None, "dash"]
    assert drawn(layers.profile, log=False).layout.yaxis.range == (-0.02, 1.02)


def test_saturated_inputs_are_shaded_where_there_are_any():
    assert len(drawn(curves.activation).layout.shapes) == 1
    assert len(drawn(curves.activation, saturation=(-np.inf, np.inf)).layout.shapes) == 0
    assert len(drawn(curves.activation, saturation=(-1.0, 2.0)).layout.shapes) == 2


def test_a_density_stands_in_the_middle_of_its_bins():
    (line,) = drawn(curves.densities).data
    assert [*line.x] == [-0.5, 0.5, 1.5]
    assert [*line.y] == [0.1, 0.7, 0.2]


@pytest.mark.parametrize(
    "values",
    [
        [2.3026, 2.3031],
        [2.28, 2.37],
        [0.4, 3],
        [51, 58],
        [1e-9, 1],
        [7e-4, 7e-4],
        [0.0],
        [],
        [3e5, 4.5e5],
        [9.7, 10.4],
    ],
)
def test_a_log_axis_has_two_labels_at_least_and_no_crowd(values):
    axis = decades.log_axis([np.array(values)])
    low, high = axis["range"]
    if "dtick" in axis:
        count = np.floor(high / axis["dtick"]) - np.ceil(low / axis["dtick"]) + 1
    else:
        inside = [low <= np.log10(tick) <= high for tick in axis["tickvals"]]
        assert all(inside)
        assert len(set(axis["ticktext"])) == len(axis["ticktext"])
        count = len(inside)
    assert 2 <= count <= 10
    assert low < high


def test_a_log_axis_ends_at_its_top():
    assert decades.log_axis([np.array([1.0, 1e30])], top=100.0)["range"][1] < 2.2
