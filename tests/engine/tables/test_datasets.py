import threading
from dataclasses import replace

import numpy as np
import pytest
import torch
from sklearn import datasets as sklearn_datasets

from engine.tables import samples
from engine.tables.datasets import DATASETS
from engine.tables.errors import SpecError
from engine.tables.samples import DatasetUnavailableError
from engine.training import data as training_data

LOCAL = [name for name in DATASETS if name != "mnist"]
LABELED = [name for name in LOCAL if DATASETS[name].classes]
SHAPES = {
    "digits": (1437, 360, 64, 10),
    "moons": (1600, 400, 2, 2),
    "circles": (1600, 400, 2, 2),
    "spirals": (1600, 400, 2, 2),
    "xor": (1600, 400, 2, 2),
    "blobs": (1600, 400, 2, 4),
    "gaussian": (4000, 1000, 20, 3),
    "wine": (142, 36, 13, 3),
    "breast_cancer": (455, 114, 30, 2),
    "unequal_moons": (1600, 400, 2, 2),
    "rare": (1600, 400, 20, 2),
    "sine": (800, 200, 1, 0),
    "line": (800, 200, 1, 0),
    "friedman": (1600, 400, 10, 0),
    "diabetes": (353, 89, 10, 0),
}
"""name -> training samples, test samples, features, classes."""


@pytest.fixture
def openml(monkeypatch):
    """Stands in for openml.org: a small MNIST whose inputs and labels can be told apart."""
    calls = []

    def fetch_openml(name, **kwargs):
        calls.append((name, kwargs))
        rng = np.random.default_rng(3)
        found = type("Found", (), {})()
        found.data = rng.integers(0, 256, (70, 12)).astype(float)
        found.target = np.array([str(i % 10) for i in range(70)], dtype=object)
        return found

    monkeypatch.setattr(sklearn_datasets, "fetch_openml", fetch_openml)
    monkeypatch.setattr(samples, "_downloads", {})
    monkeypatch.setattr(samples, "PATIENCE", 5.0)
    training_data._load.cache_clear()
    yield calls
    training_data._load.cache_clear()


def test_every_data_set_has_its_shape_stated_here():
    assert set(DATASETS) == {*SHAPES, "mnist"}
    assert (DATASETS["mnist"].features, DATASETS["mnist"].classes) == (28 * 28, 10)
    assert DATASETS["mnist"].training_samples == 60_000


@pytest.mark.parametrize("name", LOCAL)
def test_a_data_set_has_its_shape_and_types(name):
    train, test, features, classes = SHAPES[name]
    data = DATASETS[name].load(0, torch.float64)
    assert data.train_x.shape == (train, features)
    assert data.test_x.shape == (test, features)
    assert (data.features, data.classes) == (features, classes)
    entry = DATASETS[name]
    assert (entry.samples, entry.training_samples) == (train + test, train)
    assert (entry.features, entry.classes) == (features, classes)
    assert (DATASETS[name].features, DATASETS[name].classes) == (features, classes)
    assert data.train_x.dtype == data.test_x.dtype == torch.float64
    if not classes:
        assert data.train_y.dtype == data.test_y.dtype == torch.float64
        return
    assert data.train_y.dtype == data.test_y.dtype == torch.int64
    assert sorted(data.train_y.unique().tolist()) == list(range(classes))
    assert sorted(data.test_y.unique().tolist()) == list(range(classes))


@pytest.mark.parametrize("name", LOCAL)
def test_training_inputs_are_standardized_by_their_own_mean_and_variance(name):
    x = DATASETS[name].load(4, torch.float64).train_x
    if name == "gaussian":  # standard normal by its law, so its moments are those of a sample
        assert abs(x.mean().item()) < 4 / x.numel() ** 0.5
        assert x.var().item() == pytest.approx(1, abs=0.03)
        return
    dim = () if name == "digits" else 0
    assert x.mean(dim).abs().max().item() < 1e-12
    assert (x.var(dim, correction=0) - 1).abs().max().item() < 1e-12


def test_digits_are_read_as_scikit_learn_reads_them():
    (x, y), (raw, labels) = DATASETS["digits"].draw(0), sklearn_datasets.load_digits(return_X_y=True)
    assert x.dtype == raw.dtype
    assert y.dtype == labels.dtype
    np.testing.assert_array_equal(x, raw)
    np.testing.assert_array_equal(y, labels)


