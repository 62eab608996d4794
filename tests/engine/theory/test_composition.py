"""Blocks in random order and number: the fold over them against real nets of the same blocks."""

from typing import Any

import numpy as np
import pytest
from numpy.testing import assert_allclose

from engine.experiments.propagation import propagate
from engine.tables.activations import ACTIVATIONS
from engine.theory.mean_field import predict

SEEN = 1e-20  # of q: a signal smaller than this is rounding in a real net
QUICK = ("relu", "gelu", "maxout")


def stack(activation: str, batch_norm: str) -> dict[str, Any]:
    """A stack of this activation and place of batch norm, the rest of it drawn."""
    rng = np.random.default_rng([5, *activation.encode(), *batch_norm.encode()])
    deepest = 16 if activation in QUICK else 40
    depth, narrowest = int(rng.integers(3, deepest)), int(rng.integers(120, 200))
    return {
        "activation": activation,
        "batch_norm": batch_norm,
        "initializer": str(rng.choice(["he_normal", "lecun_uniform", "torch_default"])),
        "widths": tuple(int(width) for width in rng.integers(narrowest, narrowest + 60, depth + 1)),
        "batch_size": int(rng.integers(8, 60)),
        "dropout": float(rng.choice([0.1, 0.4])),
    }


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
@pytest.mark.parametrize(
    "activation",
    [pytest.param(name, marks=() if name in QUICK else pytest.mark.slow) for name in ACTIVATIONS],
)
def test_a_net_s_theory_is_that_of_its_blocks_one_after_the_other(activation, batch_norm):
    arguments = stack(activation, batch_norm)
    run, theory = propagate(seeds=3, **arguments), predict(**arguments)
    within = 0.06 * len(theory.q) ** 0.5  # decades: what so narrow nets differ by
    for name in ("q", "activation_var", "signal_var"):
        expected = theory[name]
        seen = expected > SEEN * theory.q
        assert seen.any()
        assert_allclose(np.log10(run[name].mean(0)[seen] / expected[seen]), 0, atol=within, err_msg=name)
    assert_allclose(run.gradient_ms_log10.mean(0), theory.gradient_ms_log10, atol=within)
    assert_allclose(run.saturated.mean(0), theory.saturated, atol=0.06)
