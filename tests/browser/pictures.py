"""The pictures in docs/, taken from the running app: `uv run pytest tests/browser/pictures.py`.

Not named test_*, so that the everyday suite leaves the pictures alone.
"""

import io
import re
from pathlib import Path

import pytest
from PIL import Image
from playwright.sync_api import Page, expect

DOCS = Path(__file__).parents[2] / "docs"
START = 120_000  # ms until a fresh process has built its first net
SEEN = 12_000  # ms of training: the verdict stands and the loss has a history
SETTLED = 1_500  # ms after the last chart came
BETWEEN = 350  # ms between two moments of the moving picture
HELD = 2_500  # ms that its last moment stays
SHOWN = (1200, 750)  # pixels
LARGEST = 2_000_000  # bytes

STILL = {
    "signal": "signal?activation=relu&initializer=glorot_normal&hidden=256x30",
    "units": "techniques?show=units&hidden=100x5&activation=relu&initializer=he_normal&optimizer=adam&lr=0.03",
    "batch-norm": "techniques?show=batch_norm",
    "recurrent": "recurrent",
}
"""Picture -> page, each measured once and then at rest."""


def test_train(page: Page, app_url: str) -> None:
    page.goto(app_url)
    view = page.get_by_test_id("live-view")
    expect(view).to_have_attribute("data-state", "paused", timeout=START)
    view.get_by_role("button", name="Play", exact=True).click()
    expect(view).to_contain_text("gradient", timeout=START)
    page.wait_for_timeout(SEEN)
    page.screenshot(path=DOCS / "train.png")


def test_moving(page: Page, app_url: str) -> None:
    """A net whose gradient vanishes, its cure pressed, and both nets side by side."""
    page.goto(app_url)
    view = page.get_by_test_id("live-view")
    expect(view).to_have_attribute("data-state", "paused", timeout=START)
    moments: list[Image.Image] = []

    def watch(count: int) -> None:
        for _ in range(count):
            shot = (
                Image.open(io.BytesIO(page.screenshot()))
                .convert("RGB")
                .resize(SHOWN, Image.Resampling.LANCZOS)
            )
            moments.append(shot)
            page.wait_for_timeout(BETWEEN)

    watch(2)
    view.get_by_role("button", name="Play", exact=True).click()
    cure = view.get_by_role("button", name=re.compile("Add batch norm"))
    expect(cure).to_be_visible(timeout=START)
    watch(8)
    cure.click()
    expect(view).to_contain_text("Batch norm before the activation", timeout=START)
    watch(24)
    lasting = [BETWEEN] * (len(moments) - 1) + [HELD]
    moments[0].save(
        DOCS / "train.webp",
        save_all=True,
        append_images=moments[1:],
        duration=lasting,
        loop=0,
        quality=55,
        method=4,
    )
    assert (DOCS / "train.webp").stat().st_size < LARGEST


def test_optimizers(page: Page, app_url: str) -> None:
    page.goto(f"{app_url}/optimizers")
    view = page.get_by_test_id("race-view")
    expect(view).to_have_attribute("data-state", "still", timeout=START)
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=DOCS / "optimizers.png")


def test_lessons(page: Page, app_url: str) -> None:
    """A lesson that was answered: the prediction, what the run shows of it, and why."""
    page.goto(f"{app_url}/lessons?lesson=12&answer=2")
    expect(page.locator(".js-plotly-plot, canvas, [data-testid=live-view]").first).to_be_visible(
        timeout=START
    )
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=START)
    page.wait_for_timeout(2 * SETTLED)
    page.screenshot(path=DOCS / "lessons.png")


@pytest.mark.parametrize("picture", STILL)
def test_still(page: Page, app_url: str, picture: str) -> None:
    page.goto(f"{app_url}/{STILL[picture]}")
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=START)
    expect(page.get_by_role("progressbar")).to_have_count(0, timeout=START)
    page.wait_for_timeout(SETTLED)
    page.screenshot(path=DOCS / f"{picture}.png")
