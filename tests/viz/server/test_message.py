"""Whatever a browser sends meets one guard first."""

import asyncio
import json

import pytest
from starlette.requests import Request

from viz.server import message as messages
from viz.server.message import DEEPEST, MessageError


def nested(depth: int, opening: str = "[", closing: str = "]") -> str:
    """An object so deep in all."""
    return f'{{"count": {opening * (depth - 1)}{closing * (depth - 1)}}}'


def test_an_object_is_read():
    assert messages.read('{"do": "step", "count": 3}', 100) == {"do": "step", "count": 3}
    assert messages.read(b'{"a": [{"b": [1.5, null]}]}', 100) == {"a": [{"b": [1.5, None]}]}


@pytest.mark.parametrize("depth", [DEEPEST + 1, 100, 950, 968, 2000, 100_000])
def test_a_message_may_be_only_so_deep(depth):
    with pytest.raises(MessageError) as refused:
        messages.read(nested(depth), 1_000_000)
    assert refused.value.status == 400
    assert "deep" in str(refused.value) or "no JSON" in str(refused.value)


def test_the_deepest_that_is_allowed_can_be_written_again():
    assert json.dumps(messages.read(nested(DEEPEST), 1000))


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        ("{", "this is no JSON: '{'"),
        (b"\xff\xfe", "this is no JSON"),
        ("[]", "'[]' is no JSON object"),
        ('{"a": NaN}', "this is no JSON"),
        ('{"a": ' + "9" * 5000 + "}", "this is no JSON"),
    ],
)
def test_anything_else_gets_a_sentence(sent, words):
    with pytest.raises(MessageError, match=words.replace("[", r"\[").replace("{", r"\{")):
        messages.read(sent, 10_000)


def test_a_message_may_be_only_so_long():
    with pytest.raises(MessageError, match="a message of 20 bytes; give at most 19") as refused:
        messages.read(" " * 20, 19)
    assert refused.value.status == 413


def request(*chunks: bytes, ends: bool = True, host: str = "them") -> Request:
    """One whose body comes in these pieces, and then for ever nothing unless it ends."""
    left = [{"type": "http.request", "body": chunk, "more_body": True} for chunk in chunks]
    if ends:
        left[-1]["more_body"] = False

    async def receive():
        if left:
            return left.pop(0)
        await asyncio.Event().wait()

    return Request({"type": "http", "method": "POST", "headers": [], "client": (host, 1)}, receive)


def test_a_body_is_put_together():
    assert asyncio.run(messages.body(request(b"ab", b"cd"), 4)) == b"abcd"


def test_a_body_may_be_only_so_long():
    with pytest.raises(MessageError, match="at most 4 bytes"):
        asyncio.run(messages.body(request(b"abc", b"de", ends=False), 4))


def test_a_body_has_to_be_here_in_time(monkeypatch):
    monkeypatch.setattr(messages, "WITHIN", 0.05)
    with pytest.raises(MessageError, match=r"within 0.05 s") as refused:
        asyncio.run(messages.body(request(b"a", ends=False), 4))
    assert refused.value.status == 408
    assert not messages._unfinished


def test_one_sender_has_only_so_many_unfinished(monkeypatch):
    monkeypatch.setattr(messages, "WITHIN", 0.2)
    monkeypatch.setattr(messages, "MOST_UNFINISHED", 3)

    async def all_at_once():
        slow = [messages.body(request(b"a", ends=False), 4) for _ in range(5)]
        return await asyncio.gather(
            *slow, messages.body(request(b"b", host="other"), 4), return_exceptions=True
        )

    *slow, other = asyncio.run(all_at_once())
    assert [error.status for error in slow] == [408, 408, 408, 429, 429]
    assert other == b"b"
    assert not messages._unfinished
