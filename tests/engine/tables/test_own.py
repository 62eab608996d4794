"""A table of one's own: read, told apart, trained on, and refused in clear words where it is none."""

import csv
import gc
import pickle
import weakref
import zipfile

import numpy as np
import pytest
from sklearn.datasets import load_iris

from engine import DATASETS, RunSpec, SpecError, Trainer, load_table, sweep
from engine.tables.own import dataset_of, of_values, to_values
from engine.training.fleet import Job


@pytest.fixture
def write(tmp_path):
    def written(rows, name="table.csv"):
        with (tmp_path / name).open("w", newline="") as file:
            csv.writer(file).writerows(rows)
        return tmp_path / name

    return written


def iris(kinds=("a", "b", "c")):
    x, y = load_iris(return_X_y=True)
    return [
        ["w", "x", "y", "z", "kind"],
        *([*row, kinds[label]] for row, label in zip(x.tolist(), y, strict=True)),
    ]


def test_a_csv_file_is_a_data_set_that_a_net_learns(write):
    name = load_table(write(iris()), "kind")
    assert name.startswith("own:")
    assert (DATASETS[name].samples, DATASETS[name].features, DATASETS[name].classes) == (150, 4, 3)
    assert name not in list(DATASETS)
    spec = RunSpec(dataset=name, hidden=(20,), optimizer="adam", lr=0.01)
    assert RunSpec.from_query(spec.to_query()) == spec
    assert "table" not in str(spec.to_query())
    trainer = Trainer(spec)
    for _ in range(150):
        trainer.step(measure=False)
    assert trainer.evaluate()[1] > 0.85
    assert load_table(write(iris()), "kind") == name


def test_parquet_and_npz_hold_the_same(write, tmp_path):
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    head, *rows = iris()
    columns = list(zip(*rows, strict=True))
    parquet.write_table(pa.table(dict(zip(head, map(list, columns), strict=True))), tmp_path / "t.parquet")
    x, y = load_iris(return_X_y=True)
    np.savez(tmp_path / "t.npz", x=x, kind=y)
    names = {load_table(tmp_path / "t.parquet", "kind"), load_table(tmp_path / "t.npz", "kind")}
    assert names == {load_table(write(iris()), "kind")}


def test_numbers_are_a_regression(write):
    rows = [["x", "y"], *([k, 2.5 * k + 0.1] for k in range(40))]
    name = load_table(write(rows), "y")
    assert DATASETS[name].classes == 0
    with pytest.raises(SpecError, match=r"loss: 'cross_entropy' does not go with dataset"):
        RunSpec(dataset=name)
    assert Trainer(RunSpec(dataset=name, loss="mse", hidden=())).step().finite
    few = [["x", "y"], *([k, k % 3] for k in range(40))]
    assert DATASETS[load_table(write(few), "y")].classes == 3
    assert DATASETS[load_table(write(few), "y", kind="numbers")].classes == 0


def test_text_and_missing_values_are_taken_by_choice(write):
    rows = [["color", "x", "y"], *([("red", "blue")[k % 2], k if k else "", k % 2] for k in range(30))]
    with pytest.raises(SpecError, match=r"missing: 1 rows have missing or infinite values, the first in 'x'"):
        load_table(write(rows), "y")
    with pytest.raises(SpecError, match=r"text: the column 'color' is text; give text 'one_hot'"):
        load_table(write(rows), "y", missing="drop")
    entry = DATASETS[load_table(write(rows), "y", missing="drop", text="one_hot")]
    assert (entry.samples, entry.features) == (29, 3)
    assert DATASETS[load_table(write(rows), "y", columns=["x"], missing="drop")].features == 1


def test_numbers_may_be_missing_as_people_write_it_and_cells_be_parted_otherwise(tmp_path):
    lines = ["x;y", *(f"{'NA' if k == 3 else k};{k % 2}" for k in range(30))]
    (tmp_path / "t.csv").write_text("\n".join(lines))
    assert DATASETS[load_table(tmp_path / "t.csv", "y", missing="drop")].samples == 29


def test_text_in_parquet_is_what_it_is_in_csv(write, tmp_path):
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    rows = [[("red", "blue", None)[k % 3], k, k % 2] for k in range(30)]
    table = pa.table(dict(zip(("color", "x", "y"), map(list, zip(*rows, strict=True)), strict=True)))
    parquet.write_table(table, tmp_path / "t.parquet", row_group_size=7)
    how = {"text": "one_hot", "missing": "drop"}
    assert load_table(tmp_path / "t.parquet", "y", **how) == load_table(
        write([["color", "x", "y"], *rows]), "y", **how
    )


