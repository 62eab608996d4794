"""A race's replay, opened from disk: a file and a browser, and nothing else."""

import re
from pathlib import Path

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.replays import race
from viz.race.racer import Racer
from viz.race.state import Race

STEPS = 40
RACE = Race(
    steps=STEPS,
    runs=(
        Racer(optimizer="sgd", lr=0.1),
        Racer(optimizer="momentum", lr=0.03),
        Racer(optimizer="adam", lr=0.1, on=False),
    ),
)
START = 120_000  # ms until a fresh process has computed its first race


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("replay") / "race.html"
    path.write_text(race(RACE, "Two on a bowl"), "utf-8")
    return path


@pytest.fixture
def view(page: Page, file: Path) -> Locator:
    asked: list[str] = []
    page.on("request", lambda request: asked.append(request.url.partition(",")[0]))
    page.goto(file.as_uri())
    view = page.get_by_test_id("race-view")
    expect(view).to_have_attribute("data-state", re.compile("playing|still"))
    assert set(asked) <= {file.as_uri(), "data:text/javascript"}
    return view


def test_it_plays_by_itself_to_its_end_and_is_dragged_to_any_step(page: Page, view: Locator):
    expect(page.get_by_role("heading", name="Two on a bowl")).to_be_visible()
    expect(view).to_have_attribute("data-step", str(STEPS))
    view.get_by_role("slider").fill("7")
    expect(view).to_have_attribute("data-step", "7")
    expect(view).to_contain_text("000,007")
    expect(view).to_have_attribute("data-problem", "no")


def test_an_open_card_fills_the_rule_with_the_step_s_numbers(view: Locator):
    view.get_by_role("slider").fill("7")
    view.locator("button.title").nth(1).click()
    expect(view).to_contain_text("Step 8, along x")
    expect(view).to_contain_text("velocity")


def test_curves_over_rates_and_the_relief_need_no_engine(view: Locator):
    view.get_by_role("button", name="learning rates").click()
    view.get_by_role("button", name="3D").click()
    view.get_by_role("slider").fill("3")
    expect(view).to_have_attribute("data-step", "3")
    expect(view).to_have_attribute("data-problem", "no")


def test_what_needs_the_engine_is_not_offered(view: Locator):
    fields = view.locator(".cards :is(input, select)").all()
    assert len(fields) > 3
    for field in [*fields, view.get_by_label("Add an optimizer")]:
        assert field.is_hidden() or field.is_disabled()
    for name in ("basins", "give each its best rate", "fit"):
        expect(view.get_by_role("button", name=name, exact=True)).to_have_count(0)


def test_a_click_on_the_map_moves_nothing(view: Locator):
    start = view.get_attribute("data-start")
    view.locator(".map canvas").click()
    view.get_by_role("slider").fill("5")
    expect(view).to_have_attribute("data-step", "5")
    assert view.get_attribute("data-start") == start
    expect(view).to_have_attribute("data-problem", "no")


@pytest.mark.long
def test_the_page_hands_out_a_file_that_plays(page: Page, app_url: str, tmp_path: Path):
    page.goto(f"{app_url}/optimizers?steps=30&runs=sgd@0.1")
    expect(page.get_by_test_id("race-view")).to_have_attribute(
        "data-state", re.compile("playing|still"), timeout=START
    )
    with page.expect_download(timeout=START) as download:
        page.get_by_role("button", name="Replay (HTML)").click()
    download.value.save_as(tmp_path / "race.html")
    page.goto((tmp_path / "race.html").as_uri())
    expect(page.get_by_test_id("race-view")).to_have_attribute("data-steps", "30")
