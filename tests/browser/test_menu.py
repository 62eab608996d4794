"""The menu in a real Chromium: from every page to every page, and each shows in its sidebar what its figures are of."""

import json
import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from itertools import pairwise, permutations
from typing import Any
from urllib.parse import parse_qsl

import pytest
from playwright.sync_api import Page, WebSocket, expect

from engine import RunSpec, predict
from engine.spec.examples import KILLER
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from viz.run import link
from viz.run.lessons import LESSONS, OPENING
from viz.signal.measured import arguments
from viz.signal.words import in_words

START = 180_000  # ms until the processes of a fresh server have answered, on a busy machine
RING = (
    "Train",
    "Signal",
    "Techniques",
    "Compare",
    "Your net",
    "Recurrent",
    "Optimizers",
    "Lessons",
    "Shelf",
    "Train",
)
LINK = "activation=elu&initializer=he_normal&lr=0.03&seed=5&hidden=60x6&batch_norm=before"
SIDEBAR = """() => {
  const found = {}
  const boxes = ['stSelectbox', 'stTextInput', 'stButtonGroup', 'stCheckbox'].map(id => `[data-testid=${id}]`)
  for (const box of document.querySelectorAll(`[data-testid=stSidebar] :is(${boxes.join()})`)) {
    if (box.closest('[data-testid=stExpander], .st-key-language')) continue  // out of sight until needed; no setting
    const chosen = [...box.querySelectorAll('[role=radio][aria-checked=true], button[aria-pressed=true]')]
    const input = box.querySelector('input')
    const value = box.dataset.testid === 'stButtonGroup' ? chosen.map(one => one.innerText).join()
      : box.dataset.testid === 'stCheckbox' ? String(input.checked) : input.value
    found[box.querySelector('[data-testid=stWidgetLabel] p').innerText] = value
  }
  return found
}"""


def options(entry: Any, given: dict[str, Any]) -> dict[str, str]:
    """The fields of an entry's options: numbers, switches and words."""
    given = {option.name: option.default for option in entry.options} | given
    values = {
        option.name.replace("_", " "): given[option.name]
        for option in entry.options
        if not option.needs or given[option.needs] or given[option.name] != option.default
    }
    return {
        name: str(value).lower() if isinstance(value, bool | str) else f"{value:g}"
        for name, value in values.items()
    }


def shape(spec: RunSpec) -> dict[str, str]:
    """The fields that say what the hidden layers are."""
    activation, initializer = ACTIVATIONS[spec.activation], INITIALIZERS[spec.initializer]
    return {
        "Layers": str(len(spec.hidden)),
        "Width": str(spec.hidden[0]),
        "Widths": f"{spec.hidden[0]}x{len(spec.hidden)}",
        "Activation": activation.label,
        **options(activation, dict(spec.activation_options)),
        "Weights": initializer.label,
        **options(initializer, dict(spec.initializer_options)),
        "Batch norm": spec.batch_norm,
        "Residual": spec.residual,
        "Layer norm": spec.layer_norm,
    }


def everything(spec: RunSpec) -> dict[str, str]:
    """All fields of the run as Techniques shows them."""
    norm = {"BN momentum": f"{spec.batch_norm_momentum:g}"} if spec.batch_norm != "none" else {}
    optimizer = OPTIMIZERS[spec.optimizer]
    return {
        "Data": DATASETS[spec.dataset].label,
        "Batch size": str(spec.batch_size),
        **shape(spec),
        "BN on data": str(spec.batch_norm_input).lower(),
        "BN on logits": str(spec.batch_norm_output).lower(),
        **norm,
        "Dropout": f"{spec.dropout:g}",
        "Optimizer": optimizer.label,
        "Learning rate": f"{spec.lr:g}",
        **options(optimizer, dict(spec.optimizer_options)),
        "Clipping": spec.clip,
        "Seed": str(spec.seed),
    }


