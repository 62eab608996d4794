"""What an activation costs beside ReLU."""

import numpy as np
import streamlit as st

from engine.experiments.activations.cost import PARTS, Cost
from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures import activations as figures
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import say
from viz.workbench import progressively

NAMES = {
    "forward": Sentence("forward"),
    "backward": Sentence("backward"),
    "layer": Sentence("whole layer"),
}


def show(spec: RunSpec) -> None:
    st.markdown(
        say(
            "All activations are timed **in one run on this machine**, in turn, round after round, with PyTorch's own "
            "modules; each time is divided by ReLU's in the same round. Points: medians; lines: the middle half of the "
            "rounds. Expect what needs an exponential or random numbers to cost several times a ReLU, and a whole "
            "layer to cost nearly the same: its linear map takes most of the time."
        )
    )
    left, right, _ = st.columns([2, 2, 3])
    samples = kept.one_of(
        left.select_slider,
        say("Samples"),
        (1, 32, 128, 512),
        128,
        key="activations_cost_samples",
        name="samples",
    )
    width = kept.one_of(
        right.select_slider,
        say("Width"),
        (32, 64, 128, 256, 512),
        256,
        key="activations_cost_width",
        name="width",
    )
    grow(st.empty(), progressively(Cost, "activation_cost", samples=samples, width=width), picture)


def picture(cost: Cost) -> None:
    st.markdown(in_words(cost))
    ratios, quartiles = cost.ratios, cost.quartiles
    figure = figures.cost(
        labels=[say(ACTIVATIONS[name].label) for name in cost.names],
        ratios={part: ratios[:, k] for k, part in enumerate(PARTS)},
        quartiles={part: quartiles[:, :, k] for k, part in enumerate(PARTS)},
        names={part: say(name) for part, name in NAMES.items()},
        title=say("Time over ReLU's"),
        base=chrome.base(),
    )
    chart(figure, "activations_cost")


def in_words(cost: Cost) -> str:
    """Which costs most, the layer as a whole, and what maxout's extra maps mean."""
    ratios = dict(zip(cost.names, cost.ratios, strict=True))
    costly = max(ratios, key=lambda name: ratios[name][0])
    forward, backward, layer = np.median(cost.seconds[:, 0], axis=0)
    others = [
        ratio[2] for name, ratio in ratios.items() if name != cost.names[0] and ACTIVATIONS[name].elementwise
    ]
    heavier = [
        Sentence(
            "{name} {ratio:.2f} times, as it has {pieces} linear maps, so {pieces} times the weights",
            name=say(ACTIVATIONS[name].label).lower(),
            ratio=ratio[2],
            pieces=pieces,
        )
        for name, ratio in ratios.items()
        if (pieces := ACTIVATIONS[name].pieces()) > 1
    ]
    return say(
        "**{most_costly} costs most: {ratio:.1f} times ReLU forward.** As part of a layer the others take {least:.2f} "
        "to {most:.2f} times ReLU's time, {heavier}. ReLU itself: {forward:.1f} µs forward, {backward:.1f} µs "
        "backward, its layer {layer:.0f} µs.",
        most_costly=say(ACTIVATIONS[costly].label),
        ratio=ratios[costly][0],
        least=min(others),
        most=max(others),
        heavier=heavier,
        forward=1e6 * forward,
        backward=1e6 * backward,
        layer=1e6 * layer,
    )
