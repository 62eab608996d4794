"""What is said of nets, and parts of them, that no gradient and no step reaches, and that its lines of code help."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from engine import Watch
from tests.engine.watch.patients import deep, digits, labels, plain, text
from tests.engine.watch.zoo import GPT, Encoder, Recurrent


def steps_of(cut, every: int = 1, backward: bool = True) -> tuple[nn.Module, Watch, float]:
    """A net before a critic of its own that trains too."""
    torch.manual_seed(5)
    net, critic = plain(), nn.Linear(5, 5)
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    others = torch.optim.SGD(critic.parameters(), 0.1)
    with Watch(net, optimizer, every=every) as lab:
        for _ in range(100):
            optimizer.zero_grad()
            others.zero_grad()
            x, y = digits()
            loss = F.cross_entropy(critic(cut(net, x)), y)
            if backward:
                loss.backward()
            others.step()
            optimizer.step()
    return net, lab, loss.item()


@pytest.mark.parametrize(
    "cut",
    [
        lambda net, x: net(x).detach(),
        lambda net, x: net(x).data,
        lambda net, x: torch.from_numpy(net(x).detach().numpy()),
    ],
    ids=["detached", "data", "numpy"],
)
@pytest.mark.parametrize("every", [1, 20])
def test_a_net_that_is_wholly_cut_from_its_loss_is_the_first_finding(cut, every, capsys):
    net, lab, loss = steps_of(cut, every)
    found = lab.findings()
    assert [each.name for each in found] == ["no gradient"]
    assert "no layer of the net gets a gradient: its way to the loss is cut" in found[0].words
    assert "between what it gives and the loss" in found[0].advice
    exec(found[0].advice.partition("\n")[2], {"model": net})
    net(digits()[0])
    assert "model: <AddmmBackward0" in capsys.readouterr().out
    _, mended, after = steps_of(lambda net, x: net(x))
    assert not mended.findings()
    assert after < loss - 0.3


class Silent(nn.Module):
    def __init__(self) -> None:
        super().__init__()
        self.net = plain()

    def forward(self, x: Tensor) -> Tensor:
        return self.net(x).detach()


def test_where_a_net_cuts_itself_off_its_line_prints_none(capsys):
    net = Silent()
    optimizer = torch.optim.Adam(net.parameters(), 0.1)
    with Watch(net, optimizer, every=1) as lab:
        for _ in range(5):
            F.mse_loss(net(digits()[0]), torch.zeros(64, 5)).requires_grad_().backward()
            optimizer.step()
    [found] = lab.findings()
    exec(found.advice.partition("\n")[2], {"model": net})
    net(digits()[0])
    assert "model: None" in capsys.readouterr().out


def test_a_backward_pass_that_was_forgotten_is_asked_for():
    _, lab, _ = steps_of(lambda net, x: net(x), backward=False)
    [found] = lab.findings()
    assert found.words.endswith("no layer of the net gets a gradient")
    assert "call loss.backward() before each step" in found.advice


def test_a_net_that_takes_no_steps_or_only_passes_without_gradients_is_not_cut_off():
    for guard, steps in ((torch.no_grad, True), (torch.inference_mode, True), (torch.enable_grad, False)):
        net = plain().eval()
        optimizer = torch.optim.SGD(net.parameters(), 0.1)
        with Watch(net, optimizer, every=1) as lab:
            for _ in range(30):
                with guard():
                    net(digits()[0])
                if steps:
                    optimizer.step()
        assert not lab.findings()
    with Watch(plain(), every=1) as lab:
        for _ in range(30):
            lab.model(digits()[0])
    assert not lab.findings()


def test_a_generator_that_is_stepped_behind_its_critics_passes_is_well():
    torch.manual_seed(5)
    net, critic = plain(), nn.Linear(5, 2)
    first, second = (torch.optim.Adam(each.parameters(), 1e-3) for each in (net, critic))
    with Watch(net, first, every=1) as lab:
        for _ in range(40):
            x, _ = digits()
            second.zero_grad()
            F.cross_entropy(critic(net(x).detach()), torch.zeros(64).long()).backward()
            second.step()
            first.zero_grad()
            F.cross_entropy(critic(net(x)), torch.ones(64).long()).backward()
            first.step()
    assert "no gradient" not in {each.name for each in lab.course()}


def frozen_and_followed(net: nn.Module, batch, only_moving: bool = False) -> tuple[str, str]:
    """What is said and the lines of code, which are run; then nothing is frozen and all of it trains."""
    asks = [p for p in net.parameters() if p.requires_grad or not only_moving]
    optimizer = torch.optim.Adam(asks, 1e-3)
    with Watch(net, optimizer, every=1) as lab:
        for _ in range(2):
            optimizer.zero_grad()
            labels(net, batch()).backward()
            optimizer.step()
        [found] = lab.findings()
        code = found.advice.partition("\n")[2]
        exec(code, {"model": net, "optimizer": optimizer})
        before = [p.detach().clone() for p in net.parameters()]
        for _ in range(2):
            optimizer.zero_grad()
            labels(net, batch()).backward()
            optimizer.step()
        assert not lab.findings()
    assert found.name == "frozen"
    for (name, now), was in zip(net.named_parameters(), before, strict=True):
        assert not torch.equal(now, was), name
    return found.words, code


def test_frozen_gates_are_let_train_by_their_parameter():
    torch.manual_seed(5)
    net = Recurrent(nn.LSTM)
    net.cell.weight_hh_l0.requires_grad_(False)
    words, code = frozen_and_followed(net, text)
    assert code == "model.cell.weight_hh_l0.requires_grad_(True)"
    assert "frozen: cell stands still among layers that train (1 layer)" in words
    net.cell.requires_grad_(False)
    assert frozen_and_followed(net, text)[1] == "model.cell.requires_grad_(True)"


def test_frozen_projections_of_attention_are_let_train_by_their_parameter():
    torch.manual_seed(5)
    net = Encoder()
    net.encoder.layers[1].self_attn.in_proj_weight.requires_grad_(False)
    _, code = frozen_and_followed(net, text)
    assert code == "model.encoder.layers[1].self_attn.in_proj_weight.requires_grad_(True)"


@pytest.mark.parametrize("only_moving", [False, True])
def test_a_frozen_block_is_named_as_a_whole_and_given_to_an_optimizer_that_lacks_it(only_moving):
    torch.manual_seed(5)
    net = GPT()
    net.h[1].requires_grad_(False)
    words, code = frozen_and_followed(net, text, only_moving)
    assert "(4 layers)" in words
    assert code.splitlines()[0] == "model.h[1].requires_grad_(True)"
    assert ("add_param_group" in code) is only_moving


def test_of_frozen_attentions_all_are_named_with_the_norms_beside_them():
    torch.manual_seed(5)
    net = GPT()
    for block in net.h:
        block.attn.requires_grad_(False)
        block.ln_1.requires_grad_(False)
    words, code = frozen_and_followed(net, text)
    assert "(6 layers)" in words
    each = ", ".join(f"model.h[{k}].{part}" for k in range(3) for part in ("ln_1", "attn"))
    assert code == f"for p in ({each}): p.requires_grad_(True)"


def test_what_stands_before_all_that_trains_is_no_part_of_what_is_let_train():
    torch.manual_seed(5)
    net = deep(nn.ReLU, 8)
    for k in (0, 6, 8):
        net[k].requires_grad_(False)
    optimizer = torch.optim.SGD(net.parameters(), 0.1)
    with Watch(net, optimizer, every=1) as lab:
        labels(net, digits()).backward()
        optimizer.step()
    [found] = lab.findings()
    assert found.advice.endswith("\nfor p in (model[6], model[8]): p.requires_grad_(True)")
