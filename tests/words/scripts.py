"""A script's source in parts, as far as strings and what they stand in are told apart."""

import ast
import re
from typing import NamedTuple

PART = re.compile(
    r"""(?P<comment>//[^\n]*|/\*.*?\*/)
    |(?P<string>"(?:\\.|[^"\\\n])*"|'(?:\\.|[^'\\\n])*')
    |(?P<template>`)
    |(?P<regex>(?<=[(,=:\[!&|?;{}\n])\s*/(?![/*])(?:\\.|\[(?:\\.|[^\]\\\n])*\]|[^/\\\[\n])+/\w*)
    |(?P<name>[\w$#]+)
    |(?P<sign>[^\s\w])""",
    re.VERBOSE | re.DOTALL,
)


class Token(NamedTuple):
    """A part of a script: "string", "template", "name", "sign" or "regex", as it stands there, and its line."""

    kind: str
    value: str
    line: int


def code(source: str) -> list[Token]:
    """All parts but comments; a template string is one, with all that is put into it."""
    found, at, line, counted = [], 0, 1, 0
    while part := PART.search(source, at):
        kind, start, at = str(part.lastgroup), part.start(), part.end()
        if kind == "template":
            at = _end_of_template(source, at)
        line, counted = line + source.count("\n", counted, start), start
        if kind != "comment":
            found.append(Token(kind, source[start:at].strip(), line))
    return found


def _end_of_template(source: str, at: int) -> int:
    """Where a template string ends whose text begins here; there may be others within it."""
    while at < len(source) and source[at] != "`":
        if source[at] == "\\":
            at += 2
        elif source.startswith("${", at):
            at = _end_of_value(source, at + 2)
        else:
            at += 1
    return at + 1


def _end_of_value(source: str, at: int) -> int:
    depth = 1
    while at < len(source) and depth:
        if source[at] == "`":
            at = _end_of_template(source, at + 1)
            continue
        depth += (source[at] == "{") - (source[at] == "}")
        at += 1
    return at


def is_text(token: Token) -> bool:
    """Whether it is a string of any kind."""
    return token.kind in ("string", "template")


def text_of(token: Token) -> str:
    """What a string says; a template string as it stands."""
    if token.kind == "template":
        return token.value[1:-1]
    return ast.literal_eval(re.sub(r"\\u\{(\w+)\}", lambda found: f"\\U{int(found[1], 16):08x}", token.value))


def bare(template: str) -> str:
    """A template string with each value that is put into it as {}."""
    kept, at = "", 0
    while (start := template.find("${", at)) >= 0:
        kept, at = kept + template[at:start] + "{}", _end_of_value(template, start + 2)
    return kept + template[at:]
