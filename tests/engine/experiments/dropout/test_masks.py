"""Dropout's two modes: closed forms, and torch.nn.functional.dropout as the judge."""

import numpy as np
import pytest
import torch

from engine import RunSpec, SpecError, Trainer
from engine.experiments.dropout.masks import dropout, growth_at_init
from engine.experiments.dropout.rates import dropout_rates
from engine.spec.variants import with_dropout

SPEC = RunSpec(
    dataset="digits", hidden=(30, 24, 20), activation="relu", initializer="he_normal", dropout=0.4, seed=2
)


def last(pictures):
    *_, final = pictures
    assert final.done == 1
    return final


@pytest.fixture(scope="module")
def relu():
    return last(dropout(SPEC, steps=20, moments=3, masks=64))


def test_the_mean_over_masks_is_inference_for_a_linear_net_and_is_not_for_relu(relu):
    linear = last(dropout(SPEC.replace(activation="linear", lr=0.01), steps=20, moments=3, masks=64))
    assert (linear.gap[:, 1:] < 1.3 * linear.chance[:, 1:]).all()
    assert (relu.gap[:, 2:] > 1.5 * relu.chance[:, 2:]).all()


def test_the_first_layer_lies_below_every_mask(relu):
    for exact in (relu.gap, relu.chance):
        assert exact[:, 0] == pytest.approx(0, abs=1e-12)
    assert relu.growth[:, 0] == pytest.approx(1)
    assert relu.unit_masks[-1, 0] == pytest.approx(np.full(64, relu.unit_inference[-1, 0]))


def test_a_dropout_layer_multiplies_the_mean_square_by_one_over_what_it_keeps(relu):
    assert relu.dropped_growth.shape == (3, 3)
    assert relu.dropped_growth == pytest.approx(np.full((3, 3), 1 / 0.6), rel=0.02)


@pytest.mark.parametrize("activation", ["relu", "linear"])
def test_at_init_a_homogeneous_net_grows_by_that_in_every_layer(activation):
    spec = SPEC.replace(hidden=(200,) * 5, activation=activation, initializer="he_normal")
    seen = next(dropout(spec, steps=1, masks=32))
    expected = (1 / 0.6) ** np.arange(6)
    assert seen.predicted_growth == pytest.approx(expected)
    assert seen.growth[0, :-1] == pytest.approx(expected[:-1], rel=0.1)  # ten logits are too few for a mean


def test_growth_of_a_bent_net_follows_the_recursion():
    spec = SPEC.replace(hidden=(200,) * 5, activation="tanh", initializer="glorot_normal")
    seen = next(dropout(spec, steps=1, masks=32))
    assert seen.growth[0, :-1] == pytest.approx(seen.predicted_growth[:-1], rel=0.1)
    assert seen.predicted_growth[-1] < 6 < (1 / 0.6) ** 5  # tanh bounds what comes out


def test_a_unit_s_spread_over_masks_is_the_closed_form():
    """Var z = p / (1 - p) sum_j w_j^2 h_j^2 over the masks of the layer below."""
    seen = last(dropout(SPEC.replace(hidden=(30,)), steps=3, moments=2, masks=1000))
    trainer = Trainer(SPEC.replace(hidden=(30,)))
    for _ in range(3):
        trainer.step()
    trainer.model.eval()
    with torch.no_grad():
        h = torch.relu(trainer.model.linear1(trainer.data.test_x[0]))
        spread = (0.4 / 0.6 * (trainer.model.output.weight[0] * h).square().sum()).sqrt().item()
        z = trainer.model.output(h)[0].item()
    assert seen.unit_inference[-1, 1] == pytest.approx(z, rel=1e-5)
    assert seen.unit_masks[-1, 1].std() == pytest.approx(spread, rel=0.08)
    assert seen.unit_masks[-1, 1].mean() == pytest.approx(z, abs=4 * spread / 1000**0.5)


def test_both_modes_are_those_of_the_trainer_s_own_net(relu):
    trainer = Trainer(SPEC)
    for _ in range(20):
        trainer.step()
    assert (relu.loss[-1, 1], relu.accuracy[-1, 1]) == pytest.approx(trainer.evaluate())
    with torch.no_grad():
        trainer.model.eval()
        assert relu.one_inference[-1] == pytest.approx(
            trainer.model(trainer.data.test_x[:1])[0].numpy(), abs=1e-5
        )
        trainer.model.train()
        torch.manual_seed(2)
        loss = torch.nn.functional.cross_entropy(
            trainer.model(trainer.data.test_x), trainer.data.test_y
        ).item()
    assert relu.loss[-1, 0] == pytest.approx(loss)


def test_masks_draw_the_same_numbers_each_time_and_leave_the_generator_alone():
    torch.manual_seed(9)
    before = torch.get_rng_state()
    once, again = (next(dropout(SPEC, steps=1, masks=3)) for _ in range(2))
    assert np.array_equal(once.one_masks, again.one_masks)
    assert torch.equal(torch.get_rng_state(), before)


def test_masks_agree_more_where_inference_is_right(relu):
    right, wrong = relu.agreement[-1]
    assert 0 <= wrong < right <= 1


def test_a_spec_that_drops_nothing_gets_the_usual_half():
    assert with_dropout(SPEC) == SPEC
    assert with_dropout(SPEC.replace(dropout=0.0)).dropout == 0.5
    for run in (dropout, dropout_rates):
        with pytest.raises(SpecError, match="no hidden outputs to drop"):
            list(run(SPEC.replace(hidden=())))
    with pytest.raises(SpecError, match="masks"):
        list(dropout(SPEC, masks=1))


def test_there_is_no_theory_with_batch_norm_or_for_weights_of_another_mean():
    x = torch.ones(4, 64)
    for spec in (SPEC.replace(batch_norm="before"), SPEC.replace(initializer="constant")):
        assert np.isnan(growth_at_init(spec, 64, 10, x)).all()
    assert not np.isnan(growth_at_init(SPEC.replace(initializer="torch_default"), 64, 10, x)).any()


def test_every_rate_is_a_run_of_its_own():
    seen = last(dropout_rates(SPEC, steps=6, rates=(0.0, 0.7), moments=2))
    for row, rate in enumerate((0.0, 0.7)):
        trainer = Trainer(SPEC.replace(dropout=rate))
        for _ in range(6):
            trainer.step(measure=False)
        assert (seen.loss[row, -1, 1], seen.accuracy[row, -1, 1]) == pytest.approx(trainer.evaluate())
    assert seen.rates == (0.0, 0.7)


def test_a_run_that_diverges_ends_there():
    *_, seen = dropout(SPEC.replace(lr=1e9), steps=30, moments=31, masks=2)
    assert 0 < seen.diverged_at <= 30
    assert seen.done == 1
    assert len(seen.step) == len(seen.gap) <= seen.diverged_at
