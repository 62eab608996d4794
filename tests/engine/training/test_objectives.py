"""Losses, outputs, inputs, biases and labels against torch.nn and arithmetic by hand."""

import numpy as np
import pytest
import torch
from sklearn.model_selection import train_test_split
from torch import nn
from torch.nn import functional

from engine import DATASETS, RunSpec, Trainer
from engine.measure.probe import Probe
from engine.nets.losses import Loss
from engine.spec import SpecError
from engine.training.data import data_of
from tests.benchmarks.instrumentation import LOSSES as LOSS_OF

SMALL = {"dataset": "moons", "hidden": (7, 5), "batch_size": None, "dtype": "float64"}

OBJECTIVES = {
    "cross-entropy": {},
    "softmax twice": {"output": "softmax"},
    "squared error": {"loss": "mse"},
    "squared error of a sigmoid": {"loss": "mse", "output": "sigmoid"},
    "squared error of one tanh": {"loss": "mse", "output": "tanh", "outputs": 1},
    "binary cross-entropy": {"loss": "bce", "output": "sigmoid"},
    "ten classes taken for numbers": {"dataset": "digits", "loss": "mse", "outputs": 1},
    "binary cross-entropy of one output": {"loss": "bce", "output": "sigmoid", "outputs": 1},
    "binary cross-entropy of shares": {"loss": "bce", "output": "softmax"},
    "rectified outputs": {"output": "relu"},
    "numbers": {"dataset": "diabetes", "loss": "mse"},
    "numbers through a sigmoid": {"dataset": "sine", "loss": "mse", "output": "sigmoid"},
}
ENDS = {
    "linear": nn.Identity(), "sigmoid": nn.Sigmoid(), "tanh": nn.Tanh(), "relu": nn.ReLU(), "softmax": nn.Softmax(1),
}  # fmt: skip
LOSSES = {"cross_entropy": nn.CrossEntropyLoss(), "mse": nn.MSELoss(), "bce": nn.BCELoss()}


def witness(trainer: Trainer) -> tuple[nn.Module, torch.Tensor, torch.Tensor]:
    """The same net of torch's own modules, its inputs, and its targets as torch wants them."""
    spec, data = trainer.spec, trainer.data
    maps = []
    for linear in trainer.model.linears():
        twin = nn.Linear(linear.in_features, linear.out_features, dtype=torch.float64)
        twin.load_state_dict(linear.state_dict())
        maps += [twin, nn.Tanh()]
    net = nn.Sequential(*maps[:-1], ENDS[spec.output])
    y = data.train_y
    if data.classes == 0 or spec.outputs == 1:
        y = y.double()[:, None]
    elif spec.loss != "cross_entropy":
        y = functional.one_hot(y).double()
    return net, data.train_x, y


@pytest.mark.parametrize("fields", OBJECTIVES.values(), ids=OBJECTIVES)
def test_loss_and_gradients_are_torchs(fields):
    trainer = Trainer(RunSpec(**SMALL | fields))
    net, x, y = witness(trainer)
    loss = LOSSES[trainer.spec.loss](net(x), y)
    loss.backward()
    frame = trainer.look()
    assert frame.loss == pytest.approx(loss.item(), rel=1e-12)
    linears = [module for module in net if isinstance(module, nn.Linear)]
    for ours, theirs in zip(trainer.model.linears(), linears, strict=True):
        torch.testing.assert_close(ours.weight.grad, theirs.weight.grad, rtol=1e-9, atol=1e-15)
    variances = [linear.weight.grad.var(correction=0).item() for linear in linears]
    np.testing.assert_allclose(frame.weight_gradient_var, variances, rtol=1e-6)


@pytest.mark.parametrize("fields", OBJECTIVES.values(), ids=OBJECTIVES)
def test_the_probe_sees_the_gradient_of_the_outputs_map(fields):
    trainer = Trainer(RunSpec(**SMALL | fields))
    frame = trainer.look()
    seen = []
    trainer.probe.detach()
    handle = trainer.model.output.register_forward_hook(lambda _, x, z: (z.retain_grad(), seen.append(z))[1])
    loss, _ = trainer.model.loss.of(trainer.model, trainer.data.train_x, trainer.data.train_y)
    loss.backward()
    handle.remove()
    rms = seen[0].grad.square().mean().sqrt().item()
    assert frame.gradient_rms[-1] == pytest.approx(rms, rel=1e-9)


