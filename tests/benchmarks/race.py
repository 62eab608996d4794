"""The race as a browser meets it: bytes, frames a second, scrubbing, dragging, and what the extras cost.

    python tests/benchmarks/race.py

Eight optimizers, 500 steps, a 120 x 120 surface, on a server and in a Chromium started for this; needs Chromium on the
PATH. Prints one line a figure, with what it must and aims to be.
"""

import os
import socket
import statistics
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path
from shutil import which

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
LINK = "surface=rosenbrock&steps=500"
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")

VIEW = "document.querySelector('[data-testid=race-view]')"
FRAMES = """seconds => new Promise(done => {
  const stamps = []
  const tick = now => {
    stamps.push(now)
    now - stamps[0] < 1000 * seconds ? requestAnimationFrame(tick) : done(stamps)
  }
  requestAnimationFrame(tick)
})"""
SCRUB = """steps => new Promise(async done => {
  const view = document.querySelector('[data-testid=race-view]')
  const range = (view.shadowRoot ?? view).querySelector('.scrub input')
  const took = []
  for (const step of steps) {
    const began = performance.now()
    range.value = step
    range.dispatchEvent(new Event('input'))
    while (view.dataset.step !== String(step)) await new Promise(requestAnimationFrame)
    took.push(performance.now() - began)
  }
  done(took)
})"""


def report(what: str, value: str, must: str = "", aim: str = "") -> None:
    print(f"{what:<58} {value:>16}   {f'must {must}, aim {aim}' if must else ''}", flush=True)


def quantile(values: list[float], share: float) -> float:
    return sorted(values)[min(len(values) - 1, int(share * len(values)))]


def milliseconds(reply) -> float:
    """What the race's process took."""
    return float(reply.headers["server-timing"].split("dur=")[1])


def wait_still(page: Page) -> None:
    page.wait_for_function(f"{VIEW}?.dataset.state === 'still'", timeout=180_000)


def measure(page: Page, url: str) -> None:
    answers: dict[str, list] = {}

    def note(reply) -> None:
        if "/race/ask/" in reply.url and reply.ok:
            answers.setdefault(reply.request.post_data_json["ask"], []).append(reply)

    page.on("response", note)
    page.goto(f"{url}/optimizers?{LINK}")
    wait_still(page)
    page.reload()
    began = time.perf_counter()
    page.wait_for_function(f"['still', 'playing'].includes({VIEW}?.dataset.state)", timeout=60_000)
    report("first paint on a warm server (reload)", f"{time.perf_counter() - began:.2f} s", "3", "1.5")
    wait_still(page)
    page.locator(".card .title").nth(5).click()
    page.wait_for_timeout(4000)
    race = [answers[name][-1] for name in ("surface", "paths", "inside")]
    raw = sum(len(reply.body()) for reply in race)
    sent = sum(int(reply.headers["content-length"]) for reply in race)
    report("bytes, surface + 8 paths x 500 + one optimizer's inside", f"{raw / 1000:.1f} KB", "150", "110")
    report("the same as sent (gzip)", f"{sent / 1000:.1f} KB")

    sent_while: list[str] = []
    page.on("request", lambda request: sent_while.append(request.url))
    frames_sent = []
    page.on("websocket", lambda socket: socket.on("framesent", frames_sent.append))
    page.get_by_role("button", name="Play again from the start", exact=True).click()
    stamps = page.evaluate(FRAMES, 6)
    gaps = [b - a for a, b in pairwise(stamps)]
    report("frames a second while playing", f"{1000 / statistics.mean(gaps):.1f}", "50", "60")
    report("one draw, mean", f"{page.evaluate(f'Number({VIEW}.dataset.drawMs)'):.2f} ms")
    steps = [(37 * k) % 499 for k in range(1, 80)]
    took = page.evaluate(SCRUB, steps)
    report("scrub, input to drawn, median", f"{statistics.median(took):.1f} ms")
    report("scrub, input to drawn, p95", f"{quantile(took, 0.95):.1f} ms", "33", "15")
    asked = [each for each in sent_while if "_stcore" not in each]
    report("requests while playing and scrubbing", str(len(asked) + len(frames_sent)), "0", "0")

    before = len(answers["paths"])
    box = page.locator(".panel.map canvas").bounding_box()
    x, y = box["x"] + box["width"] / 2, box["y"] + box["height"] / 2
    page.mouse.move(x, y)
    page.mouse.down()
    began = time.perf_counter()
    for k in range(90):
        page.mouse.move(x - k, y - k / 2)
        page.wait_for_timeout(20)
    passed = time.perf_counter() - began
    page.mouse.up()
    page.wait_for_timeout(3000)
    dragged = answers["paths"][before:-1]
    report("new pictures a second while the start is dragged", f"{len(dragged) / passed:.1f}")
    report("the whole race recomputed on the server", f"{milliseconds(answers['paths'][-1]):.0f} ms")

    page.get_by_text("learning rates", exact=True).click()
    page.get_by_text("basins", exact=True).click()
    page.wait_for_timeout(15_000)
    report(
        "100 learning rates of one optimizer, slowest of 8",
        f"{max(map(milliseconds, answers['rates'])):.0f} ms",
        "500",
        "500",
    )
    report("basins of a 60 x 60 grid", f"{milliseconds(answers['regions'][-1]):.0f} ms", "500", "500")


def main() -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    server = subprocess.Popen(
        command,
        cwd=ROOT,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
        env=os.environ | {"OMP_NUM_THREADS": "1"},
    )
    try:
        time.sleep(15)  # the race's process loads torch meanwhile
        with sync_playwright() as playwright:
            path = which("chromium") or which("chromium-browser") or which("google-chrome")
            browser = playwright.chromium.launch(executable_path=path, args=list(FLAGS))
            page = browser.new_page(viewport={"width": 1440, "height": 900}, reduced_motion="reduce")
            measure(page, f"http://localhost:{port}")
            browser.close()
    finally:
        server.terminate()
        server.wait(20)


if __name__ == "__main__":
    main()
