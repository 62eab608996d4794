"""Weights of the wrong size, in all layers: the lines that are offered draw them all, for their activation, and the
net then learns."""

import pytest
import torch
from torch import nn

from tests.engine.watch.patients import deep, drawn, kaiming
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
