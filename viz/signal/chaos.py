"""The plane of order and chaos, and where this net stands in it: computed once it is opened, and kept."""

from collections.abc import Mapping
from typing import Any

import numpy as np
import plotly.graph_objects as go
import streamlit as st

from engine.theory.criticality import critical_line, plane
from engine.theory.laws import law
from viz import chrome
from viz.figures import signal as figures
from viz.signal.words import factor_of, of_the_plane, variances
from viz.widgets.chart import chart
from viz.words.language import language, say
from viz.words.text import plain


@st.fragment
def chaos(stack: dict[str, Any]) -> None:
    """The plane, for nets of linear maps and activations alone. Opening it draws it alone, not the whole page again."""
    if any(stack.get(name, "none") != "none" for name in ("batch_norm", "layer_norm", "residual")):
        return
    drawer = st.expander(say("Order and chaos: where this net stands"), key="chaos", on_change="rerun")
    if not drawer.open:
        return
    words, figure = portrait(
        stack["activation"], stack["activation_options"], variances(stack), chrome.base(), language()
    )
    with drawer:
        st.caption(plain(words))
        chart(figure, "chaos")


@st.cache_data(max_entries=64, show_spinner=False)
def portrait(
    activation: str, options: Mapping[str, Any], here: tuple[float, float], base: str, spoken: str
) -> tuple[str, go.Figure]:
    """What there is to say of the plane, in the language that is spoken, and its picture with this net at (weight
    variance, bias variance)."""
    sw2 = np.linspace(0.02, max(4.0, 1.3 * here[0]), 60)
    sb2 = np.linspace(0.0, max(1.0, 1.3 * here[1]), 40)
    phi = law(activation, options)
    critical = critical_line(phi)
    words = of_the_plane(phi, critical, sw2[-1], sb2[-1])
    if slope := factor_of(phi):
        critical = np.full(2, 1 / slope), sb2[[0, -1]]
    figure = figures.phases(
        sw2=sw2,
        sb2=sb2,
        chi=plane(phi, sw2, sb2)[1],
        critical=critical,
        here=here,
        title=say("χ, the factor of the squared gradient in each layer of a very deep net"),
        base=base,
    )
    return words, figure
