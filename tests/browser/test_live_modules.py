"""The live view's modules on their own, in a real Chromium: numbers, axes, bins and memory."""

import base64
import json
import math
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from string import Formatter
from typing import Any

import numpy as np
import pytest
from playwright.sync_api import Browser, Page, Route

from engine.diagnosis.reasons import FORMULAS, REASONS
from engine.measure.histograms import FEWEST
from engine.tables.wording import Layer, Name, Sentence
from engine.training.sight import Plane
from viz.server import modules
from viz.wire import sight
from viz.wire.ring import Trace
from viz.words import language

PLACES = {
    known: name
    for name in modules.names()
    if not name.startswith("canvas/race/")
    for known in (Path(name).stem, name.removesuffix(".js"))
}
"""module, or its path -> its file; the race's own are not among them."""
HOST = "http://modules.test"


@pytest.fixture(scope="module")
def blank(browser: Browser) -> Iterator[Page]:
    """One page for the whole file: the modules keep nothing between expressions."""

    def serve(route: Route) -> None:
        name = route.request.url.removeprefix(f"{HOST}/")
        if name.endswith(".js"):
            route.fulfill(path=modules.VIZ / name, content_type="text/javascript")
        else:
            route.fulfill(body="<!doctype html>", content_type="text/html")

    page = browser.new_page()
    page.route(f"{HOST}/**", serve)
    page.goto(f"{HOST}/")
    yield page
    page.close()


@pytest.fixture
def run(blank: Page) -> Callable[[str, str], Any]:
    """`run("axes", "number(0.5)")`: an expression in everything that a module exports."""

    def run(module: str, expression: str) -> Any:
        code = """async ([place, code]) => {
            const module = await import(place)
            return new Function(...Object.keys(module), code)(...Object.values(module))
        }"""
        return blank.evaluate(code, [f"{HOST}/{PLACES[module]}", f"return {expression}"])

    return run


NUMBERS = {
    "number(0)": "0",
    "number(0.013)": "0.013",
    "number(-2.5)": "−2.5",
    "number(1e-30)": "1e-30",
    "number(-1.234e-38)": "−1.23e-38",
    "number(9.999e-5)": "1e-4",
    "number(12345)": "12,300",
    "number(3.2e7)": "3.2e7",
    "number(NaN)": "NaN",
    "number(-Infinity)": "−∞",
    "fromLog10(-11)": "1e-11",
    "fromLog10(-400.5, 2)": "3.2e-401",
    "fromLog10(-Infinity)": "0",
    "fromLog10(2)": "100",
    "fromLog10(-7 + Math.log10(9.996), 3)": "1e-6",
    "steady(2.3)": "2.30",
    "steady(-0.5, 2)": "−0.50",
    "steady(1e-30)": "1e-30",
    "percent(0)": "0%",
    "percent(1)": "100%",
    "percent(0.9999)": "> 99.9%",
    "percent(0.0004)": "< 0.1%",
    "percent(0.0526)": "5.3%",
    "percent(0.526)": "53%",
    "counter(732)": "000,732",
    "counter(1234567)": "1,234,567",
}


@pytest.mark.parametrize("expression", NUMBERS)
def test_a_number_reads_as_people_write_it(run, expression):
    assert run("axes", expression) == NUMBERS[expression]


def test_a_log_axis_holds_its_values_in_whole_decades(run):
    assert run("axes", "decades(-11.2, -0.4)") == {"low": -12, "high": 0}
    low, high = (run("axes", "decades(-3, -3)")[end] for end in ("low", "high"))
    assert (low, high) == (-4, -2)
    assert run("axes", "decades(Infinity, -Infinity)") == {"low": -1, "high": 1}


def test_linear_ticks_are_round_and_inside(run):
    assert run("axes", "linearTicks(0, 2.4, 4)") == [0, 1, 2]
    assert run("axes", "linearTicks(-0.13, 0.27, 4)") == pytest.approx([-0.1, 0, 0.1, 0.2])
    assert run("axes", "linearTicks(1, 1)") == []


def symlog(value: float, threshold: float) -> float:
    size = abs(value) / threshold
    return value / threshold if size <= 1 else math.copysign(1 + math.log(size), value)


LAYERS = [
    {"low": -3e-12, "high": 2e-12, "threshold": 1e-12, "peak": 90, "total": 100},
    {"low": -0.4, "high": 5.0, "threshold": 0.7, "peak": 50, "total": 80},
]


def with_codes(layer: dict) -> str:
    """The JavaScript of a histogram whose codes are 1, 2, ... 64."""
    return f"({{...{json.dumps(layer)}, codes: Uint8Array.from({{length: 64}}, (_, i) => i + 1)}})"


@pytest.mark.parametrize("layer", [0, 1])
def test_bins_stand_at_their_values_on_the_axis_that_layers_share(run, layer):
    both = f"[{', '.join(map(with_codes, LAYERS))}]"
    axis = run("bins", f"commonAxis({both}, false)")
    edges = run("bins", f"[...project({both}[{layer}], commonAxis({both}, false), false).edges]")

    own, smallest = LAYERS[layer], 1e-12
    ends = [symlog(own[end], own["threshold"]) for end in ("low", "high")]
    positions = np.linspace(*ends, 65)
    values = [
        own["threshold"] * (s if abs(s) <= 1 else math.copysign(math.exp(abs(s) - 1), s)) for s in positions
    ]
    shared = np.array([symlog(value, smallest) for value in values])
    assert axis["low"] == pytest.approx(symlog(-0.4, smallest))
    assert edges == pytest.approx((shared - axis["low"]) / (axis["high"] - axis["low"]), abs=1e-9)


def test_area_on_the_axis_is_the_number_of_values(run):
    both = f"[{', '.join(map(with_codes, LAYERS))}]"
    found = run(
        "bins",
        f"(({{edges, density}}) => [[...edges], [...density]])(project({both}[1], commonAxis({both}, false), false))",
    )
    edges, density = map(np.array, found)
    counts = np.arange(1, 65) ** 2.0
    assert density * np.diff(edges) / (density * np.diff(edges)).sum() == pytest.approx(counts / counts.sum())
    assert density.max() == 1


def test_nothing_finite_draws_no_bins(run):
    nothing = {"low": 0, "high": 0, "threshold": 0, "peak": 0, "total": 100}
    assert (
        run("bins", f"project({with_codes(nothing)}, ownAxis({with_codes(nothing)}, false), false)") is None
    )
    assert run("bins", f"commonAxis([{with_codes(nothing)}], false)") is None


def test_a_share_is_what_its_code_stands_for(run):
    assert run("bins", f"share({with_codes(LAYERS[0])}, 63)") == pytest.approx((64 / 255) ** 2 * 90 / 100)


def test_a_shared_axis_is_labeled_with_zero_and_decades(run):
    axis = json.dumps({"low": -26.5, "high": 26.5, "linear": False, "threshold": 1e-11})
    texts = {tick["text"]: tick["at"] for tick in run("bins", f"ticks({axis}, 6)")}
    assert texts["0"] == 0.5
    assert {"1e-11", "−1e-11"} & texts.keys() or {"1e-5", "−1e-5"} <= texts.keys()
    assert texts["1e-5"] == pytest.approx((26.5 + 1 + math.log(1e-5 / 1e-11)) / 53)


