"""Functions of x and y that people type, as surfaces, without ever running their text.

The text is cut into the few kinds of tokens of `grammar` and checked; what is left is harmless, and Python's own
`ast` only sorts out what binds tighter. Walking that tree builds a torch function and its LaTeX.
"""

import ast
import math
import operator
from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NoReturn

import torch
from torch import Tensor

from engine.descent.grammar import MAX_DEPTH, ExpressionError, tokens
from engine.descent.surface import Bounds, Point, Surface
from engine.descent.vocabulary import CONSTANTS, FUNCTIONS, power
from engine.tables.errors import SpecError
from engine.tables.option import Pair
from engine.tables.wording import Sentence

MAX_EXPONENT = 100


def surface_from_expression(
    text: str, bounds: Bounds = ((-3.0, 3.0), (-3.0, 3.0)), start: Point | None = None
) -> Surface:
    """The surface of a typed function, e.g. "(1 - x)**2 + 100*(y - x**2)**2".

    start: by default a point of the upper right of the window where value and gradient are finite.
    Its minima are not known beforehand: `critical_points.local_minima` looks for them.
    Raises ExpressionError for a text outside the grammar, SpecError for impossible bounds or start.
    """
    formula = parse(text)
    bounds = _checked_bounds(bounds)
    surface = Surface(
        name="typed",
        label=" ".join(text.split()),
        formula=formula.latex,
        words=Sentence("A function typed in."),
        source=Sentence("typed in"),
        fn=formula.function if callable(formula.value) else lambda x, y: formula.value + 0 * (x + y),
        bounds=bounds,
        start=(0.0, 0.0),
    )
    return replace(surface, start=_default_start(surface) if start is None else _checked_pair("start", start))


SUM, SIGN, PRODUCT, POWER, ATOM = range(5)


@dataclass(frozen=True)
class Formula:
    """Part of an expression: a number or a function of (x, y), and its LaTeX, which binds this tightly."""

    value: float | Callable[[Tensor, Tensor], Tensor]
    latex: str
    binds: int = ATOM

    @property
    def function(self) -> Callable[[Tensor, Tensor], Tensor]:
        """The torch function of (x, y)."""
        value = self.value
        return value if callable(value) else lambda x, y: torch.full_like(x, value)

    def bracketed(self, least: int) -> str:
        """The LaTeX, in brackets when it binds less than `least`."""
        return self.latex if self.binds >= least else rf"\left({self.latex}\right)"


def parse(text: Any) -> Formula:
    """The formula of a text; ExpressionError when it is outside the grammar."""
    source, places = "", {}
    for token in tokens(text):
        places[len(source)] = token.place
        source += token.source
    try:
        return _Builder(text, places).build(ast.parse(source, mode="eval").body)
    except (SyntaxError, RecursionError, MemoryError):
        raise ExpressionError("too deeply nested.", text) from None


_OPERATORS = {
    ast.Add: (operator.add, SUM, "{} + {}", SUM, PRODUCT),
    ast.Sub: (operator.sub, SUM, "{} - {}", SUM, PRODUCT),
    ast.Mult: (operator.mul, PRODUCT, r"{} \cdot {}", SIGN, PRODUCT),
    ast.Div: (operator.truediv, ATOM, r"\frac{{{}}}{{{}}}", SUM, SUM),
    ast.Pow: (power, POWER, "{{{}}}^{{{}}}", ATOM, SUM),
}
"""Node -> what it does, how tightly it binds, its LaTeX, and how tightly its left and right side must bind."""


