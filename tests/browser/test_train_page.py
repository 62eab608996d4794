"""The whole app in a real Chromium: one server, one engine process, and a tab for each test."""

import re
import socket
import threading
from collections.abc import Callable
from contextlib import suppress
from urllib.parse import parse_qs, urlsplit

import pytest
from playwright.sync_api import Locator, Page, expect

START = 120_000  # ms until the first net of a fresh engine process stands there
NOW = [
    ("Batch size", "text", "32", {"batch_size": "32"}),
    ("Dropout", "number", "0.25", {"dropout": "0.25"}),
    ("Learning rate", "text", "0.03", {"lr": "0.03"}),
    ("momentum", "number", "0.9", {"optimizer_options": "momentum:0.9"}),
    ("Clipping", "radio", "norm", {"clip": "norm"}),
    ("Optimizer", "menu", "Adam", {"optimizer": "adam", "lr": "0.001"}),
]
RESTARTS = [
    ("Data", "menu", "Two moons", {"dataset": "moons"}),
    ("Layers", "number", "3", {"hidden": "100x3"}),
    ("Width", "number", "32", {"hidden": "32x3"}),
    ("Widths", "text", "30, 20", {"hidden": "30,20"}),
    ("Activation", "menu", "ELU", {"activation": "elu"}),
    ("Weights", "menu", "He normal (Kaiming)", {"initializer": "he_normal"}),
    ("Batch norm", "radio", "before", {"batch_norm": "before"}),
    ("BN on data", "switch", "", {"batch_norm_input": "true"}),
    ("Seed", "number", "7", {"seed": "7"}),
]


@pytest.fixture
def lab(page: Page, app_url: str) -> Callable[..., Page]:
    """`lab("lr=0.3")` opens that link and waits until its net is there."""

    def open_link(query: str = "") -> Page:
        page.goto(f"{app_url}/?{query}")
        expect(view(page)).to_have_attribute("data-state", "paused", timeout=START)
        expect(control(page, "Seed")).to_be_visible()
        return page

    return open_link


def view(page: Page) -> Locator:
    return page.get_by_test_id("live-view")


def shown(page: Page, name: str) -> int:
    return int(view(page).get_attribute(f"data-{name}"))


def button(page: Page, name: str) -> Locator:
    return view(page).get_by_role("button", name=name, exact=True)


def play(page: Page) -> None:
    button(page, "Play").click()
    expect(view(page)).to_have_attribute("data-state", "playing")


def reaches(page: Page, condition: str) -> None:
    """Wait until the view's numbers are so: "step > 100 && frames > 3"."""
    code = """condition => {
        const view = document.querySelector('[data-testid="stMain"]')
        const find = root => root.querySelector('[data-testid="live-view"]') ??
            [...root.querySelectorAll('*')].map(e => e.shadowRoot && find(e.shadowRoot)).find(Boolean)
        const {step, frames, mounts} = find(view).dataset
        return new Function('step', 'frames', 'mounts', `return ${condition}`)(+step, +frames, +mounts)
    }"""
    page.wait_for_function(code, arg=condition)


def control(page: Page, label: str, role: str = "") -> Locator:
    """The control of this name."""
    side = page.get_by_test_id("stSidebar")
    return (
        side.get_by_role(role, name=label, exact=True) if role else side.get_by_label(label, exact=True).first
    )


def change(page: Page, label: str, kind: str, value: str) -> None:
    match kind:
        case "menu":
            control(page, label, "combobox").fill(value)
            page.get_by_role("option", name=value, exact=True).click()
        case "radio":
            control(page, label, "radiogroup").get_by_role("radio", name=value, exact=True).click()
        case "switch":
            page.get_by_test_id("stCheckbox").filter(has_text=label).locator("label").click()
        case _:
            control(page, label).fill(value)
            page.keyboard.press("Enter")


def query(page: Page) -> dict[str, str]:
    return {name: texts[-1] for name, texts in parse_qs(urlsplit(page.url).query).items()}


def has_query(page: Page, expected: dict[str, str]) -> None:
    page.wait_for_url(
        lambda url: expected.items() <= {k: v[-1] for k, v in parse_qs(urlsplit(url).query).items()}.items()
    )


def test_play_trains_and_the_opening_net_visibly_fails(lab):
    page = lab()
    play(page)
    reaches(page, "frames >= 100")
    assert shown(page, "mounts") == 1
    assert shown(page, "step") >= 100
    expect(view(page)).to_contain_text(re.compile(r"loss\s*2\.[23]"))


