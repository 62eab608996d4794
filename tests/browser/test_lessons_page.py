"""A lesson in a real Chromium, done with the keyboard alone on a phone's screen."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

from viz.lessons.table import LESSONS

pytestmark = pytest.mark.usefixtures("context")  # with it comes the patience that a busy machine needs

START = 180_000  # ms until the workbench's process has answered for the first time
MOST_TABS = 60
WIDE = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
NUMBERS = {key: number for number, key in enumerate(LESSONS, 1)}


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_TABS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} tabs do not reach {wanted}")


def test_a_lesson_is_done_with_the_keyboard_on_a_phone(app_url: str, phone: Callable[[str], Page]) -> None:
    page = phone("light")
    main = page.get_by_test_id("stMain")
    said = main.get_by_test_id("stAlert")
    page.goto(f"{app_url}/lessons?lesson={NUMBERS['momentum']}")
    expect(main).to_contain_text("Which of them rolls farthest", timeout=START)
    tab_to(page, main.get_by_role("radio").first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(main.get_by_role("radio", name="The heavy ball")).to_be_checked()
    tab_to(page, main.get_by_role("button", name="Run it"))
    page.keyboard.press("Enter")
    expect(said.filter(has_text="It came out: The heavy ball. Right.")).to_be_visible(timeout=START)
    expect(main.locator(".js-plotly-plot")).to_be_visible()
    expect(main.locator(".katex").first).to_be_visible()
    page.wait_for_url(f"**/lessons?lesson={NUMBERS['momentum']}&answer=momentum")
    assert page.evaluate(WIDE) <= page.viewport_size["width"]  # type: ignore[index]

    tab_to(page, main.get_by_role("button", name="Next lesson"))
    page.keyboard.press("Enter")
    expect(main).to_contain_text("How many times as large")
    tab_to(page, main.get_by_role("textbox"))
    page.keyboard.type("nan")
    page.keyboard.press("Enter")
    expect(said.filter(has_text="give a number from 0.001 to 1000")).to_be_visible()
    tab_to(page, main.get_by_role("textbox"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(said.filter(has_text="Too low by a factor of 5.")).to_be_visible(timeout=START)
    assert page.evaluate(WIDE) <= page.viewport_size["width"]  # type: ignore[index]