def test_binary_cross_entropy_stays_finite_where_a_sigmoid_is_1():
    spec = RunSpec(dataset="moons", hidden=(4,), loss="bce", output="sigmoid", output_gain=1e4)
    trainer = Trainer(spec)
    frame = trainer.look()
    z = trainer.model(trainer.data.train_x[:4], ahead=True)[0]
    assert z.abs().max() > 100  # its sigmoid is 1 in float32
    assert np.isfinite(frame.loss)
    assert frame.loss > 100


def test_numbers_have_no_accuracy():
    trainer = Trainer(RunSpec(dataset="line", loss="mse", hidden=(8,)))
    for _ in range(120):
        frame = trainer.step()
    assert np.isnan(frame.accuracy)
    assert np.isnan(trainer.evaluate()[1])
    assert np.isnan(trainer.history["accuracy"]).all()
    assert np.isnan(trainer.history["test_accuracy"]).all()


def test_a_linear_net_finds_the_line_of_least_squares():
    trainer = Trainer(
        RunSpec(dataset="line", loss="mse", hidden=(), batch_size=None, lr=0.1, dtype="float64")
    )
    for _ in range(300):
        trainer.step(measure=False)
    data = trainer.data
    x = torch.cat([data.train_x, torch.ones_like(data.train_x)], dim=1)
    slope, shift = torch.linalg.lstsq(x, data.train_y[:, None]).solution.flatten().tolist()
    assert trainer.model.output.weight.item() == pytest.approx(slope, rel=1e-6)
    assert trainer.model.output.bias.item() == pytest.approx(shift, abs=1e-6)


def test_the_variance_of_the_numbers_is_the_loss_of_guessing():
    for name in ("sine", "line", "friedman", "diabetes"):
        y = DATASETS[name].load(3, torch.float64).train_y
        assert y.mean().item() == pytest.approx(0, abs=1e-12)
        assert y.var(correction=0).item() == pytest.approx(1)


@pytest.mark.parametrize("name", ["sine", "friedman", "diabetes"])
def test_numbers_are_split_as_scikit_learn_splits_them(name):
    x, y = DATASETS[name].draw(5)
    theirs = train_test_split(x, y, test_size=0.2, random_state=5)
    data = DATASETS[name].load(5, torch.float64)
    mean, std = theirs[0].mean(0), theirs[0].std(0)
    np.testing.assert_allclose(data.train_x, (theirs[0] - mean) / std, atol=1e-12)
    np.testing.assert_allclose(data.test_x, (theirs[1] - mean) / std, atol=1e-12)
    np.testing.assert_allclose(data.test_y, (theirs[3] - theirs[2].mean()) / theirs[2].std(), atol=1e-12)


def test_a_net_with_one_output_counts_what_is_above_one_half():
    trainer = Trainer(RunSpec(**SMALL | {"loss": "bce", "output": "sigmoid", "outputs": 1}))
    answers = trainer.model(trainer.data.train_x)
    assert answers.shape == (1600, 1)
    right = ((answers[:, 0] > 0.5) == trainer.data.train_y.bool()).double().mean().item()
    assert trainer.look().accuracy == pytest.approx(right)


def test_raw_inputs_times_a_factor_are_the_data():
    raw, _ = DATASETS["wine"].draw(0)
    spec = RunSpec(dataset="wine", input_scale="raw", input_factor=[1.0] * 12 + [1000.0], dtype="float64")
    data = data_of(spec)
    found = torch.cat([data.train_x, data.test_x]).numpy()
    expected = raw * np.array([1.0] * 12 + [1000.0])
    np.testing.assert_allclose(np.sort(found, axis=0), np.sort(expected, axis=0))
    scaled = data_of(RunSpec(dataset="wine", input_factor=255.0, dtype="float64")).train_x
    assert scaled.std(0, correction=0).numpy() == pytest.approx(255.0)


