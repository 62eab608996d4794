"""Where the weights start: torch.nn.init with an explicit generator, and the variance each choice stands for."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.tables.later import Later
from engine.tables.option import Choice, Number
from engine.tables.registry import Entry, Registry
from engine.tables.wording import Sentence

if TYPE_CHECKING:
    from torch import Generator, Tensor, no_grad
    from torch.nn import init
else:
    no_grad, init = Later("torch.no_grad"), Later("torch.nn.init")

TRUNCATED_STD = 0.87962566103423978
"""Standard deviation of a standard normal number that is redrawn until it lies within (-2, 2)."""


@dataclass(frozen=True, kw_only=True)
class Initializer(Entry):
    """A law for the weights W, shape [fan_out, fan_in]. The functions below take complete options as keywords.

    draw(weight, generator, **options) fills in place; variance(fan_in, fan_out, **options) is Var W;
    law(fan_in, fan_out, **options) says it in words; lines(**options) are those of a script that draws the same into
    `weight`. Biases are 0, except where `draw_bias` is given, and `bias_lines` beside it.
    """

    draw: Callable[..., Any]
    variance: Callable[..., float]
    law: Callable[..., str]
    lines: Callable[..., str]
    bias_lines: str = "nn.init.zeros_(bias)"
    mean: Callable[..., float] = lambda **_: 0.0
    draw_bias: Callable[..., Any] = lambda bias, *_: init.zeros_(bias)
    variance_of_bias: Callable[[int], float] = lambda _: 0.0

    def fill(self, weight: Tensor, bias: Tensor | None, generator: Generator, **options: Any) -> None:
        """Draw weight [fan_out, fan_in] and bias [fan_out] in place. Same generator state, same numbers."""
        full = self.complete(options)
        with no_grad():
            self.draw(weight, generator, **full)
            if bias is not None:
                self.draw_bias(bias, generator, weight.shape[1])

    def weight_variance(self, fan_in: int, fan_out: int, **options: Any) -> float:
        """Var W of one weight, about `weight_mean`."""
        return self.variance(fan_in, fan_out, **self.complete(options))

    def weight_mean(self, **options: Any) -> float:
        """E W of one weight: 0, except for constant weights and for a lopsided uniform law."""
        return self.mean(**self.complete(options))

    def bias_variance(self, fan_in: int, **options: Any) -> float:
        """Var b of one bias: 0, except for PyTorch's own default."""
        self.complete(options)
        return self.variance_of_bias(fan_in)

    def code(self, **options: Any) -> str:
        """Lines of Python that do what `fill` does, of `weight`, `bias`, `generator`, torch's `nn` and `math`."""
        return f"{self.lines(**self.complete(options))}\n{self.bias_lines}"

    def distribution(self, fan_in: int, fan_out: int, **options: Any) -> str:
        """What a weight is drawn from, in words: "N(0, 0.1²)"."""
        return self.law(fan_in, fan_out, **self.complete(options))


def _line(template: str) -> Callable[..., str]:
    return lambda **options: f"nn.init.{template.format(**options)}"


def _number(value: float) -> str:
    return f"{value:.3g}"


def _normal(variance: Callable[..., float]) -> dict[str, Any]:
    return {
        "variance": variance,
        "law": lambda *fans, **o: f"N(0, {_number(math.sqrt(variance(*fans, **o)))}²)",
    }


def _uniform(variance: Callable[..., float]) -> dict[str, Any]:
    return {"variance": variance, "law": lambda *fans, **o: _between(math.sqrt(3 * variance(*fans, **o)))}


def _between(bound: float) -> str:
    return f"U(-{_number(bound)}, {_number(bound)})"


def _glorot(fan_in: int, fan_out: int, gain: float) -> float:
    return gain**2 * 2 / (fan_in + fan_out)


def _he(fan_in: int, fan_out: int, a: float, mode: str) -> float:
    return 2 / (1 + a**2) / _fan(fan_in, fan_out, mode)


def _lecun(fan_in: int, fan_out: int) -> float:
    return 1 / fan_in


