"""The panels as a picture for print, handed out by the view itself; here by a replay, where no server helps."""

import re
import struct
from pathlib import Path
from xml.etree import ElementTree

import pytest
from playwright.sync_api import Locator, Page, expect

from engine import RunSpec
from viz.workers.train.record import record

STEPS = 12
SVG = "{http://www.w3.org/2000/svg}"
PAPER = "#ffffff"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("picture") / "run.html"
    path.write_text(record(RunSpec(hidden=(20, 20), dataset="moons"), STEPS, "A <run>"), "utf-8")
    return path


@pytest.fixture
def view(page: Page, file: Path) -> Locator:
    page.emulate_media(color_scheme="dark")
    page.goto(file.as_uri())
    view = page.get_by_test_id("live-view")
    expect(view).to_have_attribute("data-frames", re.compile("[1-9]"))
    view.get_by_role("slider").fill("7")
    expect(view).to_have_attribute("data-step", "7")
    return view


def saved(page: Page, view: Locator, kind: str, folder: Path) -> Path:
    view.locator("summary").click()
    with page.expect_download() as download:
        view.get_by_role("button", name=f"Picture ({kind})").click()
    assert download.value.suggested_filename == f"step-7.{kind.lower()}"
    download.value.save_as(folder / "picture")
    return folder / "picture"


def drawn(path: Path) -> ElementTree.Element:
    return ElementTree.fromstring(path.read_text("utf-8"))


def test_a_png_has_300_dots_an_inch(page: Page, view: Locator, tmp_path: Path):
    body = saved(page, view, "PNG", tmp_path).read_bytes()
    assert body[:8] == b"\x89PNG\r\n\x1a\n"
    wide, _ = struct.unpack(">II", body[16:24])
    main = view.locator(".main").bounding_box()
    assert main is not None
    assert wide == pytest.approx((main["width"] + 32) * 300 / 96, abs=2)


def test_an_svg_says_each_panel_the_step_and_the_settings_on_white(page: Page, view: Locator, tmp_path: Path):
    root = drawn(saved(page, view, "SVG", tmp_path))
    texts = [text.text or "" for text in root.iter(f"{SVG}text")]
    for title in ("Activations", "Variance of gradients: Var dL/dz, pooled", "Accuracy", "Saturated, dead"):
        assert title in texts
    assert any(text.startswith("Step 7. Data: Two moons, Widths: 20x2") for text in texts)
    rect = root.find(f"{SVG}rect")
    assert rect is not None
    assert rect.get("fill") == PAPER
    assert len(list(root.iter(f"{SVG}path"))) > 20


def test_the_title_of_a_panel_that_the_verdict_marks_stands_in_line_with_the_others(
    page: Page, view: Locator, tmp_path: Path
):
    marked = "panel => Object.assign(panel.style, { paddingLeft: '7px', marginLeft: '-7px' })"
    view.locator(".panel.accuracy").evaluate(marked)  # as the style sheet does for as long as it is
    root = drawn(saved(page, view, "SVG", tmp_path))
    titles = {
        text.text: re.findall(r"[\d.]+", group.get("transform") or "")[0]
        for group in root.iter(f"{SVG}g")
        for text in group.iter(f"{SVG}text")
    }
    assert titles["Accuracy"] == titles["Loss"] == titles["Saturated, dead"]


def test_the_page_keeps_its_own_colors(page: Page, view: Locator, tmp_path: Path):
    ink = "(view) => getComputedStyle(view.shadowRoot.querySelector('.view')).color"
    before = view.evaluate(ink)
    saved(page, view, "SVG", tmp_path)
    assert view.evaluate(ink) == before


def test_pictures_through_time_are_in_an_svg_too(page: Page, view: Locator, tmp_path: Path):
    view.get_by_role("button", name="through time").first.click()
    root = drawn(saved(page, view, "SVG", tmp_path))
    assert list(root.iter(f"{SVG}linearGradient"))
    numbers = [value for node in root.iter() for value in node.attrib.values()]
    assert not any("NaN" in value or "undefined" in value for value in numbers)
    named = {node.get("id") for node in root.iter() if node.get("id")}
    assert {name for value in numbers for name in re.findall(r"url\(#([^)]+)\)", value)} <= named