def test_an_axis_within_one_decade_is_labeled_with_round_values(run):
    axis = json.dumps(
        {"low": symlog(0.31, 0.5), "high": symlog(0.68, 0.5), "linear": False, "threshold": 0.5}
    )
    assert [tick["text"] for tick in run("bins", f"ticks({axis}, 4)")] == ["0.35", "0.4", "0.5", "0.6"]


def test_a_shared_axis_has_ticks_all_along_where_it_holds_few_decades(run):
    """Sigmoid's outputs and the logits: from -0.2 to 0.9, in one picture."""
    ends = [symlog(value, 0.35) for value in (-0.2, 0.9)]
    axis = json.dumps({"low": ends[0], "high": ends[1], "linear": False, "threshold": 0.35})
    ticks = run("bins", f"ticks({axis}, 6)")
    places = sorted(tick["at"] for tick in ticks)
    assert max(np.diff([0, *places, 1])) < 0.35
    for tick in ticks:
        value = float(tick["text"].replace("−", "-"))
        assert tick["at"] == pytest.approx((symlog(value, 0.35) - ends[0]) / (ends[1] - ends[0]))


@pytest.mark.parametrize(
    ("shares", "is_none"), [([0, 0, None], True), ([0, 0.1, None], False), ([None, None], False), ([], False)]
)
def test_no_saturation_is_told_from_none_measured(run, shares, is_none):
    values = ", ".join("NaN" if share is None else str(share) for share in shares)
    assert run("fractions", f"isNone([{values}])") == is_none


RING = """(() => {
    const ring = new Ring(capacity, 1e9)
    const entry = (epoch, step) => ({epoch, step, bytes: {byteLength: 1000}})
    const answer = {}
    const steps = () => Array.from({length: ring.length}, (_, i) => ring.at(i).step)
    ACTIONS
    return answer
})()"""


def ring(actions: str, capacity: int = 60) -> str:
    return RING.replace("capacity", str(capacity), 1).replace("ACTIONS", actions)


HELD = """(() => {{
    const held = new Held()
    const of = (at, key = "") => ({{ key, at }})
    {}
}})()"""


ENDS = "return [held.low, held.high, held.news]"
LONG = "held.fit(0, 10, of(0)); for (let at = 1; at {}; at++) held.fit(2, {}, of(at));"


@pytest.mark.parametrize(
    ("code", "value"),
    [
        (
            "held.fit(0, 10, of(0)); held.fit(2, 3, of(1)); return held.fit(1, 20, of(2))",
            {"low": 0, "high": 20},
        ),
        (LONG.format("< 90", "3") + ENDS, [0, 10, None]),
        (LONG.format("<= 90", "3 + at / 90") + ENDS, [2, 4, 90]),
        (
            "held.fit(0, 10, of(0)); for (let k = 0; k < 200; k++) held.fit(2, 3, of(1));" + ENDS,
            [0, 10, None],
        ),
        (LONG.format("< 300", "at % 50 ? 3 : 10") + ENDS, [0, 10, None]),
        ("held.fit(0, 10, of(0)); return held.fit(4, 5, of(0, 'another run'))", {"low": 4, "high": 5}),
    ],
    ids=[
        "grows at once",
        "shrinks late",
        "says when",
        "a frame counts once",
        "needed now and then",
        "another run",
    ],
)
def test_an_axis_holds_still(run, code, value):
    assert run("held", HELD.format(code)) == value


def test_a_shared_axis_stays_where_values_stay_while_its_threshold_changes(run):
    placed = run(
        "bins",
        """(() => {
        const still = new Still()
        const bins = (low, high, threshold) => [{ low, high, threshold, peak: 1 }]
        const first = commonAxis(bins(-8, 8, 1), false, still, { key: "", at: 0 })
        const second = commonAxis(bins(-0.1, 0.1, 0.01), false, still, { key: "", at: 1 })
        const middle = (axis) => (position(8, axis.threshold, false) - axis.low) / (axis.high - axis.low)
        return [middle(first), middle(second), second.threshold]
    })()""",
    )
    assert placed == pytest.approx([1, 1, 0.01])


@pytest.mark.parametrize(
    ("values", "reach"),
    [
        ("[1, 2, 3]", [1, 3, None]),
        ("[...Array(99).fill(2), 1e33]", [2, 6, 1e33]),
        ("[...Array(50).fill(2), ...Array(50).fill(1e33)]", [2, 1e33, None]),
        ("[1, NaN, Infinity]", [1, 1, None]),
    ],
    ids=["all", "an outlier", "no outlier", "what is finite"],
)
def test_a_curve_is_not_flattened_by_one_outlier(run, values, reach):
    found = run("scalars", f"reach({values})")
    assert [found["low"], found["high"], found["beyond"]] == reach


def test_the_ring_keeps_the_first_frame_and_all_of_the_newest(run):
    actions = """
        for (let step = 0; step < 60; step++) ring.push(entry(1, step))
        answer.full = ring.length
        for (let step = 60; step < 700; step++) ring.push(entry(1, step))
        answer.steps = steps()
        answer.found = [-5, 0, 50, 683, 9999].map((step) => ring.at(ring.index(step)).step)
    """
    past = list(range(0, 670, 32))
    expected = {"full": 60, "steps": [*past, *range(670, 700)], "found": [0, 0, 32, 683, 699]}
    assert run("ring", ring(actions)) == expected


@pytest.mark.parametrize("capacity", [8, 50, 1200])
def test_the_browser_keeps_of_a_run_what_the_server_keeps(run, capacity):
    steps = np.cumsum(np.random.default_rng(6).integers(1, 60, 1000)).tolist()
    server = Trace(capacity)
    for step in steps:
        server.append(step, b"")
    made = f"""(() => {{
        const trace = new Trace({capacity})
        for (const step of {steps}) trace.push({{step}})
        return trace.points.map((point) => point.step)
    }})()"""
    assert run("ring", made) == list(server.frames)


def test_a_frame_looked_at_stays_when_the_ring_forgets_it(run):
    made = """(() => {
        const run = new Watched()
        run.ring = new run.ring.constructor(60)
        const push = (step) => run.ring.push({epoch: 1, step, bytes: {byteLength: 1000}})
        for (let step = 0; step < 60; step++) push(step)
        run.look(3)
        for (let step = 60; step < 700; step++) push(step)
        return [run.entry.step, run.cursor, run.ring.at(1).step]
    })()"""
    assert run("watched", made) == [3, 0, 32]


def test_who_goes_step_by_step_sees_no_other_step_while_one_is_computed(run):
    made = """(() => {
        const run = new Watched(), seen = []
        for (const step of [0, 30, 60]) run.ring.push({epoch: 1, step, bytes: {byteLength: 1000}})
        for (const step of [59, 45, 40, 35, 29, 30]) {
            run.look(step)
            seen.push([run.wanted, run.entry.step])
        }
        run.hello = {watched: true}
        run.look(59)
        return [...seen, [run.wanted, run.entry.step]]
    })()"""
    assert run("watched", made) == [
        [59, 60], [45, 60], [40, 30], [35, 30], [29, 30], [None, 30], [None, 30],
    ]  # fmt: skip


def test_the_second_net_is_there_while_its_step_is_computed(run):
    made = """(() => {
        const beside = new Beside({}, () => {}), {run} = beside
        for (const step of [0, 30, 60]) run.ring.push({epoch: 1, step, bytes: {byteLength: 1000}})
        run.look(59)
        beside.decoded = {bytes: run.ring.at(1).bytes, frame: {step: 30}}
        return [run.held.step, beside.frameAt(59)]
    })()"""
    assert run("beside", made) == [60, {"step": 30}]


