"""Recurrent cells against torch's own, and settings that describe none."""

import pytest
import torch
from torch import nn

from engine.recurrent.cells import build
from engine.recurrent.unrolling import unroll
from engine.spec.unrolled import SETTINGS, complete
from engine.tables.errors import SpecError


def test_both_of_torchs_forget_biases_together_make_the_one_asked_for():
    for kind, gates in (("lstm", 4), ("gru", 3)):
        cell = build(
            complete({"cell": kind, "forget_bias": 2.0, "width": 6}), torch.Generator().manual_seed(0)
        )
        gate = (cell.bias_ih + cell.bias_hh).chunk(gates)[1]
        assert (gate == 2).all()


def test_torchs_own_start_is_drawn_like_torchs():
    cell = build(complete({"matrix": "default", "width": 100, "inputs": 5}), torch.Generator().manual_seed(0))
    theirs = nn.RNNCell(5, 100)
    for mine, other in zip(cell.parameters(), theirs.parameters(), strict=True):
        assert mine.abs().max().item() == pytest.approx(other.abs().max().item(), rel=0.05)
        assert mine.shape == other.shape


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"radius": float("nan")}, "radius: nan is not allowed; give a number with 0 <= radius <= 100."),
        ({"steps": 0}, "steps: 0 is not allowed; give a whole number with 1 <= steps <= 2000."),
        ({"cell": "lsmt"}, "cell: 'lsmt' is not allowed; give one of rnn, lstm, gru. Did you mean 'lstm'?"),
        ({"rho": 1.0}, f"'rho' is no setting of a recurrent net; there are {', '.join(SETTINGS)}."),
    ],
)
def test_settings_that_describe_no_net_are_explained(settings, message):
    with pytest.raises(SpecError) as error:
        unroll(**settings)
    assert str(error.value) == message