def test_the_cure_is_tried_beside_the_sick_net_and_cures(lab):
    page = lab()
    play(page)
    view(page).get_by_role("button", name=re.compile("Add batch norm")).click()
    has_query(page, {"batch_norm": "before"})
    expect(control(page, "Batch norm", "radiogroup").get_by_role("radio", name="before")).to_be_checked()
    expect(view(page)).to_have_attribute("data-state", "playing")
    said = r"Batch norm before the activation: learned: 9\d.* of the test set after [\d,]+ steps; A is at (\d|1\d)"
    expect(view(page)).to_contain_text(re.compile(said))
    button(page, "Keep B").click()
    expect(view(page)).to_contain_text(re.compile(r"accuracy\s*(9\d|100)"))
    assert "beside" not in page.url


@pytest.mark.long
def test_a_cure_that_could_act_now_makes_a_net_from_its_beginning(lab):
    page = lab("hidden=20x3&activation=relu&initializer=he_normal&lr=0.000001")
    play(page)
    cure = view(page).get_by_role("button", name=re.compile("Set lr to"))
    expect(cure).to_be_visible()
    reaches(page, "step > 60")
    cure.click()
    expect(view(page)).to_contain_text(
        re.compile(r"Learning rate \S+ \(A: \S+\): (catches up, step|.*; A is at)")
    )
    assert shown(page, "step") > 60


def test_what_acts_now_lets_the_run_go_on(lab):
    page = lab()
    play(page)
    for label, kind, value, expected in NOW:
        reaches(page, "step > 60")
        before = shown(page, "step")
        change(page, label, kind, value)
        has_query(page, expected)
        reaches(page, f"step > {before + 5}")
        assert view(page).get_attribute("data-state") == "playing", label
    assert shown(page, "mounts") == 1


@pytest.mark.long
def test_what_restarts_begins_again_and_plays_on(lab):
    page = lab()
    # at full speed a small net is past its first steps before anybody sees them
    view(page).locator("select").first.select_option(label="20 steps/s")
    play(page)
    for label, kind, value, expected in RESTARTS:
        reaches(page, "step > 30")
        change(page, label, kind, value)
        reaches(page, "step < 30")
        has_query(page, expected)
        expect(view(page), label).to_have_attribute("data-state", "playing")
    assert shown(page, "mounts") == 1


@pytest.mark.long
def test_a_lesson_sets_the_controls_and_its_net_learns(lab):
    page = lab()
    play(page)
    change(page, "Try this", "menu", "Cure: ReLU with He's weights")
    has_query(page, {"activation": "relu", "initializer": "he_normal"})
    expect(control(page, "Activation", "combobox")).to_have_value("ReLU")
    reaches(page, "step > 150")
    expect(view(page)).to_contain_text(re.compile(r"accuracy\s*(9\d|100)"))


@pytest.mark.long
def test_a_pause_shows_the_same_frame_as_figures(lab):
    page = lab()
    play(page)
    reaches(page, "step > 20")
    button(page, "Pause").click()
    expect(view(page)).to_have_attribute("data-state", "paused")
    title = page.get_by_role("heading", name=re.compile(r"^Step [\d,]+ in detail"))
    expect(title).to_be_visible()
    assert int(re.search(r"[\d,]+", title.inner_text())[0].replace(",", "")) == shown(page, "step")
    expect(page.locator(".st-key-gradient_variance_chart .main-svg").first).to_be_visible()
    play(page)
    expect(title).to_have_count(0)


@pytest.mark.long
def test_a_reload_keeps_the_run_and_its_controls(lab):
    page = lab("activation=relu")
    play(page)
    reaches(page, "step > 200")
    before = shown(page, "step")
    page.reload()
    expect(view(page)).to_have_attribute("data-state", "playing")
    reaches(page, f"step > {before}")
    expect(control(page, "Activation", "combobox")).to_have_value("ReLU")
    change(page, "Seed", "number", "7")
    reaches(page, f"step < {before}")
    expect(view(page)).to_have_attribute("data-state", "playing")


