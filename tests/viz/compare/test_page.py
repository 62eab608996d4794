"""The Compare page without a browser: what it says is what the runs are, and what it refuses it explains."""

import io
from collections.abc import Callable
from urllib.parse import parse_qsl

import numpy as np
import pandas as pd
import pytest
from streamlit.testing.v1 import AppTest

from engine import RunSpec, Trainer
from engine.experiments.standing import Grid, Nested
from tests.viz.workbench.here import ARRIVING, all_of_it
from viz import chrome
from viz.compare import crossed, export, pictures, words
from viz.compare.axes import axis
from viz.compare.plan import Plan, cells, families
from viz.run import link
from viz.server.keys import COOKIE
from viz.shelf.keeping import shelf
from viz.shelf.store import CHOSEN
from viz.words.language import say, speaking
from viz.workers.bench import grids

pytestmark = pytest.mark.slow

SCRIPT = """
import streamlit as st
from viz.pages import compare
from viz.widgets.language import listen
listen()
st.navigation([st.Page(compare.page)]).run()
"""
SPEC = RunSpec(dataset="moons", hidden=(6, 5), batch_size=32, activation="relu", lr=0.1)
SMALL = link.write(SPEC) | {"seeds": "2", "steps": "12"}
LR = {"vary": "lr", "values": "0.0~0.3"}


@pytest.fixture
def opened(monkeypatch) -> Callable[..., AppTest]:
    """Open the page at a link; the experiment runs at once, in this process."""

    def at_once(name, arguments, say):
        for seen in all_of_it(name, arguments):
            assert any(runs in say(seen) for runs in ("runs", "次训练"))
        yield seen

    monkeypatch.setattr(ARRIVING, at_once)
    monkeypatch.setattr(grids, "FINISHED", grids.Finished())

    def open_link(**query: str) -> AppTest:
        app = AppTest.from_string(SCRIPT, default_timeout=60)
        app.query_params.update(SMALL | query)
        app.run()
        assert not app.exception
        return app

    return open_link


def said(app: AppTest) -> str:
    return " ".join(element.value for element in (*app.markdown, *app.info, *app.error)).replace("\\", "")


def untrained(app: AppTest) -> pd.Series:
    """The row of the nets whose rate is 0."""
    table = app.dataframe[0].value
    return table[table["Learning rate"] == "0"].iloc[0]


def test_the_table_holds_what_the_runs_reach_and_opens_them(opened):
    app = opened(**LR)
    row = untrained(app)
    alone = [Trainer(SPEC.replace(lr=0.0, seed=seed)).evaluate()[1] for seed in (0, 1)]
    assert row["Accuracy"] == f"{np.mean(alone):.1%}"
    assert "lr=0.0" in row["run"]
    assert "Learning rate 0.3 leads with accuracy" in said(app)
    assert len(app.get("plotly_chart")) == 2
    assert "4 of 4 runs" in captions(app)


def test_what_is_over_is_said_in_the_language_of_the_page(opened):
    assert "已完成 4 次训练，共 4 次" in captions(opened(**LR, lang="zh"))


def test_two_settings_add_a_map(opened):
    app = opened(**LR, also="activation", also_values="relu~tanh")
    assert len(app.get("plotly_chart")) == 3
    assert len(app.dataframe[0].value) == 4


def test_a_changed_value_changes_the_address_and_keeps_what_was_trained(opened):
    app = opened(**LR)
    assert len(grids.FINISHED) == 4
    app.text_input(key="compare_values_lr").set_value("0, 0.3, 0.5").run()
    assert app.query_params["values"] == "0.0~0.3~0.5"
    assert len(grids.FINISHED) == 6
    app.selectbox(key="compare_vary").set_value("activation").run()
    assert "values" in app.query_params
    assert not app.exception


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ({"vary": "colour"}, "'colour' is nothing that can be varied"),
        ({"vary": "lr", "values": "fast"}, "'fast' is not allowed"),
        ({**LR, "seeds": "many"}, "'many' is not allowed"),
        ({**LR, "steps": "10000", "seeds": "64"}, "would fit"),
        ({"vary": "lr", "values": "~"}, "at least one value"),
        (
            {"vary": "lr", "values": "~".join(map(str, range(1000)))},
            "1000 values are too many; give at most 16",
        ),
        (
            {"vary": "batch_norm", "values": "none~before", "also": "batch_size", "also_values": "1~8"},
            "Left out",
        ),
    ],
)
def test_bad_links_are_explained_and_the_page_stands(opened, query, words):
    app = opened(**query)
    assert words in said(app)
    assert app.selectbox(key="compare_vary").value


