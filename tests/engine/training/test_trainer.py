"""The trainer against a training loop written out in plain PyTorch, and nets at the edge of what trains."""

import copy
import math
import random

import numpy as np
import pytest
import torch
from torch import optim
from torch.nn.functional import cross_entropy
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from engine.measure.histograms import histograms
from engine.measure.statistics import COLUMNS
from engine.spec import RunSpec
from engine.tables.optimizers import OPTIMIZERS
from engine.training.trainer import Trainer
from tests.engine.training.plain import Plain, assert_same_weights, spec

LOOPS = {
    "sgd": ({}, lambda p: optim.SGD(p, lr=0.05), None),
    "momentum": ({"optimizer": "momentum"}, lambda p: optim.SGD(p, lr=0.05, momentum=0.9), None),
    "nesterov": (
        {"optimizer": "nesterov", "optimizer_options": {"momentum": 0.8}},
        lambda p: optim.SGD(p, lr=0.05, momentum=0.8, nesterov=True),
        None,
    ),
    "adam": (
        {"optimizer": "adam", "optimizer_options": {"betas": (0.8, 0.99), "weight_decay": 0.01}},
        lambda p: optim.Adam(p, lr=0.05, betas=(0.8, 0.99), weight_decay=0.01),
        None,
    ),
    "rmsprop": ({"optimizer": "rmsprop", "lr": 1e-3}, lambda p: optim.RMSprop(p, lr=1e-3), None),
    "norm clipping": (
        {"clip": "norm", "clip_threshold": 0.07},
        lambda p: optim.SGD(p, lr=0.05),
        lambda p: clip_grad_norm_(p, 0.07),
    ),
    "value clipping": (
        {"clip": "value", "clip_threshold": 0.01},
        lambda p: optim.SGD(p, lr=0.05),
        lambda p: clip_grad_value_(p, 0.01),
    ),
    "batch norm": (
        {"batch_norm": "before", "activation": "relu", "batch_norm_input": True},
        lambda p: optim.SGD(p, lr=0.05),
        None,
    ),
    "maxout": ({"activation": "maxout"}, lambda p: optim.SGD(p, lr=0.05), None),
}


@pytest.mark.parametrize("measure", [True, False])
@pytest.mark.parametrize("name", LOOPS)
def test_training_is_a_plain_loop_bit_for_bit(name, measure):
    fields, make, clip = LOOPS[name]
    trainer = Trainer(spec(**fields))
    plain = Plain(trainer, make, clip or (lambda parameters: None))
    losses = [plain.step() for _ in range(60)]  # more than one epoch
    for _ in range(60):
        trainer.step(measure=measure)
    assert_same_weights(trainer.model, plain.model)
    assert trainer.steps == 60
    if measure:
        assert trainer.history["loss"].tolist() == losses


def test_loss_falls_and_digits_are_learned():
    trainer = Trainer(
        RunSpec(hidden=(32, 32), activation="relu", initializer="he_normal", optimizer="adam", lr=0.01)
    )
    before, _ = trainer.evaluate()
    for _ in range(70):
        trainer.step()
    loss = trainer.history["loss"]
    assert loss[-10:].mean() < 0.15 * loss[:3].mean()
    after, accuracy = trainer.evaluate()
    assert after < before / 4
    assert accuracy > 0.9
    assert trainer.history["accuracy"][-10:].mean() > 0.95


def test_frame_tells_the_batch_and_the_step():
    trainer = Trainer(spec(clip="norm", clip_threshold=0.01, lr=0.03))
    model = copy.deepcopy(trainer.model)
    batch = torch.randperm(len(trainer.data.train_x), generator=torch.Generator().manual_seed(1))[:16]
    x, y = trainer.data.train_x[batch], trainer.data.train_y[batch]
    logits = model(x)
    loss = cross_entropy(logits, y)
    loss.backward()
    before = math.sqrt(sum(p.grad.double().square().sum().item() for p in model.parameters()))
    frame = trainer.step()
    assert (frame.step, frame.lr, frame.finite) == (1, 0.03, True)
    assert frame.loss == loss.item()
    assert frame.accuracy == pytest.approx((logits.argmax(1) == y).double().mean().item())
    assert frame.gradient_norm == pytest.approx(before, rel=1e-6)
    assert before > 0.01
    assert frame.gradient_norm_clipped == pytest.approx(0.01, rel=1e-3)
    assert frame.table.shape == (3, len(COLUMNS))
    assert frame.table.dtype == np.float64
    for name in COLUMNS:
        np.testing.assert_array_equal(getattr(frame, name), trainer.history[name][-1])
    assert np.isnan(frame.saturated[-1])
    assert np.isnan(frame.dead[-1])
    assert frame is trainer.frame
    with pytest.raises(
        AttributeError, match="a Frame has no 'gradient_rsm'; its arrays are: preactivation_mean,"
    ):
        frame.gradient_rsm  # noqa: B018


