"""The way to a run for browsers: a websocket for frames, and HTTP where websockets are blocked."""

import asyncio
import contextlib
import json
import time
from collections.abc import Callable
from typing import Any

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import BaseRoute, Route, WebSocketRoute
from starlette.websockets import WebSocket, WebSocketDisconnect

from viz.live import verbs
from viz.live.audience import Audience
from viz.live.host import GONE, shared
from viz.live.mailbox import Mailbox
from viz.live.run import notice
from viz.server import message as messages
from viz.server.bounds import FullError
from viz.server.bucket import Bucket
from viz.server.guard import is_same_origin
from viz.server.message import MessageError
from viz.server.tokens import TOKEN
from viz.wire import frame as wire

LEFT = (
    WebSocketDisconnect,
    RuntimeError,
    OSError,
)  # what a send raises when the viewer has gone; OSError: too slow
TOO_FAST, TOO_MANY = 4429, 4503
SEND_WITHIN = 10.0
BYTES_OF_A_REQUEST = 50_000
BEGAN = time.monotonic()


def routes(place: str = "live", shared: Callable[[], Audience[Any]] = shared) -> list[BaseRoute]:
    """For `st.App(routes=...)`. Also under any path before the place: the server's baseUrlPath, or a proxy's prefix."""
    way = Ways(shared)
    ways = (
        (f"/{place}/stream/{{token}}", way.stream, None),
        (f"/{place}/frames/{{token}}", way.frames, "GET"),
        (f"/{place}/left/{{token}}", way.left, "GET"),
        (f"/{place}/do/{{token}}", way.do, "POST"),
    )
    return [
        Route(prefix + path, endpoint, methods=[method])
        if method
        else WebSocketRoute(prefix + path, endpoint)
        for path, endpoint, method in ways
        for prefix in ("", "/{base:path}")
    ]


