"""The chapter's experiment: ELU, He and batch norm, twenty epochs, test accuracy after each, on digits or on MNIST."""

from typing import Any

import numpy as np
import streamlit as st

from engine.experiments.chapter import Epochs
from engine.spec import RunSpec
from engine.spec.examples import CHAPTER
from engine.spec.variants import without_batch_norm
from engine.tables.datasets import DATASETS
from engine.tables.wording import Sentence
from viz import chrome
from viz.figures.lines import Axis, Line, lines
from viz.run import session
from viz.widgets import kept
from viz.widgets.chart import chart
from viz.widgets.growing import grow, keyed
from viz.words.language import paragraph, say
from viz.workbench import progressively

TITLE = Sentence("The chapter's experiment")
DATA = ("digits", "mnist")
NETS = {"300,100": "300, 100 (the chapter's)", "100x20": "20 layers of 100"}
RATES = (0.01, 0.03, 0.1, 0.3, 1.0)
NAMES = ("with batch norm", "without batch norm")
LOOKS: tuple[dict[str, Any], ...] = ({"role": "activation"}, {"role": "test", "dash": "dash"})


def show(spec: RunSpec) -> None:
    st.markdown(
        say(
            "## The chapter's experiment\n784-300-100-10 on MNIST (64-300-100-10 on digits), ELU, He's weights, batch "
            "norm before each activation and on the logits, SGD at 0.01, batches of 200, 20 epochs (Géron, *Hands-On "
            "Machine Learning*, chapter 11). Beside it the same net without batch norm, from the same weights."
        )
    )
    st.caption(
        say(
            "The chapter's batch norm momentum 0.9 is the share of the running statistics that stays; torch's 0.1 is "
            "the share of the new batch. Of the sidebar only the seed counts here."
        )
    )
    chosen, epochs = settings(spec)
    place, rows = st.empty(), st.expander(say("Epoch by epoch")).empty()

    def draw(seen: Epochs) -> None:
        picture(seen, chosen)
        rows.dataframe(table(seen), hide_index=True, key=keyed("chapter_table"))

    seen = grow(place, progressively(Epochs, "chapter", spec=chosen.to_dict(), epochs=epochs), draw)
    if seen is None and chosen.dataset != "digits":
        ways = st.container(horizontal=True)
        ways.button(say("Use digits"), key="chapter_digits", icon=":material/dataset:", on_click=_use_digits)
        ways.button(say("Try again"), key="chapter_again", icon=":material/refresh:")


def _use_digits() -> None:
    kept.keep("data", "digits", "digits")


def settings(spec: RunSpec) -> tuple[RunSpec, int]:
    """(the net with batch norm, epochs), the chapter's own where nothing was chosen."""
    first, second, third, fourth = st.columns([2, 3, 2, 2], vertical_alignment="bottom")
    data = kept.one_of(
        first.segmented_control, say("Data"), DATA, "digits",
        format_func=lambda name: say(DATASETS[name].label).split(" (")[0], key="chapter_data", name="data",
        required=True,
        help=say("MNIST is fetched once from openml.org: 60,000 samples, a minute of training."),
    )  # fmt: skip
    net = kept.one_of(
        second.selectbox,
        say("Hidden layers"),
        list(NETS),
        next(iter(NETS)),
        format_func=lambda shape: say(NETS[shape]),
        key="chapter_net",
        name="nets",
    )
    rate = kept.one_of(
        third.select_slider, say("Learning rate"), RATES, 0.01, key="chapter_rate", name="rate"
    )
    epochs = kept.one_of(
        fourth.select_slider, say("Epochs"), (5, 10, 20, 40), 20, key="chapter_epochs", name="epochs"
    )
    chosen = CHAPTER.replace(dataset=data, hidden=RunSpec.option("hidden").read(net), lr=rate, seed=spec.seed)
    with_norm, without = st.columns(2)
    for column, name, run in (
        (with_norm, Sentence("Into the sidebar, with batch norm"), chosen),
        (without, Sentence("Into the sidebar, without"), without_batch_norm(chosen)),
    ):
        column.button(
            say(name), key=f"chapter_live_{name}", icon=":material/arrow_back:", on_click=session.adopt, args=(run,),
            help=say("Puts this run into the sidebar; the Train page trains it layer by layer before your eyes."),
            width="stretch",
        )  # fmt: skip
    return chosen, epochs


def picture(seen: Epochs, chosen: RunSpec) -> None:
    """What is known so far: the outcome in words, accuracy and loss after each epoch."""
    st.markdown(in_words(seen, chosen))
    epoch = np.arange(seen.accuracy.shape[1])
    charts = {
        "accuracy": (seen.accuracy, say("Test accuracy after each epoch"), Axis(say("accuracy"), share=True)),
        "loss": (seen.loss, say("Test loss after each epoch"), Axis(say("loss"), log=True)),
    }
    for column, (key, (values, title, up)) in zip(st.columns(2), charts.items(), strict=True):
        figure = lines(
            curves={
                say(NAMES[run]): Line(x=epoch, y=values[run], mode="lines+markers", **look)
                for run, look in enumerate(LOOKS)
            },
            title=title,
            across=Axis(say("epoch")),
            up=up,
            base=chrome.base(),
        )
        chart(figure, f"chapter_{key}", column)


def table(seen: Epochs) -> dict[str, Any]:
    """Both accuracies after each epoch."""
    epoch = np.arange(seen.accuracy.shape[1])
    return {say("epoch"): epoch} | {
        say(NAMES[run]): list(map(_share, accuracy)) for run, accuracy in enumerate(seen.accuracy)
    }


def in_words(seen: Epochs, chosen: RunSpec) -> str:
    """How both ended, and what to expect of such a run."""
    done = int(np.isfinite(seen.accuracy).any(axis=0).sum()) - 1
    said = say(
        "After {epochs} epochs of {steps} steps: **{with_norm}** with batch norm; **{without}** without.",
        epochs=max(done, 0),
        steps=seen.steps,
        with_norm=ended(seen, 0),
        without=ended(seen, 1),
    )
    expect = say(
        "At a high rate batch norm shows what it is for: it keeps every layer's input in range, so the net bears "
        "steps that throw the other one away."
        if chosen.lr >= 0.1
        else "Expect no gain from batch norm here: two hidden layers with He's weights pass their signal on by "
        "themselves, and at 0.01 nothing is close to diverging. It pays for deeper nets and higher rates: choose them "
        "above."
    )
    return paragraph(said, expect)


def ended(seen: Epochs, run: int) -> str:
    """The last accuracy of a run, or where it diverged."""
    if (at := seen.diverged_at[run]) >= 0:
        return say("diverged at step {step}", step=at)
    known = seen.accuracy[run][np.isfinite(seen.accuracy[run])]
    return f"{known[-1]:.1%}" if len(known) else "…"


def _share(accuracy: float) -> str:
    return f"{accuracy:.1%}" if np.isfinite(accuracy) else say("diverged")
