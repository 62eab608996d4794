"""The pictures of the Compare page: who leads, how they got there, and each run's way to the Train page."""

import math
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from typing import Any
from urllib.parse import urlencode

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from engine.experiments.standing import Grid, Nested, Standing
from engine.spec import RunSpec
from engine.tables.wording import Sentence
from viz import chrome
from viz.compare import export, theory, words
from viz.compare.plan import Cells, Plan
from viz.figures import grids
from viz.run import link
from viz.shelf.curves import thinned
from viz.shelf.keeping import Made, keep
from viz.shelf.store import Item
from viz.widgets.chart import chart, chosen
from viz.widgets.growing import keyed
from viz.widgets.language import along
from viz.words.language import listed, paragraph, say
from viz.words.text import plain

MOST_CURVES = 8
LONG_NAME = 12  # letters, beyond which a table's usual column would cut a name off
ONE_BY_ONE = {
    "seed": "{metric} after {steps:,} steps, seed by seed",
    "fold": "{metric} after {steps:,} steps, fold by fold",
}
FAR = 30.0  # times between the lowest and the highest loss, from which an axis is logarithmic


def everything(seen: Grid, cells: Cells, plan: Plan) -> None:
    """All that is known so far. A dot that is chosen in the end says which run it is, and opens it on Train."""
    st.markdown(f"**{plain(say(words.headline(seen, cells.labels, plan)))}**")
    if not seen.ranking:
        return
    two = len(cells.axes) > 1
    place = said_above("compare_chosen_left")
    left, right = st.columns(2)
    with left:
        if two:
            mapped(seen, cells, plan, place)
        else:
            dotted(seen, cells, plan, place)
    with right:
        chart(courses(seen, cells, plan), "compare_curves")
    if two:
        dotted(seen, cells, plan, said_above("compare_chosen_dots"))
    ranking(seen, cells, plan)


def said_above(name: str) -> DeltaGenerator:
    """Where it is said what is chosen in the figure below: its room is kept, so that no choice moves a figure."""
    return st.container(key=keyed(name))


def dotted(seen: Grid, cells: Cells, plan: Plan, place: DeltaGenerator) -> None:
    """The runs, each to be chosen."""
    found = chosen(dots(seen, cells, plan), "compare_dots")
    with place:
        for cell, seed in found:
            opened(int(cell), int(seed), seen, cells)
        if not found:
            st.caption(say("Choose a dot, and its run can be opened."))


def mapped(seen: Grid, cells: Cells, plan: Plan, place: DeltaGenerator) -> None:
    """The map, of which each cell can be chosen."""
    found = chosen(heat(seen, cells, plan), "compare_heat")
    across, up = columns_and_rows(cells)
    with place:
        for row, column in found:
            texts = across[int(column)], up[int(row)]
            averaged(next(k for k, cell in enumerate(cells.cells) if cell.texts == texts), seen, cells, plan)
        if not found:
            st.caption(say("Choose a cell of the map, and its first run can be opened."))


def averaged(cell: int, seen: Grid, cells: Cells, plan: Plan) -> None:
    """All runs of a setting in words, and the link of the first."""
    (place,) = (one for one in seen.ranking if one.index == cell)
    net = plain(cells.labels[cell])
    if math.isnan(place.mean):
        ended = say("diverged")
    else:
        ended = say("{metric:lower} {value}", metric=plan.metric, value=words.value(place.mean, plan.rank))
    linked(say("{net}, mean of the seeds: {ended}", net=net, ended=ended), cells.cells[cell].spec)


def linked(said: str, spec: RunSpec) -> None:
    """A run in words, beside its link."""
    left, button = st.columns([3, 1], vertical_alignment="center")
    left.markdown(said)
    button.link_button(say("Open on Train"), address(spec), icon=":material/timeline:")


def opened(cell: int, seed: int, seen: Grid, cells: Cells) -> None:
    """One run in words, and its link."""
    spec = cells.cells[cell].spec
    spec = spec.replace(seed=spec.seed + seed)
    at = int(seen.diverged_at[cell, seed])
    if at >= 0:
        ended = say("diverged at step {at:,}", at=at)
    else:
        ended = say("accuracy {accuracy:.1%}", accuracy=float(seen.accuracy[cell, seed, -1]))
    net = plain(cells.labels[cell])
    linked(say("{net}, seed {seed}: {ended}", net=net, seed=spec.seed, ended=ended), spec)


