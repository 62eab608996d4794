"""Questions over HTTP: only from pages of this server, bounded, and every refusal is JSON with a reason."""

import gzip
import json
from concurrent.futures import Future

import pytest

from tests.viz.asgi import request
from viz.race import routes
from viz.race.host import Answer, refusal

pytestmark = pytest.mark.slow

TOKEN = "ann_who_looks_at_this_test-01234"
OURS = {"host": "lab:8501", "origin": "http://lab:8501"}


class FakeHost:
    def __init__(self) -> None:
        self.answer = Answer(200, {"ms": 3.0}, b"paths" * 1000)
        self.asked: list[dict] = []
        self.left: list[Future] = []

    def ask(self, token: str, question: dict) -> Future:
        self.asked.append(question)
        future: Future = Future()
        future.set_result(self.answer)
        return future

    def leave(self, answer: Future) -> None:
        self.left.append(answer)


@pytest.fixture
def host(monkeypatch: pytest.MonkeyPatch) -> FakeHost:
    host = FakeHost()
    monkeypatch.setattr(routes, "shared", lambda: host)
    return host


def call(
    path: str, body: bytes = b"", method: str = "POST", **headers: str
) -> tuple[int, dict[str, str], bytes]:
    return request(routes.routes(), path, body, method, **headers)


def test_a_page_of_this_server_gets_its_payload(host: FakeHost) -> None:
    status, headers, body = call(f"/race/ask/{TOKEN}", b'{"ask": "paths"}', **OURS)
    assert (status, body) == (200, b"paths" * 1000)
    assert headers["server-timing"] == "race;dur=3.0"
    assert host.asked == [{"ask": "paths"}]


def test_a_browser_that_takes_gzip_gets_it(host: FakeHost) -> None:
    _, headers, body = call(f"/race/ask/{TOKEN}", b"{}", **OURS, **{"accept-encoding": "gzip, br"})
    assert headers["content-encoding"] == "gzip"
    assert gzip.decompress(body) == b"paths" * 1000


@pytest.mark.parametrize("headers", [{"host": "lab:8501"}, {"host": "lab:8501", "origin": "http://evil"}])
def test_pages_of_other_servers_get_nothing(host: FakeHost, headers: dict[str, str]) -> None:
    assert call(f"/race/ask/{TOKEN}", b"{}", **headers)[0] == 403
    assert host.asked == []


@pytest.mark.parametrize(
    ("body", "status"), [(b"x" * 20_000, 413), (b"[1]", 400), (b"{", 400), (b"[" * 9000, 400), (b"\xff", 400)]
)
def test_what_is_no_question_is_refused_with_a_reason(host: FakeHost, body: bytes, status: int) -> None:
    told, _, reason = call(f"/race/ask/{TOKEN}", body, **OURS)
    assert told == status
    assert json.loads(reason)["error"]
    assert host.asked == []


@pytest.mark.parametrize("said", [409, 422])
def test_a_refusal_of_the_process_reaches_the_page(host: FakeHost, said: int) -> None:
    host.answer = refusal(said, "steps: too many")
    status, headers, body = call(f"/race/ask/{TOKEN}", b"{}", **OURS)
    assert (status, headers["content-type"]) == (200, "application/json"), "no error in the browser's console"
    assert json.loads(body) == {"error": "steps: too many", "status": said}
    host.answer = refusal(500, "it broke")
    assert call(f"/race/ask/{TOKEN}", b"{}", **OURS)[0] == 500


def test_nobody_waits_for_ever(host: FakeHost, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(routes, "PATIENCE", 0.01)
    host.ask = lambda token, question: Future()
    status, _, body = call(f"/race/ask/{TOKEN}", b"{}", **OURS)
    assert status == 503
    assert "the server is busy; please try again" in json.loads(body)["error"]
    assert len(host.left) == 1
