"""The race's JavaScript against its Python twins, in a real browser."""

import base64

import numpy as np
import pytest
from playwright.sync_api import Page

from engine import SURFACES
from viz.wire import payload
from viz.wire.scale import Scale

DECODE = """async text => {
  const { decode } = await import('/modules/test/wire/payload.js')
  const { header, arrays } = decode(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer)
  const plain = {}
  for (const [name, { shape, data }] of Object.entries(arrays)) plain[name] = [shape, [...data].map(String)]
  return [header, plain]
}"""


@pytest.fixture
def page(page: Page, app_url: str) -> Page:
    page.goto(f"{app_url}/_stcore/health")
    return page


def test_the_browser_decodes_what_python_encodes(page: Page) -> None:
    rng = np.random.default_rng(3)
    given = {
        "positions": (rng.normal(size=(3, 7, 2)), "f4"),
        "gaps": (np.array([0.0, 1e-40, -3.5e12, np.nan, np.inf, 0.25, 1.0]), "log16"),
        "places": (np.array([[0.0, 0.3333], [1.0, np.nan]]), "unit16"),
        "one": (np.array([-2.5]), "log16"),
    }
    data = payload.encode({"label": "Müller's χ²", "steps": 6}, given)
    header, arrays = page.evaluate(DECODE, base64.b64encode(data).decode())
    expected, twins = payload.decode(data)
    assert {key: value for key, value in header.items() if key != "arrays"} == expected
    for name, twin in twins.items():
        shape, values = arrays[name]
        assert shape == list(twin.shape)
        np.testing.assert_allclose([float(value) for value in values], twin.ravel(), rtol=1e-7)


def test_bytes_that_are_no_race_are_refused(page: Page) -> None:
    said = page.evaluate(
        "async () => { const { decode } = await import('/modules/test/wire/payload.js');"
        " try { decode(new ArrayBuffer(4)) } catch (error) { return `${error.name}: ${error.message}` } }"
    )
    assert said == "RangeError: these bytes are no race"


@pytest.mark.parametrize("name", ["rosenbrock", "easom"])
def test_the_browser_s_scale_is_python_s(page: Page, name: str) -> None:
    _, _, values = SURFACES[name].grid(20)
    scale = Scale.of(values)
    given = {"low": scale.low, "high": scale.high, "bend": scale.bend if np.isfinite(scale.bend) else None}
    places, back = page.evaluate(
        "async ([given, values]) => { const { scaleOf } = await import('/modules/test/wire/scale.js');"
        " const { place, value } = scaleOf(given);"
        " const places = values.map(place); return [places, places.map(value)] }",
        [given, values.ravel().tolist()],
    )
    np.testing.assert_allclose(places, scale.place(values).ravel(), atol=1e-12)
    np.testing.assert_allclose(back, values.ravel(), rtol=1e-6, atol=1e-9)


def test_contours_of_a_cone_are_circles(page: Page) -> None:
    n = 41
    y, x = np.mgrid[0:n, 0:n]
    cone = np.hypot(x - 20.3, y - 19.6) / 40
    segments = page.evaluate(
        "async ([places, n]) => { const { contour } = await import('/modules/test/wire/scale.js');"
        " return contour(places, n, 0.3) }",
        [cone.ravel().tolist(), n],
    )
    points = np.array(segments).reshape(-1, 2)
    np.testing.assert_allclose(np.hypot(*(points - (20.3, 19.6)).T), 12, atol=0.05)
    ends = np.round(points, 6).tolist()
    assert all(ends.count(end) == 2 for end in ends), (
        "every segment goes on where another ends: the circle is closed"
    )


def test_a_saddle_cell_is_cut_as_its_middle_says(page: Page) -> None:
    segments = page.evaluate(
        "async () => { const { contour } = await import('/modules/test/wire/scale.js');"
        " return [contour([1, 0, 0, 0.9], 2, 0.4), contour([1, 0, 0, 0.9], 2, 0.6)] }"
    )
    joined, apart = (np.array(s).reshape(2, 2, 2) for s in segments)
    for cut, parts in ((joined, True), (apart, False)):
        lengths = [np.hypot(*(a - b)) for a, b in cut]
        assert len(lengths) == 2
        assert all(length < 1 for length in lengths), parts


def test_letters_at_the_curves_ends_are_spread_in_their_order(page: Page) -> None:
    places = page.evaluate(
        "async () => { const { spread } = await import('/modules/test/canvas/race/curves.js');"
        " return [spread([50, 98, 51, 100, 99], 12, 8, 100), spread([9, 9, 9, NaN], 12, 8, 32)] }"
    )
    assert places[0] == [50, 76, 62, 100, 88]
    assert places[1] == [8, 16, 24, 32]


