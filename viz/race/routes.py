"""The way to the race's process for browsers: one question by POST, one payload back."""

import asyncio
import gzip
import json
from typing import Any

from starlette.requests import Request
from starlette.responses import Response
from starlette.routing import BaseRoute, Route

from engine.tables.wording import Sentence
from viz.race.host import Answer, refusal, shared
from viz.server import message as messages
from viz.server.asked import refused
from viz.server.guard import is_same_origin
from viz.server.message import MessageError

LONGEST = 16_384  # bytes of a question
PATIENCE = 60.0  # seconds until a question is given up
WORTH_COMPRESSING = 2_000  # bytes


def routes() -> list[BaseRoute]:
    """For `st.App(routes=...)`; also under any path before /race, as the live view's."""
    return [
        Route(prefix + path, endpoint, methods=[method])
        for path, endpoint, method in (("/race/ask/{token}", ask, "POST"),)
        for prefix in ("", "/{base:path}")
    ]


async def ask(request: Request) -> Response:
    """A question as JSON (see `answers.answer`). 200 with a payload, else JSON that says why not.

    A race that was refused (422), or whose page has asked a newer question since (409), is answered with 200 as well,
    its status in the JSON: neither is a failure of the page, and browsers write every other status to their console
    as an error.
    """
    if not is_same_origin(request):
        return refused(request, Sentence("this is for pages of this server"), 403)
    try:
        question = messages.read(await messages.body(request, LONGEST), LONGEST)
    except MessageError as error:
        return _refused(refusal(error.status, *error.args))
    host = shared()
    future = host.ask(request.path_params["token"], question)
    try:
        answer = await asyncio.wait_for(asyncio.wrap_future(future), PATIENCE)
    except TimeoutError:
        said = "no answer within {seconds:g} s: the server is busy; please try again"
        return _refused(refusal(503, Sentence(said, seconds=PATIENCE)))
    finally:
        host.leave(future)
    if answer.status != 200:
        return _refused(answer)
    return _payload(request, answer)


def _payload(request: Request, answer: Answer) -> Response:
    headers = {
        "Cache-Control": "no-store",
        "Server-Timing": f"race;dur={answer.header['ms']:.1f}",
        "Content-Encoding": "identity",
    }
    body = answer.body
    if len(body) > WORTH_COMPRESSING and "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = gzip.compress(body, 1), "gzip"
    return Response(body, media_type="application/octet-stream", headers=headers)


def _refused(answer: Answer) -> Response:
    about: dict[str, Any] = {
        key: value for key, value in answer.header.items() if key not in ("id", "status")
    }
    if answer.status in (409, 422):
        return Response(json.dumps(about | {"status": answer.status}), media_type="application/json")
    unread = {"Connection": "close"} if answer.status in (408, 413, 429) else None
    return Response(json.dumps(about), answer.status, unread, media_type="application/json")
