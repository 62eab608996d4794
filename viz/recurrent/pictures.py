"""The figures of the Recurrent page."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from engine.recurrent.unrolling import Unrolled
from engine.recurrent.unrollings import Comparison
from engine.tables.wording import Sentence
from engine.theory.recurrent import critical_radius
from viz import chrome
from viz.figures import recurrent as figures
from viz.figures.signal import finite
from viz.recurrent import words
from viz.recurrent.case import Case
from viz.recurrent.table import table
from viz.widgets.chart import chart
from viz.widgets.growing import grow
from viz.words.language import paragraph, say
from viz.words.text import plain
from viz.workbench import progressively


def compared(case: Case) -> None:
    """All that is known of the nets, as it comes."""
    answer = st.empty()
    left, right = (column.empty() for column in st.columns(2))
    below = st.empty()
    drawn = 0

    def draw(seen: Comparison) -> None:
        nonlocal drawn
        against_radius(case, seen)
        if len(seen.runs) == drawn:
            return
        drawn = len(seen.runs)
        with answer.container():
            verdict(case, seen.runs, seen.predicted)
        with left.container():
            gradient(case, seen.runs, seen.predicted)
        with below.container():
            states_and_clipping(case, seen.runs)

    asked: dict[str, Any] = {"nets": case.nets, "kinds": list(case.kinds.values()), "radii": case.radii}
    grow(right, progressively(comparison, "recurrent", **asked), draw)


def verdict(case: Case, found: Sequence[Unrolled], predicted: np.ndarray) -> None:
    """The answer, net by net, what overflows, and why."""
    names, nets = case.labels[: len(found)], case.nets[: len(found)]
    st.markdown(words.headline(names, found))
    meaning = words.meaning(case.nets)
    told = zip(names, nets, found, predicted, strict=True)
    table({name: words.row(net, run, by_theory, meaning) for name, net, run, by_theory in told})
    if said := words.warnings(names, found, case.dtype):
        st.warning("\n\n".join(map(plain, said)), icon=":material/warning:")
    st.markdown(paragraph(*map(plain, words.reasons(case))))


def gradient(case: Case, found: Sequence[Unrolled], predicted: np.ndarray) -> None:
    """The gradient at each step, relative to the last one."""
    names, back = case.labels[: len(found)], np.arange(case.steps, -1, -1)
    paces = map(words.expected, case.nets, predicted)
    figure = figures.over_time(
        np.arange(case.steps + 1),
        {name: run.relative for name, run in zip(names, found, strict=True)},
        dashed={
            name: back * (pace if np.isfinite(pace) else np.nan)
            for name, pace in zip(names, paces, strict=True)
        },
        meaning=say(words.meaning(case.nets)),
        title=say("Gradient at each step, over that at the loss"),
        unit="|dL/dh<sub>t</sub>| / |dL/dh<sub>T</sub>|",
        base=chrome.base(),
        marks=[
            figures.Mark(name, words.zero_from(run), np.nan, say("exactly 0"))
            for name, run in zip(names, found, strict=True)
            if run.relative[0] == -np.inf
        ],
        limits=range_limits(case, found),
    )
    chart(figure, "recurrent_gradient")


def range_limits(case: Case, found: Sequence[Unrolled]) -> dict[str, float]:
    """Where a plain backward pass ends, in decades over the last gradient."""
    limits = np.finfo(case.dtype)
    last = max(
        (run.state_gradient[-1] for run in found if np.isfinite(run.state_gradient[-1])), default=np.nan
    )
    return {
        say("inf in {dtype}", dtype=case.dtype): float(np.log10(float(limits.max)) - last),
        say("0 in {dtype}", dtype=case.dtype): float(np.log10(float(limits.smallest_subnormal)) - last),
    }


def states_and_clipping(case: Case, found: Sequence[Unrolled]) -> None:
    left, right = st.columns(2)
    with left:
        states(case, found)
    with right:
        clipping(case, found)


def states(case: Case, found: Sequence[Unrolled]) -> None:
    """rms of the states; logarithmic where one of them exceeds 10."""
    names = case.labels[: len(found)]
    rms = {name: finite(run.state_rms) for name, run in zip(names, found, strict=True)}
    log = any(np.nanmax(values) > 10 for values in rms.values())
    with np.errstate(divide="ignore"):
        shown = {name: np.log10(values) for name, values in rms.items()} if log else rms
    figure = figures.over_time(
        np.arange(case.steps + 1),
        shown,
        title=say("Size of the states, forward"),
        unit=say("rms of h<sub>t</sub>"),
        base=chrome.base(),
        log=log,
        marks=[
            figures.Mark(name, run.overflow_at, shown[name][run.overflow_at - 1], say("overflow"))
            for name, run in zip(names, found, strict=True)
            if run.overflow_at > 0
        ],
    )
    chart(figure, "recurrent_states")
    st.caption(words.of_states(case))


def clipping(case: Case, found: Sequence[Unrolled]) -> None:
    """What each step adds to dL/dW, before and after clipping by norm."""
    told = dict(zip(case.labels, found, strict=False))
    figure = figures.over_time(
        np.arange(1, case.steps + 1),
        {name: run.clipped(case.clip_threshold)[1] for name, run in told.items()},
        dashed={name: run.weight_gradient for name, run in told.items()},
        meaning=say("before"),
        own_color=True,
        title=say("What each step adds to dL/dW, clipped at {threshold:g}", threshold=case.clip_threshold),
        unit=say("norm of the step's share"),
        base=chrome.base(),
    )
    chart(figure, "recurrent_clipping")
    table({name: words.clipped(run, case.clip_threshold) for name, run in told.items()})
    st.caption(
        say(
            "Clipping by norm multiplies every step's share by the same factor. It tames a gradient that exploded; "
            "it does not change which steps are heard, and brings back none that vanished (Pascanu, Mikolov and "
            "Bengio, 2013)."
        )
    )


def against_radius(case: Case, seen: Comparison) -> None:
    """The factor for one step back over a range of radii, with the nets on the page among them."""
    kinds = case.kinds
    if not kinds:
        st.info(
            say(
                "torch's own start has no radius to vary. Choose another matrix to see the gradient against it."
            )
        )
        return
    told = zip(case.labels, case.nets, seen.runs, strict=False)
    figure = figures.over_radius(
        np.array(case.radii),
        dict(zip(kinds, 10**seen.swept, strict=True)),
        predicted=dict(zip(kinds, 10**seen.swept_by_theory, strict=True)),
        here={name: (net["radius"], 10**run.decades_a_step) for name, net, run in told},
        critical={name: critical_radius(**net) for name, net in kinds.items()},
        title=say("One step back, against the radius"),
        base=chrome.base(),
    )
    chart(figure, "recurrent_radius")


def sources() -> None:
    """Formulas and where they come from."""
    with st.expander(say("The formulas, and where they come from")):
        st.latex(r"""h_t = \varphi(W h_{t-1} + U x_t), \qquad
        \frac{\partial L}{\partial h_t} = W^\top \operatorname{diag}\varphi'(z_{t+1})\,
        \frac{\partial L}{\partial h_{t+1}}, \qquad
        \frac{\partial L}{\partial W} = \sum_t \varphi'(z_t) \frac{\partial L}{\partial h_t}\, h_{t-1}^\top""")
        st.markdown("\n".join(f"- {say(source)}" for source in SOURCES))


SOURCES = (
    Sentence(
        "A product of T equal factors vanishes or explodes: Bengio, Simard and Frasconi, 1994; Pascanu, Mikolov "
        "and Bengio, 2013."
    ),
    Sentence(
        "Theory of the wide tanh and ReLU nets: the factor is √χ, χ = ρ² E[φ′²] at the fixed point "
        "q* = ρ² E[φ²] + σ², σ the input noise; each step is treated as if it had weights of its own "
        "(Chen, Pennington and Schoenholz, 2018)."
    ),
    Sentence(
        "LSTM: Hochreiter and Schmidhuber, 1997; forget gate: Gers, Schmidhuber and Cummins, 2000; start it with "
        "a bias of 1: Jozefowicz, Zaremba and Sutskever, 2015. Its gradient here is that of h and c together; "
        "dashed: σ(b) for each step, the gate alone. torch adds two biases to each gate; here one is set to b, the "
        "other to 0."
    ),
)


def comparison(runs: Sequence[Mapping[str, Any]], **seen: Any) -> Comparison:
    """What the workbench tells of a comparison, as the engine made it."""
    return Comparison(runs=tuple(Unrolled(**run) for run in runs), **seen)
