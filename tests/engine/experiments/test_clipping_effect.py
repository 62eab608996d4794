"""What clipping did to a run, against a plain loop with torch's own clipping, and worked by hand."""

import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from torch import optim
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from engine import SpecError, Trainer
from engine.experiments.clipping_effect import (
    angle,
    clipped,
    clipped_step,
    clipping_effect,
    share_clipped,
    turned,
)
from engine.spec.examples import DIVERGES
from tests.engine.training.plain import Plain, assert_same_weights, spec

pytestmark = pytest.mark.slow

REFERENCES = {
    entry["id"]: entry
    for entry in json.loads((Path(__file__).parents[2] / "references.json").read_text())
    if entry["id"].startswith("clip_")
}
NONE, VALUE, NORM = range(3)


def last(pictures):
    return list(pictures)[-1]


def vector(parameters) -> torch.Tensor:
    return torch.cat([p.grad.flatten() for p in parameters]).double()


@pytest.mark.parametrize("name", ["clip_100_1", "clip_09_100"])
def test_the_chapters_example_by_value_and_by_norm(name):
    setup, expected = REFERENCES[name]["setup"], REFERENCES[name]["expected"]
    gradient = setup.get("g", [0.9, 100])
    for how in ("value", "norm"):
        assert clipped(gradient, how, 1.0) == pytest.approx(expected[how], abs=2e-6)
    assert turned(gradient, "norm", 1.0) == pytest.approx(0, abs=1e-6)


def test_clipping_by_value_turns_100_1_by_44_degrees():
    by_hand = 45 - math.degrees(math.atan(1 / 100))
    assert turned([100, 1], "value", 1.0) == pytest.approx(by_hand, abs=1e-9)
    assert by_hand == pytest.approx(REFERENCES["clip_100_1"]["expected"]["rotation_deg"], abs=1e-6)


def test_a_gradient_within_the_threshold_is_left_alone():
    assert clipped([0.3, -0.4], "value", 0.5) == pytest.approx([0.3, -0.4], abs=0)
    assert turned([0.3, -0.4], "norm", 0.5) == 0


@pytest.mark.parametrize("degrees", [1e-7, 30.0, 90.0, 179.9999])
@pytest.mark.parametrize("length", [1e-160, 1.0, 1e160])
def test_an_angle_is_the_angle_between_two_vectors_of_any_length(degrees, length):
    turn = math.radians(degrees)
    a = torch.tensor([3.0, 4.0, 0.0], dtype=torch.float64)
    across = torch.tensor([-4.0, 3.0, 0.0], dtype=torch.float64)
    b = length * (math.cos(turn) * a + math.sin(turn) * across)
    assert angle(a, b) == pytest.approx(degrees, rel=1e-7)


def test_runs_are_plain_loops_with_torchs_clipping():
    steps, by_value, by_norm = 30, 0.02, 0.8
    seen = last(clipping_effect(spec(), steps, by_value, by_norm))
    clips = (
        lambda p: None,
        lambda p: clip_grad_value_(p, by_value),
        lambda p: clip_grad_norm_(p, by_norm),
    )
    for run, clip in enumerate(clips):
        norms: list[tuple[float, ...]] = []

        def watch(parameters, clip=clip, norms=norms):
            parameters = list(parameters)
            before = vector(parameters)
            clip(parameters)
            after = vector(parameters)
            cosine = (before @ after) / (before.norm() * after.norm())
            cut = (before != after).double().mean()
            turned = cosine.clamp(max=1).arccos().rad2deg()
            norms.append(tuple(number.item() for number in (before.norm(), after.norm(), turned, cut)))

        plain = Plain(Trainer(spec()), lambda p: optim.SGD(p, lr=0.05), watch)
        losses = [plain.step() for _ in range(steps)]
        before, after, angles, cut = np.array(norms).T
        assert seen.loss[run] == pytest.approx(losses, rel=1e-6)
        assert seen.before[run] == pytest.approx(before, rel=1e-6)
        assert seen.after[run] == pytest.approx(after, rel=1e-6)
        assert seen.angle[run] == pytest.approx(angles, abs=1e-3)
        assert seen.cut[run] == pytest.approx(cut, abs=0)
    assert 0 < seen.share_clipped()[NORM] < 1
    assert seen.share_clipped()[NONE] == 0
    assert seen.angle[VALUE].max() > 10
    assert seen.angle[NORM].max() < 1e-4


def test_watching_changes_nothing_and_leaves_no_hooks():
    watched, alone = (Trainer(spec(clip="value", clip_threshold=0.01)) for _ in range(2))
    for _ in range(5):
        clipped_step(watched)
        alone.step()
    assert_same_weights(watched.model, alone.model)
    assert not watched.optimizer._optimizer_step_pre_hooks
    assert not any(p._backward_hooks for p in watched.parameters)


def test_a_share_of_steps_leaves_out_those_not_taken():
    cut = np.array([[0.0, 0.5, 1.0, np.nan], [np.nan] * 4])
    assert share_clipped(cut) == pytest.approx([2 / 3, np.nan], nan_ok=True)


@pytest.mark.long
def test_clipping_saves_the_run_that_diverges():
    *grows, seen = clipping_effect(DIVERGES)
    assert seen.diverged_at.tolist() == [8, -1, -1]
    assert np.isnan(seen.loss[NONE, 8:]).all()
    assert (seen.accuracy[[VALUE, NORM]] > 0.95).all()
    assert seen.share_clipped()[[VALUE, NORM]] == pytest.approx([0.6, 0.33], abs=0.15)
    assert seen.angle[VALUE].max() > 30
    assert grows[0].done < 0.1 < 1 == seen.done


@pytest.mark.long
def test_clipping_by_value_at_1_keeps_that_run_alive_but_it_learns_nothing():
    seen = last(clipping_effect(DIVERGES, by_value=1.0))
    assert seen.diverged_at[VALUE] == -1
    assert seen.accuracy[VALUE] < 0.2


def test_the_specs_own_clipping_plays_no_part():
    own = spec(clip="value", clip_threshold=1e-6)
    seen, bare = (last(clipping_effect(one, 4)) for one in (own, spec()))
    assert (seen.before == bare.before).all()


@pytest.mark.parametrize(
    ("arguments", "says"), [({"by_norm": 0.0}, "clip_threshold"), ({"steps": 0}, "steps")]
)
def test_bad_arguments_are_refused(arguments, says):
    with pytest.raises(SpecError, match=says):
        clipping_effect(spec(), **arguments)
