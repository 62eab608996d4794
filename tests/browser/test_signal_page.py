"""The Signal page in a real Chromium: theory's sentence with its numbers, a changed net, what stays open, a phone."""

from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, expect

PATIENCE = 60_000  # ms for anything to happen on a busy machine
NET = "hidden=64x8&activation=sigmoid"


def body(page: Page) -> Locator:
    return page.get_by_test_id("stMain")


def opened(page: Page, url: str, query: str) -> Page:
    page.goto(f"{url}/signal?{query}")
    expect(page.locator(".js-plotly-plot").nth(3)).to_be_visible(timeout=PATIENCE)
    return page


def test_theory_and_measurement_follow_the_net_and_what_is_open_stays_open(page: Page, app_url: str) -> None:
    opened(page, app_url, NET)
    expect(body(page)).to_contain_text("The squared gradient vanishes by")
    body(page).get_by_text("Order and chaos").click()
    chaos = body(page).locator("details").filter(has_text="Order and chaos")
    expect(chaos).to_have_attribute("open", "", timeout=PATIENCE)
    field = page.get_by_test_id("stSidebar").get_by_role("combobox", name="Activation")
    field.fill("ReLU")
    page.get_by_role("option", name="ReLU", exact=True).click()
    expect(body(page)).to_contain_text("χ = 0.5 a layer", timeout=PATIENCE)
    assert "activation=relu" in page.url
    expect(chaos).to_have_attribute("open", "")


@pytest.mark.long
def test_a_net_too_large_to_train_is_measured(page: Page, app_url: str) -> None:
    opened(page, app_url, "hidden=1024x100&activation=relu&initializer=he_normal")
    expect(body(page)).to_contain_text("from layer 100 back to layer 1", timeout=PATIENCE)


@pytest.mark.long
def test_a_signal_of_exactly_zero_is_said_to_be_one(page: Page, app_url: str) -> None:
    opened(page, app_url, f"{NET}&initializer_options=gain:0")
    expect(body(page)).to_contain_text("exactly zero", timeout=PATIENCE)


@pytest.mark.long
@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_a_phone_scrolls_one_way_only(phone: Callable[[str], Page], app_url: str, scheme: str) -> None:
    page = opened(phone(scheme), app_url, NET)
    page.locator(".js-plotly-plot").nth(1).hover()
    expect(page.locator(".js-plotly-plot .modebar-container").nth(1)).to_have_css("display", "none")
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollWidth") <= 390