@pytest.mark.parametrize(("name", "share"), [("digits", 0.9), ("moons", 0.9), ("moons", 0.2), ("wine", 0.5)])
def test_the_first_class_has_its_share_by_leaving_out_samples(name, share):
    data, whole = data_of(RunSpec(dataset=name, class_share=share)), data_of(RunSpec(dataset=name))
    for part, all_of in ((data.train_y, whole.train_y), (data.test_y, whole.test_y)):
        assert (part == 0).double().mean().item() == pytest.approx(share, abs=0.02)
        assert (part.bincount(minlength=data.classes) <= all_of.bincount(minlength=data.classes)).all()
    kept = set(map(tuple, data.train_x.round(decimals=3).tolist()))
    assert len(kept) <= len(whole.train_x)


def test_a_share_that_leaves_one_class_alone_is_refused():
    with pytest.raises(SpecError, match=r"^class_share: 0\.9999 leaves one class of 'moons' alone"):
        Trainer(RunSpec(dataset="moons", class_share=0.9999))


def test_label_noise_changes_that_share_of_the_training_labels_and_no_other():
    data, clean = (data_of(RunSpec(label_noise=noise, seed=4)) for noise in (0.3, 0.0))
    wrong = data.train_y != clean.train_y
    assert wrong.sum().item() == round(0.3 * len(clean.train_y))
    assert torch.equal(data.test_y, clean.test_y)
    assert torch.equal(data.train_x, clean.train_x)
    assert torch.equal(data_of(RunSpec(label_noise=0.3, seed=4)).train_y, data.train_y)
    shift = (data.train_y - clean.train_y)[wrong] % 10
    assert shift.min() >= 1
    assert shift.bincount(minlength=10)[1:].min() > 25  # of 431 / 9 = 48


def test_biases_start_where_they_are_told_to():
    def biases(**fields):
        return torch.cat([m.bias for m in Trainer(RunSpec(hidden=(500, 500), **fields)).model.linears()])

    assert (biases(bias="constant", bias_value=-2.5) == -2.5).all()
    assert (biases(bias="zeros", initializer="torch_default") == 0).all()
    assert (biases() == 0).all()
    assert (biases(initializer="torch_default") != 0).any()
    normal = biases(bias="normal")
    assert normal.mean().item() == pytest.approx(0, abs=0.1)
    assert normal.std().item() == pytest.approx(1, abs=0.1)


def test_the_last_layers_gain_makes_the_first_loss_large():
    plain, large = (Trainer(RunSpec(output_gain=gain)) for gain in (1.0, 50.0))
    assert torch.equal(plain.model.output.weight * 50, large.model.output.weight)
    assert torch.equal(plain.model.linear1.weight, large.model.linear1.weight)
    assert plain.look().loss < 3
    assert large.look().loss > 10


def test_probe_measures_a_sigmoid_that_ends_the_net():
    trainer = Trainer(RunSpec(loss="mse", output="sigmoid", output_gain=50.0))
    frame = trainer.look()
    assert frame.saturated[-1] > 0.5
    with Probe(trainer.model) as probe:
        trainer.model(trainer.data.train_x).sum().backward()
    assert probe.measure()["activation_mean"][-1] == pytest.approx(0.5, abs=0.2)


def test_one_output_for_ten_classes_is_right_where_the_label_is_the_nearest_number():
    loss = Loss("mse", classes=10, outputs=1)
    out = torch.tensor([[-3.0], [0.4], [0.6], [8.4], [12.0]])
    assert loss.right(out, torch.tensor([0, 0, 1, 8, 9])).all()
    assert not loss.right(out, torch.tensor([1, 1, 0, 9, 8])).any()
    assert loss(out[1:3], torch.tensor([0, 1])).item() == pytest.approx(0.16)


@pytest.mark.parametrize("fields", [{}, {"loss": "mse"}, {"loss": "bce", "output": "sigmoid"}])
def test_the_bare_step_that_the_cost_is_measured_by_has_the_same_loss(fields):
    trainer = Trainer(RunSpec(hidden=(8,), dtype="float64", **fields))
    bare = LOSS_OF[trainer.spec.loss](trainer.model, trainer.data.train_x, trainer.data.train_y)
    assert bare.item() == pytest.approx(
        trainer.model.loss.of(trainer.model, trainer.data.train_x, trainer.data.train_y)[0].item(), rel=1e-12
    )
