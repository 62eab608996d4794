"""Words on their way to the screen."""

import re
from collections.abc import Iterable
from html import escape

from engine.tables.errors import SpecError
from engine.tables.wording import Name, Sentence, nearest
from viz.words.language import say

IN_FORMULA = re.compile(r"((?<!_)\\text\{ *|\\text\{(?=old\}))([^{}]*?)( *\})")
"""The words of a formula; an index is none, but for what is no name of a number."""

BETWEEN, BREAK = r", \quad ", r", \\[6pt] "  # two statements of a formula


def plain(text: str) -> str:
    """Text that Markdown shows as it is: messages quote what a stranger may have put in a link."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|:<>$~&])", r"\\\1", text)


def literal(text: str) -> str:
    """Text that Plotly draws as it is: of what a person typed nothing is markup."""
    return escape(text, quote=False)


def formula(tex: str) -> str:
    """A formula, its words in the visitor's language."""
    return IN_FORMULA.sub(lambda found: f"{found[1]}{say(found[2])}{found[3]}", tex)


def stacked(tex: str) -> str:
    """A formula in the visitor's language, each of its statements on a line of its own: in one they are wider than a
    column."""
    said = formula(tex)
    if BETWEEN not in said:
        return said
    return rf"\begin{{gathered}}{said.replace(BETWEEN, BREAK)}\end{{gathered}}"


def unused(key: str, known: Iterable[str]) -> Sentence:
    """What is said of a link's key that a page does not know."""
    hint = nearest(key, known)
    said = "The link has no use for {key!r}. {hint}" if hint else "The link has no use for {key!r}."
    return Sentence(said, key=key, hint=hint)


def left_out(key: str, error: SpecError) -> Sentence:
    """What is said of a link's key whose value means nothing."""
    return Sentence("{name}: {said} The link's value was left out.", name=Name(key), said=error.brief)
