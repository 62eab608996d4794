"""What the controls mean for the race."""

from dataclasses import replace

import pytest

from engine.tables.errors import SpecError
from viz.race import controls, session
from viz.race.presets import PRESETS
from viz.race.racer import racers
from viz.race.state import TYPED, Race

OLD = Race(
    surface=TYPED,
    expression="(1 - x)**2 + 100*(y - x**2)**2",
    start=(1.0, 1.0),
    runs=racers("sgd@0.001;adam@0.1"),
)


def rates(monkeypatch: pytest.MonkeyPatch, race: Race, text: str) -> list[float]:
    monkeypatch.setattr(session, "race", lambda: race)
    return [racer.lr for racer in controls._expression(text)["runs"]]


def test_another_typed_function_brings_new_rates_for_those_that_nobody_set(monkeypatch) -> None:
    assert rates(monkeypatch, OLD, "x**2 + 10*y**2") == [0.03, 0.1]
    suited_now = replace(OLD, runs=racers("sgd@0.001;adam@0.07"))
    assert rates(monkeypatch, suited_now, "x**2 + 10*y**2") == [0.03, 0.07], "0.07 is its own choice"


@pytest.mark.parametrize("text", ["3,1,2", "3", "1,2,3,4,5"])
def test_a_window_that_is_none_is_refused_as_it_was_typed(text) -> None:
    with pytest.raises(SpecError) as refused:
        controls._window(text)
    assert refused.value.brief == (
        f"{text!r} is not allowed; give four numbers: x low, x high, y low, y high."
    )


def test_rates_of_a_preset_are_nobody_s_choice(monkeypatch) -> None:
    race = replace(OLD, runs=PRESETS["rosenbrock"].race.runs)
    assert rates(monkeypatch, race, "x**2 + 10*y**2")[:3] == [0.03, 0.03, 0.01]
