"""Sockets that are cut and messages that make no sense, from a seeded generator."""

import json
import random
import socket
import time
from collections import Counter
from collections.abc import Iterator

from websockets.exceptions import ConnectionClosed

from tests.benchmarks.lab_server import Server
from tests.chaos.neighbors import Watching
from tests.chaos.promises import Row
from tests.viz.live.server import Viewer, ask
from viz.server import bounds

WITHIN = 120
LET_GO = 15.0  # seconds until who is silent half way through a message is gone
HALF_SENT = 2_000_000  # bytes
PACE = 0.03  # seconds between two messages, below what a page may send


def cuts(server: Server, count: int) -> Row:
    """The connection of a page whose net plays is cut without a word, and made again."""
    token, held, worst = server.want(), 0, 0.0
    with Viewer(server.port, token) as viewer:
        viewer.next("state", WITHIN, state="paused")
        viewer.do("play")
        step = viewer.next(within=WITHIN)["step"]
    for _ in range(count):
        viewer = Viewer(server.port, token)
        began = time.monotonic()
        state = viewer.next("state", WITHIN)["state"]
        newest = viewer.next(within=WITHIN)["step"]
        worst = max(worst, time.monotonic() - began)
        held += state == "playing" and newest >= step
        step = newest
        viewer.socket.socket.shutdown(2)
    return Row("cut", count, held, f"a frame at most {worst:.1f} s after each")


def nonsense(seed: int) -> Iterator[str | bytes]:
    """Messages without end: deep, long, of wrong types, no JSON, no text."""
    draw = random.Random(seed)

    def value(depth: int = 0) -> object:
        kinds = [
            None,
            True,
            -1,
            10**30,
            1e308,
            "",
            "\ud800",
            "x" * draw.randrange(2000),
            "play",
            float("nan"),
        ]
        if depth < 4 and draw.random() < 0.4:
            return [value(depth + 1) for _ in range(draw.randrange(4))]
        if depth < 4 and draw.random() < 0.4:
            return {str(value(9))[:9]: value(depth + 1) for _ in range(draw.randrange(4))}
        return draw.choice(kinds)

    while True:
        deep = draw.choice((3, 13, 100, 950, 968, 1500))
        yield draw.choice(
            (
                '{"do": "step", "count": ' + "[" * deep + "]" * deep + "}",
                '{"ask": ' + '{"a":' * deep + "1" + "}" * (deep + 1),
                json.dumps(
                    {"do": draw.choice(("play", "step", "speed", "scale", "resume")), "count": value()}
                ),
                json.dumps({"ask": value(), "race": value()}),
                json.dumps({"ask": draw.choice(("paths", "regions", "place")), "race": {"start": value()}}),
                json.dumps(value()),
                draw.randbytes(draw.randrange(3000)),
                "[" * draw.randrange(4000),
            )
        )


def hostile(server: Server, count: int, seed: int = 5) -> Row:
    """Nonsense over the websocket and by POST; every POST is answered below 500, and a neighbor plays on."""
    origin = {"origin": f"http://127.0.0.1:{server.port}"}
    messages, statuses = nonsense(seed), Counter()
    token, race = server.want(), server.admit()
    with Viewer(server.port, server.want()) as neighbor, Viewer(server.port, token) as viewer:
        neighbor.next("state", WITHIN, state="paused")
        neighbor.do("play")
        watching = Watching(neighbor)
        Watching(viewer)
        for number in range(count):
            sent = next(messages)
            data = sent.encode(errors="surrogatepass") if isinstance(sent, str) else sent
            if number % 3 == 0:
                try:
                    viewer.socket.send(data if isinstance(sent, bytes) else data.decode(errors="replace"))
                    statuses["sent"] += 1
                except ConnectionClosed as end:
                    statuses["closed" if end.rcvd else 599] += 1
                    Watching(viewer := Viewer(server.port, token))
            else:
                path = f"/live/do/{token}" if number % 3 == 1 else f"/race/ask/{race}"
                statuses[ask(server.port, path, data, WITHIN, **origin).status] += 1
            time.sleep(PACE)
        ping = ask(server.port, f"/live/do/{token}", b'{"do": "ping", "t": 1}', WITHIN, **origin)
        statuses["ping" if ping.status == 200 else 596] += 1
        before = len(watching.seen)
        time.sleep(3)
        statuses["neighbor" if len(watching.seen) > before else 598] += 1
    question = json.dumps({"ask": "paths", "race": {}}).encode()
    last = ask(server.port, f"/race/ask/{race}", question, WITHIN, **origin)
    statuses["race" if last.status == 200 else 597] += 1
    # 503 is an answer: a race that takes longer than a minute here
    failed = sum(often for status, often in statuses.items() if isinstance(status, int) and status > 503)
    failed += statuses[500]
    return Row("hostile", count, count - failed, str(dict(statuses)))


def bodies(server: Server, count: int) -> Row:
    """Requests whose bodies never end; the server lets go of each."""
    began, open_ = time.monotonic(), []
    head = (
        f"POST /live/do/{server.want()} HTTP/1.1\r\nHost: 127.0.0.1:{server.port}\r\n"
        f"Origin: http://127.0.0.1:{server.port}\r\nContent-Length: 100\r\n\r\n{{"
    )
    for _ in range(count):
        client = socket.create_connection(("127.0.0.1", server.port), timeout=30)
        client.sendall(head.encode())
        open_.append(client)
    answers = Counter(_answer(client) for client in open_)
    held = answers["408"] + answers["429"]
    return Row(
        "bodies", count, held, f"{dict(answers)}; all let go {time.monotonic() - began:.1f} s after the first"
    )


def unfinished(server: Server, count: int) -> Row:
    """Websocket messages that stop half way, from clients that are silent then; the server lets go of each."""
    head = (
        bytes([0x82, 0xFF]) + HALF_SENT.to_bytes(8) + bytes(4)
    )  # one frame of so many bytes, masked by zeros
    token, closed = server.want(), []
    viewers = [Viewer(server.port, token) for _ in range(min(count, bounds.MOST_VIEWERS))]
    began = time.monotonic()
    for viewer in viewers:
        viewer.socket.socket.sendall(head + bytes(HALF_SENT // 2))
    for viewer in viewers:
        while True:
            try:
                viewer.socket.recv(timeout=LET_GO)
            except (ConnectionClosed, TimeoutError):
                break
        closed.append(time.monotonic() - began)
    held = sum(seconds < LET_GO for seconds in closed)
    return Row("unfinished", len(viewers), held, f"let go after {max(closed):.1f} s")


def _answer(client: socket.socket) -> str:
    """The status of the answer after which the server closes."""
    came = b""
    with client:
        try:
            while piece := client.recv(4096):
                came += piece
        except TimeoutError:
            return "still open"
    return came.split(b" ")[1].decode() if came else "closed"


def places(server: Server, newcomers: int = 5) -> Row:
    """One visitor takes all places but one; the other leaves for a while, and newcomers come."""
    greedy = [server.want(address="10.0.0.1") for _ in range(bounds.MOST_RUNS - 1)]
    modest = server.want(address="10.0.0.2")
    time.sleep(8)
    came = [server.want(address=f"10.0.1.{number}") for number in range(newcomers)]
    with Viewer(server.port, modest) as viewer:
        is_kept = viewer.next("state", WITHIN)["state"] != "lost"
    held = all(greedy) and all(came) and is_kept
    words = f"{sum(map(bool, came))} of {newcomers} newcomers have a net, who was away {'too' if is_kept else 'not'}"
    return Row("places", newcomers + 1, (newcomers + 1) * held, words)
