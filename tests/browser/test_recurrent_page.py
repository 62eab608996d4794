"""Unrolled nets in a real Chromium: the answer with its numbers, a changed radius, a bad link, a phone."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Page, expect

from engine.tables.wording import Sentence
from viz.recurrent.table import markup
from viz.words.language import say, speaking

START = 120_000  # ms until the workbench's process has answered for the first time
PHONE = {"width": 390, "height": 844}


@pytest.fixture
def nets(page: Page, app_url: str) -> Callable[..., Page]:
    """`nets("steps=50")` opens that link and waits until its four charts are there."""

    def open_link(query: str = "") -> Page:
        page.goto(f"{app_url}/recurrent?{query}")
        expect(page.locator(".js-plotly-plot")).to_have_count(4, timeout=START)
        expect(page.get_by_test_id("stProgress")).to_have_count(0)
        return page

    return open_link


def main(page: Page):
    return page.get_by_test_id("stMain")


def test_the_page_opens_on_nets_that_vanish_and_explode_and_follows_the_radius(nets):
    page = nets()
    expect(main(page)).to_contain_text(
        "Each step back multiplies it by 1.1; 100 steps back it is 13,781 times as much"
    )
    expect(main(page)).to_contain_text("1/37,649 of it")
    page.get_by_test_id("stSidebar").get_by_label("Radius", exact=True).fill("0.5, 1.2")
    page.keyboard.press("Enter")
    expect(main(page)).to_contain_text("Radius 1.2: the gradient explodes.")
    page.wait_for_url(re.compile(r"radius=0\.5~1\.2|radius=0\.5%7E1\.2"))
    page.get_by_role("button", name="tanh", exact=True).click()
    expect(main(page)).to_contain_text("tanh, radius 1.2")
    page.wait_for_url(re.compile("activation=tanh"))


@pytest.mark.parametrize("language", ["en", "zh"])
@pytest.mark.parametrize("width", [448, 358])  # of the second column at 1280, of a phone's page
def test_the_table_of_clipping_fits_its_column(page: Page, language: str, width: int):
    row = {"norm of dL/dW": "660", "clipped": "660", "every step's share": "unchanged"}
    with speaking(language):
        heard = say("steps {first} to {last}", first=72, last=100)
        name = say("{name:lower} {value}", name=Sentence("Radius"), value="0.9")
        told = {say(heading): say(text) for heading, text in row.items()} | {say("90% comes from"): heard}
        table = markup({name: told}, "light")
    page.set_viewport_size({"width": width, "height": 400})
    page.set_content(f"<body style='margin: 0; font-family: sans-serif'>{table}")
    wide = page.locator(".nets").evaluate("it => [it.scrollWidth, it.clientWidth]")
    assert wide[0] <= wide[1]


@pytest.mark.long
def test_a_bad_link_opens_on_the_usual_nets_and_says_so(nets):
    page = nets("radius=huge&steps=20&colour=red")
    expect(main(page)).to_contain_text("Radius: 'huge' is not allowed")
    expect(main(page)).to_contain_text("The link has no use for 'colour'.")
    expect(main(page)).to_contain_text("20 steps back")


@pytest.mark.long
def test_overflow_is_shown_as_such_on_a_phone_that_need_not_scroll_sideways(nets):
    page = nets("radius=10&steps=500")
    page.set_viewport_size(PHONE)
    expect(main(page)).to_contain_text("At step 309 the states overflow float64")
    expect(main(page)).to_contain_text("1.0 · 10⁵⁰⁰ times as much")
    page.wait_for_timeout(500)
    wide = (
        "(() => { const main = document.querySelector('[data-testid=stMain]'); return main.scrollWidth })()"
    )
    assert page.evaluate(wide) <= PHONE["width"]


def test_on_a_phone_no_formula_is_wider_than_the_page(nets, page: Page):
    page.set_viewport_size(PHONE)
    nets()
    main(page).get_by_text("The formulas, and where they come from").click()
    formula = main(page).locator(".katex-display .katex-html")
    expect(formula).to_be_visible()
    assert formula.evaluate("it => it.getBoundingClientRect().right") <= PHONE["width"]
