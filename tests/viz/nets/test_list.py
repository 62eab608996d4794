"""The list of watched nets: those that are over can be taken away, and only from this machine."""

import pytest

from tests.viz.asgi import request
from viz.nets import routes
from viz.nets.host import Nets

HELLO = {"name": "net", "labels": ["0"]}
OWN = {"host": "lab:8501", "origin": "http://lab:8501"}


@pytest.fixture
def nets(monkeypatch):
    """A live one, one that is over and looked at by somebody, and two that are over."""
    nets = Nets()
    for letter in "abcd":
        nets.hear(nets.arrive(letter * 32, HELLO), {"say": "end", "words": "over"}, b"")
    nets.arrive("a" * 32, HELLO)
    nets.runs["b" * 32].viewers.add(object())
    monkeypatch.setattr(routes, "shared", lambda: nets)
    monkeypatch.setattr(routes, "is_here", lambda _: True)
    return nets


def left(nets):
    return "".join(token[0] for token in nets.runs)


def test_what_is_over_is_taken_away_but_what_somebody_looks_at(nets):
    status, _, _ = request(routes.routes(), f"/nets/away?net={'c' * 32}", method="POST", **OWN)
    assert (status, left(nets)) == (204, "abc")


def test_nobody_else_takes_anything_away(nets, monkeypatch):
    assert request(routes.routes(), "/nets/away", method="POST", origin="http://evil.test")[0] == 403
    monkeypatch.setattr(routes, "is_here", lambda _: False)
    assert request(routes.routes(), "/nets/away", method="POST", **OWN)[0] == 403
    assert left(nets) == "abcd"
