import math

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from engine.measure import kernels
from engine.measure.statistics import COLUMNS, Measure, as_units, torch_moments, torch_unit_moments

COMPILED, ELSEWHERE = Measure(compiled=True), Measure(compiled=False)
MEASURES = pytest.mark.parametrize("measure", [COMPILED, ELSEWHERE], ids=["compiled", "torch"])
DTYPES = pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
SPREAD = torch.tensor(np.random.default_rng(8).standard_normal((33, 7)) * [1, 2, 3, 4, 5, 6, 0.1] + 0.7)
"""[samples, units], each unit with a variance of its own."""


def exact(x: torch.Tensor) -> tuple[float, float, float, float]:
    """Mean, pooled variance, rms and signal variance by NumPy, in long double."""
    x = x.double().numpy().astype(np.longdouble)
    return float(x.mean()), float(x.var()), float(np.sqrt((x**2).mean())), float(x.var(axis=0).mean())


def assert_exact(measure: Measure, x: torch.Tensor, rtol: float = 1e-9) -> None:
    mean, variance, rms, signal = exact(x)
    atol = rtol * rms
    assert measure.moments(x) == (
        pytest.approx(mean, rel=rtol, abs=atol),
        pytest.approx(variance, rel=rtol, abs=atol * rms),
        pytest.approx(rms, rel=rtol),
    )
    assert measure.unit_moments(x) == (
        pytest.approx(mean, rel=rtol, abs=atol),
        pytest.approx(variance, rel=rtol, abs=atol * rms),
        pytest.approx(rms * rms, rel=rtol),
        pytest.approx(signal, rel=rtol, abs=atol * rms),
    )


@DTYPES
@MEASURES
@pytest.mark.parametrize("scale", [1e-30, 1e-12, 1.0, 1e12, 1e30])
def test_moments_are_numpys_at_every_scale(scale, measure, dtype):
    assert_exact(measure, (SPREAD * scale).to(dtype))


@MEASURES
@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e300])
def test_rms_survives_where_squares_do_not(scale, measure):
    mean, _, rms, _ = exact(SPREAD)
    x = SPREAD * scale
    assert measure.moments(x)[::2] == (pytest.approx(mean * scale), pytest.approx(rms * scale))
    assert measure.unit_moments(x)[0] == pytest.approx(mean * scale)


@MEASURES
def test_variance_reaches_to_the_ends_of_float64(measure):
    for scale in (1e-153, 1e153):
        _, variance, _, signal = exact(SPREAD)
        assert measure.moments(SPREAD * scale)[1] == pytest.approx(variance * scale**2)
        assert measure.unit_moments(SPREAD * scale)[3] == pytest.approx(signal * scale**2)
    assert measure.moments(SPREAD * 1e200)[1] == math.inf


@DTYPES
@MEASURES
def test_variance_one_about_a_mean_of_ten_thousand_is_one(measure, dtype):
    x = torch.randn(1000, 100, generator=torch.Generator().manual_seed(0), dtype=torch.float64)
    x = ((x - x.mean(0)) / x.std(0, correction=0) + 1e4).to(dtype)
    rounding = 1e-3 if dtype == torch.float32 else 1e-9
    mean, variance, rms = measure.moments(x)
    assert (mean, rms) == (pytest.approx(1e4, rel=1e-6), pytest.approx(1e4, rel=1e-6))
    assert variance == pytest.approx(1, abs=rounding)
    assert measure.unit_moments(x)[3] == pytest.approx(1, abs=rounding)


@MEASURES
def test_variance_survives_a_mean_that_is_a_trillion_times_larger(measure):
    x = torch.tensor([[1e12 - 1, 5.0], [1e12 + 1, 5.0]], dtype=torch.float64)
    assert measure.moments(x[:, :1])[1] == pytest.approx(1)
    assert measure.unit_moments(x)[3] == pytest.approx(0.5)


@DTYPES
@MEASURES
@pytest.mark.parametrize("value", [0.1, -3.0, 1e-30, -1e30, 0.0])
def test_variance_of_a_constant_is_exactly_zero(value, measure, dtype):
    x = torch.full((10, 3), value, dtype=dtype)
    number = x[0, 0].item()
    assert measure.moments(x) == (pytest.approx(number), 0.0, pytest.approx(abs(number)))
    assert measure.unit_moments(x) == (pytest.approx(number), 0.0, pytest.approx(number * number), 0.0)


@MEASURES
def test_constants_at_the_ends_of_float64_have_variance_zero(measure):
    for value in (1e200, 1e-200, 1e-310):
        x = torch.full((7, 3), value, dtype=torch.float64)
        assert measure.moments(x) == (pytest.approx(value), 0.0, pytest.approx(value))
        assert measure.unit_moments(x)[1::2] == (0.0, 0.0)


