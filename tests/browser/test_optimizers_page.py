"""The race in a real Chromium: it plays without a byte, follows the hand, and says what is wrong in words."""

import re
from collections.abc import Callable
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

import pytest
from playwright.sync_api import Browser, Locator, Page, expect

from viz.race import link
from viz.race.presets import PRESETS

START = 120_000  # ms until the race's process has answered for the first time
SHORT = "steps=60&runs=sgd@0.05;momentum@0.02;-adagrad@0.5;adam@0.1"


@pytest.fixture(scope="module")
def context_options(context_options: dict[str, Any]) -> dict[str, Any]:
    return context_options | {"reduced_motion": "reduce"}


@pytest.fixture
def race(page: Page, app_url: str) -> Callable[..., Page]:
    """`race("steps=50")` opens that link and waits until its paths are there; motion is reduced, so it stands still."""

    def open_link(query: str = SHORT) -> Page:
        page.goto(f"{app_url}/optimizers?{query}")
        expect(view(page)).to_have_attribute("data-state", "still", timeout=START)
        return page

    return open_link


def view(page: Page) -> Locator:
    return page.get_by_test_id("race-view")


def card(page: Page, letter: str) -> Locator:
    return view(page).locator(f'.card[data-letter="{letter}"]')


def button(page: Page, name: str) -> Locator:
    return view(page).get_by_role("button", name=name, exact=True)


def shows(page: Page, **data: object) -> None:
    for name, value in data.items():
        expect(view(page)).to_have_attribute(
            f"data-{name}", value if isinstance(value, re.Pattern) else str(value)
        )


def in_link(page: Page, **keys: str) -> None:
    """Waits until the address has these keys."""
    page.wait_for_function(
        "keys => { const now = new URLSearchParams(location.search); "
        "return Object.entries(keys).every(([name, value]) => now.get(name) === value) }",
        arg=keys,
    )


def problem(page: Page) -> Locator:
    return view(page).get_by_role("alert")


def map_box(page: Page) -> dict[str, float]:
    return view(page).locator(".panel.map canvas").bounding_box()


def middle(page: Page, across: float = 0.5, down: float = 0.5) -> tuple[float, float]:
    box = map_box(page)
    return box["x"] + across * box["width"], box["y"] + down * box["height"]


def test_it_plays_scrubs_and_ends_without_a_byte(race) -> None:
    page = race("steps=120&runs=sgd@0.05;adam@0.1")
    asked: list[str] = []
    page.wait_for_timeout(1500)  # the link is told to Python once
    page.on("request", lambda request: asked.append(request.url))
    button(page, "Play again from the start").click()
    shows(page, state="playing")
    shows(page, state="still", step=120)
    expect(view(page).locator(".figure.frames b")).to_have_text("–")
    slider = view(page).get_by_role("slider")
    for step in (90, 30, 60):
        slider.fill(str(step))
        shows(page, step=step)
    button(page, "One step").click()
    shows(page, step=61)
    button(page, "Back to the start").click()
    shows(page, step=0)
    page.keyboard.press("Space")
    assert [url for url in asked if "/_stcore/" not in url] == []


RESIZED = """(view) => new Promise((done) => {
  const canvas = view.shadowRoot.querySelector('.map canvas'), panel = view.shadowRoot.querySelector('.race')
  const [before, { width }] = [canvas.width, panel.getBoundingClientRect()]
  const pixels = () => canvas.getContext('2d').getImageData(0, 0, canvas.width, canvas.height).data
  const isBlank = () => !pixels().some((value) => value > 0)
  new ResizeObserver(() => canvas.width === before || done(isBlank() ? 'blank' : 'drawn')).observe(panel)
  setTimeout(() => { panel.style.width = `${width - 60}px` })
})"""


@pytest.mark.long
def test_a_map_of_another_size_is_not_blank_before_it_is_drawn(race: Callable[..., Page]) -> None:
    assert view(race()).evaluate(RESIZED) == "drawn"


