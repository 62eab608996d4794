"""The live view against the usual way, a fragment with st.plotly_chart, side by side in one real Chromium each.

    uv run python -m tests.benchmarks.live_view [--seconds 15]

Both show the same net (ten layers of 100 on digits): 22 histograms, variances, loss. Prints for each: the share of
ten asked updates a second that reach the screen, the page's own frames a second, the server's CPU and the bytes of
every update that is shown; then the ratios. The server's CPU is read from /proc, so it is for Linux.
"""

import argparse
import os
import shutil
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright

ROOT = Path(__file__).parents[2]
ASKED = 10.0
FLAGS = [
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
]
COUNT_FRAMES = """() => {
  window.painted = 0
  const tick = () => { window.painted += 1; requestAnimationFrame(tick) }
  requestAnimationFrame(tick)
}"""
COUNT_STEPS = """() => {
  window.shown = 0
  let last = null
  const look = () => {
    const now = document.querySelector('[data-testid=step]')?.textContent
    if (now && now !== last) { last = now; window.shown += 1 }
    requestAnimationFrame(look)
  }
  look()
}"""


@dataclass
class Measured:
    """What one way costs and holds, over the same time."""

    updates: float
    fps: float
    cpu: float
    size: float

    @property
    def held(self) -> float:
        """Of ten asked updates a second."""
        return self.updates / ASKED


@contextmanager
def serving(script: str) -> Iterator[tuple[str, int]]:
    """(address, process id) of a Streamlit server."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", script, "--server.port", str(port)]
    process = subprocess.Popen(
        [*command, "--server.headless", "true"],
        cwd=ROOT,
        env=os.environ | {"OMP_NUM_THREADS": "1", "PYTHONPATH": str(ROOT)},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    try:
        yield _answering(f"http://127.0.0.1:{port}"), process.pid
    finally:
        process.terminate()
        process.wait(30)


def _answering(url: str) -> str:
    end = time.monotonic() + 120
    while True:
        try:
            urllib.request.urlopen(f"{url}/_stcore/health", timeout=5).close()
            return url
        except OSError:
            if time.monotonic() > end:
                raise
            time.sleep(0.2)


def cpu_seconds(pid: int) -> float:
    """CPU seconds that a process, not its children, has used."""
    fields = Path(f"/proc/{pid}/stat").read_text().rsplit(")", 1)[1].split()
    return (int(fields[11]) + int(fields[12])) / os.sysconf("SC_CLK_TCK")


def thread_seconds(pid: int) -> float:
    """CPU seconds of a process's busiest thread but the first: the baseline's training, which is no update's cost."""
    ticks = [
        sum(map(int, stat.read_text().rsplit(")", 1)[1].split()[11:13]))
        for stat in Path(f"/proc/{pid}/task").glob("*/stat")
        if stat.parent.name != str(pid)
    ]
    return max(ticks, default=0) / os.sysconf("SC_CLK_TCK")


def live_view(page: Page) -> None:
    """Press Play."""
    page.wait_for_selector("[data-testid=live-view]", timeout=60_000)
    page.get_by_role("button", name="Play").first.click()


def usual_way(page: Page) -> None:
    """Wait for the charts."""
    page.wait_for_selector(".js-plotly-plot", timeout=60_000)


def measure(url: str, pid: int, start, updates: str, trains_inside: bool, seconds: float) -> Measured:
    """Watch one page for a while."""
    browser_path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    received = [0]

    def count(payload: str | bytes) -> None:
        received[0] += len(payload)

    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=browser_path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.on("websocket", lambda socket: socket.on("framereceived", count))
        page.goto(url)
        start(page)
        page.evaluate(COUNT_STEPS)
        page.evaluate(COUNT_FRAMES)
        page.wait_for_timeout(4000)

        def now() -> tuple[float, ...]:
            inside = thread_seconds(pid) if trains_inside else 0.0
            cpu = cpu_seconds(pid) - inside
            return time.monotonic(), page.evaluate(updates), page.evaluate("window.painted"), cpu, received[0]

        before = now()
        page.wait_for_timeout(1000 * seconds)
        passed, shown, painted, cpu, size = (b - a for a, b in zip(before, now(), strict=True))
        browser.close()
    return Measured(shown / passed, painted / passed, cpu / max(shown, 1), size / max(shown, 1))


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--seconds", type=float, default=15.0)
    seconds = parser.parse_args().seconds
    ours = "Number(document.querySelector('[data-testid=live-view]').dataset.frames)"
    with serving("app.py") as (url, pid):
        live = measure(url, pid, live_view, ours, False, seconds)
    with serving("tests/benchmarks/plotly_fragment.py") as (url, pid):
        usual = measure(url, pid, usual_way, "window.shown", True, seconds)
    for name, seen in {"live view": live, "fragment with st.plotly_chart": usual}.items():
        print(
            f"{name}: {seen.updates:.1f} updates/s ({seen.held:.2f} of ten asked), page {seen.fps:.0f} fps, "
            f"server CPU {1e3 * seen.cpu:.2f} ms and {seen.size / 1e3:.1f} KB an update"
        )
    print(
        f"server CPU an update, ours over the usual way: 1/{usual.cpu / live.cpu:.0f} (must 1/10, aim 1/20)"
    )
    print(f"bytes an update, ours over the usual way: 1/{usual.size / live.size:.0f} (must 1/10, aim 1/20)")


if __name__ == "__main__":
    main()