@MEASURES
def test_signal_variance_is_zero_where_units_are_constant_over_samples(measure):
    x = torch.tensor([[1.0, 5.0, -2.0]]).repeat(9, 1)
    assert measure.unit_moments(x) == (
        pytest.approx(4 / 3),
        pytest.approx(x.var(correction=0).item()),
        pytest.approx(10),
        0.0,
    )


@DTYPES
@MEASURES
def test_one_value_has_variance_zero(measure, dtype):
    x = torch.tensor([[-2.5]], dtype=dtype)
    assert measure.moments(x) == (-2.5, 0.0, 2.5)
    assert measure.unit_moments(x) == (-2.5, 0.0, 6.25, 0.0)


@MEASURES
def test_nothing_has_no_statistics(measure):
    nothing = torch.empty(0, 3)
    assert all(map(math.isnan, (*measure.moments(nothing), *measure.unit_moments(nothing))))
    assert all(map(math.isnan, measure.saturation(nothing, -1, 1)))
    assert measure.nonfinite(nothing) == 0


@DTYPES
@MEASURES
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
@pytest.mark.parametrize("place", [0, 3, -1])
def test_one_nan_or_inf_makes_every_moment_nan(place, bad, measure, dtype):
    x = SPREAD.to(dtype, copy=True)
    x.view(-1)[place] = bad
    assert all(map(math.isnan, measure.moments(x)))
    assert all(map(math.isnan, measure.unit_moments(x)))
    assert measure.nonfinite(x) == pytest.approx(1 / 7)


@MEASURES
def test_saturated_and_dead_by_hand(measure):
    u = torch.tensor([[-9.0, 0.1, 8.0, 2.0], [-7.0, 9.0, -8.0, 0.5], [-2.0, 0.3, 7.0, -1.9]])
    assert measure.saturation(u, -2.0, 2.0) == (8 / 12, 2 / 4)
    assert measure.saturation(u, -2.0, math.inf) == (4 / 12, 1 / 4)
    assert measure.saturation(u, -math.inf, 2.0) == (4 / 12, 0)
    assert measure.saturation(u, -math.inf, math.inf) == (0, 0)


@MEASURES
def test_nan_is_neither_saturated_nor_dead_but_counted_as_nonfinite(measure):
    u = torch.tensor([[math.nan, -5.0, -5.0], [math.nan, math.nan, -5.0]])
    assert measure.saturation(u, 0.0, math.inf) == (3 / 6, 1 / 3)
    assert measure.nonfinite(u) == 2 / 3


@MEASURES
def test_inf_does_not_saturate_a_side_that_never_does(measure):
    u = torch.tensor([[math.inf, -math.inf], [math.inf, -math.inf]])
    assert measure.saturation(u, 0.0, math.inf) == (0.5, 0.5)
    assert measure.saturation(u, -1.0, 1.0) == (1, 1)


def update(measure, old, new):
    return tuple(measure.each_update([old], [new])[0].tolist())


@DTYPES
@MEASURES
def test_update_is_the_norm_of_the_change_over_the_norm(measure, dtype):
    old = torch.tensor([[3.0, -4.0], [0.0, 1.0]], dtype=dtype)
    new = torch.tensor([[3.0, -4.5], [1.2, 1.0]], dtype=dtype)
    held = old.clone()
    variance, ratio = update(measure, held, new.clone().requires_grad_())
    assert variance == pytest.approx(old.var(correction=0).item())
    assert ratio == pytest.approx(1.3 / math.sqrt(26))
    assert torch.equal(held, old)


@DTYPES
@MEASURES
def test_update_of_the_reference(measure, dtype):
    old = torch.ones(10, 10, dtype=dtype)
    variance, ratio = update(measure, old.clone(), old - 0.1 * 0.01)
    assert variance == 0
    assert ratio == pytest.approx(1e-3, rel=1e-4 if dtype == torch.float32 else 1e-9)


@DTYPES
@MEASURES
def test_weights_at_zero_have_no_ratio_unless_they_stand_still(measure, dtype):
    zeros = torch.zeros(2, 3, dtype=dtype)
    assert update(measure, zeros.clone(), zeros) == (0, 0)
    assert update(measure, zeros.clone(), zeros + 1e-30) == (0, math.inf)


@MEASURES
@pytest.mark.parametrize("scale", [1e-300, 1e-200, 1e200, 1e300])
def test_update_ratio_at_the_ends_of_float64(scale, measure):
    old = SPREAD * scale
    assert update(measure, old.clone(), old * 1.25)[1] == pytest.approx(0.25)


