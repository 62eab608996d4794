"""The residual stream: what the trainer measures is what autograd's own tensors show, and what the papers say of it."""

import math

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose

from engine import RunSpec, Trainer
from engine.measure.stream import STREAM
from engine.theory.mean_field import expect

DEEP = {"dataset": "gaussian", "hidden": (64,) * 50, "batch_size": 128}
RELU = {"activation": "relu", "initializer": "he_normal"}


def rms(x: torch.Tensor) -> float:
    return x.detach().double().square().mean().sqrt().item()


def by_hand(trainer: Trainer) -> np.ndarray:
    """The columns of the coming step, block by block, from a plain pass: [blocks, 3]."""
    state = trainer.batches.state()
    x, _ = trainer._batch()
    trainer.batches.restore(state)
    sizes = []
    for name, module in trainer.model.named_children():
        if name.startswith("block"):
            path = x if module.path is None else module.path(x)
            written = module.scale * module.body(x)
            sizes.append((rms(path + written), rms(x), rms(written) / rms(x)))
        x = module(x)
    return np.array(sizes)


@pytest.mark.parametrize(
    "fields",
    [
        {"residual": "plain"},
        {"residual": "scaled", "residual_every": 2},
        {"residual": "plain", "hidden": (9, 13, 13, 7), "activation": "maxout"},
        {"residual": "plain", "layer_norm": "after", "norm_place": "post"},
        {"residual": "scaled", "batch_norm": "before", "dropout": 0.0},
    ],
    ids=str,
)
def test_the_stream_is_what_a_plain_pass_shows(fields):
    trainer = Trainer(RunSpec(**{"hidden": (12,) * 5, "batch_size": 32, "seed": 1} | fields))
    for _ in range(2):
        expected = by_hand(trainer)
        frame = trainer.step()
        ends = ~np.isnan(frame.stream_after)
        assert_allclose(frame.stream[ends], expected, rtol=1e-5)
        assert ends.sum() == len(trainer.spec.hidden) // trainer.spec.residual_every
        assert not ends[-1]


def test_a_net_without_a_path_has_no_stream():
    frame = Trainer(RunSpec(hidden=(8, 8))).step()
    assert frame.stream is None
    with pytest.raises(AttributeError, match="stream_after"):
        _ = frame.stream_after


def test_looks_at_the_test_set_and_unmeasured_steps_leave_it_alone():
    trainer, twin = (Trainer(RunSpec(hidden=(8,) * 4, residual="plain")) for _ in range(2))
    first = trainer.step()
    trainer.evaluate()
    assert_allclose(trainer.look().stream_after, twin_after(twin), equal_nan=True)
    trainer.step(measure=False)
    restored = Trainer.restore(trainer.checkpoint())
    assert_allclose(restored.frame.stream, first.stream, equal_nan=True)


def twin_after(twin: Trainer) -> np.ndarray:
    twin.step(measure=False)
    return twin.look().stream_after


def test_a_plain_stream_doubles_a_block_and_a_scaled_one_stays_within_e():
    """Zhang et al. 2019: a He-ReLU block writes as much as stands on the path."""
    plain, scaled = (Trainer(RunSpec(residual=kind, **DEEP, **RELU)).step() for kind in ("plain", "scaled"))
    growth = np.log2(plain.stream_after[-2] / plain.stream_after[1]) * 2 / 48
    assert growth == pytest.approx(1, abs=0.15)
    square = (scaled.stream_after[1:-1] / scaled.stream_before[1]) ** 2
    assert square.max() < 1.3 * math.e  # a net of 64 units is off by some percent a layer
    assert_allclose(scaled.stream_written[2:-1], 50**-0.5, rtol=0.4)


def test_rezero_begins_as_the_identity_and_writes_after_a_step():
    trainer = Trainer(RunSpec(hidden=(64,) * 10, residual="rezero", activation="relu"))
    first, second = trainer.step(), trainer.step()
    assert (first.stream_written[:-1] == 0).all()
    assert_allclose(first.stream_after[1:-1], first.stream_before[1:-1])
    assert (second.stream_written[:-1] > 0).all()


@pytest.mark.parametrize(
    "fields",
    [
        {"residual": "scaled", **RELU},
        {"residual": "plain", "activation": "tanh"},
        {"residual": "plain", "layer_norm": "after", "norm_place": "pre", **RELU},
        {"residual": "plain", "residual_every": 3, "activation": "gelu"},
    ],
    ids=str,
)
def test_theory_expects_the_stream_that_is_measured(fields):
    spec = RunSpec(dataset="gaussian", hidden=(150,) * 12, batch_size=256, **fields)
    trainer = Trainer(spec)
    frame, data = trainer.step(), trainer.data
    theory = expect(spec, data.features, data.classes, data.train_x.square().mean().item())
    for name in STREAM:
        assert_allclose(getattr(frame, name), theory[name], rtol=0.15, err_msg=name, equal_nan=True)


def test_theory_says_nothing_of_a_stream_where_there_is_none():
    assert not STREAM.keys() & expect(RunSpec(), 64, 10).keys()
