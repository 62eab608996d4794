"""The door: from the start command to the first moving frame, over what `import torch` takes in the same run.

    uv run python -m tests.benchmarks.start [cached] [fresh]

Chromium waits at the address before the server is there, and Play is pressed as soon as it can be. "fresh" is a copy
of the tracked files: neither bytecode of ours nor a compiled kernel, the libraries as their install left them. Each is
measured for the Train page and for the race; imports are timed between the starts, so that a busy machine slows both.
Bytecode is written whatever the environment says, as it is on a person's machine.
"""

import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from playwright.sync_api import Browser, Error, sync_playwright

ROOT = Path(__file__).parents[2]
FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync")
PAGES = {"train": "live-view", "optimizers": "race-view"}
MOVES = "Number(document.querySelector('[data-testid={view}]')?.dataset.step) >= 2"
ROUNDS, PATIENCE = 3, 180_000
MUST = {"cached": "must 3.5, aim 2.5", "fresh": "must 6, aim 4.5"}


def import_torch() -> float:
    """Seconds that a process takes to import torch, once it is in the machine's memory."""
    began = time.perf_counter()
    subprocess.run([sys.executable, "-c", "import torch"], check=True)
    return time.perf_counter() - began


@contextmanager
def server(folder: Path, log: Path) -> Iterator[str]:
    """The app as a person starts it in a folder."""
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py", "--server.port", str(port)]
    with log.open("w") as written:
        process = subprocess.Popen(
            [*command, "--server.headless", "true"], cwd=folder, stdout=written, stderr=written
        )
    try:
        yield f"http://localhost:{port}"
    finally:
        process.terminate()
        process.wait(30)


def first_move(browser: Browser, folder: Path, page_name: str) -> tuple[float, float, float]:
    """Seconds from the start command to an answer, to a Play button and to the first moving frame."""
    page = browser.new_page(viewport={"width": 1440, "height": 900})
    began = time.perf_counter()
    with tempfile.TemporaryDirectory() as spare, server(folder, Path(spare) / "log") as url:
        while True:
            try:
                page.goto(f"{url}/{'' if page_name == 'train' else page_name}")
                break
            except Error:
                time.sleep(0.05)
        answered = time.perf_counter() - began
        page.get_by_role("button", name="Play").first.click(timeout=PATIENCE)
        pressed = time.perf_counter() - began
        page.wait_for_function(MOVES.format(view=PAGES[page_name]), timeout=PATIENCE)
        moved = time.perf_counter() - began
        page.close()
    return answered, pressed, moved


def clone(into: Path) -> Path:
    """The tracked files as they are now, and nothing that was made of them."""
    tracked = subprocess.run(["git", "ls-files"], cwd=ROOT, capture_output=True, text=True, check=True)
    for name in tracked.stdout.splitlines():
        if (ROOT / name).is_file():
            (into / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(ROOT / name, into / name)
    return into


def measure(browser: Browser, case: str, page_name: str) -> None:
    """Print one line: the ratio, and the seconds behind it."""
    imports, starts = [import_torch()], []
    for _ in range(ROUNDS if case == "cached" else 1):
        with tempfile.TemporaryDirectory() as spare:
            folder = ROOT if case == "cached" else clone(Path(spare))
            starts.append(first_move(browser, folder, page_name))
        imports.append(import_torch())
    torch = statistics.median(imports)
    answered, pressed, moved = map(statistics.median, zip(*starts, strict=True))
    print(
        f"{page_name:<11} {case:<7} {moved / torch:5.2f} x import torch   {MUST[case]:<18} import {torch:5.1f} s, "
        f"answers {answered:5.1f}, Play {pressed:5.1f}, moves {moved:5.1f}",
        flush=True,
    )


def main() -> None:
    path = next(filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))))
    cases = sys.argv[1:] or ["cached", "fresh"]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=path, args=FLAGS)
        import_torch()
        for case in cases:
            for page_name in PAGES:
                measure(browser, case, page_name)
        browser.close()


if __name__ == "__main__":
    main()
