"""Batch norm's experiments: torch.nn.BatchNorm1d and closed forms as the judges."""

import numpy as np
import pytest
import torch
from torch import nn

from engine import RunSpec, SpecError, Trainer
from engine.experiments.batch_norm.bench import bench
from engine.experiments.batch_norm.drift import BINS, drift, edges
from engine.experiments.batch_norm.explosion import explosion, factor
from engine.experiments.batch_norm.placements import PLACES, placements
from engine.experiments.batch_norm.running_statistics import gaps, lent
from engine.spec.variants import with_batch_norm

SPEC = RunSpec(
    dataset="moons", hidden=(12, 8), activation="relu", initializer="he_normal", batch_size=16, lr=0.1, seed=3
)


def last(pictures):
    *_, final = pictures
    assert final.done == pytest.approx(1)
    return final


@pytest.fixture(scope="module")
def every_step():
    spec = SPEC.replace(batch_norm="after", batch_norm_input=True, batch_norm_momentum=0.3)
    return last(bench(spec, steps=12, moments=12))


def test_running_statistics_average_the_batches_as_torch_says(every_step):
    seen, m, b = every_step, 0.3, 16
    for mean, running, unbiased in (("mean", 0.0, 1.0), ("var", 1.0, b / (b - 1))):
        for step in range(12):
            batch = getattr(seen, f"first_unit_batch_{mean}")[step]
            running = (1 - m) * running + m * batch * unbiased
            assert getattr(seen, f"first_unit_running_{mean}")[step] == pytest.approx(running, rel=1e-5)


def test_the_bench_is_the_run_of_a_trainer_and_looks_at_torch_s_own_numbers(every_step):
    trainer = Trainer(SPEC.replace(batch_norm="after", batch_norm_input=True, batch_norm_momentum=0.3))
    for _ in range(12):
        trainer.step()
    norms, x, y = trainer.model.norms(), trainer.data.test_x, trainer.data.test_y
    assert every_step.labels == ("data", "1", "2")
    assert list(every_step.step) == list(range(1, 13))
    for k, norm in enumerate(norms):
        low, high = np.quantile(norm.weight.detach().numpy(), [0.1, 0.9])
        assert every_step.gamma[-1, k] == pytest.approx([low, norm.weight.mean().item(), high])
        assert every_step.beta[-1, k, 1] == pytest.approx(norm.bias.mean().item())
        assert every_step.running_var[-1, k, 1] == pytest.approx(norm.running_var.mean().item())
    assert (every_step.loss[-1], every_step.accuracy[-1]) == (
        pytest.approx([trainer.evaluate(batch_statistics=on)[0] for on in (True, False)]),
        pytest.approx([trainer.evaluate(batch_statistics=on)[1] for on in (True, False)]),
    )
    trainer.model.eval()
    with torch.no_grad():
        alone = trainer.model(x[:1])[0]
        data = norms[0](x[:1])[0]
    assert every_step.one_inference[-1] == pytest.approx(alone.numpy())
    assert every_step.one_class == y[0]
    assert every_step.one_running[-1, 0, :2] == pytest.approx(data.numpy())
    assert np.isnan(every_step.one_running[-1, 0, 2:]).all()


def test_company_changes_what_a_sample_gets_in_training_mode_only(every_step):
    assert every_step.company == 16
    assert every_step.one_batch.shape == (12, 24, 2)
    assert np.ptp(every_step.one_batch[-1, :, 0]) > 0.1
    assert "Expected more than 1 value per channel" in every_step.refusal


def test_a_momentum_of_one_over_the_full_batch_leaves_only_the_bias_of_the_variance():
    spec = SPEC.replace(batch_size=None, hidden=(5,), batch_norm_momentum=1.0, batch_norm_input=True, lr=1e-5)
    seen = last(bench(spec, steps=2, moments=2))
    samples = 1600
    assert seen.running_mean == pytest.approx(seen.batch_mean, abs=1e-6)
    assert seen.running_var == pytest.approx(seen.batch_var * samples / (samples - 1), rel=1e-6)


def test_a_spec_without_batch_norm_gets_it_before_the_activation():
    assert with_batch_norm(SPEC) == SPEC.replace(batch_norm="before")
    for kept in ({"batch_norm": "after"}, {"batch_norm_output": True}):
        assert with_batch_norm(SPEC.replace(**kept)) == SPEC.replace(**kept)
    with pytest.raises(SpecError, match="put batch norm on the data or on the logits"):
        list(bench(SPEC.replace(hidden=())))
    with pytest.raises(SpecError, match="1 does not go with batch normalization"):
        list(bench(SPEC.replace(batch_size=1)))
    with pytest.raises(SpecError, match="steps"):
        list(bench(SPEC, steps=0))


def test_a_run_that_diverges_shows_what_it_was_until_then():
    spec = SPEC.replace(lr=1e9, batch_norm="before")
    seen = last(bench(spec, steps=30, moments=30))
    assert 1 < seen.diverged_at <= 30
    assert len(seen.step) == len(seen.gap) < seen.diverged_at


def test_looking_at_moments_does_not_disturb_the_run():
    spec = SPEC.replace(batch_norm="before")
    often, seldom = (last(bench(spec, steps=20, moments=moments)) for moments in (20, 2))
    assert np.array_equal(often.gamma[-1], seldom.gamma[-1])


