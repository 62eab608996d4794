"""Layers without an activation: the product of their matrices, against torch's own and by hand."""

import numpy as np
import pytest
import torch
from sklearn.linear_model import LinearRegression
from torch import nn

from engine import RunSpec, SpecError, Trainer
from engine.experiments.activations.linear_map import answers, compose, least_squares, one_map

SPEC = RunSpec(hidden=(20, 12, 30), activation="relu", initializer="he_normal", lr=0.1)


def last(*args, **kwargs):
    *_, final = one_map(*args, **kwargs)
    return final


def test_two_layers_by_hand():
    first, second = nn.Linear(2, 2), nn.Linear(2, 1)
    with torch.no_grad():
        first.weight.copy_(torch.tensor([[1.0, 2], [3, 4]]))
        first.bias.copy_(torch.tensor([10.0, 20]))
        second.weight.copy_(torch.tensor([[5.0, 6]]))
        second.bias.copy_(torch.tensor([7.0]))
    matrix, bias = compose([first, second])
    assert matrix.tolist() == [[23, 34]]
    assert bias.tolist() == [177]


def test_the_matrix_is_torchs_chain_product():
    linears = Trainer(SPEC.replace(activation="linear")).model.linears()
    weights = [linear.weight.detach().double() for linear in reversed(linears)]
    assert torch.allclose(compose(linears)[0], torch.linalg.multi_dot(weights))


@pytest.mark.parametrize(("dtype", "most"), [("float32", 1e-5), ("float64", 1e-13)])
def test_a_trained_net_without_activations_answers_as_the_product_does(dtype, most):
    seen = last(SPEC.replace(dtype=dtype), steps=40)
    assert 0 < seen.difference < most
    assert np.abs(seen.outputs - seen.product).max() < most * 1e2
    assert seen.accuracy[0] == seen.accuracy[1]
    assert seen.matrix.shape == (10, 64)


def test_a_net_with_an_activation_is_no_linear_map():
    seen = last(SPEC, steps=100)
    assert seen.unexplained > 0.05
    assert np.abs(seen.curved - seen.best).max() > 0.5


def test_the_best_linear_map_is_sklearns():
    trainer = Trainer(SPEC)
    x, y = trainer.data.train_x, answers(trainer, trainer.data.train_x)
    fitted = LinearRegression().fit(x.double().numpy(), y.numpy())
    mine = torch.cat([x.double(), torch.ones(len(x), 1)], 1) @ least_squares(x, y)
    assert mine.numpy() == pytest.approx(fitted.predict(x.double().numpy()), abs=1e-6)


def test_singular_values_are_those_of_the_product_and_fall():
    seen = last(SPEC, steps=5)
    trainer = Trainer(SPEC.replace(activation="linear", initializer="glorot_normal"))
    matrix = compose(trainer.model.linears())[0].numpy()
    assert seen.singular[0] == pytest.approx(np.linalg.svd(matrix, compute_uv=False))
    assert (np.diff(seen.singular[-1]) <= 0).all()
    assert seen.steps[0] == 0


def test_a_narrow_layer_limits_the_rank():
    seen = last(SPEC.replace(hidden=(20, 3, 30)), steps=2)
    assert (seen.singular[-1][3:] < 1e-6).all()
    assert seen.singular[-1][2] > 1e-3


@pytest.mark.parametrize(
    "extra", [{"hidden": ()}, {"hidden": (1,)}, {"batch_size": 1}, {"activation": "maxout"}]
)
def test_small_nets_and_maxout_are_held_against_it_as_well(extra):
    seen = last(SPEC.replace(**extra), steps=3)
    assert np.isfinite(seen.difference)
    assert seen.done == 1


def test_steps_out_of_range_are_refused():
    with pytest.raises(SpecError, match="steps"):
        last(SPEC, steps=-1)
