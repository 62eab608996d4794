"""Visitors take turns, the newest question of a kind wins, and whatever goes wrong stops one question alone."""

from typing import Any

import pytest

from viz.race.state import Race
from viz.wire import payload
from viz.workers.race import worker
from viz.workers.race.worker import Waiting, reply


def order(number: int, token: str, ask: str = "paths", *whose: str) -> dict[str, Any]:
    question = {"ask": ask, "race": Race(steps=3).to_dict()}
    return {"id": number, "token": token, "visitor": list(whose), "question": question}


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


def test_turns_go_by_what_a_visitors_questions_have_cost() -> None:
    clock = [0.0]
    waiting = Waiting(lambda: clock[0])
    waiting.charge(order(0, "greedy", "regions"), 8.0)
    for number in range(1, 4):
        waiting.put(order(number, "greedy", "surface"))
        waiting.put(order(10 + number, "bob", "paths"))
        assert waiting.take()["token"] == "bob"
        waiting.charge(order(0, "bob"), 0.1)
    assert waiting.spent(("greedy",)) == 8.0
    clock[0] = worker.HALF_LIFE
    assert waiting.spent(("greedy",)) == 4.0


def test_five_tabs_of_one_visitor_do_not_come_before_another_visitor() -> None:
    waiting = Waiting()
    waiting.charge(order(0, "earlier", "regions", "10.0.0.1", "cookie"), 2.0)
    for tab in range(5):
        waiting.put(order(tab, f"tab{tab}", "place", "10.0.0.1", "cookie"))
    waiting.put(order(9, "ann", "regions", "10.0.0.1", "another"))
    assert numbers(waiting)[0] == 9


def test_a_question_that_nobody_waits_for_is_not_answered() -> None:
    waiting = Waiting()
    waiting.put(order(1, "ann"))
    waiting.put(order(2, "bob"))
    waiting.drop({"do": "drop", "id": 1, "token": "ann"})
    waiting.drop({"do": "drop", "id": 7, "token": "cleo"})
    assert numbers(waiting) == [2]


@pytest.mark.parametrize("ask", [[], {}, None, 3, ["paths"], {"a": []}])
def test_what_is_no_name_is_refused_in_words(ask: Any) -> None:
    header, _ = reply({"id": 1, "token": "ann", "question": {"ask": ask, "race": Race(steps=3).to_dict()}})
    assert header["status"] == 422
    assert header["error"].startswith("there is no answer to ")


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
