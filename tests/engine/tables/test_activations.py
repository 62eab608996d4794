import math

import numpy as np
import pytest
import torch
from scipy.special import expit, ndtr
from torch import nn
from torch.nn import functional

from engine.nets.maxout import Maxout
from engine.nets.saturation import FLAT, saturation_of
from engine.tables.activations import ACTIVATIONS
from engine.tables.errors import SpecError

Z = torch.tensor([[-7.0, -2.3, -0.4, 0.0], [0.3, 1.1, 2.9, 25.0]], dtype=torch.float64)
"""A sample without symmetry, on both sides of every kink."""

LAMBDA, ALPHA = 1.0507009873554804934193349852946, 1.6732632423543772848170429916717
positive, negative = Z.clamp(min=0), Z.clamp(max=0)


CLOSED_FORMS = {
    "linear": ({}, Z),
    "sigmoid": ({}, torch.from_numpy(expit(Z.numpy()))),
    "tanh": ({}, 1 - 2 / (torch.exp(2 * Z) + 1)),
    "relu": ({}, positive),
    "leaky_relu": ({"negative_slope": 0.2}, positive + 0.2 * negative),
    "rrelu": ({"lower": 0.1, "upper": 0.4}, positive + 0.25 * negative),
    "prelu": ({"init": 0.375}, positive + 0.375 * negative),
    "elu": ({"alpha": 0.7}, positive + 0.7 * (torch.exp(negative) - 1)),
    "selu": ({}, LAMBDA * (positive + ALPHA * (torch.exp(negative) - 1))),
    "gelu": ({}, Z * torch.from_numpy(ndtr(Z.numpy()))),
    "silu": ({}, Z / (1 + torch.exp(-Z))),
    "softplus": ({"beta": 1.7}, torch.log1p(torch.exp(1.7 * Z)) / 1.7),
    "softsign": ({}, Z / (1 + Z.abs())),
    "mish": ({}, Z * torch.tanh(torch.log1p(torch.exp(Z)))),
    "maxout": ({"pieces": 2}, torch.tensor([[-0.4, 0.0], [2.9, 25.0]], dtype=Z.dtype)),
}
"""name -> options, and the closed form of what they give at Z."""

TORCH = {
    "linear": nn.Identity(),
    "sigmoid": nn.Sigmoid(),
    "tanh": nn.Tanh(),
    "relu": nn.ReLU(),
    "leaky_relu": nn.LeakyReLU(),
    "rrelu": nn.RReLU().eval(),
    "prelu": nn.PReLU(),
    "elu": nn.ELU(),
    "selu": nn.SELU(),
    "gelu": nn.GELU(),
    "silu": nn.SiLU(),
    "softplus": nn.Softplus(),
    "softsign": nn.Softsign(),
    "mish": nn.Mish(),
    "maxout": nn.Sequential(nn.Unflatten(1, (1, 2, 2)), nn.MaxPool3d((1, 2, 1)), nn.Flatten()),
}
"""name -> torch.nn's own module at its defaults."""

SATURATION = {
    "linear": (-math.inf, math.inf),
    "sigmoid": (-2 * math.atanh(0.97), 2 * math.atanh(0.97)),
    "tanh": (-math.atanh(0.97), math.atanh(0.97)),
    "relu": (0.0, math.inf),
    "leaky_relu": (-math.inf, math.inf),
    "rrelu": (-math.inf, math.inf),
    "prelu": (-math.inf, math.inf),
    "elu": (math.log(FLAT), math.inf),
    "selu": (math.log(FLAT), math.inf),
    "softplus": (math.log(FLAT / (1 - FLAT)), math.inf),
    "softsign": (1 - FLAT**-0.5, FLAT**-0.5 - 1),
    "maxout": (-math.inf, math.inf),
}
"""name -> where the slope is `FLAT` of its steepest, solved by hand; the other activations have no closed form."""


def slope(name, u, **options):
    phi = ACTIVATIONS[name].build(**options).double().eval()
    u = torch.as_tensor(u, dtype=torch.float64).requires_grad_()
    return torch.autograd.grad(phi(u).sum(), u)[0].abs()


def test_every_activation_has_both_witnesses():
    assert set(ACTIVATIONS) == set(CLOSED_FORMS) == set(TORCH)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_is_its_closed_form(name):
    options, expected = CLOSED_FORMS[name]
    outputs = ACTIVATIONS[name].build(**options).double().eval()(Z)
    np.testing.assert_allclose(outputs.detach(), expected, rtol=1e-12, atol=1e-12)


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_the_defaults_are_those_of_torch(name):
    phi = ACTIVATIONS[name].build().eval()
    assert torch.equal(phi(Z.float()), TORCH[name](Z.float()))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_every_build_is_a_module_of_its_own(name):
    assert ACTIVATIONS[name].build() is not ACTIVATIONS[name].build()


def test_gelu_can_be_approximated_as_in_torch():
    approximated = ACTIVATIONS["gelu"].build(approximate="tanh")(Z)
    assert torch.equal(approximated, functional.gelu(Z, approximate="tanh"))
    assert not torch.equal(approximated, functional.gelu(Z))


def test_softplus_is_linear_beyond_its_threshold():
    assert ACTIVATIONS["softplus"].build(threshold=1.0)(torch.tensor(1.1)) == torch.tensor(1.1)
    assert ACTIVATIONS["softplus"].build(threshold=2.0)(torch.tensor(1.1)) > 1.3


