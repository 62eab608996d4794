"""What is measured at init, against plain modules, the theory, and its own other precision."""

import numpy as np
import pytest
import torch
from numpy.testing import assert_allclose, assert_array_equal
from torch import nn

from engine.experiments.audit import TABLE, audit
from engine.experiments.propagation import Propagation, _Net, propagate, propagate_seeds
from engine.spec.stack import Stack
from engine.tables.activations import ACTIVATIONS
from engine.tables.errors import SpecError
from engine.tables.initializers import INITIALIZERS
from engine.theory.mean_field import predict


def by_autograd(net: _Net, phi: nn.Module) -> dict[str, np.ndarray]:
    """The same pass written out: one graph, one backward, statistics by torch."""
    depth = len(net.linears)
    h = net.normal(depth, (net.stack.batch_size, net.stack.widths[0]))
    zs, hs = [], []
    for layer in range(depth):
        zs.append(nn.functional.linear(h, *net.weights(layer)).requires_grad_())
        hs.append(phi(zs[-1]))
        h = hs[-1]
    for z in zs:
        z.retain_grad()
    (zs[-1] * net.normal(depth + 1, zs[-1].shape)).sum().backward()
    return {
        "q": np.array([z.square().mean().item() for z in zs]),
        "activation_var": np.array([h.var(correction=0).item() for h in hs]),
        "signal_var": np.array([z.var(dim=0, correction=0).mean().item() for z in zs]),
        "gradient_ms": np.array([z.grad.square().mean().item() for z in zs]),
        "dead": np.array([(z <= 0).all(0).double().mean().item() for z in zs]),
        "saturated": np.array([(z <= 0).double().mean().item() for z in zs]),
    }


@pytest.mark.long
def test_the_pass_is_the_one_autograd_makes():
    arguments = {
        "activation": "relu",
        "initializer": "torch_default",
        "widths": (30, 60, 20, 45),
        "batch_size": 5,
    }
    net = _Net(Stack(**arguments), 0, torch.float64)
    measured, expected = net.measure(), by_autograd(net, nn.ReLU())
    for name, values in expected.items():
        assert_allclose(measured[name], values, rtol=1e-12, err_msg=name)
    assert_allclose(measured.gradient_ms_log10, np.log10(expected["gradient_ms"]), rtol=1e-12)


def test_arrays_have_one_row_a_seed_and_one_column_a_layer():
    measured = propagate(widths=(8, 9, 7, 5), seeds=3)
    for name in measured.names():
        assert measured[name].shape == (3, 3), name
    assert len({measured.q[seed, 0] for seed in range(3)}) == 3
    assert dict(measured)["q"] is measured.q


def test_seeds_come_one_by_one_and_are_the_same_nets():
    rows = propagate_seeds(widths=(8, 9, 7), seeds=4)
    first = next(rows)
    assert isinstance(first, Propagation)
    together = propagate(widths=(8, 9, 7), seeds=4)
    assert_array_equal(together.gradient_ms, [first.gradient_ms, *(row.gradient_ms for row in rows)])


