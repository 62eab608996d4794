import json
import math
from pathlib import Path

import numpy as np
import pytest
import torch
from scipy.stats import truncnorm
from torch import nn
from torch.nn import init

from engine.tables.errors import SpecError
from engine.tables.initializers import INITIALIZERS, TRUNCATED_STD

REFERENCES = {
    entry["id"]: entry["expected"]
    for entry in json.loads((Path(__file__).parents[2] / "references.json").read_text())
}
FAN_IN, FAN_OUT = 300, 170
"""Rectangular, so that a swap of the two shows."""


def drawn(name, fan_in=FAN_IN, fan_out=FAN_OUT, seed=5, **options):
    weight, bias = torch.empty(fan_out, fan_in), torch.full((fan_out,), 9.0)
    INITIALIZERS[name].fill(weight, bias, torch.Generator().manual_seed(seed), **options)
    return weight, bias


def by_torch(fill):
    return fill(torch.empty(FAN_OUT, FAN_IN), torch.Generator().manual_seed(5))


def by_linear(_, generator):
    with torch.random.fork_rng():
        torch.set_rng_state(generator.get_state())
        return nn.Linear(FAN_IN, FAN_OUT).weight.detach()


SCALED = math.sqrt(3 / ((FAN_IN + FAN_OUT) / 2)) / TRUNCATED_STD
WITNESSES = {
    "zeros": [({}, lambda w, g: init.zeros_(w))],
    "constant": [({"value": -0.7}, lambda w, g: init.constant_(w, -0.7))],
    "normal": [
        ({}, lambda w, g: init.normal_(w, generator=g)),
        ({"std": 0.03}, lambda w, g: init.normal_(w, std=0.03, generator=g)),
    ],
    "uniform": [({"low": -0.2, "high": 0.7}, lambda w, g: init.uniform_(w, -0.2, 0.7, generator=g))],
    "glorot_normal": [
        ({}, lambda w, g: init.xavier_normal_(w, generator=g)),
        ({"gain": 4}, lambda w, g: init.xavier_normal_(w, gain=4, generator=g)),
    ],
    "glorot_uniform": [
        ({}, lambda w, g: init.xavier_uniform_(w, generator=g)),
        ({"gain": 4}, lambda w, g: init.xavier_uniform_(w, gain=4, generator=g)),
    ],
    "he_normal": [
        ({}, lambda w, g: init.kaiming_normal_(w, nonlinearity="relu", generator=g)),
        ({"a": 0.3, "mode": "fan_out"}, lambda w, g: init.kaiming_normal_(w, 0.3, "fan_out", generator=g)),
    ],
    "he_uniform": [
        ({}, lambda w, g: init.kaiming_uniform_(w, nonlinearity="relu", generator=g)),
        ({"a": 0.3, "mode": "fan_out"}, lambda w, g: init.kaiming_uniform_(w, 0.3, "fan_out", generator=g)),
    ],
    "lecun_normal": [({}, lambda w, g: init.normal_(w, std=FAN_IN**-0.5, generator=g))],
    "lecun_uniform": [
        ({}, lambda w, g: init.uniform_(w, -math.sqrt(3 / FAN_IN), math.sqrt(3 / FAN_IN), generator=g))
    ],
    "orthogonal": [
        ({}, lambda w, g: init.orthogonal_(w, generator=g)),
        ({"gain": 2}, lambda w, g: init.orthogonal_(w, 2, generator=g)),
    ],
    "torch_default": [({}, by_linear)],
    "variance_scaling": [
        (
            {"scale": 3, "mode": "fan_avg"},
            lambda w, g: init.trunc_normal_(w, std=SCALED, a=-2 * SCALED, b=2 * SCALED, generator=g),
        ),
        (
            {"scale": 2, "mode": "fan_out", "distribution": "normal"},
            lambda w, g: init.kaiming_normal_(w, mode="fan_out", generator=g),
        ),
        (
            {"scale": 2, "distribution": "uniform"},
            lambda w, g: init.kaiming_uniform_(w, mode="fan_in", generator=g),
        ),
    ],
}
"""name -> options, and torch.nn.init (or nn.Linear) with the same generator."""
CASES = [(name, options, witness) for name, rows in WITNESSES.items() for options, witness in rows]
IDS = [f"{name}-{options}" for name, options, _ in CASES]


