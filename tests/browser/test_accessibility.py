"""No page of ours has what axe-core calls a violation; what Streamlit brings along is listed by rule."""

import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Page, expect

from viz.server.front import PAGES

STREAMLITS = {
    "scrollable-region-focusable": "stCode",  # a block of code that is wider than the page
    "presentation-role-conflict": "stFileUploaderDropzone",
    "empty-table-header": "data-grid-canvas",  # above the boxes that choose rows
}
"""Rule -> what of Streamlit's breaks it, and nothing else may."""
FULL = {
    "train": "[data-testid=live-view] canvas",
    "optimizers": "[data-testid=race-view] canvas",
    "lessons": "h2",
    "shelf": "h2",
    "own_net": "[data-testid=stFileUploader]",
}
"""What is there when a page is; elsewhere it is a figure."""
MANY_PICTURES = ("techniques", "recurrent", "compare", "signal")
"""Of these the look takes as long as of all others together."""
WAIT = 120_000  # ms

FOUND = """(violations) => violations.flatMap(({ id, help, nodes }) => nodes.map(({ target, html }) => {
  const of = document.querySelector(target.at(-1))?.closest("[data-testid]")?.dataset.testid ?? "";
  return { id, of, said: `${id} (${help}): ${target.join(" ")} in ${of}: ${html.slice(0, 200)}` };
}))"""


def violations(page: Page) -> list[str]:
    """What axe-core finds, less what is Streamlit's."""
    found = page.evaluate(FOUND, Axe().run(page).response["violations"])
    return [each["said"] for each in found if STREAMLITS.get(each["id"]) != each["of"]]


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name in MANY_PICTURES else name for name in PAGES]
)
def test_a_page_has_no_violation(app_url: str, page: Page, name: str) -> None:
    page.goto(f"{app_url}/{'' if name == 'train' else name}")
    page.locator(FULL.get(name, ".js-plotly-plot")).first.wait_for(timeout=WAIT)
    # Streamlit fades what is drawn anew while its script runs
    expect(page.get_by_test_id("stApp")).to_have_attribute(
        "data-test-script-state", "notRunning", timeout=WAIT
    )
    page.wait_for_timeout(1000)
    assert violations(page) == []


def test_a_violation_is_found(page: Page) -> None:
    page.set_content(
        "<html lang=en><title>One</title><main><h1>One</h1><img src=x><button></button></main></html>"
    )
    assert [each.split(" ")[0] for each in violations(page)] == ["button-name", "image-alt"]