def test_who_looks_at_the_past_is_told_that_another_net_takes_its_place_and_nobody_else(run):
    made = """(() => {
        const run = new Watched(), net = (epoch, seed) => ({epoch, spec: {seed}}), told = []
        run.greet(net(1, 0))
        for (let step = 0; step < 3; step++) run.ring.push({epoch: 1, step, bytes: {byteLength: 1000}})
        told.push(run.isReplacedBy(net(2, 1)))
        run.look(1)
        told.push(run.isReplacedBy(net(2, 0)), run.isReplacedBy(net(2, 1)))
        return told
    })()"""
    assert run("watched", made) == [False, False, True]


def test_who_waits_for_the_other_net_is_not_said_to_be_silent(run):
    code = """(() => {
        const run = new Watched()
        run.become({ state: "playing" })
        run.came = Date.now() - 60000
        const alone = run.silent !== null
        run.waitsFor = { isBehind: () => true }
        return [alone, run.silent]
    })()"""
    assert run("watched", code) == [True, None]


def test_a_heat_map_through_time_is_even_in_steps_whatever_is_held(run):
    steps = [0, 40, 80, 96, 97, 98, 99, 100]
    made = f"""(() => {{
        const held = {steps}
        const index = (step) => held.findLastIndex((each) => each <= step)
        const scene = {{cursor: 7, ring: {{at: (i) => ({{step: held[i]}}), index}}}}
        return [11, 5000].map((most) => through(scene, most).map((entry) => entry.step))
    }})()"""
    few, many = run("waterfall", made)
    assert few == [0, 0, 0, 0, 40, 40, 40, 40, 80, 80, 100]
    assert len(many) == 101


def test_the_ring_refuses_replays_and_a_restart_empties_it(run):
    actions = """
        answer.taken = [[1, 5], [1, 9], [1, 9], [1, 7], [0, 50], [2, 0], [1, 99]]
            .map(([epoch, step]) => ring.push(entry(epoch, step)))
        answer.steps = steps()
    """
    expected = {"taken": [True, True, False, False, False, True, False], "steps": [0]}
    assert run("ring", ring(actions)) == expected


def test_the_ring_holds_fewer_frames_of_a_larger_net(run):
    made = """(() => {
        const ring = new Ring(1500, 24e6)
        ring.push({epoch: 0, step: 0, bytes: {byteLength: 30000}})
        return 2 * ring.past.capacity
    })()"""
    assert run("ring", made) == 800


def test_a_trace_spans_the_whole_run_in_bounded_space(run):
    made = """(() => {
        const trace = new Trace(100)
        for (let step = 0; step < 12345; step++) trace.push({step})
        const steps = [...trace].map((point) => point.step)
        return [steps.length, steps[0], steps.at(-1), Math.max(...steps.slice(1).map((step, i) => step - steps[i]))]
    })()"""
    length, first, last, gap = run("ring", made)
    assert length <= 101  # and the newest
    assert (first, last) == (0, 12344)
    assert gap <= 256


def test_the_palette_follows_the_page_s_background(run):
    made = """(() => {
        const element = document.createElement("div")
        document.body.append(element)
        const colors = {light: {text: "#111111"}, dark: {text: "#eeeeee"}}
        return ["#ffffff", "#0e1117", "rgb(14, 17, 23)"].map((background) => {
            element.style.setProperty("--st-background-color", background)
            return paletteFor(colors, element).text
        })
    })()"""
    assert run("palette", made) == ["#111111", "#eeeeee", "#eeeeee"]


def test_a_picture_names_the_fonts_of_its_language(run):
    assert run("palette", "fontsOf('system-ui, sans-serif')") == "system-ui, sans-serif"
    texts = language.catalog("zh")["texts"]
    run("language", f"speak('zh', {json.dumps(texts)})")
    named = run("palette", "fontsOf('system-ui, sans-serif')")
    sheet = run("svg", "svg(9, 9, 'serif', '')")
    run("language", "speak('en')")
    assert re.fullmatch('system-ui(, "[^"]+ (SC|YaHei)")+, sans-serif', named)
    assert 'xml:lang="zh-Hans"' in sheet


FINDING = {
    "name": "vanishing",
    "layer": 1,
    "words": "layer 1 gets 1e-11",
    "rule": "r",
    "source": "s",
    "cure": {"batch_norm": "before"},
    "cure_words": "add batch norm",
}
REMARK = FINDING | {"remark": True}
QUIET = {
    "status": "open",
    "state": "paused",
    "reason": "",
    "can": [],
    "divergence": None,
    "findings": [],
    "frame": {},
}
LEARNS, NOT_YET = (
    {"learns": True, "words": "The loss is 0.1."},
    {"learns": False, "words": "The loss is 2.3."},
)
DIVERGED = {"state": "diverged", "divergence": {"words": "Diverged at step 3."}, "findings": [FINDING]}
RESUME, REBUILD, CURE = "Resume from the last checkpoint", "Rebuild from its settings", "Add batch norm"


FRAME = {"step": 100, "test_step": 100, "accuracy": 0.5, "test_accuracy": 0.9, "loss": 0.3}


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ({}, {}, "90% of the test set after 100 steps; A is at 90% of the test set."),
        ({"test_step": 10}, {}, "50% of its batch after 100 steps; A is at 50% of its batch."),
        ({}, {"test_step": 10}, "50% of its batch after 100 steps; A is at 50% of its batch."),
    ],
)
def test_two_nets_are_compared_by_the_same_measure(run, a, b, words):
    beside = (
        "{run: {state: 'paused', ring: {length: 1, last: {step: 100}}, findings: []}, isBehind: () => false}"
    )
    came = f"came({beside}, {json.dumps(FRAME | b)}, {{isPast: true}}, {json.dumps(FRAME | a)})"
    assert run("versus", came) == words


@pytest.mark.parametrize(
    ("more", "words"),
    [
        ({}, "梯度消失，13,781 步后小批量准确率为 5.5%；A 的小批量准确率为 25%。"),
        (
            {"state": "diverged", "divergence": {"step": 13781}},
            "在第 13,781 步发散；A 的小批量准确率为 25%。",
        ),
    ],
)
def test_what_the_second_net_has_come_to_is_one_chinese_sentence_with_grouped_counts(
    run, chinese, more, words
):
    own = {"ring": {"length": 1, "last": {"step": 13781}}, "findings": [SICK], "progress": None} | more
    shown = FRAME | {"step": 13781, "test_step": 10}
    frames = [json.dumps(shown | {"accuracy": share}) for share in (0.055, 0.25)]
    beside = f"{{run: {json.dumps(own)}, isBehind: () => false}}"
    assert run("versus", f"came({beside}, {frames[0]}, {{isPast: false}}, {frames[1]})") == words


def test_settings_that_a_closed_sidebar_holds_are_known_to_be_out_of_sight(run):
    assert run("place", "hidesSettings()") is False
    code = """(() => {
        const sidebar = document.createElement("div")
        sidebar.dataset.testid = "stSidebar"
        document.body.append(sidebar)
        const hides = ["0px", "-300px"].map((left) => {
            sidebar.style = `position: absolute; width: 300px; height: 9px; left: ${left}`
            return hidesSettings()
        })
        sidebar.remove()
        return hides
    })()"""
    assert run("place", code) == [False, True]