@pytest.mark.long
@pytest.mark.parametrize("text", ["abc", "0.1, x", ", ,"])
def test_what_cannot_be_typed_is_said_and_stays(opened, text):
    app = opened(**LR)
    app.text_input(key="compare_values_lr").set_value(text).run()
    assert app.text_input(key="compare_values_lr").value == text
    assert app.error
    assert app.query_params["values"] == "0.0~0.3"


@pytest.mark.long
def test_a_preset_sets_the_run_and_the_comparison(opened):
    app = opened(**LR)
    app.selectbox(key="compare_preset").set_value("rate")
    app.text_input(key="compare_steps").set_value("12")
    app.run()
    assert not app.exception
    assert app.query_params["also"] == "lr"


STOPPED = "Stopped before the first run began."


def stopped(app: AppTest) -> AppTest:
    """The page of `LR` where Stop was pressed at once."""
    plan = Plan(vary="lr", values=("0.0", "0.3"), seeds=2, steps=12)
    app.session_state["compare_stopped"] = {
        "specs": [cell.spec.to_dict() for cell in cells(SPEC, plan).cells],
        "seeds": plan.seeds,
        "steps": plan.steps,
        "metric": plan.rank,
    }
    app.session_state["compare_seen"] = None
    app.run()
    assert not app.exception
    assert STOPPED in captions(app)
    return app


def captions(app: AppTest) -> set[str]:
    return {caption.value for caption in app.caption}


@pytest.mark.long
def test_what_was_stopped_before_anything_came_says_so(opened):
    app = stopped(opened(**LR))
    app.button(key="compare_go_on").click().run()
    assert app.session_state["compare_stopped"] is None


def test_what_was_stopped_shows_its_own_runs_after_another_comparison(opened):
    app = opened(**LR)
    before = untrained(app)["Accuracy"]
    stopped(app)
    for rates in ("0.5, 0.7", "0, 0.3"):
        app.text_input(key="compare_values_lr").set_value(rates).run()
        assert not app.exception
    assert STOPPED not in captions(app)
    assert untrained(app)["Accuracy"] == before


def test_exports_hold_every_look_of_every_run():
    found = cells(SPEC, Plan(vary="lr", values=("0.1", "1e9"), seeds=2, steps=12))
    *_, last = grids.compared([cell.spec.to_dict() for cell in found.cells], seeds=2, steps=12)
    seen = Grid(**last)
    frame = export.table(seen, found)
    from_csv = pd.read_csv(io.BytesIO(export.csv(frame)))
    from_parquet = pd.read_parquet(io.BytesIO(export.parquet(frame)))
    assert from_parquet.equals(frame)
    assert np.allclose(from_csv["test_loss"], frame["test_loss"])
    assert from_parquet["lr"].dtype == float
    whole = frame[(frame["lr"] == 0.1) & (frame["seed"] == 1)]
    assert whole["step"].tolist() == seen.looks.tolist()
    assert whole["accuracy"].tolist() == seen.accuracy[0, 1].tolist()
    assert (whole["spec"] == "&".join(f"{k}={v}" for k, v in link.write(SPEC).items())).all()


