"""The texts that are marked to be said in the visitor's language, read from the source of Python and JavaScript.

In Python what stands first in a call of `say` or `Sentence` or of an error that people are told, and its `brief`; in
JavaScript of `say`, `sentence` or a `new ...Error`. A text may be chosen there ("a" if so else "b"), or be named above
in the same function or module.
"""

import ast
import re
from collections import defaultdict
from collections.abc import Iterator, Sequence
from functools import cache
from itertools import product
from pathlib import Path

from tests.layout import graph
from tests.words import tables
from tests.words.scripts import Token, code, is_text, text_of

ROOT = graph.ROOT
WORDS = re.compile(r"[^\W\d_]{2}")
MARK = re.compile(r"\b(say|[Ss]entence|\w+Error)\(")
PLACED = "{place}: "
MAKES_AN_ERROR = ("wrong", "_complain")
"""What is called with an error's template and makes or raises it."""

Texts = dict[str, set[str]]
"""A text -> the files that say it, by their paths."""


def marked() -> Texts:
    """Every text of ours that is said, tables and all."""
    found: Texts = defaultdict(set)
    for path in (*graph.modules().values(), *graph.scripts().values()):
        for text in said_in(path):
            found[text].add(path.relative_to(ROOT).as_posix())
    return found


@cache
def said_in(path: Path) -> frozenset[str]:
    """The texts that a module or a script marks, and those of its tables."""
    source = path.read_text("utf-8")
    said = set(tables.TABLES.get(path.relative_to(ROOT).as_posix(), tuple)())
    if path.suffix == ".js" and MARK.search(source):
        said.update(in_javascript(source))
    elif MARK.search(source):
        said.update(in_python(graph.tree(path)))
    return frozenset(text for text in said if WORDS.search(text) or "{" in text)


# ------------------------------------------------------------------------------------------------- Python


def in_python(module: ast.Module) -> Iterator[str]:
    """The texts that a module marks."""
    for scope, call in _calls(module, (module,)):
        name = called(call)
        is_error = name.endswith("Error") or name in MAKES_AN_ERROR
        if name not in ("say", "Sentence") and not is_error:
            continue
        said = [call.args[0]] if call.args else []
        if is_error:
            said += [each.value for each in call.keywords if each.arg == "brief"]
        for node in said:
            for text in chosen(node, scope):
                yield text.removeprefix(PLACED) if is_error else text


def called(call: ast.Call) -> str:
    """The last part of what is called: "say" of `words.say(...)`."""
    match call.func:
        case ast.Name(name) | ast.Attribute(attr=name):
            return name
    return ""


def _calls(node: ast.AST, scope: tuple[ast.AST, ...]) -> Iterator[tuple[tuple[ast.AST, ...], ast.Call]]:
    """Every call, with the functions and the module around it."""
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.Call):
            yield scope, child
        inner = (*scope, child) if isinstance(child, ast.FunctionDef | ast.Lambda | ast.ClassDef) else scope
        yield from _calls(child, inner)


def chosen(node: ast.AST, scope: Sequence[ast.AST]) -> Iterator[str]:
    """The texts that an expression may be; nothing of what is made elsewhere."""
    match node:
        case ast.Constant(str(text)):
            yield text
        case ast.IfExp(body=one, orelse=other):
            yield from chosen(one, scope)
            yield from chosen(other, scope)
        case ast.BoolOp(values=parts) | ast.Tuple(elts=parts) | ast.List(elts=parts):
            for part in parts:
                yield from chosen(part, scope)
        case ast.Dict(values=parts):
            for part in parts:
                yield from chosen(part, scope)
        case ast.Subscript(value=table):
            yield from chosen(table, scope)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            pairs = product(chosen(left, scope), chosen(right, scope))
            yield from (one + other for one, other in pairs)
        case ast.Name(name):
            for where in reversed(scope):
                for value in _assigned(where).get(name, ()):
                    if not (isinstance(value, ast.Name) and value.id == name):
                        yield from chosen(value, scope)


@cache
def _assigned(scope: ast.AST) -> dict[str, list[ast.AST]]:
    """Name -> what it is set to in this function or module."""
    found: dict[str, list[ast.AST]] = defaultdict(list)
    body = getattr(scope, "body", [])
    for statement in body if isinstance(body, list) else []:
        for node in ast.walk(statement):
            targets = node.targets if isinstance(node, ast.Assign) else [getattr(node, "target", None)]
            value = getattr(node, "value", None)
            for target in targets:
                if isinstance(target, ast.Name) and value is not None and not _refers(value, target.id):
                    found[target.id].append(value)
    return found


def _refers(value: ast.AST, name: str) -> bool:
    return any(isinstance(node, ast.Name) and node.id == name for node in ast.walk(value))


# ---------------------------------------------------------------------------------------------- JavaScript


def in_javascript(source: str) -> Iterator[str]:
    """The texts that a script marks: all that stand in the first argument."""
    tokens = code(source)
    for at, token in enumerate(tokens[:-1]):
        is_error = re.fullmatch(r"(?!Type)\w*Error", token.value) and tokens[at - 1].value == "new"
        if (token.value in ("say", "sentence") or is_error) and tokens[at + 1].value == "(":
            yield from (text_of(each) for each in _first_argument(tokens[at + 2 :]) if is_text(each))


def _first_argument(tokens: Sequence[Token]) -> Iterator[Token]:
    depth = 0
    for token in tokens:
        if token.value in (")", ",") and not depth:
            return
        depth += (token.value in ("(", "[", "{")) - (token.value in (")", "]", "}"))
        if not depth:
            yield token
