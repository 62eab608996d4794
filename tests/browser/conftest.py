"""The running app in a real Chromium, as a person meets it.

Where no Chromium is installed these tests are skipped and say so; with CI=true they fail instead.
"""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import ExitStack, contextmanager
from pathlib import Path
from typing import Any
from urllib.error import URLError
from urllib.request import urlopen

import pytest
from playwright.sync_api import Browser, BrowserContext, ConsoleMessage, Page, expect, sync_playwright

ROOT = Path(__file__).resolve().parents[2]
BROWSERS = ("chromium", "chromium-browser", "google-chrome")
FLAGS = (
    "--headless",
    "--no-sandbox",
    "--disable-gpu",
    "--disable-quic",
    "--no-first-run",
    "--disable-background-networking",
    "--disable-component-update",
    "--disable-sync",
)
START_TIMEOUT = 60  # seconds until a server on a busy machine answers
SCREEN, PHONE = {"width": 1440, "height": 900}, {"width": 390, "height": 844}  # pixels
PATIENCE = 30_000  # ms in which what is expected has to happen, on a busy machine
PLAYWRIGHTS_OWN = 5_000  # ms, the same by default


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Mark these tests, and run them last: Playwright keeps the main thread's event loop, which others need free."""

    def in_browser(item: pytest.Item) -> bool:
        return Path(__file__).parent in item.path.parents

    for item in filter(in_browser, items):
        item.add_marker(pytest.mark.browser)
    items.sort(key=in_browser)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until_healthy(url: str, server: subprocess.Popen, log: Path) -> None:
    deadline = time.monotonic() + START_TIMEOUT
    while time.monotonic() < deadline:
        if server.poll() is not None:
            raise RuntimeError(f"the app ended at its start:\n{log.read_text()}")
        try:
            with urlopen(f"{url}/_stcore/health", timeout=1) as reply:
                if reply.status == 200:
                    return
        except (URLError, OSError):
            time.sleep(0.1)
    raise TimeoutError(f"the app did not answer within {START_TIMEOUT} s:\n{log.read_text()}")


@pytest.fixture(scope="session")
def chromium_path() -> str:
    path = next(filter(None, map(shutil.which, BROWSERS)), None)
    if path is None:
        reason = f"no Chromium on PATH (looked for {', '.join(BROWSERS)})"
        if os.environ.get("CI") == "true":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@contextmanager
def serving(
    log: Path, environment: Mapping[str, str] = os.environ, port: int | None = None, base: str = ""
) -> Iterator[str]:
    """The address of the app, started as the README says, on this port or a free one; below a base path, if given."""
    port = port or free_port()
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    command += ["--server.port", str(port), "--server.headless", "true"]
    command += ["--server.baseUrlPath", base] if base else []
    nothing = "http://127.0.0.1:9"  # nobody listens there: data from the network cannot be had, anywhere
    alone = {"http_proxy": nothing, "https_proxy": nothing, "SCIKIT_LEARN_DATA": str(log.parent)}
    alone["GRADIENT_FLOW_LAB_SHELF"] = str(log.parent / "shelf.sqlite")
    with log.open("w") as output:
        server = subprocess.Popen(
            command, cwd=ROOT, stdout=output, stderr=subprocess.STDOUT, env={**environment, **alone}
        )
    url = f"http://localhost:{port}{base and f'/{base}'}"
    try:
        wait_until_healthy(url, server, log)
        yield url
    finally:
        server.terminate()
        try:
            server.wait(10)
        except subprocess.TimeoutExpired:
            server.kill()
            server.wait()


@pytest.fixture(scope="session")
def meeting_place(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """What a script's environment holds for it to meet the app that most tests share, and no other."""
    return {"XDG_CACHE_HOME": str(tmp_path_factory.mktemp("cache"))}


@pytest.fixture(scope="session")
def app_url(
    chromium_path: str, tmp_path_factory: pytest.TempPathFactory, meeting_place: dict[str, str]
) -> Iterator[str]:
    """The address of the app that most tests share."""
    with serving(tmp_path_factory.mktemp("server") / "log.txt", {**os.environ, **meeting_place}) as url:
        yield url


@pytest.fixture(scope="session")
def browser(chromium_path: str) -> Iterator[Browser]:
    with sync_playwright() as playwright:
        chromium = playwright.chromium.launch(executable_path=chromium_path, args=list(FLAGS))
        yield chromium
        chromium.close()


@pytest.fixture(scope="module")
def context_options() -> dict[str, Any]:
    """What Playwright is told of a file's browser; a file that wants more overrides it."""
    return {"viewport": SCREEN}


@pytest.fixture(scope="module")
def context(browser: Browser, context_options: dict[str, Any]) -> Iterator[BrowserContext]:
    """One for a whole file, so that scripts are fetched once; each test has a tab of its own."""
    context = browser.new_context(**context_options)
    expect.set_options(timeout=PATIENCE)
    yield context
    context.close()
    expect.set_options(timeout=PLAYWRIGHTS_OWN)


@pytest.fixture
def phone(browser: Browser, context_options: dict[str, Any]) -> Iterator[Callable[[str], Page]]:
    """`phone("dark")`: a tab of a phone that asks for that color scheme, 390 pixels wide."""
    with ExitStack() as phones:

        def pick_up(scheme: str) -> Page:
            options = context_options | {"viewport": PHONE, "color_scheme": scheme}
            return phones.enter_context(browser.new_context(**options)).new_page()

        yield pick_up


@pytest.fixture
def console_errors() -> list[str]:
    """What the browser's console complained of; a test that expects a complaint clears it."""
    return []


@pytest.fixture
def page(context: BrowserContext, console_errors: list[str]) -> Iterator[Page]:
    """A fresh tab; the test fails if the console had an error that it did not clear."""

    def listen(message: ConsoleMessage) -> None:
        if message.type == "error":
            console_errors.append(f"{message.text} ({message.location})")

    page = context.new_page()
    page.on("console", listen)
    page.on("pageerror", lambda error: console_errors.append(str(error)))
    yield page
    page.close()
    assert console_errors == []