@pytest.mark.parametrize(
    ("name", "texts", "values"),
    [
        ("layers", ["2", "10"], [2, 10]),
        ("lr", ["0.1", "1e9"], [0.1, 1e9]),
        ("activation", ["relu", "elu"], ["relu", "elu"]),
        ("batch_size", ["16", "full"], ["16", "full"]),
    ],
)
def test_a_column_of_numbers_holds_numbers(name, texts, values):
    assert export.column(axis(SPEC, name), texts) == values


def test_each_dot_and_each_cell_names_what_its_click_opens(monkeypatch):
    monkeypatch.setattr(chrome, "base", lambda: "light")
    plan = Plan(vary="lr", values=("0.0", "0.1"), also="layers", also_values=("1", "2"), seeds=2, steps=5)
    found = cells(SPEC.replace(seed=3), plan)
    *_, last = grids.compared([cell.spec.to_dict() for cell in found.cells], seeds=2, steps=5)
    seen = Grid(**last)
    dots = pictures.dots(seen, found, plan).data[0]
    assert list(dots.text) == [
        f"{found.labels[cell]}, seed {found.cells[cell].spec.seed + seed}" for cell, seed in dots.customdata
    ]
    across, up = pictures.columns_and_rows(found)
    cell = pictures.heat(seen, found, plan).data[-1]
    assert [text.partition(":")[0] for text in cell.text] == [
        f"{up[row]}, {found.axes[0].shown(across[column])}" for row, column in cell.customdata
    ]
    assert len(cell.customdata) == 4


def ranked(places) -> Grid:
    """A grid of which only the ranking is known."""
    looks, runs, each = np.empty(0), np.empty((0, 0)), np.empty((0, 0, 0))
    return Grid(looks, each, each, each, runs, runs, places, done=1.0)


def place(index, mean, apart, runs=4):
    return [index, mean, mean - 0.01, mean + 0.01, runs, apart]


@pytest.mark.parametrize(
    ("ranking", "expected"),
    [
        ([], "on their way"),
        ([place(0, 0.9, False)], "A: accuracy 90.0%."),
        ([place(0, 0.9, False, 1), place(1, 0.8, False, 1)], "one seed proves nothing"),
        ([place(0, 0.9, False), place(1, 0.8, True)], "tell it from every other"),
        ([place(0, 0.9, False), place(1, 0.8, False)], "none of them can be told apart"),
        ([place(0, 0.9, False), place(1, 0.8, False), place(2, 0.1, True)], "B cannot be told from it"),
        ([place(0, 0.9, False), place(1, float("nan"), False)], "tell it from every other"),
        ([place(0, float("nan"), False)], "All of them diverged"),
    ],
)
def test_the_headline_says_what_the_ranking_allows(ranking, expected):
    assert expected in words.headline(ranked(ranking), ["A", "B", "C"], Plan())


def test_names_of_any_kind_stand_alike_in_a_chinese_headline():
    ranking = [place(0, 0.9, False), place(1, 0.8, False), place(2, 0.1, True)]
    with speaking("zh"):
        said = say(words.headline(ranked(ranking), ["批量归一化（激活函数之前）", "ELU", "C"], Plan()))
    assert said.startswith("领先的是：批量归一化（激活函数之前），")
    assert said.endswith("与它无法区分的有：ELU。")


@pytest.mark.parametrize(
    ("left", "expected"),
    [
        (None, "0 of 2 runs"),
        (0.2, "0 of 2 runs, about 1 s left"),
        (70.0, "0 of 2 runs, about 70 s left"),
        (200.0, "0 of 2 runs, about 3 min left"),
    ],
)
def test_the_bar_says_what_is_left(left, expected):
    looks, runs, each = np.arange(2), np.zeros((1, 2)), np.zeros((1, 2, 2))
    seen = Grid(looks, each, each, each, runs - 1, runs.astype(bool), [], done=0.0)
    assert words.progress(seen, left) == expected


