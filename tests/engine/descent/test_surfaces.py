import json
from pathlib import Path

import numpy as np
import pytest
import sympy
import torch

from engine.descent.comparison import stable_lr
from engine.descent.surfaces import SURFACES
from engine.descent.trajectories import descend
from engine.tables.errors import SpecError

REFERENCES = {
    entry["id"].removeprefix("surf_"): entry["expected"]
    for entry in json.loads((Path(__file__).parents[2] / "references.json").read_text())
    if entry["id"].startswith("surf_")
}
NAMED_OTHERWISE = {"elongated_bowl": "bowl", "tanh_plateau": "plateau"}

# The formulas once more, in SymPy's words and multiplied out differently where they can be.
WITNESSES = {
    "bowl": "x**2/2 + 5*y**2",
    "ravine": "((x + y)/sqrt(2))**2/2 + 100*((x - y)/sqrt(2))**2/2",
    "saddle": "(x - y)*(x + y)",
    "monkey_saddle": "x*(x**2 - 3*y**2)",
    "plateau": "(1 - 2/(exp(x) + 1))**2 + y**2/10",
    "rosenbrock": "100*(x**2 - y)**2 + (x - 1)**2",
    "beale": "(Rational(3, 2) - x*(1 - y))**2 + (Rational(9, 4) - x*(1 - y**2))**2"
    " + (Rational(21, 8) - x*(1 - y**3))**2",
    "himmelblau": "(x**2 + y - 11)**2 + (x + y**2 - 7)**2",
    "rastrigin": "x**2 + 10*(1 - cos(2*pi*x)) + y**2 + 10*(1 - cos(2*pi*y))",
    "ackley": "20*(1 - exp(-sqrt((x**2 + y**2)/2)/5)) + E - exp((cos(2*pi*x) + cos(2*pi*y))/2)",
    "booth": "74 - 34*x - 38*y + 5*x**2 + 5*y**2 + 8*x*y",
    "matyas": "(x - y)**2/4 + (x**2 + y**2)/100 + x*y/50",
    "styblinski_tang": "(x**4 - 16*x**2 + 5*x)/2 + (y**4 - 16*y**2 + 5*y)/2",
    "three_hump_camel": "2*x**2 - Rational(21, 20)*x**4 + x**6/6 + x*y + y**2",
    "six_hump_camel": "4*x**2 - Rational(21, 10)*x**4 + x**6/3 + x*y - 4*y**2 + 4*y**4",
    "goldstein_price": "((2*x - 3*y)**2*(12*x**2 - 36*x*y - 32*x + 27*y**2 + 48*y + 18) + 30)"
    "*((x + y + 1)**2*(3*x**2 + 6*x*y - 14*x + 3*y**2 - 14*y + 19) + 1)",
    "mccormick": "sin(x + y) + x**2 - 2*x*y + y**2 - Rational(3, 2)*x + Rational(5, 2)*y + 1",
    "easom": "-cos(x)*cos(y)*exp(-(x - pi)**2 - (y - pi)**2)",
    "levy13": "sin(3*pi*x)**2 + (x - 1)**2*(1 + sin(3*pi*y)**2) + (y - 1)**2*(1 + sin(2*pi*y)**2)",
    "branin": "(y - Rational(51, 10)/(4*pi**2)*x**2 + 5*x/pi - 6)**2 + (10 - 10/(8*pi))*cos(x) + 10",
}
LOWEST = {
    "six_hump_camel": -1.031628453489877,
    "branin": 0.39788735772973816,
    "goldstein_price": 3.0,
    "mccormick": -1.9132229549810362,
    "easom": -1.0,
    "styblinski_tang": -78.33233140754282,
}
"""The value at the global minima, from the literature; 0 for every other surface that has one."""


def test_every_surface_has_a_witness():
    assert set(WITNESSES) == set(SURFACES)


