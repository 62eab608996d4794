import pytest
import torch
from torch import nn

from engine.spec import RunSpec
from engine.tables.initializers import INITIALIZERS
from engine.training.network import Network
from engine.training.trainer import Trainer


def network(features: int = 5, classes: int = 3, seed: int = 7, **fields) -> Network:
    spec = RunSpec(**{"hidden": (6, 4), "activation": "elu"} | fields)
    return Network(spec, features, classes, torch.Generator().manual_seed(seed))


def names(**fields) -> list[str]:
    return [name for name, _ in network(**fields).named_children()]


def test_modules_come_in_the_order_data_flows():
    assert names() == ["linear1", "activation1", "linear2", "activation2", "output"]


@pytest.mark.parametrize(
    ("fields", "expected"),
    [
        ({"batch_norm": "before"}, "linear1 norm1 activation1 linear2 norm2 activation2 output"),
        ({"batch_norm": "after"}, "linear1 activation1 norm1 linear2 activation2 norm2 output"),
        ({"batch_norm_input": True}, "norm_input linear1 activation1 linear2 activation2 output"),
        ({"batch_norm_output": True}, "linear1 activation1 linear2 activation2 output norm_output"),
        ({"dropout": 0.3}, "linear1 activation1 dropout1 linear2 activation2 dropout2 output"),
        (
            {"dropout": 0.3, "batch_norm": "after", "batch_norm_input": True, "batch_norm_output": True},
            "norm_input linear1 activation1 norm1 dropout1 linear2 activation2 norm2 dropout2 output norm_output",
        ),
        ({"layer_norm": "before"}, "linear1 norm1 activation1 linear2 norm2 activation2 output"),
        (
            {"layer_norm": "after", "dropout": 0.3},
            "linear1 activation1 norm1 dropout1 linear2 activation2 norm2 dropout2 output",
        ),
        ({"residual": "plain"}, "block1 block2 activation2 output"),
        (
            {"residual": "plain", "dropout": 0.3, "batch_norm": "before"},
            "block1 block2 norm2 activation2 dropout2 output",
        ),
        ({"residual": "plain", "layer_norm": "after"}, "block1 norm1 block2 norm2 activation2 output"),
        (
            {"residual": "plain", "layer_norm": "after", "norm_place": "pre"},
            "block1 block2 activation2 norm2 output",
        ),
        ({"residual": "plain", "residual_every": 2}, "block1 activation2 output"),
        ({"residual": "plain", "residual_every": 3}, "linear1 activation1 linear2 activation2 output"),
        ({"hidden": ()}, "output"),
        ({"hidden": (), "dropout": 0.5, "batch_norm_input": True}, "norm_input output"),
    ],
)
def test_batch_norm_and_dropout_stand_where_the_spec_says(fields, expected):
    assert names(**fields) == expected.split()


def test_widths_run_from_the_features_to_the_classes():
    shapes = [tuple(linear.weight.shape) for linear in network(hidden=(9, 1, 2)).linears()]
    assert shapes == [(9, 5), (1, 9), (2, 1), (3, 2)]
    net = network(hidden=(9, 1, 2), batch_norm="before", batch_norm_input=True, batch_norm_output=True)
    assert [norm.num_features for norm in net.norms()] == [5, 9, 1, 2, 3]


def test_activations_are_those_of_the_entry_one_for_each_layer():
    net = network(activation="prelu", activation_options={"init": 0.1})
    found = [module for module in net if isinstance(module, nn.PReLU)]
    assert len(found) == 2
    assert found[0] is not found[1]
    assert all(phi.weight.item() == pytest.approx(0.1) for phi in found)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("name", INITIALIZERS)
def test_weights_are_drawn_layer_by_layer_from_the_generator_alone(name, dtype):
    before = torch.get_rng_state()
    net = network(initializer=name, dtype=dtype, hidden=(6, 8))
    assert torch.equal(torch.get_rng_state(), before)
    generator = torch.Generator().manual_seed(7)
    for linear, (fan_in, fan_out) in zip(net.linears(), [(5, 6), (6, 8), (8, 3)], strict=True):
        weight, bias = torch.empty(fan_out, fan_in), torch.empty(fan_out)
        INITIALIZERS[name].fill(weight, bias, generator)
        assert linear.weight.dtype == linear.bias.dtype == getattr(torch, dtype)
        assert torch.equal(linear.weight, weight.to(linear.weight))
        assert torch.equal(linear.bias, bias.to(linear.bias))


def test_initializer_options_reach_the_weights():
    net = network(hidden=(200, 300), initializer="normal", initializer_options={"std": 0.03})
    assert net.linears()[1].weight.std().item() == pytest.approx(0.03, rel=0.02)


def test_each_piece_of_maxout_is_a_matrix_of_its_own():
    net = network(
        activation="maxout", activation_options={"pieces": 3}, hidden=(8, 4), initializer="orthogonal"
    )
    first, second, output = net.linears()
    assert [tuple(linear.weight.shape) for linear in (first, second, output)] == [(24, 5), (12, 8), (3, 4)]
    for piece in first.weight.detach().chunk(3):
        torch.testing.assert_close(piece.T @ piece, torch.eye(5), atol=1e-5, rtol=0)
    for piece in second.weight.detach().chunk(3):
        torch.testing.assert_close(piece @ piece.T, torch.eye(4), atol=1e-5, rtol=0)


