"""The live view alone, in a real Chromium, fed by a stream that the test holds in its hands."""

import json
import re
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from threading import Thread
from types import SimpleNamespace
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Locator, Page, Route, WebSocketRoute, expect

from tests.viz.live.frames import named
from tests.viz.test_theme import contrast
from viz import theme
from viz.live.component import Given, data
from viz.server import modules
from viz.wire import frame as wire
from viz.wire import table

PAGE = """<!doctype html><link rel="icon" href="data:,"><body style="margin: 0">
<div id="place" style="--st-background-color: #ffffff"></div>
<script type="module">
    import { mount } from "/canvas/run/visit.js"
    const parentElement = document.getElementById("place")
    const asked = (kind) => (name, value) => said.push([kind, name, value])
    window.said = []
    const tell = { setStateValue: asked("state"), setTriggerValue: asked("trigger") }
    window.ends = []
    window.update = (data) => window.ends.push(mount({ data, parentElement, ...tell }))
    window.update(DATA)
</script>""".replace("DATA", json.dumps(data(Given("first"))))


BLOCKED = """window.WebSocket = class {
    constructor() { setTimeout(() => this.onclose({ code: 1006 })) }
    close() {}
}"""
FINDING = {
    "name": "vanishing",
    "layer": 1,
    "step": 5,
    "words": "layer 1 gets 1e-11 of it",
    "rule": "below 1e-6",
    "source": "Glorot and Bengio, 2010",
    "evidence": {},
    "cure": {"batch_norm": "before"},
    "cure_words": "add batch norm",
}


def frame(
    step: int,
    layers: int = 4,
    epoch: int = 1,
    loss: float = 2.25,
    scale: float = 1.0,
    test: tuple[float, float, int] | None = (2.0, 0.5, 0),
    stream: bool = False,
) -> bytes:
    """A frame whose gradients fall tenfold a layer on their way back; the second layer is half exact zeros."""
    rank = np.arange(layers)
    gradient = scale * 10.0 ** (rank - layers)
    each = SimpleNamespace(
        step=step,
        loss=loss,
        accuracy=0.25,
        finite=bool(np.isfinite(loss)),
        gradient_norm=12.0,
        gradient_norm_clipped=1.0,
        activation_mean=rank * 0.1,
        preactivation_mean=rank * 0.2,
        saturated=np.where(rank < layers - 1, 0.25, np.nan),
        dead=np.where(rank < layers - 1, 0.125, np.nan),
        nonfinite=np.zeros(layers),
        **{name: np.full(layers, 0.5) for name in named("log10")},
    )
    if stream:
        each.stream = True
        for column in table.STREAM:
            setattr(each, column.name, np.full(layers, 0.5))
    each.gradient_var, each.gradient_rms = gradient**2, gradient
    counts = np.tile(np.arange(1, 65), (layers, 1))
    zeros = np.where(rank == 1, counts.sum(1), 0)
    none = np.zeros(layers, int)

    def bins(size: np.ndarray) -> SimpleNamespace:
        return SimpleNamespace(
            low=-2 * size,
            high=3 * size,
            threshold=size,
            counts=counts,
            zeros=zeros,
            underflow=none,
            nan=none,
            inf=none,
        )

    both = SimpleNamespace(activations=bins(np.full(layers, 0.5)), gradients=bins(gradient))
    return wire.encode(each, both, epoch=epoch, lr=0.1, test=test, steps_per_second=400.0)


def hello(layers: int = 4, epoch: int = 1, stream: bool = False) -> dict[str, Any]:
    hidden = [table.Row(str(layer), "hidden", 30, 64 if layer == 1 else 30) for layer in range(1, layers)]
    columns = (*table.COLUMNS, *table.STREAM) if stream else table.COLUMNS
    told = table.told([*hidden, table.Row("out", "output", 10, 30)], columns)
    return {"say": "hello", "epoch": epoch, **told, "theory": None}


def standing(state: str, **more: Any) -> dict[str, Any]:
    return {"say": "state", "state": state, "reason": "", "can": [], "divergence": None} | more


class Stream:
    """The server's side: what the view asked, and ways to answer. `unknown` tokens are closed with 4404."""

    def __init__(self, page: Page, is_blocked: bool) -> None:
        self.page, self.asked, self.tokens = page, [], []
        self.unknown: set[str] = set()
        self.up = 10**6  # seconds for which the server runs
        self.backlog: list[bytes] = []
        self.left: list[bytes] = []  # frames of the path that the run left last
        self.told: dict[str, Any] = {}  # of the run, beside what every hello tells
        self.socket: WebSocketRoute | None = None
        if is_blocked:
            page.add_init_script(BLOCKED)
        else:
            page.route_web_socket("**/live/stream/*", self.connect)
        page.route("**/live/frames/**", lambda route: self.frames(route))
        page.route("**/live/left/*", lambda route: route.fulfill(body=wire.join(self.left)))

    def connect(self, socket: WebSocketRoute) -> None:
        token = socket.url.rsplit("/", 1)[-1]
        self.tokens.append(token)
        if token in self.unknown:
            socket.close(code=4404, reason=str(self.up))
            return
        self.socket = socket
        socket.on_message(lambda text: self.asked.append(json.loads(text)))
        self.say(hello() | self.told, standing("paused"))

    def frames(self, route: Route) -> None:
        route.fulfill(body=wire.join([b"[]", *self.backlog]), content_type="application/octet-stream")

    def say(self, *messages: dict[str, Any]) -> None:
        for message in messages:
            self.socket.send(json.dumps(message))

    def show(self, *frames: bytes) -> None:
        for each in frames:
            self.socket.send(each)

    def verbs(self) -> list[str]:
        return [verb["do"] for verb in self.asked if verb["do"] != "ping"]


class Modules(BaseHTTPRequestHandler):
    """The page and the modules, kept by the browser from test to test."""

    def do_GET(self) -> None:
        name = self.path[1:]
        is_module = name.endswith(".js")
        body = (modules.VIZ / name).read_bytes() if is_module else PAGE.encode()
        self.send_response(200)
        self.send_header("Content-Type", "text/javascript" if is_module else "text/html")
        self.send_header("Content-Length", str(len(body)))
        self.send_header("Cache-Control", "max-age=3600" if is_module else "no-store")
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: Any) -> None:
        """Says nothing."""


@pytest.fixture(scope="module")
def url() -> Iterator[str]:
    server = ThreadingHTTPServer(("127.0.0.1", 0), Modules)
    thread = Thread(target=server.serve_forever, daemon=True)
    thread.start()
    yield f"http://127.0.0.1:{server.server_port}/"
    server.shutdown()
    server.server_close()
    thread.join()