def test_digits_are_those_of_scikit_learn_on_one_scale():
    raw, labels = sklearn_datasets.load_digits(return_X_y=True)
    data = DATASETS["digits"].load(2, torch.float64)
    x, y = torch.cat([data.train_x, data.test_x]).numpy(), torch.cat([data.train_y, data.test_y]).numpy()
    scale = (raw.max() - raw.min()) / (x.max() - x.min())
    restored = np.round((x - x.min()) * scale).astype(int)
    ours = sorted(map(tuple, np.column_stack([restored, y])))
    assert ours == sorted(map(tuple, np.column_stack([raw.astype(int), labels])))


@pytest.mark.parametrize("name", LOCAL)
def test_the_seed_fixes_data_and_split(name):
    training_data._load.cache_clear()
    first = DATASETS[name].load(7)
    training_data._load.cache_clear()
    again, other = DATASETS[name].load(7), DATASETS[name].load(8)
    assert torch.equal(first.train_x, again.train_x)
    assert torch.equal(first.test_y, again.test_y)
    assert not torch.equal(first.train_x, other.train_x)


def test_no_sample_is_both_trained_on_and_tested():
    data = DATASETS["moons"].load(0)
    train, test = (set(map(tuple, x.tolist())) for x in (data.train_x, data.test_x))
    assert not train & test


@pytest.mark.parametrize("name", LABELED)
def test_both_parts_hold_the_classes_in_the_same_shares(name):
    data = DATASETS[name].load(1)
    train, test = (torch.bincount(y) / len(y) for y in (data.train_y, data.test_y))
    assert (train - test).abs().max() < 0.02
    told = torch.tensor(DATASETS[name].shares or [1 / data.classes] * data.classes)
    assert (train - told).abs().max() < 0.02


def test_sets_that_ship_with_scikit_learn_are_its_own():
    for name, loader in (("wine", "load_wine"), ("breast_cancer", "load_breast_cancer")):
        x, y = getattr(sklearn_datasets, loader)(return_X_y=True)
        ours = DATASETS[name].draw(0)
        np.testing.assert_array_equal(ours[0], x)
        np.testing.assert_array_equal(ours[1], y)
    x, y = sklearn_datasets.load_diabetes(return_X_y=True, scaled=False)
    np.testing.assert_array_equal(DATASETS["diabetes"].draw(0)[0], x)
    np.testing.assert_array_equal(DATASETS["diabetes"].draw(0)[1], y)


def test_numbers_follow_their_formulas():
    x, y = DATASETS["sine"].draw(0)
    assert np.std(y - np.sin(x[:, 0])) == pytest.approx(0.1, rel=0.1)
    x, y = DATASETS["line"].draw(0)
    assert np.polyfit(x[:, 0], y, 1) == pytest.approx([2, 1], abs=0.06)
    x, y = DATASETS["friedman"].draw(0)
    formula = 10 * np.sin(np.pi * x[:, 0] * x[:, 1]) + 20 * (x[:, 2] - 0.5) ** 2 + 10 * x[:, 3] + 5 * x[:, 4]
    assert np.std(y - formula) == pytest.approx(1.0, rel=0.1)


def test_xor_labels_are_the_exclusive_or_of_the_signs():
    x, y = DATASETS["xor"].draw(0)
    assert y.tolist() == [int((a > 0) ^ (b > 0)) for a, b in x]
    assert abs(y.mean() - 0.5) < 0.05


def test_gaussian_labels_grow_with_the_length_of_the_input():
    x, y = DATASETS["gaussian"].draw(0)
    length = np.linalg.norm(x, axis=1)
    assert length[y == 0].max() <= length[y == 1].min() < length[y == 1].max() <= length[y == 2].min()


def test_spiral_arms_lie_half_a_turn_apart_at_every_radius():
    x, y = DATASETS["spirals"].draw(0)
    radius, angle = np.hypot(*x.T), np.arctan2(x[:, 1], x[:, 0])
    offset = np.angle(np.exp(1j * (angle - 2 * np.pi * radius - np.pi * y)))
    assert np.abs(offset[radius > 0.5]).max() < 1.6  # less than halfway to the other arm
    assert np.abs(offset[radius > 0.5]).mean() < 0.4


@pytest.mark.parametrize("name", ["moons", "circles", "spirals", "xor"])
def test_no_straight_line_separates_what_needs_a_hidden_layer(name):
    data = DATASETS[name].load(0, torch.float64)
    x = torch.cat([data.train_x, torch.ones(len(data.train_x), 1)], dim=1)
    weights = torch.linalg.lstsq(x, data.train_y.double()[:, None] - 0.5).solution
    accuracy = ((x @ weights > 0).flatten() == data.train_y.bool()).double().mean()
    assert accuracy < 0.9