@dataclass(frozen=True)
class _Builder:
    """Turns the tree of a text into a Formula. places: offset in the tree's source -> position in the text."""

    text: str
    places: dict[int, int]

    def build(self, node: ast.expr, depth: int = 0) -> Formula:
        if depth > MAX_DEPTH:
            self._complain("more than {most} operations inside each other.", node, most=MAX_DEPTH)
        parts = [self.build(part, depth + 1) for part in _parts(node)]
        match node:
            case ast.Constant(value=float(number)):
                return Formula(number, _number_latex(number))
            case ast.Name(id="x"):
                return Formula(lambda x, y: x, "x")
            case ast.Name(id="y"):
                return Formula(lambda x, y: y, "y")
            case ast.Name():
                return Formula(*CONSTANTS[node.id])
            case ast.UnaryOp(op=ast.UAdd()):
                return parts[0]
            case ast.UnaryOp(op=ast.USub()):
                value = self._apply(operator.neg, parts, node)
                return Formula(value, f"-{parts[0].bracketed(POWER)}", SIGN)
            case ast.BinOp():
                return self._binary(type(node.op), node, *parts)
            case ast.Call(func=ast.Name(id=name)):
                return self._call(name, node, parts)
        self._complain("this is not part of this grammar.", node)

    def _binary(self, kind: type[ast.operator], node: ast.expr, left: Formula, right: Formula) -> Formula:
        apply, binds, latex, left_binds, right_binds = _OPERATORS[kind]
        if apply is power and isinstance(right.value, float) and abs(right.value) > MAX_EXPONENT:
            self._complain("exponents go up to {most}.", _parts(node)[1], most=MAX_EXPONENT)
        latex = latex.format(left.bracketed(left_binds), right.bracketed(right_binds))
        return Formula(self._apply(apply, [left, right], node), latex, binds)

    def _call(self, name: str, node: ast.Call, parts: list[Formula]) -> Formula:
        function = FUNCTIONS[name]
        fewest, most = function.arguments
        if not fewest <= len(parts) <= most:
            several = (
                "{name} takes {most} arguments, not {given}."
                if fewest == most
                else "{name} takes {fewest} to {most} arguments, not {given}."
            )
            self._complain(
                "{name} takes one argument, not {given}." if most == 1 else several,
                node,
                name=name,
                fewest=fewest,
                most=most,
                given=len(parts),
            )
        if function.apply is power:
            return self._binary(ast.Pow, node, *parts)
        latex = function.latex.format(", ".join(part.latex for part in parts))
        if any(callable(part.value) for part in parts):
            parts = [replace(part, value=part.function) for part in parts]
        return Formula(self._apply(function.apply, parts, node), latex, POWER if name == "exp" else ATOM)

    def _apply(self, apply: Callable, parts: list[Formula], node: ast.expr) -> Any:
        """A function of (x, y); or at once a number, when all parts are numbers."""
        values = [part.value for part in parts]
        if not any(callable(value) for value in values):
            number = float(apply(*(torch.tensor(value, dtype=torch.float64) for value in values)))
            if not math.isfinite(number):
                self._complain("this is {number}, not a finite number.", node, number=number)
            return number
        if len(values) == 1:
            inner = parts[0].function
            return lambda x, y: apply(inner(x, y))
        return lambda x, y: apply(*(value(x, y) if callable(value) else value for value in values))

    def _complain(self, template: str, node: ast.expr, **named: Any) -> NoReturn:
        raise ExpressionError(template, self.text, self.places[node.col_offset], **named)


def _number_latex(number: float) -> str:
    digits, _, exponent = f"{number:.12g}".partition("e")
    return rf"{digits} \cdot 10^{{{int(exponent)}}}" if exponent else digits


def _parts(node: ast.expr) -> list[ast.expr]:
    match node:
        case ast.UnaryOp():
            return [node.operand]
        case ast.BinOp():
            return [node.left, node.right]
        case ast.Call():
            return node.args
    return []


def _default_start(surface: Surface) -> Point:
    """Of 9 x 9 points of the window, the one nearest to its upper right where the surface has a slope."""
    (x0, x1), (y0, y1) = surface.bounds
    shares = torch.cartesian_prod(*[torch.linspace(0.1, 0.9, 9, dtype=torch.float64)] * 2)
    points = torch.tensor([x0, y0]) + shares * torch.tensor([x1 - x0, y1 - y0])
    value, slope = surface.slope(points[:, 0], points[:, 1])
    usable = torch.stack([value, *slope]).isfinite().all(dim=0)
    distance = (shares - torch.tensor([0.8, 0.7])).square().sum(dim=1)
    return tuple(points[torch.where(usable, distance, 10 + distance).argmin()].tolist())


def _checked_bounds(bounds: Any) -> Bounds:
    try:
        across, up = bounds
    except (TypeError, ValueError):
        raise SpecError(
            "{place}: {value!r} is not ((x low, x high), (y low, y high)).", field="bounds", value=bounds
        ) from None
    pairs = _checked_pair("bounds", across), _checked_pair("bounds", up)
    if any(low >= high for low, high in pairs):
        raise SpecError(
            "{place}: {value!r} is empty; give each low below its high.", field="bounds", value=bounds
        )
    return pairs


def _checked_pair(name: str, pair: Any) -> Point:
    return Pair(name, (0.0, 0.0), -1e12, 1e12).check(pair)