def test_statistics_of_a_frame_are_from_before_clipping():
    clipped, free = Trainer(spec(clip="value", clip_threshold=1e-6)), Trainer(spec())
    one, other = clipped.step(), free.step()
    for name in ("gradient_rms", "weight_gradient_var", "preactivation_var"):
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name))
    assert one.gradient_norm == other.gradient_norm
    assert one.gradient_norm_clipped < 1e-6 * math.sqrt(200)
    assert (one.update_ratio < other.update_ratio).all()


def test_norm_stays_what_it_is_below_the_threshold():
    frame = Trainer(spec(clip="norm", clip_threshold=1e6)).step()
    assert frame.gradient_norm_clipped == pytest.approx(frame.gradient_norm, rel=1e-6)
    frame = Trainer(spec()).step()
    assert frame.gradient_norm_clipped == frame.gradient_norm


def test_histograms_are_of_the_last_measured_step():
    trainer = Trainer(spec(activation="relu"))
    assert len(trainer.histograms().activations.low) == 0
    trainer.step()
    found = trainer.histograms(bins=10, scale="linear")
    expected = histograms(trainer.probe.outputs, bins=10, scale="linear")
    np.testing.assert_array_equal(found.activations.counts, expected.counts)
    assert found.gradients.counts.shape == (3, 10)
    assert found.activations.counts[0].sum() + found.activations.zeros[0] == 16 * 7
    trainer.step(measure=False)
    np.testing.assert_array_equal(
        trainer.histograms(bins=10, scale="linear").activations.counts, expected.counts
    )
    assert trainer.histograms(limit=8).activations.counts[1].sum() <= 10


def test_history_is_bounded_when_asked():
    trainer = Trainer(spec(), capacity=8)
    for _ in range(30):
        trainer.step()
    assert len(trainer.history) <= 8
    assert trainer.history["step"][0] == 1
    assert trainer.history["step"][-1] == 30


def test_only_measured_steps_enter_the_history():
    trainer = Trainer(spec())
    for k in range(9):
        assert (trainer.step(measure=k % 3 == 2) is None) == (k % 3 != 2)
    np.testing.assert_array_equal(trainer.history["step"], [3, 6, 9])


@pytest.mark.parametrize("batch_statistics", [False, True])
def test_evaluate_is_the_loss_on_the_test_set(batch_statistics):
    trainer = Trainer(
        spec(
            batch_norm="before",
            batch_norm_output=True,
            dropout=0.4,
            activation="rrelu",
            batch_norm_momentum=0.3,
        )
    )
    for _ in range(7):
        trainer.step()
    data = trainer.data
    h = data.test_x
    for linear, norm in zip(trainer.model.linears(), trainer.model.norms(), strict=True):
        z = h @ linear.weight.detach().T + linear.bias.detach()
        mean, var = (
            (z.mean(0), z.var(0, correction=0)) if batch_statistics else (norm.running_mean, norm.running_var)
        )
        u = (z - mean) / (var + 1e-5).sqrt() * norm.weight.detach() + norm.bias.detach()
        h = torch.where(u > 0, u, u * (1 / 8 + 1 / 3) / 2)
    loss, accuracy = trainer.evaluate(batch_statistics=batch_statistics)
    assert loss == pytest.approx(cross_entropy(u, data.test_y).item(), rel=1e-5)
    assert accuracy == pytest.approx((u.argmax(1) == data.test_y).double().mean().item())


def test_running_statistics_are_the_mean_of_batches_with_the_momentum():
    trainer = Trainer(spec(batch_norm_input=True, batch_norm_momentum=0.25))
    batch = torch.randperm(len(trainer.data.train_x), generator=torch.Generator().manual_seed(1))[:16]
    x = trainer.data.train_x[batch]
    trainer.step()
    (norm,) = trainer.model.norms()
    torch.testing.assert_close(norm.running_mean, 0.25 * x.mean(0))
    torch.testing.assert_close(norm.running_var, 0.75 + 0.25 * x.var(0))


@pytest.mark.parametrize(
    "fields",
    [
        {"hidden": ()},
        {"hidden": (1,)},
        {"hidden": (2,) * 100, "initializer": "he_normal", "activation": "relu"},
        {"batch_size": 1},
        {"batch_size": None},
        {"batch_size": 50_000},
        {"batch_size": 2, "batch_norm": "before", "batch_norm_input": True, "batch_norm_output": True},
        {"batch_size": None, "batch_norm": "after"},
        {"dtype": "float64", "optimizer": "nadam", "clip": "norm"},
        {"dropout": 0.9, "hidden": (3,)},
        {"lr": 0.0},
        {"hidden": (), "batch_norm": "before", "dropout": 0.5, "activation": "maxout"},
    ],
    ids=str,
)
def test_nets_at_the_edge_train(fields):
    trainer = Trainer(spec(**fields))
    frames = [trainer.step() for _ in range(4)]
    assert all(frame.finite for frame in frames)
    assert all(len(frame.gradient_rms) == len(trainer.spec.hidden) + 1 for frame in frames)
    assert np.isfinite(trainer.history["loss"]).all()
    trainer.evaluate()
    trainer.histograms()


