"""A net under the cell of a notebook: executed by a real kernel, then drawn from the very messages that it sent."""

import base64
import json
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from viz.own_net import notebook
from viz.words.language import say, speaking

nbformat = pytest.importorskip("nbformat", reason="no nbformat: uv sync --group outside")
nbclient = pytest.importorskip("nbclient", reason="no nbclient: uv sync --group outside")
pytest.importorskip("anywidget", reason="no anywidget: uv sync --group outside")
pytest.importorskip("ipykernel", reason="no ipykernel: uv sync --group outside")

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("default")]

WITHIN = 1200  # seconds, on a machine that is busy
STEPS = 40
BLOCKS = [f"h.{block}" for block in range(4)]
PATHS = [f"{block}.fc" for block in BLOCKS]
CELLS = (
    """
from collections import OrderedDict
import torch
from torch import nn
from viz import watch
torch.manual_seed(0)
blocks = [nn.Sequential(OrderedDict(fc=nn.Linear(16, 16), act=nn.Sigmoid())) for _ in range(4)]
model = nn.Sequential(OrderedDict(h=nn.Sequential(*blocks)))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
x = torch.randn(32, 16)
""",
    f"""
with watch(model, optimizer, every=1, name="mine") as lab:
    for _ in range({STEPS}):
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()
""",
    """
with watch(model, optimizer, every=1, name="mine", language="zh"):
    for _ in range(3):
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()
""",
)
HOST = "http://notebook.test"
PAGE = """<!doctype html><link rel="icon" href="data:,"><body style="background: PAPER"><div id="place"></div>
<script>
    window.made = 0
    const make = URL.createObjectURL
    URL.createObjectURL = (blob) => (made++, make.call(URL, blob))
</script>
<script type="module">
    import widget from "/widget.js"
    const state = {}, hears = {}
    window.sent = []
    const model = {
        get: (name) => state[name],
        on: (event, hear) => (hears[event] ??= new Set()).add(hear),
        off: (event, hear) => hears[event]?.delete(hear),
        send: (message) => sent.push(message),
    }
    const tell = (event, ...said) => hears[event]?.forEach((hear) => hear(...said))
    const bytesOf = (text) => new DataView(Uint8Array.from("pad" + atob(text), (c) => c.charCodeAt(0)).buffer, 3)
    window.say = ({ method, state: changed, content, buffers }) => {
        if (method === "custom") return tell("msg:custom", content, buffers.map(bytesOf))
        Object.assign(state, changed)
        for (const name of Object.keys(changed)) tell(`change:${name}`)
    }
    window.show = async () => {
        window.end = await widget.render({ model, el: document.getElementById("place") })
    }
    window.listening = () => Object.values(hears).reduce((all, each) => all + each.size, 0)
    window.ready = true
</script>"""


class Client(nbclient.NotebookClient):
    """Keeps what widgets said, as (message, buffers), and the text of each output."""

    def __init__(self, *given: Any, **more: Any) -> None:
        super().__init__(*given, **more)
        self.said: list[dict[str, Any]] = []

    def process_message(self, msg: dict[str, Any], *where: Any) -> Any:
        if msg["msg_type"] in ("comm_open", "comm_msg"):
            buffers = [base64.b64encode(bytes(each)).decode() for each in msg["buffers"]]
            content = msg["content"]
            self.said.append({"of": content["comm_id"], **content["data"], "buffers": buffers})
        return super().process_message(msg, *where)


@pytest.fixture(scope="module")
def executed() -> Client:
    written = nbformat.v4.new_notebook()
    written.cells = [nbformat.v4.new_code_cell(source) for source in CELLS]
    client = Client(written, timeout=WITHIN, startup_timeout=WITHIN, kernel_name="python3")
    client.execute()
    return client


@pytest.fixture(scope="module")
def messages(executed: Client) -> list[dict[str, Any]]:
    """What the widget of the net said, from its birth on."""
    return said_in("en", executed)


def said_in(language: str, executed: Client) -> list[dict[str, Any]]:
    """The same of the widget that is read in that language."""
    births = [each for each in executed.said if "_esm" in each.get("state", {})]
    [born] = [each for each in births if each["state"]["speech"]["language"] == language]
    return [each for each in executed.said if each["of"] == born["of"]]


@pytest.fixture
def opened(page: Page, messages: list[dict[str, Any]]) -> Page:
    return on_a_page(page, messages)


def on_a_page(page: Page, messages: list[dict[str, Any]]) -> Page:
    """A page with nothing on it but the widget's module, and a model that has heard of its birth."""
    esm = messages[0]["state"]["_esm"]
    page.route(
        f"{HOST}/", lambda route: route.fulfill(body=PAGE.replace("PAPER", "#111"), content_type="text/html")
    )
    page.route(f"{HOST}/widget.js", lambda route: route.fulfill(body=esm, content_type="text/javascript"))
    page.goto(f"{HOST}/")
    page.wait_for_function("window.ready")
    hear(page, messages[:1])
    return page


