"""What is out of sight until it is needed: loss and output, inputs and labels, biases, a rate that changes."""

import streamlit as st

from engine.spec import FIELDS, RunSpec
from engine.spec.mistakes import mistake
from engine.tables.datasets import DATASETS
from viz.run import fields, session
from viz.run.fitting import fitting_loss
from viz.widgets.drawer import drawer
from viz.words.language import say
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
    title = say("More: loss, inputs, schedule, precision")
    if chosen:
        title = say("More: loss, inputs, schedule, precision ({n} set)", n=chosen)
    with drawer(title, "more", needed=chosen > 0) as is_open:
        if is_open:
            objective(spec)
            inputs(spec)
            start(spec)
            rate(spec)
            fields.choice("dtype")


def objective(spec: RunSpec) -> None:
    """The loss, and what ends the net."""
    fields.picked("loss", also=lambda name: fitting_loss(session.spec(), name))
    fields.picked("output")
    if said := mistake(session.spec()):
        st.caption(plain(say(said)))
    classes = DATASETS[spec.dataset].classes
    if classes and spec.loss != "cross_entropy" and (classes == 2 or spec.loss == "mse"):
        fields.switched("outputs", on=1, off=None)
    fields.setting("output_gain")


def inputs(spec: RunSpec) -> None:
    """Scale of the inputs; and of sets with classes, wrong labels and a share."""
    fields.choice("input_scale")
    fields.typed_field("input_factor")
    if DATASETS[spec.dataset].classes:
        fields.setting("label_noise")
        fields.typed_field("class_share")


def start(spec: RunSpec) -> None:
    fields.picked("bias")
    if spec.bias == "constant":
        fields.setting("bias_value")


def rate(spec: RunSpec) -> None:
    """Schedule and warmup."""
    fields.menu("schedule")
    fields.options("schedule")
    if spec.schedule != "constant":
        fields.usual("schedule_steps", STEPS)
    fields.usual("warmup", WARMUPS)