def _scaled(fan_in: int, fan_out: int, scale: float, mode: str, **_: Any) -> float:
    return scale / _fan(fan_in, fan_out, mode)


def _fan(fan_in: int, fan_out: int, mode: str) -> float:
    return {"fan_in": fan_in, "fan_out": fan_out, "fan_avg": (fan_in + fan_out) / 2}[mode]


def _draw_scaled(weight: Tensor, generator: Generator, scale: float, mode: str, distribution: str) -> None:
    fan_out, fan_in = weight.shape
    std = math.sqrt(_scaled(fan_in, fan_out, scale, mode))
    if distribution == "normal":
        init.normal_(weight, 0, std, generator)
    elif distribution == "uniform":
        init.uniform_(weight, -math.sqrt(3) * std, math.sqrt(3) * std, generator)
    else:
        wide = std / TRUNCATED_STD
        init.trunc_normal_(weight, 0, wide, -2 * wide, 2 * wide, generator)


def _lines_scaled(scale: float, mode: str, distribution: str) -> str:
    fan = {"fan_in": "fan_in", "fan_out": "fan_out", "fan_avg": "((fan_in + fan_out) / 2)"}[mode]
    draw = {
        "normal": "normal_(weight, 0, std, generator)",
        "uniform": "uniform_(weight, -math.sqrt(3) * std, math.sqrt(3) * std, generator)",
        "truncated_normal": f"trunc_normal_(weight, 0, std / {TRUNCATED_STD}, -2 * std / {TRUNCATED_STD}, "
        f"2 * std / {TRUNCATED_STD}, generator)",
    }[distribution]
    return f"fan_out, fan_in = weight.shape\nstd = math.sqrt({scale!r} / {fan})\nnn.init.{draw}"


def _law_scaled(fan_in: int, fan_out: int, distribution: str, **options: Any) -> str:
    std = math.sqrt(_scaled(fan_in, fan_out, **options))
    if distribution == "uniform":
        return _between(math.sqrt(3) * std)
    if distribution == "normal":
        return f"N(0, {_number(std)}²)"
    wide = std / TRUNCATED_STD
    return Sentence("{law} within ±{most}", law=f"N(0, {_number(wide)}²)", most=_number(2 * wide))


def _ordered(options: dict[str, Any]) -> Sentence | None:
    if options["low"] > options["high"]:
        return Sentence("low {low:g} is above high {high:g}; give low <= high.", **options)
    return None


_GAIN = Number(
    "gain", 1.0, 0.0, 100.0, words="Factor on every weight; 1 keeps the variance of a linear layer."
)
_HE = (
    Number("a", 0.0, -10.0, 10.0, words="Slope of the negative side of the leaky ReLU that follows; 0 for a ReLU."),
    Choice(
        "mode", "fan_in", choices=("fan_in", "fan_out"),
        words="fan_in keeps the variance of the activations, fan_out that of the gradients.",
    ),
)  # fmt: skip

