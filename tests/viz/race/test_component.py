"""What the view is given: plain data that JSON can carry, complete."""

import json

import pytest

from engine import OPTIMIZERS
from viz.race import component
from viz.race.state import Race
from viz.server import modules

TOKEN = "ann_who_looks_at_this_test-01234"


def test_data_is_plain_and_complete() -> None:
    data = component.data(TOKEN, Race(), 4, "/lab/")
    assert json.loads(json.dumps(data, allow_nan=False)) == data
    assert data["script"] == f"/lab/modules/{modules.VERSION}/canvas/race/visit.js"
    assert [entry["name"] for entry in data["optimizers"]] == list(OPTIMIZERS)
    assert data["formulas"].keys() == OPTIMIZERS.keys()
    assert (data["race"], data["revision"]) == (Race().to_dict(), 4)


def test_every_option_has_help_that_says_what_is_allowed() -> None:
    for entry in component.data(TOKEN, Race())["optimizers"]:
        for option in entry["options"]:
            assert option["words"], (entry["name"], option["name"])
            assert option["span"]["template"], (entry["name"], option["name"])


def test_unknown_events_are_refused() -> None:
    with pytest.raises(TypeError, match="has no event played; it has: race"):
        component.race_view(TOKEN, Race(), 1, key="race", played=print)
