"""A cross-validated comparison as the page shows it: fold by fold, what each fold chose, and what may be said."""

import math
from collections import Counter
from functools import partial
from typing import Any

import numpy as np
import pandas as pd
import plotly.graph_objects as go
import streamlit as st

from engine.experiments.standing import Nested
from engine.spec import RunSpec
from engine.tables.wording import Sentence
from viz.compare import export, order, pictures, words
from viz.compare.plan import INNER, Cell, Cells, Plan, families
from viz.run import link
from viz.widgets.chart import chosen
from viz.widgets.growing import keyed
from viz.words.language import listed, paragraph, say
from viz.words.text import plain


def everything(seen: Nested, cells: Cells, plan: Plan) -> None:
    """All that is known so far. A dot that is chosen in the end opens what its fold chose on Train."""
    found = labels(cells)
    st.markdown(f"**{plain(say(words.headline(seen, found, plan)))}**")
    if not seen.ranking:
        return
    claims = order.steps(names(cells), seen.against) if order.is_claimed(cells) else []
    if claims:
        st.markdown("\n".join(f"- {plain(say(line))}" for line in order.said(claims, found)))
    place = pictures.said_above("compare_chosen_folds")
    found_there = chosen(dots(seen, cells, plan), "compare_folds")
    with place:
        for family, part in found_there:
            opened(int(family), int(part), seen, cells, plan)
        if not found_there:
            st.caption(say("Choose a dot, and its run can be opened."))
    ranking(seen, cells, plan)
    if claims:
        steps(claims, found, plan)


def names(cells: Cells) -> list[str]:
    """Of each family the value of the first setting, as a link writes it."""
    return [cells.cells[family[0]].texts[0] for family in families(cells)]


def labels(cells: Cells) -> list[str]:
    """Of each family what people read."""
    said = [cells.axes[0].said(name) for name in names(cells)]
    return [label[:1].upper() + label[1:] for label in said]


def cell(cells: Cells, family: int, chosen: int) -> Cell:
    """What a fold chose of a family."""
    return cells.cells[families(cells)[family][chosen]]


def where(part: int, plan: Plan) -> tuple[int, int]:
    """(seed, fold) of a part, both from 0."""
    return divmod(part, int(plan.folds))


def opened(family: int, part: int, seen: Nested, cells: Cells, plan: Plan) -> None:
    """One fold's net in words, and the link of its run, which trains on the other folds and this one."""
    taken = cell(cells, family, seen.chosen[family, part])
    seed, fold = where(part, plan)
    at = int(seen.diverged_at[family, part])
    score = words.value(seen.scores[family, part], plan.rank)
    if at >= 0:
        reached = say("diverged at step {at:,}", at=at)
    else:
        reached = say("{metric:lower} {value}", metric=plan.metric, value=score)
    what = labels(cells)[family]
    if len(cells.axes) > 1:
        what = say("{net}, {setting} chosen", net=what, setting=cells.axes[1].said(taken.texts[1]))
    spec = taken.spec.replace(seed=taken.spec.seed + seed)
    pictures.linked(plain(say("{net}, fold {fold}: {ended}", net=what, fold=fold + 1, ended=reached)), spec)


def dots(seen: Nested, cells: Cells, plan: Plan) -> go.Figure:
    """A row for each family, in the order of the ranking; a dot for each fold."""
    folds = [where(part, plan)[1] + 1 for part in range(seen.scores.shape[1])]
    return pictures.ranked(
        seen.ranking, labels(cells), seen.scores, plan, each=Sentence("fold"), numbers=folds
    )