@MEASURES
def test_a_step_whose_square_overflows_is_a_number(measure):
    assert update(measure, SPREAD * 1.0, SPREAD + 1e200)[1] == pytest.approx(1e200 / exact(SPREAD)[2])


@MEASURES
def test_update_from_or_to_a_broken_weight_is_nan(measure):
    for old, new in ((math.nan, 1.0), (1.0, math.nan), (1.0, math.inf), (math.inf, math.inf)):
        variance, ratio = update(measure, torch.tensor([[2.0, old]]), torch.tensor([[2.0, new]]))
        assert math.isnan(ratio)
        assert math.isnan(variance) == (not math.isfinite(old))


@MEASURES
def test_strided_weights_are_read_in_their_own_order(measure):
    old, new = SPREAD.clone(), SPREAD * 1.5
    assert update(measure, old, new.T.contiguous().T)[1] == pytest.approx(0.5)


def test_an_activation_may_put_out_another_type_than_it_takes():
    u = SPREAD.float()
    output = torch.tanh(SPREAD)
    for bounds in ((-0.5, 0.7), (-math.inf, math.inf)):
        rows = np.full((2, len(COLUMNS)), np.nan)
        for measure, row in zip((ELSEWHERE, Measure(compiled=True)), rows, strict=True):
            assert measure.passes_activation(u, output, *bounds, row) == pytest.approx(exact(output)[2])
        np.testing.assert_allclose(*rows)


@MEASURES
def test_what_passes_a_layer_stands_in_the_columns_of_its_name(measure):
    z, row = SPREAD + 0.3, np.full(len(COLUMNS), np.nan)
    mean, variance, rms, signal = exact(z)
    assert measure.passes_map(z, row) == pytest.approx(rms * rms)
    found = dict(zip(COLUMNS, row, strict=True))
    assert {name: value for name, value in found.items() if not np.isnan(value)} == pytest.approx(
        {
            "preactivation_mean": mean, "preactivation_var": variance, "preactivation_ms": rms * rms,
            "signal_var": signal, "input_var": variance, "activation_mean": mean, "activation_var": variance,
        }
    )  # fmt: skip
    out, row = torch.tanh(z), np.full(len(COLUMNS), np.nan)
    assert measure.passes_activation(z, out, -0.5, 0.7, row) == pytest.approx(exact(out)[2])
    found = dict(zip(COLUMNS, row, strict=True))
    mean, variance, *_ = exact(out)
    saturated, dead = measure.saturation(z, -0.5, 0.7)
    assert {name: value for name, value in found.items() if not np.isnan(value)} == pytest.approx(
        {"activation_mean": mean, "activation_var": variance, "saturated": saturated, "dead": dead}
    )


def test_a_layer_may_be_wider_than_the_last():
    wide = torch.randn(4, 1000, generator=torch.Generator().manual_seed(2))
    measure = Measure(compiled=True)
    assert measure.unit_moments(wide) == pytest.approx(ELSEWHERE.unit_moments(wide))
    measure = Measure(compiled=True)
    assert measure.saturation(wide, -0.5, 0.7) == ELSEWHERE.saturation(wide, -0.5, 0.7)


def numbers(width: int) -> st.SearchStrategy:
    """Matrices of normal numbers whose squares float64 can hold, now and then with a NaN or an inf."""
    sized = st.floats(-(2.0**100), 2.0**100, width=width, allow_subnormal=False).filter(
        lambda v: v == 0 or abs(v) > 2.0**-100
    )
    some = st.one_of(sized, st.floats(-2.0, 2.0, width=width).filter(lambda v: v == 0 or abs(v) > 2.0**-100))
    broken = st.one_of(sized, st.sampled_from([math.nan, math.inf, -math.inf]))
    shape = st.tuples(st.integers(1, 9), st.integers(1, 9))
    return st.sampled_from([sized, some, some, broken]).flatmap(
        lambda elements: arrays.arrays(f"float{width}", shape, elements=elements)
    )


