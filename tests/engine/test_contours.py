import numpy as np
import pytest

from engine.contours import contour_levels, contour_scale
from engine.surfaces import SURFACES


@pytest.mark.parametrize(
    ("name", "scale"),
    [
        ("bowl", "linear"),
        ("saddle", "linear"),
        ("rosenbrock", "log"),
        ("beale", "log"),
        ("goldstein_price", "log"),
    ],
)
def test_valleys_get_logarithmic_contours(name, scale):
    values = SURFACES[name].grid(101)[2]
    levels = contour_levels(values, 12)
    assert contour_scale(values) == scale
    assert levels.shape == (12,)
    assert values.min() < levels[0]
    assert levels[-1] < values.max()
    heights = levels - (values.min() if scale == "log" else 0)
    steps = heights[1:] / heights[:-1] if scale == "log" else np.diff(heights)
    np.testing.assert_allclose(steps, steps[0])
    assert steps[0] > (1 if scale == "log" else 0)


def test_logarithmic_contours_show_the_floor_of_a_valley():
    values = SURFACES["rosenbrock"].grid(101)[2]
    inside = (values < contour_levels(values, 12)[:, None, None]).mean(axis=(1, 2))
    assert inside[0] < 0.05
    assert inside[5] < 0.5


def test_what_is_not_finite_is_left_out():
    values = np.array([[0.0, 1.0, np.nan], [2.0, 3.0, np.inf]])
    np.testing.assert_allclose(contour_levels(values, 2), [1, 2])
    np.testing.assert_array_equal(contour_levels(np.full((3, 3), 7.0), 5), [7])
    np.testing.assert_array_equal(contour_levels(np.full((3, 3), np.nan), 5), [0])