@pytest.mark.parametrize("name", SURFACES)
def test_value_gradient_and_hessian_are_those_of_sympy(name):
    x, y = sympy.symbols("x y")
    f = sympy.sympify(WITNESSES[name])
    surface = SURFACES[name]
    (x0, x1), (y0, y1) = surface.bounds
    points = np.random.default_rng(3).uniform((x0, y0), (x1, y1), (7, 2))
    gradient = [f.diff(v) for v in (x, y)]
    hessian = [[g.diff(v) for v in (x, y)] for g in gradient]
    for p in points:
        at = [float(e.subs({x: p[0], y: p[1]}).evalf(25)) for e in (f, *gradient, *hessian[0], *hessian[1])]
        np.testing.assert_allclose(surface(p), at[0], rtol=1e-11, atol=1e-11)
        np.testing.assert_allclose(surface.gradient(p), at[1:3], rtol=1e-9, atol=1e-9)
        np.testing.assert_allclose(surface.hessian(p), np.reshape(at[3:], (2, 2)), rtol=1e-8, atol=1e-8)


@pytest.mark.parametrize("name", [name for name in SURFACES if SURFACES[name].minima])
def test_known_minima_are_level_lowest_and_curved_upward(name):
    surface = SURFACES[name]
    values = surface(surface.minima)
    np.testing.assert_allclose(values, LOWEST.get(name, 0.0), rtol=1e-14, atol=1e-25)
    np.testing.assert_allclose(surface.gradient(surface.minima), 0, atol=1e-12)
    assert (np.linalg.eigvalsh(surface.hessian(surface.minima)) > 0).all()
    assert surface.grid(201)[2].min() >= values.min() - 1e-9
    (x0, x1), (y0, y1) = surface.bounds
    assert all(x0 <= x <= x1 and y0 <= y <= y1 for x, y in surface.minima)


@pytest.mark.parametrize("name", REFERENCES)
def test_surface_has_the_reference_values(name):
    surface = SURFACES[NAMED_OTHERWISE.get(name, name)]
    expected = REFERENCES[name]
    for at in expected["values"]:
        np.testing.assert_allclose(surface(at["at"]), at["f"], rtol=1e-6, atol=1e-6)
        np.testing.assert_allclose(surface.gradient(at["at"]), at["grad"], rtol=1e-6, atol=1e-6)
    assert len(surface.minima) == len(expected["minima"])
    for minimum in expected["minima"]:
        assert np.abs(np.subtract(surface.minima, minimum["at"])).sum(axis=1).min() < 1e-6
        if "hess_eig" in minimum:
            eigenvalues = np.linalg.eigvalsh(surface.hessian(minimum["at"]))
            np.testing.assert_allclose(eigenvalues, minimum["hess_eig"], rtol=1e-6)


@pytest.mark.parametrize("name", SURFACES)
def test_everything_is_finite_on_the_whole_window(name):
    surface = SURFACES[name]
    xs, ys, values = surface.grid(41)
    points = np.stack(np.meshgrid(xs, ys), axis=-1)
    assert np.isfinite(values).all()
    assert np.isfinite(surface.gradient(points)).all()
    assert np.isfinite(surface.hessian(points)).all()


@pytest.mark.parametrize("name", SURFACES)
def test_start_is_in_the_window_and_on_a_slope(name):
    surface = SURFACES[name]
    (x0, x1), (y0, y1) = surface.bounds
    assert x0 < surface.start[0] < x1
    assert y0 < surface.start[1] < y1
    assert np.abs(surface.gradient(surface.start)).min() > 1e-4


@pytest.mark.parametrize("x", [0.0, 1e-200, 1e-160, 1e-120, 1e-80, 1e-60, 1e-12])
def test_ackley_has_a_finite_slope_at_and_around_its_tip(x):
    ackley = SURFACES["ackley"]
    assert np.isfinite(ackley.hessian([x, x / 2])).all()
    slope = np.hypot(*ackley.gradient([x, x / 2]))
    assert slope == pytest.approx(4 / np.sqrt(2), rel=1e-6) if x > 1e-76 else slope < 1e-70
    assert ackley([x, x / 2]) == pytest.approx(0, abs=1e-11)


