"""A file of one's own in a real Chromium: dropped, trained on, laid beside its standardized twin, given to a class."""

import re
from pathlib import Path
from urllib.parse import urlencode

import numpy as np
import pytest
from playwright.sync_api import Page, expect

from tests.browser.test_train_page import START, button, change, has_query, query, reaches, view

RAW = {"hidden": "16x2", "activation": "tanh", "lr": "0.03", "input_scale": "raw"}


@pytest.fixture
def houses(tmp_path: Path) -> Path:
    """Prices that follow from an area in square feet and a few rooms: columns of very different sizes."""
    rng = np.random.default_rng(0)
    area, rooms = rng.uniform(500, 4000, 300), rng.integers(1, 6, 300)
    price = 150 * area + 20_000 * rooms
    rows = [f"{a:.0f},{r},{p:.0f}" for a, r, p in zip(area, rooms, price, strict=True)]
    file = tmp_path / "houses.csv"
    file.write_text("\n".join(["area,rooms,price", *rows]))
    return file


def drop(page: Page, file: Path) -> None:
    side = page.get_by_test_id("stSidebar")
    if not side.get_by_test_id("stFileUploaderDropzone").is_visible():
        side.get_by_text("A table of your own").click()
    side.locator("input[type=file]").set_input_files(file)


@pytest.mark.long
def test_a_dropped_file_trains_beside_its_standardized_twin_and_becomes_a_task(page, app_url, phone, houses):
    page.goto(f"{app_url}/?{urlencode(RAW)}")
    expect(view(page)).to_have_attribute("data-state", "paused", timeout=START)
    drop(page, houses)
    expect(page.get_by_text("300 rows, 2 features")).to_be_visible()
    page.get_by_role("button", name="Train on it").click()
    has_query(page, {"file": "houses.csv", "target": "price", "loss": "mse"})
    expect(page.get_by_role("button", name="It trains")).to_be_visible()
    expect(view(page)).to_have_attribute("data-state", "paused", timeout=START)
    expect(view(page).locator(".panel.stream")).to_be_hidden()

    # a script that still runs would come back with the address of before
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    button(page, "Set beside").click()
    said = view(page).locator(".versus")
    expect(said).to_contain_text("is still the same net")
    change(page, "Inputs", "radio", "standard")
    expect(said).to_contain_text(re.compile(r"standard.*A: raw"))
    button(page, "Play").click()
    reaches(page, "step >= 40")
    button(page, "Pause").click()
    expect(view(page)).to_have_attribute("data-state", re.compile("paused|diverged"))
    expect(said).to_contain_text(
        re.compile(r"A.* after [\d,]+ steps.*B.*standard.* after [\d,]+ steps", re.S)
    )

    small = phone("dark")
    small.goto(page.url)
    expect(view(small)).to_have_attribute("data-state", "paused", timeout=START)
    expect(
        small.get_by_text("Drop your copy in the sidebar")
    ).to_be_visible()  # a table stays with who dropped it

    asked = {
        "task": "Which <b>block</b> writes most?\nSay why.",
        "task_locks": "residual",
        "task_hides": "verdict",
    }
    begin = urlencode({"hidden": "16x6", "residual": "plain"})
    small.goto(f"{app_url}/?{begin}&{urlencode(asked | {'task_begin': begin})}")
    expect(view(small)).to_have_attribute("data-state", "paused", timeout=START)
    expect(small.get_by_text("Which <b>block</b> writes most?")).to_be_visible()
    expect(view(small).locator(".panel.stream")).to_be_visible()
    button(small, "Play").click()
    expect(view(small).locator(".verdict")).to_contain_text("The verdict is yours: the task hides it.")
    reaches(small, "step >= 20")
    button(small, "Pause").click()
    assert query(small)["task"] == asked["task"]
    assert small.evaluate("document.documentElement.scrollWidth <= innerWidth")
