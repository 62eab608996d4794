"""Every change to a running net acts at its next step, or is refused and changes nothing."""

import pytest
import torch
from torch import optim

from engine.spec import RunSpec, SpecError
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.option import Number, Switch
from engine.training.trainer import Trainer
from tests.engine.training.plain import Plain, assert_same_weights, spec


def test_change_of_the_rate_acts_at_the_next_step():
    trainer = Trainer(spec(optimizer="momentum"))
    plain = Plain(trainer, lambda p: optim.SGD(p, lr=0.05, momentum=0.9))
    for lr in (0.05, 0.3, 0.0, 0.01):
        trainer.change(lr=lr)
        plain.optimizer.param_groups[0]["lr"] = lr
        for _ in range(3):
            assert trainer.step().lr == lr
            plain.step()
        assert_same_weights(trainer.model, plain.model)
    assert trainer.spec.lr == 0.01


def test_change_of_options_keeps_what_the_optimizer_has_learned():
    trainer = Trainer(spec(optimizer="adam"))
    plain = Plain(trainer, lambda p: optim.Adam(p, lr=0.05))
    for _ in range(4):
        trainer.step()
        plain.step()
    trainer.change(optimizer_options={"betas": (0.5, 0.9), "weight_decay": 0.02})
    plain.optimizer.param_groups[0] |= {"betas": (0.5, 0.9), "weight_decay": 0.02}
    for _ in range(4):
        trainer.step()
        plain.step()
    assert_same_weights(trainer.model, plain.model)


def test_change_of_the_optimizer_starts_it_afresh():
    trainer = Trainer(spec(optimizer="adam"))
    plain = Plain(trainer, lambda p: optim.Adam(p, lr=0.05))
    for _ in range(4):
        trainer.step()
        plain.step()
    trainer.change(optimizer="momentum", lr=0.02)
    plain.optimizer = optim.SGD(plain.model.parameters(), lr=0.02, momentum=0.9)
    for _ in range(4):
        trainer.step()
        plain.step()
    assert_same_weights(trainer.model, plain.model)


SWITCHES = [
    (name, option.name, value)
    for name, entry in OPTIMIZERS.items()
    for option in entry.options
    if (value := {Switch: not option.default, Number: 0.5}.get(type(option))) is not None
]


@pytest.mark.parametrize(("name", "option", "value"), SWITCHES)
def test_every_option_can_be_switched_mid_run(name, option, value):
    trainer = Trainer(spec(optimizer=name, lr=1e-3))
    for _ in range(2):
        trainer.step()
    options = {option: value} | ({"momentum": 0.9} if option == "nesterov" else {})
    trainer.change(optimizer_options=options)
    assert all(trainer.step().finite for _ in range(2))


def test_a_maximum_switched_on_mid_run_starts_at_zero():
    trainer = Trainer(spec(optimizer="adam"))
    plain = Plain(trainer, lambda p: optim.Adam(p, lr=0.05))
    for each in (trainer, plain):
        each.step()
    trainer.change(optimizer_options={"amsgrad": True})
    plain.optimizer.param_groups[0]["amsgrad"] = True
    for state in plain.optimizer.state.values():
        state["max_exp_avg_sq"] = torch.zeros_like(state["exp_avg_sq"])
    for _ in range(3):
        trainer.step()
        plain.step()
    assert_same_weights(trainer.model, plain.model)


def test_change_of_clipping_acts_at_the_next_step():
    trainer = Trainer(spec())
    trainer.step()
    trainer.change(clip="norm", clip_threshold=1e-3)
    assert trainer.step().gradient_norm_clipped == pytest.approx(1e-3, rel=1e-2)
    trainer.change(clip_threshold=1e-4)
    assert trainer.step().gradient_norm_clipped == pytest.approx(1e-4, rel=2e-2)
    trainer.change(clip="none")
    frame = trainer.step()
    assert frame.gradient_norm_clipped == frame.gradient_norm > 1e-3


def test_change_of_the_batch_size_acts_at_the_next_step():
    trainer = Trainer(spec())
    rows = []
    for size in (16, 5, None, 1, 60_000, 30):
        trainer.change(batch_size=size)
        trainer.step()
        rows.append(len(trainer.probe.outputs[0]))
    samples = len(trainer.data.train_x)
    assert rows == [16, 5, samples, 1, samples, 30]


