"""The views' border: mounted by anybody, from any source; ended by the newest mounting alone."""

import base64
import json
from collections.abc import Callable, Mapping
from types import MappingProxyType
from typing import Any

import pytest
from playwright.sync_api import Locator, Page, Route, expect

from tests.browser.test_live_view import frame, hello, standing
from viz.race.component import data as race_data
from viz.race.state import Race
from viz.server import modules
from viz.server.component import LOADER
from viz.theme import palettes

HOST = "http://canvas.test"
TOKEN = "ann_who_looks_at_this_test-01234"
PAGE = """<!doctype html><link rel="icon" href="data:,"><div id="place"></div>
<script type="module">SCRIPT</script>"""
RUN = """
    import { mount } from "/canvas/mount.js"
    import { View } from "/canvas/run/view.js"
    const el = document.getElementById("place")
    window.sent = []
    window.source = {
        open(on) { this.on = on; on.status("open") },
        close() { this.closed = true },
        send(verb) { sent.push(verb) },
        show(text) { this.on.frame(Uint8Array.from(atob(text), (c) => c.charCodeAt(0)).buffer) },
    }
    window.end = mount({ View, el, source, colors: COLORS })
"""
RACE = """
    import { mount } from "/canvas/race/visit.js"
    const parentElement = document.getElementById("place")
    window.ends = []
    window.update = (data) => ends.push(mount({ data, parentElement, setStateValue() {} }))
    update(DATA)
"""

SLOW = "await new Promise((on) => setTimeout(on, 300)); export { mount } from '/canvas/race/visit.js'"
OVERTAKEN = """
    import call from "/loader.js"
    const parentElement = document.getElementById("place")
    window.come = []
    const first = call({ data: FIRST, parentElement, setStateValue() {} })
    const second = call({ data: SECOND, parentElement, setStateValue() {} })
    await Promise.all([
        second.then(() => come.push("second")),
        first.then((end) => { come.push("first"); end?.() }),  // as a page ends a call that another has overtaken
    ])
    window.done = true
"""


@pytest.fixture
def opened(page: Page) -> Callable[..., Page]:
    """A page with nothing of Streamlit's on it, that runs a script of a test's own, with its modules by name."""

    def open_page(script: str, own: Mapping[str, str] = MappingProxyType({})) -> Page:
        html = PAGE.replace("SCRIPT", script)

        def serve(route: Route) -> None:
            name = route.request.url.removeprefix(f"{HOST}/")
            if name in own:
                route.fulfill(body=own[name], content_type="text/javascript")
            elif name.endswith(".js"):
                route.fulfill(path=modules.VIZ / name, content_type="text/javascript")
            elif "/race/ask/" in route.request.url:
                route.fulfill(json={"status": 422, "error": "no race today"})
            else:
                route.fulfill(body=html, content_type="text/html")

        page.route(f"{HOST}/**", serve)
        page.goto(f"{HOST}/")
        return page

    return open_page


def run_view(page: Page) -> Locator:
    return page.get_by_test_id("live-view")


def say(page: Page, *messages: dict[str, Any]) -> None:
    page.evaluate("(messages) => messages.forEach((each) => source.on.message(each))", list(messages))


def test_the_canvas_of_a_run_shows_any_source(opened) -> None:
    page = opened(RUN.replace("COLORS", json.dumps(palettes())))
    say(page, hello(), standing("paused"))
    page.evaluate("(text) => source.show(text)", base64.b64encode(frame(7)).decode())
    expect(run_view(page)).to_have_attribute("data-step", "7")
    expect(run_view(page)).to_have_attribute("data-state", "paused")
    page.get_by_role("button", name="Play", exact=True).click()
    assert page.evaluate("sent") == [{"do": "play"}]
    page.evaluate("end()")
    expect(run_view(page)).to_have_count(0)
    assert page.evaluate("source.closed")


def test_a_late_cleanup_does_not_end_a_race(opened) -> None:
    given = race_data(TOKEN, Race())
    page = opened(RACE.replace("DATA", json.dumps(given)))
    view = page.get_by_test_id("race-view")
    expect(view).to_have_attribute("data-problem", "yes")
    page.evaluate("(data) => update(data)", given)
    page.evaluate("ends[0]()")
    expect(view).to_have_count(1)
    page.evaluate("ends[1]()")
    expect(view).to_have_count(0)
    page.evaluate("(data) => update(data)", given)
    page.evaluate("ends[1]()")
    expect(view).to_have_count(1)


def test_a_call_whose_script_comes_after_that_of_a_later_one_mounts_nothing(opened) -> None:
    given = race_data(TOKEN, Race()) | {"script": "/canvas/race/visit.js", "speech": "/canvas/language.js"}
    script = OVERTAKEN.replace("FIRST", json.dumps(given | {"script": "/slow.js"}))
    page = opened(script.replace("SECOND", json.dumps(given)), {"loader.js": LOADER, "slow.js": SLOW})
    page.wait_for_function("window.done")
    assert page.evaluate("come") == ["second", "first"]
    expect(page.get_by_test_id("race-view")).to_have_count(1)


def test_what_a_tab_remembers_of_a_race_has_one_prefix(opened) -> None:
    page = opened(RACE.replace("DATA", json.dumps(race_data(TOKEN, Race()))))
    page.get_by_role("button", name="basins").click()
    assert page.evaluate("Object.keys(sessionStorage)") == ["gradient-flow-lab.race"]
