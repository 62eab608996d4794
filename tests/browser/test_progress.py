"""What a browser keeps of the lessons, without the lessons: told once to a page that does not know it, and bounded."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from playwright.sync_api import Page

from tests.browser.test_mount import opened

__all__ = ["opened"]
SCRIPT = """
    import { mount } from "/canvas/lessons/visit.js"
    window.told = []
    window.load = (data) => {  // a page that is loaded anew has another element
        const parentElement = document.createElement("div")
        window.update = (data) => mount({ data, parentElement, setStateValue: (...what) => told.push(what) })
        update(data)
    }
    window.ready = true
"""
KEPT = {"at": "zeros", "answers": {"zeros": "stays", "adam": "2"}}
NOTHING: dict[str, Any] = {"at": "vanishing", "answers": {}, "forgotten": 0}


@pytest.fixture
def lessons(opened: Callable[[str], Page]) -> Page:
    page = opened(SCRIPT)
    page.wait_for_function("window.ready")
    page.evaluate("localStorage.clear()")
    return page


def kept(page: Page) -> Any:
    return json.loads(page.evaluate("localStorage.getItem('gradient-flow-lab.lessons')"))


def test_a_page_that_is_loaded_anew_is_told_what_was_kept_and_loses_none_of_it(lessons: Page) -> None:
    lessons.evaluate("load", KEPT | {"forgotten": 0})
    assert lessons.evaluate("told") == []
    assert kept(lessons) == KEPT
    lessons.evaluate("load", NOTHING)
    assert lessons.evaluate("told") == [["kept", KEPT]]
    assert kept(lessons) == KEPT, "before the page has heard it"
    lessons.evaluate("update", {"at": "adam", "answers": {"adam": "10"}, "forgotten": 0})
    assert kept(lessons) == {"at": "adam", "answers": {"zeros": "stays", "adam": "10"}}


def test_what_is_forgotten_is_gone(lessons: Page) -> None:
    lessons.evaluate("load", KEPT | {"forgotten": 0})
    lessons.evaluate("update", NOTHING | {"forgotten": 1})
    assert kept(lessons) == {"at": "vanishing", "answers": {}}
    lessons.evaluate("load", NOTHING | {"forgotten": 1})
    assert lessons.evaluate("told") == []


@pytest.mark.parametrize(
    "text", ["torn{", "7", "null", '"x"', "[]", '{"at": 7, "answers": {"adam": 2, "zeros": ["x"]}}']
)
def test_what_is_no_progress_is_none(lessons: Page, text: str) -> None:
    lessons.evaluate("text => localStorage.setItem('gradient-flow-lab.lessons', text)", text)
    lessons.evaluate("load", NOTHING)
    assert lessons.evaluate("told") == []
    assert kept(lessons) == {"at": "vanishing", "answers": {}}


def test_as_much_as_fills_the_browser_is_not_told(lessons: Page) -> None:
    lessons.evaluate(
        """() => { const answers = { adam: "2".repeat(9000) }
        for (let k = 0; k < 5000; k++) answers[`lesson ${k}`] = "2"
        localStorage.setItem("gradient-flow-lab.lessons", JSON.stringify({ at: "zeros", answers })) }"""
    )
    lessons.evaluate("load", NOTHING)
    ((_, told),) = lessons.evaluate("told")
    assert len(told["answers"]) == 100
    assert "adam" not in told["answers"]