@pytest.mark.parametrize(
    ("right", "tested", "words"),
    [
        (0.85, 0.1, "learned: 85% of its last batches and 10% of the test set after 12 steps; A is at 10%"),
        (0.85, 0.82, "learned: 82% of the test set after 12 steps; A is at 10%"),
    ],
)
def test_what_is_said_to_have_learned_has_the_share_that_says_so(run, right, tested, words):
    shown = FRAME | {"step": 12, "test_step": 12, "accuracy": 0.8}
    own = {"state": "playing", "ring": {"length": 1, "last": {"step": 12}}, "findings": []}
    own["progress"] = {"learns": True, "right": right}
    beside = f"{{run: {json.dumps(own)}, isBehind: () => false}}"
    frames = [json.dumps(shown | {"test_accuracy": share}) for share in (tested, 0.1)]
    said = run("versus", f"came({beside}, {frames[0]}, {{isPast: false}}, {frames[1]})")
    assert said == f"{words} of the test set."


def test_theory_the_second_net_and_the_path_left_are_drawn_in_ways_of_their_own(run):
    theory = run("panel", "DOTTED")
    of = [run("ghost", f"dashOfSecond({{second: {{isGhost: {each}}}}})") for each in ("true", "false")]
    assert len(set(map(tuple, [theory, *of]))) == 3


@pytest.mark.parametrize(
    ("a", "b", "none"),
    [([0, 0], None, True), ([0, 0], [0, 0.5], False), ([0.1], None, False), ([0], [0], True)],
)
def test_nothing_is_saturated_where_it_is_in_no_net(run, a, b, none):
    second = "null" if b is None else f"{{frame: {{stats: {{dead: {b}}}}}}}"
    assert (
        run("fractions", f"isNoneOf({{frame: {{stats: {{dead: {a}}}}}, second: {second}}}, 'dead')") is none
    )


@pytest.mark.parametrize(
    ("high", "ticks"), [(1.04, [0, 0.5, 1]), (2, [0, 1, 2]), (20, [0, 20]), (1.6, [0, 1, 1.6])]
)
def test_the_ticks_of_rate_and_weights_do_not_overlap(run, high, ticks):
    assert run("course", f"ticksOf({{high: {high}, y: (share) => 60 - (60 * share) / {high}}})") == ticks


@pytest.mark.parametrize(
    ("part", "layer", "is_output", "words"),
    [
        ("forward", 1, False, "the activation makes its output"),
        ("forward", 3, True, "of which the net's answers are made"),
        ("backward", 1, False, "ends here, for below are the inputs"),
        ("backward", 2, False, "comes from the layer above and goes on"),
        ("backward", 3, True, "begins here and goes on to the layer below"),
    ],
)
def test_slow_motion_says_what_is_so_at_the_ends_of_the_net(run, part, layer, is_output, words):
    said = run("slow", f"doesOf('{part}', {{layer: {layer}, is_output: {json.dumps(is_output)}}}).template")
    assert words in said


SCENE = """{frame: {step: 20}, trace: {points: [{step: 0}], newest: {step: 20}, *[Symbol.iterator]() {
    for (let step = 0; step <= 20; step++) yield {step, loss: 1}
}}, tests: [], kept: [], span: null, ghosts: [[{step: 12, loss: 3}, {step: 30, loss: 4}]]}"""


@pytest.mark.parametrize(("x", "seen"), [(50, 1), (90, 1), (160, 2), (240, 2)])
def test_a_path_that_was_left_has_no_value_at_a_step_where_it_never_was(run, x, seen):
    panel = "scalarPanel({train: (p) => p.loss, test: (p) => p.loss, write: String, guess: () => null})"
    lines = run("scalars", f"{panel}.probe({x}, 30, {SCENE}, {{width: 264, height: 100}}).lines")
    assert len(lines) == seen


@pytest.mark.parametrize(("past", "said"), [(True, ""), (False, "new axis at step 5")])
def test_an_axis_says_that_it_changed_only_to_who_looks_at_now(run, past, said):
    assert run("histograms", f"newsOf({{past: {json.dumps(past)}}}, {{news: 5}})") == said
    assert run("histograms", "newsOf({past: false}, {news: null})") == ""


def test_the_words_of_a_new_axis_stand_in_the_legend_and_cover_no_layer(run):
    row = "histogramRow({of: () => [], role: 'activation', symbol: 'a', names: true})"
    drawn = f"""(() => {{
        const {{ key }} = {row}
        return [key.when({{ frame: {{}}, second: null, look: {{ axis: "own" }} }}), key.root.textContent]
    }})()"""
    assert run("histograms", drawn) == [False, ""]
    news = "leftKey(() => true, () => 'new axis at step 5')"
    words = f"(() => {{ const key = {news}; return [key.when({{}}), key.root.textContent] }})()"
    assert run("legend", words) == [True, "new axis at step 5old path"]


@pytest.mark.parametrize(
    ("view", "words", "buttons"),
    [
        ({"frame": None}, "Building the net", []),
        ({"state": "waiting", "findings": [FINDING]}, "Building the net", []),
        ({"frame": {"step": 0}}, "Press Play", []),
        ({"state": "playing"}, "Nothing wrong found so far.", []),
        ({"state": "paused"}, "Nothing wrong found so far. Paused.", []),
        ({"state": "playing", "progress": LEARNS}, "It learns. The loss is 0.1.", []),
        ({"progress": NOT_YET}, "Not yet. The loss is 2.3. Paused.", []),
        ({"reason": "Paused: nobody was watching."}, "found so far. Paused: nobody was watching.", []),
        (
            {"state": "playing", "findings": [FINDING, FINDING]},
            "Vanishing: layer 1 gets 1e-11",
            [CURE],
        ),
        (DIVERGED, "Diverged at step 3.", [CURE]),
        (
            DIVERGED | {"findings": [FINDING | {"cause": "exploding: loss 4e17"}]},
            "Diverged at step 3. Why: exploding: loss 4e17. Training stopped there",
            [CURE],
        ),
        (
            {"state": "lost", "reason": "No network.", "can": ["digits"], "old": True},
            "No network. The panels still show the run before.",
            ["Use digits", "Try again"],
        ),
        ({"state": "lost", "can": ["resume", "rebuild"]}, "This run stopped.", [RESUME, REBUILD]),
        (
            {"state": "lost", "reason": "No network.", "can": ["digits", "rebuild"]},
            "No data. No network.",
            ["Use digits", "Try again"],
        ),
        ({"past": True, "frame": {"step": 4}}, "All panels show step 4. The run stands at", ["Show now"]),
        (
            {"past": True, "state": "playing", "findings": [FINDING]},
            "At this step: layer 1 gets 1e-11.",
            ["Show now"],
        ),
        ({"past": True, "state": "playing"}, "Training goes on", ["Show now"]),
        ({"progress": LEARNS, "findings": [REMARK]}, "It learns.", [CURE]),
        ({"progress": NOT_YET, "findings": [REMARK]}, "Not yet.", [CURE]),
        ({"findings": [FINDING, REMARK]}, "Vanishing: layer 1 gets 1e-11", [CURE]),
        (
            {"state": "playing", "asks": True, "progress": LEARNS},
            "The verdict is yours: the task hides it.",
            [],
        ),
        (DIVERGED | {"findings": [], "asks": True}, "Diverged at step 3.", []),
        ({"status": "reconnecting", "findings": [FINDING]}, "Reconnecting", []),
        ({"status": "gone", "state": "lost"}, "Run ended. Nobody watched", [REBUILD]),
        ({"status": "anew", "state": "lost"}, "Run ended. The server was started anew", [REBUILD]),
    ],
)
def test_the_gravest_thing_is_said_first(run, view, words, buttons):
    said = run("verdict", f"verdictOf({json.dumps(QUIET | view)})")
    assert words in f"{said.get('name') or ''} {said['text']}".strip()
    assert [button[0] for button in said["buttons"]] == buttons


