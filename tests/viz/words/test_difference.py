"""What makes B of A, in words; and whether both see the same samples, which their batches witness."""

import pytest
import torch

from engine import RunSpec, Trainer
from viz.words.difference import batches, difference
from viz.words.language import speaking

A = RunSpec(dataset="moons", hidden=(5,) * 3, batch_size=16)
CHANGES = [
    ({}, ""),
    ({"batch_norm": "before"}, "batch norm before the activation"),
    ({"layer_norm": "after"}, "layer norm after the activation"),
    ({"lr": 0.01}, "learning rate 0.01 (A: 0.1)"),
    ({"activation": "elu"}, "ELU (A: Tanh)"),
    ({"initializer": "he_normal"}, "He normal (Kaiming) weights (A: Glorot normal (Xavier))"),
    ({"initializer_options": {"gain": 4.0}}, "gain 4 (A: 1)"),
    (
        {"activation": "leaky_relu", "activation_options": {"negative_slope": 0.3}},
        "Leaky ReLU (A: Tanh), negative slope 0.3",
    ),
    ({"optimizer": "adam", "lr": 0.001}, "Adam (A: SGD), learning rate 0.001 (A: 0.1)"),
    ({"hidden": (5,)}, "1 layer (A: 3)"),
    ({"hidden": (7,) * 3}, "width 7 (A: 5)"),
    ({"hidden": (7, 5)}, "widths 7,5 (A: 5x3)"),
    ({"batch_norm_input": True}, "BN on data"),
    ({"dropout": 0.2}, "dropout 0.2 (A: 0)"),
    ({"clip": "norm"}, "clipping norm (A: none)"),
]


@pytest.mark.parametrize(("changes", "words"), CHANGES)
def test_what_makes_b_of_a_is_said_in_words(changes, words):
    assert difference(A, A.replace(**changes)) == words


def test_it_is_said_in_chinese():
    b = A.replace(batch_norm="before", lr=0.01, hidden=(5,), initializer_options={"gain": 4.0})
    with speaking("zh"):
        said = ["1 层（A：3）", "增益 4（A：1）", "批量归一化（激活函数之前）", "学习率 0.01（A：0.1）"]
        assert set(difference(A, b).split("、")) == set(said)
        assert batches(A, A.replace(seed=1)) == "小批量不同：随机种子不一样。"


def test_what_is_taken_away_is_said_too():
    assert (
        difference(A.replace(batch_norm="before", batch_norm_input=True), A) == "no batch norm, no BN on data"
    )


@pytest.mark.parametrize(
    "changes", [changes for changes, _ in CHANGES] + [{"batch_size": 8}, {"seed": 1}, {"label_noise": 0.3}]
)
def test_the_same_batches_are_promised_where_they_are_the_same(changes):
    b = A.replace(**changes)
    here, there = Trainer(A), Trainer(b)
    drawn = [[trainer.batches.draw() for _ in range(3)] for trainer in (here, there)]
    are_same = all(map(torch.equal, *drawn)) and torch.equal(here.data.train_y, there.data.train_y)
    assert batches(A, b).startswith("One seed") == are_same


def test_other_batches_are_said_with_what_makes_them():
    assert batches(A, A.replace(seed=1, batch_size=8)) == "Other batches: the seed and the batch size differ."