def test_a_comparison_is_kept_with_its_table_its_curves_and_the_way_back(opened, monkeypatch, tmp_path):
    monkeypatch.setenv(CHOSEN, str(tmp_path / "shelf.sqlite"))
    app = opened(**LR)
    app.button(key="keep_comparison_now").click().run()
    assert "Kept as" in app.success[0].value
    key = app.session_state[COOKIE]
    (item,) = shelf().items(key)
    assert (item.kind, item.name) == ("comparison", "Learning rate")
    assert item.settings["Learning rate"] == "0.0, 0.3"
    assert dict(parse_qsl(item.link.removeprefix("compare?"))).items() >= (SMALL | LR).items()
    assert len(item.curves) == 3
    assert item.curves["step"][-1] == 12
    assert len(pd.read_csv(io.BytesIO(shelf().body(key, item.id)))) > 4


FOLDS = {
    "vary": "activation", "values": "sigmoid~relu", "also": "lr", "also_values": "0.01~0.3", "folds": "3", "seeds": "1",
}  # fmt: skip


def test_folds_say_what_each_chose_where_the_order_holds_and_open_their_runs(opened):
    app = opened(**FOLDS)
    ranking, claims = (frame.value for frame in app.dataframe)
    assert set(ranking["Activation"]) == {"ReLU", "Sigmoid (logistic)"}
    assert all(set(chosen.split(", ")) <= {"0.01", "0.3"} for chosen in ranking["Learning rate, by fold"])
    assert len(claims) == 1
    assert claims.iloc[0]["than"] == "Sigmoid (logistic)"
    assert claims.iloc[0][""] in {"holds", "does not hold", "cannot tell"}
    assert "ReLU > Sigmoid (logistic)" in said(app)
    assert "Nadeau and Bengio, 2003" in " ".join(caption.value for caption in app.caption)
    assert len(grids.FINISHED) == 3 * (4 * 3 + 2)
    app.text_input(key="compare_also_values_lr").set_value("0.01, 0.3, 0.5").run()
    assert not app.exception
    assert len(grids.FINISHED) >= 3 * (6 * 3 + 2)


@pytest.mark.long
def test_a_fold_alone_has_nothing_to_choose(opened):
    app = opened(**LR, folds="3")
    assert len(app.dataframe) == 1
    assert "by fold" not in " ".join(app.dataframe[0].value.columns)
    assert len(grids.FINISHED) == 3 * 2 * 2


@pytest.mark.long
def test_the_table_of_folds_has_a_row_for_each(monkeypatch):
    plan = Plan(
        vary="activation",
        values=("tanh", "relu"),
        also="lr",
        also_values=("0.1", "0.2"),
        seeds=2,
        steps=5,
        folds="3",
    )
    found = cells(SPEC, plan)
    *_, last = grids.crossed(
        [cell.spec.to_dict() for cell in found.cells], families(found), seeds=2, folds=3, inner=2, steps=5
    )
    seen = Nested(**last)
    monkeypatch.setattr(chrome, "base", lambda: "light")
    frame = crossed.table(seen, found, plan)
    assert frame["fold"].tolist() == [1, 2, 3] * 4
    dots = crossed.dots(seen, found, plan).data[0]
    assert [text.rpartition(", ")[2] for text in dots.text] == ["fold 1", "fold 2", "fold 3"] * 4
    assert frame["seed"].tolist() == [0, 0, 0, 1, 1, 1] * 2
    assert frame["activation"].tolist() == ["tanh"] * 6 + ["relu"] * 6
    assert frame["accuracy"].tolist() == seen.scores.ravel().tolist()
    assert set(frame["lr"]) <= {0.1, 0.2}
    assert all(f"lr={lr}" in spec for lr, spec in zip(frame["lr"], frame["spec"], strict=True) if lr != 0.1)


@pytest.mark.long
def test_numbers_are_ranked_by_their_loss(opened):
    numbers = link.write(SPEC.replace(dataset="line", loss="mse"))
    for folds in ("none", "3"):
        app = opened(**numbers, **LR, folds=folds)
        assert "ranked by test loss" in said(app)
        assert "diverged" not in said(app)
        assert "Test loss" in app.dataframe[0].value
