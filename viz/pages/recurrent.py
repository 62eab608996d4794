"""Why gradients vanish and explode in recurrent nets: unrolled nets side by side, theory beside them."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import streamlit as st

from engine.recurrent import Unrolled, critical_radius, gate_decades
from viz import chrome
from viz.figures import recurrent as figures
from viz.recurrent import controls, session, words
from viz.recurrent.case import Case
from viz.recurrent.experiment import runs
from viz.recurrent.table import table
from viz.text import plain
from viz.workbench import progressively


def page() -> None:
    session.open_page()
    with st.sidebar:
        controls.preset()
        controls.everything()
    controls.notices()
    st.markdown("#### Backpropagation through time")
    st.caption(
        "A recurrent net unrolled over T steps, no training: the loss is S = Σ v h_T with v ~ N(0, 1), and the "
        "gradient walks back from it, step by step. Solid: measured. Dashed: theory."
    )
    case = session.case()
    answer = st.container()
    left, right = st.columns(2)
    places = [place.empty() for place in (answer, left, right, st.container())]
    drawn = 0
    for seen in progressively("recurrent", nets=case.nets, kinds=[*case.kinds.values()], radii=case.radii):
        found = runs(seen)
        if len(found) > drawn:
            drawn = len(found)
            draw_time(case, found, seen["predicted"], places)
        with places[2].container():
            draw_radius(case, found, seen)
    sources()


def draw_time(case: Case, found: Sequence[Unrolled], predicted: np.ndarray, places: Sequence[Any]) -> None:
    """The answer, the gradient over time, the states, and clipping, for the nets that are unrolled so far."""
    answer, left, _, below = places
    names = case.labels[: len(found)]
    with answer.container():
        verdict(case, names, found, predicted)
    with left.container():
        st.plotly_chart(
            gradient(case, names, found, predicted), key=f"recurrent_gradient_{len(found)}", theme=None
        )
    with below.container():
        first, second = st.columns(2)
        with first:
            st.plotly_chart(states(names, found), key=f"recurrent_states_{len(found)}", theme=None)
            st.caption(
                "Where tanh's states come near 1 its slopes are near 0: it saturates, and the gradient dies there."
            )
        with second:
            clipping(case, names, found)


def verdict(case: Case, names: Sequence[str], found: Sequence[Unrolled], predicted: np.ndarray) -> None:
    st.markdown(words.headline(names, found))
    rows = {
        name: words.row(run, by_theory) for name, run, by_theory in zip(names, found, predicted, strict=True)
    }
    table(rows)
    for said in words.warnings(names, found, case.dtype):
        st.warning(plain(said), icon=":material/warning:")
    st.caption(" ".join(map(plain, words.reasons(case))))


def gradient(case: Case, names: Sequence[str], found: Sequence[Unrolled], predicted: np.ndarray) -> Any:
    """log10 of the gradient at each step, relative to the last one."""
    back = np.arange(case.steps, -1, -1)
    return figures.over_time(
        np.arange(case.steps + 1),
        {name: run.relative for name, run in zip(names, found, strict=True)},
        dashed={
            name: back * (gate_decades(**net) if np.isnan(by_theory) else by_theory)
            for name, net, by_theory in zip(names, case.nets, predicted, strict=False)
        },
        meaning="theory",
        title="Gradient at each step, over that at the loss",
        unit="|dS/dh<sub>t</sub>| / |dS/dh<sub>T</sub>|",
        base=chrome.base(),
        marks=[
            figures.Mark(name, int(np.flatnonzero(run.relative == -np.inf)[-1]), np.nan, "exactly 0")
            for name, run in zip(names, found, strict=True)
            if (run.relative == -np.inf).any()
        ],
        limits=range_limits(case, found),
    )


def range_limits(case: Case, found: Sequence[Unrolled]) -> dict[str, float]:
    """Where a plain backward pass ends, in decades over the last gradient."""
    limits, last = np.finfo(case.dtype), found[0].state_gradient[-1]
    if not np.isfinite(last):
        return {}
    return {
        f"inf in {case.dtype}": float(np.log10(limits.max) - last),
        f"0 in {case.dtype}": float(np.log10(limits.smallest_subnormal) - last),
    }


def states(names: Sequence[str], found: Sequence[Unrolled]) -> Any:
    """rms of the states; logarithmic where it spans more than a decade."""
    with np.errstate(divide="ignore"):
        decades = {name: np.log10(run.state_rms) for name, run in zip(names, found, strict=True)}
    log = (
        max(np.nanmax(values, initial=-np.inf, where=np.isfinite(values)) for values in decades.values()) > 1
    )
    shown = decades if log else {name: run.state_rms for name, run in zip(names, found, strict=True)}
    return figures.over_time(
        np.arange(len(found[0].state_rms)),
        shown,
        dashed={name: np.full(1, np.nan) for name in names},
        meaning="",
        title="Size of the states, forward",
        unit="rms of h<sub>t</sub>",
        base=chrome.base(),
        log=log,
        marks=[
            figures.Mark(name, run.overflow_at, shown[name][run.overflow_at - 1], "overflow")
            for name, run in zip(names, found, strict=True)
            if run.overflow_at > 0
        ],
    )


def clipping(case: Case, names: Sequence[str], found: Sequence[Unrolled]) -> None:
    """What each step adds to dS/dW, before and after clipping by norm."""
    figure = figures.over_time(
        np.arange(1, case.steps + 1),
        {name: run.clipped(case.clip_threshold)[1] for name, run in zip(names, found, strict=True)},
        dashed={name: run.weight_gradient for name, run in zip(names, found, strict=True)},
        meaning="before clipping",
        title=f"What each step adds to dS/dW, clipped at {case.clip_threshold:g}",
        unit="norm of the step's share",
        base=chrome.base(),
    )
    st.plotly_chart(figure, key=f"recurrent_clipping_{len(found)}", theme=None)
    table({name: words.clipped(run, case.clip_threshold) for name, run in zip(names, found, strict=True)})
    st.caption(
        "Clipping by norm multiplies every step's share by the same factor. It tames a gradient that exploded; it "
        "does not change which steps are heard, and brings back none that vanished (Pascanu, Mikolov and Bengio, 2013)."
    )


def draw_radius(case: Case, found: Sequence[Unrolled], seen: Mapping[str, Any]) -> None:
    """The factor for one step back over a range of radii, with the nets on the page among them."""
    kinds = case.kinds
    if not kinds:
        st.info(
            "torch's own start has no radius to vary. Choose another matrix to see the gradient against it."
        )
        return
    figure = figures.over_radius(
        np.array(case.radii),
        dict(zip(kinds, 10 ** seen["swept"], strict=True)),
        predicted=dict(zip(kinds, 10 ** seen["swept_by_theory"], strict=True)),
        here={
            name: (net["radius"], 10**run.decades_a_step)
            for name, net, run in zip(case.labels, case.nets, found, strict=False)
        },
        critical={name: critical_radius(**net) for name, net in kinds.items()},
        title="One step back, against the radius",
        base=chrome.base(),
    )
    st.plotly_chart(figure, key=f"recurrent_radius_{seen['done']:.4f}", theme=None)


def sources() -> None:
    """Formulas and where they come from."""
    with st.expander("The formulas, and where they come from"):
        st.latex(r"""h_t = \varphi(W h_{t-1} + U x_t), \qquad
        \frac{\partial S}{\partial h_t} = W^\top \operatorname{diag}\varphi'(z_{t+1})\,
        \frac{\partial S}{\partial h_{t+1}}, \qquad
        \frac{\partial S}{\partial W} = \sum_t \varphi'(z_t) \frac{\partial S}{\partial h_t}\, h_{t-1}^\top""")
        st.markdown(
            "- A product of T equal factors vanishes or explodes: Bengio, Simard and Frasconi, 1994; Pascanu, Mikolov "
            "and Bengio, 2013.\n"
            "- Theory of the wide tanh and ReLU nets: the factor is √χ, χ = ρ² E[φ′²] at the fixed point "
            "q* = ρ² E[φ²] + σ², σ the input noise; each step is treated as if it had weights of its own "
            "(Chen, Pennington and Schoenholz, 2018).\n"
            "- LSTM: Hochreiter and Schmidhuber, 1997; forget gate: Gers, Schmidhuber and Cummins, 2000; start it with "
            "a bias of 1: Jozefowicz, Zaremba and Sutskever, 2015. Its gradient here is that of h and c together; "
            "dashed: σ(b) for each step, the gate alone. torch adds two biases to each gate; here one is set to b, the "
            "other to 0."
        )
