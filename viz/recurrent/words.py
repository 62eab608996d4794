"""What is said of unrolled nets, with their own numbers."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np

from engine.recurrent.unrolling import Unrolled
from engine.tables.wording import Sentence
from engine.theory.recurrent import critical_radius, gate_decades
from viz.recurrent.case import NAMES, Case
from viz.words.language import paragraph, say

KEEPS = 1.0  # decades over the whole way that still count as keeping its size
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power(exponent: float) -> str:
    """10 to this exponent, as people write it: 13,781 or 0.0024 or 4.2 · 10⁻¹⁵."""
    if np.isinf(exponent):
        return "0" if exponent < 0 else "inf"
    if 2 <= exponent < 7:
        return f"{10**exponent:,.0f}"
    if -4 < exponent < 2:
        return f"{10**exponent:.3g}"
    whole = int(np.floor(exponent + 0.02))  # 0.95 and more rounds up to the next power
    return f"{max(1.0, 10 ** (exponent - whole)):.1f} · 10{str(whole).translate(SUPERSCRIPTS)}"


def share(exponent: float) -> str:
    """A gradient over another one: "13,781 times as much", "1/37,649 of it", "just as much"."""
    if exponent == -np.inf:
        return say("exactly 0")
    if abs(exponent) < 0.005:
        return say("just as much")
    if exponent > 0:
        return say("{factor} times as much", factor=power(exponent))
    return say("{factor} of it", factor=f"1/{power(-exponent)}" if exponent > -7 else power(exponent))


def ratio(exponent: float) -> str:
    """The same as a factor: "× 13,781", "1/37,649", "× 4.0 · 10⁻²¹"."""
    return f"1/{power(-exponent)}" if -7 < exponent < -0.005 else f"× {power(exponent)}"


OVERFLOWS, VANISHES = Sentence("overflows"), Sentence("vanishes")
EXPLODES, KEEPS_SIZE = Sentence("explodes"), Sentence("keeps its size")


def fate(run: Unrolled) -> Sentence:
    """What becomes of the gradient from the loss back to the start."""
    lost = run.relative[0]
    if np.isnan(lost):
        return OVERFLOWS
    return VANISHES if lost < -KEEPS else EXPLODES if lost > KEEPS else KEEPS_SIZE


def headline(names: Sequence[str], found: Sequence[Unrolled]) -> str:
    """The answer in a sentence or two: what becomes of the gradient, in the nets where it ends highest and lowest."""
    known = {name: run for name, run in zip(names, found, strict=True) if fate(run) != OVERFLOWS}
    if not known:
        return say("**The states overflow before the loss is reached: there is no gradient to follow.**")
    order = sorted(known, key=lambda name: known[name].relative[0], reverse=True)
    fates = {fate(run) for run in known.values()}
    if len(fates) == 1 and len(order) > 1:
        return _alike(order, known, fates.pop())
    return paragraph(*(_told(name, known[name]) for name in dict.fromkeys((order[0], order[-1]))))


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


def _told(name: str, run: Unrolled) -> str:
    return say(
        "**{net}: the gradient {fate}.** Each step back multiplies it by {factor}; {steps} steps back it is {share}.",
        net=_capital(name),
        fate=fate(run),
        factor=power(run.decades_a_step),
        steps=len(run.relative) - 1,
        share=share(run.relative[0]),
    )


def _alike(order: Sequence[str], known: Mapping[str, Unrolled], what: Sentence) -> str:
    """Several nets with one fate."""
    low, high = known[order[-1]], known[order[0]]
    ends = say(
        "Each step back multiplies it by {low} ({low_net}) to {high} ({high_net}); {steps} steps back it is {least} "
        "to {most}.",
        low=power(low.decades_a_step),
        low_net=order[-1],
        high=power(high.decades_a_step),
        high_net=order[0],
        steps=len(high.relative) - 1,
        least=share(low.relative[0]),
        most=share(high.relative[0]),
    )
    n = len(order)
    words = "**In both nets the gradient {fate}.**" if n == 2 else "**In all {n} nets the gradient {fate}.**"
    return paragraph(say(words, n=n, fate=what), ends)


def reasons(case: Case) -> list[str]:
    """Why, for the kinds of nets on the page."""
    said, plain = [], {net["activation"]: net for net in case.nets if net["cell"] == "rnn"}
    if plain:
        said.append(
            say(
                "Why: one step back multiplies the gradient by Wᵀ and by the slopes φ′. W is the same at every step, "
                "so the gradient grows or shrinks as a power."
            )
        )
    if "identity" in plain and case.matrix == "orthogonal":
        said.append(
            say("Without an activation, an orthogonal matrix of radius ρ makes each step ρ, exactly.")
        )
    if "tanh" in plain and np.isfinite(edge := critical_radius(**plain["tanh"])):
        said.append(
            say(
                "tanh's slopes are below 1 where the inputs push its units, so by theory its gradient keeps its size "
                "at radius {radius}.",
                radius=f"{edge:.3g}",
            )
        )
    if "relu" in plain:
        said.append(say("ReLU lets half of the gradient's square pass: it keeps its size at radius √2."))
    for cell in {net["cell"]: None for net in case.nets if net["cell"] != "rnn"}:
        gates = [10 ** gate_decades(cell=cell, forget_bias=bias) for bias in case.forget_bias]
        few, many = f"{min(gates):.0%}", f"{max(gates):.0%}"
        said.append(
            say(
                "The {cell}'s gate, standing at its bias, passes {passed} of the old state a step; the rest of the "
                "gradient comes through its recurrent matrices.",
                cell=NAMES[cell],
                passed=say("{low} to {high}", low=few, high=many) if len(gates) > 1 else few,
            )
        )
    return said


STATES = {
    "identity": Sentence(
        "Nothing bounds a linear net's states: above radius 1 they grow as the gradient does, until they overflow."
    ),
    "relu": Sentence("Nothing bounds ReLU's states: above radius √2 they grow until they overflow."),
    "tanh": Sentence(
        "tanh's states stay below 1. The nearer they come to it, the smaller its slopes, and the more of the "
        "gradient is lost at each step."
    ),
    "gated": Sentence("A gated cell's h stays below 1; what an LSTM remembers is in c, which is not shown."),
}


def of_states(case: Case) -> str:
    """What the size of the states tells."""
    kinds = {net["activation"] if net["cell"] == "rnn" else "gated": None for net in case.nets}
    return paragraph(*(say(STATES[kind]) for kind in kinds))


def warnings(names: Sequence[str], found: Sequence[Unrolled], dtype: str) -> list[str]:
    """What overflows or underflows, and what a plain backward pass would show."""
    said: dict[str, list[str]] = {}
    for name, run in zip(names, found, strict=True):
        if told := warning(run, dtype):
            said.setdefault(told, []).append(name)
    return [
        say("{name}: {text}", name=_capital(say("{rows}", rows=alike)), text=told)
        for told, alike in said.items()
    ]


def warning(run: Unrolled, dtype: str) -> str:
    """What is beyond the number format in one net; "" where nothing is."""
    told, limits = [], np.finfo(dtype)
    if run.overflow_at >= 0:
        told.append(
            say(
                "At step {step} the states overflow {dtype}, which ends at {end}. The loss and dL/dW are inf or NaN.",
                step=run.overflow_at,
                dtype=dtype,
                end=power(np.log10(float(limits.max))),
            )
        )
        if fate(run) == OVERFLOWS:
            none = "There is no gradient to measure; fewer than {steps} steps have one."
            return paragraph(*told, say(none, steps=run.overflow_at))
        told.append(say("A linear net's dL/dh does not depend on its states, so its curve still stands."))
    if beyond := beyond_range(run, limits):
        step, shown = beyond
        told.append(
            say(
                "From step {step} back a plain backward pass in {dtype} shows {shown}; the curve is measured in "
                "rescaled numbers.",
                step=step,
                dtype=dtype,
                shown=shown,
            )
        )
    if run.relative[0] == -np.inf:
        zero = "From step {step} back the gradient is exactly 0: no path leads there."
        told.append(say(zero, step=zero_from(run)))
    return paragraph(*told)


def zero_from(run: Unrolled) -> int:
    """The latest step at which the gradient is exactly 0."""
    return int(np.flatnonzero(run.relative == -np.inf)[-1])


def beyond_range(run: Unrolled, limits: Any) -> tuple[int, str] | None:
    """(the latest step whose gradient's norm the number format cannot hold, "inf" or "0"), or None."""
    gradient = run.state_gradient
    high, low = np.log10(float(limits.max)), np.log10(float(limits.smallest_subnormal))
    for outside, becomes in ((gradient > high, "inf"), ((gradient < low) & (gradient > -np.inf), "0")):
        if outside.any():
            return int(np.flatnonzero(outside)[-1]), becomes
    return None


def expected(net: Mapping[str, Any], by_theory: float) -> float:
    """Decades a step back to compare with: the theory of the plain net, or the gate alone."""
    return gate_decades(**net) if np.isnan(by_theory) else by_theory


THEORY, GATE, EITHER = Sentence("theory"), Sentence("gate alone"), Sentence("theory or gate alone")


def meaning(nets: Sequence[Mapping[str, Any]]) -> Sentence:
    """What the values of `expected` are."""
    cells = {net["cell"] for net in nets}
    return THEORY if cells == {"rnn"} else EITHER if "rnn" in cells else GATE


def row(net: Mapping[str, Any], run: Unrolled, by_theory: float, meaning: str) -> dict[str, str]:
    """What one net shows, as a row of a table."""
    compared, way = expected(net, by_theory), run.relative[0]
    own = run.radius if np.isfinite(run.radius) else np.nan
    factor = f"× {power(compared)}"
    if meaning == EITHER:
        factor = say("{factor} (gate)" if np.isnan(by_theory) else "{factor} (theory)", factor=factor)
    exact = net["matrix"] in ("orthogonal", "identity")
    return {
        say("gradient"): say(fate(run)),
        say("one step back"): say("unknown") if np.isnan(way) else f"× {power(run.decades_a_step)}",
        say(meaning): say("none") if np.isnan(compared) else factor,
        say("at the start"): say("unknown") if np.isnan(way) else ratio(way),
    } | ({} if exact or np.isnan(own) else {say("W's own radius"): f"{own:.3g}"})


def clipped(run: Unrolled, threshold: float) -> dict[str, str]:
    """What clipping by norm does to one net, as a row of a table."""
    factor, _ = run.clipped(threshold)
    first, last = run.span()
    if np.isnan(factor):
        return _clipped(say("overflow"), "NaN", say("lost"), say("unknown"))
    scaled = say("unchanged") if factor == 0 else f"× {power(factor)}"
    heard = say("steps {first} to {last}", first=first, last=last) if first > 0 else say("no step")
    return _clipped(power(run.total), power(run.total + factor), scaled, heard)


def _clipped(norm: str, after: str, scaled: str, heard: str) -> dict[str, str]:
    return {
        say("norm of dL/dW"): norm,
        say("clipped"): after,
        say("every step's share"): scaled,
        say("90% comes from"): heard,
    }