def test_condition_is_the_ratio_of_curvatures():
    for name, default in (("bowl", 10), ("ravine", 100)):
        for surface, condition in (
            (SURFACES[name], default),
            (SURFACES[name].with_options(condition=37), 37),
        ):
            low, high = np.linalg.eigvalsh(surface.hessian([0.3, -0.7]))
            assert high / low == pytest.approx(condition)
    assert SURFACES["bowl"].with_options(condition=10) != SURFACES["bowl"].with_options(condition=11)
    assert SURFACES["bowl"].with_options(condition=9) == SURFACES["bowl"].with_options(condition=9)


def test_option_out_of_range_is_refused_in_words():
    with pytest.raises(
        SpecError, match=r"condition: 0\.5 is not allowed; give a number with 1 <= condition <= 10000"
    ):
        SURFACES["bowl"].with_options(condition=0.5)
    with pytest.raises(SpecError, match=r"'conditon' is no option of bowl.* Did you mean 'condition'\?"):
        SURFACES["bowl"].with_options(conditon=3)


def test_unknown_surface_is_refused_with_the_nearest_name():
    with pytest.raises(SpecError, match=r"unknown surface 'rosenbrok'; .* Did you mean 'rosenbrock'\?"):
        SURFACES["rosenbrok"]


def test_points_come_in_any_shape_and_kind():
    beale = SURFACES["beale"]
    points = np.random.default_rng(0).normal(size=(2, 3, 2))
    values, gradients, hessians = beale(points), beale.gradient(points), beale.hessian(points)
    assert (values.shape, gradients.shape, hessians.shape) == ((2, 3), (2, 3, 2), (2, 3, 2, 2))
    assert {a.dtype for a in (values, gradients, hessians)} == {np.dtype(np.float64)}
    single = torch.tensor(points, dtype=torch.float32, requires_grad=True)
    assert beale(single).dtype == beale.gradient(single).dtype == torch.float32
    np.testing.assert_array_equal(beale(points.tolist()), values)
    assert beale(torch.tensor([2, 1])) == 14.203125
    for i in np.ndindex(2, 3):
        np.testing.assert_array_equal(gradients[i], beale.gradient(points[i]))
        np.testing.assert_array_equal(hessians[i], beale.hessian(points[i]))


def test_slopes_exist_where_gradients_are_switched_off():
    with torch.no_grad():
        np.testing.assert_allclose(SURFACES["saddle"].gradient([3, 5]), [6, -10])
        np.testing.assert_allclose(SURFACES["saddle"].hessian([3, 5]), [[2, 0], [0, -2]])


def test_points_of_another_dimension_are_refused():
    with pytest.raises(SpecError, match=r"points of shape \[4, 3\]; give p\[\.\.\., 2\]"):
        SURFACES["beale"](np.zeros((4, 3)))


def test_grid_has_a_row_for_every_y():
    xs, ys, values = SURFACES["branin"].grid(5)
    assert (xs[0], xs[-1], ys[0], ys[-1]) == (-5, 10, 0, 15)
    assert values[3, 1] == SURFACES["branin"]([xs[1], ys[3]])
    assert values[3, 1] != values[1, 3]


@pytest.mark.parametrize(("share", "turns"), [(0.45, 0), (0.55, 20)])
def test_on_the_bowl_plain_descent_zigzags_above_half_of_its_stable_rate(share, turns):
    assert "above half of its stable rate" in SURFACES["bowl"].words
    limit = stable_lr("sgd", {}, 10.0)
    y = descend("bowl", [{"optimizer": "sgd", "lr": share * limit}], steps=20).positions[0, 0, :, 1]
    assert (y[1:] * y[:-1] < 0).sum() == turns
