"""What a browser sends, before anything else looks at it: here in time, and a JSON object of bounded size and depth."""

import asyncio
import json
from collections import Counter
from typing import Any

from starlette.requests import Request

from engine.tables.wording import Sentence

DEEPEST = 12  # lists and objects within one another; what a page sends has half as many
WITHIN = 5.0  # seconds until a body has to be here
MOST_UNFINISHED = 32  # bodies that are on their way from one address: a class behind one router has as many

_unfinished: Counter[str] = Counter()


class MessageError(ValueError):
    """A message that nothing can be done with; says why. status: as of HTTP."""

    def __init__(self, status: int, words: Sentence) -> None:
        super().__init__(words)
        self.status = status


def read(text: str | bytes, longest: int) -> dict[str, Any]:
    """The object that the text is: nothing in it deeper than DEEPEST. Raises MessageError."""
    if len(text) > longest:
        raise MessageError(
            413, Sentence("a message of {size} bytes; give at most {most}", size=len(text), most=longest)
        )
    try:
        message = json.loads(text, parse_constant=_refuse_constant)
    except (ValueError, RecursionError):
        raise MessageError(400, Sentence("this is no JSON: {given}", given=brief(text))) from None
    if not isinstance(message, dict):
        raise MessageError(400, Sentence("{given} is no JSON object", given=brief(text)))
    level: list[Any] = [message]
    for _ in range(DEEPEST):
        if not level:
            return message
        held = [each for one in level for each in (one.values() if isinstance(one, dict) else one)]
        level = [each for each in held if isinstance(each, dict | list)]
    if level:
        words = "this is more than {most} lists and objects deep: {given}"
        raise MessageError(400, Sentence(words, most=DEEPEST, given=brief(text)))
    return message


async def body(request: Request, longest: int) -> bytes:
    """All of a request's body. Raises MessageError when it is too long, too slow, or one of too many of its sender."""
    sender = request.client.host if request.client else ""
    if _unfinished[sender] >= MOST_UNFINISHED:
        raise MessageError(429, Sentence("too many unfinished messages at once"))
    _unfinished[sender] += 1
    try:
        async with asyncio.timeout(WITHIN):
            return await _all_of(request, longest)
    except TimeoutError:
        raise MessageError(
            408, Sentence("a message has to be here within {within:g} s", within=WITHIN)
        ) from None
    finally:
        _unfinished[sender] -= 1
        if not _unfinished[sender]:
            del _unfinished[sender]


def brief(text: str | bytes) -> str:
    """The beginning of what somebody sent, safe to show."""
    text = text.decode(errors="replace") if isinstance(text, bytes) else text
    return ascii(text[:40] + "…" if len(text) > 40 else text)


async def _all_of(request: Request, longest: int) -> bytes:
    came = b""
    async for chunk in request.stream():
        came += chunk
        if len(came) > longest:
            raise MessageError(413, Sentence("a message has at most {most} bytes", most=longest))
    return came


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is no JSON")
