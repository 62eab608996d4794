import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.measure import compiled
from engine.measure.histograms import BINS, SCALES, HistogramSet, edges, histograms

KINDS = ("zeros", "underflow", "nan", "inf")
NORMAL_MIX = np.random.default_rng(3).standard_normal(997) * 3 + 0.7
AWKWARD = {
    "shifted normal": NORMAL_MIX,
    "rectified": np.maximum(NORMAL_MIX, 0),
    "heavy tailed": np.sign(NORMAL_MIX) * np.exp(NORMAL_MIX**2 * 2),
    "narrow": 1e4 + np.arange(7) * 2e-3,
    "constant": np.full(11, -0.3),
    "single": np.array([2.5]),
    "tiny": NORMAL_MIX * 1e-30,
    "huge": NORMAL_MIX * 1e30,
    "whole numbers": np.arange(-32.0, 33.0),
    "everything": np.array(
        [0.0, -0.0, 1e-40, -1e-38, 1.5e-308, np.nan, np.inf, -np.inf, 1.5, -2.25, 3e-20, np.nan]
    ),
    "nothing normal": np.array([0.0, np.nan, 1e-40, -np.inf]),
    "empty": np.array([]),
}


def floats(dtype):
    """Any array of a type: all bit patterns, and values that crowd in a narrow band or fall on round numbers."""
    width = np.dtype(dtype).itemsize * 8
    band = st.floats(1.0, 1.0001, width=64).map(dtype)
    anything = st.floats(width=width, allow_nan=True, allow_infinity=True, allow_subnormal=True)
    round_numbers = st.integers(-70, 70).map(dtype)
    shape = st.integers(0, 60)
    return st.sampled_from([anything, band, round_numbers]).flatmap(
        lambda elements: arrays.arrays(dtype, shape, elements=elements)
    )


def expected(values: np.ndarray, found: HistogramSet) -> np.ndarray:
    """np.histogram of the normal numbers, on the edges that were reported."""
    normal = np.isfinite(values) & (np.abs(values) >= np.finfo(values.dtype).tiny)
    if not normal.any():
        return np.zeros(found.counts.shape[1], int)
    return np.histogram(values[normal].astype(np.float64), found.edges(0))[0]


def check(values: np.ndarray, scale: str, bins: int = BINS) -> None:
    found = histograms([torch.from_numpy(values)], bins, scale)
    np.testing.assert_array_equal(found.counts[0], expected(values, found))
    size, tiny = np.abs(values), np.finfo(values.dtype).tiny
    assert found.zeros[0] == (values == 0).sum()
    assert found.underflow[0] == ((size > 0) & (size < tiny)).sum()
    assert found.nan[0] == np.isnan(values).sum()
    assert found.inf[0] == np.isinf(values).sum()
    assert found.counts[0].sum() + sum(int(getattr(found, kind)[0]) for kind in KINDS) == values.size


def typed(name: str, dtype) -> np.ndarray:
    with np.errstate(over="ignore"):
        return AWKWARD[name].astype(dtype)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("name", AWKWARD)
def test_counts_are_those_of_numpy_on_the_same_edges(name, dtype, scale):
    check(typed(name, dtype), scale)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
def test_counts_are_those_of_numpy_for_any_array(dtype, scale):
    @settings(max_examples=120, deadline=None, derandomize=True, database=None)
    @given(floats(dtype), st.sampled_from([1, 2, 7, BINS, 255]))
    def holds(values, bins):
        check(values, scale, bins)

    holds()


@pytest.mark.parametrize("scale", SCALES)
def test_axis_runs_from_the_smallest_to_the_largest_value(scale):
    values = typed("shifted normal", np.float32)
    found = histograms([torch.from_numpy(values)], scale=scale)
    assert (found.low[0], found.high[0]) == (values.min(), values.max())
    ends = found.edges(0)
    assert len(ends) == BINS + 1
    assert (ends[0], ends[-1]) == (found.low[0], found.high[0])
    assert (np.diff(ends) > 0).all()


def test_linear_bins_are_equally_wide():
    found = histograms([torch.tensor([-1.5, 0.25, 4.9])], bins=7, scale="linear")
    assert found.threshold[0] == 0
    np.testing.assert_allclose(found.edges(0), np.linspace(-1.5, np.float64(np.float32(4.9)), 8))


