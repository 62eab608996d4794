"""What the masks do to each layer: the gap of their mean, and the growth of the signal."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from engine.experiments.dropout.masks import Dropout
from engine.spec import RunSpec
from viz import chrome
from viz.figures.lines import Line
from viz.figures.shared_axis import over_layers
from viz.techniques.dropout.choices import MASKED, WHOLE, masks_of, show_growing, steps_of
from viz.widgets.chart import chart


def show(spec: RunSpec) -> None:
    first, second, _ = st.columns(3)
    show_growing(spec, steps_of(first, spec), masks_of(second), lambda seen: picture(seen, spec.layer_names))


def picture(seen: Dropout, names: Sequence[str]) -> None:
    gap_of_layers(seen, names)
    growth_of_layers(seen, names)


def gap_of_layers(seen: Dropout, names: Sequence[str]) -> None:
    """The mean over masks against inference, and what one dropout layer does to the mean square."""
    gap, chance, dropped = seen.gap[-1], seen.chance[-1], seen.dropped_growth[-1]
    base = chrome.base()
    st.markdown(
        f"**After step {seen.step[-1]} the mean of the logits over the masks lies {gap[-1]:.1%} from the logits at "
        f"inference**; so few masks would leave {chance[-1]:.1%} by chance alone. More masks shrink only the chance."
    )
    left, right = st.columns(2)
    lines = {"gap": Line(gap, MASKED), "chance alone": Line(chance, "theory", "dash")}
    figure = over_layers(
        names,
        lines,
        title="Mean over masks against inference",
        unit="relative rms of z",
        base=base,
        share=True,
    )
    chart(figure, "dropout_gap", left)
    expected = np.full(len(dropped), 1 / (1 - seen.p))
    lines = {"measured": Line(dropped, MASKED), "1 / (1 − p)": Line(expected, "theory", "dash")}
    figure = over_layers(
        names[1:],
        lines,
        title="Mean square, dropped over whole",
        unit="ratio, in the dropout ahead",
        base=base,
    )
    chart(figure, "dropout_dropped", right)
    st.caption(
        "Left: layer 1 lies below every mask, so its gap is exactly 0. In a linear net all gaps are chance: the"
        " mean over masks is the output at inference (Baldi and Sadowski, 2013). Try Activation *Linear*. "
        "Through a bent activation they are real: the mean of φ is not φ of the mean. Right: what a dropout "
        "layer lets through keeps its mean, and its mean square grows by 1 / (1 − p)."
    )


def growth_of_layers(seen: Dropout, names: Sequence[str]) -> None:
    growth, expected, step = seen.growth, seen.predicted_growth, seen.step
    known = np.isfinite(expected).all()
    theory = f" ({expected[-2]:.3g} in theory)" if known else ""
    st.markdown(
        f"**In the last hidden layer E[z²] in training is {growth[0, -2]:.3g} times that at inference before any "
        f"step{theory}, and {growth[-1, -2]:.3g} times after step {step[-1]}.**"
    )
    lines = {
        "at step 0": Line(growth[0], MASKED),
        f"after step {step[-1]}": Line(growth[-1], WHOLE),
        "theory at step 0": Line(expected, "theory", "dash"),
    }
    figure = over_layers(
        names,
        lines,
        title="E[z²] in training over inference",
        unit="ratio",
        base=chrome.base(),
        log=True,
    )
    chart(figure, "dropout_growth")
    none = "" if known else " There is no theory here with batch norm, or with weights whose mean is not 0."
    st.caption(
        "The growth adds up from layer to layer: by 1 / (1 − p) in each in a linear or ReLU net without biases,"
        " by less where φ saturates (recursion q′ = σ\\_w² E[φ²] / (1 − p) + σ\\_b²; Schoenholz et al., 2017). This"
        " is what makes dropout hard on deep nets, and why batch norm's running variance is wrong at inference "
        f"where dropout stands before it (Li et al., 2019). Ten logits are few: their point scatters.{none}"
    )