@pytest.mark.long
def test_any_step_of_a_long_run_is_seen_again(lab):
    """The server keeps some of the frames; those between are computed anew, and say what the run said."""
    page = lab("dataset=moons&hidden=8x2&batch_size=32&lr=0.05")
    button(page, "Step").click()
    reaches(page, "step == 1")
    first = view(page).locator(".figure.loss b").inner_text()
    view(page).get_by_label("Where it stops by itself, once").select_option("step")
    view(page).get_by_label("Stop there").fill("4000")
    page.keyboard.press("Enter")
    play(page)
    expect(view(page)).to_contain_text("Stopped at step 4000, as you asked.", timeout=START)
    reaches(page, "step == 4000")
    slider = view(page).get_by_role("slider")
    for step in (0, 2501, 3999, 1):
        slider.fill(str(step))
        reaches(page, f"step == {step}")
    expect(view(page).locator(".figure.loss b")).to_have_text(first)
    button(page, "back to live").click()
    reaches(page, "step == 4000")


@pytest.mark.long
def test_a_run_goes_on_from_an_earlier_step_with_another_setting_and_takes_it_back(lab):
    page = lab("dataset=moons&hidden=8x2&batch_size=32&lr=0.05")
    loss = view(page).locator(".figure.loss b")
    view(page).get_by_label("Where it stops by itself, once").select_option("step")
    view(page).get_by_label("Stop there").fill("300")
    page.keyboard.press("Enter")
    play(page)
    expect(view(page)).to_contain_text("Stopped at step 300, as you asked.", timeout=START)
    slider = view(page).get_by_role("slider")
    slider.fill("101")
    reaches(page, "step == 101")
    first = loss.inner_text()
    slider.fill("100")
    reaches(page, "step == 100")
    change(page, "Learning rate", "text", "0.5")
    button(page, "Go on from step 100 with this").click()
    reaches(page, "step > 110 && step < 300")
    has_query(page, {"lr": "0.5"})
    expect(view(page).locator(".flag.changed")).to_have_attribute(
        "title", "Step 101: Learning rate: 0.05 → 0.5"
    )
    button(page, "Undo").click()
    reaches(page, "step == 100")
    expect(view(page)).to_have_attribute("data-state", "paused")
    expect(control(page, "Learning rate")).to_have_value("0.05")
    button(page, "Step").click()
    reaches(page, "step == 101")
    expect(loss).to_have_text(first)
    slider.fill("50")
    reaches(page, "step == 50")
    change(page, "Activation", "menu", "ReLU")
    expect(view(page).locator(".notice")).to_contain_text(
        "The net begins again from step 0, for this setting cannot change in a net that trains. Settings marked “now” "
        "can: with one of them it goes on from step 50."
    )


@pytest.mark.long
def test_a_reload_shows_the_whole_run_from_its_first_step(lab):
    """A hundred layers: the server has room for some hundred frames, and many more went by."""
    page = lab("hidden=4x100&activation=relu")
    play(page)
    reaches(page, "frames > 140")
    button(page, "Pause").click()
    expect(view(page)).to_have_attribute("data-state", "paused")
    page.reload()
    expect(view(page)).to_have_attribute("data-state", "paused")
    reaches(page, "frames > 0")
    expect(view(page).locator(".scrub .end").first).to_have_text("000,000")
    slider = view(page).get_by_role("slider")
    assert int(slider.get_attribute("max")) == int(view(page).get_attribute("data-step"))
    loss = view(page).locator(".loss canvas")
    loss.hover(position={"x": 46, "y": 40})
    expect(view(page).locator(".tip")).to_contain_text("batch, step 0")


@pytest.mark.long
def test_another_page_and_back_keeps_the_run(lab):
    page = lab("activation=relu")
    play(page)
    reaches(page, "step > 200")
    before = shown(page, "step")
    page.get_by_role("link", name="Optimizers").click()
    expect(page.get_by_test_id("race-view")).to_be_visible()
    expect(page).to_have_title("Optimizers · Gradient Flow Lab")
    page.get_by_role("link", name="Train").click()
    expect(page).to_have_title("Train · Gradient Flow Lab")
    expect(view(page)).to_have_attribute("data-state", "playing")
    reaches(page, f"step > {before}")
    has_query(page, {"activation": "relu"})
    expect(control(page, "Activation", "combobox")).to_have_value("ReLU")


AFTERTHOUGHT = 2500  # ms: so late somebody goes back, and not sooner