@pytest.fixture
def lab(page: Page, url: str) -> Callable[..., Stream]:
    """`lab()` opens the page and gives its stream; keywords set the stream up before."""

    def open_page(is_blocked: bool = False, **setup: Any) -> Stream:
        stream = Stream(page, is_blocked)
        vars(stream).update(setup)
        page.goto(url)
        expect(view(page)).to_be_visible()
        return stream

    return open_page


def view(page: Page) -> Locator:
    return page.get_by_test_id("live-view")


def shows(page: Page, **expected: Any) -> None:
    for name, value in expected.items():
        expect(view(page)).to_have_attribute(f"data-{name}", str(value))


def said(page: Page) -> list[list[Any]]:
    return page.evaluate("window.said")


def triggers(page: Page) -> list[list[Any]]:
    """What Python was asked for: [name, value]."""
    return [[name, value] for kind, name, value in said(page) if kind == "trigger"]


def rgb(color: str) -> str:
    """A color as a browser writes it."""
    return f"rgb({', '.join(str(int(color[at : at + 2], 16)) for at in (1, 3, 5))})"


def button(page: Page, name: str) -> Locator:
    return page.get_by_role("button", name=name, exact=True)


def play(lab: Callable[..., Stream], page: Page, steps: range = range(1, 6), **setup: Any) -> Stream:
    stream = lab(**setup)
    shows(page, state="paused")
    stream.say(standing("playing"))
    stream.show(*map(frame, steps))
    shows(page, state="playing", step=steps[-1])
    return stream


def test_a_frame_is_on_screen_with_its_numbers(lab, page):
    play(lab, page)
    bar = page.get_by_role("toolbar", name="Training")
    for text in ("000,005", "2.25", "25%", "test, step 0", "12 → 1.0", "400"):
        expect(bar).to_contain_text(text)
    expect(view(page)).to_contain_text("Nothing wrong found so far.")
    painted = """() => [
        ...document.querySelector("[data-testid=live-view]").shadowRoot.querySelectorAll("canvas")
    ].filter((canvas) => canvas.checkVisibility())
     .map((canvas) => canvas.getContext("2d").getImageData(0, 0, canvas.width, canvas.height))
     .map((picture) => picture.data.some((byte) => byte > 0))"""
    assert page.evaluate(painted) == [True] * 8


def test_a_net_that_was_not_tested_yet_says_no_step(lab, page):
    stream = lab()
    stream.show(frame(0, test=None))
    shows(page, step=0, state="paused")
    expect(page.get_by_role("toolbar", name="Training")).to_contain_text("test\u2013")


def test_the_big_button_plays_and_pauses_and_so_does_the_space_key(lab, page):
    stream = lab()
    shows(page, state="paused")
    button(page, "Play").click()
    stream.say(standing("playing"))
    button(page, "Pause").click()
    stream.say(standing("paused"))
    expect(button(page, "Play")).to_be_visible()
    page.keyboard.press("Space")
    page.wait_for_timeout(50)
    assert stream.verbs() == ["play", "pause", "play"]


def test_step_reset_speed_and_scale_ask_for_what_they_say(lab, page):
    stream = play(lab, page)
    button(page, "Step").click()
    button(page, "Reset").click()
    page.get_by_label("Speed").select_option("5 steps/s")
    button(page, "linear").click()
    page.wait_for_timeout(50)
    assert [verb for verb in stream.asked if verb["do"] != "ping"] == [
        {"do": "pause"},
        {"do": "step", "count": 1},
        {"do": "reset"},
        {"do": "speed", "steps_per_second": 5},
        {"do": "scale", "scale": "linear"},
    ]


def test_a_reload_keeps_speed_and_scale(lab, page):
    stream = play(lab, page)
    page.get_by_label("Speed").select_option("1 step/s")
    button(page, "linear").click()
    page.reload()
    shows(page, connection="open", state="paused")
    expect(page.get_by_label("Speed")).to_have_value("1")
    expect(button(page, "linear")).to_have_attribute("aria-pressed", "true")
    expected = [{"do": "speed", "steps_per_second": 1}, {"do": "scale", "scale": "linear"}]
    assert [verb for verb in stream.asked if verb["do"] in ("speed", "scale")] == 2 * expected


def test_scrubbing_back_holds_a_frame_while_new_ones_come(lab, page):
    stream = play(lab, page, range(1, 21))
    slider = page.get_by_role("slider")
    slider.fill("4")
    shows(page, step=4)
    stream.show(*map(frame, range(21, 31)))
    page.wait_for_timeout(100)
    shows(page, step=4)
    expect(view(page)).to_contain_text(
        "You look at the past. All panels show step 4. Training goes on meanwhile."
    )
    button(page, "Show now").click()
    shows(page, step=30)
    expect(view(page)).not_to_contain_text("the past")
    slider.fill("3")
    button(page, "back to live").click()
    shows(page, step=30)


def test_python_is_told_of_a_pause_once_and_of_play_again(lab, page):
    stream = play(lab, page)
    button(page, "Pause").click()
    stream.say(standing("paused"))
    page.get_by_role("slider").fill("2")
    page.get_by_role("slider").fill("3")
    page.wait_for_function("window.said.length == 1")
    assert said(page) == [["state", "paused", {"token": "first", "step": 3}]]
    button(page, "Play").click()
    stream.say(standing("playing"))
    page.wait_for_function("window.said.length == 2")
    assert said(page)[1] == ["state", "paused", None]


def test_nothing_is_told_before_anybody_touched_it(lab, page):
    stream = lab()
    stream.show(frame(0))
    shows(page, step=0, frames=1)
    page.wait_for_timeout(600)
    assert said(page) == []


def test_the_cure_is_one_click_away(lab, page):
    stream = play(lab, page)
    stream.say({"say": "verdict", "findings": [FINDING]})
    expect(view(page)).to_contain_text("Vanishing: layer 1 gets 1e-11 of it")
    button(page, "Add batch norm (untried)").click()
    assert said(page)[-1] == ["trigger", "set_beside", {"batch_norm": "before"}]


