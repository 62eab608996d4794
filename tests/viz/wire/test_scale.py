"""The fitting scale puts low places apart and comes back to the value."""

import numpy as np
import pytest

from engine import SURFACES
from viz.wire.scale import Scale


@pytest.mark.parametrize("name", SURFACES)
def test_scale_of_every_surface_is_monotone_and_invertible(name: str) -> None:
    _, _, values = SURFACES[name].grid(60)
    scale = Scale.of(values)
    places = scale.place(values)
    assert places.min() == 0
    assert places.max() == pytest.approx(1)
    assert (np.diff(scale.place(np.sort(values.ravel()))) >= 0).all()
    np.testing.assert_allclose(
        scale.value(places), values, rtol=1e-6, atol=1e-9 * (values.max() - values.min())
    )
    assert np.mean(places <= 0.15) <= 0.06, "the lowest 5 % of the window take at least 15 % of the scale"


def test_the_first_rings_of_a_bowl_are_nearer_to_its_bottom_than_on_a_linear_scale() -> None:
    r = np.linspace(0, 2**0.5, 500)
    x, y = np.meshgrid(np.linspace(-1, 1, 201), np.linspace(-1, 1, 201))
    places = Scale.of(x**2 + y**2).place(r**2)
    levels = (np.arange(6) + 0.5) / 18
    assert (np.interp(levels, places, r) < 0.6 * np.interp(levels, r**2 / 2, r)).all()


def test_a_plain_with_one_hole_stays_linear() -> None:
    assert Scale.of(SURFACES["easom"].grid(60)[2]).bend == np.inf


def test_holes_do_not_count_and_flat_ground_has_a_scale() -> None:
    assert Scale.of(np.array([np.nan, 1.0, 2.0, np.inf, -np.inf])).low == 1
    flat = Scale.of(np.full((4, 4), 7.0))
    assert (flat.place(np.array([7.0])) == 0).all()
    nothing = Scale.of(np.array([np.nan]))
    assert (nothing.low, nothing.high) == (0, 1)