def test_momentum_does_not_change_training_and_shadows_are_batch_norms_of_their_own():
    seen = last(gaps(SPEC, steps=15, momenta=(0.05, 0.6), batch_sizes=(8, 40)))
    assert seen.gap.shape == (2, 2)
    for row, momentum in enumerate((0.05, 0.6)):
        for column, size in enumerate((8, 40)):
            trainer = Trainer(
                SPEC.replace(batch_norm="before", batch_norm_momentum=momentum, batch_size=size)
            )
            for _ in range(15):
                trainer.step(measure=False)
            loss, accuracy = trainer.evaluate()
            assert seen.loss[row, column] == pytest.approx(loss)
            assert seen.accuracy[row, column] == pytest.approx(accuracy)
            assert seen.loss_batch[column] == pytest.approx(trainer.evaluate(batch_statistics=True)[0])


def test_old_statistics_leave_a_wide_gap():
    seen = last(gaps(SPEC, steps=20, momenta=(0.001, 0.2), batch_sizes=(64,)))
    assert seen.gap[0, 0] > 2 * seen.gap[1, 0]


def test_the_twins_start_alike_and_batch_norm_holds_what_enters_the_activation():
    seen = last(drift(SPEC.replace(lr=0.3), steps=40, moments=5))
    assert list(seen.step) == [0, 10, 20, 30, 40]
    assert seen.counts.shape == (2, 5, 2, BINS)
    assert (seen.counts.sum(-1) == 256 * np.array([12, 8])).all()
    assert (seen.shift[:, 0] == 0).all()
    assert (seen.widened[:, 0] == 1).all()
    # at init what leaves a batch norm has mean 0 and mean square 1, whatever comes in
    assert seen.scale[0] == pytest.approx(np.ones(2), abs=1e-3)
    assert seen.shift[1, -1].max() > 3 * seen.shift[0, -1].max()


def test_drift_is_the_shift_of_the_units_means_in_the_first_spread():
    spec = SPEC.replace(batch_norm="none", seed=8)
    seen = last(drift(spec, steps=9, moments=2))
    trainer = Trainer(spec)
    x = trainer.data.train_x[:256]

    def first_layer() -> np.ndarray:
        return trainer.model.linear1(x).detach().double().numpy()

    before = first_layer()
    for _ in range(9):
        trainer.step()
    after = first_layer()
    moved = np.sqrt(np.mean((after.mean(0) - before.mean(0)) ** 2)) / np.sqrt(before.var(0).mean())
    assert seen.shift[1, -1, 0] == pytest.approx(moved)
    assert seen.percentiles[1, -1, 0] == pytest.approx(np.quantile(after, [0.15, 0.5, 0.85]))
    inside = np.histogram(after, edges(seen.scale[1, 0]))[0]
    assert np.array_equal(inside, seen.counts[1, -1, 0])


def test_a_twin_that_diverges_leaves_the_other_alone():
    seen = last(drift(SPEC.replace(lr=1e5), steps=30, moments=4))
    assert seen.diverged_at[1] > 0
    assert np.isnan(seen.shift[1, -1]).all()
    assert (seen.counts[1, -1] == 0).all()


def test_every_place_starts_from_the_same_weights_and_is_a_run_of_its_own():
    seen = last(placements(SPEC, steps=10, moments=3))
    assert seen.places == tuple(PLACES)
    assert np.isfinite(seen.loss).all()
    for row, fields in enumerate(PLACES.values()):
        trainer = Trainer(SPEC.replace(**fields))
        for _ in range(10):
            trainer.step(measure=False)
        assert seen.loss[row, -1] == pytest.approx(trainer.evaluate()[0])


@pytest.mark.parametrize("run", [drift, placements])
def test_a_net_without_hidden_layers_is_told_what_it_lacks(run):
    with pytest.raises(SpecError, match="at least one"):
        list(run(SPEC.replace(hidden=())))


@pytest.mark.long
@pytest.mark.parametrize(
    ("activation", "expected", "tolerance"),
    [("relu", np.pi / (np.pi - 1), 0.02), ("linear", 126 / 125, 0.02)],
)
def test_batch_norm_explodes_at_init_by_yang_s_factor(activation, expected, tolerance):
    spec = SPEC.replace(activation=activation, hidden=(128,))
    seen = last(explosion(spec, depth=20, seeds=3, batch_size=128))
    assert seen.factor[1].mean() == pytest.approx(expected, rel=tolerance)
    assert seen.predicted_factor[1] == pytest.approx(expected, rel=0.015)
    if activation == "relu":
        assert seen.factor[0].mean() == pytest.approx(1, abs=0.1)  # He keeps the gradient


def test_the_factor_of_a_straight_line_is_its_slope():
    layers = np.arange(20)
    assert factor(np.log10(1.3) * -layers) == pytest.approx(1.3)
    assert factor(np.log10(1.3) * -layers[:3]) == pytest.approx(1.3)


def test_norms_keep_their_own_statistics_after_the_shadows_lent_theirs():
    norm = nn.BatchNorm1d(3)
    shadow = nn.BatchNorm1d(3, affine=False)
    shadow.running_mean.fill_(5.0)
    with lent([norm], [shadow]):
        assert norm.running_mean is shadow.running_mean
    assert torch.equal(norm.running_mean, torch.zeros(3))


def test_there_is_no_gap_where_all_samples_are_alike():
    spec = RunSpec(
        hidden=(20,) * 3, activation="sigmoid", batch_norm="before", initializer_options={"gain": 0.0}
    )
    gap = last(bench(spec, steps=50, moments=5)).gap
    assert np.isnan(gap[:, 0]).any()
    assert np.isfinite(gap[:, -1]).all()
    assert np.nanmax(gap) < 10  # and no ratio of two roundings
