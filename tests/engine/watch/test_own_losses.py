"""What losses tell of steps that nobody measured: a fast loop has few measured ones, and the end of it counts."""

import math

import numpy as np
import pytest
import torch
from torch import nn

from engine import Watch
from engine.watch.losses import Losses
from tests.engine.watch.patients import deep, digits, drawn, labels, plain

STEPS = 400


def trained(
    spoils=lambda *_: None, told="nothing", steps=STEPS, by_hand=False
) -> tuple[Watch, torch.optim.Optimizer]:
    """A loop of which the first step is measured alone; spoils(step, net, optimizer) is called before each pass."""
    torch.manual_seed(5)
    net = plain()
    optimizer = torch.optim.SGD(net.parameters(), 0.05)
    with Watch(net, None if by_hand else optimizer, every=10**6) as lab:
        for step in range(1, steps + 1):
            spoils(step, net, optimizer)
            optimizer.zero_grad()
            loss = labels(net, digits())
            if told == "before":
                lab.loss(loss)
            loss.backward()
            optimizer.step()
            if told == "after":
                lab.loss(loss.item())
    assert len(lab.history) == 1
    return lab, optimizer


def break_at(at):
    def spoils(step, net, _):
        if step == at:
            net[2].weight.data[0, 0] = math.nan

    return spoils


@pytest.mark.parametrize("told", ["nothing", "before", "after"])
@pytest.mark.parametrize("by_hand", [False, True])
@pytest.mark.parametrize("at", [350, STEPS])
def test_a_loss_that_became_nan_after_the_last_measured_step_is_found(told, by_hand, at):
    lab, optimizer = trained(break_at(at), told, by_hand=by_hand)
    [found] = lab.findings()
    assert found.name == "diverged"
    assert found.began == pytest.approx(at, abs=1)
    assert f"from step {found.began} on; the layers, measured last at step 1, were" in found.words
    assert [each.name for each in lab.course()] == ["diverged"]
    words, _, code = found.advice.partition("\n")
    assert "every=1" in words
    exec(code, {"optimizer": optimizer})
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.005)


def forget(step, net, _):
    """Weights that are drawn anew, far too large, in each step of the last third."""
    if step > 2 * STEPS // 3:
        drawn(net, nn.init.normal_)


def test_a_loss_that_rose_after_the_last_measured_step_is_found():
    lab, _ = trained(forget)
    [found] = lab.findings()
    assert found.name == "loss rose"
    assert found.evidence["times"] > 3
    assert 100 < found.evidence["step_of_lowest"] <= found.began < found.step == STEPS
    assert "no step since then was measured" in found.words


def test_a_loss_that_falls_is_well_and_what_is_not_known_is_said():
    lab, _ = trained()
    assert not lab.findings()
    said = lab.report()["known"]
    assert said["losses"] == STEPS
    assert said["words"].startswith(
        f"Of its {STEPS} steps 1 was measured, the last of them step 1, and {STEPS} losses"
    )


def test_of_many_losses_the_newest_are_kept_and_no_loss_holds_what_it_came_from():
    lab, _ = trained(break_at(5000), steps=5100)
    assert len(lab.history.losses) <= 2000
    [found] = lab.findings()
    assert found.began == 5000


def test_losses_that_lie_on_a_device_come_from_there_when_they_are_asked_for(monkeypatch):
    monkeypatch.setattr("engine.watch.losses._is_far", lambda loss: isinstance(loss, torch.Tensor))
    losses = Losses()
    for step, told in enumerate([torch.tensor([1.5]), 2.5, torch.tensor(math.nan, dtype=torch.float64)], 1):
        losses.begin()
        losses.told = told
        losses.end(step)
        losses.told = None
    for _ in range(2):
        np.testing.assert_array_equal(losses.kept(3), [[1, 1.5], [2, 2.5], [3, math.nan]])


def test_the_loss_of_a_step_that_a_scaler_skipped_counts_for_none():
    net = plain()
    optimizer = torch.optim.SGD(net.parameters(), 0.01)
    scaler = torch.amp.GradScaler("cpu", init_scale=2.0)
    with Watch(net, optimizer, every=100) as lab:
        for factor in (1.0, 1.0, math.inf, 1.0):
            optimizer.zero_grad()
            loss = factor * labels(net, digits())
            scaler.scale(loss).backward()
            scaler.step(optimizer)
            scaler.update()
    assert (lab.steps, lab.skipped) == (3, 1)
    assert lab.last_loss == pytest.approx(loss.item(), rel=1e-5)
    assert not lab.findings()


@pytest.mark.parametrize("seed", range(20))
def test_losses_of_single_samples_that_only_swing_are_let_be(seed):
    swinging = np.random.default_rng(seed).exponential(size=300)
    net = plain()
    optimizer = torch.optim.SGD(net.parameters(), 1e-3)
    with Watch(net, optimizer, every=20) as lab:
        for told in swinging:
            optimizer.zero_grad()
            lab.loss(told)
            labels(net, digits(4)).backward()
            optimizer.step()
    assert "loss rose" not in {each.name for each in lab.course()}


def test_losses_of_two_optimizers_may_rise():
    torch.manual_seed(5)
    net = deep(nn.ReLU, 3)
    halves = [torch.optim.SGD(part.parameters(), 0.01) for part in (net[:4], net[4:])]
    with Watch(net, halves, every=10**6) as lab:
        for step in range(60):
            labels(net, digits()).backward()
            for half in halves:
                half.step()
                half.zero_grad()
            lab.loss(1.0 + 10 * (step > 40))
    assert not lab.findings()


@pytest.mark.parametrize("by_steps", [50, 1])
def test_the_first_step_whose_loss_was_nan_is_said_whatever_step_was_measured_after_it(by_steps):
    torch.manual_seed(5)
    net = plain()
    optimizer = torch.optim.SGD(net.parameters(), 0.05)
    with Watch(net, optimizer, every=by_steps) as lab:
        for step in range(1, 121):
            break_at(71)(step, net, optimizer)
            optimizer.zero_grad()
            labels(net, digits()).backward()
            optimizer.step()
    [found] = lab.findings()
    assert (found.name, found.began) == ("diverged", 71)
    if by_steps == 1:
        assert found.words == "diverged at step 71: NaN or infinity in layer 2"
        return
    assert found.layer is None
    assert "from step 71 on; that step was not measured, and which layer" in found.words
    exec(found.advice.partition("\n")[2], {"optimizer": optimizer})
    assert optimizer.param_groups[0]["lr"] == pytest.approx(0.005)
