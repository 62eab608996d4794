"""Tips of cones, as typed: slope 0 at the tip, a minimum like any other, and walks that arrive there."""

import numpy as np
import pytest
import torch

from engine import SURFACES, ExpressionError, SpecError, descend, surface_from_expression
from engine.descent.comparison import verdict
from engine.descent.critical_points import local_minima

ACKLEY = "-20*exp(-0.2*sqrt(0.5*(x**2+y**2)))-exp(0.5*(cos(2*pi*x)+cos(2*pi*y)))+e+20"
WINDOW = ((-5, 5), (-5, 5))


def ended(surface, start, steps: int = 500, **run) -> str:
    race = descend(surface, [{"optimizer": "adam", "lr": 0.05, **run}], start, steps)
    minima = (*surface.minima, *local_minima(surface))
    return verdict(race.positions, race.values, minima, surface.bounds, race.diverged_at)[0, 0]


@pytest.mark.long
def test_a_typed_ackley_is_walked_as_the_built_in_one():
    typed, start = surface_from_expression(ACKLEY, WINDOW), (0.3, 0.2)
    assert (
        ended(typed, start, schedule="cosine")
        == ended(SURFACES["ackley"], start, schedule="cosine")
        == "converged"
    )
    race = descend(typed, [{"optimizer": "adam", "lr": 0.05}], (0, 0), 10)
    assert race.diverged_at.tolist() == [[-1]]
    assert not race.undefined.any()
    assert np.abs(race.values).max() < 1e-12


@pytest.mark.parametrize(
    ("text", "tip"),
    [
        ("sqrt(x**2 + (y - 1)**2)", (0, 1)),
        ("((x + 0.5)**2 + y**2)**0.5", (-0.5, 0)),
        ("pow(x**2 + y**2, 0.3)", (0, 0)),
        ("hypot(x - 0.25, y)", (0.25, 0)),
        ("abs(x - 1) + 3*abs(y)", (1, 0)),
        ("10*abs(x - 2*y) + abs(x + y)", (0, 0)),
    ],
)
def test_a_tip_is_a_minimum_with_slope_0(text, tip):
    surface = surface_from_expression(text)
    (found,) = local_minima(surface)
    assert found == pytest.approx(tip, abs=1e-6)
    assert surface.gradient(tip).tolist() == [0, 0]
    assert surface(tip) == pytest.approx(0, abs=1e-12)


@pytest.mark.parametrize("text", ["abs(x)", "10*abs(x - 2*y) + 0.01*x", "floor(5*x)", "x - abs(y)"])
def test_a_valley_has_no_tip(text):
    assert local_minima(surface_from_expression(text)) == ()


def test_a_root_of_negative_numbers_is_none_all_the_same():
    surface = surface_from_expression("sqrt(x) + x**0.3")
    assert np.isnan(surface((-1.0, 0.0)))
    assert surface.gradient((4.0, 0.0))[0] == pytest.approx(0.25 + 0.3 * 4**-0.7)


def refusing(params, lr):
    class Late(torch.optim.SGD):
        taken = 0

        def step(self, closure=None):
            Late.taken += 1
            if Late.taken > 100:
                raise KeyError("tired")
            super().step()

    return Late(params, lr=lr)


@pytest.mark.parametrize("optimizer", [torch.optim.SparseAdam, refusing])
def test_an_optimizer_that_raises_is_named(optimizer):
    with pytest.raises(SpecError, match=r"(SparseAdam|refusing) cannot walk a point") as refusal:
        descend("rosenbrock", [{"optimizer": optimizer, "lr": 0.01}], steps=200)
    assert refusal.value.field == "optimizer"


@pytest.mark.parametrize(
    ("text", "value", "slope"),
    [
        ("floor(10*abs(x))/10", 1.2, 0),
        ("ceil(x)", 2, 0),
        ("sign(x)*x**2", 1.5625, 2.5),
        ("step(x) + step(-x)", 1, 0),
        ("mod(x, 0.5)", 0.25, 1),
        ("pow(x, 2)", 1.5625, 2.5),
        ("hypot(x, 3)", 3.25, 1.25 / 3.25),
        ("atan2(x, 2)", np.arctan2(1.25, 2), 2 / (4 + 1.25**2)),
        ("pow(2, 3) + 0*x", 8, 0),
    ],
)
def test_names_that_people_type(text, value, slope):
    surface = surface_from_expression(text)
    assert surface((1.25, 0.5)) == pytest.approx(value)
    assert surface.gradient((1.25, 0.5))[0] == pytest.approx(slope)


@pytest.mark.parametrize(
    ("text", "hint"),
    [
        ("sgn(x)", "Write sign."),
        ("arctan(y)", "Write atan."),
        ("where(x, 1, 2)", "Write step"),
        ("round(x)", "floor(x + 0.5)"),
        ("x > 1", "write step"),
        ("Pi*x", "Did you mean 'pi'?"),
        ("x1**2", "Write x."),
        ("np.sin(x)", "Write the function alone, such as sin(x)."),
        ("sqr(x)", "Write x**2."),
        ("asinh(x)", "Write log(x + sqrt(x**2 + 1))."),
        ("pow(x)", "pow takes 2 arguments, not 1"),
        ("pow(x, 200)", "exponents go up to 100"),
    ],
)
def test_hints_say_what_to_write(text, hint):
    with pytest.raises(ExpressionError) as refusal:
        surface_from_expression(text)
    assert hint in str(refusal.value)


def test_a_power_by_name_is_written_as_a_power():
    assert surface_from_expression("pow(x, 2)").formula == surface_from_expression("x**2").formula