def test_it_plays_by_itself_where_motion_is_welcome(browser: Browser, app_url: str) -> None:
    context = browser.new_context(viewport={"width": 1440, "height": 900})
    page = context.new_page()
    page.goto(f"{app_url}/optimizers?steps=2000&runs=sgd@0.01")
    expect(view(page)).to_have_attribute("data-state", "playing", timeout=START)
    page.wait_for_function(
        "() => Number(document.querySelector('[data-testid=race-view]')?.dataset.step) > 30"
    )
    context.close()


def test_a_dragged_start_recomputes_under_the_hand_and_the_link_follows(race) -> None:
    page = race()
    shows(page, start="1.8 1")
    answers: list[str] = []
    page.on("response", lambda reply: "/race/ask/" in reply.url and answers.append(reply.url))
    page.mouse.move(*middle(page, 0.6, 0.4))
    page.mouse.down()
    for k in range(12):
        page.mouse.move(*middle(page, 0.6 - 0.02 * k, 0.4 + 0.01 * k))
        page.wait_for_timeout(40)
    start = view(page).get_attribute("data-start")
    assert start != "1.8 1"
    shows(page, state="still")
    page.mouse.up()
    page.wait_for_timeout(100)
    in_link(
        page, start="~".join(repr(float(part)) for part in view(page).get_attribute("data-start").split())
    )
    assert len(answers) >= 2
    expect(page.get_by_role("button", name=re.compile("^run", re.I))).to_have_count(0)


def test_arrow_keys_move_the_start(race) -> None:
    page = race()
    view(page).locator(".panel.map canvas").focus()
    page.keyboard.press("ArrowLeft")
    shows(page, start="1.76 1")


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.long) if name != "ravine" else name for name in PRESETS]
)
def test_every_preset_opens_from_its_link(race, name: str) -> None:
    preset = PRESETS[name]
    page = race(urlencode(link.write(preset.race)))
    shows(page, steps=preset.race.steps, problem="no")
    expect(view(page).locator(".card")).to_have_count(len(preset.race.runs))
    expect(page.get_by_text(preset.words)).to_be_visible()


def test_a_card_switches_its_path_and_its_rate_and_options_are_in_the_link(race) -> None:
    page = race()
    expect(card(page, "C").locator(".value")).to_have_text("off")
    card(page, "C").get_by_role("checkbox", name="AdaGrad runs").check()
    expect(card(page, "C").locator(".value")).not_to_have_text("off")
    card(page, "D").get_by_label("Adam: learning rate").first.select_option("0.3")
    card(page, "D").get_by_role("button", name="Adam").first.click()
    first = card(page, "D").get_by_label("Adam: betas, first")
    first.fill("0.5")
    first.press("Enter")
    in_link(page, runs="sgd@0.05;momentum@0.02;adagrad@0.5;adam@0.3,betas:0.5~0.999")


def test_an_open_card_fills_its_rule_with_the_numbers_of_the_step_shown(race) -> None:
    page = race()
    card(page, "B").get_by_role("button", name="Momentum").first.click()
    lines = card(page, "B").locator(".filled")
    expect(lines).to_contain_text("Step 60, along x")
    view(page).get_by_role("slider").fill("0")
    expect(lines).to_contain_text("v = 0.9 · 0 + 1.8 = 1.8")
    expect(lines).to_contain_text("1.8 − 0.02 · 1.8 = 1.764")
    expect(card(page, "B").locator(".limit")).to_contain_text("Stable below 0.38")
    expect(card(page, "B").locator(".panel.vectors canvas")).to_be_visible()


def test_who_converged_and_who_diverged_is_said(race) -> None:
    page = race("steps=200&runs=sgd@0.1;sgd@0.3")
    expect(card(page, "A").locator(".status")).to_have_text(re.compile(r"✓ step \d+"))
    expect(card(page, "B").locator(".status")).to_have_text("✗ gone")