@pytest.mark.parametrize("finding", [FINDING, None])
def test_that_a_script_sends_nothing_stands_beside_its_verdict(run, finding):
    view = QUIET | {
        "watched": True,
        "state": "playing",
        "progress": LEARNS,
        "findings": [finding] if finding else [],
    }
    loud, silent = (run("verdict", f"verdictOf({json.dumps(view | more)})") for more in ({}, {"silent": 0}))
    assert silent["text"].startswith(loud["text"].rstrip("."))
    assert ". No frame has come since " in silent["text"]
    assert {**silent, "text": ""} == {**loud, "text": ""}


def test_a_script_of_slow_steps_is_waited_for_as_long_as_its_frames_are_apart(run):
    code = """(() => {
        const run = new Watched()
        run.become({ state: "playing" })
        return [null, 9].map((pause) => {
            run.judge({ findings: [], pause })
            return [5, 26, 28].map((seconds) => {
                run.came = Date.now() - 1000 * seconds
                return run.silent !== null
            })
        })
    })()"""
    assert run("watched", code) == [[True, True, True], [False, False, True]]


def test_a_menu_of_nets_has_their_findings_and_the_step_that_the_page_shows(run):
    nets = [
        {"token": token, "name": token, "live": True, "step": 7, "began": 0, "worst": worst}
        for token, worst in (("a", "dying_units"), ("b", ""))
    ]
    shown = "{ ring: { last: { step: 12 } } }"
    told = run("list", f"optionsOf(upToDate({json.dumps(nets)}, 'b', {shown}), 1000)")
    assert [words.partition(": ")[2] for _, words in told] == [
        "step 000,007 \u00b7 \u25b2 dying units",
        "step 000,012",
    ]
    assert run("list", f"upToDate({json.dumps(nets)}, 'b', null)") == nets
    assert run("list", "withNone([['a', 'A']], 'x')") == [["", "choose a net"], ["a", "A"]]
    assert run("list", "withNone([['a', 'A']], 'a')") == [["a", "A"]]


@pytest.mark.parametrize(
    ("count", "here", "words"),
    [
        (
            2,
            True,
            "none any more: an app that is started anew has only nets whose scripts still run. These are here:",
        ),
        (0, True, "still run. No net is watched on this machine yet."),
        (0, False, "still run. Which nets are watched is told to browsers on the app's own machine."),
        (None, True, "There is no net of this link here, or there is none any more"),
    ],
)
def test_a_link_to_no_net_is_said_to_be_one(run, count, here, words):
    about = {"isMissing": True, "isOpen": True, "count": count, "here": here, "ending": ""}
    assert words in run("canvas/net/visit", f"saidOf({json.dumps(about)})")


@pytest.mark.parametrize(
    ("view", "tone"),
    [
        ({}, "quiet"),
        ({"progress": NOT_YET}, "quiet"),
        ({"progress": LEARNS}, "ok"),
        ({"progress": LEARNS, "findings": [FINDING]}, "warning"),
        ({"progress": LEARNS, "findings": [REMARK]}, "ok"),
        ({"progress": NOT_YET, "findings": [REMARK]}, "quiet"),
        ({"progress": LEARNS, "past": True}, "quiet"),
        ({"progress": LEARNS, "asks": True}, "quiet"),
    ],
)
def test_only_a_run_that_learns_is_green(run, view, tone):
    assert run("verdict", f"verdictOf({json.dumps(QUIET | view)})")["tone"] == tone


@pytest.mark.parametrize(
    ("now", "over", "words"),
    [
        (0, 0, None),
        (1, 3, "Why do you say so?"),
        (2, 0, "Why? (+1 more)"),
        (0, 2, "What was wrong before? (2)"),
    ],
)
def test_the_list_behind_a_verdict_says_how_long_it_is(run, now, over, words):
    assert run("verdict", f"question(Array({now}).fill({{}}), Array({over}).fill({{}}))") == words


def test_a_finding_holds_from_its_first_step_to_before_its_last(run):
    findings = [
        {"name": "a", "began": 3, "ended": 10},
        {"name": "b", "began": 10, "ended": None},
        {"name": "c"},
    ]
    held = [
        run("shown", f"heldAt({json.dumps(findings)}, {step}).map(({{name}}) => name).join('')")
        for step in (2, 3, 10)
    ]
    assert held == ["c", "ac", "bc"]


def test_every_finding_has_a_panel_that_shows_it(run):
    panels = set(run("panels", 'panels({}, () => {}, { search: "", root: "" }).all.map(({name}) => name)'))
    shown = run("shown", "SHOWN")
    assert set(shown) == set(REASONS)
    assert {panel for panels_of_one in shown.values() for panel in panels_of_one} <= panels


def test_a_block_is_a_path_up_to_its_first_number_that_has_more_behind_it(run):
    labels = ["embed", "h.0.attn.c_proj", "h.0.mlp.0", "h.1.mlp.0", "features.3", "head"]
    blocks = [[each["name"], each["layers"]] for each in run("blocks", f"blocksOf({labels})")]
    assert blocks == [["", [0]], ["h.0", [1, 2]], ["h.1", [3]], ["features", [4]], ["", [5]]]
    assert run("blocks", f"{labels}.map(leafOf)") == ["embed", "attn.c_proj", "mlp.0", "mlp.0", "3", "head"]
    assert run("blocks", f"matching({labels}, ' MLP ')") == [2, 3]


@pytest.mark.parametrize(("layers", "right"), [(1, 376), (3, 968), (8, 968)])
def test_few_layers_fill_the_room_of_a_page(run, layers, right):
    assert run("columns", f"columns({{layers: {layers}}}, {{width: 972}}).right") == pytest.approx(right)


def test_layers_that_are_mere_numbers_in_several_blocks_are_called_by_their_whole_paths(run):
    labels = ["0.0", "1.0", "2.0 (2)", "net.3.0", "net.4.conv", "net.5.conv", "features.7"]
    told = ["0.0", "1.0", "0 (2)", "net.3.0", "conv", "conv", "7"]
    assert run("blocks", f"leavesOf({labels})") == told
    labels = ["body.0.a", "body.0.b", "body.1.a", "head.2.c"]
    assert run("blocks", f"leavesOf({labels})") == ["body.0.a", "b", "body.1.a", "c"]


@pytest.mark.parametrize(("letters", "told"), [(8, "body.0.a"), (4, "\u20260.a"), (3, ""), (2, "")])
def test_the_end_of_a_path_that_many_have_is_no_name(run, letters, told):
    assert run("columns", f"shortened('body.0.a', (text) => text.length <= {letters})") == told


@pytest.mark.parametrize(("wide", "names"), [(20, ["0.a", "1.a"]), (8, [])])
def test_layers_of_narrow_columns_are_named_as_far_as_names_have_room(run, wide, names):
    code = f"""(() => {{
        const told = [], cols = {{ count: 4, pitch: {wide}, left: 0, width: 4 * {wide}, wide: () => {wide},
            column: (layer) => layer, edges: (layer) => [{wide} * layer, {wide} * (layer + 1)] }}
        const ctx = {{ measureText: (text) => ({{ width: 6 * text.length }}), fillText: (text) => told.push(text) }}
        const leaves = ["0.a", "b", "b", "1.a"], ink = {{}}
        layerNames(ctx, {{ rows: [], leaves, ink }}, cols, 0, 4 * {wide})
        return told.filter((name) => name.includes("a")).sort()
    }})()"""
    assert run("columns", code) == names