def test_symlog_bins_are_linear_within_the_threshold_and_logarithmic_beyond():
    values = np.array([-300.0, 2.0, 7.0])
    found = histograms([torch.from_numpy(values)], bins=10)
    rms = np.sqrt(np.mean(values**2))
    assert found.threshold[0] == pytest.approx(rms)
    at = np.where(
        np.abs(found.edges(0)) <= rms,
        found.edges(0) / rms,
        np.sign(found.edges(0)) * (1 + np.log(np.maximum(np.abs(found.edges(0)) / rms, 1))),
    )
    np.testing.assert_allclose(np.diff(at), np.full(10, at[-1] - at[0]) / 10, rtol=1e-9)
    assert at[0] == pytest.approx(-1 - np.log(300 / rms))


def test_edges_of_a_wide_axis_by_value():
    np.testing.assert_allclose(
        edges(-np.exp(2), np.exp(3), 1.0, 7),
        [-np.exp(2), -np.e, -1, 0, 1, np.e, np.exp(2), np.exp(3)],
        atol=1e-9,
    )


def test_edges_of_the_widest_axis_do_not_overflow():
    np.testing.assert_allclose(edges(-1.6e308, 1.6e308, 0.0, 4), [-1.6e308, -8e307, 0, 8e307, 1.6e308])


def test_a_layer_without_normal_numbers_has_an_axis_of_zero_length():
    found = histograms([torch.tensor([0.0, np.nan, 1e-40])])
    assert (found.low[0], found.high[0], found.threshold[0], found.counts.sum()) == (0, 0, 0, 0)


def test_every_layer_has_its_own_axis_and_unmeasured_ones_are_empty():
    found = histograms([torch.tensor([1.0, 3.0]), None, torch.tensor([[-5.0], [7.0], [0.0]])])
    np.testing.assert_array_equal(found.low, [1, 0, -5])
    np.testing.assert_array_equal(found.high, [3, 0, 7])
    np.testing.assert_array_equal(found.counts.sum(1), [2, 0, 2])
    np.testing.assert_array_equal(found.zeros, [0, 0, 1])
    assert found.counts.dtype == np.int64


def test_no_layers_give_no_histograms():
    found = histograms([])
    assert found.counts.shape == (0, BINS)
    assert len(found.low) == len(found.nan) == 0


def test_limit_counts_whole_samples_until_they_hold_that_many_values():
    x = torch.arange(60.0).reshape(12, 5) + 1
    counted = [int(histograms([x], limit=limit).counts.sum()) for limit in (5, 6, 59, 60, 1000)]
    assert counted == [5, 10, 60, 60, 60]
    assert histograms([x], limit=6).high[0] == 10


def test_strided_and_half_precision_tensors_are_read():
    x = torch.arange(12.0).reshape(3, 4)
    np.testing.assert_array_equal(histograms([x.T]).counts, histograms([x]).counts)
    assert histograms([x.half()]).high[0] == 11


def test_other_scales_and_too_many_bins_are_refused():
    with pytest.raises(ValueError, match=r"^scale must be one of symlog, linear; got 'log'$"):
        histograms([], scale="log")
    for bins in (0, 256):
        with pytest.raises(ValueError, match=rf"^bins must be 1 to 255; got {bins}$"):
            histograms([], bins=bins)


def test_bins_do_not_change_their_width_at_the_threshold():
    steps = np.diff(edges(-4.0, 5.0, 1.0, 900))
    np.testing.assert_allclose(steps[1:] / steps[:-1], 1.0, atol=0.02)


def plain(values: np.ndarray, scale: str) -> HistogramSet:
    """The histogram as it is before anything is compiled."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(compiled, "tallies", lambda: None)
        return histograms([torch.from_numpy(values)], BINS, scale)


def assert_the_same(values: np.ndarray, scale: str) -> None:
    found, before = histograms([torch.from_numpy(values)], BINS, scale), plain(values, scale)
    for name, expected in vars(found).items():
        np.testing.assert_array_equal(getattr(before, name), expected, name)


@pytest.mark.parametrize("scale", SCALES)
@pytest.mark.parametrize("dtype", [np.float32, np.float64])
@pytest.mark.parametrize("values", AWKWARD.values(), ids=AWKWARD)
def test_what_is_counted_does_not_depend_on_whether_it_is_compiled(values, dtype, scale):
    with np.errstate(over="ignore"):
        assert_the_same(values.astype(dtype), scale)


@given(st.sampled_from([np.float32, np.float64]).flatmap(floats), st.sampled_from(SCALES))
@settings(max_examples=60, deadline=None)
def test_no_array_is_counted_otherwise_before_it_is_compiled(values, scale):
    assert_the_same(values, scale)
