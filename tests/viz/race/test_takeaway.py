"""A race's numbers, written and read back by pandas; its process answers here and now."""

import io
import json
from concurrent.futures import Future
from types import SimpleNamespace
from urllib.parse import parse_qsl

import numpy as np
import pandas
import pytest

from engine import descend
from viz.race import link, takeaway
from viz.race.host import Answer
from viz.race.racer import Racer
from viz.race.state import Race
from viz.server.visitors import NOBODY
from viz.workers.race.answers import answer

RUNS = (
    Racer(optimizer="sgd", lr=0.1),
    Racer(optimizer="adam", lr=0.1, on=False),
    Racer(optimizer="sgd", lr=10.0),
)
RACE = Race(steps=25, runs=RUNS)


@pytest.fixture(autouse=True)
def _process(monkeypatch):
    """What the worker answers, without its process."""

    def ask(token, question):
        told: Future[Answer] = Future()
        told.set_result(Answer(200, {}, answer(question)))
        return told

    host = SimpleNamespace(admit=lambda token, visitor: None, ask=ask)
    monkeypatch.setattr(takeaway.host, "shared", lambda: host)


def test_paths_that_pandas_reads_are_the_engine_s():
    walk = descend(RACE.built, RACE.descend_runs, RACE.begin, RACE.steps)
    csv = pandas.read_csv(io.StringIO(takeaway.as_csv(RACE, NOBODY)))
    parquet = pandas.read_parquet(io.BytesIO(takeaway.as_parquet(RACE, NOBODY)))
    for table in (csv, parquet):
        first = table[table["card"] == "A"]
        assert first["step"].tolist() == list(range(RACE.steps + 1))
        np.testing.assert_allclose(first[["x [1]", "y [1]"]], walk.positions[0, 0], rtol=1e-6, atol=1e-30)
        np.testing.assert_allclose(first["value [f]"], walk.values[0, 0], rtol=1e-2, atol=1e-30)
        assert first["length of step [1]"].isna().tolist() == [True] + [False] * RACE.steps


def test_who_is_off_is_not_there_and_a_path_ends_where_it_diverges():
    table = takeaway.paths(RACE, NOBODY)
    assert set(table["card"]) == {"A", "C"}
    assert all(len(column) == len(table["step"]) for column in table.values())
    assert np.isfinite(table["x [1]"]).all()


def test_a_race_is_kept_with_its_settings_its_curves_its_replay_and_the_way_back():
    item, body = takeaway.kept(RACE, NOBODY, "a bowl")
    assert (item.kind, item.name, item.file) == ("race", "a bowl", "race.html")
    page, _, query = item.link.partition("?")
    assert page == "optimizers"
    assert link.read(dict(parse_qsl(query))) == (RACE, [])
    assert item.settings["A"] == "SGD, 0.1"
    assert "B" not in item.settings
    walk = descend(RACE.built, RACE.descend_runs, RACE.begin, RACE.steps)
    assert item.curves["step"] == list(range(RACE.steps + 1))
    np.testing.assert_allclose(item.curves["A SGD 0.1"][:3], walk.values[0, 0, :3], rtol=1e-2)
    assert item.curves["C SGD 10"][-1] > 1e50
    json.dumps(dict(item.curves), allow_nan=False)
    assert body.startswith(b"<!doctype html>")


def test_a_race_that_cannot_be_computed_says_why(monkeypatch):
    told: Future[Answer] = Future()
    told.set_result(Answer(422, {"error": "Steps: 0 is not allowed"}, b""))
    host = SimpleNamespace(admit=lambda token, visitor: None, ask=lambda token, question: told)
    monkeypatch.setattr(takeaway.host, "shared", lambda: host)
    with pytest.raises(RuntimeError, match="Steps: 0 is not allowed"):
        takeaway.as_csv(RACE, NOBODY)
