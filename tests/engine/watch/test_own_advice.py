"""What is first said of small nets of somebody's own is their cause, and the line of code that is offered cures it."""

import pytest
import torch
from torch import nn

from engine import Watch
from engine.diagnosis.finding import Finding
from engine.watch.reservations import WatchWarning
from tests.engine.watch.patients import Cut, deep, digits, labels, plain, text
from tests.engine.watch.zoo import Recurrent


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
    words, _, code = found[0].advice.partition("\n")
    assert "make the optimizer anew" in words
    exec(code, {"model": model, "nn": nn})
    assert sum(isinstance(each, nn.BatchNorm1d) for each in model.modules()) == 8
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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float64])
def test_the_norms_that_are_offered_for_a_batch_of_two_run_as_they_stand(dtype):
    torch.manual_seed(5)
    model = nn.Sequential(deep(nn.ReLU, 2, norm=True), nn.BatchNorm1d(5, affine=False)).to(dtype)

    def seen():
        optimizer = torch.optim.SGD(model.parameters(), 0.01)
        with Watch(model, optimizer, every=1) as lab:
            for _ in range(10):
                x, y = digits(2)
                optimizer.zero_grad()
                labels(model, (x.to(dtype), y)).backward()
                optimizer.step()
        return lab.findings()

    found = seen()[0]
    assert "(3 such norms)" in found.words
    words, _, code = found.advice.partition("\n")
    assert "then make the optimizer anew" in words
    exec(code, {"model": model, "nn": nn})
    norms = [model[0][1], model[0][4], model[1]]
    assert [type(each) for each in norms] == [nn.GroupNorm] * 3
    assert {each.weight.dtype for each in norms} == {dtype}
    assert not [each for each in seen() if each.name == found.name]


def test_the_norms_that_are_offered_behind_sigmoids_fit_convolutions_too():
    torch.manual_seed(5)
    kinds = [(nn.Conv2d(1 if not k else 4, 4, 3, padding=1), nn.Sigmoid()) for k in range(6)]
    model = nn.Sequential(
        *(part for pair in kinds for part in pair), nn.Flatten(), nn.Linear(256, 32), nn.Sigmoid()
    )
    model.append(nn.Linear(32, 5))
    optimizer = torch.optim.SGD(model.parameters(), 0.01)
    with Watch(model, optimizer, every=1) as lab:
        for _ in range(60):
            optimizer.zero_grad()
            x, y = digits(32, 64)
            labels(model, (x.reshape(32, 1, 8, 8), y)).backward()
            optimizer.step()
    [found, *_] = lab.findings()
    assert found.name == "vanishing"
    exec(found.advice.partition("\n")[2], {"model": model, "nn": nn})
    assert [type(each) for each in model.modules() if "Norm" in type(each).__name__] == [
        nn.BatchNorm2d
    ] * 6 + [nn.BatchNorm1d]
    assert model(torch.randn(4, 1, 8, 8)).shape == (4, 5)


def test_what_cuts_a_layer_off_is_found_by_the_lines_that_are_offered(capsys):
    torch.manual_seed(5)
    model = Cut()
    found, _ = trained(model, 10)
    assert found[0].name == "no gradient"
    words, _, code = found[0].advice.partition("\n")
    assert "between both" in words
    exec(code, {"model": model})
    model(digits()[0])
    first, second = capsys.readouterr().out.splitlines()
    assert first.startswith("first gives <AddmmBackward0")
    assert second == "second gets [None]"


def test_all_that_the_optimizer_does_not_hold_is_given_to_it():
    torch.manual_seed(5)
    model = plain()
    optimizer = torch.optim.SGD([model[0].weight], 0.1)
    with Watch(model, optimizer, every=1) as lab:
        labels(model, digits()).backward()
        optimizer.step()
    assert lab.findings()[0].name == "not in the optimizer"
    exec(lab.findings()[0].advice.partition("\n")[2], {"model": model, "optimizer": optimizer})
    assert {id(p) for group in optimizer.param_groups for p in group["params"]} == set(
        map(id, model.parameters())
    )
    assert not trained(model, 60, kind=lambda *_: optimizer)[0]


def test_an_optimizer_of_another_nets_parameters_is_the_first_finding():
    torch.manual_seed(5)
    model = plain()
    optimizer = torch.optim.SGD(plain().parameters(), 0.1)
    with pytest.warns(WatchWarning, match="SGD holds no parameter of Sequential"):
        found, _ = trained(model, 60, kind=lambda *_: optimizer)
    assert found[0].words.startswith("not in the optimizer: SGD holds no parameter of the net")
    exec(found[0].advice.partition("\n")[2], {"model": model, "optimizer": optimizer})
    assert not trained(model, 60, kind=lambda *_: optimizer)[0]


