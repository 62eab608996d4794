"""What each layer is said to be drawn from, against closed forms and the net that is really built."""

import pytest

from engine import RunSpec, Trainer
from engine.spec.laws import at_birth, layers


def test_layers_of_one_shape_share_a_line():
    rows = layers(RunSpec(hidden=(100,) * 10, initializer="glorot_normal"))
    assert [(row.label, row.fan_in, row.fan_out) for row in rows] == [
        ("1", 64, 100),
        ("2–10", 100, 100),
        ("out", 100, 10),
    ]
    assert rows[0].std == pytest.approx((2 / 164) ** 0.5)
    assert rows[2].law == "N(0, 0.135²)"


@pytest.mark.parametrize("spec", [RunSpec(hidden=()), RunSpec(dataset="mnist"), RunSpec(hidden=(7, 7, 5, 7))])
def test_every_net_has_its_layers_without_loading_the_data(spec, monkeypatch):
    monkeypatch.setattr("engine.training.data._load", None)
    rows = layers(spec)
    assert rows[-1].label == "out"
    assert rows[-1].fan_out == 10


def test_the_layers_explained_are_those_of_the_net():
    spec = RunSpec(dataset="blobs", hidden=(30, 30, 8))
    shapes = [tuple(linear.weight.shape) for linear in Trainer(spec).model.linears()]
    rows = layers(spec)
    assert [(row.fan_out, row.fan_in) for row in rows] == [(30, 2), (30, 30), (8, 30), (4, 8)]
    assert shapes == [(row.fan_out, row.fan_in) for row in rows]


def test_equal_births_are_those_of_equal_weights():
    spec = RunSpec(activation="elu", initializer="he_normal", seed=3)
    assert at_birth(spec.replace(lr=0.3, dropout=0.1, batch_norm="before")) == at_birth(spec)
    for field, value in {"seed": 4, "hidden": (9,), "dataset": "xor", "activation": "relu"}.items():
        assert at_birth(spec.replace(**{field: value})) != at_birth(spec)
