"""What is first said of small nets of somebody's own is their cause, and the line of code that is offered cures it."""

import pytest
import torch
from torch import nn

from engine import Watch
from engine.diagnosis.finding import Finding
from engine.measure.paths import weight_of
from tests.engine.watch.patients import deep, digits, labels


def zeros(*layers: int, biases: bool = True):
    def fault(net: nn.Sequential) -> None:
        for k in layers:
            nn.init.zeros_(net[k].weight)
            if biases:
                nn.init.zeros_(net[k].bias)

    return fault


def trained(net: nn.Module, steps: int, lr: float = 0.1, kind=torch.optim.SGD) -> tuple[list[Finding], float]:
    """What is found of it, and the share of new samples that it tells right."""
    optimizer = kind(net.parameters(), lr)
    with Watch(net, optimizer, every=5) as lab:
        for _ in range(steps):
            optimizer.zero_grad()
            labels(net, digits()).backward()
            optimizer.step()
    x, y = digits(500)
    return lab.findings(), (net(x).argmax(1) == y).float().mean().item()


@pytest.mark.parametrize(
    ("phi", "fault"),
    [
        (nn.ReLU, zeros(4, 6)),
        (nn.ReLU, zeros(4, 6, biases=False)),
        (nn.ReLU, zeros(4)),
        (nn.ReLU, zeros(0, 2, 4, 6)),
        (lambda: nn.LeakyReLU(0.1), zeros(4, 6)),
    ],
    ids=["two", "two, biases drawn", "one within", "all", "two, behind a leak"],
)
def test_weights_of_zero_are_named_and_the_line_of_code_cures_them(phi, fault):
    torch.manual_seed(5)
    model = deep(phi, 3)
    fault(model)
    found, right = trained(model, 60)
    assert found[0].name == "symmetric units"
    assert "started at zero" in found[0].words
    assert right < 0.4
    exec(found[0].advice.partition("\n")[2], {"model": model, "nn": nn})
    found, right = trained(model, 300)
    assert not found
    assert right > 0.6


def test_a_head_of_zeros_is_let_be():
    torch.manual_seed(5)
    model = deep(nn.ReLU, 3)
    zeros(6)(model)
    assert not trained(model, 40)[0]


@pytest.mark.parametrize(("kind", "lr"), [(torch.optim.SGD, 0.1), (torch.optim.Adam, 1e-3)])
def test_no_draw_is_offered_for_a_sigmoids_slope_and_adam_hides_it_no_longer(kind, lr):
    torch.manual_seed(5)
    model = deep(nn.Sigmoid, 8)
    found, right = trained(model, 60, lr, kind)
    assert (found[0].name, right < 0.4) == ("vanishing", True)
    code = found[0].advice.partition("\n")[2]
    assert code.startswith("model[0] = nn.Sequential(model[0], nn.BatchNorm1d(model[0].out_features))")
    for k in range(0, 16, 2):  # "and each so"
        exec(code.replace("model[0]", f"model[{k}]"), {"model": model, "nn": nn})
    found, right = trained(model, 300, lr, kind)
    assert not found
    assert right > 0.6


class Adapted(nn.Module):
    """A frozen map with two narrow ones beside it that train, as LoRA has it."""

    def __init__(self, fan_in: int, fan_out: int) -> None:
        super().__init__()
        self.w = nn.Linear(fan_in, fan_out).requires_grad_(False)
        self.a, self.b = nn.Linear(fan_in, 4, bias=False), nn.Linear(4, fan_out, bias=False)
        nn.init.zeros_(self.b.weight)

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.w(x) + self.b(self.a(x))


def test_a_frozen_map_that_is_adapted_is_let_be():
    torch.manual_seed(5)
    model = nn.Sequential(Adapted(20, 32), nn.ReLU(), Adapted(32, 32), nn.ReLU(), nn.Linear(32, 5))
    assert not trained(model, 60)[0]


def test_all_layers_that_are_dead_are_drawn_anew_with_their_biases():
    torch.manual_seed(5)
    model = deep(nn.ReLU, 3)
    for k in (0, 2, 4):
        nn.init.constant_(model[k].bias, -30.0)
    found, right = trained(model, 60)
    assert (found[0].name, right < 0.4) == ("dying units", True)
    exec(found[0].advice.partition("\n")[2], {"model": model, "nn": nn})
    found, right = trained(model, 300)
    assert not found
    assert right > 0.6


def test_the_norm_that_is_offered_for_a_batch_of_two_runs_as_it_stands():
    torch.manual_seed(5)
    model = deep(nn.ReLU, 2, norm=True)
    with Watch(model, optimizer := torch.optim.SGD(model.parameters(), 0.01), every=1) as lab:
        for _ in range(10):
            optimizer.zero_grad()
            labels(model, digits(2)).backward()
            optimizer.step()
    exec(lab.findings()[0].advice.partition("\n")[2], {"model": model, "nn": nn})
    assert isinstance(model[1], nn.GroupNorm)
    assert model(digits(2)[0]).shape == (2, 5)


def test_a_gates_weight_is_named_as_torch_names_it():
    assert weight_of("lstm.weight_hh_l0.forget") == "model.lstm.weight_hh_l0"
    assert weight_of("features.3 (2)") == "model.features[3].weight"


def test_steps_that_made_activations_explode_are_named_before_them():
    torch.manual_seed(5)
    model = deep(nn.ReLU, 6)
    found, _ = trained(model, 60, 1.0, torch.optim.Adam)
    assert found[0].name == "learning rate too high"
    assert "0%" not in found[0].words


def test_what_diverged_by_its_steps_is_offered_a_smaller_rate():
    torch.manual_seed(5)
    found, _ = trained(deep(nn.ReLU, 3), 30, 300.0)
    assert found[0].name == "diverged"
    assert 'group["lr"] *= 0.01' in found[0].advice
