"""The grammar of typed functions: which characters, names and orders of tokens there are.

    2, 1.5e-3, x, y, pi, e      + - * / ** ^ (a power too)      ( )      the functions of `FUNCTIONS`

Nothing is evaluated here. What passes is made of these tokens alone, each where it may stand.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from engine.descent.vocabulary import CONSTANTS, FUNCTIONS
from engine.tables.errors import SpecError
from engine.tables.wording import Sentence, nearest

MAX_LENGTH = 500
MAX_DEPTH = 100

_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]+)"
    r"|(?P<number>(?:[0-9]+\.?[0-9]*|\.[0-9]+)(?:[eE][+-]?[0-9]+)?)"
    r"|(?P<name>[A-Za-z_][A-Za-z_0-9]*)"
    r"|(?P<operator>\*\*|[-+*/^])"
    r"|(?P<bracket>[(),])"
)
_NAMES = ("x", "y", *CONSTANTS, *FUNCTIONS)
_HINTS = {
    "=": "type only what f(x, y) is equal to",
    "[": "use round parentheses",
    "{": "use round parentheses",
    "|": "write abs(x)",
    "²": "write **2",
    "³": "write **3",
    "·": "write *",
    "×": "write *",
    "÷": "write /",
    "−": "write -",
    "–": "write -",
    "π": "write pi",
    "√": "write sqrt(x)",
    "%": "write mod(x, 2) for a remainder, /100 for a percentage",
    ">": "write step(x - 1) for what is 1 where x is at least 1, else 0",
    "<": "write step(1 - x) for what is 1 where x is at most 1, else 0",
}
_STEP = Sentence("step(u), which is 1 where u is at least 0, and multiply")
_WRITTEN = {
    "arcsin": "asin", "arccos": "acos", "arctan": "atan", "arctan2": "atan2", "arg": "atan2(y, x)",
    "fabs": "abs", "mag": "abs", "sgn": "sign", "signum": "sign", "fmod": "mod", "rem": "mod", "remainder": "mod",
    "heaviside": "step", "where": _STEP, "if": _STEP, "round": "floor(x + 0.5)", "rint": "floor(x + 0.5)",
    "trunc": "sign(x)*floor(abs(x))", "int": "sign(x)*floor(abs(x))", "frac": "x - floor(x)",
    "sec": "1/cos(x)", "csc": "1/sin(x)", "cot": "1/tan(x)", "sech": "1/cosh(x)", "csch": "1/sinh(x)",
    "coth": "1/tanh(x)", "square": "x**2", "cube": "x**3", "cbrt": "sign(x)*abs(x)**(1/3)",
    "norm": "hypot(x, y)", "dist": "hypot(x, y)", "log1p": "log(1 + x)", "expm1": "exp(x) - 1", "lg": "log10",
    "exp2": "2**x", "power": "pow", "clip": "min(max(x, low), high)", "clamp": "min(max(x, low), high)",
    "sinc": "sin(x)/x", "gauss": "exp(-x**2)", "logistic": "sigmoid", "r": "hypot(x, y)", "theta": "atan2(y, x)",
    "x1": "x", "x2": "y", "z": Sentence("a function of x and y alone"), "sqr": "x**2", "sum": "x + y", "prod": "x*y",
    "tau": "2*pi", "asinh": "log(x + sqrt(x**2 + 1))", "arcsinh": "log(x + sqrt(x**2 + 1))",
    "atanh": "log((1 + x)/(1 - x))/2", "arctanh": "log((1 + x)/(1 - x))/2", "acosh": "log(x + sqrt(x**2 - 1))",
    "arccosh": "log(x + sqrt(x**2 - 1))", "radians": "x*pi/180", "degrees": "x*180/pi",
    **dict.fromkeys(("math", "np", "numpy", "torch", "jnp", "tf"), Sentence("the function alone, such as sin(x)")),
}  # fmt: skip
"""Names of other languages -> what to write here."""


class ExpressionError(SpecError):
    """A text outside the grammar. `position`: the index of the place in `text`, which the message points at."""

    def __init__(
        self, template: str, text: str = "", position: int = 0, *, hint: str = "", **named: Any
    ) -> None:
        super().__init__(template, field="expression", value=text, hint=hint, **named)
        self.complaint, self.text, self.position = self.sentence, text, position
        self.sentence = self.brief = Sentence(
            "{complaint}{pointer}", complaint=self.complaint, pointer=_pointer(text, position)
        )


def _pointer(text: str, position: int, width: int = 60) -> str:
    """The text around the place, and a caret below it."""
    if not text:
        return ""
    first = max(0, position - width // 2)
    excerpt = "".join(c if c.isprintable() else " " for c in text[first : first + width])
    return f"\n  {excerpt}\n  {' ' * (position - first)}^"


def tokens(text: Any) -> list["Token"]:
    """The tokens of a text, checked; ExpressionError when it is outside the grammar."""
    if not isinstance(text, str):
        raise ExpressionError(
            "{given!r} is not text; type a function of x and y, like x**2 + y**2.", given=text
        )
    if len(text) > MAX_LENGTH:
        raise ExpressionError(
            "{length:,} characters are too many; at most {most} are allowed.",
            text,
            MAX_LENGTH,
            length=len(text),
            most=MAX_LENGTH,
        )
    found = list(_tokens(text))
    _check_order(text, found)
    return found


@dataclass(frozen=True)
class Token:
    """kind: "number", "name", "operator" or "bracket"; place: where in the text."""

    kind: str | None
    text: str
    place: int

    @property
    def source(self) -> str:
        """As Python writes it."""
        return repr(float(self.text)) if self.kind == "number" else self.text.replace("^", "**")

    @property
    def opens_call(self) -> bool:
        """Whether arguments must follow."""
        return self.text in FUNCTIONS


def _tokens(text: str) -> Iterator[Token]:
    place = 0
    while place < len(text):
        match = _TOKEN.match(text, place)
        if not match:
            sign = text[place]
            if sign not in _HINTS:
                raise ExpressionError("{sign!r} is not part of this grammar.", text, place, sign=sign)
            instead = Sentence(_HINTS[sign])
            raise ExpressionError(
                "{sign!r} is not part of this grammar; {instead}.", text, place, sign=sign, instead=instead
            )
        token = Token(match.lastgroup, match[0], place)
        if token.kind == "number" and math.isinf(float(token.text)):
            raise ExpressionError("this number is too large.", text, place)
        if token.kind == "name" and token.text not in _NAMES:
            raise ExpressionError(
                "unknown name {name!r}; there are {names}.",
                text,
                place,
                name=token.text,
                names=_NAMES,
                hint=_hint(token.text),
            )
        if token.kind != "space":
            yield token
        place = match.end()


def _hint(name: str) -> str:
    written = _WRITTEN.get(name.lower())
    return Sentence("Write {written}.", written=written) if written else nearest(name, _NAMES)


def _check_order(text: str, tokens: list[Token]) -> None:
    """What may follow what: operands and operators by turns, every bracket closed, commas between arguments."""
    brackets: list[tuple[Token, bool]] = []  # the open ones, and whether each holds a function's arguments
    before: Token | None = None
    operand_next = True
    for token in tokens:
        is_operand = token.kind in ("number", "name") or token.text == "("
        calls = before is not None and before.opens_call
        if before and calls and token.text != "(":
            raise ExpressionError("{name} needs parentheses: {name}(x).", text, token.place, name=before.text)
        if operand_next and not is_operand and token.text not in ("+", "-"):
            raise ExpressionError(
                "something is missing before {token!r}.", text, token.place, token=token.text
            )
        if before and not operand_next and is_operand:
            product = before.text + ("*(...)" if token.text == "(" else f"*{token.text}")
            raise ExpressionError(
                "an operator is missing before {token!r}; write {product} to multiply.",
                text,
                token.place,
                token=token.text,
                product=product,
            )
        if token.text == "(":
            brackets.append((token, calls))
        elif token.text == ")":
            if not brackets:
                raise ExpressionError("this parenthesis closes nothing.", text, token.place)
            brackets.pop()
        elif token.text == "," and not (brackets and brackets[-1][1]):
            raise ExpressionError("a comma only stands between a function's arguments.", text, token.place)
        if len(brackets) > MAX_DEPTH:
            raise ExpressionError("more than {most} parentheses deep.", text, token.place, most=MAX_DEPTH)
        operand_next = token.opens_call or token.text in ("(", ",") or token.kind == "operator"
        before = token
    if before is None:
        raise ExpressionError("nothing there yet; type a function of x and y, like x**2 + y**2.", text)
    if operand_next:
        missing = (
            "the end is missing: {last}(x)."
            if before.opens_call
            else "the end is missing: something after {last!r}."
        )
        raise ExpressionError(missing, text, len(text), last=before.text)
    if brackets:
        raise ExpressionError("this parenthesis is never closed.", text, brackets[-1][0].place)
