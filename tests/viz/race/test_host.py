"""The race's answers: what the process says as a status and a payload, and refusals of the desk as statuses too."""

import pytest

from viz.race import host as module
from viz.race.host import Host

ANN, BOB = "ann_who_looks_at_this_test-01234", "bob_who_looks_at_this_test-01234"


class FakeEngine:
    trouble = None

    def __init__(self, heard, lost) -> None:
        self.orders: list[dict] = []
        self.starts = 0

    def start(self) -> None:
        self.starts += 1

    def send(self, order) -> None:
        self.orders.append(order)


@pytest.fixture
def host() -> Host:
    host = Host(FakeEngine)
    host.admit(ANN)
    return host


def test_answers_come_back_to_who_asked_in_any_order(host: Host) -> None:
    host.admit(BOB)
    first, second = host.ask(ANN, {"ask": "paths"}), host.ask(BOB, {"ask": "paths"})
    one, two = (order["id"] for order in host.engine.orders)
    host.heard({"id": two, "status": 200, "ms": 1}, b"bob's")
    host.heard({"id": one, "status": 422, "error": "no"}, b"")
    assert second.result(0).body == b"bob's"
    assert first.result(0).status == 422


def test_a_page_that_was_never_admitted_gets_nothing(host: Host) -> None:
    assert host.ask(BOB, {}).result(0).status == 404
    assert host.engine.orders == []
    with pytest.raises(ValueError, match="32 letters"):
        host.admit("short")


def test_one_visitor_cannot_fill_the_queue(host: Host) -> None:
    asked = [host.ask(ANN, {"ask": "paths"}) for _ in range(module.MOST_WAITING + 1)]
    assert asked[-1].result(0).status == 429
    assert len(host.engine.orders) == module.MOST_WAITING
    host.heard({"id": host.engine.orders[0]["id"], "status": 200, "ms": 1}, b"")
    assert not host.ask(ANN, {"ask": "paths"}).done()


def test_questions_a_second_are_bounded(host: Host) -> None:
    statuses = []
    for _ in range(2 * module.QUESTIONS_A_SECOND):
        future = host.ask(ANN, {"ask": "place"})
        if host.engine.orders:
            host.heard({"id": host.engine.orders.pop()["id"], "status": 200, "ms": 1}, b"")
        statuses.append(future.result(0).status)
    assert statuses.count(200) < 1.5 * module.QUESTIONS_A_SECOND
    assert statuses[-1] == 429


def test_when_the_process_dies_all_who_wait_are_told(host: Host) -> None:
    future = host.ask(ANN, {"ask": "paths"})
    host.lost("The engine process ended (exit code 1).")
    assert future.result(0).status == 503
    assert "Please try once more." in future.result(0).header["error"]
    assert not host.ask(ANN, {"ask": "paths"}).done()


def test_an_answer_that_nobody_waits_for_any_more_is_dropped(host: Host) -> None:
    future = host.ask(ANN, {"ask": "paths"})
    future.cancel()
    number = host.engine.orders[0]["id"]
    host.heard({"id": number, "status": 200, "ms": 1}, b"late")
    host.heard({"id": number, "status": 200, "ms": 1}, b"twice")
