"""The controls of a run in groups, in the order data flows, and the menu of runs worth seeing."""

from collections.abc import Callable, Collection
from operator import attrgetter

import streamlit as st

from engine.tables import rates
from engine.tables.datasets import DATASETS
from engine.tables.optimizers import OPTIMIZERS
from viz.live import host
from viz.run import fields, session, tables, task
from viz.run.fitting import fitting_data, resized
from viz.run.lessons import LESSONS
from viz.run.own_data import own_data
from viz.server import bounds as limits
from viz.widgets import presets
from viz.words.language import say

RATES = (*rates.menu(-5, 0), 10.0)
BATCHES = (1, 8, 32, 64, 128, 256, 512, None)


def everything(*others: Callable[[], None]) -> None:
    """All controls of the run, in the order data flows, and then others; each proposes what is chosen."""
    some([*GROUPS], *others)


def some(names: Collection[str], *others: Callable[[], None]) -> None:
    """The groups of controls of these names, and then others."""
    groups = {name: group for name, group in GROUPS.items() if name in names}
    shown = {**groups, **{other.__name__: other for other in others}}
    with st.container(key="marked" if fields.are_marked() else "unmarked"):
        for name, group in shown.items():
            if task.is_hidden(name):
                continue
            with st.container(key=f"group_{name}"):
                group()


def lesson() -> None:
    """A menu of runs worth seeing; it names the one that runs, and says what to look for."""
    if task.is_hidden("lesson"):
        return
    presets.menu(
        session.memory,
        "lesson",
        LESSONS,
        attrgetter("spec"),
        own=say("Your own net"),
        about=say("Runs worth seeing. Choosing one sets all controls below."),
    )


def data() -> None:
    """What is learned, and how many samples make a step."""
    fields.menu(
        "dataset",
        also=lambda name: fitting_data(session.spec(), name),
        more=list(tables.held()),
        called=tables.label,
    )
    if not DATASETS[session.spec().dataset].classes:
        st.caption(say(tables.NUMBERS))
    if not task.is_locked("dataset"):
        own_data()
    fields.usual("batch_size", BATCHES)


def network() -> None:
    """Depth and width, and the widths one by one for nets that are not equally wide."""
    hidden = session.spec().hidden
    width = hidden[0] if len(set(hidden)) == 1 else None
    fields.count(
        "layers",
        len(hidden),
        lambda n: {"hidden": resized(session.spec().hidden, n)},
        low=0,
        high=limits.MOST_LAYERS,
    )
    some = {"low": 1, "high": limits.MOST_WIDTH, "disabled": not hidden}
    fields.count(
        "width",
        width,
        lambda n: {"hidden": (n,) * len(session.spec().hidden)},
        empty=say("mixed" if hidden else "no layers"),
        **some,
    )
    fields.typed_field("hidden")


def activation() -> None:
    fields.menu("activation")
    fields.options("activation")


def initializer() -> None:
    fields.menu("initializer")
    fields.options("initializer")


def path() -> None:
    """The path past blocks of hidden layers, and how many of them make a block."""
    fields.choice("residual")
    if session.spec().residual != "none":
        fields.setting("residual_every")


def regularization() -> None:
    """Batch norm with its places and its momentum, layer norm, and dropout."""
    spec = session.spec()
    fields.choice("batch_norm")
    fields.setting("batch_norm_input")
    fields.setting("batch_norm_output")
    if spec.batch_norm != "none" or spec.batch_norm_input or spec.batch_norm_output:
        fields.setting("batch_norm_momentum")
    layer_norm()
    fields.setting("dropout")


def layer_norm() -> None:
    """Layer norm's place, its kind, and where it stands beside a residual path."""
    spec = session.spec()
    fields.choice("layer_norm")
    if spec.layer_norm != "none":
        fields.choice("layer_norm_kind")
        if spec.residual != "none":
            fields.choice("norm_place")


def optimizer() -> None:
    """The rule, its learning rate in steps of 1-3-10, its options, and limits on the gradient."""
    fields.menu("optimizer", also=lambda name: {"lr": OPTIMIZERS[name].default_lr})
    fields.usual("lr", RATES)
    fields.options("optimizer")
    fields.choice("clip")
    if session.spec().clip != "none":
        fields.setting("clip_threshold")


def repeatability() -> None:
    """The seed, and the device where there is a choice."""
    fields.setting("seed")
    device = session.spec().device
    devices = list(dict.fromkeys((*host.shared().devices, device)))
    if len(devices) > 1:
        fields.picked("device", options=devices)


GROUPS = {
    "data": data,
    "network": network,
    "activation": activation,
    "initializer": initializer,
    "path": path,
    "regularization": regularization,
    "optimizer": optimizer,
    "repeatability": repeatability,
}