class Ways:
    """The ways to the nets of one host; `shared` gives it."""

    def __init__(self, shared: Callable[[], Audience[Any]]) -> None:
        self.shared = shared

    async def stream(self, socket: WebSocket) -> None:
        """Frames of one run as binary messages, everything else as JSON; verbs come back as JSON."""
        token = socket.path_params["token"]
        if not is_same_origin(socket) or not TOKEN.fullmatch(token):
            await socket.close(1008)
            return
        with contextlib.suppress(*LEFT):
            await socket.accept()
            await self._serve(socket, token)

    async def _serve(self, socket: WebSocket, token: str) -> None:
        """Attach this viewer to its run for as long as both are there."""
        host, box = self.shared(), Mailbox(asyncio.get_running_loop())
        try:
            found = host.attach(token, box)
        except FullError as error:
            await socket.send_text(json.dumps(notice(str(error))))
            await socket.close(TOO_MANY, str(error)[:120])
            return
        if not found:
            await socket.close(GONE, str(up()))
            return
        sending = asyncio.create_task(_send(socket, box))
        receiving = asyncio.create_task(_receive(socket, box, host, token))
        try:
            await asyncio.wait((sending, receiving), return_when=asyncio.FIRST_COMPLETED)
        finally:
            host.detach(token, box)
            for task in (sending, receiving):
                task.cancel()
            await asyncio.gather(sending, receiving, return_exceptions=True)

    # --------------------------------------------------------------------------------- without a websocket

    async def frames(self, request: Request) -> Response:
        """What was said meanwhile, as JSON, then the frames after a step; each part has its length before it.

        In a header what is said could be more than a proxy takes: nginx stops at four kilobytes. Query: `after`, the
        last step that the page has (-1: none); `epoch` and `said`, as answered last time
        (X-Live-Epoch and X-Live-Said), for a page that wants to miss nothing and hear nothing twice.
        """
        if not is_same_origin(request, may_be_missing=True):
            return PlainTextResponse("this is for pages of this server", 403)
        try:
            asked = {
                name: int(request.query_params[name])
                for name in ("epoch", "said")
                if name in request.query_params
            }
            after = int(request.query_params.get("after", -1))
        except ValueError:
            return PlainTextResponse("after, epoch and said are to be whole numbers", 400)
        host, token = self.shared(), request.path_params["token"]
        if not host.allows(token):
            return PlainTextResponse("too many requests for this run", 429, {"Retry-After": "1"})
        found = host.poll(token, after, **asked)
        if found is None:
            return PlainTextResponse("there is no such run", 404, {"X-Server-Up": str(up())})
        body = wire.join([json.dumps(found.messages).encode(), *found.frames])
        host.allows(token, len(body) / BYTES_OF_A_REQUEST)
        headers = {
            "X-Live-Epoch": str(found.epoch),
            "X-Live-Said": str(found.said),
            "Cache-Control": "no-store",
            "Content-Encoding": "identity",  # three kilobytes ten times a second are not worth compressing
        }
        return Response(body, media_type="application/octet-stream", headers=headers)

    async def left(self, request: Request) -> Response:
        """Frames of the path that the run left last, to go on from a step of before; each with its length before it."""
        if not is_same_origin(request, may_be_missing=True):
            return PlainTextResponse("this is for pages of this server", 403)
        host, token = self.shared(), request.path_params["token"]
        if not host.allows(token):
            return PlainTextResponse("too many requests for this run", 429, {"Retry-After": "1"})
        if (frames := host.path_left(token)) is None:
            return PlainTextResponse("there is no such run", 404)
        body = wire.join(frames)
        host.allows(token, len(body) / BYTES_OF_A_REQUEST)
        headers = {"Cache-Control": "no-store", "Content-Encoding": "identity"}
        return Response(body, media_type="application/octet-stream", headers=headers)

    async def do(self, request: Request) -> Response:
        """A verb, as over the websocket. 204, or 200 with the answer as JSON."""
        if not is_same_origin(request):
            return PlainTextResponse("this is for pages of this server", 403)
        host, token = self.shared(), request.path_params["token"]
        if token not in host.runs:
            return PlainTextResponse("there is no such run", 404)
        if not host.allows(token):
            return PlainTextResponse("too many requests for this run", 429, {"Retry-After": "1"})
        try:
            body = await messages.body(request, verbs.LONGEST)
        except MessageError as error:
            return PlainTextResponse(str(error), error.status, {"Connection": "close"})
        answer = _obey(host, token, body)
        return (
            Response(status_code=204)
            if answer is None
            else Response(json.dumps(answer), media_type="application/json")
        )


def up() -> int:
    """Seconds for which this server runs: whose run is not here can tell whether it ran on another one."""
    return int(time.monotonic() - BEGAN)


async def _send(socket: WebSocket, box: Mailbox) -> None:
    """Empty the box as fast as this viewer takes it; one who takes nothing for a while is gone."""
    with contextlib.suppress(*LEFT):
        while True:
            for item in await box.next():
                async with asyncio.timeout(SEND_WITHIN):
                    await (socket.send_text(item) if isinstance(item, str) else socket.send_bytes(item))
            if box.closing:
                await socket.close(*box.closing)
                return


async def _receive(socket: WebSocket, box: Mailbox, host: Audience[Any], token: str) -> None:
    bucket = Bucket()
    while True:
        message = await socket.receive()
        if message["type"] == "websocket.disconnect":
            return
        if not bucket.take():
            box.close(TOO_FAST, f"more than {bucket.per_second} messages a second")
            await asyncio.sleep(1)
            return
        answer = _obey(host, token, message.get("text") or message.get("bytes") or b"")
        if answer:
            box.message(answer)


def _obey(host: Audience[Any], token: str, text: str | bytes) -> dict[str, Any] | None:
    try:
        return host.do(token, verbs.read(text))
    except verbs.VerbError as error:
        return notice(str(error))