def address(spec: Any) -> str:
    """The link of a run, from this page: the Train page is where a visitor arrives."""
    return along(f"./?{urlencode(link.write(spec))}")


def last(seen: Grid, rank: str) -> np.ndarray:
    """What the ranking goes by, of runs that are over [settings, seeds]; NaN for the others."""
    return np.where(seen.ended, getattr(seen, rank)[:, :, -1], np.nan)


def is_far(values: np.ndarray, rank: str) -> bool:
    """Whether losses lie so far apart that their axis is logarithmic."""
    known = values[np.isfinite(values) & (values > 0)]
    return rank != "accuracy" and known.size > 0 and known.max() > FAR * known.min()


def dots(seen: Grid, cells: Cells, plan: Plan) -> go.Figure:
    """A row for each setting, in the order of the ranking."""
    values, first = last(seen, plan.rank), cells.cells[0].spec.seed
    seeds = range(first, first + values.shape[1])
    return ranked(seen.ranking, cells.labels, values, plan, each=Sentence("seed"), numbers=seeds)


def ranked(
    places: Sequence[Standing],
    labels: Sequence[str],
    values: np.ndarray,
    plan: Plan,
    each: str,
    numbers: Sequence[int],
) -> go.Figure:
    """A row for each place; labels and values [.., each] go by the places' own indices, and so do its points.

    numbers: [each], what each is called.
    """
    rows = [place.index for place in places]
    values = values[rows]
    figure = grids.dots(
        labels=[labels[k] for k in rows],
        values=values,
        means=np.array([place.mean for place in places]),
        intervals=np.array([[place.low, place.high] for place in places]),
        best=None if math.isnan(places[0].mean) else 0,
        title=say(ONE_BY_ONE[each], metric=plan.metric, steps=plan.steps),
        unit=say(plan.metric).lower(),
        base=chrome.base(),
        share=plan.rank == "accuracy",
        log=is_far(values, plan.rank),
        each=each,
        numbers=numbers,
    )
    figure.data[0].customdata = [[rows[row], part] for row, part in figure.data[0].customdata]
    return figure


def heat(seen: Grid, cells: Cells, plan: Plan) -> go.Figure:
    """The mean for each pair of values; the second setting goes up."""
    columns, rows = columns_and_rows(cells)
    values, diverged = np.full((len(rows), len(columns)), np.nan), np.zeros((len(rows), len(columns)), bool)
    final = last(seen, plan.rank)
    for cell, of_seeds, at in zip(cells.cells, final, seen.diverged_at, strict=True):
        place = rows.index(cell.texts[1]), columns.index(cell.texts[0])
        known = of_seeds[np.isfinite(of_seeds)]
        values[place] = known.mean() if known.size and not (at >= 0).any() else np.nan
        diverged[place] = (at >= 0).any()
    across, up = cells.axes
    expected = theory.reach(cells)
    return grids.heat(
        across=[across.shown(text) for text in columns],
        up=[up.shown(text) for text in rows],
        values=values,
        diverged=diverged,
        names=(say(across.label), say(up.label)),
        title=say("{metric} after {steps:,} steps, mean of the seeds", metric=plan.metric, steps=plan.steps),
        unit=say(plan.metric).lower(),
        base=chrome.base(),
        share=plan.rank == "accuracy",
        log=is_far(values, plan.rank),
        line=expected,
        line_name=theory.name(),
    )


def columns_and_rows(cells: Cells) -> tuple[list[str], list[str]]:
    """The values of the two settings, as a link writes them."""
    across, up = (list(dict.fromkeys(cell.texts[at] for cell in cells.cells)) for at in (0, 1))
    return across, up


def courses(seen: Grid, cells: Cells, plan: Plan) -> go.Figure:
    """The way of the best; a setting keeps its color while ranks change."""
    shown = [place.index for place in seen.ranking][:MOST_CURVES]
    values = getattr(seen, plan.rank)[shown]
    if len(cells.cells) > MOST_CURVES:
        title = say(
            "{metric} of the best {most}: mean, lowest and highest seed", metric=plan.metric, most=MOST_CURVES
        )
    else:
        title = say("{metric}: mean, lowest and highest seed", metric=plan.metric)
    return grids.courses(
        looks=seen.looks,
        labels=[cells.labels[k] for k in shown],
        values=values,
        colors=shown,
        title=title,
        unit=say(plan.metric).lower(),
        base=chrome.base(),
        share=plan.rank == "accuracy",
        log=is_far(values, plan.rank),
    )


