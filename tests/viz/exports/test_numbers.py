"""A run's numbers, written and read back by pandas."""

import io
import json
from urllib.parse import parse_qsl

import numpy as np
import pandas
import pyarrow.parquet
import pytest

from engine import RunSpec, Trainer
from viz.exports import numbers, takes
from viz.exports.tables import csv, parquet
from viz.live.run import Recording
from viz.wire import frame as wire
from viz.wire.table import Row, told

STEPS = 12
SPEC = RunSpec(dataset="moons", hidden=(7, 5), activation="relu", lr=0.05, batch_size=32)
END = {"state": "paused"}


@pytest.fixture(scope="module")
def trained() -> tuple[Trainer, Recording]:
    """A run of twelve steps, and what a server would hold of it: the third step's head only."""
    trainer, frames = Trainer(SPEC), []
    for _ in range(STEPS):
        frame = trainer.step()
        frames.append(wire.encode(frame, trainer.histograms(), lr=SPEC.lr))
    frames[2] = wire.head(frames[2])
    return trainer, Recording(SPEC, told(map(Row, SPEC.layer_names)), frames, [], END)


def read(name: str, run: Recording) -> pandas.DataFrame:
    body = takes.TAKES[name].make(run)
    return (
        pandas.read_csv(io.StringIO(body)) if name.endswith(".csv") else pandas.read_parquet(io.BytesIO(body))
    )


@pytest.mark.parametrize("name", ["history.csv", "history.parquet"])
def test_a_history_that_pandas_reads_is_the_trainer_s(trained, name):
    trainer, run = trained
    table = read(name, run)
    assert table["step"].tolist() == list(range(1, STEPS + 1))
    np.testing.assert_allclose(table["loss [nats]"], trainer.history["loss"], rtol=1e-8)
    for layer, label in enumerate(SPEC.layer_names):
        found = table[f"gradient_rms, layer {label} [dL/dz]"]
        assert found.isna().tolist() == [step == 2 for step in range(STEPS)]
        np.testing.assert_allclose(
            found.drop(2), np.delete(trainer.history["gradient_rms"][:, layer], 2), rtol=1e-5
        )


@pytest.mark.parametrize("name", ["frame.csv", "frame.parquet"])
def test_a_frame_that_pandas_reads_is_the_last_step_layer_by_layer(trained, name):
    trainer, run = trained
    table = read(name, run)
    assert table["layer"].astype(str).tolist() == list(SPEC.layer_names)
    assert set(table["step"]) == {STEPS}
    np.testing.assert_allclose(table["weight_var [w^2]"], trainer.history["weight_var"][-1], rtol=1e-5)
    assert np.isnan(table["dead [0 to 1]"].iloc[-1]) == np.isnan(trainer.history["dead"][-1, -1])


def test_every_header_but_step_and_layer_has_its_unit(trained):
    _, run = trained
    for table in (numbers.history(run), numbers.frame(run)):
        bare = {name for name in table if not name.endswith("]")}
        assert bare <= {"step", "layer"}


def test_parquet_says_which_run_it_is(trained):
    _, run = trained
    metadata = pyarrow.parquet.read_schema(io.BytesIO(takes.TAKES["history.parquet"].make(run))).metadata
    assert b"Activation: relu" in metadata[b"settings"]
    assert RunSpec.from_query(dict(parse_qsl(metadata[b"link"].decode()))) == SPEC


def test_no_cell_is_a_formula_and_text_survives():
    names = ['=HYPERLINK("http://x")', "+1", "-2", "@sum", "a, b", 'say "a"', "line\nbreak", "plain"]
    back = pandas.read_csv(io.StringIO(csv({"layer": names, "v [1]": np.arange(8) - 1.5})))
    assert [text.lstrip("'") for text in back["layer"]] == names
    assert not any(text.startswith(("=", "+", "-", "@")) for text in back["layer"])
    assert back["v [1]"].tolist() == (np.arange(8) - 1.5).tolist()


def test_extreme_numbers_come_back():
    values = np.array([0.0, 5e-324, 1e-300, -1.5e300, np.inf, -np.inf, np.nan])
    back = pandas.read_csv(io.StringIO(csv({"v [1]": values})))["v [1]"].to_numpy()
    np.testing.assert_allclose(back, values, rtol=1e-8)
    kept = pandas.read_parquet(io.BytesIO(parquet({"v [1]": values}, {"x": json.dumps("é")})))["v [1]"]
    np.testing.assert_array_equal(kept, values)