def test_a_verdict_says_why_and_points_by_mouse_and_by_keyboard(lab, page):
    stream = play(lab, page)
    dead = {
        "name": "dying units",
        "layer": 3,
        "words": "dying units: 80% are flat",
        "began": 3,
        "ended": None,
    }
    why = FINDING | {
        "began": 1,
        "ended": None,
        "reason": "Ten slopes of 1/4.",
        "formula": "1e-11 / 1 = 1e-11",
        "evidence": {"gradient_ratio": 1e-11},
    }
    over = dead | {"name": "collapsed", "words": "collapsed: all alike", "ended": 4}
    stream.say({"say": "verdict", "findings": [why, dead], "past": [over], "progress": None})
    expect(view(page)).to_contain_text("Ten slopes of 1/4.")
    expect(page.locator(".panel.told h2")).to_have_text("Variance of gradients")
    asks = button(page, "Why? (+1 more)")
    asks.focus()
    page.keyboard.press("Enter")
    listed = page.get_by_role("region", name="Why it is said")
    expect(listed.locator("h3")).to_have_text(["Vanishing", "Dying units", "Collapsed"])
    for words in (
        "1e-11 / 1 = 1e-11",
        "below 1e-6",
        "Glorot and Bengio, 2010",
        "steps 3 to 4, over",
        "gradient, first layer over last, at the start",
    ):
        expect(listed).to_contain_text(words)
    expect(listed.get_by_role("button", name="Variance of gradients")).to_be_visible()
    asks.focus()
    page.keyboard.press("Enter")
    expect(listed).to_be_hidden()
    asks.click()  # with the mouse, after which the keyboard is the whole view's
    expect(listed).to_be_visible()
    page.keyboard.press("Escape")
    expect(listed).to_be_hidden()


def test_the_whole_line_and_the_list_of_reasons_are_open_in_turn(lab, page):
    page.set_viewport_size({"width": 1280, "height": 800})
    stream = play(lab, page)
    long = FINDING | {"began": 1, "ended": None, "reason": "Ten slopes of 1/4. " * 20}
    stream.say({"say": "verdict", "findings": [long], "past": [], "progress": None})
    more, listed = button(page, "more"), page.get_by_role("region", name="Why it is said")
    more.click()
    expect(page.locator(".verdict.whole")).to_be_visible()
    button(page, "Why do you say so?").click()
    expect(listed).to_be_visible()
    assert page.locator(".verdict.whole").count() == 0  # at once: nothing else closes it for a while
    more.click()
    assert listed.is_hidden()
    expect(page.locator(".verdict.whole")).to_be_visible()


@pytest.mark.parametrize(("width", "height", "most"), [(390, 844, 70), (608, 400, 46), (656, 768, 46)])
def test_the_verdict_takes_the_room_of_its_words_and_its_mark_stands_on_their_line(
    lab, page, width, height, most
):
    page.set_viewport_size({"width": width, "height": height})
    stream = play(lab, page)
    said = {"learns": True, "words": "The loss is 0.05."}
    stream.say({"say": "verdict", "findings": [], "past": [], "progress": said})
    expect(page.locator(".verdict")).to_contain_text("It learns.")
    box, text, mark = (
        page.locator(part).bounding_box() for part in (".room", ".verdict .text", ".verdict .sign")
    )
    middles = [each["y"] + each["height"] / 2 for each in (box, text, mark)]
    assert box["height"] <= most
    assert max(middles) - min(middles) < 3
    expect(page.locator(".panel.activations")).to_be_in_viewport(ratio=0.5)


@pytest.mark.parametrize("size", [(1280, 720), (1000, 720), (608, 720), (390, 844)])
def test_nothing_moves_when_the_words_of_the_verdict_change(lab, page, size):
    page.set_viewport_size({"width": size[0], "height": size[1]})
    stream = play(lab, page)
    place = "main => [main.offsetTop, main.offsetHeight]"
    main, more = page.locator(".main"), button(page, "more")
    before = main.evaluate(place)
    long = FINDING | {"reason": "A gradient is multiplied by each layer's weights. " * 8}
    for findings, progress in (
        ([], {"learns": True, "words": "The loss is 0.05, 0.74 at the start."}),
        ([FINDING | {"reason": "Ten slopes of 1/4 make that of it. " * 3}], None),
        ([long], None),
    ):
        stream.say({"say": "verdict", "findings": findings, "past": [], "progress": progress})
        words = findings[0]["words"] if findings else "It learns."
        expect(page.locator(".verdict")).to_contain_text(words)
        expect(more).to_have_count(1 if findings == [long] else 0)
        assert main.evaluate(place) == before
    more.click()
    shown = "text => text.getBoundingClientRect().height > text.scrollHeight - 2"
    assert page.locator(".verdict .text").evaluate(shown)
    button(page, "less").click()
    page.get_by_role("slider").fill("2")
    expect(button(page, "Show now")).to_be_visible()
    assert main.evaluate(place) == before


def test_a_screen_reader_hears_verdicts_and_not_each_number_of_them(lab, page):
    stream = play(lab, page)
    heard = "node => { window.heard = []; new MutationObserver(() => window.heard.push(node.textContent))"
    page.locator(".judgment [role=status]").evaluate(
        heard + ".observe(node, { childList: true, characterData: true, subtree: true }) }"
    )
    for step in range(6, 11):
        stream.show(frame(step))
        said = {"learns": True, "words": f"The loss is {1 / step:.3f}."}
        stream.say({"say": "verdict", "findings": [], "past": [], "progress": said})
        expect(page.locator(".verdict")).to_contain_text(said["words"])
    for words in ("layer 1 gets 1e-11 of it", "layer 1 gets 1e-12 of it"):
        stream.say({"say": "verdict", "findings": [FINDING | {"words": words}], "past": [], "progress": None})
        expect(page.locator(".verdict")).to_contain_text(words)
    stream.say(standing("paused"))
    shows(page, state="paused")
    assert [each.partition(" ")[0] for each in page.evaluate("window.heard")] == ["It", "Vanishing:"]


def test_each_picture_is_described_by_its_numbers(lab, page):
    play(lab, page)
    for name, words in {
        "activations": "layer 2, 30 units, fan-in 30: ",
        "gradient-variance": "output layer, 10 units, fan-in 30: ",
        "loss": "batch, step 5 2.25",
        "updates": "layer 1, 30 units, fan-in 64: ",
        "fractions": "saturated 25%",
    }.items():
        panel = page.locator(f".panel.{name}")
        listed = panel.locator(f"#{panel.locator('canvas').get_attribute('aria-describedby')}")
        expect(listed).to_contain_text(words)


@pytest.mark.parametrize("base", theme.BASES)
def test_the_button_of_a_quiet_verdict_has_the_contrast_of_one_that_works(lab, page, base):
    play(lab, page)
    ground = theme.colors(base)["background"]
    page.evaluate(
        "(color) => document.getElementById('place').style.setProperty('--st-background-color', color)",
        ground,
    )
    page.evaluate("(data) => window.update(data)", data(Given("first")))
    page.get_by_role("slider").fill("2")
    ink = button(page, "Show now").evaluate("button => getComputedStyle(button).color")
    assert contrast("#" + "".join(f"{int(part):02x}" for part in re.findall(r"\d+", ink)), ground) >= 4.5


