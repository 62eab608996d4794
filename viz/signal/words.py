"""What theory says of a net before training, in sentences with their numbers."""

from typing import Any

import numpy as np

from engine.spec.stack import Stack
from engine.tables.wording import number, readable
from engine.theory.criticality import fixed_point
from engine.theory.laws import Law, RandomSlope, law
from engine.theory.mean_field import Prediction

FAR = 1.0  # decades: so much more or less is told to who has met no theory


def variances(stack: dict[str, Any]) -> tuple[float, float]:
    """(weight variance, bias variance) of the deepest layer: fan_in Var w and Var b."""
    last = Stack(**stack).linears()[-1]
    return last.fan_in * last.weight_variance, last.bias_variance


def in_words(stack: dict[str, Any], theory: Prediction) -> str:
    """What theory says of this net, in a sentence or two with its numbers."""
    if np.isnan(theory.q).all():
        return "No theory covers this net: its weights do not have mean 0."
    if variances(stack)[0] == 0:
        return (
            "**All weights are 0: the signal is exactly zero from layer 1 on**, every sample gives the same z, and no "
            "gradient gets below the last layer. A log axis has no place for an exact zero, so its charts stay empty "
            "there."
        )
    said = way_back(theory.gradient_ms_log10)
    chi = readable(theory.chi[-1], 3)
    said = f"{said} (χ = {chi} a layer at the end)."
    if stack["batch_norm"] != "none":
        return f"{said} With batch norm this does not depend on the weights' scale."
    if any(stack.get(name, "none") != "none" for name in ("layer_norm", "residual")):
        return said
    return f"{said} {settled(stack)}"


def plainly(theory: Prediction) -> str:
    """The same for who has met no theory: who can learn here, and what the last layer still knows of its input."""
    depth = len(theory.q)
    back = (theory.gradient_ms_log10[0] - theory.gradient_ms_log10[-1]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.log10(theory.signal_var[-1] / theory.signal_var[0]) / 2
        grown = np.log10(theory.q[-1] / theory.q[0]) / 2
    if depth < 2 or not np.isfinite(back):
        return ""
    said = "**Every layer gets about the same gradient, so all of them can learn.**"
    if back < -FAR:
        said = (
            f"**Layer 1 will hardly learn: of the gradient at layer {depth} it gets {share(back)}**, for each layer on "
            "the way back takes most of it."
        )
    elif back > FAR:
        said = (
            f"**Layer 1 gets {share(back)} times the gradient of layer {depth}**, so a learning rate that suits one of "
            "them is far off for the other."
        )
    if apart < -FAR:
        left = share(apart)
        said += f" Two different inputs look nearly alike at layer {depth}: {left} of what tells them apart is left."
    if grown > FAR:
        said += f" The values themselves grow {share(grown)}-fold from layer 1 to layer {depth}."
    return said


def share(log10: float) -> str:
    """A factor, given as its log10: 2e-6, 17,000, 1e400."""
    if 2 <= log10 < 6:
        return f"{float(f'{10**log10:.2g}'):,.0f}"
    return readable(10**log10, 2) if abs(log10) < 300 else f"1e{log10:.0f}"


def way_back(log10: np.ndarray) -> str:
    """How the squared gradient, [layers] as log10, changes from the last layer to the first.

    The step into layer 1 is told apart where it outweighs all the others together.
    """
    depth, deep, last = len(log10), log10[1:2].sum() - log10[-1], log10[0] - log10[1:2].sum()
    if depth > 2 and abs(last) > max(0.5, abs(deep)):
        return (
            f"**From layer {depth} back to layer 2 the squared gradient {in_decades(deep)}; the step into layer 1 "
            f"alone changes it by {last:+.1f} decades**"
        )
    return f"**The squared gradient {in_decades(log10[0] - log10[-1])} from layer {depth} back to layer 1**"


def settled(stack: dict[str, Any]) -> str:
    """Where a very deep net with these variances ends up."""
    phi = law(stack["activation"], stack["activation_options"])
    point = fixed_point(phi, *variances(stack))
    q, chi = readable(point.q, 3), readable(point.chi, 3)
    if np.isinf(point.q):
        return f"Very deep, q grows without end, and the squared gradient by χ = {chi} a layer.{growth(phi)}"
    falls = (
        "as a power of the depth" if np.isinf(point.depth_c) else f"to 1/e every {point.depth_c:.1f} layers"
    )
    return (
        f"Very deep, q settles at q* = {q} and χ at {chi}: the net is {point.phase}. The correlation of two inputs "
        f"tends to {point.correlation:.2f}; its distance from there falls {falls}."
    )


def in_decades(decades: float) -> str:
    """What becomes of a gradient that changes by so many powers of ten: "vanishes by 11.4 decades (a factor 4e-12)"."""
    if not np.isfinite(decades):
        return "is lost"
    factor = number(10**decades) if abs(decades) < 300 else f"1e{decades:.0f}"
    if abs(decades) <= 1:
        return f"keeps its size (a factor {factor})"
    return f"{'vanishes' if decades < 0 else 'explodes'} by {abs(decades):.1f} decades (a factor {factor})"


def growth(phi: Law) -> str:
    """Why lengths that explode are no chaos; "" for random slopes, which part inputs by themselves."""
    if isinstance(phi, RandomSlope):
        return ""
    return " That is growth, not chaos: two inputs do not part, the angle between them never widens."


def factor_of(phi: Law) -> float | None:
    """E[phi'^2] where it is the same at every length, as of a ReLU; None where it depends on the length."""
    slopes = np.array([phi.moments(q).slope for q in (1e-4, 1.0, 1e4)])
    return float(slopes[1]) if np.ptp(slopes) < 1e-9 * slopes[1] else None


def of_the_plane(phi: Law, critical: tuple[np.ndarray, np.ndarray], sw2: float, sb2: float) -> str:
    """What the plane of order and chaos, which ends at sw2 and sb2, shows of this activation."""
    if slope := factor_of(phi):
        return (
            f"Of this activation χ = {readable(slope, 3)} σ²_w at any length, so the critical line is the vertical one "
            f"at σ²_w = {readable(1 / slope, 3)}. Left of it gradients vanish, right of it they explode.{growth(phi)}"
        )
    said = (
        "Below χ = 1 gradients vanish and all inputs become alike (order); above it gradients explode and alike "
        "inputs part (chaos). Deep nets train near the line (Poole et al. 2016; Schoenholz et al. 2017)."
    )
    if not len(critical[0]):
        return f"{said} This activation has no critical line."
    if ((critical[0] <= sw2) & (critical[1] <= sb2)).any():
        return said
    return (
        f"{said} The critical line lies outside this picture: it does not come nearer than "
        f"σ²_w = {readable(critical[0].min(), 3)}."
    )