def test_double_precision_reaches_data_weights_and_gradients():
    trainer = Trainer(spec(dtype="float64"))
    trainer.step()
    tensors = [
        trainer.data.train_x,
        *trainer.model.parameters(),
        *trainer.probe.outputs,
        *trainer.probe.gradients,
    ]
    assert {tensor.dtype for tensor in tensors} == {torch.float64}
    single = Trainer(spec()).step()
    assert trainer.frame.loss == pytest.approx(single.loss, rel=1e-5)
    assert trainer.frame.loss != single.loss


def test_a_net_at_rate_zero_stands_still():
    trainer = Trainer(spec(lr=0.0))
    before = copy.deepcopy(trainer.model)
    frames = [trainer.step() for _ in range(3)]
    assert_same_weights(trainer.model, before)
    assert all((frame.update_ratio == 0).all() for frame in frames)
    assert (frames[0].gradient_rms > 0).all()


def test_a_net_of_zeros_says_so():
    trainer = Trainer(spec(initializer="zeros", activation="sigmoid"))
    first = trainer.step()
    # behind zero weights no gradient arrives, so only the output layer moves, from nothing
    np.testing.assert_array_equal(first.update_ratio, [0, 0, math.inf])
    np.testing.assert_array_equal(first.gradient_rms[:2], [0, 0])
    np.testing.assert_array_equal(first.weight_var, [0, 0, 0])
    assert first.finite
    assert first.gradient_rms[2] > 0
    second = trainer.step()
    assert second.finite
    assert 0 < second.update_ratio[2] < math.inf


def test_trainer_leaves_every_global_generator_alone():
    states = torch.get_rng_state(), np.random.get_state()[1].copy(), random.getstate()
    trainer = Trainer(spec(dropout=0.5, activation="rrelu", seed=4321))
    for measure in (True, False, True):
        trainer.step(measure=measure)
    trainer.look()
    trainer.evaluate()
    trainer.fork().step()
    trainer.histograms()
    assert torch.equal(torch.get_rng_state(), states[0])
    np.testing.assert_array_equal(np.random.get_state()[1], states[1])
    assert random.getstate() == states[2]


@pytest.mark.parametrize("clip", ["none", "value", "norm"])
def test_a_look_shows_the_coming_step_and_takes_nothing_from_the_run(clip):
    fields = {"clip": clip, "clip_threshold": 0.01, "dropout": 0.25, "batch_norm": "before", "seed": 4321}
    plain, looked = Trainer(spec(**fields)), Trainer(spec(**fields))
    for _ in range(3):
        seen, coming = looked.look(), plain.step()
        counts = looked.histograms().gradients.counts
        np.testing.assert_array_equal(counts, plain.histograms().gradients.counts)
        assert (seen.step, seen.loss, seen.accuracy) == (coming.step - 1, coming.loss, coming.accuracy)
        assert (seen.gradient_norm, seen.gradient_norm_clipped) == (
            coming.gradient_norm,
            coming.gradient_norm_clipped,
        )
        np.testing.assert_array_equal(seen.activation_var, coming.activation_var)
        assert looked.step().loss == coming.loss
    assert all(map(torch.equal, plain.model.state_dict().values(), looked.model.state_dict().values()))
    assert len(looked.history["step"]) == 3


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("optimizer", OPTIMIZERS)
def test_a_run_takes_the_steps_of_torch_optim_one_tensor_at_a_time(optimizer, dtype):
    trainer = Trainer(spec(optimizer=optimizer, lr=OPTIMIZERS[optimizer].default_lr, dtype=dtype))
    alone = [parameter.detach().clone().requires_grad_() for parameter in trainer.parameters]
    judge = OPTIMIZERS[optimizer].build(alone, trainer.spec.lr)
    assert not any(group["foreach"] for group in judge.param_groups)
    for _ in range(12):
        trainer.step(measure=False)
        for mine, its in zip(alone, trainer.parameters, strict=True):
            mine.grad = its.grad.clone()
        judge.step()
        assert all(map(torch.equal, alone, trainer.parameters))


@pytest.mark.parametrize("residual", ["plain", "scaled", "rezero"])
def test_a_path_of_its_own_width_is_no_layer_of_the_frame(residual):
    trainer = Trainer(RunSpec(hidden=(9, 12, 12, 7), residual=residual, batch_size=32))
    frame = trainer.step()
    assert len(frame.table) == 5
    assert trainer.history["gradient_rms"].shape == (1, 5)
    assert np.isfinite(trainer.history["gradient_rms"]).all()