SWINGS = "t < 3 ? 3 - t : t % 2 ? 0.2 : 7e-16"
CURVES = (
    "async ([path, expression]) => { const module = await import(`/modules/test/canvas/race/${path}.js`);"
    " const racer = (at, last = 300) => ({ last, at, gap: at, failed: () => false });"
    " return new Function('racer', ...Object.keys(module), `return ${expression}`)"
    "(racer, ...Object.values(module)) }"
)


@pytest.mark.parametrize(
    ("path", "expression", "found"),
    [
        ("curves", f"solid([racer((t) => {SWINGS}), racer(() => 0.1)], 'at')", 0.001),
        ("curves", "solid([racer((t) => 10 ** -t, 12)], 'at')", 1e-14),
        ("curves", f"isSwinging(racer((t) => {SWINGS}), 'at')", True),
        ("curves", "isSwinging(racer((t) => 10 ** -t, 12), 'at')", False),
        ("racers", f"[299, 300].map((t) => leader([racer((t) => {SWINGS}), racer(() => 0.1)], t).gap(9))", [0.1, 0.1]),
        ("racers", "[0, 1, 2, 12].map((t) => leader([racer(() => 0.9, 12), racer((t) => 0.8 ** t, 12)], t).gap(1))",
         [0.9, 0.8, 0.8, 0.8]),
    ],
)  # fmt: skip
def test_single_steps_that_hit_a_minimum_neither_lead_nor_flatten_the_axis(
    page: Page, path, expression, found
) -> None:
    assert page.evaluate(CURVES, [path, expression]) == pytest.approx(found)


@pytest.mark.parametrize(
    ("ends", "blank"), [([-1, -1, -1, -1], True), ([-1, 0, -1, -1], False), ([-1, -2, -1, -1], False)]
)
def test_a_map_of_basins_on_which_nothing_is_painted_is_said_to_be_one(page: Page, ends, blank) -> None:
    answer = f"isBlank({{ arrays: {{ ends: {{ data: Int16Array.of({str(ends)[1:-1]}) }} }} }})"
    assert page.evaluate(CURVES, ["regions", answer]) is blank


CARDS = """async () => {
  const { Cards } = await import('/modules/test/canvas/race/cards.js')
  const dom = await import('/modules/test/canvas/dom.js')
  const option = { name: 'lr_decay', label: 'how the rate falls', words: 'It falls.', span: '0 to 1', widget: 'number' }
  const entry = (name, label) => ({
    name, label, words: '', notes: '', source: '', lr: 0.1, lr_about: { words: '', span: '' }, options: [option],
  })
  const optimizers = [entry('sgd', 'SGD'), entry('adam', 'Adam')]
  const told = []
  const act = { change: (index, fields) => told.push([index, fields]), open() {}, add() {}, remove() {} }
  const cards = new Cards(act, { optimizers, rates: [0.1, 1], most_runs: 10 })
  document.body.replaceChildren(dom.shelter(cards.root, '', {}))
  const runs = ['sgd', 'adam', 'sgd'].map((optimizer) => ({ optimizer, lr: 0.1, on: true, options: { lr_decay: 0 } }))
  cards.show({ runs }, 0, { series: ['red', 'green'] }, null)
  return Object.assign(window, { cards, told }) && null
}"""


def test_each_control_of_a_card_is_named_after_it_and_as_its_label_says(page: Page) -> None:
    page.evaluate(CARDS)
    names = page.evaluate("[...cards.root.querySelectorAll('[aria-label]')].map((node) => node.ariaLabel)")
    for card in ("A SGD", "B Adam", "C SGD"):
        assert {f"{card} runs", f"{card}: learning rate", f"{card}: how the rate falls"} <= {*names}
    assert "lr_decay" not in " ".join(names)


def test_enter_takes_a_number_and_leaves_the_keyboard_in_its_field(page: Page) -> None:
    page.evaluate(CARDS)
    at = "cards.root.getRootNode().activeElement?.ariaLabel"
    field = page.get_by_label("A SGD: how the rate falls")
    field.fill("0.5")
    field.press("Enter")
    assert page.evaluate("told") == [[0, {"options": {"lr_decay": 0.5}}]]
    assert page.evaluate(at) == "A SGD: how the rate falls"
    page.get_by_label("B Adam: learning rate").first.select_option("other")
    page.keyboard.type("0.3")
    page.keyboard.press("Enter")
    assert page.evaluate("told")[1:] == [[1, {"lr": 0.3}]]
    assert page.evaluate(at) == "B Adam: learning rate"