@pytest.mark.parametrize("kind", [nn.LSTM, nn.GRU, nn.RNN])
@pytest.mark.parametrize("shape", [{}, {"num_layers": 2, "bidirectional": True}], ids=["plain", "deep"])
def test_recurrent_weights_far_too_large_are_named_by_their_gates(kind, shape):
    torch.manual_seed(5)
    model = Recurrent(kind)
    model.cell = kind(9, 7, batch_first=True, **shape)
    model.head = nn.Linear(14 if shape else 7, 20)
    for parameter in model.cell.parameters():
        parameter.data.mul_(60)

    def seen():
        optimizer = torch.optim.Adam(model.parameters(), 1e-3)
        with Watch(model, optimizer, every=1) as lab:
            for _ in range(10):
                optimizer.zero_grad()
                labels(model, text()).backward()
                optimizer.step()
        return lab

    lab = seen()
    found = lab.findings()[0]
    assert found.name == "saturated"
    assert "saturated: all that each gate of cell gives" in found.words or "gives at least " in found.words
    assert lab.layers[found.layer - 1].startswith("cell.weight_hh_l0")
    exec(found.advice.partition("\n")[2], {"model": model})
    assert not seen().findings()


def test_sequences_of_several_lengths_have_gates_too():
    cell = nn.GRU(9, 7)
    for parameter in cell.parameters():
        parameter.data.mul_(60)
    packed = nn.utils.rnn.pack_sequence([torch.randn(n, 9) for n in (5, 3, 2)])
    optimizer = torch.optim.SGD(cell.parameters(), 1e-3)
    with Watch(cell, optimizer, every=1) as lab:
        cell(packed)[0].data.square().mean().backward()
        optimizer.step()
        cell(torch.randn(5, 9))[0].square().mean().backward()
        optimizer.step()
    assert [seen["gates"]["weight_hh_l0"]["flat"] > 0.5 for _, seen in lab.history.parts] == [True, True]


def test_what_gets_next_to_nothing_of_the_gradient_is_not_said_to_stand_besides():
    torch.manual_seed(5)
    model = deep(nn.Sigmoid, 16)
    found, _ = trained(model, 60)
    assert [each.name for each in found] == ["vanishing"]


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


@pytest.mark.parametrize("dtype", [torch.float32, torch.float16])
def test_the_loop_that_is_offered_for_half_precision_scales_the_loss_and_learns(dtype):
    torch.manual_seed(5)
    model = plain().to(dtype)
    optimizer = torch.optim.SGD(model.parameters(), 0.1)
    with Watch(model, optimizer, every=1) as lab:
        for _ in range(10):
            x, y = digits()
            optimizer.zero_grad()
            with torch.autocast("cpu", torch.float16):
                loss = 1e-6 * nn.functional.cross_entropy(model(x.to(dtype)), y)
            loss.backward()
            optimizer.step()
        found = lab.findings()[0]
        assert found.name == "underflow"
        optimizer.param_groups[0]["lr"] = 1e5  # as small a loss asks for
        batches = [digits() for _ in range(100)]
        given = {"model": model, "optimizer": optimizer, "torch": torch, "batches": batches}
        given["loss_of"] = lambda out, y: 1e-6 * nn.functional.cross_entropy(out.float(), y)
        exec(found.advice.partition("\n")[2], given)
        assert "underflow" not in {each.name for each in lab.findings()}
    assert next(model.parameters()).dtype == torch.float32
    x, y = digits(500)
    assert (model(x).argmax(1) == y).float().mean() > 0.5


def test_a_cell_of_zeros_is_drawn_anew_with_the_head_behind_it():
    torch.manual_seed(5)
    model = Recurrent(nn.LSTM)
    for parameter in (*model.cell.parameters(), *model.head.parameters()):
        nn.init.zeros_(parameter)

    def seen(steps):
        optimizer = torch.optim.Adam(model.parameters(), 1e-2)
        with Watch(model, optimizer, every=5) as lab:
            for _ in range(steps):
                optimizer.zero_grad()
                labels(model, text()).backward()
                optimizer.step()
        return lab

    found = seen(10).findings()[0]
    assert found.name == "symmetric units"
    code = found.advice.partition("\n")[2]
    assert code == "model.cell.reset_parameters()\nnn.init.kaiming_normal_(model.head.weight)"
    exec(code, {"model": model, "nn": nn})
    lab = seen(200)
    assert not lab.findings()
    assert lab.last_loss < 1.0


@pytest.mark.parametrize("seed", [0, 1])
def test_a_loss_that_stands_at_chance_behind_twelve_rectifiers_as_torch_draws_them_is_found(seed):
    torch.manual_seed(seed)
    model = deep(nn.ReLU, 12)
    found, _ = trained(model, 300, 0.05)
    assert [each.name for each in found] == ["vanishing"]
    exec(found[0].advice.partition("\n")[2], {"model": model, "nn": nn})
    found, right = trained(model, 300, 1e-3, torch.optim.Adam)
    assert not found
    assert right > 0.5
