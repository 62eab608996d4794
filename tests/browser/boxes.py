"""Text that is cut off, covered, or over another text, by measured boxes, and pages that scroll sideways: all pages and
parts, five widths, two themes.

It takes too long for the suite: `uv run pytest tests/browser/boxes.py`, which `.ci/long` does. `test_boxes.py` shows
that its measure can fail.
"""

from collections.abc import Iterator
from itertools import product
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page, expect

from viz.techniques import SECTIONS

BOXES = Path(__file__).with_suffix(".js")
SIZES = {1280: 800, 1440: 900, 1920: 1080, 390: 844, 320: 640}  # pixels: width -> height
DONE = 120_000  # ms until a page has computed what it shows
SMALL = "hidden=20x3&activation=relu&initializer=he_normal"
PARTS = [f"show={name}&part={part}" for name, one in SECTIONS.items() for part in getattr(one, "PARTS", [""])]
PAGES = {
    "train": "train?hidden=20x3",
    "signal": f"signal?{SMALL}",
    "compare": "compare?seeds=2&steps=20&hidden=20x2",
    "recurrent": "recurrent?steps=20",
    "optimizers": "optimizers?steps=50&open=6&curve=rates&detail=relief",
    "lessons": "lessons?lesson=12&answer=2",
    "shelf": "shelf",
    "own_net": "own_net",
    "rules": "optimizers?steps=50&view=relief&detail=rules",
}


@pytest.fixture
def measured(browser: Browser) -> Iterator[Page]:
    """A tab that knows of every text it draws where that stands."""
    context = browser.new_context()
    context.add_init_script(path=BOXES)
    yield context.new_page()
    context.close()


def settled(page: Page, address: str) -> None:
    """The page has drawn all that it shows; a run stands still at a step of its own."""
    page.goto(address)
    page.get_by_test_id("stMain").wait_for(timeout=DONE)
    if "/train" in address:
        page.get_by_role("button", name="Play", exact=True).click(timeout=DONE)
        expect(page.get_by_test_id("live-view")).not_to_have_attribute("data-step", "0", timeout=DONE)
        page.get_by_role("button", name="Pause").click()
        expect(page.locator(".st-key-step_in_detail .main-svg").first).to_be_visible(timeout=DONE)
    expect(page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=DONE
    )
    expect(page.get_by_test_id("stProgress")).to_have_count(0, timeout=DONE)


def complaints(page: Page, width: int, scheme: str) -> list[str]:
    """What is wrong with the page as it stands, at that width in those colors."""
    page.set_viewport_size({"width": width, "height": SIZES[width]})
    page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
    page.wait_for_timeout(700)  # ms for a layout that follows the window, and for figures drawn anew
    found = []
    main = page.get_by_test_id("stMain")
    if (wide := main.evaluate("main => main.scrollWidth - main.clientWidth")) > 0:
        found.append({"text": f"{wide} pixels more than there are", "what": "wide", "where": "stMain"})
    for place in ("stMain", "stSidebarContent"):
        scroller = f"document.querySelector('[data-testid={place}]')"
        if page.evaluate(f"(({scroller})?.getBoundingClientRect().right ?? 0) > 10"):
            found += page.evaluate(f"boxes.walk({scroller})")
    return [f"{width} {scheme}: {one['text']!r} is {one['what']} ({one['where']})" for one in found]


@pytest.mark.parametrize("address", [*PAGES.values(), *(f"techniques?{part}&{SMALL}" for part in PARTS)])
def test_no_text_is_cut_or_covered(measured: Page, app_url: str, address: str) -> None:
    settled(measured, f"{app_url}/{address}")
    sizes = product(SIZES, ("light", "dark"))
    assert [said for width, scheme in sizes for said in complaints(measured, width, scheme)] == []
