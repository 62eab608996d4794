"""What is out of sight until it is needed: loss and output, inputs and labels, biases, a rate that changes."""

import streamlit as st

from engine.spec import FIELDS, RunSpec
from engine.spec.mistakes import mistake
from engine.tables.datasets import DATASETS
from viz.run import controls, session
from viz.run.fitting import fitting_loss
from viz.widgets.drawer import drawer
from viz.words.text import plain

FIELDS_HERE = (
    "loss", "output", "outputs", "output_gain", "input_scale", "input_factor", "label_noise", "class_share",
    "bias", "schedule", "warmup", "dtype",
)  # fmt: skip
STEPS = (100, 300, 1000, 3000, 10_000, 30_000)
WARMUPS = (0, 10, 30, 100, 300, 1000)


def more() -> None:
    """All of these in one drawer, which says how many are set and stands open where any is."""
    spec = session.spec()
    chosen = sum(getattr(spec, name) != FIELDS[name].default for name in FIELDS_HERE)
    title = "More: loss, inputs, schedule, precision" + (f" ({chosen} set)" if chosen else "")
    with drawer(title, "more", needed=chosen > 0) as is_open:
        if is_open:
            objective(spec)
            inputs(spec)
            start(spec)
            rate(spec)
            controls.choice("dtype")


def objective(spec: RunSpec) -> None:
    """The loss, and what ends the net."""
    controls.picked("loss", also=lambda name: fitting_loss(session.spec(), name))
    controls.picked("output")
    if said := mistake(session.spec()):
        st.caption(plain(str(said)))
    classes = DATASETS[spec.dataset].classes
    if classes and spec.loss != "cross_entropy" and (classes == 2 or spec.loss == "mse"):
        controls.switched("outputs", on=1, off=None)
    controls.setting("output_gain")


def inputs(spec: RunSpec) -> None:
    """Scale of the inputs; and of sets with classes, wrong labels and a share."""
    controls.choice("input_scale")
    controls.typed_field("input_factor")
    if DATASETS[spec.dataset].classes:
        controls.setting("label_noise")
        controls.typed_field("class_share")


def start(spec: RunSpec) -> None:
    controls.picked("bias")
    if spec.bias == "constant":
        controls.setting("bias_value")


def rate(spec: RunSpec) -> None:
    """Schedule and warmup."""
    controls.menu("schedule")
    controls.options("schedule")
    if spec.schedule != "constant":
        controls.usual("schedule_steps", STEPS)
    controls.usual("warmup", WARMUPS)
