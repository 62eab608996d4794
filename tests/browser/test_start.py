"""A server whose processes start slowly, as on a busy machine: each page says what it waits for, and for how long.

The server is asked for before the page, so that the page is closed before its server ends.
"""

import os
import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import serving

START = 120_000  # ms
HELD = """import sys, time
from pathlib import Path
if "viz.workers.begin" in sys.orig_argv:
    while not Path(__file__).with_name("go").exists():
        time.sleep(0.1)
"""
STEPS = "Number(document.querySelector('[data-testid=live-view]').dataset.step) >= 2"


@pytest.fixture
def held_url(chromium_path: str, tmp_path: Path) -> Iterator[str]:
    """The address of an app whose processes import nothing until `go` is called."""
    (tmp_path / "sitecustomize.py").write_text(HELD)
    with serving(tmp_path / "log.txt", os.environ | {"PYTHONPATH": str(tmp_path)}) as url:
        yield url


@pytest.fixture
def go(tmp_path: Path) -> Callable[[], None]:
    return (tmp_path / "go").touch


def starts(name: str) -> re.Pattern[str]:
    """What is said of a process that starts."""
    return re.compile(rf"The {name} starts: \d+ s of about \d+\.")


def test_play_pressed_while_the_trainer_starts_is_kept_and_obeyed(held_url: str, page: Page, go) -> None:
    page.goto(held_url)
    expect(page.get_by_test_id("live-view")).to_contain_text(starts("trainer"), timeout=START)
    expect(page.get_by_role("progressbar", name="How far its start is")).to_be_visible()
    page.get_by_role("button", name="Play", exact=True).click()
    go()
    page.wait_for_function(STEPS, timeout=START)


@pytest.mark.long
def test_the_race_says_since_when_it_starts_and_then_is_there(held_url: str, page: Page, go) -> None:
    page.goto(f"{held_url}/optimizers")
    bar, view = page.get_by_test_id("stProgress"), page.get_by_test_id("race-view")
    expect(bar).to_contain_text(starts("race"), timeout=START)
    expect(view).not_to_contain_text(re.compile(r"\boff\b"))
    go()
    expect(bar).to_be_hidden(timeout=START)
    expect(view).to_have_attribute("data-state", re.compile("playing|still|ended"), timeout=START)


@pytest.mark.long
def test_an_experiment_says_since_when_its_process_starts(held_url: str, page: Page, go) -> None:
    """One page after the other waits for the same process, and the last of them goes on with it."""
    for name in ("signal", "techniques", "compare", "recurrent"):
        page.goto(f"{held_url}/{name}")
        expect(page.get_by_test_id("stProgress").first).to_contain_text(starts("workbench"), timeout=START)
    go()
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=START)
