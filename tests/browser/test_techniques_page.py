"""The Techniques page in a real Chromium: each section computes by itself and says what it found."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

PATIENCE = 90_000  # ms until an experiment is done on a busy machine


@pytest.fixture
def section(page: Page, app_url: str) -> Callable[..., Page]:
    """`section("units", "lr=0.3")` opens that section for that net."""

    def open_link(show: str, query: str = "") -> Page:
        page.goto(f"{app_url}/techniques?show={show}&{query}")
        expect(page.get_by_test_id("stMain").get_by_role("heading").first).to_be_visible(timeout=PATIENCE)
        return page

    return open_link


def body(page: Page) -> Locator:
    return page.get_by_test_id("stMain")


def says(page: Page, words: str | re.Pattern) -> None:
    expect(body(page).get_by_text(words).first).to_be_visible(timeout=PATIENCE)


def query(page: Page) -> dict[str, str]:
    return {name: texts[-1] for name, texts in parse_qs(urlsplit(page.url).query).items()}


def choose(page: Page, name: str) -> None:
    body(page).get_by_role("radio", name=name, exact=True).click()


@pytest.mark.long
def test_half_of_the_net_dies_at_a_click_and_none_with_leaky_relu(section):
    page = section("units", "hidden=20x2&activation=relu")
    says(page, re.compile(r"of 40\) are dead at step 600|All 40 units live"))
    body(page).get_by_role("button", name="Kill half of the net").click()
    says(page, re.compile(r"[4-6]\d% of the units \(\d+ of 500\) are dead at step 600"))
    says(page, re.compile(r"Leaky ReLU: 0% dead"))
    assert query(page).items() >= {"show": "units", "optimizer": "adam", "lr": "0.03"}.items()
    body(page).get_by_role("button", name="The same with leaky ReLU").click()
    says(page, "No unit can die")
    assert query(page)["activation"] == "leaky_relu"


@pytest.mark.long
def test_questions_about_activations_are_answered_one_at_a_time(section):
    page = section("activations", "hidden=20x2")
    says(page, "costs most")
    choose(page, "Maxout")
    says(page, re.compile(r"Error 0\.03\d+"))
    choose(page, "None at all")
    page.wait_for_url(re.compile("part=none"))
    says(page, re.compile(r"Net and product differ by at most \d\.\de-0[67]"))
    expect(body(page).locator(".main-svg").first).to_be_visible()


@pytest.mark.long
def test_clipping_saves_a_run_and_its_thresholds_and_example_answer(section):
    page = section("clipping")
    says(page, re.compile(r"diverged at step \d\b"))
    says(page, re.compile(r"[5-7]\d% of the steps clipped"))
    says(page, re.compile(r"becomes \(1, 1\), turned by 44\.4°"))
    body(page).get_by_label("Second").fill("100")
    page.keyboard.press("Enter")
    says(page, re.compile(r"\(100, 100\) becomes \(1, 1\), turned by 0°"))
    body(page).get_by_role("button", name="Put it into the sidebar").click()
    expect(body(page).get_by_role("radio", name="The net of the sidebar")).to_be_checked()
    assert query(page).items() >= {"hidden": "100x5", "activation": "relu"}.items()


@pytest.mark.long
def test_batches_are_compared_by_loss_noise_and_time(section):
    page = section("batches", "hidden=20&batch_size=64&lr=0.05&activation=elu")
    says(page, "Mini-batch (64)")
    says(page, re.compile(r"A single sample: noise \d+ times as long as the gradient"))
    says(page, re.compile(r"1,437 times the samples take [\d.]+ times as long"))
    expect(body(page).locator(".st-key-batches_steps")).to_be_visible()


@pytest.mark.long
def test_the_chapters_experiment_trains_by_itself_and_goes_to_the_train_page(section):
    page = section("chapter")
    says(page, re.compile(r"After 20 epochs of 7 steps: 9\d\.\d% with batch norm; 9\d\.\d% without"))
    body(page).get_by_role("button", name="Into the sidebar, with batch norm").click()
    expected = {"batch_norm": "before", "batch_norm_output": "true", "batch_size": "200", "hidden": "300,100"}
    page.wait_for_url(
        lambda url: expected.items() <= {k: v[-1] for k, v in parse_qs(urlsplit(url).query).items()}.items()
    )


@pytest.mark.long
def test_batch_norm_s_modes_drift_and_explosion_are_measured_part_by_part(section):
    page = section("batch_norm", "activation=relu&initializer=he_normal&hidden=30x4")
    says(page, "here it gets it before each activation")
    says(page, re.compile(r"After step 200 the logits of the two modes lie \d+% apart"))
    says(page, "PyTorch refuses a batch of 1 there")
    expect(body(page).get_by_test_id("stPlotlyChart")).to_have_count(4, timeout=PATIENCE)
    choose(page, "What it holds still")
    says(page, re.compile(r"standard deviations with batch norm, by \d\.\d+ without"))
    choose(page, "Gradients at init")
    says(page, re.compile(r"1\.4\d\d with it before the activation"))


@pytest.mark.long
def test_a_net_sees_fewer_right_under_masks_than_at_inference(section):
    page = section("dropout", "activation=relu&initializer=he_normal&hidden=30x3&dropout=0.3")
    says(page, re.compile(r"After step 200, with p = 0\.3, the same net gets [\d.]+% of the test samples"))
    choose(page, "Layer by layer")
    says(page, re.compile(r"before any step \(2\.04 in theory\)"))
    expect(body(page).locator(".main-svg").first).to_be_visible()


@pytest.mark.long
def test_what_is_open_stays_open_while_another_net_is_measured(section):
    page = section("chapter")
    says(page, "After 20 epochs of 7 steps")
    body(page).get_by_text("Epoch by epoch").click()
    rows = body(page).locator("details").filter(has_text="Epoch by epoch")
    expect(rows).to_have_attribute("open", "")
    before = body(page).get_by_text("After 20 epochs of 7 steps").inner_text()
    seed = page.get_by_test_id("stSidebar").get_by_role("textbox", name="Seed", exact=True)
    seed.fill("7")
    seed.press("Enter")
    expect(body(page).get_by_text("After 20 epochs of 7 steps")).not_to_have_text(before, timeout=PATIENCE)
    expect(rows).to_have_attribute("open", "")


def test_the_controls_of_unit_health_are_whole(section, page: Page):
    page.set_viewport_size({"width": 1280, "height": 900})
    section("units", "hidden=20x2&activation=relu")
    cure = body(page).get_by_role("button", name="The same with leaky ReLU").locator("p")
    expect(cure).to_be_visible(timeout=PATIENCE)
    assert cure.evaluate("it => it.scrollWidth <= it.clientWidth")
    choices = body(page).get_by_role("radiogroup", name="The map shows")
    assert choices.evaluate("it => it.scrollWidth <= it.clientWidth + 1")
