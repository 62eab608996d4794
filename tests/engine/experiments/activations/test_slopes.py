"""Slopes below zero: RReLU's against the uniform law, PReLU's against torch, leaky ReLU's against theory."""

import numpy as np
import pytest
import torch
from torch import nn
from torch.nn.functional import cross_entropy

from engine import RunSpec, SpecError, Trainer
from engine.experiments.activations.slopes import leak, learned_slopes, random_slopes, slopes

SMALL = RunSpec(hidden=(30, 20), activation="relu", initializer="he_normal", lr=0.1, batch_size=64)


def last(pieces):
    *_, final = pieces
    return final


def test_the_slopes_drawn_are_uniform_and_their_mean_serves_in_inference():
    seen = last(random_slopes(SMALL, lower=0.1, upper=0.5))
    assert seen.inference == pytest.approx(0.3)
    assert seen.mean == pytest.approx(0.3, abs=4 * 0.4 / 12**0.5 / seen.number**0.5)
    assert seen.counts.sum() == seen.number
    inside = (seen.edges[1:] > 0.1 + 0.01) & (seen.edges[:-1] < 0.5 - 0.01)
    share = seen.counts[inside] / seen.number / np.diff(seen.edges)[inside]
    assert share.mean() == pytest.approx(1 / 0.4, rel=0.05)
    assert seen.counts[(seen.edges[1:] < 0.1) | (seen.edges[:-1] > 0.5)].sum() == 0


def test_the_next_pass_draws_other_slopes():
    assert last(random_slopes(SMALL)).changed > 0.999
    assert last(random_slopes(SMALL, lower=0.2, upper=0.2)).changed == 0


def test_slopes_are_told_from_what_comes_out():
    assert slopes(nn.LeakyReLU(0.3), torch.tensor([-2.0, 1, -0.5, 0])) == pytest.approx([0.3, 0.3])


def test_the_histogram_leaves_other_random_numbers_alone():
    torch.manual_seed(3)
    expected = torch.rand(1)
    torch.manual_seed(3)
    last(random_slopes(SMALL))
    assert torch.equal(torch.rand(1), expected)


def test_the_learned_slopes_are_those_of_a_loop_by_hand():
    seen = last(learned_slopes(SMALL, steps=60))
    trainer = Trainer(SMALL.replace(activation="prelu"))
    optimizer = torch.optim.SGD(trainer.model.parameters(), lr=0.1)
    for _ in range(60):
        indices = trainer.batches.draw()
        loss = cross_entropy(trainer.model(trainer.data.train_x[indices]), trainer.data.train_y[indices])
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    expected = [trainer.model.activation1.weight.item(), trainer.model.activation2.weight.item()]
    assert seen.slopes[-1] == pytest.approx(expected, rel=1e-4)
    assert seen.slopes[0].tolist() == [0.25, 0.25]
    assert seen.loss[-1] == pytest.approx(loss.item(), rel=1e-4)
    assert np.isnan(seen.loss[0])
    assert seen.steps[[0, -1]].tolist() == [0, 60]


def test_learned_slopes_end_where_the_run_diverges():
    seen = last(learned_slopes(SMALL.replace(lr=1e6), steps=300))
    assert seen.diverged_at > 0
    assert seen.done == 1


@pytest.mark.long
def test_a_leak_under_weights_made_for_relu_explodes_the_gradient():
    """A layer's factor is (1 + a²) where He's weights make ReLU's 1; weights made for a make it 1 again."""
    seen = last(leak(depth=10, width=100, seeds=3, leaks=(0.0, 0.5, 1.0)))
    assert seen.predicted == pytest.approx(9 * np.log10([1, 1.25, 2]), abs=1e-6)
    assert seen.predicted_told == pytest.approx(np.zeros(3), abs=1e-6)
    assert seen.measured.shape == seen.told.shape == (3, 3)
    assert seen.measured.mean(axis=1) == pytest.approx(seen.predicted, abs=0.4)
    assert seen.told.mean(axis=1) == pytest.approx(np.zeros(3), abs=0.4)


def test_bad_arguments_are_refused():
    with pytest.raises(SpecError, match=r"lower 0[.]5 is above upper 0[.]1"):
        last(random_slopes(SMALL, lower=0.5, upper=0.1))
    with pytest.raises(SpecError, match="hidden"):
        last(random_slopes(SMALL.replace(hidden=())))
    with pytest.raises(SpecError, match="steps"):
        last(learned_slopes(SMALL, steps=0))
    with pytest.raises(SpecError, match="depth"):
        last(leak(depth=1))
