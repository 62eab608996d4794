"""What is said of nets, and parts of them, that no gradient and no step reaches, and that its lines of code help."""

import pytest
import torch
from torch import Tensor, nn
from torch.nn import functional as F  # noqa: N812

from engine import Watch
from tests.engine.watch.patients import digits, plain


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
