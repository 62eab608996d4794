"""How the gap depends on the running averages' momentum and on the batch size."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.batch_norm.running_statistics import BATCH_SIZES, LOOKS, MOMENTA, PROBES, Gaps
from engine.experiments.looks import JUDGED
from engine.spec import RunSpec
from viz import chrome
from viz.figures.batch_norm import table_map
from viz.techniques.batch_norm.choices import steps_of
from viz.techniques.budget import looks
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import say
from viz.workbench import progressively


def show(spec: RunSpec) -> None:
    first, _, _ = st.columns(3)
    steps = steps_of(first, spec.replace(batch_size=max(BATCH_SIZES)), runs=2)
    momenta = sorted({*MOMENTA, spec.batch_norm_momentum})
    sizes = sorted({*BATCH_SIZES, spec.batch_size or max(BATCH_SIZES)})
    a_look = len(momenta) * (PROBES * sum(sizes) + len(sizes) * JUDGED)
    arguments: dict[str, Any] = {
        "spec": spec.to_dict(),
        "steps": steps,
        "momenta": momenta,
        "batch_sizes": sizes,
        "looks": min(steps, looks(spec, a_look, LOOKS)),
    }

    def draw(seen: Gaps) -> None:
        words(seen, steps)
        tables(seen)

    grow(st.empty(), progressively(Gaps, "batch_norm_gaps", **arguments), draw)


def words(seen: Gaps, steps: int) -> None:
    """The widest and the narrowest gap so far."""
    gap = seen.gap
    if not np.isfinite(gap).any():
        st.markdown(say("No run has come through so far."))
        return
    least = np.unravel_index(np.nanargmin(gap), gap.shape)
    most = np.unravel_index(np.nanargmax(gap), gap.shape)
    st.markdown(
        say(
            "**After {steps} steps the gap is narrowest ({least:.0%}) {where_least}, widest ({most}) {where_most}.** "
            "Training itself never uses the running averages: one run serves all momenta of a column.",
            steps=steps,
            least=gap[least],
            where_least=at(seen, least),
            most=percent(gap[most]),
            where_most=at(seen, most),
        )
    )


def at(seen: Gaps, place: Sequence[Any]) -> str:
    m, size = seen.momenta[place[0]], seen.batch_sizes[place[1]]
    return say("at m = {m:g} and batches of {size}", m=m, size=size)


def percent(share: float) -> str:
    return f"{share:.0%}" if share < 10 else say("more than 999%")


def tables(seen: Gaps) -> None:
    """The gap, and what inference gets right."""
    across: dict[str, Any] = {
        "across": [str(size) for size in seen.batch_sizes],
        "across_title": say("batch size"),
    }
    down = [f"{m:g}" for m in seen.momenta]
    left, right = st.columns(2)
    figure = table_map(
        seen.gap,
        **across,
        down=down,
        down_title=say("momentum m"),
        title=say("Gap between the modes"),
        worst=1.0,
        base=chrome.base(),
    )
    chart(figure, "batch_norm_gaps", left)
    both = np.vstack([seen.accuracy, seen.accuracy_batch])
    figure = table_map(
        both,
        **across,
        down=[*down, say("by batch")],
        down_title=say("momentum m"),
        title=say("Test accuracy at inference"),
        worst=1.0,
        role="ok",
        base=chrome.base(),
    )
    chart(figure, "batch_norm_accuracies", right)
    st.caption(
        say(
            "m is the newest batch's share (PyTorch; 1 − m in Keras and TensorFlow). Expect a wide gap at the top, "
            "where m is so small that the averages still hold their first values, mean 0 and variance 1; at the left, "
            "where the statistics of a few samples are mostly chance (Ioffe, 2017); and at the bottom left, where m = "
            "1 remembers only one such batch. The last row on the right uses the test samples' own statistics: what it "
            "gets right and the rows above do not is lost by the averages, not by the training. Equally many steps for "
            "every batch size."
        )
    )