def test_the_past_shows_what_was_wrong_then(lab, page):
    stream = play(lab, page)
    held = FINDING | {"began": 2, "ended": 4}
    stream.say(
        {"say": "verdict", "findings": [], "past": [held], "progress": {"learns": True, "words": "Loss 0.1."}}
    )
    expect(view(page)).to_contain_text("It learns. Loss 0.1.")
    expect(page.locator(".panel.told")).to_have_count(0)
    slider = page.get_by_role("slider")
    slider.fill("2")
    expect(view(page)).to_contain_text("At this step: layer 1 gets 1e-11 of it.")
    expect(page.locator(".panel.told h2")).to_have_text("Variance of gradients")
    slider.fill("4")
    expect(view(page)).to_contain_text("Nothing was wrong there.")


def test_the_ladder_marks_the_layer_that_the_verdict_names(lab, page):
    page.add_init_script("""
        const draw = CanvasRenderingContext2D.prototype.fillText
        window.texts = []
        CanvasRenderingContext2D.prototype.fillText = function (text, ...at) {
            window.texts.push(text)
            return draw.call(this, text, ...at)
        }
    """)
    stream = play(lab, page)
    assert not [text for text in page.evaluate("window.texts") if "▲" in text]
    stream.say({"say": "verdict", "findings": [FINDING | {"layer": 2}]})
    expect(view(page)).to_contain_text("Vanishing")
    assert {text for text in page.evaluate("window.texts") if "▲" in text} == {"▲ 2"}


def test_a_restart_keeps_the_old_picture_until_the_first_new_frame(lab, page):
    stream = play(lab, page, range(1, 11))
    stream.say(hello(7, epoch=2), standing("waiting"))
    shows(page, state="waiting", step=10)
    expect(view(page).locator(".view")).to_have_class("view stale")
    expect(button(page, "Pause")).to_be_visible()
    stream.show(frame(11), frame(0, layers=7, epoch=2))
    stream.say(standing("playing"))
    stream.show(frame(1, layers=7, epoch=2))
    shows(page, state="playing", step=1)
    expect(view(page).locator(".view")).to_have_class("view")
    expect(page.get_by_role("slider")).to_have_attribute("max", "1")


def test_divergence_is_said_in_words_and_play_starts_again(lab, page):
    stream = play(lab, page)
    words = "Diverged at step 6: the loss is no longer a finite number."
    stream.show(frame(6, loss=float("nan")))
    stream.say(standing("diverged", divergence={"step": 6, "layer": 2, "quantity": "loss", "words": words}))
    shows(page, state="diverged", step=6)
    expect(view(page)).to_contain_text(words)
    expect(page.get_by_role("toolbar", name="Training")).to_contain_text("NaN")
    button(page, "Play again from the start").click()
    page.wait_for_timeout(50)
    assert stream.verbs() == ["reset", "play"]


def test_a_lost_run_offers_its_ways_back(lab, page):
    stream = play(lab, page)
    stream.say(standing("lost", reason="The engine process ended.", can=["resume", "rebuild"]))
    shows(page, state="lost", step=5)
    expect(view(page)).to_contain_text("The engine process ended.")
    button(page, "Resume from the last checkpoint").click()
    button(page, "Rebuild from its settings").click()
    button(page, "Play on from the last checkpoint").click()
    expect(button(page, "Step")).to_be_disabled()
    page.wait_for_timeout(50)
    assert stream.verbs() == ["resume", "rebuild", "play"]


def test_a_net_that_plays_and_sends_nothing_is_told_until_a_frame_comes(lab, page):
    stream = play(lab, page)
    expect(view(page)).to_contain_text("Nothing comes. No frame has come since", timeout=15_000)
    stream.show(frame(6))
    expect(view(page)).not_to_contain_text("Nothing comes.")


def test_data_out_of_reach_are_said_once_and_digits_are_one_click_away(lab, page):
    stream = play(lab, page)
    words = "openml.org cannot be reached."
    stream.say(standing("lost", reason=words, can=["digits", "rebuild"]))
    stream.say({"say": "notice", "level": "error", "text": words})
    button(page, "Use digits").click()
    assert said(page)[-1] == ["trigger", "cure", {"dataset": "digits"}]
    seen = page.locator(":not(.unseen)")  # a screen reader hears it too
    expect(view(page).get_by_text(words).and_(seen)).to_have_count(1)


def test_a_net_that_could_not_be_built_leaves_the_old_picture_dim_and_nothing_to_step(lab, page):
    stream = play(lab, page)
    stream.say(standing("waiting"), standing("lost", reason="No data here.", can=["digits", "rebuild"]))
    expect(view(page)).to_contain_text("No data here. The panels still show the run before.")
    expect(view(page).locator(".view")).to_have_class("view stale")
    for name in ("Play", "Step", "Reset"):
        expect(button(page, name)).to_be_disabled()
    stream.say(standing("waiting"), hello(epoch=2), standing("paused"))
    stream.show(frame(0, epoch=2))
    shows(page, state="paused", step=0)
    expect(view(page).locator(".view")).to_have_class("view")
    expect(button(page, "Step")).to_be_enabled()


def test_a_run_that_never_was_leaves_its_words_alone_until_there_is_something_to_draw(lab, page):
    stream = lab()
    stream.say(standing("lost", reason="No data here.", can=["digits", "rebuild"]))
    expect(view(page)).to_contain_text("No data here.")
    expect(button(page, "Use digits")).to_be_visible()
    for part in (page.locator(".main"), page.get_by_role("slider")):
        expect(part).to_be_hidden()
    assert view(page).bounding_box()["height"] < 200
    stream.say(standing("waiting"))
    expect(view(page)).to_contain_text("Building the net")
    expect(page.locator(".main")).to_be_hidden()
    stream.say(hello(epoch=2), standing("paused"))
    stream.show(frame(0, epoch=2))
    shows(page, state="paused", step=0)
    for canvas in page.locator("canvas").filter(visible=True).all():
        assert canvas.evaluate("canvas => canvas.width / canvas.clientWidth / devicePixelRatio") == 1


def test_a_rate_is_one_only_while_it_trains(lab, page):
    stream = play(lab, page)
    bar = page.get_by_role("toolbar", name="Training")
    expect(bar).to_contain_text("steps/s400")
    stream.say(standing("paused"))
    expect(bar).to_contain_text("steps/sat rest")


def test_a_dropped_connection_comes_back_with_what_was_missed(lab, page, console_errors):
    stream = play(lab, page)

    def late(route: Route) -> None:
        stream.show(frame(9))
        page.wait_for_timeout(100)
        route.fulfill(body=wire.join([b"[]", *map(frame, range(4, 9))]))

    stream.frames = late
    stream.socket.close(code=1011)
    expect(view(page)).to_contain_text("Reconnecting")
    shows(page, connection="open", step=9)
    expect(page.get_by_role("slider")).to_have_attribute("max", "9")
    console_errors.clear()


