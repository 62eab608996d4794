"""What theory says of a net before training, in sentences with their numbers."""

from typing import Any

import numpy as np

from engine.spec.stack import Stack
from engine.tables.wording import number, readable
from engine.theory.criticality import fixed_point
from engine.theory.laws import Law, RandomSlope, law
from engine.theory.mean_field import Prediction
from viz.words.language import paragraph, say

FAR = 1.0  # decades: so much more or less is told to who has met no theory


def variances(stack: dict[str, Any]) -> tuple[float, float]:
    """(weight variance, bias variance) of the deepest layer: fan_in Var w and Var b."""
    last = Stack(**stack).linears()[-1]
    return last.fan_in * last.weight_variance, last.bias_variance


def in_words(stack: dict[str, Any], theory: Prediction) -> str:
    """What theory says of this net, in a sentence or two with its numbers."""
    if np.isnan(theory.q).all():
        return say("No theory covers this net: its weights do not have mean 0.")
    if variances(stack)[0] == 0:
        return say(
            "**All weights are 0: the signal is exactly zero from layer 1 on**, every sample gives the same z, and no "
            "gradient gets below the last layer. A log axis has no place for an exact zero, so its charts stay empty "
            "there."
        )
    back, chi = way_back(theory.gradient_ms_log10), readable(theory.chi[-1], 3)
    said = say("{back} (χ = {chi} a layer at the end).", back=back, chi=chi)
    if stack["batch_norm"] != "none":
        return paragraph(said, say("With batch norm this does not depend on the weights' scale."))
    if any(stack.get(name, "none") != "none" for name in ("layer_norm", "residual")):
        return said
    return paragraph(said, settled(stack))


def plainly(theory: Prediction) -> str:
    """The same for who has met no theory: who can learn here, and what the last layer still knows of its input."""
    depth = len(theory.q)
    back = (theory.gradient_ms_log10[0] - theory.gradient_ms_log10[-1]) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        apart = np.log10(theory.signal_var[-1] / theory.signal_var[0]) / 2
        grown = np.log10(theory.q[-1] / theory.q[0]) / 2
    if depth < 2 or not np.isfinite(back):
        return ""
    learns = "**Every layer gets about the same gradient, so all of them can learn.**"
    if back < -FAR:
        learns = (
            "**Layer 1 will hardly learn: of the gradient at layer {depth} it gets {share}**, for each layer on the "
            "way back takes most of it."
        )
    elif back > FAR:
        learns = (
            "**Layer 1 gets {share} times the gradient of layer {depth}**, so a learning rate that suits one of them "
            "is far off for the other."
        )
    alike = (
        "Two different inputs look nearly alike at layer {depth}: {left} of what tells them apart is left."
    )
    growth = "The values themselves grow {grown}-fold from layer 1 to layer {depth}."
    return paragraph(
        say(learns, share=share(back), depth=depth),
        say(alike, left=share(apart), depth=depth) if apart < -FAR else "",
        say(growth, grown=share(grown), depth=depth) if grown > FAR else "",
    )


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
        return say(
            "**From layer {depth} back to layer 2 the squared gradient {change}; the step into layer 1 alone changes "
            "it by {last:+.1f} decades**",
            depth=depth,
            change=in_decades(deep),
            last=last,
        )
    change = in_decades(log10[0] - log10[-1])
    return say(
        "**The squared gradient {change} from layer {depth} back to layer 1**", change=change, depth=depth
    )


def settled(stack: dict[str, Any]) -> str:
    """Where a very deep net with these variances ends up."""
    phi = law(stack["activation"], stack["activation_options"])
    point = fixed_point(phi, *variances(stack))
    q, chi = readable(point.q, 3), readable(point.chi, 3)
    if np.isinf(point.q):
        endless = "Very deep, q grows without end, and the squared gradient by χ = {chi} a layer."
        return paragraph(say(endless, chi=chi), growth(phi))
    falls = say("to 1/e every {layers:.1f} layers", layers=point.depth_c)
    return say(
        "Very deep, q settles at q* = {q} and χ at {chi}: the net is {phase}. The correlation of two inputs tends to "
        "{correlation:.2f}; its distance from there falls {falls}.",
        q=q,
        chi=chi,
        phase=say(point.phase),
        correlation=point.correlation,
        falls=say("as a power of the depth") if np.isinf(point.depth_c) else falls,
    )


def in_decades(decades: float) -> str:
    """What becomes of a gradient that changes by so many powers of ten: "vanishes by 11.4 decades (a factor 4e-12)"."""
    if not np.isfinite(decades):
        return say("is lost")
    factor = number(10**decades) if abs(decades) < 300 else f"1e{decades:.0f}"
    if abs(decades) <= 1:
        return say("keeps its size (a factor {factor})", factor=factor)
    shrinks = "vanishes by {decades:.1f} decades (a factor {factor})"
    grows = "explodes by {decades:.1f} decades (a factor {factor})"
    return say(shrinks if decades < 0 else grows, decades=abs(decades), factor=factor)


def growth(phi: Law) -> str:
    """Why lengths that explode are no chaos; "" for random slopes, which part inputs by themselves."""
    if isinstance(phi, RandomSlope):
        return ""
    return say("That is growth, not chaos: two inputs do not part, the angle between them never widens.")


def factor_of(phi: Law) -> float | None:
    """E[phi'^2] where it is the same at every length, as of a ReLU; None where it depends on the length."""
    slopes = np.array([phi.moments(q).slope for q in (1e-4, 1.0, 1e4)])
    return float(slopes[1]) if np.ptp(slopes) < 1e-9 * slopes[1] else None


def of_the_plane(phi: Law, critical: tuple[np.ndarray, np.ndarray], sw2: float, sb2: float) -> str:
    """What the plane of order and chaos, which ends at sw2 and sb2, shows of this activation."""
    if slope := factor_of(phi):
        said = say(
            "Of this activation χ = {slope} σ²_w at any length, so the critical line is the vertical one at σ²_w = "
            "{line}. Left of it gradients vanish, right of it they explode.",
            slope=readable(slope, 3),
            line=readable(1 / slope, 3),
        )
        return paragraph(said, growth(phi))
    said = say(
        "Below χ = 1 gradients vanish and all inputs become alike (order); above it gradients explode and alike "
        "inputs part (chaos). Deep nets train near the line (Poole et al. 2016; Schoenholz et al. 2017)."
    )
    if not len(critical[0]):
        return paragraph(said, say("This activation has no critical line."))
    if ((critical[0] <= sw2) & (critical[1] <= sb2)).any():
        return said
    outside = "The critical line lies outside this picture: it does not come nearer than σ²_w = {nearest}."
    return paragraph(said, say(outside, nearest=readable(critical[0].min(), 3)))
