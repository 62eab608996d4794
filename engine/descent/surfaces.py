"""The table of loss surfaces: where optimizers race.

A surface is one formula and one entry. The formulas' powers stop at 3: torch's kernels for higher ones round
differently in a batch and alone, and a race must give each start the path it has alone.
"""

from __future__ import annotations

from math import e, pi
from typing import TYPE_CHECKING

from engine.descent.surface import Bounds, Surface
from engine.tables.later import Later
from engine.tables.option import Number
from engine.tables.registry import Registry

if TYPE_CHECKING:
    import torch
    from torch import Tensor
else:
    torch = Later("torch")  # the server shows this table and computes nothing


def ackley(x: Tensor, y: Tensor) -> Tensor:
    waves = (torch.cos(2 * pi * x) + torch.cos(2 * pi * y)) / 2
    return -20 * torch.exp(-_root((x**2 + y**2) / 2) / 5) - torch.exp(waves) + e + 20


def _root(s: Tensor) -> Tensor:
    """sqrt(s) with derivatives 0, not infinite, where s is 0 (or too small to matter): a tip has a curvature too."""
    flat = s < torch.finfo(s.dtype).tiny ** 0.5
    return torch.where(flat, 0, torch.sqrt(torch.where(flat, 1, s)))


def goldstein_price(x: Tensor, y: Tensor) -> Tensor:
    a = 1 + (x + y + 1) ** 2 * (19 - 14 * x + 3 * x**2 - 14 * y + 6 * x * y + 3 * y**2)
    b = 30 + (2 * x - 3 * y) ** 2 * (18 - 32 * x + 12 * x**2 + 48 * y - 36 * x * y + 27 * y**2)
    return a * b


def levy13(x: Tensor, y: Tensor) -> Tensor:
    wave_x, wave_y, end = (torch.sin(k * pi * t) ** 2 for k, t in ((3, x), (3, y), (2, y)))
    return wave_x + (x - 1) ** 2 * (1 + wave_y) + (y - 1) ** 2 * (1 + end)


def branin(x: Tensor, y: Tensor) -> Tensor:
    valley = y - 5.1 / (4 * pi**2) * x**2 + 5 / pi * x - 6
    return valley**2 + 10 * (1 - 1 / (8 * pi)) * torch.cos(x) + 10


def _square(low: float, high: float) -> Bounds:
    return ((low, high), (low, high))


_CONDITION = "largest over smallest curvature: how many times steeper across than along"