def test_every_initializer_has_a_witness():
    assert set(INITIALIZERS) == set(WITNESSES)


@pytest.mark.parametrize(("name", "options", "witness"), CASES, ids=IDS)
def test_an_initializer_is_the_one_of_torch_bit_for_bit(name, options, witness):
    expected = by_torch(witness)
    # a bound that both sides compute in their own order of operations may differ in its last bit
    np.testing.assert_allclose(drawn(name, **options)[0], expected, rtol=3e-7)
    if name not in ("lecun_uniform", "lecun_normal", "variance_scaling"):
        assert torch.equal(drawn(name, **options)[0], expected)


@pytest.mark.parametrize(("name", "options"), [case[:2] for case in CASES], ids=IDS)
@pytest.mark.parametrize(("fan_in", "fan_out"), [(700, 90), (90, 700)])
def test_the_weights_have_the_variance_and_mean_that_the_entry_states(name, options, fan_in, fan_out):
    weight, _ = drawn(name, fan_in, fan_out, **options)
    variance = INITIALIZERS[name].weight_variance(fan_in, fan_out, **options)
    mean = INITIALIZERS[name].weight_mean(**options)
    assert weight.double().var().item() == pytest.approx(variance, rel=0.03, abs=1e-12)
    assert weight.double().mean().item() == pytest.approx(
        mean, abs=4 * math.sqrt(variance / weight.numel()) + 1e-7
    )


@pytest.mark.parametrize("name", [name for name in INITIALIZERS if name != "torch_default"])
def test_biases_start_at_zero(name):
    assert not drawn(name)[1].any()
    assert INITIALIZERS[name].bias_variance(FAN_IN) == 0


def test_torch_default_draws_the_biases_too_as_linear_does():
    weight, bias = drawn("torch_default", seed=11)
    with torch.random.fork_rng():
        torch.manual_seed(11)
        linear = nn.Linear(FAN_IN, FAN_OUT)
    assert torch.equal(weight, linear.weight)
    assert torch.equal(bias, linear.bias)
    assert INITIALIZERS["torch_default"].bias_variance(FAN_IN) == pytest.approx(1 / 900)
    assert bias.var().item() == pytest.approx(1 / 900, rel=0.2)


@pytest.mark.parametrize("name", ["glorot_normal", "torch_default"])
def test_a_layer_without_bias_can_be_filled(name):
    weight = torch.empty(3, 4)
    INITIALIZERS[name].fill(weight, None, torch.Generator().manual_seed(0))
    assert weight.isfinite().all()


@pytest.mark.parametrize("name", INITIALIZERS)
def test_the_generator_alone_decides(name):
    torch.manual_seed(1)
    first = drawn(name, seed=3)
    torch.manual_seed(2)
    again, other = drawn(name, seed=3), drawn(name, seed=4)
    assert torch.equal(first[0], again[0])
    assert name in ("zeros", "constant") or not torch.equal(first[0], other[0])


@pytest.mark.parametrize("name", INITIALIZERS)
def test_parameters_that_need_gradients_are_filled_in_place(name):
    linear = nn.Linear(5, 3, dtype=torch.float64)
    weight = linear.weight
    INITIALIZERS[name].fill(linear.weight, linear.bias, torch.Generator().manual_seed(0))
    assert linear.weight is weight
    assert weight.requires_grad
    assert weight.grad_fn is None


@pytest.mark.parametrize("shape", ["784_300", "300_100"])
def test_scales_are_those_of_the_references(shape):
    fans = tuple(map(int, shape.split("_")))
    expected = REFERENCES[f"init_scales_{shape}"]

    def std(name, **options):
        return math.sqrt(INITIALIZERS[name].weight_variance(*fans, **options))

    for book, name, gain in (
        ("glorot", "glorot", 1),
        ("book_tanh", "glorot", 4),
        ("book_relu", "glorot", math.sqrt(2)),
    ):
        for law in ("normal", "uniform"):
            assert std(f"{name}_{law}", gain=gain) == pytest.approx(expected[f"{book}_std"], rel=1e-9)
        limit = drawn(f"{name}_uniform", *fans, gain=gain)[0].abs().max().item()
        assert limit == pytest.approx(expected[f"{book}_limit"], rel=1e-3)
    for name in ("he", "lecun"):
        for law in ("normal", "uniform"):
            assert std(f"{name}_{law}") == pytest.approx(expected[f"{name}_std"], rel=1e-9)
        limit = drawn(f"{name}_uniform", *fans)[0].abs().max().item()
        assert limit == pytest.approx(expected[f"{name}_limit"], rel=1e-3)


