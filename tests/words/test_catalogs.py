"""The catalogs: nothing of what is whole lacks a translation, none names other values, none is out of date."""

import ast
import json
import re

import pytest

pytest.importorskip("babel", reason="Babel is not installed: `uv sync` does")

from tests.layout.graph import ROOT
from tests.words import catalogs
from tests.words.citations import is_citation
from tests.words.marked import in_javascript, in_python
from tests.words.unsaid import files, unsaid
from tests.words.unsaid import in_javascript as unsaid_javascript
from tests.words.unsaid import in_python as unsaid_python
from tests.words.whole import WHOLE, missing

LANGUAGES = [path.stem for path in catalogs.files()]


@pytest.fixture(params=LANGUAGES)
def path(request):
    return catalogs.CATALOGS / f"{request.param}.po"


def test_there_is_chinese():
    assert "zh" in LANGUAGES


def test_a_compiled_catalog_says_what_its_source_says(path):
    """Else: `uv run python -m tests.words`."""
    compiled = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert compiled["texts"] == catalogs.translated(catalogs.read(path))


def test_a_language_is_offered_only_if_it_is_whole(path):
    compiled = json.loads(path.with_suffix(".json").read_text("utf-8"))
    assert not compiled["is_whole"] or catalogs.compiled(path)["is_whole"]


def test_a_translation_names_the_same_values(path):
    assert dict(catalogs.differing(catalogs.translated(catalogs.read(path)))) == {}


def test_bold_words_of_a_translation_end_before_their_full_stop(path):
    """Stars between a full stop and a word, without a blank, end nothing in Markdown and are shown as stars."""
    texts = catalogs.translated(catalogs.read(path)).values()
    assert [text for text in texts if shows_stars(text)] == []


def shows_stars(text):
    parts = text.split("**")
    return any(
        re.search(r"[^\w}]$", bold) and re.match(r"[\w{]", after)
        for bold, after in zip(parts[1::2], parts[2::2], strict=False)
    )


def test_stars_that_end_nothing_are_found():
    assert shows_stars("**梯度消失。**每后退一步")
    assert not shows_stars("**梯度消失**。每后退一步")
    assert not shows_stars("**The gradient vanishes.** Each step back")


def test_what_is_whole_has_a_translation_of_everything(path):
    assert missing(catalogs.translated(catalogs.read(path)), *WHOLE) == set()


@pytest.mark.parametrize("place", WHOLE)
def test_what_is_whole_marks_all_its_words_and_glues_none(place):
    found = files(place)
    assert found
    assert {each.relative_to(ROOT).as_posix(): unsaid(each) for each in found if unsaid(each)} == {}


def test_chinese_speaks_to_one_person_in_one_way():
    texts = catalogs.translated(catalogs.read(catalogs.CATALOGS / "zh.po"))
    assert [text for text in texts.values() if "您" in text] == []


# ------------------------------------------------------------------------------- what finds them finds them


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('say("One thing", n=1)', {"One thing"}),
        ('x.say("a" if so else "b")', {"a", "b"}),
        ('BOTH = {1: "no", 2: "yes"}\ndef f(n): return Sentence(BOTH[n])', {"no", "yes"}),
        ('def f(so):\n  words = "one"\n  words = words if so else "two"\n  return Sentence(words)', {"one"}),
        ('raise SpecError("{place}: too much.", brief="much" + ("." if x else "!"))', {"too much.", "much.", "much!"}),
        ('raise wrong("{place}: no table.", value=1)', {"no table."}),
        ("say(entry.words)", set()),
    ],
)  # fmt: skip
def test_marked_texts_of_python_are_found(source, texts):
    assert set(in_python(ast.parse(source))) == texts


@pytest.mark.parametrize(
    ("source", "texts"),
    [
        ('el("b", {}, say("Why")); // say("no")', {"Why"}),
        ('say(over ? "a {n}" : "b {n}", { n: f("x") })', {"a {n}", "b {n}"}),
        ("const A = sentence(`Two words`);", {"Two words"}),
        ('throw new WireError("{n} bytes", { n });', {"{n} bytes"}),
        ("throw new Error(say(told));", set()),
        ("say(told.words)", set()),
    ],
)
def test_marked_texts_of_javascript_are_found(source, texts):
    assert set(in_javascript(source)) == texts


@pytest.mark.parametrize(
    "source",
    [
        'st.caption("Not marked.")',
        'f"{n} layers"',
        'f"{verb} {label}"',
        'st.text("Layers")',
        '" and ".join(names)',
    ],
)
def test_words_that_nobody_says_are_found_in_python(source):
    assert list(unsaid_python(source, {}))


@pytest.mark.parametrize("source", ["`${n} layers`", 'el("b", {}, "Not marked.")', 'const title = "Layers";'])
def test_words_that_nobody_says_are_found_in_javascript(source):
    assert list(unsaid_javascript(source, {}))


@pytest.mark.parametrize(
    "source",
    ['key === "Escape"', 'root.querySelector("header select")', "const RACE_STYLE = `.a ${b} { top: 0 }`;"],
)
def test_what_scripts_compare_seek_and_dress_with_is_left_alone(source):
    assert not list(unsaid_javascript(source, {}))


@pytest.mark.parametrize(
    "source",
    [
        '"""A docstring of words."""',
        'say("Not marked.")',
        'd["Some key"]',
        'f"st-key-{name}"',
        'f(key="Some key")',
        'execute("SELECT body FROM items WHERE id = ?")',
        'S = """\n<style>\nthat is "none of our words"\n</style>"""',
    ],
)
def test_what_is_said_or_no_words_is_left_alone(source):
    assert not list(unsaid_python(source, {"Not marked."}))


def test_a_placeholder_that_differs_is_found_and_a_plural_form_may_go():
    assert not list(catalogs.differing({"{n} {n:layer|layers}": "{n} 层"}))
    assert list(catalogs.differing({"{n:percent} of {m}": "{m} 的 {n}"}))
    assert list(catalogs.differing({"step {n}": "第 {m} 步"}))


def test_a_catalog_loses_noise_of_its_head_and_no_line_of_a_text():
    head, text = b'msgstr ""\n"Language: zh\\n"\n', b'msgid ""\n"Two nets.\\n"\n"Left: the first."\n'
    assert catalogs.steady(head + b'"Generated-By: Babel 2\\n"\n\n' + text) == head + b"\n" + text


def test_only_who_and_when_is_a_citation():
    assert is_citation("Glorot and Bengio, 2010; He et al., 2015")
    assert is_citation("IEEE 754; Goodfellow, Bengio and Courville, 2016, ch. 8.2")
    assert not is_citation("Robbins and Monro, 1951, who let it fall")
    assert not is_citation("Common practice before Glorot and Bengio, 2010")


def test_a_text_without_a_translation_is_found():
    assert "Learning rate" in missing(set(), "viz/words")
    assert "Learning rate" not in missing({"Learning rate"}, "viz/words")
