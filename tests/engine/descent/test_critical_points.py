import numpy as np
import pytest

from engine.descent.critical_points import local_minima, look
from engine.descent.expression import surface_from_expression
from engine.descent.surfaces import SURFACES


@pytest.mark.long
@pytest.mark.parametrize(
    ("name", "count", "lowest"),
    [
        ("rosenbrock", 0, None),
        ("saddle", 0, None),
        ("three_hump_camel", 2, (1.7475523458303, -0.8737761729151)),
        ("styblinski_tang", 3, (2.7468027709908, -2.9035340277712)),
        ("six_hump_camel", 4, (1.7036067149920, -0.7960835687166)),
        ("goldstein_price", 3, (-0.6, -0.4)),
        ("rastrigin", 120, None),
    ],
)
def test_further_minima_are_those_of_the_literature(name, count, lowest):
    surface = SURFACES[name]
    found = local_minima(surface)
    assert len(found) == count
    if lowest:
        assert (
            min(np.abs(np.subtract(found, lowest)).max(axis=1)) < 1e-9
            or min(np.abs(np.subtract(found, lowest[::-1])).max(axis=1)) < 1e-9
        )
    values = [float(surface(p)) for p in found]
    assert values == sorted(values)
    for point in found:
        assert np.abs(surface.gradient(point)).max() < 1e-5
        assert (np.linalg.eigvalsh(surface.hessian(point)) > 0).all()


def test_minima_of_a_typed_surface_are_found():
    surface = surface_from_expression("(x**2 - 1)**2 + 0.1*x + (y + 0.5)**2")
    found = local_minima(surface)
    roots = np.roots([4, 0, -4, 0.1])
    np.testing.assert_allclose([p[0] for p in found], sorted(roots[np.abs(roots) > 0.5]), atol=1e-9)
    np.testing.assert_allclose([p[1] for p in found], -0.5, atol=1e-9)
    assert local_minima(surface_from_expression("x + 2*y")) == ()
    assert local_minima(surface_from_expression("log(x*y)")) == ()


@pytest.mark.parametrize("at", [(0.7, -1.1), (0.03, 0.03), (0.767, -1.289), (-0.607, 2.186)])
def test_narrow_wells_are_found_from_outside_their_curvature(at):
    x, y = at
    surface = surface_from_expression(f"-exp(-400*((x - {x})**2 + (y - {y})**2))")
    np.testing.assert_allclose(local_minima(surface), [at], atol=1e-9)


@pytest.mark.parametrize(
    ("text", "minima"),
    [
        ("x**4 + y**4", [(0, 0)]),
        ("(x - 1.23)**4 + (y + 0.4)**2", [(1.23, -0.4)]),
        ("x**2", []),
        ("x**2 - y**4", []),
        ("x**3 + y**2", []),
        ("3", []),
    ],
)
def test_minima_may_be_flat_but_not_lines_planes_or_saddles(text, minima):
    found = local_minima(surface_from_expression(text))
    np.testing.assert_allclose(np.reshape(found, (-1, 2)), np.reshape(minima, (-1, 2)), atol=1e-5)


@pytest.mark.parametrize(
    ("name", "point", "kind"),
    [
        ("saddle", (0.01, -0.02), "saddle"),
        ("saddle", (1.0, 0.3), "slope"),
        ("himmelblau", (3.01, 1.99), "minimum"),
        ("himmelblau", (-0.27, -0.92), "maximum"),
        ("himmelblau", (3.385, 0.074), "saddle"),
        ("plateau", (9.5, 0.0), "valley"),
        ("plateau", (2.0, 3.0), "slope"),
        ("easom", (-0.9, 6.5), "plateau"),
        ("rosenbrock", (1.0, 1.0), "minimum"),
        ("rosenbrock", (0.0, 0.0), "valley"),
        ("rosenbrock", (0.0, 1.0), "slope"),
    ],
)
def test_place_is_named_for_what_it_is_near(name, point, kind):
    assert look(SURFACES[name], point).kind == kind


def test_place_tells_value_slope_and_curvatures():
    place = look(SURFACES["ravine"], (1.5, 1.0))
    assert place.value == pytest.approx(2.5**2 / 4 + 100 * 0.5**2 / 4)
    assert place.gradient == pytest.approx((1.25 + 25, 1.25 - 25))
    assert place.curvatures == pytest.approx((1, 100))
    along, across = place.directions
    assert along[0] == pytest.approx(along[1])
    assert across[0] == pytest.approx(-across[1])
    assert np.hypot(*along) == pytest.approx(1)


def test_place_outside_the_numbers_has_no_curvature():
    place = look(surface_from_expression("log(x) + y"), (-1.0, 2.0))
    assert place.kind == "slope"
    assert np.isnan(place.value)
    assert np.isnan(place.curvatures).all()