@pytest.mark.long
def test_back_goes_to_the_run_before(lab):
    page = lab()
    change(page, "Activation", "menu", "ELU")
    has_query(page, {"activation": "elu"})
    change(page, "Seed", "number", "7")
    has_query(page, {"seed": "7"})
    page.wait_for_timeout(AFTERTHOUGHT)
    page.go_back()
    expect(control(page, "Seed")).to_have_value("0")
    expect(control(page, "Activation", "combobox")).to_have_value("ELU")
    page.go_back()
    expect(control(page, "Activation", "combobox")).to_have_value("Sigmoid (logistic)")
    assert query(page) == {}
    expect(page.get_by_test_id("stApp")).to_have_attribute("data-test-script-state", "notRunning")
    page.go_forward()
    expect(control(page, "Activation", "combobox")).to_have_value("ELU")


@pytest.mark.long
def test_back_leaves_a_page_that_was_opened_by_a_typed_link(lab):
    page = lab()
    lab("lr=0.3")
    expect(control(page, "Learning rate")).to_have_value("0.3")
    expect(control(page, "Activation", "combobox")).to_have_value("Sigmoid (logistic)")
    page.go_back()
    expect(control(page, "Learning rate")).to_have_value("0.1")
    assert query(page) == {}


@pytest.mark.long
def test_a_link_in_a_tab_that_played_waits_at_its_first_step(lab):
    page = lab()
    play(page)
    reaches(page, "step > 50")
    lab("lr=0.3")
    reaches(page, "step === 0")
    page.wait_for_timeout(1000)
    expect(view(page)).to_have_attribute("data-state", "paused")
    assert shown(page, "step") == 0
    expect(view(page)).to_contain_text("Before the first step")


@pytest.mark.long
def test_a_bad_link_says_what_it_ignored(lab):
    page = lab("activation=rellu&lr=0.3&nonsense=1")
    said = page.get_by_test_id("stMain").get_by_test_id("stAlert")
    expect(said).to_contain_text("Did you mean 'relu'?")
    expect(said).to_contain_text("'nonsense' is no field of a run")
    expect(page.get_by_test_id("stToast")).to_have_count(0)
    box = view(page).bounding_box()
    assert said.bounding_box()["y"] + said.bounding_box()["height"] <= box["y"]
    assert box["y"] + box["height"] <= 900
    expect(control(page, "Learning rate")).to_have_value("0.3")
    expect(control(page, "Activation", "combobox")).to_have_value("Sigmoid (logistic)")
    assert query(page) == {"activation": "sigmoid", "lr": "0.3"}
    change(page, "Seed", "number", "7")
    expect(said).to_have_count(0)


@pytest.mark.long
def test_a_refused_value_leaves_the_run_alone(lab):
    page = lab()
    play(page)
    reaches(page, "step > 60")
    change(page, "Widths", "text", "300, many")
    expect(page.get_by_test_id("stSidebar").get_by_role("alert")).to_contain_text("is no width")
    expect(control(page, "Widths")).to_have_value("300, many")
    reaches(page, "step > 100")
    assert query(page) == {}


@pytest.mark.long
def test_a_number_out_of_range_is_refused_beside_its_field(lab):
    page = lab()
    for label, number, words in (
        ("Layers", "-3", "give a whole number from 0 to 100"),
        ("Width", "99999", "give a whole number from 1 to 1024"),
        ("Dropout", "7", "give a number from 0 to below 1"),
    ):
        change(page, label, "number", number)
        expect(page.get_by_test_id("stSidebar").get_by_role("alert").filter(has_text=words)).to_be_visible()
        expect(control(page, label)).to_have_value(number)
    expect(page.get_by_test_id("InputInstructions")).to_be_hidden()
    assert query(page) == {}


@pytest.mark.long
def test_a_typed_value_counts_when_its_field_is_left(lab):
    page = lab()
    control(page, "Learning rate").fill("0.05")
    button(page, "Play").click()
    has_query(page, {"lr": "0.05"})
    expect(control(page, "Learning rate")).to_have_value("0.05")
    expect(view(page)).to_have_attribute("data-state", "playing")


@pytest.mark.long
def test_a_name_is_plain_words_and_its_mark_is_drawn_beside_it(lab):
    page = lab()
    for key, name, mark in (
        ("lr", "Learning rate", "now"),
        ("optimizer_options-momentum", "momentum", "now"),
        ("layers", "Layers", "restarts"),
        ("batch_norm_input", "BN on data", "restarts"),
    ):
        label = page.locator(f".st-key-{key} [data-testid=stWidgetLabel] p")
        expect(label).to_have_text(name)
        assert label.evaluate("p => getComputedStyle(p, '::after').content") == f'"{mark}"'


