"""What a net sees is what it answers, and looking at it changes nothing."""

import numpy as np
import pytest
import torch

from engine import RunSpec, SpecError, Trainer
from engine.training.sight import NO_ANSWER, SIDE, Plane, Strip, kind_of, sight

NOISY = RunSpec(
    dataset="spirals",
    hidden=(8, 6),
    activation="rrelu",
    batch_norm="before",
    dropout=0.3,
    batch_size=32,
    seed=4,
)
XOR = RunSpec(dataset="xor", hidden=(16,), activation="tanh", lr=0.5, batch_size=64)


def trained(spec, steps):
    trainer = Trainer(spec)
    for _ in range(steps):
        trainer.step()
    return trainer


def test_looking_changes_nothing_to_the_bit():
    looked, plain = Trainer(NOISY), Trainer(NOISY)
    chance = torch.get_rng_state()
    for _ in range(30):
        frames = [looked.step(), plain.step()]
        sight(looked, layer=2)
        assert np.array_equal(frames[0].table, frames[1].table, equal_nan=True)
        assert np.array_equal(looked.histograms().activations.counts, plain.histograms().activations.counts)
    assert torch.equal(torch.get_rng_state(), chance)
    mine, others = looked.model.state_dict(), plain.model.state_dict()
    assert all(torch.equal(mine[name], others[name]) for name in others)
    assert looked.model.training
    assert torch.equal(looked.noise, plain.noise)


def test_the_plane_of_xor_is_its_four_quadrants():
    seen = sight(trained(XOR, 400))
    assert isinstance(seen, Plane)
    at = [np.linspace(low, high, SIDE, endpoint=False) for low, high in zip(seen.low, seen.high, strict=True)]
    across, up = (places + (places[1] - places[0]) / 2 for places in at)
    truth = (across[None, :] > 0) != (up[:, None] > 0)
    assert (seen.answers == truth).mean() > 0.9
    assert (seen.answered == seen.labels).mean() > 0.9
    assert seen.probability.min() >= 0.5
    assert seen.points.min(0) == pytest.approx(seen.low, abs=1)


def test_a_cell_is_answered_as_the_net_answers_its_middle():
    trainer = trained(XOR, 20)
    seen = sight(trainer)
    wide, tall = (high - low for low, high in zip(seen.low, seen.high, strict=True))
    row, column = 7, 31
    middle = [seen.low[0] + (column + 0.5) / SIDE * wide, seen.low[1] + (row + 0.5) / SIDE * tall]
    with torch.no_grad():
        out = trainer.model(torch.tensor([middle])).softmax(1)[0]
    assert seen.answers[row, column] == out.argmax()
    assert seen.probability[row, column] == pytest.approx(out.max().item(), rel=1e-5)


def test_a_strip_has_the_pictures_and_what_the_net_says_of_them():
    trainer = trained(RunSpec(hidden=(32,), activation="relu"), 200)
    seen = sight(trainer)
    assert isinstance(seen, Strip)
    assert seen.pictures.shape == (16, 8, 8)
    assert (seen.pictures.min(), seen.pictures.max()) == (0, 1)
    assert (seen.answers == seen.labels).mean() > 0.7
    assert ((seen.probability > 0.1) & (seen.probability <= 1)).all()


@pytest.mark.parametrize(
    ("fields", "least", "most"),
    [
        ({"output": "sigmoid", "loss": "bce", "outputs": 1}, 0.5, 1),
        ({"output": "sigmoid", "loss": "bce"}, 0, 1),
        ({"output": "sigmoid", "loss": "mse", "outputs": 1}, None, None),
    ],
)
def test_a_probability_is_of_the_answer_and_none_where_outputs_are_no_probabilities(fields, least, most):
    seen = sight(trained(RunSpec(dataset="moons", hidden=(8,), **fields), 20))
    assert set(np.unique(seen.answers)) <= {0, 1}
    if least is None:
        assert np.isnan(seen.probability).all()
    else:
        assert least <= seen.probability.min() <= seen.probability.max() <= most


def test_a_net_that_diverged_answers_nothing():
    trainer = Trainer(RunSpec(dataset="blobs", hidden=(8,), activation="relu"))
    with torch.no_grad():
        trainer.model.linears()[0].weight.fill_(torch.nan)
    seen = sight(trainer)
    assert (seen.answers == NO_ANSWER).all()
    assert np.isnan(seen.probability).all()


@pytest.mark.parametrize("fields", [{}, {"residual": "plain"}, {"activation": "maxout"}])
def test_a_units_picture_is_what_it_puts_out_over_the_plane(fields):
    trainer = Trainer(RunSpec(dataset="moons", hidden=(5, 20), **({"activation": "tanh"} | fields)))
    first, second = (sight(trainer, layer).units for layer in (1, 2))
    assert (first.shape, second.shape) == ((5, 20, 20), (16, 20, 20))
    if not fields:
        linear = trainer.model.linears()[0]
        low, high = sight(trainer).low, sight(trainer).high
        cell = [(end - start) / 20 for start, end in zip(low, high, strict=True)]
        corner = torch.tensor([low[0] + cell[0] / 2, high[1] - cell[1] / 2])
        out = torch.tanh(linear.weight @ corner + linear.bias).detach().numpy()
        assert first[:, -1, 0] == pytest.approx(out, rel=1e-5)


def test_a_layer_that_is_not_there_is_refused():
    with pytest.raises(SpecError, match="layer: 3 is not allowed; give a whole number with 1 <= layer <= 2"):
        sight(Trainer(RunSpec(dataset="moons", hidden=(5, 4))), 3)


def test_what_is_no_plane_and_no_picture_is_not_seen():
    assert kind_of(RunSpec(dataset="unequal_moons")) == "plane"
    assert kind_of(RunSpec(dataset="sine", loss="mse")) is None
    assert sight(Trainer(RunSpec(dataset="wine", hidden=(4,)))) is None
