"""A lesson in a real Chromium, done with the keyboard alone on a phone's screen."""

import re
from collections.abc import Callable

import pytest
from playwright.sync_api import Locator, Page, ViewportSize, expect

from viz.lessons.table import LESSONS
from viz.words.language import say, speaking

pytestmark = pytest.mark.usefixtures("context")  # with it comes the patience that a busy machine needs

START = 180_000  # ms until the workbench's process has answered for the first time
MOST_TABS = 60
WIDE = "() => document.querySelector('[data-testid=stMain]').scrollWidth"
SCREEN, PHONE = ViewportSize(width=1440, height=900), ViewportSize(width=390, height=844)
NUMBERS = {key: number for number, key in enumerate(LESSONS, 1)}


def tab_to(page: Page, wanted: Locator) -> None:
    """Press Tab until it has the focus."""
    expect(wanted).to_be_visible()
    for _ in range(MOST_TABS):
        if wanted.evaluate("element => element === document.activeElement"):
            return
        page.keyboard.press("Tab")
    raise AssertionError(f"{MOST_TABS} tabs do not reach {wanted}")


@pytest.mark.parametrize("name", ["en", pytest.param("zh", marks=pytest.mark.long)])
def test_a_lesson_is_done_with_the_keyboard_on_a_phone(
    app_url: str, phone: Callable[[str], Page], name: str
) -> None:
    page = phone("light")
    main = page.get_by_test_id("stMain")
    said = main.get_by_test_id("stAlert")
    first, second = LESSONS["momentum"], [*LESSONS.values()][NUMBERS["momentum"]]
    with speaking(name):
        ball, run, further, is_right = map(say, ("The heavy ball", "Run it", "Next lesson", "Right."))
        question, asks, span = map(
            say, (first.question, second.prediction.asks, second.prediction.option.span)
        )
        came = say("You expected: **{answer}**. It came out: **{came}**.", answer=ball, came=ball)
        title = say("Lesson {n}: {title}.", n=NUMBERS["momentum"] + 1, title=say(second.title))
        too_low = say("Too low by a factor of {off:number}.", off=5.0)
    page.goto(f"{app_url}/lessons?lesson={NUMBERS['momentum']}&lang={name}")
    expect(main).to_contain_text(question[:20], timeout=START)
    tab_to(page, main.get_by_role("radio").first)
    page.keyboard.press("Space")
    page.keyboard.press("ArrowDown")
    expect(main.get_by_role("radio", name=ball)).to_be_checked()
    tab_to(page, main.get_by_role("button", name=run))
    page.keyboard.press("Enter")
    expect(said.filter(has_text=came.replace("*", "")).filter(has_text=is_right)).to_be_visible(timeout=START)
    expect(main.locator(".js-plotly-plot")).to_be_visible()
    expect(main.locator(".katex").first).to_be_visible()
    page.wait_for_url(re.compile(rf"/lessons\?.*lesson={NUMBERS['momentum']}.*answer=momentum"))
    assert page.evaluate(WIDE) <= page.viewport_size["width"]  # type: ignore[index]

    tab_to(page, main.get_by_role("button", name=further))
    page.keyboard.press("Enter")
    expect(main).to_contain_text(asks)
    expect(main.locator("[role=status]", has_text=title)).to_have_count(1)
    assert page.get_by_test_id("stMain").evaluate("main => main.scrollTop") == 0
    tab_to(page, main.get_by_role("textbox"))
    page.keyboard.type("nan")
    page.keyboard.press("Enter")
    expect(said.filter(has_text=span)).to_be_visible()
    tab_to(page, main.get_by_role("textbox"))
    page.keyboard.press("ControlOrMeta+a")
    page.keyboard.type("2")
    page.keyboard.press("Enter")
    expect(said.filter(has_text=too_low)).to_be_visible(timeout=START)
    assert page.evaluate(WIDE) <= page.viewport_size["width"]  # type: ignore[index]


def test_a_reload_loses_no_prediction_and_leads_back_to_the_lesson(app_url: str, page: Page) -> None:
    here = f"{app_url}/lessons"
    page.goto(f"{here}?lesson={NUMBERS['zeros']}&answer=stays")
    sidebar, done = page.get_by_test_id("stSidebar"), f"Done: {NUMBERS['zeros']} (1 of {len(LESSONS)})."
    expect(sidebar).to_contain_text(done, timeout=START)
    page.get_by_role("button", name="Next lesson").click()
    page.wait_for_url(f"{here}?lesson={NUMBERS['zeros'] + 1}")
    page.reload()
    expect(sidebar).to_contain_text(done)
    page.goto(here)
    page.wait_for_url(f"{here}?lesson={NUMBERS['zeros'] + 1}")
    page.get_by_role("button", name="Lesson before").click()
    page.wait_for_url(re.compile("answer=stays"))
    page.get_by_role("button", name="Forget my predictions").click()
    expect(sidebar).not_to_contain_text("Done")
    page.reload()
    expect(page.get_by_test_id("stMain")).to_contain_text(LESSONS["zeros"].question[:20])
    expect(sidebar).not_to_contain_text("Done")


