"""A run's replay, opened from disk: a file and a browser, and nothing else."""

import re
import time
from collections.abc import Callable
from pathlib import Path

import pytest
import torch
from playwright.sync_api import Locator, Page, expect
from torch import nn

import viz  # noqa: F401
from engine import RunSpec, Watch
from viz.replay.run import replay
from viz.words.language import speaking
from viz.workers.train.record import record

STEPS = 90
TITLE = "A net & its end"


@pytest.fixture(scope="module")
def file(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Ten sigmoid layers, which do not learn."""
    path = tmp_path_factory.mktemp("replay") / "run.html"
    path.write_text(record(RunSpec(activation="sigmoid"), STEPS, TITLE), "utf-8")
    return path


@pytest.fixture
def asked(page: Page) -> list[str]:
    """Every address that the page asked for."""
    addresses: list[str] = []
    page.on("request", lambda request: addresses.append(request.url.partition(",")[0]))
    return addresses


@pytest.fixture
def view(page: Page, asked: list[str], file: Path) -> Locator:
    page.goto(file.as_uri())
    view = page.get_by_test_id("live-view")
    expect(view).to_have_attribute("data-frames", re.compile("[1-9]"))
    return view


def step(view: Locator) -> int:
    return int(view.get_attribute("data-step") or -1)


def test_it_opens_at_its_first_step_and_asks_nobody(page: Page, view: Locator, file: Path, asked: list[str]):
    assert step(view) == 0
    expect(page.get_by_role("heading", name=TITLE)).to_be_visible()
    expect(page.get_by_text("Activation: sigmoid")).to_be_visible()
    expect(view).to_contain_text("A recording: press Play")
    assert set(asked) <= {file.as_uri(), "data:text/javascript"}


def test_one_that_was_made_in_chinese_plays_in_chinese(page: Page, asked: list[str], tmp_path: Path):
    made = tmp_path / "run.html"
    with speaking("zh"):
        made.write_text(record(RunSpec(activation="sigmoid", dataset="moons"), 20, ""), "utf-8")
    page.goto(made.as_uri())
    page.get_by_test_id("live-view").get_by_role("button", name="播放", exact=True).click()
    expect(page.get_by_role("heading", name="一次训练的回放")).to_be_visible()
    expect(page.get_by_text("激活函数：sigmoid")).to_be_visible()
    expect(page.locator("html")).to_have_attribute("lang", "zh")
    assert set(asked) <= {made.as_uri(), "data:text/javascript"}


def test_it_plays_to_its_end_and_again(view: Locator):
    play = view.get_by_role("button", name="Play", exact=True)
    play.click()
    expect(view.get_by_role("button", name="Pause")).to_be_visible()
    expect(view).to_have_attribute("data-step", str(STEPS))
    expect(play).to_be_visible()
    assert int(view.get_attribute("data-frames") or 0) > 10
    play.click()
    expect(view).not_to_have_attribute("data-step", str(STEPS))
    view.get_by_role("button", name="Reset").click()
    expect(view).to_have_attribute("data-step", "0")


def test_a_drag_shows_any_step_with_its_own_numbers_and_verdict(view: Locator):
    slider = view.get_by_role("slider")
    slider.fill("60")
    expect(view).to_have_attribute("data-step", "60")
    expect(view).to_contain_text("000,060")
    expect(view).to_contain_text(re.compile("Vanishing.*Cure: add batch norm"))
    expect(view.locator("button.cure")).to_have_count(0)
    slider.fill("0")
    expect(view).to_contain_text("A recording: press Play")


def test_a_speed_in_steps_a_second_holds(page: Page, view: Locator):
    view.get_by_role("combobox", name="Speed").select_option("5")
    began = time.monotonic()
    view.get_by_role("button", name="Play", exact=True).click()
    page.wait_for_timeout(1500)
    view.get_by_role("button", name="Pause").click()
    assert 1 <= step(view) <= 5 * (time.monotonic() - began) + 1


def test_by_keyboard_alone_it_plays(page: Page, view: Locator):
    page.keyboard.press("Space")
    expect(view.get_by_role("button", name="Pause")).to_be_visible()
    page.keyboard.press("Space")
    view.get_by_role("button", name="Step", exact=True).press("Enter")
    expect(view).to_have_attribute("data-state", "paused")


def test_each_arrow_on_the_slider_is_a_frame_and_p_is_for_a_projector(
    page: Page, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
):
    every_fourth = lambda frames, *told, **titles: replay(frames[::4], *told, **titles)  # noqa: E731
    monkeypatch.setattr("viz.workers.train.record.replay", every_fourth)  # as of a long run
    made = tmp_path / "thinned.html"
    made.write_text(record(RunSpec(activation="sigmoid"), 60, ""), "utf-8")
    page.goto(made.as_uri())
    view = page.get_by_test_id("live-view")
    slider = view.get_by_role("slider")
    expect(slider).to_be_enabled()
    slider.focus()
    for key, presses, then in (
        ("ArrowRight", 6, 24),
        ("ArrowLeft", 4, 8),
        ("ArrowUp", 3, 20),
        ("ArrowDown", 2, 12),
    ):
        for _ in range(presses):
            page.keyboard.press(key)
        expect(view).to_have_attribute("data-step", str(then))
    page.keyboard.press("p")
    expect(view).to_have_attribute("data-projected", "activations")
    slider.focus()
    page.keyboard.press("ArrowRight")
    expect(view).to_have_attribute("data-step", "16")
    page.keyboard.press("Escape")
    expect(view).to_have_attribute("data-projected", "")


def test_a_phone_in_the_dark_plays_it_too(phone: Callable[[str], Page], file: Path):
    page = phone("dark")
    page.goto(file.as_uri())
    expect(page.get_by_test_id("live-view")).to_have_attribute("data-frames", re.compile("[1-9]"))
    assert page.evaluate("document.documentElement.scrollWidth") <= 390
    assert page.evaluate("getComputedStyle(document.body).backgroundColor") == "rgb(14, 17, 23)"


def test_a_file_that_was_cut_off_says_so(page: Page, file: Path, tmp_path: Path):
    torn = tmp_path / "torn.html"
    bytes_ = re.compile(r'(id="bytes">.{400})[^<]*')
    torn.write_text(bytes_.sub(r"\1", file.read_text("utf-8")), "utf-8")
    page.goto(torn.as_uri())
    expect(page.get_by_text("This recording could not be read")).to_be_visible()


def test_a_net_of_one_s_own_plays_without_histograms(page: Page, tmp_path: Path):
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    with Watch(net, optimizer := torch.optim.SGD(net.parameters(), lr=0.1), every=1) as watch:
        for _ in range(20):
            optimizer.zero_grad()
            net(torch.ones(3, 4)).square().mean().backward()
            optimizer.step()
    view = page.get_by_test_id("live-view")
    for recorded in (True, False):
        if not recorded:
            watch.recorders.clear()
        watch.save(tmp_path / f"own{recorded}.html")
        page.goto((tmp_path / f"own{recorded}.html").as_uri())
        expect(view).to_have_attribute("data-step", "1")
        expect(view.get_by_role("heading", name="Variance of gradients")).to_be_visible()
        expect(view.get_by_role("heading", name="Gradients dL/dz")).to_be_visible(visible=recorded)
    view.get_by_role("slider").fill("20")
    expect(view).to_have_attribute("data-step", "20")
