"""Your net: watched live and to its end; the app is closed under a script and comes again; the script is killed."""

import os
import re
import subprocess
import sys
from collections import OrderedDict
from collections.abc import Iterator
from contextlib import ExitStack
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch import nn

import viz
from tests.browser.conftest import ROOT, free_port, serving
from viz.nets.host import GONE

pytestmark = pytest.mark.slow

LONG = 120_000  # ms: an app or a script is started, on a busy machine
SCRIPT = """
import time
from collections import OrderedDict

import torch
from torch import nn

from viz import watch

torch.manual_seed(0)
blocks = [nn.Sequential(OrderedDict(fc=nn.Linear(32, 32), act=nn.Sigmoid())) for _ in range(8)]
model = nn.Sequential(OrderedDict(h=nn.Sequential(*blocks), head=nn.Linear(32, 4)))
optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
with watch(model, optimizer, name="walked", rate=5) as lab:
    while True:
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(torch.randn(64, 32)), torch.randint(0, 4, (64,))).backward()
        optimizer.step()
        print(lab.steps, lab.url, flush=True)
        time.sleep(0.03)
"""


class Script:
    """A training script of somebody's own, and what it prints: its steps, and where it is seen."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        (folder / "train.py").write_text(SCRIPT)
        self.said, errors = folder / "said", (folder / "errors").open("w")
        with self.said.open("w") as out, errors:
            command = [sys.executable, "train.py"]
            self.process = subprocess.Popen(command, cwd=folder, stdout=out, stderr=errors, env=environment)

    @property
    def now(self) -> tuple[int, str]:
        lines = self.said.read_text().splitlines(keepends=True)
        step, _, url = (
            next((each for each in reversed(lines) if each.endswith("\n")), "0 ").rstrip().partition(" ")
        )
        return int(step), url

    def kill(self) -> None:
        self.process.kill()
        self.process.wait()


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    """Where apps and scripts meet nobody else's."""
    return {**os.environ, "XDG_CACHE_HOME": str(tmp_path / "cache"), "PYTHONPATH": str(ROOT)}


class App:
    """The app on one port, closed and started again."""

    def __init__(self, log: Path, environment: dict[str, str]) -> None:
        self.log, self.environment, self.port = log, environment, free_port()
        self.running = ExitStack()

    def start(self) -> None:
        self.running.enter_context(serving(self.log, self.environment, self.port))

    def close(self) -> None:
        self.running.close()


@pytest.fixture
def app(tmp_path: Path, environment: dict[str, str], chromium_path: str) -> Iterator[App]:
    app = App(tmp_path / "log.txt", environment)
    app.start()
    yield app
    app.close()


@pytest.fixture
def script(tmp_path: Path, environment: dict[str, str], app: App) -> Iterator[Script]:
    script = Script(tmp_path, environment)
    yield script
    script.kill()


def goes_on(page: Page, script: Script, steps: int = 5) -> None:
    """Wait until the script has made so many steps more."""
    start, _ = script.now
    for _ in range(LONG // 100):
        if script.now[0] >= start + steps:
            return
        page.wait_for_timeout(100)
    raise AssertionError(f"the script stands at step {start}")


def step(view: Locator) -> int:
    return int(view.get_attribute("data-step") or 0)


def goes_on_on_screen(view: Locator) -> None:
    seen = step(view)
    expect(view).not_to_have_attribute("data-step", str(seen), timeout=LONG)


def ladder(view: Locator) -> None:
    """Blocks, folded; one layer found by its path."""
    for block in (*(f"h.{k}" for k in range(8)), "the net itself"):
        expect(view.get_by_role("button", name=block, exact=True)).to_be_visible()
    view.get_by_role("searchbox").fill("h.3.fc")
    expect(view.get_by_role("status").filter(has_text="1 match in 9 layers")).to_be_visible()
    view.get_by_role("searchbox").press("Enter")
    expect(view.get_by_role("button", name="h.3", exact=True)).to_have_attribute("aria-expanded", "true")


def sick() -> tuple[nn.Module, torch.optim.Optimizer]:
    torch.manual_seed(0)
    blocks = [nn.Sequential(OrderedDict(fc=nn.Linear(32, 32), act=nn.Sigmoid())) for _ in range(8)]
    model = nn.Sequential(OrderedDict(h=nn.Sequential(*blocks), head=nn.Linear(32, 4)))
    return model, torch.optim.SGD(model.parameters(), lr=0.1)


def train(model: nn.Module, optimizer: torch.optim.Optimizer, steps: int) -> None:
    for _ in range(steps):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(torch.randn(64, 32)), torch.randint(0, 4, (64,))).backward()
        optimizer.step()


