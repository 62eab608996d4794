"""What theory expects of a run's first frame against the frame, for all that is set before a net and behind it."""

import numpy as np
import pytest
from numpy.testing import assert_allclose

from engine import RunSpec, Trainer
from engine.theory.mean_field import expect

BASE = RunSpec(hidden=(300,) * 4, batch_size=512)
SEEDS = 4
SET = {
    "usual": {},
    "a factor": {"input_factor": 3.0},
    "raw": {"input_scale": "raw"},
    "raw, made small": {"input_scale": "raw", "input_factor": 1 / 16},
    "normal biases": {"bias": "normal"},
    "no biases": {"bias": "zeros"},
    "a large output": {"output_gain": 20.0},
    "softmax": {"output": "softmax"},
    "sigmoid, squared error": {"output": "sigmoid", "loss": "mse"},
    "tanh": {"output": "tanh", "loss": "mse"},
    "binary cross-entropy": {"output": "sigmoid", "loss": "bce"},
    "numbers": {"dataset": "friedman", "loss": "mse"},
}


def seen(spec: RunSpec) -> tuple[np.ndarray, np.ndarray, dict[str, np.ndarray]]:
    """Pooled variances and relative squared gradients of first frames, means over seeds; and what was expected."""
    trainers = [Trainer(spec.replace(seed=seed)) for seed in range(SEEDS)]
    frames = [trainer.step() for trainer in trainers]
    squares = np.array([np.square(frame.gradient_rms / frame.gradient_rms[-1]) for frame in frames])
    data = trainers[0].data
    expected = expect(spec, data.features, data.classes, data.train_x.square().mean().item())
    return np.mean([frame.activation_var for frame in frames], 0), np.exp(np.log(squares).mean(0)), expected


@pytest.mark.slow
@pytest.mark.parametrize("changes", SET.values(), ids=SET)
def test_theory_knows_inputs_biases_and_what_ends_the_net(changes):
    variances, gradients, expected = seen(BASE.replace(**changes))
    assert_allclose(variances[:-1], expected["activation_var"][:-1], rtol=0.12)
    assert_allclose(gradients, expected["gradient_ms_relative"], rtol=0.15)
    ends = BASE.replace(**changes).output in ("linear", "softmax")
    assert np.isnan(expected["activation_var"][-1]) != ends
    if ends:
        assert_allclose(variances[-1], expected["activation_var"][-1], rtol=0.3)


@pytest.mark.parametrize(
    "changes",
    [{"bias": "constant", "bias_value": 0.5}, {"dataset": "wine", "input_factor": (1000.0, *(1.0,) * 12)}],
    ids=["biases with a mean", "one large feature"],
)
def test_theory_says_where_it_knows_nothing(changes):
    spec = BASE.replace(**changes)
    expected = expect(spec, 13 if "dataset" in changes else 64, 3)
    assert np.isnan(expected["activation_var"]).all()
    assert np.isnan(expected["gradient_ms_relative"][:-1]).all()
