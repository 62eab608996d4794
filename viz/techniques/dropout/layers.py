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
from viz.words.language import paragraph, say


def show(spec: RunSpec) -> None:
    first, second, _ = st.columns(3)
    show_growing(
        spec,
        steps_of(first, spec),
        masks_of(second),
        lambda seen: picture(seen, [*map(say, spec.layer_names)]),
    )


def picture(seen: Dropout, names: Sequence[str]) -> None:
    gap_of_layers(seen, names)
    growth_of_layers(seen, names)


def gap_of_layers(seen: Dropout, names: Sequence[str]) -> None:
    """The mean over masks against inference, and what one dropout layer does to the mean square."""
    gap, chance, dropped = seen.gap[-1], seen.chance[-1], seen.dropped_growth[-1]
    base = chrome.base()
    st.markdown(
        say(
            "**After step {step} the mean of the logits over the masks lies {gap:.1%} from the logits at inference**; "
            "so few masks would leave {chance:.1%} by chance alone. More masks shrink only the chance.",
            step=seen.step[-1],
            gap=gap[-1],
            chance=chance[-1],
        )
    )
    left, right = st.columns(2)
    lines = {say("gap"): Line(gap, MASKED), say("chance alone"): Line(chance, "theory", "dash")}
    figure = over_layers(
        names,
        lines,
        title=say("Mean over masks against inference"),
        unit=say("relative rms of z"),
        base=base,
        share=True,
    )
    chart(figure, "dropout_gap", left)
    expected = np.full(len(dropped), 1 / (1 - seen.p))
    lines = {say("measured"): Line(dropped, MASKED), "1 / (1 − p)": Line(expected, "theory", "dash")}
    figure = over_layers(
        names[1:],
        lines,
        title=say("Mean square, dropped over whole"),
        unit=say("ratio, in the dropout ahead"),
        base=base,
    )
    chart(figure, "dropout_dropped", right)
    st.caption(
        say(
            "Left: layer 1 lies below every mask, so its gap is exactly 0. In a linear net all gaps are chance: the"
            " mean over masks is the output at inference (Baldi and Sadowski, 2013). Try Activation *Linear*. "
            "Through a bent activation they are real: the mean of φ is not φ of the mean. Right: what a dropout "
            "layer lets through keeps its mean, and its mean square grows by 1 / (1 − p)."
        )
    )


def growth_of_layers(seen: Dropout, names: Sequence[str]) -> None:
    growth, expected, step = seen.growth, seen.predicted_growth, seen.step
    known = np.isfinite(expected).all()
    st.markdown(
        say(
            "**In the last hidden layer E[z²] in training is {first:.3g} times that at inference before any step "
            "({theory:.3g} in theory), and {last:.3g} times after step {step}.**"
            if known
            else "**In the last hidden layer E[z²] in training is {first:.3g} times that at inference before any step, "
            "and {last:.3g} times after step {step}.**",
            first=growth[0, -2],
            theory=expected[-2],
            last=growth[-1, -2],
            step=step[-1],
        )
    )
    lines = {
        say("at step 0"): Line(growth[0], MASKED),
        say("after step {step}", step=step[-1]): Line(growth[-1], WHOLE),
        say("theory at step 0"): Line(expected, "theory", "dash"),
    }
    figure = over_layers(
        names,
        lines,
        title=say("E[z²] in training over inference"),
        unit=say("ratio"),
        base=chrome.base(),
        log=True,
    )
    chart(figure, "dropout_growth")
    none = (
        "" if known else say("There is no theory here with batch norm, or with weights whose mean is not 0.")
    )
    st.caption(
        paragraph(
            say(
                "The growth adds up from layer to layer: by 1 / (1 − p) in each in a linear or ReLU net without "
                "biases, by less where φ saturates (recursion q′ = σ\\_w² E[φ²] / (1 − p) + σ\\_b²; Schoenholz et al., "
                "2017). This is what makes dropout hard on deep nets, and why batch norm's running variance is wrong "
                "at inference where dropout stands before it (Li et al., 2019). Ten logits are few: their point "
                "scatters."
            ),
            none,
        )
    )
