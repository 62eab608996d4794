"""The README's picture, taken from the running app: `uv run pytest tests/browser/pictures.py`.

Not named test_*, so that the everyday suite leaves the picture alone.
"""

from pathlib import Path

from playwright.sync_api import Page, expect

DOCS = Path(__file__).parents[2] / "docs"
START = 120_000  # ms until a fresh engine process has built its first net
SEEN = 12_000  # ms of training: the verdict stands and the loss has a history


def test_train(page: Page, app_url: str) -> None:
    page.goto(app_url)
    view = page.get_by_test_id("live-view")
    expect(view).to_have_attribute("data-state", "paused", timeout=START)
    view.get_by_role("button", name="Play").click()
    expect(view).to_contain_text("gradient", timeout=START)
    page.wait_for_timeout(SEEN)
    page.screenshot(path=DOCS / "train.png")
