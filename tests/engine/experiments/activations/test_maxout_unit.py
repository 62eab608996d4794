"""One maxout unit: fitted to x² it comes to the best that lines can do, which is known."""

import numpy as np
import pytest
from scipy.optimize import minimize

from engine import SpecError
from engine.experiments.activations.maxout_unit import best_square_rms, fit_maxout

pytestmark = pytest.mark.slow


def last(**arguments):
    *_, final = fit_maxout(**arguments)
    return final


def test_the_best_error_is_what_an_optimizer_finds():
    x = np.linspace(-1, 1, 20_001)

    def error(lines):
        w, b = lines.reshape(2, 3, 1)
        return np.mean((np.max(w * x + b, axis=0) - x**2) ** 2)

    start = np.array([-1.2, 0.1, 1.2, -0.4, 0.0, -0.4])
    found = minimize(
        error, start, method="Nelder-Mead", options={"maxiter": 4000, "xatol": 1e-6, "fatol": 1e-12}
    )
    assert found.fun**0.5 == pytest.approx(best_square_rms(3), rel=0.01)


@pytest.mark.long
@pytest.mark.parametrize("pieces", [1, 2, 3])
def test_a_unit_learns_the_square_about_as_well_as_lines_can(pieces):
    fit = last(pieces=pieces, steps=1500)
    assert best_square_rms(pieces) < fit.rms[-1] < 1.1 * best_square_rms(pieces)


def test_two_pieces_become_the_absolute_value():
    fit = last(target="absolute", pieces=2, steps=800)
    assert fit.rms[-1] < 0.01
    assert np.abs(np.diff(fit.lines[:, [0, -1]])).ravel() == pytest.approx([2, 2], abs=0.05)


def test_the_output_is_the_largest_line_and_therefore_convex():
    fit = last(target="sine", pieces=4, steps=300)
    assert np.array_equal(fit.output, fit.lines.max(axis=0))
    assert (np.diff(fit.output, 2) > -1e-5).all()
    assert fit.rms[-1] > 0.3
    assert fit.on_top.sum() == pytest.approx(1)


def test_a_piece_that_is_never_the_largest_stays_where_it_is():
    early, late = last(pieces=4, steps=400), last(pieces=4, steps=800)
    idle = late.on_top == 0
    assert idle.sum() == 1
    assert np.array_equal(early.on_top == 0, idle)
    assert early.lines[idle] == pytest.approx(late.lines[idle], abs=0.02)


@pytest.mark.parametrize("bad", [{"target": "cube"}, {"pieces": 0}, {"steps": 0}])
def test_bad_arguments_are_refused(bad):
    with pytest.raises(SpecError, match=next(iter(bad))):
        last(**bad)
