import contextlib
import math
import sys
import time

import numpy as np
import pytest
import sympy
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from engine.descent.expression import surface_from_expression
from engine.descent.grammar import MAX_LENGTH, ExpressionError
from engine.descent.surfaces import SURFACES
from engine.descent.vocabulary import FUNCTIONS
from engine.tables.errors import SpecError

POINTS = np.array([[0.37, 0.81], [1.43, 0.29], [0.62, 1.9]])

# What SymPy calls our functions where the names differ.
IN_SYMPY = {
    "abs": lambda u: sympy.Piecewise((u, u > 0), (-u, True)),
    "min": sympy.Min,
    "max": sympy.Max,
    "log2": lambda u: sympy.log(u, 2),
    "log10": lambda u: sympy.log(u, 10),
    "relu": lambda u: sympy.Max(u, 0),
    "sigmoid": lambda u: 1 / (1 + sympy.exp(-u)),
    "softplus": lambda u: sympy.log(1 + sympy.exp(u)),
    "e": sympy.E,
    "hypot": lambda u, v: sympy.sqrt(u**2 + v**2),
    "pow": lambda u, v: u**v,
    "floor": lambda u: _stairs(u),
    "ceil": lambda u: -_stairs(-u),
    "mod": lambda u, v: u - v * _stairs(u / v),
    "sign": lambda u: sympy.Piecewise((-1, u < 0), (1, True)),
    "step": lambda u: sympy.Piecewise((0, u < 0), (1, True)),
}


def _stairs(u):
    """The largest whole number up to u, of those from -20 to 20: SymPy's own floor has no derivative."""
    return sympy.Piecewise(*((k, u < k + 1) for k in range(-20, 20)), (20, True))


TYPED = [
    "(1-x)**2 + 100*(y-x**2)**2",
    "-x^2 + 2^x*y^3/3 - -y",
    "x - (y - 2) - 3*(x - 1)",
    "x/y/2 - x/(y/2)",
    "2**-x**2 * -y",
    "-x**2*y",
    "+x - +y",
    "1.5e-3*x + .5*y + 2.*x*y + 1E2",
    "x**y + y**0.5 + x**1.5 + x**-2 + x**7 + 3**y",
    "sin(x)**2*cos(y) + tan(x/3)",
    "asin(x/3) + acos(y/3) - atan(x*y)",
    "sinh(x) - cosh(y) + tanh(x - y)",
    "exp(-(x**2 + y**2)/2) + e**x - pi*y",
    "log(x) + ln(y) + log2(x*y) + log10(x + y)",
    "sqrt(x + y) + abs(x - y)",
    "min(x, y, 1) + max(x, 2*y)",
    "relu(x - 1) + sigmoid(3*y) + softplus(x - y) + erf(x)",
    "hypot(x, 2*y) + pow(x, 2) - pow(2, y) + atan2(y, x - 3)",
    "x*floor(3*y) + ceil(x - y)*y + mod(x, 0.7) - sign(x - y)*x + step(y - x)*y**2",
    " ( ( x ) ) \n + y ",
]


@pytest.mark.parametrize("text", TYPED)
def test_typed_function_has_the_value_gradient_and_hessian_of_sympy(text):
    x, y = sympy.symbols("x y", real=True)
    names = {"x": x, "y": y, **IN_SYMPY}
    f = sympy.sympify(" ".join(text.split()), locals=names, rational=True)
    gradient = [f.diff(v) for v in (x, y)]
    hessian = [[g.diff(v) for v in (x, y)] for g in gradient]
    surface = surface_from_expression(text)
    for p in POINTS:
        value, *rest = (
            float(e.subs({x: p[0], y: p[1]}).evalf(20)) for e in (f, *gradient, *hessian[0], *hessian[1])
        )
        np.testing.assert_allclose(surface(p), value, rtol=1e-12)
        np.testing.assert_allclose(surface.gradient(p), rest[:2], rtol=1e-10, atol=1e-12)
        np.testing.assert_allclose(surface.hessian(p).ravel(), rest[2:], rtol=1e-9, atol=1e-12)