@pytest.mark.parametrize("width", [32, 64])
def test_compiled_passes_agree_with_torch_for_any_tensor(width):
    @settings(max_examples=80, deadline=None, derandomize=True, database=None)
    @given(numbers(width), st.sampled_from([(-1.0, 1.0), (0.0, math.inf), (-math.inf, 0.5)]))
    def agree(values, bounds):
        x = torch.from_numpy(values)
        rms = torch_moments(x)[2]
        close = {"rel": 1e-9, "abs": 1e-9 * rms if math.isfinite(rms) else 0, "nan_ok": True}
        square = close | {"abs": close["abs"] * rms if math.isfinite(rms) else 0}
        mean, variance, size = COMPILED.moments(x)
        assert (mean, size) == pytest.approx(torch_moments(x)[::2], **close)
        assert variance == pytest.approx(torch_moments(x)[1], **square)
        mean, *squares = COMPILED.unit_moments(x)
        assert mean == pytest.approx(torch_unit_moments(x)[0], **close)
        assert squares == pytest.approx(list(torch_unit_moments(x)[1:]), **square)
        assert COMPILED.saturation(x, *bounds) == pytest.approx(ELSEWHERE.saturation(x, *bounds))
        assert COMPILED.nonfinite(x) == pytest.approx(ELSEWHERE.nonfinite(x))
        here, there = update(COMPILED, x.clone(), x.flip(0)), update(ELSEWHERE, x.clone(), x.flip(0))
        assert here[0] == pytest.approx(there[0], **square)
        assert here[1] == pytest.approx(there[1], rel=1e-9, abs=1e-9, nan_ok=True)

    agree()


@pytest.mark.parametrize("width", [32, 64])
def test_compiled_moments_are_numpys_for_any_tensor(width):
    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(numbers(width).filter(lambda values: np.isfinite(values).all()))
    def agree(values):
        assert_exact(COMPILED, torch.from_numpy(values))

    agree()


def test_compiled_passes_do_not_depend_on_which_was_compiled_first():
    assert kernels.careful_moments(np.full(10, 3.0)) == (3.0, 0.0, 3.0)
    assert kernels.moments(np.full(10, 3.0)) == (3.0, 0.0, 3.0)
    assert not kernels.careful_moments.targetoptions["fastmath"]
    assert not kernels.careful_unit_moments.targetoptions["fastmath"]


def test_units_of_a_linear_map_are_its_last_axis_and_of_any_other_all_but_the_first():
    x = torch.arange(24.0).reshape(2, 3, 4)
    assert torch.equal(as_units(x), x.reshape(6, 4))
    assert torch.equal(as_units(x, linear=False), x.reshape(2, 12))
    assert torch.equal(as_units(x[0, 0]), x[0, :1])
    assert as_units(x.permute(2, 1, 0)).is_contiguous()
    assert as_units(x.bfloat16()).dtype == torch.float32
    assert as_units(x.double()).dtype == torch.float64
    assert not as_units(x.requires_grad_()).requires_grad


@DTYPES
@MEASURES
def test_many_tensors_at_once_are_measured_one_by_one(measure, dtype):
    generator = torch.Generator().manual_seed(3)
    sizes = ((7, 3), (1, 1), (5,), (40, 9))
    old = [torch.randn(size, generator=generator).to(dtype) * 10**k for k, size in enumerate(sizes)]
    new = [x + torch.randn(x.shape, generator=generator).to(dtype) for x in old]
    for x, found in zip(old, measure.each_moments(old), strict=True):
        assert found == pytest.approx(exact(x)[:3], rel=1e-9, abs=1e-12)
    held = [x.clone() for x in old]
    for x, y, (variance, ratio) in zip(old, new, measure.each_update(held, new), strict=True):
        assert variance == pytest.approx(exact(x)[1], rel=1e-9, abs=1e-12)
        assert ratio == pytest.approx(((y.double() - x.double()).norm() / x.double().norm()).item(), rel=1e-9)
    assert all(map(torch.equal, held, old))


@MEASURES
def test_tensors_of_two_types_or_without_values_are_measured_all_the_same(measure):
    mixed = [SPREAD, SPREAD.float(), torch.empty(0)]
    found = measure.each_moments(mixed)
    assert found[1] == pytest.approx(exact(SPREAD.float())[:3], rel=1e-6)
    assert all(map(math.isnan, found[2]))
    assert measure.all_finite(mixed)
    assert measure.all_finite([])


@DTYPES
@MEASURES
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_one_value_that_is_not_finite_is_found_anywhere(measure, dtype, bad):
    tensors = [torch.full((3, 50), torch.finfo(dtype).max, dtype=dtype) for _ in range(4)]
    tensors[1][:] = torch.finfo(dtype).tiny / 4
    assert measure.all_finite(tensors)
    for place in ((0, 0, 0), (2, 1, 17), (3, 2, 49)):
        broken = [x.clone() for x in tensors]
        broken[place[0]][place[1:]] = bad
        assert not measure.all_finite(broken)


@MEASURES
def test_bounds_that_float32_cannot_hold_are_kept_to_the_last_bit(measure):
    low, high = -0.1, 0.1  # float32 has no such numbers: its nearest are a little farther out
    inside = np.nextafter(np.float32(0.1), np.float32(0))
    x = torch.tensor([[inside, -inside, np.float32(0.1), -np.float32(0.1)]])
    assert x.double()[0, 0] < high < x.double()[0, 2]
    assert measure.saturation(x, low, high) == (0.5, 0.5)