def test_a_reload_adopts_the_run_that_the_tab_had(lab, page):
    stream = play(lab, page)
    page.evaluate("sessionStorage.setItem('gradient-flow-lab.token', JSON.stringify('older'))")
    stream.backlog = list(map(frame, range(1, 4)))
    page.reload()
    shows(page, step=3)
    assert stream.tokens == ["first", "older"]
    assert said(page) == [["state", "token", "older"]]


def test_any_step_is_asked_for_and_shown_when_it_comes(lab, page):
    stream = lab(backlog=[frame(0), frame(40)])
    shows(page, step=40)
    slider = page.get_by_role("slider")
    across = "slider => [slider.getBoundingClientRect().left, slider.getBoundingClientRect().right]"
    place = slider.evaluate(across)
    slider.fill("13")
    shows(page, step=0)
    expect(slider).to_have_value("13")
    expect(view(page)).to_contain_text("step 13 is computed anew…")
    expect(slider).to_have_attribute("aria-valuetext", "step 13 is computed anew…")
    expect(view(page).locator(".view")).to_have_class("view sought")
    assert slider.evaluate(across) == place  # the thumb stays under the mouse that holds it
    page.wait_for_timeout(300)
    assert [verb for verb in stream.asked if verb["do"] == "look"] == [{"do": "look", "step": 13}]
    stream.say({"say": "looking", "step": 13, "left": 2.4})
    expect(view(page)).to_contain_text("step 13 is computed anew: about 2 s")
    stream.show(frame(7), frame(13))
    shows(page, step=13)
    expect(view(page)).not_to_contain_text("computed anew")
    expect(view(page).locator(".view")).to_have_class("view")
    expect(view(page)).to_contain_text("All panels show step 13.")
    button(page, "One step on").click()
    expect(slider).to_have_value("14")
    page.wait_for_timeout(300)
    assert stream.asked[-1] == {"do": "look", "step": 14}
    button(page, "back to live").click()
    shows(page, step=40)
    stream.show(frame(14))
    page.wait_for_timeout(100)
    shows(page, step=40)


def test_arrow_keys_go_step_by_step_and_take_one_at_the_end(lab, page):
    stream = play(lab, page, range(1, 6))
    stream.say(standing("paused"))
    view(page).locator(".view").focus()
    page.keyboard.press("ArrowLeft")
    shows(page, step=4)
    page.keyboard.press("ArrowLeft")
    shows(page, step=3)
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowRight")
    shows(page, step=5)
    page.keyboard.press("ArrowRight")
    page.wait_for_timeout(100)
    assert stream.asked[-1] == {"do": "step", "count": 1}


def test_it_plays_again_from_any_step_at_the_speed_of_the_bar(lab, page):
    play(lab, page, range(1, 31))
    page.get_by_label("Speed").select_option("20")
    page.get_by_role("slider").fill("20")
    shows(page, step=20)
    button(page, "Play again").click()
    expect(button(page, "Stop playing again")).to_be_visible()
    shows(page, step=30)
    expect(button(page, "Play again")).to_be_visible()
    expect(button(page, "live")).to_have_attribute("aria-pressed", "true")


def test_flags_stand_where_settings_changed_and_findings_began_and_ended(lab, page):
    stream = play(lab, page, range(1, 21))
    over = FINDING | {"began": 5, "ended": 10}
    stream.say({"say": "verdict", "findings": [], "past": [over]})
    stream.say({"say": "changes", "changes": [{"step": 15, "words": "Learning rate: 0.1 → 0.3"}]})
    expect(page.locator(".flag")).to_have_count(3)
    flag = page.locator(".flag.changed")
    expect(flag).to_have_attribute("title", "Step 15: Learning rate: 0.1 → 0.3")
    flag.click()
    shows(page, step=15)
    ended, thumb = page.locator(".flag.ended").bounding_box(), page.get_by_role("slider").bounding_box()
    middle = thumb["x"] + 8 + (thumb["width"] - 16) * 10 / 20
    assert abs(ended["x"] + ended["width"] / 2 - middle) < 1.5


def test_a_run_goes_on_from_a_step_of_before_and_the_way_left_stays_a_ghost(lab, page):
    stream = play(lab, page, range(21))
    stream.say(standing("paused"))
    slider, undo = page.get_by_role("slider"), button(page, "Undo")
    expect(undo).to_be_disabled()
    slider.fill("12")
    button(page, "Go on from step 12").click()
    assert triggers(page) == [["branch", {"step": 12, "settings": "then"}]]
    ghost = [{"step": step, "loss": 3.0, "accuracy": None} for step in range(12, 21)]
    stream.say(standing("waiting", reason="Goes back to step 12."))
    expect(view(page)).to_contain_text("Goes back to step 12.")
    stream.say({"say": "branched", "epoch": 2, "step": 12, "spec": {}, "ghosts": [ghost]})
    stream.show(*(frame(step, epoch=2) for step in (12, 13, 14)))
    stream.say(standing("playing"))
    shows(page, step=14, state="playing")
    expect(slider).to_have_attribute("max", "14")
    page.locator(".loss canvas").hover(position={"x": 240, "y": 30})
    expect(page.locator(".tip")).to_contain_text("before, step 1")
    for panel, words in (
        ("gradient-variance", "the same, before, step 14"),
        ("fractions", "dead, before, step 14"),
    ):
        page.locator(f".{panel} canvas").hover(position={"x": 70, "y": 40})
        expect(page.locator(".tip")).to_contain_text(words)
    keys = [page.locator(f".{panel} .key") for panel in ("gradient-variance", "activations", "accuracy")]
    for key, words in zip(keys, ("old path", "old path", "old path"), strict=True):
        expect(key).to_contain_text(words)
    slider.fill("5")
    shows(page, step=5)
    for key in keys[:2]:
        expect(key).not_to_contain_text("old path")
    expect(page.locator(".tip")).not_to_contain_text("before")
    stream.say({"say": "changes", "changes": [{"step": 15, "words": "Learning rate: 0.1 → 0.3"}]})
    expect(view(page)).to_contain_text("Learning rate: 0.1 → 0.3 acts from step 15 on.")
    button(page, "Go on from step 5 with this").click()
    assert triggers(page)[1:] == [["branch", {"step": 5, "settings": "now"}]]
    expect(undo).to_have_attribute(
        "title", "Undo (Ctrl+Z): Learning rate: 0.1 → 0.3. The run stands at step 14 again"
    )
    undo.click()
    page.keyboard.press("Control+z")
    assert triggers(page)[2:] == [["branch", {"settings": "undo"}]] * 2