SURFACES: Registry[Surface] = Registry(
    "surface",
    (
        Surface(
            name="bowl",
            label="Elongated bowl",
            fn=lambda x, y, condition: (x**2 + condition * y**2) / 2,
            formula=r"\tfrac{1}{2}\left(x^2 + \kappa\, y^2\right)",
            words="Steeper one way than the other: above half of its stable rate plain gradient descent zigzags "
            "across; below, it slides to the floor and creeps along.",
            source="the quadratic model; curvatures 1 and kappa along the axes",
            bounds=_square(-2, 2),
            start=(1.8, 1.0),
            minima=((0, 0),),
            options=(Number("condition", 10.0, 1.0, 10_000.0, words=_CONDITION, log=True),),
        ),
        Surface(
            name="ravine",
            label="Narrow ravine",
            fn=lambda x, y, condition: ((x + y) ** 2 + condition * (x - y) ** 2) / 4,
            formula=r"\tfrac{1}{4}\left((x + y)^2 + \kappa\,(x - y)^2\right)",
            words="A bowl turned by 45 degrees: Adam's scale for each coordinate cannot straighten it.",
            source="the quadratic model; curvatures 1 and kappa along the diagonals",
            bounds=_square(-2, 2),
            start=(-1.7, -1.1),
            minima=((0, 0),),
            options=(Number("condition", 100.0, 1.0, 10_000.0, words=_CONDITION, log=True),),
        ),
        Surface(
            name="saddle",
            label="Saddle",
            fn=lambda x, y: x**2 - y**2,
            formula=r"x^2 - y^2",
            words="Down one way, up the other, and no bottom: from 0.001 off the ridge, who escapes first?",
            source="the hyperbolic paraboloid",
            bounds=_square(-2, 2),
            start=(1.0, 1e-3),
        ),
        Surface(
            name="monkey_saddle",
            label="Monkey saddle",
            fn=lambda x, y: x**3 - 3 * x * y**2,
            formula=r"x^3 - 3 x y^2",
            words="A saddle for two legs and a tail: at the origin the Hessian is zero and says nothing.",
            source="Hilbert and Cohn-Vossen, 1932",
            bounds=_square(-2, 2),
            start=(1.4, 0.02),
        ),
        Surface(
            name="plateau",
            label="Plateau",
            fn=lambda x, y: torch.tanh(x / 2) ** 2 + y**2 / 10,
            formula=r"\tanh^2\!\left(\tfrac{x}{2}\right) + \tfrac{1}{10}\, y^2",
            words="Saturates like tanh: far out the gradient along x vanishes, and only rescaled steps move.",
            source="a saturating unit's squared error",
            bounds=_square(-10, 10),
            start=(7.0, 6.0),
            minima=((0, 0),),
        ),
        Surface(
            name="rosenbrock",
            label="Rosenbrock",
            fn=lambda x, y: (1 - x) ** 2 + 100 * (y - x**2) ** 2,
            formula=r"(1 - x)^2 + 100\left(y - x^2\right)^2",
            words="A curved, flat-bottomed valley: finding it is easy, following it to the minimum is not.",
            source="Rosenbrock, 1960",
            bounds=((-2, 2), (-1, 3)),
            start=(-1.2, 1.0),
            minima=((1, 1),),
        ),
        Surface(
            name="beale",
            label="Beale",
            fn=lambda x, y: (1.5 - x + x * y) ** 2 + (2.25 - x + x * y**2) ** 2 + (2.625 - x + x * y**3) ** 2,
            formula=r"(1.5 - x + xy)^2 + \left(2.25 - x + xy^2\right)^2 + \left(2.625 - x + xy^3\right)^2",
            words="Flat in the middle, cliffs at the corners: one learning rate must serve both.",
            source="Beale, 1958",
            bounds=_square(-4.5, 4.5),
            start=(1.0, 1.5),
            minima=((3, 0.5),),
        ),
        Surface(
            name="himmelblau",
            label="Himmelblau",
            fn=lambda x, y: (x**2 + y - 11) ** 2 + (x + y**2 - 7) ** 2,
            formula=r"\left(x^2 + y - 11\right)^2 + \left(x + y^2 - 7\right)^2",
            words="Four equal minima around a hill: the path near the top decides which.",
            source="Himmelblau, 1972",
            bounds=_square(-5, 5),
            start=(-0.2, -1.0),
            minima=(
                (3, 2),
                (-2.805118086952745, 3.131312518250573),
                (-3.779310253377747, -3.283185991286170),
                (3.584428340330492, -1.848126526964404),
            ),
        ),
        Surface(
            name="rastrigin",
            label="Rastrigin",
            fn=lambda x, y: 20 + x**2 + y**2 - 10 * torch.cos(2 * pi * x) - 10 * torch.cos(2 * pi * y),
            formula=r"20 + x^2 + y^2 - 10\cos 2\pi x - 10\cos 2\pi y",
            words="A bowl with a hundred dimples, each a minimum: every optimizer here is a local one.",
            source="Rastrigin, 1974",
            bounds=_square(-5.12, 5.12),
            start=(2.2, 3.3),
            minima=((0, 0),),
        ),
        Surface(
            name="ackley",
            label="Ackley",
            fn=ackley,
            formula=r"-20 e^{-\frac{1}{5}\sqrt{(x^2 + y^2)/2}} - e^{(\cos 2\pi x + \cos 2\pi y)/2} + e + 20",
            words="A flat rim around a funnel with a sharp tip, where there is no gradient (0 is given).",
            source="Ackley, 1987",
            bounds=_square(-5, 5),
            start=(-2.6, 1.7),
            minima=((0, 0),),
        ),
        Surface(
            name="booth",
            label="Booth",
            fn=lambda x, y: (x + 2 * y - 7) ** 2 + (2 * x + y - 5) ** 2,
            formula=r"(x + 2y - 7)^2 + (2x + y - 5)^2",
            words="A tilted bowl of condition number 9: easy, but not along the axes.",
            source="Booth; Jamil and Yang, 2013",
            bounds=_square(-10, 10),
            start=(-7.0, 6.0),
            minima=((1, 3),),
        ),
        Surface(
            name="matyas",
            label="Matyas",
            fn=lambda x, y: 0.26 * (x**2 + y**2) - 0.48 * x * y,
            formula=r"0.26\left(x^2 + y^2\right) - 0.48\, xy",
            words="A gentle diagonal trough of condition number 25.",
            source="Matyas; Jamil and Yang, 2013",
            bounds=_square(-10, 10),
            start=(-8.0, 4.0),
            minima=((0, 0),),
        ),
        Surface(
            name="styblinski_tang",
            label="Styblinski-Tang",
            fn=lambda x, y: sum((t**2) ** 2 - 16 * t**2 + 5 * t for t in (x, y)) / 2,
            formula=r"\tfrac{1}{2}\left(x^4 - 16x^2 + 5x + y^4 - 16y^2 + 5y\right)",
            words="Four minima of four depths, and the deepest is not the nearest.",
            source="Styblinski and Tang, 1990",
            bounds=_square(-5, 5),
            start=(0.4, 0.9),
            minima=((-2.903534027771178, -2.903534027771178),),
        ),
        Surface(
            name="three_hump_camel",
            label="Three-hump camel",
            fn=lambda x, y: 2 * x**2 - 1.05 * (x**2) ** 2 + (x**3) ** 2 / 6 + x * y + y**2,
            formula=r"2x^2 - 1.05x^4 + \tfrac{1}{6}x^6 + xy + y^2",
            words="Three minima in a row; only the middle one is global.",
            source="Branin, 1972",
            bounds=_square(-2.5, 2.5),
            start=(2.2, 1.6),
            minima=((0, 0),),
        ),
        Surface(
            name="six_hump_camel",
            label="Six-hump camel",
            fn=lambda x, y: (4 - 2.1 * x**2 + (x**2) ** 2 / 3) * x**2 + x * y + (4 * y**2 - 4) * y**2,
            formula=r"\left(4 - 2.1x^2 + \tfrac{1}{3}x^4\right)x^2 + xy + \left(4y^2 - 4\right)y^2",
            words="Six minima in mirror pairs; two are global.",
            source="Dixon and Szego, 1978",
            bounds=((-3, 3), (-2, 2)),
            start=(-1.1, -1.3),
            minima=((0.08984201310031806, -0.7126564030207396), (-0.08984201310031806, 0.7126564030207396)),
        ),
        Surface(
            name="goldstein_price",
            label="Goldstein-Price",
            fn=goldstein_price,
            formula=r"\bigl(1 + (x + y + 1)^2(19 - 14x + 3x^2 - 14y + 6xy + 3y^2)\bigr) "
            r"\times \bigl(30 + (2x - 3y)^2(18 - 32x + 12x^2 + 48y - 36xy + 27y^2)\bigr)",
            words="Values from 3 to a million in one window: a steep gradient does not mean a long way.",
            source="Goldstein and Price, 1971",
            bounds=_square(-2, 2),
            start=(-0.5, 0.3),
            minima=((0, -1),),
        ),
        Surface(
            name="mccormick",
            label="McCormick",
            fn=lambda x, y: torch.sin(x + y) + (x - y) ** 2 - 1.5 * x + 2.5 * y + 1,
            formula=r"\sin(x + y) + (x - y)^2 - 1.5x + 2.5y + 1",
            words="A wavy slide without a lowest point: the marked minimum is the lowest of this window.",
            source="McCormick, 1976",
            bounds=((-1.5, 4), (-3, 4)),
            start=(3.4, 3.1),
            minima=((0.5 - pi / 3, -0.5 - pi / 3),),
        ),
        Surface(
            name="easom",
            label="Easom",
            fn=lambda x, y: -torch.cos(x) * torch.cos(y) * torch.exp(-((x - pi) ** 2) - (y - pi) ** 2),
            formula=r"-\cos x \,\cos y \; e^{-(x - \pi)^2 - (y - \pi)^2}",
            words="One deep hole in a flat plain: outside it the gradient is next to nothing.",
            source="Easom, 1990",
            bounds=_square(-1, 7),
            start=(1.4, 4.4),
            minima=((pi, pi),),
        ),
        Surface(
            name="levy13",
            label="Levy N.13",
            fn=levy13,
            formula=r"\sin^2 3\pi x + (x-1)^2(1 + \sin^2 3\pi y) + (y-1)^2(1 + \sin^2 2\pi y)",
            words="A rippled bowl: the ripples matter most where the bowl is flattest, at the minimum.",
            source="Levy and Montalvo, 1985",
            bounds=_square(-10, 10),
            start=(-6.3, 4.6),
            minima=((1, 1),),
        ),
        Surface(
            name="branin",
            label="Branin",
            fn=branin,
            formula=r"\left(y - \tfrac{5.1}{4\pi^2}x^2 + \tfrac{5}{\pi}x - 6\right)^2"
            r" + 10\left(1 - \tfrac{1}{8\pi}\right)\cos x + 10",
            words="Three equal minima along a curved valley.",
            source="Branin, 1972",
            bounds=((-5, 10), (0, 15)),
            start=(6.0, 12.0),
            minima=((-pi, 12.275), (pi, 2.275), (3 * pi, 2.475)),
        ),
    ),
)