def each_from_each(pages: Sequence[str]) -> list[str]:
    """A walk on which each page is left for each other one exactly once."""
    *some, last = pages
    walk = []
    for at, page in enumerate(some):
        walk += [page, *(name for other in some[at + 1 :] for name in (other, page)), last]
    return [*walk, some[0]]


@dataclass
class Visitor:
    """Somebody in a tab, what they set, and what the trainer says that it trains."""

    page: Page
    spec: RunSpec = OPENING
    plays: bool = False
    step: int = 0
    seeds: str = "8"
    hellos: list[dict[str, Any]] = field(default_factory=list)
    seen: dict[str, dict[str, str]] = field(default_factory=dict)

    def listen(self, socket: WebSocket) -> None:
        socket.on("framereceived", self.hear)

    def hear(self, payload: str | bytes) -> None:
        if isinstance(payload, str) and payload.startswith('{"say": "hello"'):
            self.hellos.append(json.loads(payload))

    def goes_to(self, name: str) -> None:
        self.page.get_by_test_id("stHeader").get_by_role("link", name=name, exact=True).click()
        getattr(self, f"sees_{name.lower().replace(' ', '_')}")()

    def sees(self, fields: dict[str, str]) -> None:
        """The sidebar holds just these fields with these values."""
        try:
            self.page.wait_for_function(
                f"wanted => {{ const now = ({SIDEBAR})(); const names = Object.keys(wanted); "
                "return Object.keys(now).length === names.length && names.every(name => now[name] === wanted[name]) }",
                arg=fields,
            )
        finally:
            assert self.page.evaluate(SIDEBAR) == fields

    def sees_some(self, fields: dict[str, str]) -> None:
        """The sidebar holds some of these fields with these values, and nothing else but a menu of lessons."""
        self.page.wait_for_function(
            f"known => {{ const now = Object.entries(({SIDEBAR})()).filter(([name]) => name !== 'Try this'); "
            "return now.length > 0 && now.every(([name, value]) => known[name] === value) }",
            arg=fields,
        )

    def sees_train(self) -> None:
        lesson = next((one.title for one in LESSONS.values() if one.spec == self.spec), "")
        self.sees({"Try this": lesson} | everything(self.spec))
        view = self.page.get_by_test_id("live-view")
        expect(view).to_have_attribute("data-state", "playing" if self.plays else "paused", timeout=START)
        self.hears_of(self.spec)
        if self.plays:
            code = "step => +document.querySelector('[data-testid=live-view]').dataset.step > step"
            self.page.wait_for_function(code, arg=self.step)
            self.step = int(view.get_attribute("data-step"))

    def hears_of(self, spec: RunSpec) -> None:
        """The trainer's last word is that it trains this net."""
        plain, looks = json.loads(json.dumps(spec.to_dict())), START // 100
        while (not self.hellos or self.hellos[-1]["spec"] != plain) and (looks := looks - 1):
            self.page.wait_for_timeout(100)
        assert self.hellos[-1]["spec"] == plain

    def sees_signal(self) -> None:
        self.sees_some(shape(self.spec) | {"Seeds": self.seeds, "Samples": "32"})
        said = in_words(arguments(self.spec, 32), predict(**arguments(self.spec, 32))).replace("**", "")
        expect(self.page.get_by_test_id("stMain")).to_contain_text(said, timeout=START)

    def sees_techniques(self) -> None:
        self.sees_some(everything(self.spec))  # those that count in the technique that is open
        expect(self.page.get_by_role("radio", name="Batch norm", exact=True).first).to_be_visible()

    def sees_compare(self) -> None:
        if "compare" not in self.seen:
            self.fills("Seeds", "1")
            self.fills("Steps", "7")
            self.seen["compare"] = {"Seeds": "1", "Steps": "7"}
        wanted = self.seen["compare"] | everything(self.spec)
        self.page.wait_for_function(
            f"wanted => {{ const now = ({SIDEBAR})(); "
            "return Object.keys(wanted).every(name => now[name] === wanted[name]) }",
            arg=wanted,
        )
        said = self.page.locator(".js-plotly-plot").get_by_text("Accuracy after 7 steps")
        expect(said.first).to_be_visible(timeout=START)

    def sees_recurrent(self) -> None:
        said = self.page.get_by_test_id("stMain").get_by_text(re.compile(r"\b31 steps back it is"))
        if "recurrent" not in self.seen:
            self.fills("Time steps", "31")
            expect(said.first).to_be_visible(timeout=START)
            self.seen["recurrent"] = self.page.evaluate(SIDEBAR)
        assert self.seen["recurrent"]["Time steps"] == "31"
        self.sees(self.seen["recurrent"])
        expect(said.first).to_be_visible(timeout=START)

    def sees_optimizers(self) -> None:
        view = self.page.get_by_test_id("race-view")
        if "optimizers" not in self.seen:
            self.fills("Steps", "73")
            expect(view).to_have_attribute("data-steps", "73", timeout=START)
            self.seen["optimizers"] = self.page.evaluate(SIDEBAR)
        assert self.seen["optimizers"]["Steps"] == "73"
        self.sees(self.seen["optimizers"])
        expect(view).to_have_attribute("data-steps", "73", timeout=START)

    def sees_your_net(self) -> None:
        expect(self.page.get_by_test_id("nets")).to_be_visible(timeout=START)

    def sees_lessons(self) -> None:
        expect(self.page.get_by_test_id("stSidebar").get_by_label("Lesson", exact=True)).to_be_visible(
            timeout=START
        )
        expect(self.page.get_by_test_id("stMain").get_by_role("button", name="Run it")).to_be_visible(
            timeout=START
        )

    def sees_shelf(self) -> None:
        expect(self.page.get_by_test_id("stMain").get_by_text("Nothing is kept yet.")).to_be_visible(
            timeout=START
        )

    def fills(self, label: str, text: str) -> None:
        self.page.get_by_test_id("stSidebar").get_by_label(label, exact=True).first.fill(text)
        self.page.keyboard.press("Enter")

    def chooses(self, activation: str) -> None:
        """Takes another activation here."""
        label = ACTIVATIONS[activation].label
        menu = self.page.get_by_test_id("stSidebar").get_by_role("combobox", name="Activation")
        menu.fill(label)
        self.page.get_by_role("option", name=label, exact=True).click()
        self.spec, self.step = self.spec.replace(activation=activation), 0