def test_who_comes_after_a_branch_sees_the_path_left_in_every_panel(lab, page):
    stream = lab(left=[frame(step) for step in range(13, 21)])
    shows(page, state="paused")
    ghost = [{"step": step, "loss": 3.0, "accuracy": None} for step in range(13, 21)]
    told = {"epoch": 2, "step": 12, "spec": {}, "ghosts": [ghost], "left": hello()["columns"]}
    stream.say(hello(epoch=2), {"say": "branched"} | told, standing("paused"))
    stream.show(*(frame(step, epoch=2) for step in (11, 12, 13, 14)))
    shows(page, step=14)
    for panel in ("gradient-variance", "fractions"):
        page.locator(f".{panel} canvas").hover(position={"x": 70, "y": 40})
        expect(page.locator(".tip")).to_contain_text("before, step 14")
    page.get_by_role("slider").fill("12")
    shows(page, step=12)
    expect(page.locator(".tip")).not_to_contain_text("before")


def test_a_residual_stream_that_only_b_has_is_there_before_its_first_frame(lab, page):
    stream = play(lab, page)
    panel, beside = page.locator(".panel.stream"), hello()
    expect(panel).to_be_hidden()
    about = {
        "words": "Residual: plain",
        "batches": "",
        "labels": [row["name"] for row in beside["rows"]],
        "stream": True,
    }
    given = Given("first", beside={"token": "second", **about})
    page.evaluate("data => window.update(data)", data(given))
    expect(panel).to_be_visible()
    expect(view(page)).to_contain_text("Residual: plain")
    while "second" not in stream.tokens:
        page.wait_for_timeout(20)
    stream.say(hello(stream=True))
    stream.show(*(frame(step, stream=True) for step in range(1, 6)))
    panel.locator("canvas").hover(position={"x": 90, "y": 40})
    expect(page.locator(".tip")).to_contain_text("rms after the block, B0.5")
    panel.get_by_role("combobox").select_option("stream_written_log10")
    panel.locator("canvas").hover(position={"x": 92, "y": 40})
    expect(page.locator(".tip")).to_contain_text("written : stream, B0.5")


def test_what_b_has_come_to_moves_nothing(lab, page):
    page.set_viewport_size({"width": 912, "height": 720})
    stream = play(lab, page)
    about = {"words": "Batch norm before the activation, Constant (A: Cosine)", "stream": False}
    about |= {"batches": "One seed: the same batches in every step.", "labels": ["1", "2", "3", "out"]}
    page.evaluate("data => window.update(data)", data(Given("first", beside={"token": "second", **about})))
    said, place = page.locator(".versus"), "main => [main.offsetTop, main.offsetHeight]"
    expect(said).to_contain_text("is being built")
    before = page.locator(".main").evaluate(place)
    while "second" not in stream.tokens:
        page.wait_for_timeout(20)
    stream.say(hello())
    stream.show(*map(frame, range(1, 6)))
    learns = {"learns": True, "words": "The loss is 0.1."}
    stream.say({"say": "verdict", "findings": [], "past": [], "progress": learns})
    expect(said).to_contain_text("learned: 25% of its batch after 5 steps; A is at 25% of its batch.")
    expect(page.locator(".gradient-variance .key")).to_have_text("AB")
    assert page.locator(".main").evaluate(place) == before

    asked = "Was it luck? 8 seeds of each, 5 steps: 25 % of the work is done."
    stream.say({"say": "luck", "done": 0.25, "words": asked})
    bar, luck = page.locator(".luck progress"), page.locator(".luck")
    expect(bar).to_have_js_property("value", 0.25)
    foot = "node => node.getBoundingClientRect().bottom"
    assert 0 < luck.evaluate(foot) - bar.evaluate(foot) < 12  # no empty line is under the words
    before = page.locator(".main").evaluate(place)
    found = "It cannot be told: seeds alone make as much of a difference. 8 seeds of each after 5 steps, seed by seed."
    stream.say({"say": "luck", "done": 1.0, "words": found, "verdict": "cannot tell"})
    expect(luck).to_have_text(found)
    expect(bar).to_be_hidden()
    assert page.locator(".main").evaluate(place) == before


def test_curves_are_kept_behind_those_of_the_runs_to_come_until_they_are_taken_away(lab, page):
    stream = play(lab, page)
    keep, kept = button(page, "Keep these curves"), page.get_by_role("list", name="Curves that are kept")
    expect(keep).to_be_disabled()
    for epoch, activation in enumerate(["tanh", "relu", "elu", "selu"], start=2):
        stream.say(hello(epoch=epoch) | {"caption": f"Data: digits, Activation: {activation}"})
        stream.show(frame(1, epoch=epoch), frame(2 * epoch, epoch=epoch, loss=epoch))
        shows(page, step=2 * epoch)
        if activation != "selu":
            keep.click()
    expect(keep).to_be_disabled()
    expect(kept.get_by_role("listitem")).to_have_text(
        ["Activation: tanh×", "Activation: relu×", "Activation: elu×"]
    )
    page.locator(".loss canvas").hover(position={"x": 240, "y": 30})
    expect(page.locator(".tip")).to_contain_text("Activation: relu, step 6")
    button(page, "Take away: Activation: relu").click()
    expect(keep).to_be_enabled()
    page.reload()
    expect(kept.get_by_role("listitem")).to_have_count(2)
    told = page.wait_for_function("window.said.find(([, name]) => name === 'looks')?.[2].kept").json_value()
    page.evaluate("sessionStorage.clear()")
    page.goto(f"{page.url}?{urlencode({'kept': told})}")
    expect(kept.get_by_role("listitem")).to_have_count(2)


ACTS = [
    {"part": "forward", "layer": 1, "numbers": {"preactivation_var": 0.25, "saturated": 0.5}},
    {"part": "loss", "layer": None, "numbers": {"loss": 2.25}},
    {
        "part": "update",
        "layer": 4,
        "numbers": {"weight_before": 0.123456, "gradient": -2.0, "weight_after": 0.123457},
    },
]


@pytest.mark.long
def test_a_step_in_slow_motion_lights_what_acts_moment_by_moment(lab, page):
    page.set_viewport_size({"width": 900, "height": 720})
    stream = play(lab, page)
    button(page, "Slow motion").click()
    assert [verb for verb in stream.asked if verb["do"] in ("pause", "slow")] == [
        {"do": "pause"},
        {"do": "slow", "step": 5},
    ]
    stream.say(standing("paused"), {"say": "acts", "step": 5, "acts": ACTS})
    slow = page.get_by_role("region", name="Slow motion")
    expect(slow).to_contain_text("Step 5, moment 1 of 3")
    expect(slow).to_contain_text("Forward, layer 1: the layer's input becomes")
    expect(slow).to_contain_text("Var z 0.25saturated 50%")
    expect(page.locator(".panel.acts h2:visible")).to_have_text(["Activations", "Variance of activations"])
    place = "main => [main.offsetTop, main.offsetHeight]"
    before = page.locator(".main").evaluate(place)
    page.keyboard.press("ArrowRight")
    expect(page.locator(".panel.acts h2:visible")).to_have_text(["Loss", "Accuracy"])
    assert page.locator(".main").evaluate(place) == before
    button(page, "The next moment").click()
    expect(slow).to_contain_text("Update, the output layer: the optimizer moves the layer's weights.")
    expect(slow).to_contain_text("one weight 0.123456its gradient −2becomes 0.123457")
    button(page, "play").click()
    expect(slow).to_contain_text("moment 3 of 3")
    expect(button(page, "hold")).to_be_hidden()
    button(page, "close").click()
    expect(slow).to_be_hidden()
    expect(page.locator(".panel.waits")).to_have_count(0)
    page.keyboard.press("ArrowLeft")
    shows(page, step=4)


