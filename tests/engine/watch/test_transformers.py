"""The nets of a well-known library, from their configuration: `uv run --with transformers pytest` runs them."""

import copy

import numpy as np
import pytest
import torch

from engine import Watch
from tests.engine.watch.zoo import by_autograd

pytestmark = [pytest.mark.slow, pytest.mark.filterwarnings("ignore")]
VOCABULARY = {"vocab_size": 100, "bos_token_id": 0, "eos_token_id": 0}


def gpt2() -> torch.nn.Module:
    library = pytest.importorskip("transformers", reason="uv run --with transformers has it")
    size = {"n_layer": 12, "n_embd": 32, "n_head": 2, "n_positions": 32}
    dropout = dict.fromkeys(("resid_pdrop", "embd_pdrop", "attn_pdrop"), 0.0)
    return library.GPT2LMHeadModel(library.GPT2Config(**size, **dropout, **VOCABULARY))


def llama() -> torch.nn.Module:
    library = pytest.importorskip("transformers", reason="uv run --with transformers has it")
    size = {"hidden_size": 32, "intermediate_size": 64, "num_hidden_layers": 4}
    heads = {"num_attention_heads": 4, "num_key_value_heads": 2}
    return library.LlamaForCausalLM(library.LlamaConfig(**size, **heads, **VOCABULARY))


@pytest.mark.parametrize(
    ("make", "layers", "bends", "blocks"), [(gpt2, 2 + 49, 12, 12), (llama, 1 + 29, 4, 4)]
)
def test_every_layer_of_theirs_is_measured_as_plain_autograd_has_it(make, layers, bends, blocks):
    with torch.random.fork_rng():
        torch.manual_seed(0)
        net, x = make(), torch.randint(0, 100, (4, 16))
    expected = by_autograd(copy.deepcopy(net), x, lambda out: loss(out.logits, x))
    optimizer = torch.optim.SGD(net.parameters(), lr=1e-3)
    with Watch(net, optimizer, every=1) as lab:
        loss(net(input_ids=x).logits, x).backward()
        optimizer.step()
    assert len(lab.layers) == layers == len(expected)
    assert np.isfinite(lab.history["saturated"][0]).sum() == bends
    assert {kind: len(paths) for kind, paths in lab.history.parts[0][1].items()} == {
        "norm": 2 * blocks + 1, "stream": blocks, "attention": blocks
    }  # fmt: skip
    for path, columns in expected.items():
        for column, value in columns.items():
            if column == "weight_gradient_var" and path in ("transformer.wte", "lm_head"):
                continue  # one weight, two layers: its gradient is of both
            seen = lab.history[column][0, lab.layers.index(path)]
            assert seen == pytest.approx(value, rel=1e-3), (path, column)


def loss(logits: torch.Tensor, x: torch.Tensor) -> torch.Tensor:
    return torch.nn.functional.cross_entropy(logits[:, :-1].flatten(0, 1), x[:, 1:].flatten())