@pytest.fixture
def visitor(page: Page, app_url: str) -> Callable[[str, bool], Visitor]:
    """`visitor(query, plays)` opens Train at a link and plays its net or leaves it."""

    def arrive(query: str, plays: bool) -> Visitor:
        one = Visitor(page, link.read(dict(parse_qsl(query)))[0])
        page.on("websocket", one.listen)
        page.goto(f"{app_url}/?{query}")
        one.sees_train()
        if plays:
            page.get_by_test_id("live-view").get_by_role("button", name="Play", exact=True).click()
            one.plays = True
        return one

    return arrive


@pytest.mark.parametrize(
    ("query", "plays", "changes"),
    [
        pytest.param("", False, "", marks=pytest.mark.long),
        pytest.param(LINK, True, "", marks=pytest.mark.long),
        ("", True, "relu"),
        pytest.param(LINK, False, "tanh", marks=pytest.mark.long),
    ],
    ids=["bare and still", "a link that plays", "changed and playing", "a changed link"],
)
def test_there_and_back_every_field_says_what_the_figures_are_of(visitor, query, plays, changes):
    one = visitor(query, plays)
    if changes:
        one.chooses(changes)
        one.sees_train()
    for name in ("Signal", "Train", "Techniques", "Train"):
        one.goes_to(name)