def test_a_stretch_of_the_curves_is_zoomed_into_and_out_of(lab, page):
    play(lab, page, range(41))
    loss, tip = page.locator(".loss canvas"), page.locator(".tip")
    box = loss.bounding_box()

    def over(step: int) -> tuple[float, float]:
        return box["x"] + 46 + (box["width"] - 54) * step / 40, box["y"] + 40

    loss.hover(position={"x": 46, "y": 40})
    expect(tip).to_contain_text("batch, step 0")
    page.mouse.move(*over(20))
    page.mouse.down()
    page.mouse.move(*over(32))
    page.mouse.up()
    loss.hover(position={"x": 46, "y": 40})
    expect(tip).to_contain_text("batch, step 20")
    loss.dblclick(position={"x": 46, "y": 40})
    expect(tip).to_contain_text("batch, step 0")
    page.get_by_role("button", name="Zoom in").click()
    loss.hover(position={"x": 46, "y": 40})
    expect(tip).to_contain_text("batch, step 20")
    page.get_by_role("button", name="Zoom out").click()
    loss.hover(position={"x": 46, "y": 40})
    expect(tip).to_contain_text("batch, step 0")


def test_where_it_is_to_stop_is_asked_and_forgotten_once_it_did(lab, page):
    stream = play(lab, page)
    where = page.get_by_label("Where it stops by itself, once")
    slider = page.get_by_role("slider").bounding_box()
    where.select_option("accuracy")
    expect(page.get_by_label("Stop there")).to_be_visible()
    assert page.get_by_role("slider").bounding_box() == slider
    assert stream.asked[-1] == {"do": "stop_at", "at": "accuracy", "value": 0.9}
    page.get_by_label("Stop there").fill("75")
    page.keyboard.press("Enter")
    assert stream.asked[-1] == {"do": "stop_at", "at": "accuracy", "value": 0.75}
    stream.show(frame(1339))
    shows(page, step=1339)
    where.select_option("step")
    assert stream.asked[-1] == {
        "do": "stop_at",
        "at": "step",
        "value": 2000,
    }  # and not at once, for 500 is past
    where.select_option("finding")
    assert stream.asked[-1] == {"do": "stop_at", "at": "finding", "value": None}
    expect(page.get_by_label("Stop there")).to_be_hidden()
    stream.say({"say": "stopped"}, standing("paused", reason="Stopped at the first finding."))
    expect(where).to_have_value("")
    expect(view(page)).to_contain_text("Stopped at the first finding.")


def test_frames_of_which_the_head_is_left_are_in_the_curves_and_not_among_the_held(lab, page):
    heads = [wire.head(frame(step, test=(2.0, 0.5, step - 1))) for step in range(1, 40)]
    lab(backlog=[frame(0), *heads, frame(40)])
    shows(page, step=40)
    expect(page.get_by_role("slider")).to_have_attribute("max", "40")
    box = page.locator(".loss canvas").bounding_box()
    page.locator(".loss canvas").hover(position={"x": 46 + (box["width"] - 54) * 13 / 40, "y": 40})
    expect(page.locator(".tip")).to_contain_text("batch, step 13")
    expect(page.locator(".tip")).to_contain_text("test set, step 13")


def test_who_comes_back_to_a_run_that_played_finds_it_playing(lab, page):
    stream = play(lab, page)
    stream.socket.close(code=1011)
    shows(page, connection="open", state="paused")
    page.wait_for_timeout(50)
    assert stream.verbs() == ["play"]
    stream.say(standing("playing"), standing("paused"))
    page.reload()
    shows(page, connection="open", state="paused")
    page.wait_for_timeout(50)
    assert stream.verbs() == ["play"]


def test_a_tab_whose_run_is_gone_takes_the_new_one(lab, page):
    stream = play(lab, page)
    page.evaluate("sessionStorage.setItem('gradient-flow-lab.token', JSON.stringify('older'))")
    stream.unknown = {"older"}
    page.reload()
    shows(page, connection="open", state="paused")
    assert stream.tokens == ["first", "older", "first"]
    assert said(page) == []


@pytest.mark.parametrize(
    ("up", "why"), [(10**6, "Nobody watched this run for a while"), (0, "The server was started anew")]
)
def test_a_run_that_was_let_go_is_rebuilt_with_one_click(lab, page, up, why):
    stream = play(lab, page)
    stream.unknown, stream.up = {"first"}, up
    stream.socket.close(code=1012)
    expect(view(page)).to_contain_text(f"Run ended. {why}")
    button(page, "Rebuild from its settings").click()
    page.wait_for_timeout(200)
    stream.unknown = set()
    shows(page, connection="open", state="paused")
    assert said(page) == [["trigger", "rebuild", True]]
    assert stream.tokens[:2] == ["first", "first"]


def test_new_data_does_not_mount_again(lab, page):
    stream = play(lab, page)
    page.evaluate("(data) => window.update(data)", data(Given("first")))
    stream.show(*map(frame, range(6, 106)))
    shows(page, step=105, mounts=1)
    assert stream.tokens == ["first"]
    assert page.locator("canvas").count() == 11


def test_only_the_newest_mounting_ends_the_view(lab, page):
    stream = play(lab, page)
    page.evaluate("(data) => window.update(data)", data(Given("first")))
    page.evaluate("window.ends[0]()")
    stream.show(frame(6))
    shows(page, step=6)
    page.evaluate("window.ends[1]()")
    expect(view(page)).to_have_count(0)


def test_a_dark_page_is_drawn_in_dark_colors(lab, page):
    play(lab, page)
    page.evaluate("document.getElementById('place').style.setProperty('--st-background-color', '#0e1117')")
    page.evaluate("(data) => window.update(data)", data(Given("first")))
    expect(page.locator(".view")).to_have_css("color", "rgb(232, 236, 242)")


