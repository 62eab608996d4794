"""Rates that suit a surface: nobody diverges from its start, and they are on the menu."""

from dataclasses import replace

import numpy as np
import pytest

from engine import SURFACES, descend
from engine.descent.expression import surface_from_expression
from engine.tables.rates import rounded
from viz.race.component import RATES
from viz.race.racer import racers
from viz.race.state import OPENING_RUNS
from viz.race.suited import suited


@pytest.mark.parametrize("name", [name for name in SURFACES if name != "monkey_saddle"])
def test_nobody_diverges_at_a_suited_rate(name: str) -> None:
    surface = SURFACES[name]
    runs = [{"optimizer": r.optimizer, "lr": suited(surface, surface.start, r)} for r in OPENING_RUNS[:6]]
    assert (descend(surface, runs, steps=60).diverged_at == -1).all()


def test_a_steeper_bowl_gets_a_smaller_rate() -> None:
    (sgd,) = racers("sgd@1")
    rates = [suited(SURFACES["bowl"].with_options(condition=c), (1.8, 1.0), sgd) for c in (1.0, 10.0, 100.0)]
    assert rates == [1.0, 0.1, 0.01]


def test_rounded_rates_are_on_the_menu() -> None:
    for rate in np.geomspace(1.2e-5, 28, 50):
        assert rounded(rate) in RATES
    assert rounded(0.0299) == 0.03
    assert rounded(9.4) == 10


@pytest.mark.parametrize("f", ["1e-13*x**2", "1e300*x**2", "x", "0*x"])
def test_extreme_functions_get_rates_that_are_allowed(f: str) -> None:
    for racer in OPENING_RUNS:
        replace(racer, lr=suited(surface_from_expression(f), (1.0, 1.0), racer))
