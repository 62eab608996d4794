"""What is said in the visitor's language: English texts with named values, and the catalogs of the others.

A catalog is catalogs/zh.po, which translators write, and catalogs/zh.json, which `python -m tests.words` makes of it:
{"name", "is_whole", "plural", "texts": {English: this language's}}. The canvas has the same in canvas/language.js.
"""

import json
import sys
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache
from gettext import c2py
from pathlib import Path
from typing import Any

from engine.tables.wording import Sentence, Writer

ENGLISH = "en"
CATALOGS = Path(__file__).parent / "catalogs"
KEPT = "language"  # in the session of a visitor
KEY = "lang"  # of an address

_now: ContextVar[str | None] = ContextVar("_now", default=None)


def say(what: str, /, **values: Any) -> str:
    """A text in the visitor's language: a `Sentence`, or a template with its values, each written as its kind wants.

    A value that is words is said itself, or a `Sentence`. What no catalog has is said in English.
    """
    writer = spoken(language())
    if values:
        return writer.vformat(writer.translate(what), (), values)
    return what.said(writer) if isinstance(what, Sentence) else writer.translate(what)


def paragraph(*said: str) -> str:
    """Whole texts that were said, one after the other, the empty ones left out."""
    first, *others = [*filter(None, said)] or [""]
    for other in others:
        first = say("{sentence} {hint}", sentence=first, hint=other)
    return first


def listed(said: Iterable[str], kind: str = "") -> str:
    """Several in a row, each a text that was said or a `Sentence`: "a, b, c", or with a last "and" or "or"."""
    return spoken(language()).format_field([*said], kind)


def series(parts: Iterable[str]) -> str:
    """Parts of one sentence, each a text or a `Sentence`, with semicolons between: "a; b; c"."""
    first, *others = [*map(say, parts)] or [""]
    for other in others:
        first = say("{row}; {next}", row=first, next=other)
    return first


def language() -> str:
    """The language of the visitor for whom this thread or task works; English where there is none."""
    return _now.get() or _of_session()


def speak(name: str) -> None:
    """From now on this thread or task works for somebody who reads that language."""
    _now.set(name)


@contextmanager
def speaking(name: str) -> Iterator[None]:
    """Within it all is said in that language; an unknown one is English."""
    token = _now.set(name if name in languages() else ENGLISH)
    try:
        yield
    finally:
        _now.reset(token)


def _of_session() -> str:
    """A page says whose it is as it begins; callbacks come before, and a fragment without it."""
    runner = sys.modules.get("streamlit.runtime.scriptrunner")  # without Streamlit there are no visitors
    context = runner and runner.get_script_run_ctx(suppress_warning=True)
    if not context:
        return ENGLISH
    state = context.session_state
    name = state[KEPT] if KEPT in state else ENGLISH  # noqa: SIM401, it has no `get`
    speak(name)  # a thread runs the scripts of one visitor alone
    return name


def spoken(name: str, called: Mapping[str, str] | None = None) -> Writer:
    """Who writes sentences in that language. called: field -> the English label that a page has for it."""
    return _writer(name) if called is None else Writer(called, translator(name), plural=plural(name))


@cache
def _writer(name: str) -> Writer:
    return Writer(None, translator(name), plural=plural(name))


@cache
def translator(name: str) -> Callable[[str], str]:
    """English text -> that language's, or the English one where it has none."""
    texts = catalog(name).get("texts", {})
    return lambda text: texts.get(text, text)


@cache
def plural(name: str) -> Callable[[Any], int]:
    """Number -> which of a language's forms fits it, by the rule that its catalog's head gives."""
    rule = c2py(catalog(name).get("plural", "n != 1"))
    return lambda number: rule(int(number) if number == int(number) else 2)


@cache
def languages() -> Mapping[str, str]:
    """Every language there is -> what it calls itself."""
    names = sorted(path.stem for path in CATALOGS.glob("*.json"))
    return {ENGLISH: "English", **{name: catalog(name)["name"] for name in names}}


@cache
def offered() -> Mapping[str, str]:
    """Those of them that say all there is to say: a page in two languages is in none."""
    return {
        name: label for name, label in languages().items() if name == ENGLISH or catalog(name)["is_whole"]
    }


def suited(locale: str) -> str | None:
    """Of the offered languages the one that suits a browser's, "zh-CN": the same, or the same but for its country."""
    name = locale.replace("_", "-")
    return next((one for one in (name, name.split("-")[0]) if one in offered()), None)


@cache
def catalog(name: str) -> Mapping[str, Any]:
    """What zh.json holds; {} for English."""
    return {} if name == ENGLISH else json.loads((CATALOGS / f"{name}.json").read_text("utf-8"))
