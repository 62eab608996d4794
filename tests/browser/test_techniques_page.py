"""The Techniques page in a real Chromium: each section computes by itself and says what it found."""

import re
from collections.abc import Callable
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

PATIENCE = 90_000  # ms until an experiment is done on a busy machine


@pytest.fixture
def section(page: Page, app_url: str, console_errors: list[str]) -> Callable[..., Page]:
    """`section("units", "lr=0.3")` opens that section for that net."""

    def open_link(show: str, query: str = "") -> Page:
        page.goto(f"{app_url}/techniques?show={show}&{query}")
        expect(page.get_by_test_id("stMain").get_by_role("heading").first).to_be_visible(timeout=PATIENCE)
        # Streamlit looks for its server beside the page first, then at the root
        console_errors[:] = [error for error in console_errors if "_stcore" not in error]
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


def test_half_of_the_net_dies_at_a_click_and_none_with_leaky_relu(section):
    page = section("units", "hidden=20x2&activation=relu")
    says(page, re.compile(r"of 40\) are dead at step 600|All 40 units live"))
    body(page).get_by_role("button", name="Kill half of the net").click()
    says(page, re.compile(r"5\d% of the units \(\d+ of 500\) are dead at step 600"))
    says(page, re.compile(r"Leaky ReLU: 0% dead"))
    assert query(page).items() >= {"show": "units", "optimizer": "adam", "lr": "0.03"}.items()
    body(page).get_by_role("button", name="The same with leaky ReLU").click()
    says(page, "No unit can die")
    assert query(page)["activation"] == "leaky_relu"


def test_questions_about_activations_are_answered_one_at_a_time(section):
    page = section("activations", "hidden=20x2")
    says(page, "is the dearest")
    choose(page, "Maxout")
    says(page, re.compile(r"Error 0\.03\d+"))
    choose(page, "None at all")
    says(page, re.compile(r"Net and product differ by at most \d\.\de-0[67]"))
    expect(body(page).locator(".main-svg").first).to_be_visible()
