import inspect
import logging
from pathlib import Path

import pytest
from starlette.requests import HTTPConnection
from streamlit import config
from streamlit.runtime import app_session

from viz.live import routes as live_routes
from viz.race import routes as race_routes
from viz.server.bucket import Bucket
from viz.server.guard import LATE, is_news, is_same_origin, keep_secrets
from viz.server.tokens import new_token


def asked_by(**headers) -> HTTPConnection:
    pairs = [(name.replace("_", "-").encode(), value.encode()) for name, value in headers.items()]
    return HTTPConnection({"type": "http", "headers": pairs})


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8501", "http://localhost:8501"),
        ("lab.example", "https://lab.example"),
        ("lab.example:443", "https://lab.example"),
        ("lab.example", "http://lab.example:80"),
        ("LAB.example", "https://lab.EXAMPLE"),
        ("[::1]:8501", "http://[::1]:8501"),
    ],
)
def test_a_page_of_this_server_is_let_in(host, origin):
    assert is_same_origin(asked_by(host=host, origin=origin))


@pytest.mark.parametrize(
    ("host", "origin"),
    [
        ("localhost:8501", "http://localhost:8502"),
        ("localhost:8501", "http://localhost"),
        ("localhost:8501", "http://127.0.0.1:8501"),
        ("lab.example", "http://lab.example.evil.org"),
        ("lab.example", "http://evil.org/lab.example"),
        ("lab.example", "http://lab.example@evil.org"),
        ("lab.example", "null"),
        ("lab.example", ""),
        ("lab.example", "chrome-extension://lab.example"),
        ("lab.example", "http://lab.example:x"),
        ("lab.example:x", "http://lab.example:x"),
        ("", "http://"),
    ],
)
def test_any_other_page_is_not(host, origin):
    assert not is_same_origin(asked_by(host=host, origin=origin))
    assert not is_same_origin(asked_by(host=host, origin=origin), may_be_missing=True)


def test_a_request_without_an_origin_is_only_a_get_of_the_own_page():
    assert not is_same_origin(asked_by(host="lab.example"))
    assert is_same_origin(asked_by(host="lab.example"), may_be_missing=True)
    assert is_same_origin(asked_by(host="lab.example", sec_fetch_site="same-origin"), may_be_missing=True)
    assert not is_same_origin(asked_by(host="lab.example", sec_fetch_site="cross-site"), may_be_missing=True)


def test_an_origin_can_be_allowed_in_streamlits_configuration(monkeypatch):
    asked = asked_by(host="lab.example", origin="https://school.example")
    assert not is_same_origin(asked)
    allowed = {"server.corsAllowedOrigins": ["https://school.example"]}
    monkeypatch.setattr(config, "get_option", allowed.get)
    assert is_same_origin(asked)


@pytest.mark.parametrize(
    "route", [*live_routes.routes(), *race_routes.routes()], ids=lambda route: route.path
)
def test_tokens_of_every_route_stay_out_of_the_log(route):
    token = new_token()
    path = route.path.replace("{token}", token).replace("{base:path}", "lab/of/ann")
    assert token in path
    args = ("127.0.0.1:5", "GET", f"{path}?after=3", "1.1", 200)
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, '%s - "%s %s HTTP/%s" %d', args, None)
    assert keep_secrets(record)
    assert record.getMessage() == f'127.0.0.1:5 - "GET {path.replace(token, "...")}?after=3 HTTP/1.1" 200'


def test_tokens_stay_out_of_a_line_that_is_already_written():
    record = logging.LogRecord(
        "uvicorn.error", logging.INFO, "", 0, f"no run {new_token()}, sorry", None, None
    )
    assert keep_secrets(record)
    assert record.getMessage() == "no run ..., sorry"


@pytest.mark.parametrize(
    "line", ["/modules/0123456789abcdef/canvas/run/visit.js", "/media/" + 40 * "a" + ".png"]
)
def test_what_is_no_token_stays_in_the_log(line):
    record = logging.LogRecord("uvicorn.access", logging.INFO, "", 0, "%s", (line,), None)
    assert keep_secrets(record)
    assert record.getMessage() == line


def test_a_late_timer_of_a_browser_is_no_news():
    sessions = logging.getLogger("streamlit.runtime.app_session")
    source = Path(inspect.getfile(app_session)).read_text()
    for words, is_told in ((LATE, False), ("Discarding rerun request", True)):
        assert words in source
        record = sessions.makeRecord(sessions.name, logging.INFO, "", 0, f"{words} %s", ("x",), None)
        assert is_news(record) is is_told


def test_a_bucket_lets_a_burst_through_and_then_its_rate():
    now = [0.0]
    bucket = Bucket(burst=3, per_second=2, clock=lambda: now[0])
    assert [bucket.take() for _ in range(5)] == [True, True, True, False, False]
    now[0] = 1.0
    assert [bucket.take() for _ in range(3)] == [True, True, False]
    now[0] = 100.0
    assert [bucket.take() for _ in range(4)] == [True, True, True, False]


def test_a_large_answer_is_paid_for_later():
    now = [0.0]
    bucket = Bucket(burst=3, per_second=2, clock=lambda: now[0])
    bucket.take(9)
    now[0] = 2.9
    assert not bucket.take()
    now[0] = 3.1
    assert bucket.take()
