"""A real server of the live routes on a free port, in a thread; a real engine process behind it."""

import json
import socket
import threading
import time
import urllib.error
import urllib.request
from contextlib import contextmanager
from types import SimpleNamespace

import uvicorn
from starlette.applications import Starlette
from starlette.responses import PlainTextResponse
from starlette.routing import Route
from websockets.sync.client import connect

from viz.live.routes import routes
from viz.wire import frame as wire

WITHIN = 20


@contextmanager
def serving(**config):
    """(port) of a server with nothing but the live routes and /health."""
    listening = socket.create_server(("127.0.0.1", 0))
    app = Starlette(routes=[*routes(), Route("/health", lambda request: PlainTextResponse("ok"))])
    server = uvicorn.Server(
        uvicorn.Config(app, ws="websockets-sansio", log_level="warning", lifespan="off", **config)
    )
    thread = threading.Thread(target=server.run, kwargs={"sockets": [listening]})
    thread.start()
    while not server.started:
        time.sleep(0.01)
    try:
        yield listening.getsockname()[1]
    finally:
        server.should_exit = True
        thread.join(WITHIN)
        listening.close()


class Viewer:
    """A page's end of the websocket."""

    def __init__(self, port, token, path="/live/stream/", **options):
        options = {"origin": f"http://127.0.0.1:{port}"} | options
        self.manager = connect(f"ws://127.0.0.1:{port}{path}{token}", **options)
        self.socket = self.manager.__enter__()

    def __enter__(self):
        return self

    def __exit__(self, *_):
        self.close()

    def close(self):
        """Leave, as a tab that is closed."""
        self.socket.close()

    def do(self, verb, **fields):
        self.socket.send(json.dumps({"do": verb} | fields))

    def next(self, say=None, within=WITHIN, **fields):
        """The next message of this kind, or of one of these kinds, with these fields; a frame where none is given."""
        end = time.monotonic() + within
        while (left := end - time.monotonic()) > 0:
            message = self.socket.recv(timeout=left)
            if isinstance(message, bytes):
                if say is None:
                    return wire.decode(message)
            elif say is not None:
                message = json.loads(message)
                if (
                    message["say"] in (say if isinstance(say, tuple) else (say,))
                    and fields.items() <= message.items()
                ):
                    return message
        raise TimeoutError(f"no {say or 'frame'} {fields} within {within} s")


def ask(port, path, body=None, within=WITHIN, **headers):
    """An HTTP answer: .status, .headers, .body."""
    headers = {name.replace("_", "-"): value for name, value in headers.items()}
    request = urllib.request.Request(f"http://127.0.0.1:{port}{path}", body, headers)
    try:
        with urllib.request.urlopen(request, timeout=within) as answer:
            return SimpleNamespace(status=answer.status, headers=answer.headers, body=answer.read())
    except urllib.error.HTTPError as error:
        with error:
            return SimpleNamespace(status=error.code, headers=error.headers, body=error.read())


def split(body):
    """(messages, decoded frames) of a polling answer."""
    parts = []
    while body:
        length = int.from_bytes(body[:4], "little")
        parts.append(body[4 : 4 + length])
        body = body[4 + length :]
    return json.loads(parts[0]), [wire.decode(part) for part in parts[1:]]
