"""Behind nginx, by the very configuration that docs/ offers, and in a frame of a page that the owner names.

Where no nginx is installed these tests are skipped and say so; with CI=true they fail instead.
"""

import os
import re
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer

import pytest
from playwright.sync_api import Page, Response, WebSocket, expect

from tests import nginx
from tests.browser.conftest import serving
from viz.server import front

WAIT = 180_000  # ms until each process of a fresh server has answered
OUTSIDE = "lab.localhost"  # Chromium knows of every name below localhost that it is this machine
ALLOWED, STRANGER = "school.localhost", "other.localhost"

pytestmark = pytest.mark.long


@pytest.fixture(scope="module")
def outside(chromium_path: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The address of an app behind nginx, as a browser sees it; the pages that ALLOWED serves may frame it."""
    nginx.program()
    folder = tmp_path_factory.mktemp("proxy")
    environment = os.environ | {front.FRAMES: f"http://{ALLOWED}:*"}
    with serving(folder / "log.txt", environment, base="lab") as inside:
        there = re.search(r"localhost:(\d+)/lab", inside)
        assert there
        with nginx.before(int(there[1]), folder) as port:
            yield f"http://{OUTSIDE}:{port}/lab"


@pytest.fixture
def around(outside: str) -> Iterator[int]:
    """The port of a server whose page shows the lab in a frame."""

    class Frame(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(200)
            self.send_header("Content-Type", "text/html")
            self.end_headers()
            head = "<!doctype html><link rel=icon href='data:,'>"
            frame = f"<iframe src='{outside}/?hidden=20x3' width=1000 height=800></iframe>"
            self.wfile.write(f"{head}{frame}".encode())

        def log_message(self, *_: object) -> None:
            """Say nothing."""

    with ThreadingHTTPServer(("127.0.0.1", 0), Frame) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


@pytest.fixture
def heard(page: Page) -> list[str]:
    """The websockets that the page opened, and what was refused."""
    said: list[str] = []

    def opened(socket: WebSocket) -> None:
        said.append(re.sub(r"[\w-]{32}", "TOKEN", socket.url))

    def answered(response: Response) -> None:
        if response.status >= 400:
            said.append(f"{response.status} {response.url}")

    page.on("websocket", opened)
    page.on("response", answered)
    return said


def test_every_page_works_behind_the_proxy(page: Page, outside: str, heard: list[str]) -> None:
    main = page.get_by_test_id("stMain")
    page.goto(outside)  # without its last slash
    assert page.url == f"{outside}/"
    live = page.get_by_test_id("live-view")
    live.get_by_role("button", name="Play", exact=True).click(timeout=WAIT)
    moved = "() => +document.querySelector('[data-testid=live-view]').dataset.step > 2"
    page.wait_for_function(moved, timeout=WAIT)
    # what a page measures comes by the way that its words come, which is no matter of the proxy
    heading = main.get_by_role("heading").first
    words = dict.fromkeys(("signal", "techniques", "recurrent", "lessons"), heading)
    places = words | {
        "compare": page.get_by_test_id("stSidebar").get_by_role("combobox", name="Vary"),
        "shelf": main.get_by_text("Nothing is kept yet."),
        "own_net": main.get_by_test_id("nets").get_by_text("Which nets are watched"),
        "optimizers?steps=30": page.locator("[data-testid=race-view][data-steps='30'] canvas").first,
        "train?lr=0.3": live.locator("canvas").first,
    }
    for place, sign in places.items():
        page.goto(f"{outside}/{place}")
        expect(sign).to_be_visible(timeout=WAIT)
    assert page.url == f"{outside}/?lr=0.3"
    host = outside.removeprefix("http")
    assert set(heard) == {f"ws{host}/_stcore/stream", f"ws{host}/live/stream/TOKEN"}
    # asked by the page: outside of a browser nobody need know that every name below localhost is this machine
    listed = page.evaluate("url => fetch(url).then(answer => answer.json())", f"{outside}/nets/list")
    assert listed == {"nets": [], "here": False}  # who comes through a proxy does not sit at this machine


def test_a_page_works_in_a_frame_of_an_origin_that_its_owner_names_and_in_no_other(
    page: Page, around: int, console_errors: list[str]
) -> None:
    page.goto(f"http://{ALLOWED}:{around}/")
    live = page.frame_locator("iframe").get_by_test_id("live-view")
    live.get_by_role("button", name="Play", exact=True).click(timeout=WAIT)
    expect(live).to_have_attribute("data-state", "playing", timeout=WAIT)
    expect(live).not_to_have_attribute("data-step", "0", timeout=WAIT)
    assert console_errors == []
    with page.expect_console_message(lambda message: "frame-ancestors" in message.text):
        page.goto(f"http://{STRANGER}:{around}/")
    expect(page.frame_locator("iframe").get_by_test_id("stApp")).to_have_count(0)
    console_errors.clear()
