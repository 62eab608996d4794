"""The axes of a lesson, without the lesson: a curve is drawn by mouse, by touch and by keyboard, and is told."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, expect

from tests.browser.test_mount import opened
from viz.theme import palettes

__all__ = ["opened"]
SCRIPT = """
    import { mount } from "/canvas/sketch/visit.js"
    const parentElement = document.getElementById("place")
    window.told = []
    const setStateValue = (name, value) => { told.push([name, value]); update(data) }  // as a page does, drawn anew
    let data = DATA
    window.update = (given) => { data = given; mount({ data, parentElement, setStateValue }) }
    update(data)
"""
GIVEN: dict[str, Any] = {
    "asks": "Gradient over the last layer's", "across": "layer", "at": [1, 2, 3, 4, 5], "low": -8, "high": 2, "one": 4,
    "drawn": None, "curves": [], "colors": palettes(),
}  # fmt: skip
CURVE = {"name": "sigmoid", "role": "activation", "dash": "solid", "values": [1e-6, 1e-5, None, 1e-2, 1]}


@pytest.fixture
def pad(opened: Callable[[str], Page]) -> Locator:
    return opened(SCRIPT.replace("DATA", json.dumps(GIVEN))).get_by_test_id("sketch")


def told(page: Page) -> list[float]:
    name, values = page.evaluate("told.at(-1)")
    assert name == "drawn"
    return values


def spot(pad: Locator, layer: int, exponent: float) -> tuple[float, float]:
    """Where a value of a layer is on the screen."""
    knobs = pad.get_by_role("slider", name=f"layer {layer}" if layer < 5 else "layer 4")
    expect(knobs).to_be_visible()  # it may just be drawn anew
    knob = knobs.bounding_box()
    edge = pad.locator("svg").first.bounding_box()
    assert knob
    assert edge
    down = 300 - 12 - 40  # pixels of the axis
    return knob["x"] + knob["width"] / 2, edge["y"] + 12 + (2 - exponent) / 10 * down


def test_a_curve_is_drawn_with_the_mouse(page: Page, pad: Locator) -> None:
    expect(pad).to_have_attribute("data-drawn", "false")
    page.mouse.move(*spot(pad, 1, -6))
    page.mouse.down()
    page.mouse.move(*spot(pad, 4, -3))
    page.mouse.up()
    expect(pad).to_have_attribute("data-drawn", "true")
    assert told(page) == pytest.approx([1e-6, 1e-5, 1e-4, 1e-3, 1], rel=0.15)
    page.mouse.click(*spot(pad, 2, -1))
    assert told(page) == pytest.approx([1e-6, 0.1, 1e-4, 1e-3, 1], rel=0.15)
    expect(pad).to_contain_text("your prediction")


def test_one_point_is_enough_for_a_straight_line(page: Page, pad: Locator) -> None:
    page.mouse.click(*spot(pad, 1, -4))
    assert told(page) == pytest.approx([1e-4, 1e-3, 1e-2, 0.1, 1], rel=0.15)


def test_a_curve_is_drawn_with_the_keyboard_alone(page: Page, pad: Locator) -> None:
    page.keyboard.press("Tab")
    first = pad.get_by_role("slider", name="layer 1")
    expect(first).to_be_focused()
    expect(first).to_have_attribute("aria-valuetext", "Nothing is drawn here yet.")
    for _ in range(4):
        page.keyboard.press("PageDown")
    expect(first).to_be_focused()  # though the page was drawn anew after each
    expect(first).to_have_attribute("aria-valuetext", "1e-4")
    page.keyboard.press("ArrowRight")
    page.keyboard.press("ArrowUp")
    expect(pad.get_by_role("slider", name="layer 2")).to_be_focused()
    assert told(page) == pytest.approx([1e-4, 10**-2.75, 10 ** (-5.5 / 3), 10 ** (-2.75 / 3), 1], rel=0.05)
    for _ in range(9):
        page.keyboard.press("ArrowRight")
    expect(pad.get_by_role("slider", name="layer 4")).to_be_focused()  # the 1 stays where it is
    for _ in range(20):
        page.keyboard.press("PageUp")
    assert told(page)[3] == 100  # no higher than the axes


def test_the_run_s_curve_stands_beside_the_drawing_and_its_numbers_are_text(page: Page, pad: Locator) -> None:
    drawn = [1e-4, 1e-3, 1e-2, 0.1, 1]
    page.evaluate("(given) => update(given)", GIVEN | {"drawn": drawn, "curves": [CURVE]})
    expect(pad).to_have_attribute("data-curves", "1")
    expect(pad.get_by_role("slider", name="layer 1")).to_have_attribute("aria-valuetext", "1e-4")
    said = "sigmoid. layer 1: 1e-6, layer 2: 1e-5, layer 3: none, layer 4: 0.01, layer 5: 1"
    expect(pad.get_by_role("img", name=said)).to_have_count(1)
    expect(pad.get_by_role("listitem")).to_have_text(["your prediction", "sigmoid"])


def test_on_a_narrow_phone_all_of_it_is_there(page: Page, pad: Locator) -> None:
    page.set_viewport_size({"width": 320, "height": 600})
    page.wait_for_function("document.documentElement.scrollWidth <= 320")
    for text in pad.locator("svg text").all():
        box = text.bounding_box()
        assert box
        assert box["x"] >= 0
        assert box["x"] + box["width"] <= 320