def test_every_function_is_tried_against_sympy():
    assert not [name for name in FUNCTIONS if not any(f"{name}(" in text for text in TYPED)]


@pytest.mark.parametrize("name", ["rosenbrock", "himmelblau", "booth"])
def test_typed_surface_is_the_built_in_one(name):
    texts = {
        "rosenbrock": "(1 - x)**2 + 100*(y - x**2)**2",
        "himmelblau": "(x^2 + y - 11)^2 + (x + y^2 - 7)^2",
        "booth": "(x + 2*y - 7)**2 + (2*x + y - 5)**2",
    }
    typed = surface_from_expression(texts[name])
    np.testing.assert_array_equal(typed(POINTS), SURFACES[name](POINTS))
    np.testing.assert_array_equal(typed.gradient(POINTS), SURFACES[name].gradient(POINTS))


POSITIVE = {"log", "ln", "log2", "log10", "sqrt", "asin", "acos", "pow"}
ROUNDED = {
    **{
        f"{name}(x, y)" if FUNCTIONS[name].arguments[0] > 1 else f"{name}(x)": name in POSITIVE
        for name in FUNCTIONS
    },
    **{f"x**{power}": power in (0.5, 1.5) for power in (-3, -2, -1, 0.5, 1.5, 2, 3, 4, 5, 7)},
    "x**y + 2**y": True,
}


@pytest.mark.parametrize(("text", "positive"), ROUNDED.items())
def test_a_point_has_the_same_bits_alone_and_among_a_thousand(text, positive):
    surface = surface_from_expression(text)
    span = (0.01, 0.99) if positive else (-6, 6)
    points = torch.from_numpy(np.random.default_rng(0).uniform(*span, (2, 1200))).T  # as a race keeps them
    together = torch.cat([surface(points)[:, None], surface.gradient(points)], dim=1)
    few = points.split(3)  # fewer than fill a vector of the processor
    alone = torch.cat([torch.cat([surface(p)[:, None], surface.gradient(p)], dim=1) for p in few])
    assert torch.equal(alone, together)


def test_number_alone_is_a_plane():
    surface = surface_from_expression("2 + sin(pi/2)**2")
    np.testing.assert_array_equal(surface(POINTS), 3)
    np.testing.assert_array_equal(surface.gradient(POINTS), 0)
    np.testing.assert_array_equal(surface.hessian(POINTS), 0)


@pytest.mark.parametrize(
    ("text", "latex"),
    [
        ("x**2 + y", "{x}^{2} + y"),
        ("-x^2", "-{x}^{2}"),
        ("(-x)^2", r"{\left(-x\right)}^{2}"),
        ("x - (y - 1)", r"x - \left(y - 1\right)"),
        ("(x + y)*2.50", r"\left(x + y\right) \cdot 2.5"),
        ("x*-y", r"x \cdot \left(-y\right)"),
        ("x/(y + 1)", r"\frac{x}{y + 1}"),
        ("sqrt(x) + abs(y)", r"\sqrt{x} + \left|y\right|"),
        ("exp(-x)**2", r"{\left(e^{-x}\right)}^{2}"),
        ("1e-7*pi*e", r"1 \cdot 10^{-7} \cdot \pi \cdot e"),
        ("log10(x) + min(x, y)", r"\log_{10}\left(x\right) + \min\left(x, y\right)"),
    ],
)
def test_typed_function_is_shown_as_latex(text, latex):
    assert surface_from_expression(text).formula == latex


