"""How fast the timeline answers on a long run of a deep net, and what its past costs in memory and on disk.

    uv run python -m tests.benchmarks.scrub [--steps 100000] [--hidden 32x50] [--optimizer sgd] [--tries 40]

A real server and Chromium. A kept frame is timed in the page, from the slider's event to the picture; any other step
from the same event until that very step is on screen, computed anew. Memory is what the server and the process that
trains hold more than before the run; disk is what lies in the run's folder.
"""

import argparse
import random
import statistics
import tempfile
from pathlib import Path
from shutil import which

from playwright.sync_api import Page, sync_playwright

from tests.benchmarks.lab_server import children, resident
from tests.benchmarks.live_view import FLAGS, serving

PATIENCE = 24 * 3_600_000  # ms: a run of 1e5 steps takes its time
VIEW = "document.querySelector('[data-testid=live-view]')"
SCRUB = """([step, exactly]) => new Promise((done) => {
  const view = document.querySelector('[data-testid=live-view]'), { frames } = view.dataset
  const slider = view.shadowRoot.querySelector('input[type=range]')
  const began = performance.now()
  const look = () => {
    const isThere = exactly ? Number(view.dataset.step) === step : view.dataset.frames !== frames
    if (isThere || performance.now() - began > 120000) done(performance.now() - began)
    else requestAnimationFrame(look)
  }
  slider.value = step
  slider.dispatchEvent(new Event('input'))
  requestAnimationFrame(look)
})"""


def report(what: str, milliseconds: list[float], must: str) -> None:
    """Median, 95th percentile and slowest."""
    p95 = statistics.quantiles(milliseconds, n=20, method="inclusive")[-1]
    print(f"{what:<34} median {statistics.median(milliseconds):6.0f} ms, p95 {p95:6.0f} ms, slowest "
          f"{max(milliseconds):6.0f} ms   must {must}", flush=True)  # fmt: skip


def run_to(page: Page, url: str, spec: str, steps: int) -> None:
    """Let it train so far, and stand."""
    page.goto(f"{url}/?{spec}")
    page.wait_for_function(f"{VIEW}?.dataset.state === 'paused'", timeout=PATIENCE)
    page.get_by_label("Where it stops by itself, once").select_option("step")
    page.get_by_label("Stop there").fill(str(steps))
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_function(
        f"{VIEW}.dataset.state === 'paused' && Number({VIEW}.dataset.step) === {steps}", timeout=PATIENCE
    )


def memory(pid: int) -> tuple[float, float]:
    """Megabytes that the server holds, and that the processes hold which train."""
    return resident(pid), sum(map(resident, children(pid, "viz.workers.train.worker")))


def on_disk() -> float:
    """Megabytes in the folder of the newest run."""
    folders = [path for path in Path(tempfile.gettempdir()).glob("gradient-flow-*/*-*") if path.is_dir()]
    newest = max(folders, key=lambda path: path.stat().st_mtime)
    return sum(path.stat().st_size for path in newest.rglob("*") if path.is_file()) / 1e6


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--steps", type=int, default=100_000)
    parser.add_argument("--hidden", default="32x50")
    parser.add_argument("--optimizer", default="sgd")
    parser.add_argument("--tries", type=int, default=40)
    asked = parser.parse_args()
    spec = (
        f"dataset=digits&hidden={asked.hidden}&activation=relu&initializer=he_normal&batch_norm=before&batch_size=32&"
        f"optimizer={asked.optimizer}&lr=0.01"
    )
    draw = random.Random(0)
    path = next(filter(None, map(which, ("chromium", "chromium-browser", "google-chrome"))))
    with serving("app.py") as (url, pid), sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        page = browser.new_page(viewport={"width": 1440, "height": 900})
        page.set_default_timeout(120_000)
        run_to(page, url, spec, 20)
        before = memory(pid)
        run_to(page, url, spec, asked.steps)
        server, trains = (after - held for after, held in zip(memory(pid), before, strict=True))
        print(f"{asked.hidden}, {asked.optimizer}, {asked.steps} steps", flush=True)
        print(
            f"server {server:+.1f} MB (must 32), what trains {trains:+.1f} MB, disk {on_disk():.1f} MB (must 256)",
            flush=True,
        )
        for what, exactly, must in (
            ("to what is kept of a step", False, "100"),
            ("to any step itself", True, "3000"),
        ):
            steps = [draw.randrange(asked.steps) for _ in range(asked.tries)]
            report(what, [page.evaluate(SCRUB, [step, exactly]) for step in steps], must)
        browser.close()


if __name__ == "__main__":
    main()