@pytest.mark.long
def test_who_has_failed_does_not_lead_and_its_card_says_why(race) -> None:
    page = race(urlencode({"surface": "typed", "f": "-log(x) - y**2", "start": "1~0.1", "steps": 40,
                           "runs": "sgd@0.01;sgd@3,weight_decay:9;sgd@0.4", "window": "0.1~2~-1~1"}))  # fmt: skip
    leads = view(page).locator(".figure.leader b")
    assert [card(page, letter).locator(".status").inner_text()[:1] for letter in "BC"] == ["✗", "✗"]
    expect(leads).to_have_text("A SGD")
    expect(view(page).locator(".hint")).to_contain_text("where a function falls without end")
    for letter, why in (("B", "Left the domain: where step 1 led"), ("C", "Gone: from step")):
        card(page, letter).locator(".title").click()
        expect(card(page, letter).locator(".failure")).to_contain_text(why)
        assert why in card(page, letter).locator(".status").get_attribute("data-help")


@pytest.mark.long
def test_a_start_far_out_is_not_gone_while_it_comes_down(race) -> None:
    page = race("start=1e9~3&steps=40&runs=sgd@0.1;sgd@0.3")
    expect(card(page, "A").locator(".status")).to_have_text("moving")
    expect(view(page).locator(".figure.leader b")).to_have_text("A SGD")


@pytest.mark.long
def test_cards_are_added_and_removed(race) -> None:
    page = race("steps=20&runs=sgd@0.1")
    view(page).get_by_label("Add an optimizer").select_option("radam")
    in_link(page, runs="sgd@0.1;radam@0.001")
    card(page, "A").get_by_role("button", name="SGD").first.click()
    card(page, "A").get_by_role("button", name="Remove A SGD").click()
    in_link(page, runs="radam@0.001")


@pytest.mark.long
def test_the_relief_turns_and_leaves_the_start_where_it_is(race) -> None:
    page = race()
    button(page, "3D").click()
    expect(view(page)).to_contain_text("Drag to turn the surface.")
    before = page.screenshot(clip=map_box(page))
    page.mouse.move(*middle(page))
    page.mouse.down()
    page.mouse.move(*middle(page, 0.7, 0.6), steps=4)
    page.mouse.up()
    shows(page, start="1.8 1")
    assert page.screenshot(clip=map_box(page)) != before


def test_the_cursor_reads_value_gradient_and_curvature(race) -> None:
    page = race("surface=saddle&steps=20&runs=sgd@0.01")
    page.mouse.move(*middle(page, 0.53, 0.5))
    page.mouse.move(*middle(page, 0.533, 0.488))
    expect(view(page).locator(".hint")).to_contain_text(
        re.compile(r"f = .*gradient \(.*curvatures −2 and 2.*near a saddle")
    )


@pytest.mark.long
def test_rates_and_basins_are_computed_and_a_rate_is_taken_from_its_curve(race) -> None:
    page = race("steps=60&runs=sgd@0.05")
    button(page, "learning rates").click()
    button(page, "basins").click()
    expect(button(page, "basins")).to_have_attribute("aria-pressed", "true")
    button(page, "give each its best rate").click()
    expect(card(page, "A").get_by_label("SGD: learning rate").first).not_to_have_value("0.05")


