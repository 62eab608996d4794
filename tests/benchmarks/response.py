"""How fast the pages answer: first paint, a change to the first frame that shows it, and the Signal page's redraw.

    uv run python -m tests.benchmarks.response

A real server and Chromium. A change is timed from the key that commits it to the arrival of the first frame of the
changed run (the browser draws it at its next frame, 17 ms at most), so it includes Streamlit's script run, the way to
the engine process and back.
"""

import statistics
import time
from collections.abc import Callable
from shutil import which

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.live_view import FLAGS, serving
from viz.wire import frame as wire

VIEW = "document.querySelector('[data-testid=live-view]')"
PATIENCE = 120_000
RATES = ("0.3", "0.03", "0.02", "0.2", "0.05", "0.5", "0.07", "0.15")
SEEDS = ("11", "12", "13", "14", "15", "16")
ACTIVATIONS = ("ReLU", "Tanh", "ELU", "Softsign", "GELU")
DRAWN = """() => JSON.stringify([...document.querySelectorAll('.js-plotly-plot')].slice(0, 2).map(
  plot => (plot.data ?? []).map(trace => trace.y)))"""


def report(what: str, seconds: list[float], must: str = "") -> None:
    """Median and slowest."""
    middle, worst = (1000 * value for value in (statistics.median(seconds), max(seconds)))
    print(f"{what:<52} {middle:6.0f} ms, slowest {worst:6.0f} ms   {must}", flush=True)


def until(page: Page, is_so: Callable[[], bool]) -> float:
    """Seconds until it is so."""
    began = time.perf_counter()
    while not is_so():
        page.wait_for_timeout(4)
        if time.perf_counter() - began > PATIENCE / 1000:
            raise TimeoutError
    return time.perf_counter() - began


def commit(page: Page, role: str, label: str, value: str) -> float:
    """Type a value into a control of the sidebar; returns when Enter was pressed."""
    page.get_by_test_id("stSidebar").get_by_role(role, name=label).first.click()
    page.keyboard.press("Control+A")
    page.keyboard.type(value, delay=50)
    page.wait_for_timeout(300)
    pressed = time.perf_counter()
    page.keyboard.press("Enter")
    return pressed


def train(page: Page, url: str) -> None:
    """First paints, and changes that act now and that restart."""
    frames: list[dict] = []

    def hear(payload: str | bytes) -> None:
        if isinstance(payload, bytes) and payload[:2] == wire.MAGIC:
            frames.append(wire.decode(payload))

    page.on("websocket", lambda socket: socket.on("framereceived", hear))
    paints = []
    for _ in range(4):
        began = time.perf_counter()
        page.goto(url)
        page.wait_for_function(f"Number({VIEW}?.dataset.frames) >= 1", timeout=PATIENCE)
        paints.append(time.perf_counter() - began)
    report("first paint on a warm server", paints[1:], "must 1000, aim 700")
    page.get_by_role("button", name="Play").first.click()
    page.wait_for_function(f"Number({VIEW}.dataset.step) > 200", timeout=PATIENCE)
    took = []
    for rate in RATES:
        commit(page, "textbox", "Learning rate", rate)
        took.append(until(page, lambda rate=rate: frames and frames[-1]["lr"] == float(rate)))
        page.wait_for_timeout(500)
    report("a change marked now, to its first frame", took, "must 150, aim 120")
    took = []
    for seed in SEEDS:
        epoch = frames[-1]["epoch"]
        commit(page, "textbox", "Seed", seed)
        took.append(until(page, lambda epoch=epoch: frames[-1]["epoch"] > epoch))
        page.wait_for_timeout(500)
    report("a change that restarts, to its first frame", took, "must 400, aim 150")


def signal(page: Page, url: str) -> None:
    """A control of the Signal page, to the first and the last picture it leads to."""
    page.goto(f"{url}/signal?hidden=512x50&activation=sigmoid")
    page.wait_for_function("document.querySelectorAll('.js-plotly-plot').length >= 4", timeout=PATIENCE)
    idle(page)
    first, last = [], []
    for name in ACTIVATIONS:
        before = page.evaluate(DRAWN)
        began = commit(page, "combobox", "Activation", name)
        until(page, lambda before=before: page.evaluate(DRAWN) not in (before, "[]"))
        first.append(time.perf_counter() - began)
        idle(page)
        last.append(time.perf_counter() - began - 0.4)
    report("Signal, 50 x 512: a change to its first picture", first, "must 400")
    report("Signal, 50 x 512: the same, all 8 seeds", last)


def idle(page: Page) -> None:
    """Wait until the script has run and nothing was drawn for 0.4 s."""
    page.wait_for_function("!document.querySelector('[data-testid=stStatusWidget]')", timeout=PATIENCE)
    seen = page.evaluate(DRAWN)
    while True:
        page.wait_for_timeout(400)
        if (now := page.evaluate(DRAWN)) == seen:
            return
        seen = now


def main() -> None:
    path = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))))
    with serving("app.py") as (url, _), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        for measure in (train, signal):
            measure(browser.new_page(viewport={"width": 1440, "height": 900}), url)
        browser.close()


if __name__ == "__main__":
    main()