def test_the_tensors_are_made_once_and_shared():
    assert DATASETS["moons"].load(0) is DATASETS["moons"].load(0)
    assert DATASETS["moons"].load(0) is DATASETS["moons"].load(0, "float32")


def test_data_move_to_a_device():
    data = DATASETS["moons"].load(0)
    moved = data.to("meta")
    assert moved.train_x.device.type == moved.test_y.device.type == "meta"
    assert moved.classes == 2
    assert data.train_x.device.type == "cpu"


def test_a_dtype_for_half_numbers_is_refused():
    with pytest.raises(SpecError, match=r"^dtype: torch.float16 is not allowed; give float32 or float64\.$"):
        DATASETS["moons"].load(0, torch.float16)
    with pytest.raises(SpecError, match=r"^dtype: 'flaot32' is not allowed; give float32 or float64\.$"):
        DATASETS["moons"].load(0, "flaot32")


def test_mnist_keeps_its_own_split_whatever_the_seed(openml, monkeypatch):
    monkeypatch.setitem(DATASETS._entries, "mnist", _with_test(DATASETS["mnist"], 10))
    data = DATASETS["mnist"].load(5, torch.float64)
    assert openml == [
        ("mnist_784", {"version": 1, "as_frame": False, "parser": "auto", "n_retries": 1, "delay": 0.1})
    ]
    assert (len(data.train_x), len(data.test_x), data.features, data.classes) == (60, 10, 12, 10)
    assert data.train_y.tolist() == [i % 10 for i in range(60)]
    pixels = np.random.default_rng(3).integers(0, 256, (70, 12))
    mean, std = pixels[:60].mean(), pixels[:60].std()
    np.testing.assert_allclose(data.train_x, (pixels[:60] - mean) / std, atol=1e-12)
    np.testing.assert_allclose(data.test_x, (pixels[60:] - mean) / std, atol=1e-12)
    assert DATASETS["mnist"].load(6, torch.float64) is data
    assert DATASETS["mnist"].test == 10


def _with_test(dataset, test):
    return replace(dataset, test=test)


def test_mnist_offline_says_so_and_offers_digits(openml, monkeypatch):
    def offline(*args, **kwargs):
        raise OSError("no route to host")

    monkeypatch.setattr(sklearn_datasets, "fetch_openml", offline)
    with pytest.raises(DatasetUnavailableError) as error:
        DATASETS["mnist"].load(0)
    assert str(error.value) == (
        "mnist is not on this machine, and openml.org cannot be reached from here. "
        "The data set 'digits' needs no network."
    )
    assert error.value.field == "dataset"
    assert isinstance(error.value, SpecError)


def test_mnist_is_tried_again_after_a_failure(openml, monkeypatch):
    working = sklearn_datasets.fetch_openml
    monkeypatch.setattr(sklearn_datasets, "fetch_openml", lambda *a, **k: 1 / 0)
    with pytest.raises(DatasetUnavailableError, match=r"what openml.org sent cannot be read") as error:
        DATASETS["mnist"].draw(0)
    assert isinstance(error.value.__cause__, ZeroDivisionError)
    monkeypatch.setattr(sklearn_datasets, "fetch_openml", working)
    assert DATASETS["mnist"].draw(0)[0].shape == (70, 12)


def test_a_slow_download_goes_on_while_nobody_waits(openml, monkeypatch):
    working, arrived = sklearn_datasets.fetch_openml, threading.Event()

    def slow(*args, **kwargs):
        arrived.wait(10)
        return working(*args, **kwargs)

    monkeypatch.setattr(sklearn_datasets, "fetch_openml", slow)
    monkeypatch.setattr(samples, "PATIENCE", 0.05)
    for _ in range(2):
        with pytest.raises(DatasetUnavailableError) as error:
            DATASETS["mnist"].load(0)
        assert str(error.value) == (
            "mnist has not arrived from openml.org yet; it is still being fetched, try again in a minute. "
            "The data set 'digits' needs no network."
        )
    arrived.set()
    monkeypatch.setattr(samples, "PATIENCE", 5.0)
    assert DATASETS["mnist"].draw(0)[1].tolist()[:3] == [0, 1, 2]
    assert len(openml) == 1