@pytest.mark.long
@pytest.mark.parametrize(("name", "screen"), [("en", SCREEN), ("zh", SCREEN), ("zh", PHONE)])
def test_a_lesson_is_done_with_the_mouse_in_either_language(
    app_url: str, page: Page, name: str, screen: ViewportSize
) -> None:
    page.set_viewport_size(screen)
    main = page.get_by_test_id("stMain")
    with speaking(name):
        ball, run, further = map(say, ("The heavy ball", "Run it", "Next lesson"))
        verdict = say("You expected: **{answer}**. It came out: **{came}**.", answer=ball, came=ball)
    page.goto(f"{app_url}/lessons?lesson={NUMBERS['momentum']}&lang={name}")
    main.get_by_text(ball, exact=True).click(timeout=START)
    expect(main.get_by_role("radio", name=ball)).to_be_checked()
    main.get_by_role("button", name=run).click()
    expect(main.get_by_test_id("stAlert").first).to_contain_text(verdict.replace("*", ""), timeout=START)
    expect(main.locator(".js-plotly-plot")).to_be_visible()
    assert page.evaluate("document.documentElement.lang") == name
    assert page.evaluate(WIDE) <= screen["width"]
    main.get_by_role("button", name=further).click()
    expect(main.get_by_role("textbox")).to_be_visible()
    page.wait_for_url(re.compile(f"lang={name}"))


def test_the_worksheet_of_the_longest_lesson_is_one_side_of_a4(app_url: str, page: Page) -> None:
    page.goto(f"{app_url}/lessons?lesson={NUMBERS['recurrent']}")
    expect(page.locator(".st-key-worksheet")).to_be_attached(timeout=START)
    expect(page.get_by_test_id("sketch").locator("svg").first).to_be_visible()
    sides = page.pdf(format="A4", margin=dict.fromkeys(("top", "bottom", "left", "right"), "10mm"))
    assert len(re.findall(rb"/Type\s*/Page\b", sides)) == 1


@pytest.mark.long
def test_the_switch_loads_menus_and_view_in_the_other_language_and_back(app_url: str, page: Page) -> None:
    sidebar, view = page.get_by_test_id("stSidebar"), page.get_by_test_id("live-view")
    page.goto(f"{app_url}/?seed=3")
    expect(view).to_contain_text("Before the first step", timeout=START)
    with speaking("zh"):
        standing, data = (
            say("Before the first step. Press Play: the net trains here, live."),
            say("Digits (8 x 8)"),
        )
    sidebar.get_by_role("radio", name="中文").click()
    expect(view).to_contain_text(standing, timeout=START)
    expect(sidebar.get_by_role("combobox").nth(1)).to_have_value(data)
    page.wait_for_url(re.compile("seed=3.*lang=zh|lang=zh.*seed=3"))
    sidebar.get_by_role("radio", name="English").click()
    expect(view).to_contain_text("Before the first step", timeout=START)
    expect(sidebar.get_by_role("combobox").nth(1)).to_have_value("Digits (8 x 8)")


@pytest.mark.long
def test_a_curve_is_drawn_and_the_run_s_stands_beside_it_and_paper_has_room_before(
    app_url: str, page: Page
) -> None:
    main = page.get_by_test_id("stMain")
    page.goto(f"{app_url}/lessons?lesson={NUMBERS['vanishing']}")
    pad = main.get_by_test_id("sketch")
    expect(pad).to_have_attribute("data-drawn", "false", timeout=START)
    room, run = main.get_by_text("I expect this because"), main.get_by_role("button", name="Run it")
    expect(room).to_be_hidden()
    page.emulate_media(media="print")
    for there in (
        room,
        main.get_by_text("how much does each layer before it get?"),
        pad.locator("svg").first,
    ):
        expect(there).to_be_visible()
    expect(main.get_by_text(f"?lesson={NUMBERS['vanishing']}")).to_be_visible()
    for gone in (
        run,
        page.get_by_test_id("stSidebar"),
        page.get_by_test_id("stHeader"),
        pad.get_by_text("Draw across"),
    ):
        expect(gone).to_be_hidden()
    assert page.pdf().startswith(b"%PDF")
    page.emulate_media(media="screen")
    box = pad.locator("svg").first.bounding_box()
    assert box
    page.mouse.move(box["x"] + 52, box["y"] + 200)
    page.mouse.down()
    page.mouse.move(box["x"] + box["width"] - 15, box["y"] + 80, steps=3)
    page.mouse.up()
    expect(pad).to_have_attribute("data-drawn", "true")
    run.click()
    expect(
        main.get_by_test_id("stAlert").filter(has_text=re.compile(r"It came out: \d(\.\d)?e-6 at layer 1"))
    ).to_be_visible(timeout=START)
    expect(pad).to_have_attribute("data-curves", "1")
    page.wait_for_url("**answer=*")
    expect(room).to_have_count(0)