def test_change_of_dropout_acts_at_the_next_step():
    trainer = Trainer(spec(hidden=(400, 50), activation="sigmoid"))
    dropped = []
    for p in (0.0, 0.25, 0.7, 0.0):
        trainer.change(dropout=p)
        handle = trainer.model.get_submodule("linear2").register_forward_pre_hook(
            lambda _, inputs: dropped.append((inputs[0] == 0).double().mean().item())
        )
        trainer.step()
        handle.remove()
    assert dropped == pytest.approx([0, 0.25, 0.7, 0], abs=0.03)
    assert dropped[0] == dropped[3] == 0


def test_change_of_the_momentum_of_batch_norm_acts_at_the_next_step():
    trainer = Trainer(spec(batch_norm="before"))
    trainer.step()
    trainer.change(batch_norm_momentum=1.0)
    trainer.step()
    norm = trainer.model.norms()[0]
    before = norm.running_mean.clone()
    trainer.change(batch_norm_momentum=0.0)
    trainer.step()
    assert torch.equal(norm.running_mean, before)


CHANGES = {
    "lr": 0.5, "optimizer": "adam", "optimizer_options": {"momentum": 0.5}, "clip": "value",
    "clip_threshold": 3.0, "batch_size": 9, "dropout": 0.1, "batch_norm_momentum": 0.4, "schedule": "cosine",
    "schedule_options": {"step_size": 1, "gamma": 0.2}, "schedule_steps": 2, "warmup": 5,
}  # fmt: skip


@pytest.mark.parametrize("field", sorted(RunSpec.LIVE))
def test_every_live_field_changes_the_spec_and_the_next_step(field):
    schedule = "cosine" if field == "schedule_steps" else "step"  # the one whose rate it changes
    base = spec(
        optimizer="momentum", clip="norm", clip_threshold=1e-3, batch_norm="before", schedule=schedule
    )
    trainer, untouched = Trainer(base), Trainer(base)
    for each in (trainer, untouched):
        each.step()
    trainer.change(**{field: CHANGES[field]})
    assert base.differences(trainer.spec).keys() >= {field}
    for each in (trainer, untouched):
        each.step()
    assert any(
        not torch.equal(a, b)
        for a, b in zip(
            trainer.model.state_dict().values(), untouched.model.state_dict().values(), strict=True
        )
    )


@pytest.mark.parametrize(
    "fields",
    [
        {"hidden": (7, 5, 3)},
        {"activation": "relu"},
        {"seed": 1, "lr": 0.5},
        {"dtype": "float64", "batch_size": 4},
        {"lr": -1.0},
        {"lr": 0.5, "momentum": 0.9},
        {"dropout": 1.0, "lr": 0.5},
        {"optimizer": "adma", "lr": 0.5},
        {"optimizer_options": {"beta": 1}, "lr": 0.5},
    ],
)
def test_refused_change_changes_nothing(fields):
    trainer, untouched = Trainer(spec()), Trainer(spec())
    trainer.step()
    untouched.step()
    with pytest.raises(SpecError):
        trainer.change(**fields)
    assert trainer.spec == untouched.spec
    for each in (trainer, untouched):
        each.step()
    assert_same_weights(trainer.model, untouched.model)


def test_refused_change_says_what_a_running_net_can_change():
    with pytest.raises(SpecError) as caught:
        Trainer(spec()).change(hidden=(3,), activation="relu", lr=0.5)
    assert str(caught.value) == (
        "activation, hidden: cannot change while the net runs; make a new Trainer for it. A running net can change: "
        "batch_norm_momentum, batch_size, clip, clip_threshold, dropout, lr, optimizer, optimizer_options, "
        "schedule, schedule_options, schedule_steps, warmup."
    )


def test_batch_of_one_and_batch_norm_do_not_go_together_mid_run():
    trainer = Trainer(spec(batch_norm="after"))
    with pytest.raises(SpecError, match="batch_size: 1 does not go with batch normalization"):
        trainer.change(batch_size=1)
    assert trainer.spec.batch_size == 16