def test_cause_and_effect_fit_one_screen(lab):
    page = lab()
    box = view(page).bounding_box()
    assert box["y"] >= 0
    assert box["y"] + box["height"] <= 900
    drawer = page.get_by_test_id("stSidebar").get_by_test_id("stExpander").last.bounding_box()
    assert drawer["y"] + drawer["height"] <= 900
    sidebar = page.get_by_test_id("stSidebarContent")
    assert sidebar.evaluate("it => it.scrollHeight <= it.clientHeight")


@pytest.mark.long
def test_a_projector_gets_one_panel_at_a_time_and_a_link_opens_on_it(lab):
    page = lab()
    panels = view(page).locator("section.panel:visible")
    expect(panels).to_have_count(8)
    button(page, "Projector").click()
    expect(panels).to_have_count(1)
    expect(panels.get_by_role("heading")).to_have_text("Activations")
    assert panels.bounding_box()["width"] > 0.9 * 1440  # the sidebar lies below
    size = "element => parseFloat(getComputedStyle(element).fontSize)"
    assert view(page).locator(".figure.loss b").evaluate(size) >= 36
    page.set_viewport_size({"width": 1024, "height": 768})  # an old projector's
    last = view(page).locator(".figure.test").bounding_box()
    assert last["x"] + last["width"] <= 1024 - 16
    pressed = view(page).locator(":is(.play, .small, .twin):visible").all()
    assert len(pressed) >= 10
    assert min(min(each["width"], each["height"]) for each in map(Locator.bounding_box, pressed)) >= 40
    assert view(page).get_by_role("slider").bounding_box()["width"] > 300
    page.set_viewport_size({"width": 1440, "height": 900})
    page.keyboard.press("Space")
    expect(view(page)).to_have_attribute("data-state", "playing")
    for key, title in (
        ("ArrowLeft", "Saturated, dead"),
        ("ArrowDown", "Activations"),
        ("ArrowRight", "Variance of activations"),
    ):
        page.keyboard.press(key)
        expect(panels.get_by_role("heading")).to_have_text(title)
    has_query(page, {"projected": "activation-variance"})
    page.reload()
    expect(view(page)).to_have_attribute("data-projected", "activation-variance", timeout=START)
    expect(panels).to_have_count(1)
    chosen = view(page).locator(":is(select, .choice button):visible")
    assert (
        chosen.evaluate_all("(all) => all.map((one) => parseFloat(getComputedStyle(one).fontSize) >= 22)")
        == [True] * 5
    )
    page.keyboard.press("Escape")
    expect(panels).to_have_count(8)
    page.wait_for_url(lambda url: "projected" not in url)


@pytest.mark.parametrize("scheme", ["light", pytest.param("dark", marks=pytest.mark.long)])
def test_a_phone_scrolls_one_way_only(phone, app_url, scheme):
    page = phone(scheme)
    page.goto(app_url)
    expect(view(page)).to_have_attribute("data-state", "paused")
    button(page, "Play").click()
    reaches(page, "frames > 3")
    for selector in ("document.documentElement", "document.querySelector('[data-testid=stMain]')"):
        assert page.evaluate(f"{selector}.scrollWidth <= {selector}.clientWidth")
    background = page.evaluate("getComputedStyle(document.querySelector('.stApp')).backgroundColor")
    assert (sum(map(int, re.findall(r"\d+", background))) < 380) == (scheme == "dark")


class Cable:
    """A TCP relay that can be pulled: between a browser and the app, on a port of its own."""

    def __init__(self, target: int) -> None:
        self.target, self.is_in = target, True
        self.pairs: list[socket.socket] = []
        self.listener = socket.create_server(("127.0.0.1", 0))
        self.port = self.listener.getsockname()[1]
        threading.Thread(target=self.accept, daemon=True).start()

    def accept(self) -> None:
        with suppress(OSError):
            while True:
                near, _ = self.listener.accept()
                if not self.is_in:
                    near.close()
                    continue
                far = socket.create_connection(("127.0.0.1", self.target))
                self.pairs += [near, far]
                for source, sink in ((near, far), (far, near)):
                    threading.Thread(target=self.relay, args=(source, sink), daemon=True).start()

    def relay(self, source: socket.socket, sink: socket.socket) -> None:
        with suppress(OSError):
            while data := source.recv(65536):
                sink.sendall(data)
        for end in (source, sink):
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)

    def pull(self) -> None:
        self.is_in = False
        for end in self.pairs:
            with suppress(OSError):
                end.shutdown(socket.SHUT_RDWR)
            end.close()
        self.pairs = []

    def plug(self) -> None:
        self.is_in = True

    def end(self) -> None:
        self.listener.close()
        self.pull()