@pytest.mark.parametrize("batch_norm", ["none", "before", "after"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_theory_and_run_agree(activation, batch_norm):
    arguments = {
        "activation": activation,
        "initializer": "he_uniform",
        "widths": (200, 300, 200, 240, 200),
        "batch_size": 24,
        "batch_norm": batch_norm,
    }
    run, theory = propagate(seeds=5, **arguments), predict(**arguments)
    for name in ("q", "activation_var", "signal_var"):
        assert_allclose(run[name].mean(0), theory[name], rtol=0.12, err_msg=name)
    assert_allclose(run.gradient_ms_log10.mean(0), theory.gradient_ms_log10, atol=0.1)
    assert_allclose(run.saturated.mean(0), theory.saturated, atol=0.03)
    assert_allclose(run.dead.mean(0), theory.dead, atol=0.03)


@pytest.mark.parametrize("initializer", INITIALIZERS)
def test_every_initializer_runs_and_follows_the_theory_where_there_is_one(initializer):
    arguments = {"initializer": initializer, "activation": "elu", "widths": (256, 200, 256)}
    run, theory = propagate(seeds=3, **arguments), predict(**arguments)
    assert np.isfinite(run.q).all()
    if np.isfinite(theory.q).all():
        assert_allclose(run.q.mean(0), theory.q, rtol=0.12)


def test_single_precision_measures_the_same_net():
    arguments = {"activation": "sigmoid", "widths": (64,) * 31, "seeds": 2}
    single, double = propagate(dtype="float32", **arguments), propagate(**arguments)
    assert_allclose(single.q, double.q, rtol=1e-5)
    assert_allclose(single.gradient_ms_log10, double.gradient_ms_log10, atol=1e-3)


def test_a_single_precision_gradient_does_not_underflow():
    deep = propagate(activation="sigmoid", widths=(64,) * 81, seeds=1, dtype="float32")
    assert deep.gradient_ms_log10[0, 0] == pytest.approx(-79 * 1.254, abs=2)
    assert 0 < deep.gradient_ms[0, 0] < 1e-90
    assert not deep.underflow.any()


def test_what_underflows_is_flagged():
    tiny = {"initializer": "normal", "initializer_options": {"std": 1e-3}, "widths": (64,) * 131, "seeds": 1}
    double, single = propagate(**tiny), propagate(dtype="float32", **tiny)
    assert double.gradient_ms[0, 0] == 0
    assert double.gradient_ms_log10[0, 0] == pytest.approx(-540, abs=5)
    assert double.underflow[0, 0]
    assert not double.underflow[0, 60]
    assert single.q[0, 60] == 0
    assert single.underflow[0, 60]


def test_what_overflows_is_said_and_not_hidden():
    huge = {"activation": "relu", "initializer": "normal", "initializer_options": {"std": 100.0}, "seeds": 1}
    run = propagate(widths=(64,) * 31, dtype="float32", **huge)
    assert np.isfinite(run.q[0, 0])
    assert run.nonfinite.all()
    assert np.isnan(run.q[0, -1])
    assert np.isnan(run.gradient_ms).all()
    assert not propagate(widths=(64,) * 31, **huge).nonfinite.any()


@pytest.mark.parametrize("initializer", ["zeros", "constant"])
def test_symmetric_units_are_measured_as_they_are(initializer):
    run = propagate(initializer=initializer, activation="sigmoid", widths=(20, 20, 20), seeds=1)
    assert np.isfinite(run.q).all()
    assert not run.underflow.any()


def test_widths_and_batches_of_one_are_measured():
    run = propagate(widths=(1, 1, 1), batch_size=1, seeds=1)
    assert np.isfinite(run.gradient_ms).all()
    assert (run.signal_var == 0).all()


def test_weights_too_many_to_keep_are_drawn_again(monkeypatch):
    arguments = {"activation": "maxout", "widths": (20, 30, 10), "seeds": 2, "batch_norm": "before"}
    kept = propagate(**arguments)
    monkeypatch.setattr("engine.experiments.propagation.KEPT_WEIGHTS", 100)
    assert_array_equal(propagate(**arguments).gradient_ms, kept.gradient_ms)


def test_random_slopes_are_seeded_and_leave_torchs_generator_alone():
    torch.manual_seed(3)
    expected = torch.rand(2)
    torch.manual_seed(3)
    first = propagate(activation="rrelu", widths=(20, 30, 10), seeds=2)
    assert torch.equal(torch.rand(2), expected)
    assert_array_equal(propagate(activation="rrelu", widths=(20, 30, 10), seeds=2).q, first.q)


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        ({"seeds": 0}, "seeds: 0 is not allowed; give a whole number with 1 <= seeds <= 10000."),
        ({"dtype": "float16"}, "dtype: 'float16' is not allowed; give one of float64, float32."),
        ({"widths": (5,)}, "widths: 1 given, so 0 layers"),
    ],
)
def test_arguments_that_describe_no_measurement_are_explained(arguments, message):
    with pytest.raises(SpecError) as error:
        propagate_seeds(**arguments)
    assert str(error.value).startswith(message)


@pytest.mark.long
def test_table_11_1_promises_what_its_rows_do_not_keep():
    rows = {(a.row.activation, a.row.distribution): a for a in audit(depth=20, width=160, seeds=2)}
    assert len(rows) == len(TABLE) == 6
    tanh, logistic, relu = rows["tanh", "normal"], rows["sigmoid", "uniform"], rows["relu", "normal"]
    assert tanh.measured["saturated"] == pytest.approx(0.55, abs=0.03)
    assert tanh.measured["gradient"] == pytest.approx(7.1, abs=0.4)
    assert tanh.verdict.startswith("The squared gradient explodes")
    assert "saturated" in tanh.verdict
    assert logistic.measured["gradient"] == pytest.approx(-23.9, abs=0.3)
    assert logistic.verdict.startswith("The squared gradient vanishes (-23.9 decades)")
    assert relu.verdict.startswith("The squared gradient is kept")
    for row in rows.values():
        assert row.measured["gradient"] == pytest.approx(row.predicted["gradient"], abs=0.5)


def test_a_signal_whose_squares_alone_overflow_has_a_gradient():
    case = {"widths": [256] * 71, "activation": "linear", "initializer": "normal"}
    case["initializer_options"] = {"std": 60.0}
    seen = propagate(**case, batch_size=4, seeds=1)
    assert np.isinf(seen.q[0, -1])
    assert not seen.nonfinite.any()
    np.testing.assert_allclose(seen.gradient_ms_log10[0], predict(**case).gradient_ms_log10, atol=1.5)
