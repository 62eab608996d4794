"""Behind nginx, as docs/ configures it: all routes of ours, at a path of another host; nothing is kept back."""

import asyncio
import json
import socket
import threading
import urllib.error
import urllib.request
from collections.abc import AsyncIterator, Iterator
from types import SimpleNamespace
from typing import Any

import pytest
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import StreamingResponse
from starlette.routing import Route
from websockets.exceptions import ConnectionClosed, InvalidStatus
from websockets.sync.client import ClientConnection, connect

from tests import nginx
from viz.live.host import GONE
from viz.live.routes import routes as live_routes
from viz.nets.routes import routes as net_routes
from viz.race.routes import routes as race_routes
from viz.server import front, keys, modules
from viz.server.tokens import new_token
from viz.shelf.routes import routes as shelf_routes

pytestmark = pytest.mark.slow

OUTSIDE = "lab.example"
OWN, EVIL = f"http://{OUTSIDE}", "http://evil.example"
NO_RUNS = SimpleNamespace(attach=lambda token, box: False, runs={}, allows=lambda token, cost=1: True)
read_first = threading.Event()


async def in_two_parts(request: Request) -> StreamingResponse:
    async def parts() -> AsyncIterator[str]:
        yield "first"
        assert await asyncio.to_thread(read_first.wait, 30)
        yield "second"

    return StreamingResponse(parts())


@pytest.fixture(scope="module")
def proxy(tmp_path_factory: pytest.TempPathFactory) -> Iterator[int]:
    """nginx's port; behind it all routes of ours, without any net."""
    nginx.program()
    listening = socket.create_server(("127.0.0.1", 0))
    ours = [
        *live_routes(shared=lambda: NO_RUNS),
        *race_routes(),
        *net_routes(),
        *modules.routes(),
        *shelf_routes(),
    ]  # type: ignore[arg-type, return-value]
    app = Starlette(routes=[*ours, *front.routes(base="lab"), Route("/lab/parts", in_two_parts)])
    server = uvicorn.Server(uvicorn.Config(app, ws="websockets-sansio", log_level="warning", lifespan="off"))
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    try:
        with nginx.before(listening.getsockname()[1], tmp_path_factory.mktemp("nginx")) as port:
            yield port
    finally:
        server.should_exit = True
        thread.join(30)
        listening.close()


def ask(port: int, path: str, body: bytes | None = None, **headers: str) -> SimpleNamespace:
    """What nginx answers to a browser that knows it as OUTSIDE; no redirect is followed."""
    names = {"Host": OUTSIDE} | {name.replace("_", "-"): text for name, text in headers.items()}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, names)

    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *_: Any) -> None:
            return None

    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}), Stay)
    try:
        with opener.open(request, timeout=30) as answer:
            return SimpleNamespace(status=answer.status, headers=answer.headers, body=answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return SimpleNamespace(status=error.code, headers=error.headers, body=error.read())


def test_the_path_without_its_slash_leads_to_it_and_pages_are_there(proxy):
    led = ask(proxy, "/lab")
    assert (led.status, led.headers["location"]) == (301, "/lab/")
    for page in ("/lab/", "/lab/signal?seed=3"):
        answer = ask(proxy, page)
        assert (answer.status, answer.body.decode()) == (200, front.document())
        assert keys.COOKIE in answer.headers["set-cookie"]
    led = ask(proxy, "/lab/train?lr=0.3")
    assert (led.status, led.headers["location"]) == (307, "./?lr=0.3")
    assert ask(proxy, "/other").status == 404


def test_a_module_comes_as_the_lab_compressed_it(proxy):
    answer = ask(proxy, modules.address("canvas/run/view.js", "/lab"), Accept_Encoding="gzip")
    assert (answer.status, answer.headers["content-encoding"]) == (200, "gzip")
    assert answer.headers["cache-control"] == modules.YEAR


def test_pages_of_the_host_that_the_browser_sees_are_answered_and_no_others(proxy):
    question = f"/lab/race/ask/{new_token()}"
    assert ask(proxy, question, b"no question", Origin=OWN).status == 400
    assert ask(proxy, question, b"no question", Origin=EVIL).status == 403
    key = new_token()
    assert ask(proxy, f"/lab/shelf/use/{key}", Origin=OWN).headers["location"] == "../../shelf"
    assert ask(proxy, f"/lab/shelf/use/{key}", Origin=EVIL).status == 403


def test_a_websocket_comes_through_to_pages_of_that_host_alone(proxy):
    address = f"ws://{OUTSIDE}/lab/live/stream/{new_token()}"

    def come(origin: str) -> ClientConnection:
        way = socket.create_connection(("127.0.0.1", proxy))
        return connect(address, sock=way, origin=origin, proxy=None)  # type: ignore[arg-type]

    with come(OWN) as stream:
        with pytest.raises(ConnectionClosed):
            stream.recv(30)
        assert stream.close_code == GONE
    with pytest.raises(InvalidStatus):
        come(EVIL)


def test_who_comes_by_the_proxy_does_not_sit_at_this_machine(proxy):
    assert json.loads(ask(proxy, "/lab/nets/list").body) == {"nets": [], "here": False}


def test_nothing_is_kept_back(proxy):
    request = urllib.request.Request(f"http://127.0.0.1:{proxy}/lab/parts", headers={"Host": OUTSIDE})
    with urllib.request.build_opener(urllib.request.ProxyHandler({})).open(request, timeout=30) as answer:
        assert answer.read(5) == b"first"
        read_first.set()
        assert answer.read() == b"second"
