import pytest
import torch
from torch import nn

from engine.nets.undrawn import undrawn

CASES = [
    (nn.Linear, (3, 5), {}),
    (nn.RNNCell, (3, 5), {"nonlinearity": "relu"}),
    (nn.LSTMCell, (3, 5), {"dtype": torch.float64}),
    (nn.GRUCell, (2, 4), {}),
]


@pytest.mark.parametrize(("kind", "sizes", "options"), CASES)
def test_it_has_room_for_the_weights_of_torchs_own_module(kind, sizes, options):
    theirs = nn.utils.skip_init(kind, *sizes, **options)
    ours = undrawn(kind, *sizes, **options)
    assert repr(ours) == repr(theirs)
    shapes = [
        [(n, p.shape, p.dtype, p.device, p.requires_grad) for n, p in m.named_parameters()]
        for m in (ours, theirs)
    ]
    assert shapes[0] == shapes[1]


def test_the_global_generator_does_not_move():
    before = torch.get_rng_state()
    undrawn(nn.Linear, 3, 5)
    assert torch.equal(torch.get_rng_state(), before)


def test_what_is_drawn_into_it_is_used():
    cell = undrawn(nn.RNNCell, 3, 5)
    for parameter in cell.parameters():
        nn.init.zeros_(parameter)
    assert not cell(torch.ones(2, 3)).any()
