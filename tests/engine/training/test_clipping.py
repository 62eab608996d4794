import copy
import json
import math
from pathlib import Path

import pytest
import torch
from torch import nn
from torch.nn.utils import clip_grad_norm_, clip_grad_value_

from engine.tables.clipping import CLIP
from engine.training.clipping import clip, gradient_norm

REFERENCES = {
    entry["id"]: entry
    for entry in json.loads((Path(__file__).parents[2] / "references.json").read_text())
    if entry["id"].startswith("clip_")
}
DTYPES = [torch.float32, torch.float64]


def parameters(
    *gradients: list[float] | torch.Tensor, dtype: torch.dtype = torch.float64
) -> list[nn.Parameter]:
    """One parameter for each gradient."""
    made = []
    for gradient in gradients:
        gradient = torch.as_tensor(gradient, dtype=dtype)
        made.append(nn.Parameter(torch.zeros_like(gradient)))
        made[-1].grad = gradient.clone()
    return made


def clipped(how: str, threshold: float, *gradients, dtype: torch.dtype = torch.float64) -> list[torch.Tensor]:
    made = parameters(*gradients, dtype=dtype)
    clip(made, how, threshold, gradient_norm(made))
    return [parameter.grad for parameter in made]


def random_gradients(dtype: torch.dtype) -> list[torch.Tensor]:
    generator = torch.Generator().manual_seed(1)
    shapes = [(7, 5), (7,), (3, 7), (3,)]
    return [torch.randn(shape, generator=generator, dtype=dtype) * 10**k for k, shape in enumerate(shapes)]


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("threshold", [1e-3, 0.7, 50.0, 1e6])
@pytest.mark.parametrize("how", CLIP.choices)
def test_clipping_is_torchs_own_bit_for_bit(how, threshold, dtype):
    ours, theirs = (
        parameters(*random_gradients(dtype), dtype=dtype),
        parameters(*random_gradients(dtype), dtype=dtype),
    )
    norm = gradient_norm(ours)
    clip(ours, how, threshold, norm)
    if how == "norm":
        assert torch.equal(norm, clip_grad_norm_(theirs, threshold))
    elif how == "value":
        clip_grad_value_(theirs, threshold)
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(ours, theirs, strict=True))


@pytest.mark.parametrize("name", ["clip_100_1", "clip_09_100"])
def test_clipping_of_the_textbook_gradients(name):
    reference = REFERENCES[name]
    given, expected, atol = reference["setup"]["g"], reference["expected"], reference["tolerance"]["abs"]
    for how in ("value", "norm"):
        wanted = torch.tensor(expected[how], dtype=torch.float64)
        torch.testing.assert_close(clipped(how, 1.0, given)[0], wanted, rtol=0, atol=atol)


def test_clipping_by_value_turns_the_gradient_and_by_norm_keeps_its_direction():
    reference = REFERENCES["clip_100_1"]["expected"]

    def turned(how: str) -> float:
        before, (after,) = torch.tensor([100.0, 1.0], dtype=torch.float64), clipped(how, 1.0, [100.0, 1.0])
        return abs(math.degrees(math.atan2(after[1], after[0]) - math.atan2(before[1], before[0])))

    assert turned("value") == pytest.approx(reference["rotation_deg"], abs=1e-5)
    assert turned("norm") == pytest.approx(0, abs=1e-12)


def test_norm_is_over_all_parameters_together():
    reference = REFERENCES["clip_global"]["expected"]
    given = [3.0, 4.0], [12.0]
    assert gradient_norm(parameters(*given)).item() == reference["total"]
    for after, wanted in zip(clipped("norm", 6.5, *given), reference["clipped"], strict=True):
        torch.testing.assert_close(after.tolist(), wanted, rtol=0, atol=2e-6)


@pytest.mark.parametrize(
    ("dtype", "scale"),
    [(torch.float32, 1e25), (torch.float32, 1e-30), (torch.float64, 1e200), (torch.float64, 1e-200)],
)
def test_norm_survives_where_its_squares_do_not(dtype, scale):
    given = (
        torch.tensor([3.0, -4.0]).to(torch.float64) * scale,
        torch.tensor([12.0], dtype=torch.float64) * scale,
    )
    assert gradient_norm(parameters(*given, dtype=dtype)).item() == pytest.approx(13 * scale, rel=1e-6)


@pytest.mark.parametrize(("dtype", "scale"), [(torch.float32, 1e25), (torch.float64, 1e200)])
def test_clipping_by_norm_survives_a_norm_whose_square_overflows(dtype, scale):
    (after,) = clipped("norm", 2.0, [3 * scale, -4 * scale], dtype=dtype)
    torch.testing.assert_close(
        after.double(), torch.tensor([1.2, -1.6], dtype=torch.float64), rtol=1e-6, atol=0
    )


@pytest.mark.parametrize("dtype", DTYPES)
@pytest.mark.parametrize("bad", [math.nan, math.inf, -math.inf])
def test_norm_of_a_broken_gradient_is_not_finite(bad, dtype):
    assert not gradient_norm(parameters([1.0, 2.0], [3.0, bad, 4.0], dtype=dtype)).isfinite()


@pytest.mark.parametrize("dtype", DTYPES)
def test_norm_of_zero_gradients_is_zero_and_clipping_keeps_them(dtype):
    made = parameters([0.0, 0.0], dtype=dtype)
    assert gradient_norm(made).item() == 0
    assert clipped("norm", 1.0, [0.0, 0.0], dtype=dtype)[0].tolist() == [0, 0]


def test_parameters_without_a_gradient_are_left_out():
    made = [*parameters([3.0, 4.0]), nn.Parameter(torch.ones(2))]
    assert gradient_norm(iter(made)).item() == 5
    for how in CLIP.choices:
        clip(iter(made), how, 1.0, gradient_norm(made))
    assert made[1].grad is None
    assert gradient_norm([]).item() == 0


def test_gradients_of_a_real_net_are_clipped_like_torchs():
    torch.manual_seed(0)
    net = nn.Sequential(nn.Linear(6, 9), nn.Tanh(), nn.Linear(9, 4))
    twin = copy.deepcopy(net)
    x = torch.randn(5, 6) * 3
    for each in (net, twin):
        each(x).pow(4).sum().backward()
    clip(net.parameters(), "norm", 0.5, gradient_norm(net.parameters()))
    clip_grad_norm_(twin.parameters(), 0.5)
    assert all(torch.equal(a.grad, b.grad) for a, b in zip(net.parameters(), twin.parameters(), strict=True))