@pytest.mark.parametrize(
    ("text", "position", "words"),
    [
        ("sine(x)", 0, r"unknown name 'sine'; there are x, y, pi, e, sin, .* Did you mean 'sin'\?"),
        ("x + sqr(y)", 4, r"Write x\*\*2\."),
        ("x + Y", 4, r"unknown name 'Y'; .* Did you mean 'y'\?"),
        ("3 + 2x", 5, r"an operator is missing before 'x'; write 2\*x to multiply\."),
        ("x(y + 1)", 1, r"an operator is missing before '\('; write x\*\(\.\.\.\) to multiply\."),
        ("x + * y", 4, r"something is missing before '\*'\."),
        ("x +", 3, r"the end is missing: something after '\+'\."),
        ("2 + sin", 7, r"the end is missing: sin\(x\)\."),
        ("sin x", 4, r"sin needs parentheses: sin\(x\)\."),
        ("(x + (y)", 0, r"this parenthesis is never closed\."),
        ("x) + y", 1, r"this parenthesis closes nothing\."),
        ("x, y", 1, r"a comma only stands between a function's arguments\."),
        ("y + min(x)", 4, r"min takes 2 to 8 arguments, not 1\."),
        ("sin(x, y)", 0, r"sin takes one argument, not 2\."),
        ("z = x", 0, r"unknown name 'z'"),
        ("x**2 = 1", 5, r"'=' is not part of this grammar; type only what f\(x, y\) is equal to\."),
        ("x²", 1, r"'²' is not part of this grammar; write \*\*2\."),
        ("x**101", 3, r"exponents go up to 100\."),
        ("x + 1/0", 4, r"this is inf, not a finite number\."),
        ("y*log(-1)", 2, r"this is nan, not a finite number\."),
        ("x + 1e999", 4, r"this number is too large\."),
        ("  ", 0, r"nothing there yet; type a function of x and y"),
    ],
)
def test_error_points_at_its_place_and_says_what_to_do(text, position, words):
    with pytest.raises(ExpressionError, match=words) as caught:
        surface_from_expression(text)
    assert caught.value.position == position
    assert caught.value.text == text
    if text.strip():
        _, excerpt, caret = str(caught.value).splitlines()
        assert excerpt == f"  {text}"
        assert caret == f"  {' ' * position}^"


def test_error_in_a_long_text_shows_only_its_neighborhood():
    with pytest.raises(ExpressionError) as caught:
        surface_from_expression("x + " * 50 + "q + " + "x + " * 50 + "1")
    _, excerpt, caret = str(caught.value).splitlines()
    assert len(excerpt) < 70
    assert excerpt[caret.index("^")] == "q"


ATTACKS = [
    "__import__('os').system('id')",
    "().__class__.__bases__[0].__subclasses__()",
    "x.__class__",
    "x.real",
    "(lambda: 0)()",
    "lambda x: x",
    "[x for x in (1,2)]",
    "{x: y}",
    "x if y else 1",
    "x and y",
    "not x",
    "x == y",
    "x < y",
    "x // y",
    "x % y",
    "x @ y",
    "x | y",
    "~x",
    "x[0]",
    "x := 1",
    "f'{x}'",
    "'x' * 10",
    "exec(x)",
    "eval(x)",
    "open(x)",
    "print(x)",
    "torch.load(x)",
    "globals()",
    "sin(x=1)",
    "sin(*x)",
    "sin(**x)",
    "sin.x",
    "sin(sin)(x)",
    "await x",
    "yield x",
    "import os",
    "x; y",
    "x\ny",
    "x # y",
    "x \\\n+ y",
    "9**9**9",
    "9**9**9**9**9",
    "x**1e9",
    "(((9**99)**99)**99)",
    "1e400",
    "9" * 400,
    "1j*x",
    "0x10",
    "0b1",
    "1_000",
    "True",
    "None",
    "...",
    "(" * 499,
    "(" * 200 + "x" + ")" * 200,
    "-" * 499 + "x",
    "-" * 300 + "x",
    "**".join("x" * 160),
    "+".join("x" * 240),
    "sin(" * 100 + "x" + ")" * 100,
    "x" * 1_000_000,
    "(" * 1_000_000,
    "x+" * 600_000 + "x",
    "\x00",
    "x\x00",
    "\ud800",
    "ｘ",
    "x＋y",
    "х",  # Cyrillic
    "٣",  # Arabic digit three
    "x\u200b",
    "\u202ex",
    "𝐱",
    "∞",
    "x\ufeff",
    "",
    "\t\n",
    None,
    3,
    b"x",
    ["x"],
    object(),
]


