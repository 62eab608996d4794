"""A race refuses nonsense at birth, in words."""

from typing import Any

import pytest

from engine import SURFACES, SpecError
from viz.race.racer import Racer, racers
from viz.race.state import Race


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"start": [float("nan"), 0]}, "start: 'nan, 0' is not a point; give two finite numbers"),
        ({"start": ["abc"]}, "'abc' is not a point; give two finite numbers x, y, each from -1e9 to 1e9."),
        ({"start": [1e300, 0]}, "is not a point"),
        ({"start": [1]}, "is not a point"),
        ({"steps": 2001}, "give a whole number with 1 <= steps <= 2000"),
        ({"steps": 0}, "give a whole number"),
        ({"runs": []}, "A race needs at least one optimizer"),
        ({"runs": "adam"}, "is not a list of runs"),
        ({"runs": [{"optimizer": "adam"}]}, "give optimizer, lr, options and on"),
        ({"runs": [{"optimizer": "adam", "lr": -0.1}]}, "Adam, lr: -0.1 is not allowed"),
        ({"runs": [{"optimizer": "adam", "lr": 1e300}]}, "give a number from 0 to 1e9"),
        ({"runs": [{"optimizer": "adam", "lr": "fast"}]}, "Adam, lr: 'fast' is not allowed"),
        ({"runs": [{"optimizer": "adam", "lr": 1, "on": 1}]}, "give True or False"),
        ({"clip_threshold": 0}, "clip_threshold"),
        ({"noise": -1}, "noise"),
        ({"surface": "typed", "expression": 3}, "is no text"),
        ({"surface": "typed", "expression": "__import__('os')"}, "^"),
        ({"surface": "nowhere"}, "unknown surface"),
        ({"window": [[0, 0], [0, 1]]}, "is empty"),
        ({"window": 3}, "is not ((x low"),
        ({"schedule": "cosine"}, "is no schedule"),
        ({"shape": 1}, "a race has no field 'shape'"),
    ],
)
def test_nonsense_is_refused_with_what_was_given_and_what_is_allowed(
    given: dict[str, Any], words: str
) -> None:
    with pytest.raises(SpecError) as error:
        Race.from_dict(given)
    assert words in str(error.value)


def test_nothing_but_a_mapping_is_a_race() -> None:
    with pytest.raises(SpecError, match="is no race"):
        Race.from_dict(["bowl"])


def test_a_race_with_nobody_on_says_what_to_do() -> None:
    race = Race(runs=racers("-adam@1;-sgd@1"))
    with pytest.raises(SpecError, match="switch on at least one of the cards"):
        _ = race.running


def test_options_at_their_defaults_change_nothing() -> None:
    assert Racer(optimizer="adam", lr=0.1, options={"eps": 1e-8}) == Racer(optimizer="adam", lr=0.1)
    assert Race(surface_options={"condition": 10.0}) == Race()


def test_start_and_window_are_the_surface_s_own_until_set() -> None:
    race = Race(surface="beale")
    assert race.begin == SURFACES["beale"].start
    assert race.built.bounds == SURFACES["beale"].bounds
    assert Race(surface="beale", window=((0, 1), (2, 3)), start=(9, 9)).built.bounds == ((0, 1), (2, 3))


def test_the_condition_number_reaches_the_surface() -> None:
    assert Race(surface_options={"condition": 40.0}).built((0.0, 1.0)) == pytest.approx(20.0)
