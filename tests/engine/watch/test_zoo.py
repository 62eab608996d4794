"""Nets of every make: each layer's numbers are plain autograd's, and the net learns as if nobody watched."""

import copy
from contextlib import nullcontext

import numpy as np
import pytest
import torch
from torch import nn

from engine import Watch
from tests.engine.watch.zoo import GPT, ZOO, Encoder, Recurrent, by_autograd, classes, tokens


@pytest.fixture(autouse=True)
def _seeded():
    with torch.random.fork_rng():
        torch.manual_seed(4)
        yield


@pytest.mark.parametrize("name", ZOO)
def test_every_layer_is_measured_as_plain_autograd_has_it(name):
    animal = ZOO[name]
    net, x = animal.make(), animal.batch()
    witness = copy.deepcopy(net)
    witness.forgets = ""
    expected = by_autograd(witness, x, animal.loss)
    with Watch(net, torch.optim.SGD(net.parameters(), lr=1e-3), every=1) as lab:
        loss = animal.loss(net(x))
        loss.backward()
        lab._end()
    assert len(lab.layers) == animal.layers == len(set(lab.layers))
    for path, columns in expected.items():
        for column, value in columns.items():
            seen = lab.history[column][0, lab.layers.index(path)]
            assert seen == pytest.approx(value, rel=1e-4, abs=1e-14), (path, column)
    assert lab.frame.loss == pytest.approx(loss.item())


@pytest.mark.parametrize("name", ["mlp", "resnet", "lstm", "transformer encoder", "gpt, checkpointed"])
def test_a_watched_net_learns_the_same_and_nothing_is_left_behind(name):
    animal = ZOO[name]
    plain, x = animal.make(), animal.batch()
    watched = copy.deepcopy(plain)
    before = traces(watched)
    outside = torch.autograd.backward, torch.amp.GradScaler.scale, torch.amp.GradScaler.step
    for net, watching in ((plain, False), (watched, True)):
        optimizer = torch.optim.AdamW(net.parameters(), lr=1e-2)
        with Watch(net, optimizer, every=2) if watching else nullcontext() as lab:
            for _ in range(5):
                optimizer.zero_grad()
                animal.loss(net(x)).backward()
                optimizer.step()
        if watching:
            assert lab.history["step"].tolist() == [1, 3, 5]
            assert not optimizer._optimizer_step_pre_hooks
            assert not optimizer._optimizer_step_post_hooks
    for one, other in zip(plain.parameters(), watched.parameters(), strict=True):
        assert torch.equal(one, other)
    assert traces(watched) == before
    assert outside == (torch.autograd.backward, torch.amp.GradScaler.scale, torch.amp.GradScaler.step)
    assert not torch.overrides._get_current_function_mode_stack()


def traces(net: nn.Module) -> list[tuple]:
    """Each module's attributes by name, and how many hooks it has."""
    hooks = "_forward_hooks", "_forward_pre_hooks", "_forward_hooks_always_called", "_backward_hooks"
    return [(sorted(vars(m)), *(len(getattr(m, each)) for each in hooks)) for m in net.modules()]


def test_activations_of_functions_methods_and_own_modules_are_seen():
    for name, layer in (
        ("unet", "down"),
        ("unet", "up"),
        ("gpt", "h.0.mlp.0"),
        ("transformer encoder", None),
    ):
        animal = ZOO[name]
        net = animal.make()
        lab = watched_once(net, animal.loss, animal.batch())
        layer = layer or "encoder.layers.0.linear1"
        assert np.isfinite(lab.history["saturated"][0, lab.layers.index(layer)]), layer


def watched_once(net: nn.Module, loss_of, x) -> Watch:
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    with Watch(net, optimizer, every=1) as lab:
        loss_of(net(x)).backward()
        optimizer.step()
    return lab


def test_layers_stand_in_the_order_that_data_flows_by_their_path():
    lab = watched_once(GPT(), classes, tokens())
    assert lab.layers[:4] == ["wte", "wpe", "h.0.attn.c_attn", "h.0.attn.c_proj"]
    assert lab.layers[-1] == "lm_head"
    gates = [
        layer for layer in watched_once(Recurrent(nn.LSTM), classes, tokens()).layers if "weight_hh" in layer
    ]
    assert gates == [f"cell.weight_hh_l0.{gate}" for gate in ("input", "forget", "cell", "output")]


def test_gates_and_projections_have_their_rows_of_the_gradient():
    for net, owner, name, parts in (
        (Recurrent(nn.GRU), "cell", "weight_ih_l0", ("reset", "update", "new")),
        (Encoder(), "encoder.layers.1.self_attn", "in_proj_weight", ("query", "key", "value")),
    ):
        lab = watched_once(net, classes, tokens())
        gradient = net.get_submodule(owner).get_parameter(name).grad
        for part, rows in zip(parts, gradient.chunk(3), strict=True):
            seen = lab.history["weight_gradient_var"][0, lab.layers.index(f"{owner}.{name}.{part}")]
            assert seen == pytest.approx(rows.double().var(correction=0).item(), rel=1e-5)


def test_attention_is_taken_anew_as_its_weights_are():
    net, x = Encoder(), tokens()
    lab = watched_once(copy.deepcopy(net), classes, x)
    first = net.encoder.layers[0].self_attn
    h = net.embed(x)
    _, weights = first(h, h, h, average_attn_weights=False)
    entropy = torch.special.entr(weights).sum(-1).mean() / np.log(x.shape[1])
    seen = lab._record.parts[0][1]["attention"]["encoder.layers.0.self_attn"]
    assert seen["entropy"] == pytest.approx(entropy.item(), rel=1e-4)
    assert seen["on_one"] == pytest.approx(weights.amax(-1).mean().item(), rel=1e-4)


def test_the_residual_stream_is_measured_past_each_block():
    net, x = GPT(), tokens()
    lab = watched_once(copy.deepcopy(net), classes, x)
    h = net.wte(x) + net.wpe(torch.arange(x.shape[1]))
    for k, block in enumerate(net.h):
        out = block(h)
        seen = lab._record.parts[0][1]["stream"][f"h.{k}"]
        assert seen["before"] == pytest.approx((h**2).mean().sqrt().item(), rel=1e-4)
        assert seen["written"] == pytest.approx(((out - h).norm() / h.norm()).item(), rel=1e-4)
        h = out
    assert len(lab._record.parts[0][1]["norm"]) == 7
    assert len(lab._record.parts[0][1]["attention"]) == 3
