"""What is said of a wrong value: a template with named values, never glued pieces."""

import ast
from pathlib import Path

import pytest

from engine.tables.errors import SpecError
from engine.tables.wording import Sentence, Writer

ROOT = Path(__file__).parents[3]
ERRORS = {"SpecError", "UnknownNameError", "ExpressionError"}


def glued(source: str) -> list[int]:
    """Lines where an error or a sentence is given text with values already in it."""
    return [
        node.lineno
        for node in ast.walk(ast.parse(source))
        if isinstance(node, ast.Call)
        and isinstance(node.func, ast.Name)
        and node.func.id in ERRORS | {"Sentence"}
        and node.args
        and isinstance(node.args[0], ast.JoinedStr)
        and any(isinstance(part, ast.FormattedValue) for part in node.args[0].values)
    ]


PATHS = [path for room in ("engine", "viz") for path in sorted((ROOT / room).rglob("*.py"))]


@pytest.mark.parametrize("path", PATHS, ids=lambda path: path.relative_to(ROOT).as_posix())
def test_a_sentence_is_a_template_with_named_values(path):
    assert not glued(path.read_text())


def test_a_glued_sentence_is_found():
    assert glued('SpecError(f"lr: {shown(value)} is too much.")') == [1]
    assert not glued('SpecError("{place}: {value!r} is too much.", value=value)')


def test_an_error_carries_what_was_given_what_is_allowed_and_the_nearest_right_thing():
    error = SpecError(
        "{place}: {value!r} is not here; give {allowed}.",
        brief="not {value!r}",
        field="optimizer_options",
        option="eps",
        value=0.5,
        allowed=("a", "b"),
        hint=Sentence("Did you mean {meant!r}?", meant="a"),
    )
    assert str(error) == "optimizer_options, eps: 0.5 is not here; give a, b. Did you mean 'a'?"
    assert error.brief == "not 0.5 Did you mean 'a'?"
    assert (error.field, error.option, error.value, error.allowed) == (
        "optimizer_options",
        "eps",
        0.5,
        ("a", "b"),
    )
    assert error.sentence.said(Writer({"optimizer_options": "Optimizer"})).startswith(
        "Optimizer, eps: 0.5 is"
    )


def test_what_is_given_without_values_is_taken_as_it_stands():
    assert str(SpecError("openml said {no}", field="dataset")) == "openml said {no}"
