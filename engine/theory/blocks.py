"""What each block of a net does to the moments that enter it and to the gradient that comes back: a fold over blocks.

A new kind of block costs one entry here, `through` registered for it, and its theory composes with all the others.
q' = fan_in Var W E[h^2] + Var b forward, g = fan_out Var W g' backward for a linear map, E[phi'^2] g' for an
activation, and what `normalization` says for batch norm; a residual path adds. Sources: Poole et al. 2016; Schoenholz
et al. 2017; Yang & Schoenholz 2017 (residual); Yang et al. 2019.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field, replace
from functools import singledispatch
from typing import Any

import numpy as np

from engine.spec import blocks
from engine.theory.laws import Law, law
from engine.theory.moments import Bent, Gaussian, Gradient, Moments, Sphere
from engine.theory.normalization import SMALLEST_BATCH, after_activation, inverse_variance, over_sphere

NORM_EPS = 1e-5  # of all normalizations
NAN = float("nan")

Back = Callable[[Gradient], Gradient]


@dataclass
class Layer:
    """What passes one weight layer: z, what enters and leaves its activation, and dS/dz once it has come back.

    stream: of the residual block that it ends, the mean squares of what leaves it, enters it and is added to that.
    """

    z: Gaussian
    entering: Any = field(init=False)  # a Gaussian or a Sphere: Moments that know their tails
    leaving: Moments = field(init=False)
    gradient: Gradient = field(init=False)
    stream: tuple[float, float, float] = field(init=False, default=(NAN, NAN, NAN))


def fold(parts: Iterable[blocks.Block], moments: Moments, layers: list[Layer]) -> tuple[Moments, Back]:
    """What leaves the blocks, and the gradient's way back through them. The weight layers on it join `layers`."""
    ways = []
    for block in parts:
        moments, way = through(block, moments, layers)
        ways.append(way)

    def back(gradient: Gradient) -> Gradient:
        for way in reversed(ways):
            gradient = way(gradient)
        return gradient

    return moments, back


@singledispatch
def through(block: blocks.Block, moments: Moments, layers: list[Layer]) -> tuple[Moments, Back]:
    """What leaves one block, and the gradient's way back through it."""
    raise TypeError(f"no theory of {block}")


@through.register
def _(block: blocks.Linear, moments: Moments, layers: list[Layer]) -> tuple[Moments, Back]:
    # weights or biases that share a mean give every unit of a layer the same signal, which no theory here covers
    variance = block.weight_variance if block.weight_mean == block.bias_mean == 0 else NAN
    sw2 = block.fan_in * variance
    z = Gaussian(0.0, sw2 * moments.second + block.bias_variance, sw2 * moments.signal, moments.samples)
    layer = Layer(z)
    layers.append(layer)

    def back(gradient: Gradient) -> Gradient:
        layer.gradient = gradient
        return gradient.times(block.pieces * block.fan_out * variance)

    return z, back


@through.register
def _(block: blocks.Activation, moments: Moments, layers: list[Layer]) -> tuple[Moments, Back]:
    bend: Callable[..., tuple[Moments, Back]] = _bend_sphere if isinstance(moments, Sphere) else _bend_sums
    known = not np.isnan(moments.second)
    bent, back = bend(law(block.kind, block.options), moments) if known else (moments, _lost)
    layers[-1].entering, layers[-1].leaving = moments, bent
    return bent, back


def _bend_sums(phi: Law, sums: Gaussian) -> tuple[Moments, Back]:
    q, s = sums.second, min(sums.signal, sums.second)
    over, signal = phi.moments(q), s if np.isnan(s) else phi.signal(q, s)

    def back(gradient: Gradient) -> Gradient:
        if gradient.jointly:
            square, unshared = after_activation(phi, q, sums.signal, sums.samples)
            bent = replace(gradient, square=square, product=square - unshared)
            return bent.times(gradient.unshared / phi.pieces)
        product = gradient.product and gradient.product * phi.slope_product(q, s)
        return replace(gradient, square=gradient.square * over.slope, product=product).times(1 / phi.pieces)

    return Bent(over.mean, over.second, signal, sums.samples, phi, sums, over.variance), back


def _bend_sphere(phi: Law, sphere: Sphere) -> tuple[Moments, Back]:
    over, others = over_sphere(phi, sphere.samples), sphere.samples - 1

    def back(gradient: Gradient) -> Gradient:
        square, product = gradient.square, gradient.product
        along = over.along * square + over.crossed * others * product
        return replace(
            gradient, square=over.slope * square, product=over.slope_product * product, along=along
        )

    return Moments(over.mean, over.second, over.signal, sphere.samples), back


@through.register
def _(block: blocks.BatchNorm, moments: Moments, layers: list[Layer]) -> tuple[Moments, Back]:
    b = moments.samples
    if b < SMALLEST_BATCH or not moments.signal > 100 * NORM_EPS:
        return Sphere(NAN, NAN, NAN, b), _lost
    if isinstance(moments, Bent):
        return Moments(0.0, 1.0, b / (b - 1), b), lambda gradient: replace(gradient, jointly=True)

    def back(gradient: Gradient) -> Gradient:
        """P / sigma: the part that all samples share is removed, and the part along the values."""
        along = gradient.unshared if gradient.along is None else gradient.along
        kept = gradient.square - (gradient.square + (b - 1) * gradient.product + along) / b
        projected = replace(gradient, square=kept, product=-kept / (b - 1), along=None)
        return projected.times(inverse_variance(moments.signal, b))

    return Sphere(0.0, 1.0, b / (b - 1), b), back


def _lost(gradient: Gradient) -> Gradient:
    return Gradient(NAN, NAN)


@through.register
def _(block: blocks.Dropout, moments: Moments, layers: list[Layer]) -> tuple[Moments, Back]:
    kept = 1 - block.p  # what two samples share does not change: their masks are independent
    second = moments.second / kept
    dropped = Moments(moments.mean, second, second - moments.second + moments.signal, moments.samples)
    return dropped, lambda gradient: replace(gradient, square=gradient.square / kept)


@through.register
def _(block: blocks.LayerNorm, moments: Moments, layers: list[Layer]) -> tuple[Moments, Back]:
    # over infinitely many units: the same mean and size for every sample
    mean = moments.mean if block.kind == "layer" else 0.0
    size = moments.second - mean**2 + NORM_EPS
    normal = type(moments) if isinstance(moments, Gaussian) else Moments
    left = (moments.mean - mean) / np.sqrt(size), (moments.second - mean**2) / size, moments.signal / size
    return normal(*left, moments.samples), lambda gradient: gradient.times(1 / size)


@through.register
def _(block: blocks.LinearPath, moments: Moments, layers: list[Layer]) -> tuple[Moments, Back]:
    sums = Gaussian(0.0, moments.second, moments.signal, moments.samples)
    return sums, lambda gradient: gradient.times(block.fan_out / block.fan_in)


@through.register
def _(block: blocks.Residual, moments: Moments, layers: list[Layer]) -> tuple[Moments, Back]:
    body, through_body = fold(block.body, moments, layers)
    path, along_path = fold([block.path] if block.path else [], moments, layers)
    # the body ends in a linear map, whose weights of mean 0 make it independent of the path
    square = block.scale**2
    second, signal = path.second + square * body.second, path.signal + square * body.signal
    summed = Gaussian(0.0, second, signal, moments.samples)
    layers[-1].stream = second, moments.second, square * body.second
    return summed, lambda gradient: along_path(gradient) + through_body(gradient.times(square))