def ranking(seen: Grid, cells: Cells, plan: Plan) -> None:
    """The table, with a link to the first run of each setting."""
    places = seen.ranking
    rows: dict[str, list[Any]] = {"": list(range(1, len(places) + 1))}
    for at, axis in enumerate(cells.axes):
        rows[say(axis.label)] = [cells.shown(cells.cells[place.index])[at] for place in places]
    diverged = (seen.diverged_at >= 0).sum(axis=1)
    rows |= {
        say(plan.metric): [words.value(place.mean, plan.rank) for place in places],
        say("95% interval"): [words.interval(place, plan.rank) for place in places],
        say("runs"): [place.runs for place in places],
        say("diverged"): [int(diverged[place.index]) for place in places],
        say("beside the best"): [words.against_best(place, places[0]) for place in places],
        say("run"): [address(cells.cells[place.index].spec) for place in places],
    }
    st.dataframe(
        rows,
        hide_index=True,
        key=keyed("compare_ranking"),
        column_config=opening(cells),
    )
    st.caption(
        paragraph(
            say(
                "Interval: of the mean, from signed ranks (Hodges and Lehmann) with six seeds or more, Student's t "
                "with fewer."
            ),
            say(
                "Beside the best: the differences seed by seed, at 95% for each pair by itself; a run that diverged "
                "counts as the worst there is."
            ),
        )
    )


def opening(cells: Cells) -> dict[str, Any]:
    """How a table draws the column of links to its runs, and those of settings whose values have long names."""
    long = [
        axis
        for at, axis in enumerate(cells.axes)
        if max(len(axis.shown(cell.texts[at])) for cell in cells.cells) > LONG_NAME
    ]
    wide = {say(axis.label): st.column_config.Column(width="medium") for axis in long}
    return wide | {say("run"): st.column_config.LinkColumn(say("run"), display_text=say("Open on Train"))}


def downloads(seen: Grid, cells: Cells, plan: Plan, spec: RunSpec) -> None:
    """The whole comparison to take home."""
    frame, best = export.table(seen, cells), [place.index for place in seen.ranking][:MOST_CURVES]
    curves = thinned(list(seen.looks), {cells.labels[k]: seen.test_loss[k].mean(axis=0) for k in best})
    taken_home(frame, cells, partial(kept, seen, frame, curves, cells.labels, cells, plan, spec))


def taken_home(frame: pd.DataFrame, cells: Cells, made: Callable[[str], Made]) -> None:
    """Its table as files, and its place on the shelf."""
    with st.container(horizontal=True):
        st.download_button(
            "CSV",
            export.csv(frame),
            "comparison.csv",
            "text/csv",
            key="compare_csv",
            icon=":material/download:",
        )
        st.download_button(
            "Parquet", export.parquet(frame), "comparison.parquet", "application/vnd.apache.parquet",
            key="compare_parquet", icon=":material/download:",
        )  # fmt: skip
        keep("comparison", listed([axis.label for axis in cells.axes], "and"), made)


def kept(
    seen: Grid | Nested,
    frame: pd.DataFrame,
    curves: Mapping[str, Sequence[float | None]],
    labels: Sequence[str],
    cells: Cells,
    plan: Plan,
    spec: RunSpec,
    name: str,
) -> Made:
    """What is known of the comparison, as its table, and curves of the best."""
    settings = {
        str(axis.label): ", ".join(dict.fromkeys(cell.texts[at] for cell in cells.cells))
        for at, axis in enumerate(cells.axes)
    }
    settings |= {"seeds": str(plan.seeds), "steps": str(plan.steps)}
    words_of_it = say(words.headline(seen, labels, plan))
    address = f"compare?{urlencode(link.write(spec) | plan.write())}"
    item = Item("comparison", name, address, words_of_it, "comparison.csv", settings, curves)
    return item, export.csv(frame)