def test_a_net_is_seen_while_it_trains_and_when_it_is_done(
    page: Page, app_url: str, meeting_place: dict[str, str], monkeypatch: pytest.MonkeyPatch
):
    for name, value in meeting_place.items():
        monkeypatch.setenv(name, value)
    model, optimizer = sick()
    with viz.watch(model, optimizer, every=1, name="seen live") as lab:
        train(model, optimizer, 40)
        while not lab.url:
            page.wait_for_timeout(50)
        assert lab.url.startswith(f"{app_url}/own_net?net=")
        page.goto(lab.url)
        view = page.get_by_test_id("live-view")
        expect(view).to_have_attribute("data-step", "40")
        ladder(view)
        train(model, optimizer, 20)
        expect(view).to_have_attribute("data-step", "60")
    expect(view).to_contain_text(re.compile("vanishing", re.IGNORECASE))
    view.get_by_role("button", name=re.compile("Why")).click()
    expect(view).to_contain_text("nn.BatchNorm1d(")
    expect(
        page.get_by_role("status").filter(has_text="The watching ended after step 60").first
    ).to_be_visible()
    view.get_by_role("slider").fill("1")
    expect(view).to_have_attribute("data-step", "1")


def test_a_link_to_no_net_says_so_and_lists_those_that_are(
    page: Page,
    app_url: str,
    meeting_place: dict[str, str],
    monkeypatch: pytest.MonkeyPatch,
    console_errors: list[str],
):
    for name, value in meeting_place.items():
        monkeypatch.setenv(name, value)
    model, optimizer = sick()
    with viz.watch(model, optimizer, every=1, name="another") as lab:
        train(model, optimizer, 3)
        while not lab.url:
            page.wait_for_timeout(50)
        page.goto(f"{app_url}/own_net?net={'x' * 32}")
        expect(
            page.get_by_role("status").filter(has_text="There is no net of this link here")
        ).to_be_visible()
        view = page.get_by_test_id("live-view")
        expect(view).to_be_hidden()
        page.get_by_role("button", name=re.compile("another")).click()
        expect(view).to_have_attribute("data-step", "3")
        expect(view).to_be_visible()
    console_errors.clear()  # that there is no such net is a 404


@pytest.mark.long
def test_a_script_is_watched_through_an_app_that_is_closed_and_to_its_own_end(
    page: Page, app: App, script: Script, console_errors: list[str]
):
    goes_on(page, script)
    while not script.now[1]:
        goes_on(page, script, 1)
    page.goto(script.now[1])
    view = page.get_by_test_id("live-view")
    expect(view).to_have_attribute("data-frames", re.compile("[1-9]"), timeout=LONG)
    expect(page.get_by_role("button", name=re.compile("walked.*step"))).to_have_attribute("data-live", "true")

    ladder(view)
    expect(view).to_contain_text(re.compile("vanishing", re.IGNORECASE), timeout=LONG)
    view.get_by_role("button", name=re.compile("Why")).click()
    expect(view).to_contain_text("nn.BatchNorm1d(")

    app.close()
    goes_on(page, script)
    expect(view).to_have_attribute("data-connection", "reconnecting", timeout=LONG)
    app.start()
    goes_on_on_screen(view)
    expect(view).to_have_attribute("data-connection", "open", timeout=LONG)
    view.get_by_role("slider").fill("1")
    expect(view).to_have_attribute("data-step", "1")
    view.get_by_role("button", name="back to live").click()
    goes_on_on_screen(view)

    script.kill()
    expect(page.get_by_role("status").filter(has_text=GONE).first).to_be_visible(timeout=LONG)
    view.get_by_role("slider").fill("1")
    expect(view).to_have_attribute("data-step", "1")
    expect(page.get_by_role("button", name=re.compile("walked.*over"))).to_be_visible()
    console_errors.clear()  # of the time without an app
