"""Comparisons in a real Chromium: they grow, stop and go on; a point opens its run; exports, a bad link, a phone."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlparse

import pytest
from playwright.sync_api import Page, expect

START = 180_000  # ms until the workbench's process has answered for the first time, on a busy machine
PHONE = {"width": 390, "height": 844}
SMALL = "dataset=moons&hidden=6,5&batch_size=32&activation=relu&vary=lr&values=0.01~0.1&seeds=2&steps=20"
LONG = "dataset=moons&hidden=20x3&batch_size=32&activation=relu&vary=lr&values=0.01~0.1&seeds=8&steps=3000"


@pytest.fixture
def compared(page: Page, app_url: str) -> Callable[..., Page]:
    """`compared(query)` opens that link and waits until everything is trained."""

    def open_link(query: str = SMALL) -> Page:
        page.goto(f"{app_url}/compare?{query}")
        expect(page.get_by_role("button", name="Parquet", exact=True)).to_be_visible(timeout=START)
        expect(page.get_by_test_id("stProgress")).to_have_count(0, timeout=START)
        return page

    return open_link


def main(page: Page):
    return page.get_by_test_id("stMain")


def figures_top(page: Page) -> float:
    """Where the first figure begins, in pixels."""
    return main(page).locator(".js-plotly-plot").first.bounding_box()["y"]


def test_a_comparison_is_shown_changed_kept_in_the_link_and_taken_home(compared):
    page = compared()
    expect(main(page).locator(".js-plotly-plot")).to_have_count(2)
    expect(main(page)).to_contain_text(re.compile(r"Learning rate 0\.1 (is best, with|leads with) accuracy"))
    page.get_by_test_id("stSidebar").get_by_label("Values", exact=True).fill("0.01, 0.1, 1")
    page.keyboard.press("Enter")
    page.wait_for_url(re.compile(r"values=0\.01(~|%7E)0\.1(~|%7E)1\.0"))
    expect(main(page)).to_contain_text("Learning rate 1", timeout=START)
    for name, suffix in (("CSV", "csv"), ("Parquet", "parquet")):
        with page.expect_download() as download:
            page.get_by_role("button", name=name, exact=True).click()
        assert download.value.suggested_filename == f"comparison.{suffix}"


@pytest.mark.long
def test_a_point_opens_its_run_on_train(compared):
    page = compared()
    points = (
        main(page)
        .locator(".js-plotly-plot")
        .first.locator(".scatterlayer .trace")
        .first.locator("path.point")
    )
    expect(points).to_have_count(4)
    points.first.click(force=True)
    button = main(page).get_by_role("link", name="Open on Train")
    expect(button).to_be_visible()
    with page.context.expect_page() as opened:
        button.click()
    train = opened.value
    expect(train.get_by_test_id("live-view")).to_have_attribute("data-state", "paused", timeout=START)
    query = parse_qs(urlparse(train.url).query)
    assert query["dataset"] == ["moons"]
    assert query["hidden"] == ["6,5"]
    train.close()


@pytest.mark.long
def test_a_cell_of_the_map_opens_its_setting_and_moves_nothing(compared):
    page = compared(f"{SMALL}&also=activation&also_values=relu~tanh")
    figure = main(page).locator(".js-plotly-plot").first
    before, cells = figure.bounding_box(), figure.locator(".heatmaplayer image").bounding_box()
    corner = cells["x"] + cells["width"] * 0.55, cells["y"] + cells["height"] * 0.05
    page.mouse.move(*corner)
    expect(figure.locator(".hoverlayer")).to_contain_text("Tanh, 0.1:")
    page.mouse.click(*corner)
    expect(main(page)).to_contain_text("Learning rate 0.1, Tanh, mean of the seeds: accuracy")
    expect(main(page).get_by_role("link", name="Open on Train")).to_be_in_viewport()
    assert figure.bounding_box() == before


@pytest.mark.long
def test_it_stops_keeps_what_is_done_and_goes_on(page, app_url):
    page.goto(f"{app_url}/compare?{LONG}")
    expect(main(page)).to_contain_text(
        re.compile(r"[1-9]\d* of 16 runs, about \d+ (s|min) left"), timeout=START
    )
    top = figures_top(page)
    page.get_by_role("button", name="Stop").click()
    expect(main(page)).to_contain_text(
        re.compile(r"Stopped: [1-9]\d* of 16 runs. What is done is kept."), timeout=START
    )
    expect(page.get_by_role("button", name="CSV", exact=True)).to_be_visible()
    assert figures_top(page) == top
    page.get_by_role("button", name="Go on").click()
    expect(main(page)).to_contain_text(re.compile(r"[1-9]\d* of 16 runs"), timeout=START)
    page.get_by_role("button", name="Stop").click()
    expect(page.get_by_role("button", name="Go on")).to_be_visible(timeout=START)


def test_a_bad_link_is_explained_and_what_is_good_of_it_is_kept(page, app_url):
    page.goto(f"{app_url}/compare?{SMALL.replace('vary=lr', 'vary=speed')}")
    expect(main(page)).to_contain_text("'speed' is nothing that can be varied here", timeout=START)
    expect(page.get_by_test_id("stSidebar").get_by_label("Steps", exact=True)).to_have_value("20")
    page.goto(f"{app_url}/compare?{SMALL.replace('seeds=2', 'seeds=64').replace('steps=20', 'steps=10000')}")
    expect(main(page)).to_contain_text("would fit", timeout=START)


@pytest.mark.long
def test_on_a_phone_nothing_scrolls_sideways(compared):
    page = compared(f"{SMALL}&also=activation&also_values=relu~tanh")
    page.set_viewport_size(PHONE)
    page.wait_for_timeout(500)
    assert page.evaluate("document.querySelector('[data-testid=stMain]').scrollWidth") <= PHONE["width"]


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", "dark"])
def test_a_chosen_value_can_be_read(page, compared, scheme):
    page.emulate_media(color_scheme=scheme)
    compared("dataset=moons&hidden=6&batch_size=32&vary=batch_norm&values=none~before&seeds=1&steps=5")
    tag = page.get_by_test_id("stSidebar").locator("[data-tag]").first
    ink, ground = tag.evaluate(
        """tag => [getComputedStyle(tag.querySelector('span')).color, getComputedStyle(tag).backgroundColor]
            .map(color => color.match(/\\d+/g).slice(0, 3).reduce((sum, part) => sum + +part, 0))"""
    )
    assert abs(ink - ground) > 300