def hear(page: Page, messages: list[dict[str, Any]]) -> None:
    page.evaluate(
        "(messages) => messages.forEach(say)", [{**each, "state": plain(each)} for each in messages]
    )


def plain(message: dict[str, Any]) -> dict[str, Any]:
    return {name: value for name, value in message.get("state", {}).items() if name != "_esm"}


def frames(messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
    return [each for each in messages if each.get("content") == {"say": "frame"}]


def shows_paths(view: Locator) -> None:
    for block in BLOCKS:
        expect(view.get_by_role("button", name=block, exact=True)).to_be_visible()
    view.get_by_role("searchbox").fill(PATHS[2])
    expect(view.get_by_role("status").filter(has_text="1 match in 4 layers")).to_be_visible()


def test_a_kernel_says_a_bounded_number_of_messages_and_starts_no_app(executed, messages):
    shown = frames(messages)
    assert 1 <= len(shown) <= STEPS
    assert all(len(each["buffers"]) == 1 for each in shown)
    assert len(messages) <= len(shown) + 10
    told = [each["state"] for each in messages if "state" in each]
    greeted = [state["hello"]["rows"] for state in told if state.get("hello")]
    assert [row["name"] for row in greeted[-1]] == PATHS
    assert messages[0]["state"]["standing"]["state"] == "playing"
    assert told[-1]["standing"]["reason"] == f"The watching ended after step {STEPS}: all of it is kept here."
    outputs = [output for cell in executed.nb.cells for output in cell["outputs"]]
    assert [output["output_type"] for output in outputs] == ["display_data"] * 2
    assert "draws no widgets; watch(..., notebook=False) shows" in outputs[0]["data"]["text/plain"]
    assert len(json.dumps(messages[0]["state"]["_esm"])) < 400_000


def test_the_canvas_is_drawn_from_them_live_and_on_the_paper_of_the_notebook(opened: Page, messages):
    first, *more = frames(messages)
    at = messages.index(first) + 1
    opened.evaluate("show()")
    view = opened.get_by_test_id("live-view")
    expect(view).to_contain_text("Waits for the first step of the cell.")
    hear(opened, messages[1:at])
    expect(view).to_have_attribute("data-step", "1")
    expect(view).to_have_attribute("data-state", "playing")
    shows_paths(view)
    assert more
    hear(opened, messages[at:])
    expect(view).to_have_attribute("data-step", str(STEPS))
    expect(view).to_have_attribute("data-state", "paused")
    assert opened.evaluate("sent") == [{"do": "past"}]
    ink = view.locator(".view").evaluate("(root) => getComputedStyle(root).color")
    assert ink == "rgb(232, 236, 242)"  # on dark paper
    opened.evaluate("end()")
    expect(view).to_have_count(0)
    assert opened.evaluate("listening()") == 0


def test_the_widget_is_there_at_once_and_loads_its_many_files_when_it_is_shown(opened: Page, messages):
    assert opened.evaluate("made") == 0  # anywidget gives up on a module that is not there within two seconds
    opened.evaluate("show()")
    assert opened.evaluate("made") > 30
    hear(opened, messages[1:])
    expect(opened.get_by_test_id("live-view")).to_have_attribute("data-step", str(STEPS))


def test_a_cell_is_read_in_the_language_that_was_asked_for(page: Page, executed: Client):
    first, *more = said_in("zh", executed)
    opened = on_a_page(page, [first])
    opened.evaluate("show()")
    view = opened.get_by_test_id("live-view")
    with speaking("zh"):
        waits, over = (
            say(notebook.WAITS),
            say("The watching ended after step {steps}: all of it is kept here.", steps=3),
        )
    expect(view).to_contain_text(waits)
    hear(opened, more)
    expect(view).to_contain_text(over)
    expect(view).to_contain_text("梯度的方差")
    assert opened.evaluate("document.getElementById('place').lang") == "zh"


def test_a_view_that_comes_late_has_what_was_missed_when_the_kernel_answers(opened: Page, messages):
    *before, last = frames(messages)
    hear(opened, messages[1:])
    opened.evaluate("show()")
    view = opened.get_by_test_id("live-view")
    expect(view).to_have_attribute("data-state", "paused")
    past = [buffer for each in [*before, last] for buffer in each["buffers"]]
    hear(opened, [{"method": "custom", "content": {"say": "past"}, "buffers": past}])
    expect(view).to_have_attribute("data-step", str(STEPS))
    view.get_by_role("slider").fill("1")
    expect(view).to_have_attribute("data-step", "1")
    expect(view).to_contain_text("All panels show step 1")
    shows_paths(view)
