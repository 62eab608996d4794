"""What one takes home of a race."""

from collections.abc import Callable, Sequence
from functools import partial
from urllib.parse import urlencode

import numpy as np
import streamlit as st

from engine.tables.optimizers import OPTIMIZERS
from engine.tables.wording import Sentence
from viz.exports.tables import Table, csv, parquet
from viz.race import component, host, link
from viz.race.state import LETTERS, Race
from viz.replay import race as replay
from viz.server import tokens
from viz.server.visitors import Visitor, of_this_page
from viz.shelf.curves import thinned
from viz.shelf.keeping import Made, keep
from viz.shelf.store import Item
from viz.wire import payload
from viz.words.language import language, say, speaking

PATIENCE = 60.0  # seconds for one answer


def takeaway(race: Race) -> None:
    """The files of this race, made when they are asked for."""
    st.markdown(f"## {say('Take it home')}")
    if not any(racer.on for racer in race.runs):
        st.caption(say("No optimizer is on: there is no race to take home."))
        return
    visitor = of_this_page()
    for place, (name, (title, media, words, make)) in zip(st.columns(4), FILES.items(), strict=False):
        place.download_button(
            say(title),
            partial(spoken, language(), make, race, visitor),
            file_name=name,
            mime=media,
            icon=":material/download:",
            on_click="ignore",
            key=f"save_{name}",
            help=say(words),
        )
    surface = say(race.built.label)
    name = say("{surface}: {n} optimizers", surface=surface, n=len(race.running))
    keep("race", name, partial(kept, race, visitor))


def spoken(
    name: str, make: Callable[[Race, Visitor], str | bytes], race: Race, visitor: Visitor
) -> str | bytes:
    """A file in the language of whoever asked for it: it is made later, in nobody's session."""
    with speaking(name):
        return make(race, visitor)


def kept(race: Race, visitor: Visitor, name: str) -> Made:
    """The race with its replay; RuntimeError with the reason where it cannot be computed."""
    x, y = race.begin
    settings = {"surface": race.built.label, "start": f"{x:g}, {y:g}", "steps": str(race.steps)}
    for letter, racer in zip(LETTERS, race.runs, strict=False):
        if racer.on:
            settings[letter] = f"{OPTIMIZERS[racer.optimizer].label}, {racer.lr:g}"
    address = f"optimizers?{urlencode(link.write(race))}"
    item = Item("race", name, address, say(caption(race)), "race.html", settings, curves(race, visitor))
    return item, as_replay(race, visitor).encode()


def curves(race: Race, visitor: Visitor) -> dict[str, list[float | None]]:
    """The value above the lowest of each optimizer over its steps."""
    walks = paths(race, visitor)
    card, at, gap = (np.asarray(walks[name]) for name in ("card", "step", "value above lowest [f]"))
    named: dict[str, np.ndarray] = {}
    for letter, racer in zip(LETTERS, race.runs, strict=False):
        if racer.on:
            values = named[f"{letter} {OPTIMIZERS[racer.optimizer].label} {racer.lr:g}"] = np.full(
                race.steps + 1, np.nan
            )
            mine = (card == letter) & (
                gap > 0
            )  # at the lowest itself there is no place on an axis of decades
            values[at[mine]] = gap[mine]
    return thinned(range(race.steps + 1), named)


def as_replay(race: Race, visitor: Visitor) -> str:
    """The HTML file that plays a race; RuntimeError with the reason where the race cannot be computed."""
    asked = replay.questions(len(race.running))
    answers = list(zip(asked, ask(race, asked, visitor), strict=True))
    title = Sentence("{surface}: a recorded race", surface=Sentence(race.built.label))
    return replay.replay(component.tables(race), answers, say(title), say(caption(race)))


def ask(race: Race, questions: Sequence[replay.Question], visitor: Visitor) -> list[bytes]:
    """The payloads of these questions, asked one after another under a name of their own."""
    token = tokens.new_token()
    host.shared().admit(token, visitor)
    bodies = []
    for kind, of in questions:
        question = {"ask": kind, "race": race.to_dict()} | ({} if of is None else {"of": of})
        answer = host.shared().ask(token, question).result(PATIENCE)
        if answer.status != 200:
            raise RuntimeError(answer.header["error"])
        bodies.append(answer.body)
    return bodies


def caption(race: Race) -> Sentence:
    """Who runs, from where."""
    runs = [
        Sentence(
            "{letter} {optimizer} {lr:g}",
            letter=letter,
            optimizer=Sentence(OPTIMIZERS[racer.optimizer].label),
            lr=racer.lr,
        )
        for letter, racer in zip(LETTERS, race.runs, strict=False)
        if racer.on
    ]
    x, y = race.begin
    return Sentence("{runs}; from {x:g}, {y:g}; {steps} steps", runs=runs, x=x, y=y, steps=race.steps)


def as_csv(race: Race, visitor: Visitor) -> str:
    """The paths as CSV."""
    return csv(paths(race, visitor))


def as_parquet(race: Race, visitor: Visitor) -> bytes:
    """The paths as Parquet, with the race in words and as a link."""
    return parquet(
        paths(race, visitor),
        {"settings": caption(race), "link": urlencode(link.write(race)), "f": race.built.formula},
    )


def paths(race: Race, visitor: Visitor) -> Table:
    """A row a step of each running optimizer, from step 0 to the last that is finite."""
    header, arrays = payload.decode(ask(race, [("paths", None)], visitor)[0])
    positions, gaps = arrays["positions"], arrays["gaps"]
    on = [(letter, racer) for letter, racer in zip(LETTERS, race.runs, strict=False) if racer.on]
    lengths = np.pad(arrays["lengths"], ((0, 0), (1, 0)), constant_values=np.nan)
    distances = arrays.get("distances", np.full_like(gaps, np.nan))
    steps = [at if at >= 0 else header["steps"] + 1 for at in header["diverged_at"]]

    def column(array: np.ndarray) -> np.ndarray:
        return np.concatenate([row[:count] for row, count in zip(array, steps, strict=True)])

    return {
        "card": [letter for (letter, _), count in zip(on, steps, strict=True) for _ in range(count)],
        "optimizer": [
            racer.optimizer for (_, racer), count in zip(on, steps, strict=True) for _ in range(count)
        ],
        "learning rate [1]": np.repeat([racer.lr for _, racer in on], steps),
        "step": np.concatenate([np.arange(count) for count in steps]),
        "x [1]": column(positions[..., 0]),
        "y [1]": column(positions[..., 1]),
        "value [f]": header["lowest"] + column(gaps),
        "value above lowest [f]": column(gaps),
        "distance to nearest minimum [1]": column(distances),
        "length of step [1]": column(lengths),
    }


FILES: dict[str, tuple[Sentence, str, Sentence, Callable[[Race, Visitor], str | bytes]]] = {
    "race.html": (
        Sentence("Replay (HTML)"),
        "text/html",
        Sentence(
            "One file that plays and scrubs this race in any browser, without a server: the map, the relief, all "
            "curves, each optimizer's inside. It is made when you press it, which takes some seconds."
        ),
        as_replay,
    ),
    "race.csv": (
        Sentence("Paths (CSV)"),
        "text/csv",
        Sentence("A row a step of each optimizer: where it is, and the value there."),
        as_csv,
    ),
    "race.parquet": (
        Sentence("Paths (Parquet)"),
        "application/vnd.apache.parquet",
        Sentence("The same with types, and with the settings in the file's metadata."),
        as_parquet,
    ),
}
"""file name -> title, type, help, and what makes it."""
