"""In which language a request is answered: the one that its address asks for, else the one that its browser prefers."""

from starlette.requests import HTTPConnection, Request
from starlette.responses import PlainTextResponse, Response

from viz.words.language import ENGLISH, KEY, languages, say, speaking, suited


def language_of(request: HTTPConnection) -> str:
    """Its language. The address may ask for any that there is, a browser only for one that is offered."""
    asked = request.query_params.get(KEY)
    if asked and asked in languages():
        return asked
    wanted = (
        part.partition(";")[0].strip() for part in request.headers.get("accept-language", "").split(",")
    )
    return next(filter(None, map(suited, wanted)), ENGLISH)


def refused(request: Request, why: str, status: int, headers: dict[str, str] | None = None) -> Response:
    """An answer to somebody who followed a link of ours: why there is nothing behind it."""
    with speaking(language_of(request)):
        return PlainTextResponse(say(why), status, headers)