def test_rrelu_draws_its_slopes_between_lower_and_upper_while_training():
    z = -torch.ones(10_000)
    with torch.random.fork_rng():
        torch.manual_seed(0)
        slopes = -ACTIVATIONS["rrelu"].build(lower=0.2, upper=0.6).train()(z)
    assert slopes.min() >= 0.2
    assert slopes.max() <= 0.6
    assert abs(slopes.mean() - 0.4) < 0.005


def test_prelu_learns_one_slope_for_each_layer():
    (weight,) = ACTIVATIONS["prelu"].build(init=0.3).parameters()
    assert weight.tolist() == pytest.approx([0.3])


def test_maxout_takes_the_largest_of_its_pieces_unit_by_unit():
    z = torch.tensor(
        [[1.0, 5.0, 2.0, 4.0, 3.0, -6.0], [0.0, -1.0, -2.0, -3.0, 7.0, -0.5]]
    )  # 3 pieces of width 2
    assert ACTIVATIONS["maxout"].build(pieces=3)(z).tolist() == [[3.0, 5.0], [7.0, -0.5]]
    assert ACTIVATIONS["maxout"].pieces({"pieces": 3}) == 3
    assert ACTIVATIONS["maxout"].pieces() == 2
    assert repr(Maxout(3)) == "Maxout(pieces=3)"


@pytest.mark.parametrize("name", [name for name in ACTIVATIONS if name != "maxout"])
def test_all_others_need_one_linear_map_for_each_unit(name):
    assert ACTIVATIONS[name].pieces() == 1


@pytest.mark.parametrize("name", SATURATION)
def test_saturation_begins_where_the_equation_says(name):
    assert ACTIVATIONS[name].saturation() == pytest.approx(SATURATION[name], abs=1e-9)


CASES = [(name, {}) for name in ACTIVATIONS] + [
    ("elu", {"alpha": 0.02}),
    ("elu", {"alpha": 3.0}),
    ("elu", {"alpha": 0.0}),
    ("softplus", {"beta": 0.01}),
    ("softplus", {"beta": 30.0}),
    ("gelu", {"approximate": "tanh"}),
    ("leaky_relu", {"negative_slope": -1.0}),
    ("rrelu", {"lower": 0.0, "upper": 0.0}),
]


@pytest.mark.parametrize(("name", "options"), [case for case in CASES if case[0] not in ("maxout", "prelu")])
def test_autograd_finds_the_slope_flat_beyond_saturation_and_steep_before_it(name, options):
    low, high = ACTIVATIONS[name].saturation(options)
    u = torch.cat([torch.linspace(-5, 5, 200_001), torch.tensor([-2000.0, 2000.0])])
    steepest = slope(name, u, **options).max()
    for edge, side in ((low, -1.0), (high, 1.0)):
        if math.isinf(edge):
            assert slope(name, [side * 1e4], **options) > 1e-3 * steepest
        else:
            beyond = edge + side * torch.logspace(-9, 3, 1000, dtype=torch.float64)
            assert (slope(name, beyond, **options) <= 1.0001 * FLAT * steepest).all()
            assert slope(name, [edge - side * 1e-3], **options) > FLAT * steepest


def test_a_leaky_relu_without_a_leak_saturates_like_a_relu():
    assert ACTIVATIONS["leaky_relu"].saturation({"negative_slope": 0.0}) == (0.0, math.inf)


@pytest.mark.parametrize(
    ("module", "expected"),
    [
        (nn.ReLU(inplace=True), (0.0, math.inf)),
        (nn.ReLU6(), (0.0, 6.0)),
        (nn.Hardtanh(-1.5, 2.5), (-1.5, 2.5)),
        (nn.Hardshrink(), (-math.inf, math.inf)),
        (nn.PReLU(), (-math.inf, math.inf)),
    ],
)
def test_saturation_of_modules_outside_the_table(module, expected):
    assert saturation_of(module) == pytest.approx(expected, abs=1e-9)


def test_looking_for_saturation_disturbs_neither_the_module_nor_its_hooks():
    module, seen = nn.RReLU(0.01, 0.05).train(), []
    module.register_forward_hook(lambda *_: seen.append(1))
    dice = torch.random.get_rng_state()
    saturation_of(module)
    assert module.training
    assert not seen
    assert torch.equal(torch.random.get_rng_state(), dice)


def test_an_option_out_of_range_is_refused():
    with pytest.raises(SpecError) as error:
        ACTIVATIONS["elu"].build(alpha=-1)
    assert str(error.value) == "options, alpha: -1 is not allowed; give a number with 0 <= alpha <= 10."


def test_the_bounds_of_rrelu_must_be_in_order():
    with pytest.raises(SpecError) as error:
        ACTIVATIONS["rrelu"].build(lower=0.5, upper=0.2)
    assert str(error.value) == "options: lower 0.5 is above upper 0.2; give lower <= upper."


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_says_whether_it_draws_numbers_in_training(name):
    entry = ACTIVATIONS[name]
    with torch.random.fork_rng(devices=[]):
        torch.manual_seed(5)
        values = torch.randn(3, 4 * entry.pieces())
        before = torch.get_rng_state()
        entry.build().train()(values)
        assert entry.random == (not torch.equal(torch.get_rng_state(), before))


@pytest.mark.parametrize("name", ACTIVATIONS)
def test_an_activation_says_whether_it_is_linear(name):
    entry = ACTIVATIONS[name]
    phi = entry.build().double().eval()
    generator = torch.Generator().manual_seed(5)
    first, second = torch.randn(2, 1, 4 * entry.pieces(), generator=generator, dtype=torch.float64)
    together = phi(first - 2 * second)
    assert entry.linear == torch.allclose(together, phi(first) - 2 * phi(second))