def ranking(seen: Nested, cells: Cells, plan: Plan) -> None:
    """The table, with what the folds chose and a link to what most of them did."""
    places, found = seen.ranking, names(cells)
    first = cells.axes[0]
    rows: dict[str, list[Any]] = {
        "": list(range(1, len(places) + 1)),
        say(first.label): [first.shown(found[place.index]) for place in places],
        say(plan.metric): [words.value(place.mean, plan.rank) for place in places],
        say("95% interval"): [words.interval(place, plan.rank) for place in places],
    }
    if len(cells.axes) > 1:
        rows[say("{setting}, by fold", setting=cells.axes[1].label)] = [
            listed(
                cells.axes[1].shown(cell(cells, place.index, k).texts[1]) for k in seen.chosen[place.index]
            )
            for place in places
        ]
    usual = [Counter(seen.chosen[place.index].tolist()).most_common(1)[0][0] for place in places]
    rows |= {
        say("diverged"): [int((seen.diverged_at[place.index] >= 0).sum()) for place in places],
        say("beside the best"): [words.against_best(place, places[0]) for place in places],
        say("run"): [
            pictures.address(cell(cells, place.index, k).spec) for place, k in zip(places, usual, strict=True)
        ],
    }
    st.dataframe(
        rows,
        hide_index=True,
        key=keyed("compare_folds_ranking"),
        column_config=pictures.opening(cells),
    )
    choice = (
        say(
            "{setting}: for each fold the best mean over {inner} folds of the others, which alone are looked at for "
            "it.",
            setting=cells.axes[1].label,
            inner=INNER,
        )
        if len(cells.axes) > 1
        else ""
    )
    st.caption(
        paragraph(
            say(
                "Each of {folds} folds of the training set (scikit-learn's StratifiedKFold) is held out in turn.",
                folds=plan.folds,
            ),
            choice,
            say(
                "Interval: Student's t over folds, with the variance raised for the samples that folds share (Nadeau "
                "and Bengio, 2003). Beside the best: the differences fold by fold, at 95% for each pair by itself."
            ),
        )
    )


def steps(claims: list[order.Step], found: list[str], plan: Plan) -> None:
    """Each step of the claimed order, with the interval of the difference."""
    scale, by = (order.POINTS, say("by points")) if plan.rank == "accuracy" else (1, say("by"))
    rows = {
        say("better, as the textbook has it"): [found[step.better] for step in claims],
        say("than"): [found[step.worse] for step in claims],
        by: [_signed(scale * step.difference[0]) for step in claims],
        say("95% interval"): [
            say(
                "{low} to {high}",
                low=_signed(scale * step.difference[1]),
                high=_signed(scale * step.difference[2]),
            )
            for step in claims
        ],
        "": [say(step.verdict) for step in claims],
    }
    st.dataframe(rows, hide_index=True, key=keyed("compare_order"))


def _signed(number: float) -> str:
    """A difference in short; that of folds of which some diverged has no middle, and no ends."""
    return f"{number:+.2g}" if math.isfinite(number) else "–"


def downloads(seen: Nested, cells: Cells, plan: Plan, spec: RunSpec) -> None:
    """The whole comparison to take home."""
    frame = table(seen, cells, plan)
    pictures.taken_home(
        frame, cells, partial(pictures.kept, seen, frame, {}, labels(cells), cells, plan, spec)
    )


def table(seen: Nested, cells: Cells, plan: Plan) -> pd.DataFrame:
    """A row for each family and part that is done: what was chosen there, what it reached, the link."""
    family, part = np.nonzero(np.isfinite(seen.scores) | (seen.diverged_at >= 0))
    taken = [cell(cells, int(f), int(seen.chosen[f, p])) for f, p in zip(family, part, strict=True)]
    seed, fold = np.divmod(part, int(plan.folds))
    columns = {
        axis.name: export.column(axis, [one.texts[at] for one in taken]) for at, axis in enumerate(cells.axes)
    }
    queries = ["&".join(f"{k}={v}" for k, v in link.write(one.spec).items()) for one in taken]
    return pd.DataFrame(
        columns
        | {"seed": [one.spec.seed + k for one, k in zip(taken, seed, strict=True)], "fold": fold + 1}
        | {
            plan.rank: seen.scores[family, part],
            "diverged_at": seen.diverged_at[family, part],
            "spec": queries,
        }
    )