def test_the_names_of_neighboring_blocks_are_cut_alike(run):
    blocks = [{"name": f"h.{8 + at}", "left": 30 * at, "wide": 30, "isOpen": False} for at in range(4)]
    assert run("blocks", f"titlesOf({json.dumps(blocks)})") == ["h.8", "h.9", "h.10", ""]


@pytest.mark.parametrize(
    ("width", "signs"), [(400, [40, 154]), (220, [32, 146]), (185, [0, 111]), (180, [0, 108])]
)
def test_the_key_of_saturated_and_dead_is_not_cut(run, width, signs):
    assert run("fractions", f"placed([86, 60], 40, {width})") == pytest.approx(signs, abs=3.5)


def test_what_is_unfolded_has_room_and_the_others_share_what_is_left(run):
    scene = "{layers: 100, wide: new Set([10, 11])}"
    of = "cols => [cols.wide(0), cols.wide(10), cols.at(cols.center(10)), cols.right, cols.isOpen(11), cols.isOpen(12)]"
    folded, open_, at, right, is_open, is_shut = run("columns", f"({of})(columns({scene}, {{width: 660}}))")
    assert (at, is_open, is_shut) == (10, True, False)
    assert open_ == 72
    assert 98 * folded + 2 * open_ == pytest.approx(600)
    assert right == pytest.approx(656)


@pytest.mark.parametrize(
    ("values", "pitch", "layers"),
    [
        ("Array(8).fill(-Infinity)", 4, [0, 3, 6]),
        ("Array(3).fill(-Infinity)", 20, [0, 1, 2]),
        ("[0, -Infinity, NaN, -Infinity, -1]", 4, [1, 2]),
    ],
)
def test_words_of_neighboring_layers_do_not_overlap(run, values, pitch, layers):
    assert run("profile", f"thinned(Float32Array.from({values}), {pitch})") == layers


def test_the_help_says_what_histograms_count_and_where_theory_starts(run):
    for name in ("activations", "gradients"):
        assert "random share of the batch" in run("words", f"helpOf('{name}')")
        assert f"at least {FEWEST:,} values a layer" in run("words", f"helpOf('{name}')")
    assert "scaled to what the output layer shows" in run("words", "helpOf('gradientVariance')")


@pytest.mark.parametrize(
    ("a", "b", "words"),
    [
        ([1, 2, 3], [1, 2, 3], "The same first weights in all layers."),
        ([1, 2, 3], [1, 9, 3], "The same first weights up to layer 1; layer 2 is the first that differs."),
        ([1, 2, 3], [1, 2], "The same first weights up to layer 2; layer 3 is the first that differs."),
        ([1, 2], [7, 2], "Other first weights from layer 1 on."),
        ([1, 2], None, ""),
    ],
)
def test_the_first_layer_whose_weights_differ_is_named(run, a, b, words):
    told = json.dumps([{"drawn": a}, {"drawn": b}])
    alike = json.dumps(run("beside", f"drawnAlike(...{told})"))
    assert run("versus", f"weights({alike})") == words


@pytest.mark.parametrize(
    ("unfolded", "titles"),
    [
        (None, ["", "h.0", "h.1", "h.2"]),
        (1, ["tra\u2026er", "transformer.h.0", "h.1", "h.2"]),
        (2, ["", "h.0", "transformer.h.1", "h.2"]),
    ],
)
def test_a_block_that_is_unfolded_always_has_its_name(run, unfolded, titles):
    lefts = {None: [0, 30, 60, 90], 1: [0, 75, 215, 245], 2: [0, 30, 75, 215]}[unfolded]
    names = ["transformer", *(f"transformer.h.{block}" for block in range(3))]
    wide = [140 if at == unfolded else 30 for at in range(4)]
    blocks = [
        {"name": name, "left": left, "wide": width, "isOpen": at == unfolded}
        for at, (name, left, width) in enumerate(zip(names, lefts, wide, strict=True))
    ]
    assert run("blocks", f"titlesOf({json.dumps(blocks)})") == titles


def test_a_name_that_is_wider_than_its_block_costs_no_other_its_own(run):
    blocks = [
        {"name": name, "left": left, "wide": wide, "isOpen": False}
        for name, left, wide in (("transformer", 0, 50), ("transformer.h.0", 50, 200), ("", 250, 50))
    ]
    assert run("blocks", f"titlesOf({json.dumps(blocks)})") == ["tra\u2026er", "transformer.h.0", ""]


@pytest.mark.parametrize(
    ("path", "letters", "name"),
    [
        ("self_attn.q_proj", 16, "self_attn.q_proj"),
        ("self_attn.q_proj", 15, "\u2026q_proj"),
        ("self_attn.out_proj", 8, "out\u2026proj"),
        ("self_attn.out_proj", 5, "ou\u2026oj"),
        ("self_attn.out_proj", 4, ""),
        ("0", 1, "0"),
    ],
)
def test_a_name_that_does_not_fit_loses_its_first_parts_and_then_its_middle(run, path, letters, name):
    assert run("columns", f'shortened("{path}", (text) => text.length <= {letters})') == name


def test_a_net_of_no_layer_yet_has_no_names(run):
    scene = "{layers: 0, rows: [], leaves: []}"
    drawn = "layerNames({measureText: () => ({width: 9})}, scene, columns(scene, {width: 400}), 9, 400)"
    assert run("columns", f"(scene => {drawn} ?? null)({scene})") is None


def test_a_phone_has_room_for_the_histograms_of_a_block_among_forty(run):
    scene = "{layers: 163, wide: new Set([18, 19, 20, 21])}"
    is_open, right = run(
        "columns", f"(cols => [cols.isOpen(19), cols.right])(columns({scene}, {{width: 358}}))"
    )
    assert is_open
    assert right == pytest.approx(354)


@pytest.mark.parametrize(
    ("first", "second", "standing"),
    [
        ("paused", "paused", "paused"),
        ("paused", "playing", "playing"),
        ("playing", "waiting", "playing"),
        ("diverged", "playing", "playing"),
        ("diverged", "paused", "paused"),
        ("lost", "paused", "lost"),
    ],
)
def test_the_big_button_is_about_the_run_that_can_go_on(run, first, second, standing):
    beside = f'{{source: {{}}, run: {{standing: "{second}"}}}}'
    assert run("screen", f'standingOf({{standing: "{first}"}}, {beside})') == standing
    assert run("screen", f'standingOf({{standing: "{first}"}}, null)') == first


def test_a_shorter_net_has_its_output_layer_under_the_longer_one_s(run):
    scene = "{layers: 6, frame: {layers: 6}, beside: {frame: {layers: 4}}}"
    of = "columns({scene}, {{width: 800}}, {net})"
    longer = of.format(scene=scene, net=scene)
    shorter = of.format(scene=scene, net=f"({scene}).beside")
    assert run("columns", f"[0, 2, 3].map({shorter}.column)") == [0, 2, 5]
    assert run("columns", f"{shorter}.center(3) === {longer}.center(5)")
    assert run("columns", f"[0, 3, 5].map((at) => {shorter}.at({longer}.center(at)))") == [0, None, 3]