def test_the_family_holds_lecun_he_and_glorot():
    variance = INITIALIZERS["variance_scaling"].weight_variance
    assert variance(30, 70, scale=1) == INITIALIZERS["lecun_normal"].weight_variance(30, 70)
    assert variance(30, 70, scale=2) == INITIALIZERS["he_normal"].weight_variance(30, 70)
    assert variance(30, 70, mode="fan_avg") == INITIALIZERS["glorot_normal"].weight_variance(30, 70)


def test_a_truncated_normal_number_has_the_stated_spread():
    assert truncnorm(-2, 2).std() == pytest.approx(TRUNCATED_STD, rel=1e-12)


def test_an_orthogonal_matrix_stretches_every_direction_alike():
    weight, _ = drawn("orthogonal", 64, 64, gain=2.0)
    values = torch.linalg.svdvals(weight)
    expected = REFERENCES["init_orthogonal"]
    assert values.min().item() == pytest.approx(expected["sv_min"], abs=1e-5)
    assert values.max().item() == pytest.approx(expected["sv_max"], abs=1e-5)


@pytest.mark.parametrize(
    ("name", "options", "words"),
    [
        ("zeros", {}, "0 everywhere"),
        ("constant", {"value": 0.25}, "0.25 everywhere"),
        ("normal", {}, "N(0, 1²)"),
        ("uniform", {"high": 0.5}, "U(-1, 0.5)"),
        ("glorot_normal", {}, "N(0, 0.0816²)"),
        ("glorot_uniform", {"gain": 4}, "U(-0.566, 0.566)"),
        ("he_normal", {}, "N(0, 0.141²)"),
        ("he_uniform", {"mode": "fan_out"}, "U(-0.173, 0.173)"),
        ("lecun_normal", {}, "N(0, 0.1²)"),
        ("lecun_uniform", {}, "U(-0.173, 0.173)"),
        ("orthogonal", {"gain": 1.5}, "a random orthogonal matrix, times 1.5"),
        ("torch_default", {}, "U(-0.1, 0.1), biases too"),
        ("variance_scaling", {}, "N(0, 0.114²) within ±0.227"),
        ("variance_scaling", {"distribution": "normal"}, "N(0, 0.1²)"),
        ("variance_scaling", {"distribution": "uniform"}, "U(-0.173, 0.173)"),
    ],
)
def test_the_law_is_told_in_words_for_these_fans(name, options, words):
    assert INITIALIZERS[name].distribution(100, 200, **options) == words


@pytest.mark.parametrize("name", ["glorot_normal", "glorot_uniform", "orthogonal"])
def test_a_gain_of_zero_is_an_honest_zero(name):
    assert not drawn(name, gain=0)[0].any()


@pytest.mark.parametrize(
    ("name", "options", "text"),
    [
        ("uniform", {"low": 2.0}, "options: low 2 is above high 1; give low <= high."),
        ("normal", {"std": -1}, "options, std: -1 is not allowed; give a number with 0 <= std <= 100."),
        (
            "variance_scaling",
            {"scale": 0},
            "options, scale: 0 is not allowed; give a number with 0 < scale <= 10000.",
        ),
        (
            "variance_scaling",
            {"mode": "fanin"},
            "options, mode: 'fanin' is not allowed; give one of fan_in, fan_out, fan_avg. Did you mean 'fan_in'?",
        ),
        (
            "glorot_normal",
            {"gian": 2},
            "options: 'gian' is no option of glorot_normal; it takes gain. Did you mean 'gain'?",
        ),
        (
            "orthogonal",
            {"gain": math.inf},
            "options, gain: inf is not allowed; give a number with 0 <= gain <= 100.",
        ),
    ],
)
def test_nonsense_is_refused_before_anything_is_drawn(name, options, text):
    with pytest.raises(SpecError) as error:
        drawn(name, **options)
    assert str(error.value) == text