@pytest.mark.parametrize("norm", ["none", "before", "after"])
@pytest.mark.parametrize("name", ["tanh", "maxout"])
def test_forward_is_the_textbooks(name, norm):
    net = network(activation=name, batch_norm=norm)
    x = torch.randn(11, 5, generator=torch.Generator().manual_seed(1)) * 2 + 0.3
    h = x
    for linear in net.linears()[:-1]:
        z = h @ linear.weight.T + linear.bias

        def normalized(v):
            return (v - v.mean(0)) / (v.var(0, correction=0) + 1e-5).sqrt()

        u = normalized(z) if norm == "before" else z
        h = torch.tanh(u) if name == "tanh" else torch.maximum(*u.chunk(2, dim=1))
        h = normalized(h) if norm == "after" else h
    torch.testing.assert_close(net(x), h @ net.output.weight.T + net.output.bias)


def test_dropout_can_be_changed_taken_out_and_put_back():
    net = network(dropout=0.3, batch_norm="after")
    weights, before = net.state_dict(), [name for name, _ in net.named_children()]
    net.set_dropout(0.6)
    assert [name for name, _ in net.named_children()] == before
    assert [module.p for module in net if isinstance(module, nn.Dropout)] == [0.6, 0.6]
    net.set_dropout(0)
    assert [name for name, _ in net.named_children()] == names(batch_norm="after")
    net.set_dropout(0.1)
    assert [name for name, _ in net.named_children()] == before
    assert net.state_dict().keys() == weights.keys()
    assert all(torch.equal(net.state_dict()[key], weights[key]) for key in weights)


def test_hundred_layers_of_one_unit_run():
    net = network(hidden=(1,) * 100)
    assert len(net.linears()) == 101
    assert net(torch.ones(2, 5)).shape == (2, 3)


def by_hand(net: Network, x: torch.Tensor, scale: float, norm_at: str) -> torch.Tensor:
    """Layers of four units after the first, one a block, ReLU, layer norm on the sum or in the branch."""

    def normalized(v):
        return (v - v.mean(1, keepdim=True)) / (v.var(1, correction=0, keepdim=True) + 1e-5).sqrt()

    first, *linears, output = net.linears()
    s = x @ net.block1.path.weight.T + scale * (x @ first.weight.T + first.bias)
    for linear in linears:
        s = normalized(s) if norm_at == "post" else s
        h = torch.relu(normalized(s) if norm_at == "pre" else s)
        s = s + scale * (h @ linear.weight.T + linear.bias)
    s = s if norm_at == "none" else normalized(s)
    return torch.relu(s) @ output.weight.T + output.bias


@pytest.mark.parametrize("norm_at", ["none", "post", "pre"])
@pytest.mark.parametrize(("residual", "scale"), [("plain", 1.0), ("scaled", 3**-0.5)])
def test_a_residual_net_is_the_one_written_out(residual, scale, norm_at):
    fields = {"hidden": (4, 4, 4), "activation": "relu", "initializer": "torch_default", "residual": residual}
    if norm_at != "none":
        fields |= {"layer_norm": "before", "norm_place": norm_at}
    net = network(**fields)
    x = torch.randn(11, 5, generator=torch.Generator().manual_seed(1)) * 2 + 0.3
    torch.testing.assert_close(net(x), by_hand(net, x, scale, norm_at))


def test_rms_norm_only_divides():
    net = network(hidden=(4,), layer_norm="before", layer_norm_kind="rms", activation="linear")
    x = torch.randn(11, 5, generator=torch.Generator().manual_seed(1))
    z = net.linear1(x)
    h = z / (z.square().mean(1, keepdim=True) + 1e-5).sqrt()
    torch.testing.assert_close(net(x), h @ net.output.weight.T + net.output.bias)


def test_rezero_begins_as_the_identity_and_learns_to_leave_it():
    net = network(features=6, hidden=(6, 6, 6), residual="rezero", activation="linear")
    x = torch.randn(11, 6, generator=torch.Generator().manual_seed(1))
    assert torch.equal(net(x), net.output(x))
    net(x).square().sum().backward()
    assert [block.scale.item() for block in (net.block1, net.block2, net.block3)] == [0, 0, 0]
    assert all(block.scale.grad.abs() > 0 for block in (net.block1, net.block2, net.block3))


def test_paths_are_drawn_where_widths_differ_and_keep_the_mean_square():
    net = network(features=300, hidden=(400, 400, 500), residual="plain")
    assert [block.path is None for block in (net.block1, net.block2, net.block3)] == [False, True, False]
    assert net.block1.path.weight.var().item() == pytest.approx(1 / 300, rel=0.02)
    assert net.block3.path.weight.var().item() == pytest.approx(1 / 400, rel=0.02)


def test_dropout_changes_within_blocks_too():
    net = network(dropout=0.3, residual="rezero", residual_every=2, hidden=(6, 6, 6, 6))
    weights, drops = net.state_dict(), [p for p in net.modules() if isinstance(p, nn.Dropout)]
    assert [drop.p for drop in drops] == [0.3] * 4
    net.set_dropout(0)
    assert not [p for p in net.modules() if isinstance(p, nn.Dropout)]
    assert net.state_dict().keys() == weights.keys()
    assert all(torch.equal(net.state_dict()[key], weights[key]) for key in weights)
    net.set_dropout(0.1)
    assert [drop.p for drop in net.modules() if isinstance(drop, nn.Dropout)] == [0.1] * 4
    assert repr(net) == repr(network(dropout=0.1, residual="rezero", residual_every=2, hidden=(6, 6, 6, 6)))


def test_a_path_of_its_own_width_is_no_layer_of_the_probe():
    trainer = Trainer(RunSpec(hidden=(9, 12, 12), residual="plain"))
    frame = trainer.step()
    assert frame.finite
    assert frame.table.shape[0] == len(trainer.model.linears()) == 4