NORM, RATE = {"batch_norm": "before"}, {"lr": 0.01}
SICK = FINDING | {
    "cures": [{"fields": NORM, "words": "add batch norm"}, {"fields": RATE, "words": "set lr to 0.01"}]
}


def tried(fields: dict[str, Any], learned: bool) -> dict[str, Any]:
    return {"fields": fields, "learned": learned, "steps": 300, "accuracy": 0.9581, "test_loss": 0.1}


@pytest.mark.parametrize(
    ("trials", "offered"),
    [
        ([], [CURE, "untried"]),
        ([tried(NORM, True)], [CURE, "tried: 96% after 300 steps"]),
        ([tried(NORM, False)], ["Set lr to 0.01", "untried"]),
        ([tried(NORM, False), tried(RATE, True)], ["Set lr to 0.01", "tried: 96% after 300 steps"]),
        ([tried({"lr": 7}, True)], [CURE, "untried"]),
    ],
)
def test_the_first_cure_that_learned_is_offered_and_an_untried_one_is_named_so(run, trials, offered):
    [button] = run("verdict", f"verdictOf({json.dumps(QUIET | {'findings': [SICK], 'trials': trials})})")[
        "buttons"
    ]
    assert [button[0], button[4]] == offered
    assert button[3].startswith("Tries this cure beside the net")


def test_a_cure_that_did_not_learn_is_not_offered_and_that_is_said(run):
    trials = [tried(NORM, False), tried(RATE, False)]
    said = run("verdict", f"verdictOf({json.dumps(QUIET | {'findings': [SICK], 'trials': trials})})")
    assert said["buttons"] == []
    assert said["why"] == "All 2 cures that the rules name were tried, and did not learn in 300 steps."


def test_what_a_net_saw_is_read_as_it_was_written_and_said_in_words(run):
    seen = Plane(
        low=(-1.0, -2.0),
        high=(1.0, 2.0),
        answers=np.array([[0, 0], [1, -1]]),
        probability=np.array([[0.9, 0.8], [0.7, np.nan]]),
        points=np.array([[0.0, 0.0], [1.0, 2.0]]),
        labels=np.array([0, 1]),
        answered=np.array([0, 0]),
        units=np.array([[[-2.0, 0.0], [1.0, 2.0]]]),
    )
    data = base64.b64encode(sight.encode(seen, epoch=3, step=1200, layer=1, of=8)).decode()
    bytes_of = f"Uint8Array.from(atob('{data}'), (each) => each.charCodeAt(0)).buffer"
    found = run(
        "wire/sight",
        f"(({{points, units, ...more}}) => ({{points: [...points], units: [...units], ...more}}))(decode({bytes_of}))",
    )
    assert (found["sight"], found["epoch"], found["step"], found["shape"]) == ("plane", 3, 1200, [2, 2])
    assert (found["count"], found["side"], found["layer"], found["of"]) == (1, 2, 1, 8)
    assert found["points"] == pytest.approx([0.5, 0.5, 1, 1], abs=1e-4)
    assert found["units"] == pytest.approx([0, 0.5, 0.75, 1], abs=1e-4)
    assert run("wire/sight", f"isSight({bytes_of})")
    assert not run("wire/sight", "isSight(Uint8Array.from([71, 70, 1, 3, 0, 0, 0, 0, 0, 0]).buffer)")

    told = '{sight: "plane", step: 1200, answers: [0, 0, 1, -1], labels: [0, 1], answered: [0, 0]}'
    assert run("canvas/run/sight", f"sayShare({told})") == "step 1200: 50% of 2 training samples right"
    assert run("canvas/run/sight", f"sayPlane({told})") == "no answer on 25%, class 0 on 50%, class 1 on 25%"
    old = f"sayShown({told}, {{step: 9}})"
    assert run("canvas/run/sight", old) == "of step 1200: 50% of 2 training samples right"
    run("language", """speak("zh", { "of {share}": "{share}" })""")
    assert run("canvas/run/sight", old) == "step 1200: 50% of 2 training samples right"
    run("language", "speak('en')")
    strip = '{sight: "strip", step: 3, answers: [8, 3], labels: [8, 5], probability: [0.99, 0.61]}'
    assert run("canvas/run/sight", f"sayShare({strip})") == "step 3: 1 of 2 test samples right"
    assert run("canvas/run/sight", f"sayStrip({strip})") == "5 taken for 3 (61%)"


def test_what_a_net_saw_is_kept_within_bounds_and_found_by_its_step(run):
    kept = """(() => {
        const all = new Sights();
        for (let step = 0; step < 1000; step++) all.keep({ epoch: 0, step });
        return all;
    })()"""
    steps = run("wire/sight", f"{kept}.all.map(({{step}}) => step)")
    assert len(steps) <= 64
    assert (steps[-1], steps == sorted(steps), steps[0], 300 < steps[32] < 700) == (999, True, 0, True)
    assert run("wire/sight", f"{kept}.at(1e9, 0).step") == 999
    assert run("wire/sight", f"{kept}.at(1e9, 1)") is None
    told = f"all.cut({steps[3]}, 1); return all.all.map((each) => [each.epoch, each.step]);"
    assert run("wire/sight", f"(() => {{ const all = {kept}; {told} }})()") == [
        [1, step] for step in steps[:4]
    ]


@pytest.mark.parametrize(
    ("kept", "present", "name"),
    [
        ("Data: digits, Activation: relu", "Data: digits, Activation: tanh", "Activation: relu"),
        ("Activation: relu, Dropout: 0.2", "Activation: relu", "Dropout: 0.2"),
        ("Activation: relu", "Activation: relu, Dropout: 0.2", "without Dropout: 0.2"),
        ("Activation: relu", "Activation: relu", "the same settings"),
    ],
)
def test_kept_curves_are_named_by_what_makes_theirs_another_run(run, kept, present, name):
    assert run("kept", f"nameOf({json.dumps(kept)}, {json.dumps(present)})") == name


CURVES = """[0, 1].map((at) => ({
    color: 3 - at, caption: "Activation: " + ["tanh", "relu"][at] + " ~ x",
    points: Array.from({ length: 300 }, (_, k) => (
        { step: 10 * k, loss: k === 299 ? NaN : 2.3 * 0.98 ** k, accuracy: k / 299 }
    )),
}))"""


def test_a_link_has_the_curves_that_are_kept(run):
    text = run("linked", f"written({CURVES})")
    assert len(text) < 500
    curves = run("linked", f"read({json.dumps(text)})")
    assert [(each["color"], each["caption"]) for each in curves] == [
        (3, "Activation: tanh - x"), (2, "Activation: relu - x")
    ]  # fmt: skip
    points = curves[0]["points"]
    assert (points[0]["step"], points[-1]["step"], len(points)) == (0, 2990, 48)
    assert points[-1]["loss"] is None
    for point in points[:-1]:
        at = round(point["step"] / 10)
        assert point["loss"] == pytest.approx(2.3 * 0.98**at, rel=0.03)
        assert point["accuracy"] == pytest.approx(at / 299, abs=0.004)
    assert run("linked", f"written(read({json.dumps(text)}))") == text


@pytest.mark.parametrize(
    "text", ["", "x", "3.0.9.AA.A.tanh", "3.9.0.AA.AA.tanh", "3.0.9.AAAA.AA.tanh", "3.0.9..AA.x"]
)
def test_curves_of_a_link_that_mean_nothing_are_none(run, text):
    assert run("linked", f"read({json.dumps(text)})") == []