@pytest.mark.parametrize(
    "names",
    [RING, pytest.param(each_from_each(RING[:-1]), marks=pytest.mark.long)],
    ids=["once around", "each from each"],
)
def test_all_around_every_field_says_what_the_figures_are_of(visitor, names):
    one = visitor(LINK, True)
    one.chooses("relu")
    one.sees_train()
    for name in names[1:]:
        one.goes_to(name)


def test_the_walk_from_each_to_each_is_one():
    pages = RING[:-1]
    walk = each_from_each(pages)
    assert sorted(pairwise(walk)) == sorted(permutations(pages, 2))


@pytest.mark.long
def test_what_is_set_on_signal_or_techniques_is_trained_and_seeds_are_kept(visitor):
    one = visitor("", True)
    one.goes_to("Signal")
    one.fills("Seeds", "3")
    one.seeds = "3"
    one.chooses("relu")
    one.sees_signal()
    one.goes_to("Train")
    one.goes_to("Techniques")
    one.chooses("tanh")
    one.goes_to("Signal")
    one.goes_to("Train")


@pytest.mark.long
def test_what_a_technique_puts_into_the_sidebar_is_trained(visitor):
    one = visitor("hidden=20x2&activation=relu", False)
    one.goes_to("Techniques")
    page = one.page
    page.get_by_role("radio", name="Unit health", exact=True).click()
    page.get_by_role("button", name="Kill half of the net").click()
    page.wait_for_url(re.compile("lr=0.03"))
    page.get_by_test_id("stHeader").get_by_role("link", name="Train", exact=True).click()
    expect(page.get_by_test_id("stSidebar").get_by_label("Learning rate", exact=True)).to_have_value("0.03")
    page.wait_for_function(
        "() => document.querySelector('[data-testid=live-view]')?.dataset.state === 'paused'"
    )
    one.hears_of(KILLER)


@pytest.mark.parametrize(
    "width", [1280, pytest.param(1440, marks=pytest.mark.long), pytest.param(1920, marks=pytest.mark.long)]
)
def test_the_sidebar_is_collapsed_and_opened_with_the_mouse(page, app_url, width):
    page.set_viewport_size({"width": width, "height": 9 * width // 16})
    page.goto(app_url)
    view = page.get_by_test_id("live-view")
    expect(view).to_have_attribute("data-state", "paused", timeout=START)
    narrow = view.bounding_box()["width"]
    page.get_by_test_id("stSidebar").hover(position={"x": 60, "y": 60})
    page.get_by_test_id("stSidebarCollapseButton").get_by_role("button").click()
    page.wait_for_function(
        "narrow => document.querySelector('[data-testid=live-view]').offsetWidth > narrow + 250", arg=narrow
    )
    page.get_by_test_id("stExpandSidebarButton").click()
    expect(page.get_by_test_id("stSidebar").get_by_label("Batch size", exact=True)).to_be_in_viewport()


def test_on_a_phone_the_drawer_closes_over_the_page_that_was_chosen_in_it(phone, app_url):
    page = phone("light")
    page.goto(f"{app_url}/shelf")
    for name in ("Lessons", "Shelf"):
        page.get_by_test_id("stExpandSidebarButton").click(timeout=START)
        page.get_by_test_id("stSidebarNavLink").filter(has_text=name).click()
        page.wait_for_url(f"{app_url}/{name.lower()}")
        page.wait_for_function(
            "document.querySelector('[data-testid=stSidebar]').getBoundingClientRect().right < 1"
        )


@pytest.mark.parametrize("language", ["en", "zh"])
def test_all_pages_stay_in_the_bar_of_a_projector(page, app_url, language):
    page.set_viewport_size({"width": 1024, "height": 768})
    page.goto(f"{app_url}/shelf?lang={language}")
    bar = page.get_by_test_id("stHeader")
    expect(bar.get_by_role("link")).to_have_count(len(RING) - 1, timeout=START)
    for each in bar.get_by_role("link").all():
        expect(each).to_be_in_viewport(ratio=1)
    expect(bar).not_to_contain_text("more")