@pytest.mark.parametrize(
    ("label", "text", "words"),
    [
        ("Start x, y", "nan, 1", "is not a point; give two finite numbers"),
        pytest.param(
            "Start x, y",
            "3e9, 1",
            "'3e9, 1' is not a point; give two finite numbers x, y, each from -1e9 to 1e9.",
            marks=pytest.mark.long,
        ),
        ("Noise", "-1", "-1 is not allowed; give a number from 0 to 1e6"),
        pytest.param(
            "condition", "0.5", "0.5 is not allowed; give a number from 1 to 10000", marks=pytest.mark.long
        ),
    ],
)
def test_bad_input_beside_the_view_is_refused_in_words_and_the_picture_stays(
    race, label, text, words
) -> None:
    page = race()
    field = page.get_by_role("textbox", name=label)
    field.fill(text)
    field.press("Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text(words)
    expect(field).to_have_value(text)
    shows(page, start="1.8 1", steps=60)


@pytest.mark.long
def test_steps_beyond_the_bound_are_refused_at_their_field(race) -> None:
    page = race()
    field = page.get_by_label("Steps", exact=True)
    field.fill("99999999")
    field.press("Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text("give a whole number from 1 to 2000")
    shows(page, steps=60)


@pytest.mark.parametrize(
    "text", ["-0.1", *(pytest.param(each, marks=pytest.mark.long) for each in ("1e10", "nan", "fast"))]
)
def test_a_bad_rate_is_refused_in_words_and_the_picture_stays(race, text, console_errors) -> None:
    page = race()
    card(page, "A").get_by_label("SGD: learning rate").first.select_option("other")
    typed = card(page, "A").get_by_role("textbox", name="SGD: learning rate")
    typed.fill(text)
    typed.press("Enter")
    expect(problem(page)).to_contain_text(
        re.compile("SGD, lr: .* is not allowed; give a number from 0 to 1e9")
    )
    expect(problem(page)).to_contain_text("The picture below is of the last race that could be run.")
    shows(page, steps=60)
    card(page, "A").get_by_label("SGD: learning rate").first.select_option("0.1")
    expect(problem(page)).to_be_hidden()
    assert console_errors == []


def test_with_nobody_on_the_picture_stays_and_says_what_to_do(race) -> None:
    page = race("steps=20&runs=sgd@0.1")
    card(page, "A").get_by_role("checkbox", name="SGD runs").uncheck()
    expect(problem(page)).to_contain_text("switch on at least one of the cards")
    card(page, "A").get_by_role("checkbox", name="SGD runs").check()
    expect(problem(page)).to_be_hidden()


def test_a_typed_function_races_and_an_error_points_at_its_place(race) -> None:
    page = race(urlencode({"surface": "typed", "f": "x**2 + 3*y**2", "steps": 30, "runs": "sgd@0.1"}))
    field = page.get_by_role("textbox", name="f(x, y) =")
    field.fill("x**2 + sinn(y)")
    field.press("Enter")
    expect(page.get_by_test_id("stAlert")).to_contain_text("Did you mean 'sin'?")
    expect(page.get_by_test_id("stCode")).to_contain_text("^")
    field.fill("x**2 + sin(y)")
    field.press("Enter")
    in_link(page, f="x**2 + sin(y)")
    expect(page.get_by_test_id("stAlert")).to_have_count(0)


@pytest.mark.long
def test_another_typed_function_gets_rates_that_suit_it(race) -> None:
    page = race("steps=60&surface=rosenbrock&runs=sgd@0.001;momentum@0.0003;adam@0.123")
    page.get_by_role("combobox", name="Surface").click()
    page.get_by_role("option", name="Your own function").click()
    field = page.get_by_role("textbox", name="f(x, y) =")
    field.fill("x**2 + 10*y**2")
    field.press("Enter")
    in_link(page, f="x**2 + 10*y**2", runs="sgd@0.03;momentum@0.03;adam@0.1")


def test_a_start_outside_the_window_is_allowed_and_said(race) -> None:
    page = race("start=5~0.3&steps=20&runs=sgd@0.05")
    expect(view(page).locator(".hint")).to_contain_text("The start 5, 0.3 is outside the window")
    view(page).get_by_role("button", name=re.compile("^fit")).click()
    expect(view(page).locator(".hint")).not_to_contain_text("outside")


def test_a_link_that_means_nothing_falls_back_with_a_notice(race) -> None:
    page = race("surface=bowll&runs=adam@0.1&steps=30&seed=-1&clip=nrm")
    said = page.get_by_test_id("stAlert")
    expect(said).to_have_count(1)
    for words in ("Did you mean 'bowl'?", "Seed: -1 is not allowed", "Did you mean 'norm'?"):
        expect(said).to_contain_text(words)
    expect(page.get_by_test_id("stToast")).to_have_count(0)
    box = said.bounding_box()
    assert box["y"] + box["height"] <= view(page).bounding_box()["y"]
    assert "surface" not in parse_qs(urlsplit(page.url).query)


@pytest.mark.long
def test_another_surface_comes_with_rates_that_suit_it(race) -> None:
    page = race("steps=60&runs=sgd@0.1;momentum@0.03")
    page.get_by_role("combobox", name="Surface").click()
    page.get_by_role("option", name="Himmelblau").click()
    in_link(page, surface="himmelblau", runs="sgd@0.01;momentum@0.003")
    expect(card(page, "A").locator(".status")).to_have_text(re.compile("✓"))


@pytest.mark.long
def test_everything_fits_a_laptop_s_screen_without_scrolling(race) -> None:
    page = race("")
    box = view(page).bounding_box()
    assert box["y"] + box["height"] <= 900


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_a_phone_shows_it_without_overflow(phone: Callable[[str], Page], app_url: str, scheme: str) -> None:
    page = phone(scheme)
    page.goto(f"{app_url}/optimizers?{SHORT}")
    expect(view(page)).to_have_attribute("data-state", "still", timeout=START)
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    cards, stage = view(page).locator(".lineup").bounding_box(), map_box(page)
    assert stage["y"] + stage["height"] <= cards["y"] + 1
    below = page.get_by_role("heading", name="Elongated bowl")
    for change in (
        lambda: None,
        button(page, "learning rates").click,
        card(page, "B").locator(".title").click,
    ):
        change()
        page.wait_for_timeout(500)
        chart = view(page).locator(".panel.curves").bounding_box()
        assert chart["y"] + chart["height"] <= below.bounding_box()["y"], "nothing is printed over the chart"
        assert page.evaluate("document.documentElement.scrollWidth") <= 390


def test_names_of_the_curves_stay_whole_beside_the_button_for_best_rates(race) -> None:
    page = race()
    button(page, "learning rates").click()
    expect(button(page, "give each its best rate")).to_be_visible()
    assert (
        view(page)
        .locator(".panel.curves header .choice button")
        .evaluate_all(
            "nodes => nodes.every((node) => node.scrollWidth <= node.clientWidth && node.clientHeight < 26)"
        )
    )
    edge = view(page).locator(".panel.curves").bounding_box()
    for part in view(page).locator(".panel.curves header > *").all():
        box = part.bounding_box()
        assert box["x"] + box["width"] <= edge["x"] + edge["width"] + 1


@pytest.mark.long
def test_paths_that_take_long_are_said_to_be_on_their_way(page, app_url) -> None:
    held, hold = [], True
    page.route("**/race/ask/**", lambda route: held.append(route) if hold else route.continue_())
    page.goto(f"{app_url}/optimizers?{SHORT}")
    expect(problem(page)).to_contain_text("The paths are on their way")
    shows(page, state="waiting")
    expect(card(page, "A").locator("header")).not_to_contain_text("off")
    hold = False
    for route in held:
        route.continue_()
    shows(page, state="still")
    expect(problem(page)).to_be_hidden()


WIDER = """() => [...document.querySelectorAll("[data-testid=stMain] .katex-display")].filter((formula) => {
  const column = formula.closest("[data-testid=stColumn]").getBoundingClientRect()
  const boxes = [...formula.querySelectorAll(".base")].map((part) => part.getBoundingClientRect())
  return boxes.some((box) => box.right > column.right + 1 || box.left < column.left - 1)
}).map((formula) => formula.textContent)"""
WIDEST = ("adadelta", "adam", "nadam", "adamw", "adamax", "amsgrad", "radam", "rprop")


def test_no_rule_and_no_surface_s_formula_is_wider_than_its_column(race: Callable[..., Page]) -> None:
    page = race(f"detail=rules&surface=goldstein_price&runs={';'.join(f'{name}@0.01' for name in WIDEST)}")
    formulas = page.get_by_test_id("stMain").locator(".katex-display")
    expect(formulas).to_have_count(1 + len(WIDEST))
    for width in (1920, 1440, 1280, 390):
        page.set_viewport_size({"width": width, "height": 900})
        expect(formulas).to_have_count(1 + len(WIDEST))
        page.wait_for_timeout(500)  # a menu that moves into the drawer takes its time
        assert page.evaluate(WIDER) == []
