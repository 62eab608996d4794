"""The usual way, to compare with: a fragment that runs ten times a second and draws the same run with st.plotly_chart.

Started by tests/benchmarks/live_view.py. A thread trains; each fragment run draws all histograms, the two variance
profiles and the loss, from the same frames the live view is fed.
"""

import threading
import time

import plotly.graph_objects as go
import streamlit as st
import torch
from plotly.subplots import make_subplots

from engine import RunSpec, Trainer
from viz.run.lessons import OPENING


class Training(threading.Thread):
    """Trains one net for ever and keeps its newest frame, ten times a second."""

    def __init__(self, spec: RunSpec) -> None:
        super().__init__(daemon=True)
        self.trainer = Trainer(spec, capacity=1000)
        self.losses: list[float] = []
        self.newest = None
        self.start()

    def run(self) -> None:
        torch.set_num_threads(1)
        while True:
            frame = self.trainer.step()
            self.losses = [*self.losses, frame.loss][-600:]
            self.newest = frame, self.trainer.histograms()
            until = time.perf_counter() + 0.1
            while time.perf_counter() < until:
                self.trainer.step(measure=False)
                time.sleep(0.0005)


@st.cache_resource
def training() -> Training:
    return Training(OPENING)


def histogram_figure(histograms, title: str) -> go.Figure:
    layers = len(histograms.low)
    figure = make_subplots(rows=1, cols=layers)
    for layer in range(layers):
        edges = histograms.edges(layer)
        figure.add_trace(
            go.Bar(x=(edges[1:] + edges[:-1]) / 2, y=histograms.counts[layer]), row=1, col=layer + 1
        )
    return figure.update_layout(title=title, height=260, showlegend=False)


@st.fragment(run_every=0.1)
def panels() -> None:
    run = training()
    if run.newest is None:
        return
    frame, histograms = run.newest
    st.markdown(f'<span data-testid="step">{frame.step}</span>', unsafe_allow_html=True)
    st.plotly_chart(histogram_figure(histograms.activations, "activations"), key="activations")
    st.plotly_chart(histogram_figure(histograms.gradients, "gradients"), key="gradients")
    profiles = go.Figure([go.Scatter(y=frame.activation_var), go.Scatter(y=frame.gradient_var)])
    st.plotly_chart(profiles.update_layout(yaxis_type="log", height=260), key="variances")
    st.plotly_chart(go.Figure(go.Scatter(y=run.losses)).update_layout(height=260), key="loss")


st.set_page_config(layout="wide")
panels()
