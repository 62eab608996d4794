"""What is said of unrolled nets, with their own numbers."""

from collections.abc import Sequence
from typing import Any

import numpy as np

from engine.recurrent import Unrolled, critical_radius, gate_decades
from viz.recurrent.case import NAMES, Case

KEEPS = 1.0  # decades over the whole way that still count as keeping its size
SUPERSCRIPTS = str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹")


def power(exponent: float) -> str:
    """10 to this exponent, as people write it: 13,781 or 0.0024 or 4.2 · 10⁻¹⁵."""
    if np.isnan(exponent):
        return "unknown"
    if np.isinf(exponent):
        return "0" if exponent < 0 else "inf"
    if 2 <= exponent < 7:
        return f"{10**exponent:,.0f}"
    if -4 < exponent < 2:
        return f"{10**exponent:.3g}"
    whole = int(np.floor(exponent))
    digits = f"{10 ** (exponent - whole):.1f}"
    if digits == "10.0":
        digits, whole = "1.0", whole + 1
    return f"{digits} · 10{str(whole).translate(SUPERSCRIPTS)}"


def share(exponent: float) -> str:
    """A ratio of gradients in words: "13,781 times as much", "1/37,649 of it", "as much"."""
    if exponent == -np.inf:
        return "exactly 0"
    if abs(exponent) < 0.005:
        return "just as much"
    if exponent > 0:
        return f"{power(exponent)} times as much"
    return f"1/{power(-exponent)} of it" if exponent > -7 else f"{power(exponent)} of it"


def fate(run: Unrolled) -> str:
    """What becomes of the gradient from the loss back to the start."""
    lost = run.relative[0]
    if np.isnan(lost):
        return "overflow"
    return "vanishes" if lost < -KEEPS else "explodes" if lost > KEEPS else "keeps its size"


def headline(labels: Sequence[str], found: Sequence[Unrolled]) -> str:
    """The answer in a sentence or two: the net that explodes most and the one that vanishes most, or what else is."""
    lost = {name: run for name, run in zip(labels, found, strict=True) if not np.isnan(run.relative[0])}
    if not lost:
        return "**The states overflow before the loss is reached: there is no gradient to follow.**"
    order = sorted(lost, key=lambda name: lost[name].relative[0])
    told = dict.fromkeys(name for name in (order[-1], order[0]) if fate(lost[name]) != "keeps its size")
    return " ".join(_told(name, lost[name]) for name in told) or _kept(order[-1], lost[order[-1]])


def _told(name: str, run: Unrolled) -> str:
    steps = len(run.relative) - 1
    return (
        f"**{_capital(name)}: the gradient {fate(run)}.** Each step back multiplies it by "
        f"{power(run.decades_a_step)}; {steps} steps back it is {share(run.relative[0])}."
    )


def _kept(name: str, run: Unrolled) -> str:
    steps = len(run.relative) - 1
    return f"**The gradient keeps its size.** {_capital(name)}: {steps} steps back it is {share(run.relative[0])}."


def reasons(case: Case) -> list[str]:
    """Why, for the kinds of nets on the page."""
    said, plain = [], [net for net in case.nets if net["cell"] == "rnn"]
    names = {net["activation"] for net in plain}
    if names:
        said.append("One step back multiplies the gradient by Wᵀ and by the slopes φ′: the same W at every step, so it "
                    "grows or shrinks as a power.")  # fmt: skip
    if "identity" in names and case.matrix == "orthogonal":
        said.append("Without an activation, an orthogonal matrix of radius ρ gives ρ for each step, exactly.")
    for net in (net for net in plain if net["activation"] == "tanh"):
        edge = critical_radius(**net)
        if np.isfinite(edge):
            said.append(f"tanh's slopes are below 1 where the inputs push its units: by theory the gradient keeps "
                        f"its size only at radius {edge:.3g}.")  # fmt: skip
        break
    if "relu" in names:
        said.append("ReLU lets half of the gradient's square pass: it keeps its size at radius √2.")
    said += [
        f"Through the {NAMES[net['cell']]}'s state alone, a gate that stands at its bias {net['forget_bias']:g} passes "
        f"{10 ** gate_decades(**net):.0%} a step; the rest comes through its recurrent matrices."
        for net in [net for net in case.nets if net["cell"] != "rnn"][-1:]
    ]
    return said


def warnings(labels: Sequence[str], found: Sequence[Unrolled], dtype: str) -> list[str]:
    """What overflows or underflows, and what a plain backward pass would show."""
    said, limits = [], np.finfo(dtype)
    for name, run in zip(labels, found, strict=True):
        if run.overflow_at >= 0:
            where = f"{_capital(name)}: the states overflow {dtype} at step {run.overflow_at} (beyond {limits.max:.1e})"
            if np.isnan(run.gradient).all():
                said.append(
                    f"{where}, so there is no gradient. Fewer than {run.overflow_at} steps can be measured."
                )
                continue
            said.append(
                f"{where}: the loss and dS/dW are inf or NaN. A linear net's dS/dh does not depend on its states, so "
                "its curve still stands."
            )
        if (beyond := beyond_range(run, limits)) is not None:
            t, becomes = beyond
            said.append(
                f"{_capital(name)}: a plain backward pass in {dtype} shows {becomes} from step {t} back; the curve is "
                "measured in rescaled numbers."
            )
        if run.relative[0] == -np.inf:
            t = int(np.flatnonzero(run.relative == -np.inf)[-1])
            said.append(
                f"{_capital(name)}: the gradient is exactly 0 from step {t} back. No path leads there."
            )
    return said


def beyond_range(run: Unrolled, limits: Any) -> tuple[int, str] | None:
    """(the latest step whose gradient's norm the number format cannot hold, "inf" or "0"), or None."""
    gradient = run.state_gradient
    high, low = np.log10(float(limits.max)), np.log10(float(limits.smallest_subnormal))
    for outside, becomes in ((gradient > high, "inf"), ((gradient < low) & (gradient > -np.inf), "0")):
        if outside.any():
            return int(np.flatnonzero(outside)[-1]), becomes
    return None


def clipped(run: Unrolled, threshold: float) -> dict[str, str]:
    """What clipping by norm does to one net, as a row of a table."""
    factor, _ = run.clipped(threshold)
    first, last = run.span()
    return {
        "|dS/dW|": "overflow" if np.isnan(run.total) else power(run.total),
        "after clipping": "NaN" if np.isnan(factor) else power(run.total + factor),
        "every step's share": "lost"
        if np.isnan(factor)
        else "unchanged"
        if factor == 0
        else f"× {power(factor)}",
        "90 % of it comes from": f"steps {first} to {last}" if first > 0 else "unknown",
    }


def row(run: Unrolled, predicted: float) -> dict[str, str]:
    """What one net shows, as a row of a table."""
    return {
        "one step back": "?" if np.isnan(run.decades_a_step) else f"× {power(run.decades_a_step)}",
        "theory": "–" if np.isnan(predicted) else f"× {power(predicted)}",
        "at the start": "?" if np.isnan(run.relative[0]) else share(run.relative[0]),
        "gradient": fate(run),
    }


def _capital(name: str) -> str:
    return name[:1].upper() + name[1:] if name.startswith("radius") else name
