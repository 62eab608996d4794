"""Fixed points, critical line and depth scales, against iteration and Schoenholz et al.'s numbers."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from engine.theory.criticality import critical_line, critical_weight_variance, fixed_point, plane, stretch
from engine.theory.laws import law
from engine.theory.mean_field import predict


@pytest.mark.parametrize(
    ("name", "sw2", "sb2"), [("tanh", 3.0, 0.2), ("sigmoid", 5.0, 0.4), ("gelu", 1.2, 0.3)]
)
def test_iteration_ends_at_the_fixed_point_at_the_promised_rate(name, sw2, sb2):
    phi, end = law(name), fixed_point(law(name), sw2, sb2)
    q = [end.q * 1.01]
    for _ in range(6):
        q.append(sw2 * phi.moments(q[-1]).second + sb2)
    apart = np.array(q) - end.q
    assert_allclose(apart[2:] / apart[1:-1], stretch(phi, sw2, end.q), rtol=0.03)
    assert end.depth_q == pytest.approx(-1 / np.log(abs(stretch(phi, sw2, end.q))), rel=1e-6)


def test_correlations_of_a_chaotic_net_settle_at_c_star():
    phi, end = law("tanh"), fixed_point(law("tanh"), 3.0, 0.3)
    signal = end.q * 0.9
    path = [signal := 3.0 * phi.signal(end.q, signal) for _ in range(150)]
    assert end.chi > 1
    assert end.phase == "chaotic"
    assert 1 - path[-1] / end.q == pytest.approx(end.correlation, abs=1e-5)
    apart = np.array(path[60:65]) - (1 - end.correlation) * end.q
    assert_allclose(apart[1:] / apart[:-1], np.exp(-1 / end.depth_c), rtol=0.01)


def test_correlations_of_an_ordered_net_become_1():
    end = fixed_point(law("tanh"), 0.8, 0.1)
    assert (end.correlation, end.phase) == (1.0, "ordered")
    assert end.depth_c == pytest.approx(-1 / np.log(end.chi))


def test_a_tanh_net_without_biases_is_critical_at_1_and_dies_by_a_power_law():
    end = fixed_point(law("tanh"), 1.0)
    assert (end.q, end.chi, end.phase) == (0.0, pytest.approx(1), "critical")
    assert end.depth_q == np.inf


def test_a_relu_net_keeps_any_length_at_2_and_none_beyond():
    relu = law("relu")
    assert fixed_point(relu, 2.0, start=3.7).q == pytest.approx(3.7)
    assert fixed_point(relu, 2.1).q == np.inf
    assert fixed_point(relu, 1.0, 0.3).q == pytest.approx(0.6)


def test_the_critical_line_passes_where_schoenholz_says():
    assert critical_weight_variance(law("tanh"), 0.05) == pytest.approx(1.76, abs=2e-3)
    assert critical_weight_variance(law("tanh"), 0.0) == pytest.approx(1)
    assert critical_weight_variance(law("relu"), 0.0) == pytest.approx(2)
    assert np.isnan(critical_weight_variance(law("relu"), 0.1))


@pytest.mark.parametrize("name", ["tanh", "softsign", "selu"])
def test_chi_is_1_all_along_the_critical_line(name):
    for sw2, sb2 in list(zip(*critical_line(law(name)), strict=True))[20:150:40]:
        start = 1.0 if name != "selu" else sb2 + sw2
        assert fixed_point(law(name), sw2, sb2, start).chi == pytest.approx(1, abs=2e-3)


def test_the_plane_agrees_with_single_fixed_points():
    sw2, sb2 = np.array([0.5, 1.7, 4.0]), np.array([0.0, 0.05, 0.6])
    q, chi = plane(law("tanh"), sw2, sb2)
    for i, b in enumerate(sb2):
        for j, w in enumerate(sw2):
            end = fixed_point(law("tanh"), w, b)
            assert (q[i, j], chi[i, j]) == pytest.approx((end.q, end.chi), rel=2e-3, abs=1e-6)


def test_a_deep_net_arrives_at_the_fixed_point():
    deep = predict(
        activation="tanh", initializer="orthogonal", initializer_options={"gain": 1.6}, widths=(64,) * 41
    )
    end = fixed_point(law("tanh"), 1.6**2)
    assert (deep.q[-1], deep.chi[-1]) == pytest.approx((end.q, end.chi), rel=1e-6)