@pytest.mark.long
def test_a_drop_of_three_seconds_costs_nothing(page, app_url, console_errors):
    cable = Cable(urlsplit(app_url).port)
    page.goto(f"http://localhost:{cable.port}/?activation=relu")
    expect(view(page)).to_have_attribute("data-state", "paused")
    play(page)
    reaches(page, "step > 100")
    cable.pull()
    page.wait_for_timeout(3000)
    before = shown(page, "step")
    cable.plug()
    reaches(page, f"step > {before + 20}")
    assert view(page).get_attribute("data-state") == "playing"
    assert shown(page, "mounts") == 1
    cable.end()
    console_errors.clear()  # the browser reports each attempt to connect while the cable is out


@pytest.mark.long
def test_a_link_whose_data_cannot_be_had_gives_way_to_the_next_link(lab, app_url):
    page = lab("hidden=16x3")
    play(page)
    reaches(page, "step > 5")
    page.goto(f"{app_url}/?dataset=mnist")
    expect(view(page)).to_have_attribute("data-state", "lost")
    expect(view(page)).to_contain_text("mnist is not on this machine")
    page.reload()
    expect(view(page)).to_contain_text("mnist is not on this machine")
    expect(page.get_by_role("heading", name="Optimizer: SGD")).to_be_in_viewport()
    lab("dataset=moons&hidden=8x2")
    expect(view(page)).not_to_contain_text("mnist is not on this machine")
    play(page)
    reaches(page, "step > 5")


@pytest.mark.long
def test_the_views_net_comes_before_the_scripts_of_what_lies_below(page, app_url):
    came = []
    page.on("websocket", lambda socket: came.append(urlsplit(socket.url).path.split("/")[1]))
    page.on("request", lambda request: came.append("plotly") if "/PlotlyChart." in request.url else None)
    page.goto(app_url)
    expect(page.get_by_role("heading", name="Activation: Sigmoid")).to_be_visible(timeout=START)
    expect(page.locator(".js-plotly-plot").first).to_be_visible(timeout=START)
    assert came.index("live") < came.index("plotly")


@pytest.mark.long
def test_the_panels_heads_hold_in_one_line_on_a_small_laptop(page, lab):
    page.set_viewport_size({"width": 1280, "height": 720})
    cut = """heads => heads.map(head => [head.innerText, head.scrollHeight - head.clientHeight,
        head.scrollWidth - head.clientWidth]).filter(([, down, across]) => down > 1 || across > 1)"""
    assert view(lab()).locator(".panel header").evaluate_all(cut) == []


def test_what_is_opened_at_the_foot_of_the_page_comes_into_view(page, lab):
    page.set_viewport_size({"width": 1440, "height": 900})
    head = lab().get_by_text("Share this as a task")
    head.click()
    expect(page.get_by_label("Task", exact=True)).to_be_in_viewport(ratio=1)
    expect(page.get_by_label("Look here first")).to_be_in_viewport(ratio=1)


def test_no_name_in_the_sidebar_lies_under_its_field_or_is_cut(lab) -> None:
    page = lab("optimizer=nadam&activation=leaky_relu")
    labels = page.get_by_test_id("stSidebar").locator('[class*="_options-"] [data-testid="stWidgetLabel"]')
    expect(labels.filter(has_text="decoupled weight decay")).to_be_visible()
    beyond = """(labels) => labels.flatMap((label) => [...label.querySelectorAll("p, button")].filter((part) =>
        part.getBoundingClientRect().right > label.getBoundingClientRect().right + 0.5)).length"""
    assert labels.evaluate_all(beyond) == 0
    page = lab("optimizer=momentum")
    chosen = control(page, "Optimizer")
    expect(chosen).to_have_value("Momentum (heavy ball)")
    assert chosen.evaluate("input => input.scrollWidth <= input.clientWidth")
