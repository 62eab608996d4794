"""Answers find who asked; nobody waits for a process that died, and nobody may ask without end."""

from typing import Any

import pytest

from viz.server import desk as module
from viz.server.desk import Desk, RefusedError
from viz.server.visitors import Visitor

ANN, BOB = "ann_who_looks_at_this_test-01234", "bob_who_looks_at_this_test-01234"


class FakeEngine:
    trouble = None

    def __init__(self, heard, lost) -> None:
        self.orders: list[dict[str, Any]] = []
        self.starts = self.ends = 0

    def start(self) -> None:
        self.starts += 1

    def send(self, order: dict[str, Any]) -> None:
        self.orders.append(order)

    def close(self) -> None:
        self.ends += 1


class Asker:
    """Waits for answers until one says that it is the last."""

    def __init__(self) -> None:
        self.got: list[Any] = []

    def is_last(self, header: dict[str, Any]) -> bool:
        return "more" not in header

    def heard(self, header: dict[str, Any], body: bytes) -> None:
        self.got.append(body)

    def lost(self, words: str) -> None:
        self.got.append(words)


@pytest.fixture
def clock() -> list[float]:
    return [0.0]


@pytest.fixture
def desk(clock: list[float]) -> Desk:
    desk = Desk(FakeEngine, most_waiting=3, rate=5, clock=lambda: clock[0])
    desk.admit(ANN)
    desk.admit(BOB)
    return desk


def put(desk: Desk, token: str, **question: Any) -> Asker:
    asker = Asker()
    desk.put(token, question, asker)
    return asker


def refused(desk: Desk, token: str) -> int:
    with pytest.raises(RefusedError) as caught:
        put(desk, token)
    return caught.value.status


def test_an_order_bears_a_number_and_the_visitor(desk: Desk) -> None:
    desk.admit(BOB, Visitor("10.0.0.7", "cookie"))
    put(desk, ANN, do="answer", of=[3])
    put(desk, BOB, do="answer")
    assert desk.engine.orders[0] == {"do": "answer", "of": [3], "id": 1, "token": ANN, "visitor": ["", ""]}
    assert desk.engine.orders[1] == {"do": "answer", "id": 2, "token": BOB, "visitor": ["10.0.0.7", "cookie"]}
    assert desk.engine.starts == 2, "a process that died young is started again by who asks"


def test_answers_find_who_asked_in_any_order_up_to_the_last(desk: Desk) -> None:
    first, second = put(desk, ANN), put(desk, BOB)
    for number, body in ((2, b"bob's"), (1, b"a part"), (1, b"the whole")):
        desk.heard({"id": number} | ({"more": True} if body == b"a part" else {}), body)
    desk.heard({"id": 1}, b"after the last")
    desk.heard({"id": 7}, b"of a question that was never put")
    assert (first.got, second.got) == ([b"a part", b"the whole"], [b"bob's"])
    assert desk.waiting() == []


def test_a_visitor_who_was_never_admitted_puts_nothing(desk: Desk) -> None:
    assert refused(desk, "cyd_who_looks_at_this_test-01234") == 404
    assert desk.engine.orders == []
    with pytest.raises(ValueError, match="32 letters"):
        desk.admit("short")


def test_one_visitor_waits_for_so_many_answers_at_most(desk: Desk) -> None:
    for _ in range(3):
        put(desk, ANN)
    assert refused(desk, ANN) == 429
    put(desk, BOB)
    desk.heard({"id": 2}, b"")
    put(desk, ANN)


def test_one_visitor_asks_so_often_at_most(desk: Desk, clock: list[float]) -> None:
    for number in range(1, 6):
        put(desk, ANN)
        desk.heard({"id": number}, b"")
    assert refused(desk, ANN) == 429
    put(desk, BOB)
    clock[0] = 1.0
    put(desk, ANN)


def test_when_the_process_dies_all_who_wait_are_told(desk: Desk) -> None:
    waits, has_all = put(desk, ANN), put(desk, BOB)
    desk.heard({"id": 2}, b"an answer")
    desk.lost("The engine process ended (exit code 1).")
    assert waits.got == ["The engine process ended (exit code 1). Please try once more."]
    assert has_all.got == [b"an answer"]
    assert put(desk, ANN).got == []


def test_a_question_that_is_withdrawn_is_told_to_the_process_once(desk: Desk) -> None:
    older, newer = put(desk, ANN), put(desk, ANN)
    assert desk.waiting(ANN) == desk.waiting() == [older, newer]
    assert desk.waiting(BOB) == []
    for _ in range(2):
        desk.withdraw(older, {"do": "drop"})
    desk.heard({"id": 1}, b"late")
    assert desk.engine.orders[2:] == [{"do": "drop", "id": 1, "token": ANN}]
    assert (older.got, desk.waiting(ANN)) == ([], [newer])


def test_the_visitor_admitted_longest_ago_makes_room(desk: Desk, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(module, "MOST_PAGES", 2)
    desk.admit(ANN)
    desk.admit("cyd_who_looks_at_this_test-01234")
    assert refused(desk, BOB) == 404
    put(desk, ANN)


def test_closing_ends_the_process_and_every_wait(desk: Desk) -> None:
    asker = put(desk, ANN)
    desk.close()
    assert (desk.engine.ends, asker.got, desk.closed.is_set()) == (1, ["The server is closing."], True)


def test_nobody_waits_for_a_process_that_does_not_start(desk: Desk) -> None:
    desk.engine.trouble = "The engine process did not start (exit code 1); a new one starts in 8 s."
    with pytest.raises(RefusedError) as refused:
        put(desk, ANN)
    assert refused.value.status == 503
    assert str(refused.value) == f"{desk.engine.trouble} Please try once more."
    assert desk.waiting() == []


def test_who_waits_is_told_how_far_the_process_is_until_its_first_word(
    desk: Desk, clock: list[float]
) -> None:
    starting = desk.starting
    starting.about = 5.0
    assert starting.words() is None
    assert starting.share() == 0.0
    desk.start()
    clock[0] += 3.0
    assert starting.words() == "The process starts: 3 s of about 5."
    assert starting.share() == pytest.approx(0.6)
    clock[0] += 4.0
    assert starting.words() == "The process starts: 7 s of about 7."
    assert starting.share() == 1.0
    desk.heard({"say": "ready"}, b"")
    assert starting.words() is None
    desk.lost("The engine process ended")
    assert starting.words() == "The process starts: 0 s of about 5."
