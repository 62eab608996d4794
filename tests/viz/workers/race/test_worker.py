"""Visitors take turns, the newest question of a kind wins, and whatever goes wrong stops one question alone."""

from typing import Any

import pytest

from viz.race.state import Race
from viz.wire import payload
from viz.workers.race import worker
from viz.workers.race.worker import Waiting, reply


def order(number: int, token: str, ask: str = "paths") -> dict[str, Any]:
    return {"id": number, "token": token, "question": {"ask": ask, "race": Race(steps=3).to_dict()}}


def numbers(waiting: Waiting) -> list[int]:
    found = []
    while one := waiting.take():
        found.append(one["id"])
    return found


def test_a_newer_question_takes_the_place_of_the_older_of_its_kind() -> None:
    waiting = Waiting()
    assert waiting.put(order(1, "ann")) is None
    assert waiting.put(order(2, "ann", "surface")) is None
    assert waiting.put(order(3, "bob")) is None
    assert waiting.put(order(4, "ann"))["id"] == 1
    assert sorted(numbers(waiting)) == [2, 3, 4]


def test_visitors_take_turns_however_much_one_asks() -> None:
    waiting = Waiting()
    for number, kind in enumerate(("surface", "paths", "inside", "rates")):
        waiting.put(order(number, "ann", kind))
    waiting.put(order(10, "bob"))
    waiting.put(order(20, "cleo"))
    assert numbers(waiting) == [0, 10, 20, 1, 2, 3]


def test_a_quick_question_goes_first() -> None:
    waiting = Waiting()
    waiting.put(order(1, "ann", "regions"))
    waiting.put(order(2, "bob", "place"))
    assert numbers(waiting) == [2, 1]


def test_a_race_is_answered_with_its_payload() -> None:
    header, body = reply(order(7, "ann"))
    assert (header["id"], header["status"]) == (7, 200)
    assert payload.decode(body)[0]["steps"] == 3


def test_a_refusal_names_the_place_in_the_text() -> None:
    race = {"surface": "typed", "expression": "x + sinn(y)"}
    header, body = reply({"id": 8, "token": "ann", "question": {"ask": "surface", "race": race}})
    assert (header["status"], body) == (422, b"")
    assert header["position"] == 4
    assert header["field"] == "expression"
    assert "Did you mean 'sin'?" in header["error"]


def test_a_fault_of_ours_stops_one_question_alone(monkeypatch: pytest.MonkeyPatch, capsys) -> None:
    def fail(question: Any) -> bytes:
        raise RuntimeError("out of ink")

    monkeypatch.setattr(worker, "answer", fail)
    header, _ = reply(order(9, "ann"))
    assert header["status"] == 500
    assert "RuntimeError: out of ink" in header["error"]
    assert "out of ink" in capsys.readouterr().err
