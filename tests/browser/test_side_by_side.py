"""Two nets side by side in a real Chromium: B arrives and nothing moves, both go together, and luck has its answer."""

import re

from playwright.sync_api import Page, expect

from tests.browser.test_train_page import START, button, change, reaches, shown, view

SMALL = "dataset=moons&hidden=16x4&activation=tanh&batch_size=64"
LONG = 180_000  # ms that sixteen small nets may take on a busy machine


def places(page: Page) -> list[list[float]]:
    """Where the panels are."""
    return page.evaluate("""[...document.querySelector("[data-testid=live-view]").shadowRoot.querySelectorAll(".panel")]
        .map((panel) => panel.getBoundingClientRect()).map(({x, y, width, height}) => [x, y, width, height])""")


def test_b_arrives_and_nothing_moves_both_go_together_and_luck_has_its_answer(page, app_url, phone):
    page.goto(f"{app_url}/?{SMALL}")
    expect(view(page)).to_have_attribute("data-state", "paused", timeout=START)
    sidebar = page.get_by_test_id("stSidebar")
    expect(sidebar).not_to_contain_text("B has these settings")
    button(page, "Set beside").click()
    expect(sidebar).to_contain_text("B has these settings. A stays as it is.")
    said = view(page).locator(".versus")
    expect(said).to_contain_text(re.compile(r"B\s+is still the same net: change a setting at the left"))
    expect(said).not_to_contain_text(re.compile(r"B\s+B"))
    before = places(page)
    change(page, "Activation", "menu", "ReLU")
    expect(said).to_contain_text("ReLU (A: Tanh): stands before its first step.")
    expect(said).to_contain_text(
        "One seed: the same batches in every step. The same first weights in all layers."
    )
    assert places(page) == before
    assert "beside=" in page.url

    button(page, "Play").click()
    reaches(page, "step >= 60")
    button(page, "Pause").click()
    expect(view(page)).to_have_attribute("data-state", "paused")
    page.wait_for_timeout(3000)  # the one behind catches up
    expect(said).to_contain_text(re.compile(r"A.* after ([\d,]+) steps.*B.*ReLU.* after \1 steps", re.S))
    earlier = f"{shown(page, 'step') - 1:,}"
    page.keyboard.press("ArrowLeft")
    expect(said).to_contain_text(
        re.compile(rf"A.* after {earlier} steps.*B.*ReLU.* after {earlier} steps", re.S)
    )
    button(page, "back to live").click()

    button(page, "Was it luck?").click()
    expect(said).to_contain_text("8 seeds of each")
    before = places(page)
    expect(said).to_contain_text(
        re.compile(r"8 seeds of each after \d+ steps: A .*, B .*seed by seed"), timeout=LONG
    )
    assert places(page) == before

    small = phone("dark")
    small.goto(page.url)
    expect(view(small)).to_have_attribute("data-state", "paused", timeout=START)
    expect(view(small).locator(".versus")).to_contain_text("ReLU (A: Tanh)")
    expect(button(small, "Was it luck?")).to_be_visible()
    assert small.evaluate("document.documentElement.scrollWidth <= innerWidth")