REFUSED = {
    "one row": ([["x", "y"], [1, 2]], r"path: 't\.csv' has 1 rows; give 10 to 1000000"),
    "one class": ([["x", "y"], *([k, 1] for k in range(20))], "target: 'y' is the same in every row"),
    "no such column": ([["x", "z"], *([k, k] for k in range(20))], "target: there is no column 'y'"),
    "nothing but the target": ([["y"], *([k] for k in range(20))], "columns: no column is left"),
    "ten thousand columns": ([[*range(10_000), "y"], [0] * 10_001], "path: 10001 columns are too many"),
    "a short row": ([["x", "y"], *([k, k] for k in range(20)), [1]], "path: row 22 has 1 cells"),
    "two columns of a name": (
        [["x", "x", "y"], *([k, k, k] for k in range(20))],
        "two columns are called 'x'",
    ),
    "NaN": ([["x", "y"], *(["nan", k % 2] for k in range(20))], "missing: 20 rows have missing"),
    "a class of one row": ([["x", "y"], *([k, k == 0] for k in range(20))], "the smallest of 1 rows"),
}


@pytest.mark.parametrize(("rows", "words"), REFUSED.values(), ids=REFUSED)
def test_what_is_no_table_is_refused_in_words(rows, words, write):
    with pytest.raises(SpecError, match=words):
        load_table(write(rows, "t.csv"), "y")


def test_files_that_are_traps_are_refused_unread(tmp_path):
    huge = tmp_path / "huge.csv"
    with huge.open("wb") as file:
        file.truncate(2_000_000_000)
    with pytest.raises(SpecError, match=r"'huge\.csv' has 2000 MB; give at most 64"):
        load_table(huge, "y")
    with zipfile.ZipFile(tmp_path / "bomb.npz", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("x.npy", b"\0" * 100_000_000)
    with pytest.raises(SpecError, match=r"'bomb\.npz' has 100 MB"):
        load_table(tmp_path / "bomb.npz", "y")
    pa, parquet = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    parquet.write_table(
        pa.table({"x": pa.array(np.zeros(2_000_000)), "y": [0] * 2_000_000}), tmp_path / "bomb.parquet"
    )
    assert (tmp_path / "bomb.parquet").stat().st_size < 100_000
    with pytest.raises(SpecError, match=r"'bomb\.parquet' has 2000000 rows"):
        load_table(tmp_path / "bomb.parquet", "y")
    np.savez(tmp_path / "pickled.npz", x=np.array([{}] * 20, dtype=object), y=np.arange(20))
    with pytest.raises(SpecError, match="holds pickled objects"):
        load_table(tmp_path / "pickled.npz", "y")
    for name, content in (
        ("broken.npz", b"no zip"),
        ("broken.parquet", b"PAR1"),
        ("binary.csv", b"\xff\xfe\x00"),
    ):
        (tmp_path / name).write_bytes(content)
        with pytest.raises(SpecError, match="cannot be read as"):
            load_table(tmp_path / name, "y")
    with pytest.raises(SpecError, match="is no table that can be read"):
        load_table(tmp_path / "__import__('os').system('true').py", "y")
    with pytest.raises(SpecError, match="there is no file"):
        load_table(tmp_path / "missing.csv", "y")


def test_names_that_are_code_are_names(tmp_path):
    left = tmp_path / "left"
    code = f"__import__('pathlib').Path({str(left)!r}).touch()"
    file = tmp_path / "__import__('os').system('true').csv"
    file.write_text("\n".join([f'"{code}",y', *(f"{k},{k % 2}" for k in range(20))]))
    spec = RunSpec(dataset=load_table(file, "y", columns=[code]), hidden=(4,))
    assert Trainer(RunSpec.from_query(spec.to_query())).step().finite
    assert DATASETS[spec.dataset].label == file.name
    assert not left.exists()


def test_a_table_that_is_not_here_is_asked_for_by_name():
    with pytest.raises(
        SpecError, match=r"dataset: 'own:0123' is a table of somebody's own, which is not here"
    ):
        RunSpec(dataset="own:0123")
    spec, notices = RunSpec.tolerant({"dataset": "own:0123", "lr": "0.3"})
    assert spec == RunSpec(lr=0.3)
    assert "own:0123" in notices[0]


def test_a_table_travels_with_its_run(write):
    name = load_table(write(iris()), "kind")
    job = pickle.loads(pickle.dumps(Job(RunSpec(dataset=name, hidden=(5,)))))
    assert job.trainer().data.features == 4
    assert job.own.draw(0)[0].shape == (150, 4)


def test_a_lent_table_goes_with_who_holds_it():
    y = np.arange(40) % 2
    held = DATASETS.lend(dataset_of(np.random.default_rng(1).normal(size=(40, 3)), y, 2, "mine"))
    again = DATASETS.lend(of_values(to_values(held)))
    assert again is held
    trainer = Trainer(RunSpec(dataset=held.name, hidden=(4,)))
    assert trainer.step().finite
    kept, name = weakref.ref(trainer.data), held.name
    del trainer, held, again
    gc.collect()
    assert kept() is None
    with pytest.raises(SpecError, match="is not here"):
        DATASETS[name]


@pytest.mark.long
def test_a_sweep_trains_on_a_table_in_other_processes(write):
    name = load_table(write(iris()), "kind")
    found = sweep([RunSpec(dataset=name, hidden=(5,), lr=lr) for lr in (0.1, 0.2)], steps=20)
    assert np.isfinite(found.table["test_loss"]).all()
