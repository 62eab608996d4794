"""The activation functions: torch.nn modules with their formulas, and where each of them is saturated."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from engine.tables.later import Later
from engine.tables.option import Choice, Number, Whole
from engine.tables.registry import Entry, Registry
from engine.tables.wording import Sentence

if TYPE_CHECKING:
    from torch import nn
else:
    nn = Later("torch.nn")

Maxout = Later("engine.nets.maxout.Maxout")
saturation_of = Later("engine.nets.saturation.saturation_of")


@dataclass(frozen=True, kw_only=True)
class Activation(Entry):
    """An activation function phi; `make` builds its module from complete options.

    random: whether it draws numbers in training. linear: whether it is a linear map whatever its options. law: which
    of the laws in engine/theory/laws.py its values over Gaussian inputs follow. drawn: the line of torch that draws the
    weights of a `layer` before it.
    """

    make: Callable[..., nn.Module]
    random: bool = False
    linear: bool = False
    law: str = "elementwise"
    drawn: str = "nn.init.kaiming_normal_(layer.weight)"

    def build(self, **options: Any) -> nn.Module:
        """A fresh module, elementwise, except maxout: [batch, pieces * width] -> [batch, width]."""
        return self.make(**self.complete(options))

    @property
    def elementwise(self) -> bool:
        """Whether one unit is one linear map and phi of it; else it gathers several."""
        return all(option.name != "pieces" for option in self.options)

    def pieces(self, options: Mapping[str, Any] | None = None) -> int:
        """How many linear maps one unit needs: 1, except for maxout."""
        return self.complete(options).get("pieces", 1)

    def saturation(self, options: Mapping[str, Any] | None = None) -> tuple[float, float]:
        """(low, high): an output counts as saturated when the activation's input u <= low or u >= high.

        There the slope has fallen, for good, to `FLAT` of its steepest. -inf, inf: it never does on that side.
        A slope that is learned, or that stays above zero, does not saturate.
        """
        return saturation_of(self.build(**(options or {})))


def _ordered(options: Mapping[str, float]) -> Sentence | None:
    if options["lower"] > options["upper"]:
        return Sentence("lower {lower:g} is above upper {upper:g}; give lower <= upper.", **options)
    return None


ACTIVATIONS: Registry[Activation] = Registry(
    "activation",
    (
        Activation(
            name="linear",
            label="Linear",
            formula=r"\phi(z) = z",
            words="No activation at all: any stack of layers is one linear map.",
            source="The identity",
            make=nn.Identity,
            linear=True,
        ),
        Activation(
            name="sigmoid",
            label="Sigmoid (logistic)",
            formula=r"\phi(z) = \frac{1}{1 + e^{-z}}",
            words="Squashes to (0, 1); with slopes of at most 1/4, deep stacks lose the gradient.",
            source="Rumelhart, Hinton and Williams, 1986",
            make=nn.Sigmoid,
            drawn="nn.init.xavier_normal_(layer.weight)",
        ),
        Activation(
            name="tanh",
            label="Tanh",
            formula=r"\phi(z) = \tanh z",
            words="Squashes to (-1, 1) around zero, with slope 1 there; flat on both sides.",
            source="LeCun, Bottou, Orr and Müller, 1998",
            make=nn.Tanh,
            drawn="nn.init.xavier_normal_(layer.weight)",
        ),
        Activation(
            name="relu",
            label="ReLU",
            formula=r"\phi(z) = \max(0, z)",
            words="Passes what is positive and blocks the rest; a unit that is never positive is dead.",
            source="Nair and Hinton, 2010",
            make=nn.ReLU,
        ),
        Activation(
            name="leaky_relu",
            label="Leaky ReLU",
            formula=r"\phi(z) = \max(0, z) + a \min(0, z)",
            words="A ReLU whose negative side leaks, so that no unit can die.",
            source="Maas, Hannun and Ng, 2013",
            options=(Number("negative_slope", 0.01, -10.0, 10.0, words="Slope a of the negative side."),),
            make=nn.LeakyReLU,
        ),
        Activation(
            name="rrelu",
            label="Randomized leaky ReLU",
            formula=r"\phi(z) = \max(0, z) + a \min(0, z), \quad a \sim U(l, u)",
            words="A leaky ReLU whose leak is random in training, anew for each value, and (l + u)/2 in tests.",
            source="Xu, Wang, Chen and Li, 2015",
            options=(
                Number("lower", 1 / 8, -10.0, 10.0, words="Smallest slope l of the negative side."),
                Number("upper", 1 / 3, -10.0, 10.0, words="Largest slope u of the negative side."),
            ),
            rule=_ordered,
            make=nn.RReLU,
            random=True,
            law="random slope",
        ),
        Activation(
            name="prelu",
            label="Parametric ReLU",
            formula=r"\phi(z) = \max(0, z) + a \min(0, z), \quad \text{$a$ learned}",
            words="A leaky ReLU that learns its leak, one number for each layer.",
            source="He, Zhang, Ren and Sun, 2015",
            options=(Number("init", 0.25, -10.0, 10.0, words="Slope a of the negative side at the start."),),
            make=nn.PReLU,
        ),
        Activation(
            name="elu",
            label="ELU",
            formula=r"\phi(z) = \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & z \le 0 \end{cases}",
            words="Smooth towards -alpha on the negative side, which brings the mean of the outputs near zero.",
            source="Clevert, Unterthiner and Hochreiter, 2016",
            options=(Number("alpha", 1.0, 0.0, 10.0, words="The value -alpha is the floor."),),
            make=nn.ELU,
        ),
        Activation(
            name="selu",
            label="SELU",
            formula=r"\phi(z) = \lambda \begin{cases} z & z > 0 \\ \alpha (e^z - 1) & z \le 0 \end{cases}"
            r"\quad \lambda \approx 1.0507,\ \alpha \approx 1.6733",
            words="An ELU scaled so that, with LeCun weights, outputs keep mean 0 and variance 1 from layer to layer.",
            source="Klambauer, Unterthiner, Mayr and Hochreiter, 2017",
            make=nn.SELU,
            drawn='nn.init.kaiming_normal_(layer.weight, nonlinearity="linear")',
        ),
        Activation(
            name="gelu",
            label="GELU",
            formula=r"\phi(z) = z\,\Phi(z) = \frac{z}{2}\left(1 + \operatorname{erf}\frac{z}{\sqrt 2}\right)",
            words="Weighs each value by the chance that a standard normal number lies below it.",
            source="Hendrycks and Gimpel, 2016",
            options=(
                Choice(
                    "approximate",
                    "none",
                    choices=("none", "tanh"),
                    words="none: with erf, exactly; tanh: the cheaper approximation.",
                ),
            ),
            make=nn.GELU,
        ),
        Activation(
            name="silu",
            label="SiLU (swish)",
            formula=r"\phi(z) = z\,\sigma(z) = \frac{z}{1 + e^{-z}}",
            words="Weighs each value by its own sigmoid: smooth, slightly negative below zero.",
            source="Elfwing, Uchibe and Doya, 2017; Ramachandran, Zoph and Le, 2017",
            make=nn.SiLU,
        ),
        Activation(
            name="softplus",
            label="Softplus",
            formula=r"\phi(z) = \frac{1}{\beta} \ln\left(1 + e^{\beta z}\right)",
            words="A smooth ReLU that is positive everywhere; its slope is a sigmoid.",
            source="Dugas, Bengio, Bélisle, Nadeau and Garcia, 2001",
            options=(
                Number(
                    "beta", 1.0, 0.01, 100.0, words="Sharpness: large values approach the ReLU.", log=True
                ),
                Number("threshold", 20.0, 0.0, 1000.0, words="Where beta z is above it, phi(z) = z is used."),
            ),
            make=nn.Softplus,
        ),
        Activation(
            name="softsign",
            label="Softsign",
            formula=r"\phi(z) = \frac{z}{1 + |z|}",
            words="Squashes to (-1, 1) like tanh, but flattens slowly, so it saturates later.",
            source="Bergstra, Desjardins, Lamblin and Bengio, 2009",
            make=nn.Softsign,
        ),
        Activation(
            name="mish",
            label="Mish",
            formula=r"\phi(z) = z \tanh\left(\ln(1 + e^z)\right)",
            words="Smooth and slightly negative below zero, much like SiLU.",
            source="Misra, 2019",
            make=nn.Mish,
        ),
        Activation(
            name="maxout",
            label="Maxout",
            formula=r"\phi(z_1, \dots, z_k) = \max_k z_k",
            words="Each unit is the largest of k linear maps, so it learns its own activation and never saturates.",
            source="Goodfellow, Warde-Farley, Mirza, Courville and Bengio, 2013",
            options=(Whole("pieces", 2, 1, 16, words="Linear maps k for each unit."),),
            make=Maxout,
            law="largest",
        ),
    ),
)
"""name -> Activation."""