@pytest.mark.parametrize(("steps", "told"), [([1], ""), ([1, 12], "12, x"), ([2, 3], "2, x; 3, x")])
def test_what_was_changed_before_the_first_step_is_not_told_as_a_change_on_the_way(run, steps, told):
    changes = [{"step": step, "words": "x"} for step in steps]
    assert run("look", f"changedOf({json.dumps(changes)})") == told


VALUES = {"layer": Layer(3), "lower": Name("batch_size"), "and": ["a", "b", "c"], "or": ["a", "b"], "": "x"}


def filled(template: str) -> Sentence:
    """A sentence of this template: each value is of the kind that it wants, a number where it wants one."""
    fields = [(name, kind) for _, name, kind, _ in Formatter().parse(template) if name]
    return Sentence(template, **{name: VALUES.get(kind or "", 2) for name, kind in fields})


def has_values(template: str) -> bool:
    """Whether what stands in its braces are names of values; else it is Plotly's to fill in, or shows JSON."""
    return all(name is None or name.isidentifier() for _, name, _, _ in Formatter().parse(template))


@pytest.fixture
def chinese(run) -> Iterator[dict[str, str]]:
    """The canvas speaks it, and English again."""
    texts = language.catalog("zh")["texts"]
    run("language", f"speak('zh', {json.dumps(texts)})")
    yield texts
    run("language", "speak('en')")


def test_the_canvas_says_what_python_sends_in_the_same_words(run, chinese):
    templates = [
        *filter(has_values, chinese),
        *(each for table in (REASONS, FORMULAS) for texts in table.values() for each in texts),
    ]
    inner = Sentence("{n} {n:layer|layers} below {where:layer}", n=1, where=Layer(4, True))
    sentences = [*map(filled, templates), inner, Sentence("{{{a:percent}}} of {inner}", a=0.031, inner=inner)]
    told = json.dumps([each.to_dict() for each in sentences])
    with language.speaking("zh"):
        assert run("language", f"{told}.map((each) => say(each))") == [
            language.say(each) for each in sentences
        ]
    run("language", "speak('en')")
    assert run("language", f"{told}.map((each) => say(each))") == [str(each) for each in sentences]


def test_the_output_layer_is_named_in_the_visitor_s_language_and_a_layer_of_somebody_s_net_as_there(
    run, chinese
):
    named = """((kind) => {
        const said = [], ctx = document.createElement("canvas").getContext("2d")
        ctx.fillText = (text) => said.push(text)
        const scene = { layers: 2, ink: {}, rows: [{ name: "1", kind }, { name: "out", kind }] }
        layerNames(ctx, scene, columns(scene, { width: 300 }), 10, 300)
        return said
    })"""
    assert set(run("columns", f"{named}('output')")) == {"1", "输出"}
    assert set(run("columns", f"{named}('layer')")) == {"1", "out"}


def test_the_canvas_says_its_own_texts_with_forms_and_rows(run):
    assert run(
        "language", """say("{n} {n:layer|layers}: {names:or}", { n: 2, names: ["a", "b", "c"] })"""
    ) == ("2 layers: a, b or c")
    assert run(
        "language",
        """[
        say("a {brace}"), say(sentence("one")), say(sentence("{n}"), { n: 7 }), paragraph("One.", "", "Two."),
    ]""",
    ) == ["a {brace}", "one", "7", "One. Two."]


def test_a_verdict_and_why_it_is_said_are_in_the_visitor_s_language(run, chinese):
    says = Sentence(
        "vanishing: {first:layer} gets {gradient_ratio:number} of {last:layer}'s gradient",
        first=Layer(1), last=Layer(10), gradient_ratio=2e-6,
    )  # fmt: skip
    found = FINDING | {"began": 3, "words": str(says), "sentences": {"words": says.to_dict()}}
    said = run("verdict", f"verdictOf({json.dumps(QUIET | {'findings': [found]})})")
    assert (said["name"], said["text"]) == ("梯度消失：", "第 1 层得到的梯度只有第 10 层的 2e-6")
    listed = f"reasons([{json.dumps(found)}], [], {{}}, () => {{}})"
    shown = run("reasons", f"[...{listed}.querySelectorAll('dt, dd')].map((node) => node.innerText)")
    assert dict(zip(shown[::2], shown[1::2], strict=True)) == {
        "现象": "梯度消失：第 1 层得到的梯度只有第 10 层的 2e-6",
        "规则": "r",
        "出处": "s",
        "时段": "自第 3 步起",
        "见于": "gradient-variance",
    }


@pytest.mark.parametrize(
    ("run_is", "status", "told"),
    [
        ("{standing: 'playing', silent: null}", "open", "40.6"),
        ("{standing: 'playing', silent: 5}", "open", "\u2013"),
        ("{standing: 'playing', silent: null}", "reconnecting", "\u2013"),
        ("{standing: 'playing', silent: null}", "gone", "\u2013"),
        ("{standing: 'paused', silent: null}", "open", "at rest"),
    ],
)
def test_a_pace_is_told_only_while_frames_come(run, run_is, status, told):
    comes = run("canvas/run/screen", f"comes({run_is}, {status!r})")
    playing = "playing" in run_is
    scene = {"frame": {"step": 3, "loss": 1, "steps_per_second": 40.6}, "rate": None, "playing": playing}
    drawn = f"bar.draw({json.dumps(scene | {'comes': comes})}); return bar.numbers.rate.textContent"
    assert run("bar", f"(() => {{ const bar = new Bar({{}}, 'max'); {drawn} }})()") == told


@pytest.mark.parametrize(
    ("findings", "said"),
    [([], ""), ([REMARK], ""), ([FINDING, REMARK], "It was killed."), ([FINDING], "It was killed.")],
)
def test_how_a_script_ended_is_said_once(run, findings, said):
    ending = run("canvas/net/visit", f"endingOf('It was killed.', {json.dumps(findings)})")
    in_verdict = run(
        "verdict", f"verdictOf({json.dumps(QUIET | {'reason': 'It was killed.', 'findings': findings})})"
    )
    assert ending == said
    assert ("It was killed." in in_verdict["text"]) == (not said)


@pytest.mark.parametrize(("count", "pills", "options"), [(0, 0, 0), (6, 6, 0), (32, 0, 32)])
def test_many_nets_are_a_menu_newest_first_and_those_over_can_be_taken_away(run, count, pills, options):
    nets = [
        {
            "token": str(k),
            "name": f"net {k}",
            "place": "",
            "live": k == 0,
            "step": 3,
            "worst": "",
            "began": 1e9 + k,
        }
        for k in range(count)
    ]
    drawn = run(
        "canvas/net/list",
        f"""(() => {{
            const list = new List(() => {{}}, () => {{}});
            list.draw({json.dumps(nets)}, "1");
            const options = [...list.root.querySelectorAll("option")].map((each) => each.textContent);
            const pills = list.root.querySelectorAll(".net").length;
            return {{options, pills, away: !list.away.hidden && list.away.textContent, chosen: list.menu.value}};
        }})()""",
    )
    assert (drawn["pills"], len(drawn["options"])) == (pills, options)
    assert drawn["away"] == (f"Take away {count - 2} that are over" if count else False)
    if options:
        assert drawn["chosen"] == "1"
        assert drawn["options"][0].startswith("net 31, ")
        assert drawn["options"][-1].endswith(": step 000,003")
