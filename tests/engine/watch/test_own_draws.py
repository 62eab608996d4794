"""Weights of the wrong size, in all layers: the lines that are offered draw them all, for their activation, and the
net then learns."""

import copy

import numpy as np
import pytest
import torch
from torch import nn

from engine import Watch, diagnose
from engine.diagnosis.subject import Subject
from engine.measure.statistics import COLUMN, COLUMNS
from engine.nets.saturation import saturation_of
from engine.watch.record import Record
from tests.engine.watch.patients import deep, drawn, kaiming, labels, pictures
from tests.engine.watch.test_own_advice import trained


def times(net: nn.Module, factor: float) -> nn.Module:
    for parameter in net.parameters():
        parameter.data.mul_(factor if parameter.dim() > 1 else 1)
    return net


TANH = 'xavier_normal_(w, nn.init.calculate_gain("tanh"))'


@pytest.mark.parametrize(
    ("make", "finding", "how"),
    [
        (lambda: times(deep(nn.Tanh, 8), 0.1), "vanishing", TANH),
        (lambda: times(deep(nn.Tanh, 8), 0.05), "vanishing", TANH),
        (lambda: times(deep(nn.Tanh, 8), 15), "saturated", TANH),
        (lambda: deep(nn.ReLU, 20), "vanishing", "kaiming_normal_(w)"),
        (lambda: times(drawn(deep(nn.ReLU, 8), kaiming), 0.1), "vanishing", "kaiming_normal_(w)"),
        (lambda: times(drawn(deep(nn.ReLU, 8), kaiming), 20), "exploding activations", "kaiming_normal_(w)"),
    ],
    ids=[
        "tanh, a tenth",
        "tanh, a twentieth",
        "tanh, 15 times",
        "relu as torch draws it",
        "relu, a tenth",
        "relu, 20",
    ],
)
@pytest.mark.parametrize("seed", [5, 6])
def test_all_weights_of_the_wrong_size_are_drawn_anew_as_their_activation_asks_for(make, finding, how, seed):
    torch.manual_seed(seed)
    model = make()
    found, right = trained(model, 60, 0.05 if finding != "exploding activations" else 1e-30)
    assert (found[0].name, right < 0.4) == (finding, True)
    code = found[0].advice.partition("\n")[2]
    assert how in code
    torch.manual_seed(seed)
    model = make()
    exec(code, {"model": model, "nn": nn})
    found, right = trained(model, 300, 1e-3, torch.optim.Adam)
    assert not found
    assert right > 0.45


def cnn() -> nn.Sequential:
    parts = [nn.Conv2d(3, 8, 3), nn.ReLU(), nn.Conv2d(8, 16, 3), nn.ReLU(), nn.Flatten()]
    return nn.Sequential(*parts, nn.Linear(1024, 32), nn.ReLU(), nn.Linear(32, 5))


def seen(net: nn.Module, optimizer: torch.optim.Optimizer, steps: int = 100, **options) -> tuple[list, float]:
    with Watch(net, optimizer, **options) as lab:
        for _ in range(steps):
            optimizer.zero_grad()
            labels(net, pictures()).backward()
            optimizer.step()
    return lab.findings(), lab.last_loss


@pytest.mark.parametrize(
    "options", [{"every": 5}, {}], ids=["every fifth step", "as often as it costs little"]
)
@pytest.mark.parametrize("seed", [0, 2])
def test_of_a_net_whose_rectifiers_a_rate_killed_the_rate_is_named_first(seed, options):
    torch.manual_seed(seed)
    model = cnn()
    start = copy.deepcopy(model)
    found, _ = seen(model, torch.optim.SGD(model.parameters(), 5.0), **options)
    assert [each.name for each in found] == ["learning rate too high", "dying units"]
    optimizer = torch.optim.SGD(start.parameters(), 5.0)
    exec(found[0].advice.partition("\n")[2], {"optimizer": optimizer})
    found, loss = seen(start, optimizer)
    assert not found
    assert loss < 1.2


def test_units_that_were_born_dead_are_named_before_the_gradient_that_they_block():
    torch.manual_seed(5)
    model = cnn()
    nn.init.constant_(model[0].bias, -8.0)
    found, _ = seen(model, torch.optim.SGD(model.parameters(), 0.05))
    assert found[0].name == "dying units"
    exec(found[0].advice.partition("\n")[2], {"model": model, "nn": nn})
    found, loss = seen(model, torch.optim.SGD(model.parameters(), 0.05))
    assert not found
    assert loss < 1.2


@pytest.mark.parametrize("phi", [nn.ReLU, nn.ReLU6, nn.GELU])
def test_a_rectifier_that_is_flat_for_half_of_what_enters_it_is_not_saturated(phi):
    history = Record(2)
    table = np.full((2, len(COLUMNS)), np.nan)
    columns = {"saturated": 0.54, "input_var": 9.0, "activation_var": 0.9, "dead": 0.0}
    for name, value in columns.items():
        table[0, COLUMN[name]] = value
    for step in range(1, 40):
        history.append({"step": step, "loss": 1.6}, table)
    for kind, names in ((phi(), []), (nn.Tanh(), ["saturated"])):
        subject = Subject.seen(deep(phi, 1), None, ("0", "2"), bends={"0": saturation_of(kind)})
        assert [each.name for each in diagnose(history, subject)] == names


def test_a_path_that_reads_as_a_number_is_said_to_be_a_layers():
    torch.manual_seed(5)
    found, _ = trained(deep(nn.ReLU, 20), 30)
    assert found[0].words.startswith("vanishing: beside its weights layer ")