def test_hovering_shows_the_numbers_of_a_layer(lab, page):
    play(lab, page)
    box = page.locator(".activations canvas").bounding_box()
    page.mouse.move(box["x"] + 56 + 1.2 * (box["width"] - 60) / 4, box["y"] + box["height"] / 2)
    tip = page.locator(".tip")
    expect(tip).to_contain_text("layer 2, 30 units")
    expect(tip).to_contain_text("exactly 050%")
    expect(tip).to_contain_text("−1, 1.5")
    box = page.locator(".gradient-variance canvas").bounding_box()
    page.mouse.move(box["x"] + 56 + 10, box["y"] + 40)
    expect(tip).to_contain_text("layer 1, 30 units")
    expect(tip).to_contain_text("1e-8")


def test_everything_has_its_help(lab, page):
    lab()
    for about in ("Activations", "Variance of gradients", "Loss", "Saturated, dead", "axis and scale"):
        button(page, f"Help: {about}").hover()
        expect(page.locator(".tip")).to_be_visible()
        assert len(page.locator(".tip").inner_text()) > 40


def test_a_click_on_a_question_mark_keeps_its_words_until_the_focus_goes_elsewhere(lab, page):
    lab()
    button(page, "Help: Accuracy").click()
    expect(page.locator(".tip")).to_contain_text("right answers")
    page.mouse.move(5, 5)
    page.wait_for_timeout(50)
    expect(page.locator(".tip")).to_be_visible()
    page.keyboard.press("Escape")
    expect(page.locator(".tip")).to_be_hidden()


def test_every_depth_fits_the_screen(lab, page):
    stream = lab()
    shows(page, state="paused")
    button(page, "through time").last.click()
    for epoch, layers in enumerate([1, 2, 11, 51, 101], start=2):
        stream.say(hello(layers, epoch))
        stream.show(*(frame(step, layers, epoch) for step in range(12)))
        shows(page, step=11)
        expect(page.get_by_role("slider")).to_have_attribute("max", "11")
        assert page.evaluate("document.documentElement.scrollHeight") <= 900


def test_the_topmost_tick_has_room_for_its_words(lab, page):
    page.add_init_script("""window.heights = []
        const { fillText } = CanvasRenderingContext2D.prototype
        CanvasRenderingContext2D.prototype.fillText = function (text, x, y, ...more) {
            if (this.canvas.closest(".gradients")) heights.push(y)
            return fillText.call(this, text, x, y, ...more)
        }""")
    lab().show(frame(1, scale=0.334))
    shows(page, step=1)
    assert 6 < page.evaluate("Math.min(...heights)") < 20


def test_the_legend_of_rate_and_weights_has_the_colors_of_their_lines(lab, page):
    play(lab, page, told={"spec": {"schedule": "cosine"}})
    expect(page.locator(".course .of-weights")).to_have_css(
        "border-top-color", rgb(theme.colors("light")["weight"])
    )


def test_the_mark_of_a_lesson_pushes_nothing_out_of_its_panel(lab, page):
    play(lab, page)
    page.evaluate("(data) => window.update(data)", data(Given("first", lesson="loss")))
    panel = page.locator(".panel.loss.looked")
    assert panel.evaluate("""panel => [...panel.querySelectorAll("header > *")]
        .every((each) => each.getBoundingClientRect().right <= panel.getBoundingClientRect().right + 1)""")


def test_every_scale_is_drawn(lab, page):
    stream = lab()
    box = page.locator(".gradient-variance canvas").bounding_box()
    page.mouse.move(box["x"] + 56 + 10, box["y"] + 40)
    for step, exponent in enumerate([-140, -38, 30]):
        stream.show(frame(step, scale=10.0**exponent))
        expect(page.locator(".tip")).to_contain_text(f"1e{2 * exponent - 8}")


def test_a_phone_gets_one_column(lab, page):
    page.set_viewport_size({"width": 390, "height": 844})
    play(lab, page)
    boxes = [panel.bounding_box() for panel in page.locator(".panel:visible").all()]
    tiles = [tile.bounding_box() for tile in page.locator(".figure:visible").all()]
    assert len({round(tile["y"] + tile["height"] / 2) // 20 for tile in tiles}) <= 2
    assert {round(box["x"]) for box in boxes} == {0}
    assert all(box["width"] == 390 for box in boxes)
    assert page.evaluate("document.documentElement.scrollWidth") == 390


def test_on_a_phone_the_timeline_is_in_sight_and_slow_motion_beside_what_it_lights(lab, page):
    page.set_viewport_size({"width": 390, "height": 844})
    stream = play(lab, page)
    lit, slider = page.locator(".panel.acts"), page.get_by_role("slider")
    expect(page.locator(".panel.activations")).to_be_in_viewport(ratio=1)
    expect(slider).to_be_in_viewport(ratio=1)
    button(page, "Slow motion").click()
    stream.say(standing("paused"), {"say": "acts", "step": 5, "acts": ACTS})
    slow = page.get_by_role("region", name="Slow motion")
    for panels in (["Activations", "Variance of activations"], ["Loss", "Accuracy"], ["Update : weight"]):
        expect(lit.locator("h2:visible")).to_have_text(panels)
        for seen in (*lit.filter(visible=True).all(), slow, slider):
            expect(seen).to_be_in_viewport(ratio=0.98)  # a mark at a lit panel's left lies beyond the edge
        last, low = lit.filter(visible=True).last.bounding_box(), slow.bounding_box()
        assert last["y"] + last["height"] <= low["y"]
        button(page, "The next moment").click()
    page.set_viewport_size({"width": 900, "height": 720})
    expect(page.locator(".slow + .main")).to_be_visible()


def test_a_broken_frame_is_a_notice_and_the_next_is_drawn(lab, page):
    stream = play(lab, page)
    stream.show(b"GF\x09" + bytes(200), frame(6))
    expect(view(page)).to_contain_text("A frame could not be read")
    shows(page, step=6)


def test_where_websockets_are_blocked_it_polls(lab, page):
    asked, posted = [], []

    def answer(route: Route) -> None:
        asked.append(route.request.url.split("?")[1])
        number = len(asked)
        messages = [hello(), standing("playing")] if number == 1 else []
        frames = [frame(number), frame(number + 1)] if number < 4 else []
        route.fulfill(
            body=wire.join([json.dumps(messages).encode(), *frames]),
            headers={"X-Live-Epoch": "1", "X-Live-Said": "2"},
        )

    page.route(
        "**/live/do/**",
        lambda route: (posted.append(route.request.post_data_json), route.fulfill(status=204)),
    )
    lab(is_blocked=True, frames=answer)
    shows(page, connection="polling", state="playing", step=4)
    button(page, "Pause").click()
    page.wait_for_timeout(100)
    assert asked[:3] == ["after=-1&said=0", "after=2&epoch=1&said=2", "after=3&epoch=1&said=2"]
    assert posted == [{"do": "pause"}]