INITIALIZERS: Registry[Initializer] = Registry(
    "initializer",
    (
        Initializer(
            name="zeros",
            label="Zeros",
            formula=r"W = 0",
            words="All weights 0: no signal passes, and all units of a layer stay equal.",
            source="The textbook mistake: symmetry is never broken",
            draw=lambda w, g: init.zeros_(w),
            lines=_line("zeros_(weight)"),
            variance=lambda fan_in, fan_out: 0.0,
            law=lambda fan_in, fan_out: Sentence("{value} everywhere", value="0"),
        ),
        Initializer(
            name="constant",
            label="Constant",
            formula=r"W = c",
            words="All weights equal: the units of a layer compute the same thing and get the same gradient, forever.",
            source="The textbook mistake: symmetry is never broken",
            options=(Number("value", 0.1, -100.0, 100.0, words="The value c of every weight."),),
            draw=lambda w, g, value: init.constant_(w, value),
            lines=_line("constant_(weight, {value!r})"),
            variance=lambda fan_in, fan_out, value: 0.0,
            mean=lambda value: value,
            law=lambda fan_in, fan_out, value: Sentence("{value} everywhere", value=_number(value)),
        ),
        Initializer(
            name="normal",
            label="Normal",
            formula=r"W \sim \mathcal N(0, \sigma^2)",
            words="One width for all layers, whatever their size; with std 1 this is the naive start.",
            source="Common practice before Glorot and Bengio, 2010",
            options=(Number("std", 1.0, 0.0, 100.0, words="Standard deviation of every weight.", log=True),),
            draw=lambda w, g, std: init.normal_(w, 0, std, g),
            lines=_line("normal_(weight, 0, {std!r}, generator)"),
            **_normal(lambda fan_in, fan_out, std: std**2),
        ),
        Initializer(
            name="uniform",
            label="Uniform",
            formula=r"W \sim U(\text{low}, \text{high})",
            words="One range for all layers, whatever their size; -1 to 1 is the naive start.",
            source="Common practice before Glorot and Bengio, 2010",
            options=(
                Number("low", -1.0, -100.0, 100.0, words="Smallest weight."),
                Number("high", 1.0, -100.0, 100.0, words="Largest weight."),
            ),
            rule=_ordered,
            draw=lambda w, g, low, high: init.uniform_(w, low, high, g),
            lines=_line("uniform_(weight, {low!r}, {high!r}, generator)"),
            variance=lambda fan_in, fan_out, low, high: (high - low) ** 2 / 12,
            mean=lambda low, high: (low + high) / 2,
            law=lambda fan_in, fan_out, low, high: f"U({_number(low)}, {_number(high)})",
        ),
        Initializer(
            name="glorot_normal",
            label="Glorot normal (Xavier)",
            formula=r"W \sim \mathcal N\left(0,\ \frac{2\,\text{gain}^2}{n_\text{in} + n_\text{out}}\right)",
            words="A compromise that keeps activations and gradients nearly level in a linear or tanh net.",
            source="Glorot and Bengio, 2010",
            options=(_GAIN,),
            draw=lambda w, g, gain: init.xavier_normal_(w, gain, g),
            lines=_line("xavier_normal_(weight, {gain!r}, generator)"),
            **_normal(_glorot),
        ),
        Initializer(
            name="glorot_uniform",
            label="Glorot uniform (Xavier)",
            formula=r"W \sim U(-r, r), \quad r = \text{gain} \sqrt{\frac{6}{n_\text{in} + n_\text{out}}}",
            words="Glorot's variance, drawn evenly from a range.",
            source="Glorot and Bengio, 2010",
            options=(_GAIN,),
            draw=lambda w, g, gain: init.xavier_uniform_(w, gain, g),
            lines=_line("xavier_uniform_(weight, {gain!r}, generator)"),
            **_uniform(_glorot),
        ),
        Initializer(
            name="he_normal",
            label="He normal (Kaiming)",
            formula=r"W \sim \mathcal N\left(0,\ \frac{2}{(1 + a^2)\,n}\right),"
            r"\quad n = n_\text{in} \text{ or } n_\text{out}",
            words="Twice LeCun's variance, which makes up for the half of the signal that a ReLU blocks.",
            source="He, Zhang, Ren and Sun, 2015",
            options=_HE,
            draw=lambda w, g, a, mode: init.kaiming_normal_(w, a, mode, "leaky_relu", g),
            lines=_line("kaiming_normal_(weight, {a!r}, {mode!r}, 'leaky_relu', generator)"),
            **_normal(_he),
        ),
        Initializer(
            name="he_uniform",
            label="He uniform (Kaiming)",
            formula=r"W \sim U(-r, r), \quad r = \sqrt{\frac{6}{(1 + a^2)\,n}},"
            r"\quad n = n_\text{in} \text{ or } n_\text{out}",
            words="He's variance, drawn evenly from a range.",
            source="He, Zhang, Ren and Sun, 2015",
            options=_HE,
            draw=lambda w, g, a, mode: init.kaiming_uniform_(w, a, mode, "leaky_relu", g),
            lines=_line("kaiming_uniform_(weight, {a!r}, {mode!r}, 'leaky_relu', generator)"),
            **_uniform(_he),
        ),
        Initializer(
            name="lecun_normal",
            label="LeCun normal",
            formula=r"W \sim \mathcal N\left(0,\ \frac{1}{n_\text{in}}\right)",
            words="Keeps the variance of the activations level in a linear net; the start that SELU asks for.",
            source="LeCun, Bottou, Orr and Müller, 1998",
            draw=lambda w, g: init.kaiming_normal_(w, nonlinearity="linear", generator=g),
            lines=_line("kaiming_normal_(weight, nonlinearity='linear', generator=generator)"),
            **_normal(_lecun),
        ),
        Initializer(
            name="lecun_uniform",
            label="LeCun uniform",
            formula=r"W \sim U(-r, r), \quad r = \sqrt{\frac{3}{n_\text{in}}}",
            words="LeCun's variance, drawn evenly from a range.",
            source="LeCun, Bottou, Orr and Müller, 1998",
            draw=lambda w, g: init.kaiming_uniform_(w, nonlinearity="linear", generator=g),
            lines=_line("kaiming_uniform_(weight, nonlinearity='linear', generator=generator)"),
            **_uniform(_lecun),
        ),
        Initializer(
            name="orthogonal",
            label="Orthogonal",
            formula=r"W W^\top = \text{gain}^2 I \quad (\text{or } W^\top W = \text{gain}^2 I)",
            words="A random rotation: between layers of one width it keeps every length, times the gain.",
            source="Saxe, McClelland and Ganguli, 2014",
            options=(_GAIN,),
            draw=lambda w, g, gain: init.orthogonal_(w, gain, g),
            lines=_line("orthogonal_(weight, {gain!r}, generator)"),
            variance=lambda fan_in, fan_out, gain: gain**2 / max(fan_in, fan_out),
            law=lambda *_, gain: Sentence("a random orthogonal matrix, times {gain}", gain=_number(gain)),
        ),
        Initializer(
            name="torch_default",
            label="PyTorch's default",
            formula=r"W, b \sim U(-r, r), \quad r = \frac{1}{\sqrt{n_\text{in}}}",
            words="What nn.Linear does by itself: a third of LeCun's variance, and biases drawn from the same range.",
            source="torch.nn.Linear; LeCun, Bottou, Orr and Müller, 1998",
            draw=lambda w, g: init.kaiming_uniform_(w, a=math.sqrt(5), generator=g),
            draw_bias=lambda b, g, fan_in: init.uniform_(b, -1 / math.sqrt(fan_in), 1 / math.sqrt(fan_in), g),
            lines=_line("kaiming_uniform_(weight, a=math.sqrt(5), generator=generator)"),
            bias_lines="bound = 1 / math.sqrt(weight.shape[1])\nnn.init.uniform_(bias, -bound, bound, generator)",
            variance_of_bias=lambda fan_in: 1 / (3 * fan_in),
            variance=lambda fan_in, fan_out: 1 / (3 * fan_in),
            law=lambda fan_in, fan_out: Sentence("{law}, biases too", law=_between(1 / math.sqrt(fan_in))),
        ),
        Initializer(
            name="variance_scaling",
            label="Variance scaling",
            formula=r"\operatorname{Var} W = \frac{\text{scale}}{n},"
            r"\quad n = n_\text{in},\ n_\text{out} \text{ or } \tfrac{1}{2} (n_\text{in} + n_\text{out})",
            words="The family behind LeCun (1, fan_in), He (2, fan_in) and Glorot (1, fan_avg).",
            source="Keras, VarianceScaling",
            options=(
                Number(
                    "scale",
                    1.0,
                    0.0,
                    1e4,
                    words="Variance of a weight times its fan.",
                    log=True,
                    open_low=True,
                ),
                Choice(
                    "mode",
                    "fan_in",
                    choices=("fan_in", "fan_out", "fan_avg"),
                    words="Which fan.",
                ),
                Choice(
                    "distribution",
                    "truncated_normal",
                    choices=("normal", "uniform", "truncated_normal"),
                    words="truncated_normal: cut off at two standard deviations, and widened to the right variance.",
                ),
            ),
            draw=_draw_scaled,
            lines=_lines_scaled,
            variance=_scaled,
            law=_law_scaled,
        ),
    ),
)
"""name -> Initializer."""