@pytest.mark.parametrize(
    "text", ATTACKS, ids=lambda text: repr(text)[:30].encode("ascii", "replace").decode()
)
def test_attack_is_an_expression_error_in_no_time(text):
    began = time.thread_time()
    with pytest.raises(ExpressionError) as caught:
        surface_from_expression(text)
    assert time.thread_time() - began < 0.05
    assert isinstance(caught.value, ValueError)
    assert len(str(caught.value)) < 500


def test_text_is_parsed_but_never_run():
    seen, listening = set(), True
    sys.addaudithook(lambda event, _: seen.add(event) if listening else None)
    for text in [*ATTACKS, *TYPED]:
        with contextlib.suppress(ExpressionError):
            surface_from_expression(text).gradient([0.3, 0.7])
    listening = False
    assert seen <= {
        "compile"
    }  # how Python names the making of a syntax tree, too; running code would be "exec"


@given(st.text(max_size=40) | st.text(alphabet="xysincolgep0123456789.+-*/^(), ", max_size=40))
@settings(max_examples=600)
def test_any_text_is_a_surface_or_an_expression_error(text):
    try:
        surface = surface_from_expression(text)
    except ExpressionError as error:
        place = error.position
    else:
        place = 0
        assert surface(POINTS).shape == (3,)
        assert surface.gradient(POINTS).shape == (3, 2)
    assert 0 <= place <= len(text)


_LEAVES = st.sampled_from(["x", "y", "pi", "e", "2", "0.5", "3.25"])
_EXPRESSIONS = st.recursive(
    _LEAVES,
    lambda inner: st.one_of(
        st.tuples(inner, st.sampled_from([" + ", "-", "*", " / "]), inner).map("".join),
        inner.map("({})".format),
        inner.map("-{}".format),
        inner.map("({})**2".format),
        st.tuples(st.sampled_from(["sin", "cos", "tanh", "atan"]), inner).map("{0[0]}({0[1]})".format),
        st.tuples(inner, inner).map("max({0[0]}, {0[1]})".format),
    ),
    max_leaves=8,
)


@given(_EXPRESSIONS)
@settings(max_examples=300)
def test_expression_means_what_python_means_by_it(text):
    x, y = 0.7, -1.3
    names = {name: getattr(math, name) for name in ("sin", "cos", "tanh", "atan", "pi", "e")}
    try:
        expected = eval(text, {"__builtins__": {}, "max": max, "x": x, "y": y, **names})
        surface = surface_from_expression(text)
    except (ZeroDivisionError, OverflowError, ExpressionError):
        return
    assert float(surface([x, y])) == pytest.approx(expected, rel=1e-9, abs=1e-9)


def test_limits_are_just_where_they_are_said_to_be():
    assert surface_from_expression("x**100")([1, 0]) == 1
    assert surface_from_expression("x".ljust(MAX_LENGTH))([4, 0]) == 4
    with pytest.raises(ExpressionError, match=r"501 characters are too many; at most 500 are allowed\."):
        surface_from_expression("x".ljust(MAX_LENGTH + 1))
    assert surface_from_expression("+".join("x" * 101))([1, 0]) == 101
    with pytest.raises(ExpressionError, match=r"more than 100 operations inside each other\."):
        surface_from_expression("+".join("x" * 102))


def test_default_start_is_where_the_surface_has_a_slope():
    assert surface_from_expression("x + y", bounds=((0, 10), (-5, 5))).start == pytest.approx((8, 2))
    x, y = surface_from_expression("log(-x) + sqrt(-y)").start
    assert max(x, y) < 0
    assert surface_from_expression("x", start=(1, -2)).start == (1, -2)


def test_window_and_start_are_checked():
    with pytest.raises(SpecError, match=r"bounds: .* is empty; give each low below its high"):
        surface_from_expression("x", bounds=((1, 1), (0, 1)))
    with pytest.raises(SpecError, match=r"bounds: 3 is not \(\(x low, x high\), \(y low, y high\)\)"):
        surface_from_expression("x", bounds=3)
    with pytest.raises(SpecError, match=r"start: \(nan, 1\) is not allowed"):
        surface_from_expression("x", start=(float("nan"), 1))
