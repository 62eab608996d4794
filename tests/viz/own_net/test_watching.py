"""`viz.watch`: a training loop is seen in the app, and trains the same whether it is seen or not."""

import sys
import time
import warnings
from types import ModuleType

import pytest
import torch
from torch import nn

import viz
from engine import SpecError
from viz.nets.host import Nets
from viz.nets.listener import Door
from viz.own_net import starting
from viz.wire import frame as wire

WITHIN = 20.0


@pytest.fixture(autouse=True)
def at_home(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))


@pytest.fixture
def nets():
    nets = Nets()
    door = Door(nets, lambda: "http://localhost:8501/")
    door.open()
    yield nets
    door.close()


def until(holds):
    end = time.monotonic() + WITHIN
    while not holds():
        assert time.monotonic() < end
        time.sleep(0.01)


def made():
    torch.manual_seed(0)
    model = nn.Sequential(*[nn.Sequential(nn.Linear(6, 6), nn.Sigmoid()) for _ in range(3)])
    return model, torch.optim.SGD(model.parameters(), lr=0.1), torch.ones(8, 6)


def train(model, optimizer, x, steps=5):
    for _ in range(steps):
        optimizer.zero_grad()
        model(x).square().mean().backward()
        optimizer.step()


def test_a_loop_is_seen_and_learns_the_same(nets, capsys):
    model, optimizer, x = made()
    with viz.watch(model, optimizer, every=1, name="mine") as lab:
        train(model, optimizer, x)
    [net] = nets.runs.values()
    until(lambda: not net.is_live)
    hello, state, verdict = net.messages()
    assert [row["name"] for row in hello["rows"]] == lab.layers == ["0.0", "1.0", "2.0"]
    assert state["reason"] == "The watching ended after step 5: all of it is kept here."
    assert verdict["findings"] == [{**each.to_dict(), "evidence": got["evidence"]}
                                   for each, got in zip(lab.findings(), verdict["findings"], strict=True)]  # fmt: skip
    last = wire.decode(net.ring.newest)
    assert (last["step"], last["loss"]) == (5, lab.frame.loss)
    assert all(each["total"] > 0 for each in last["activations"])
    assert lab.url == f"http://localhost:8501/own_net?net={net.token}"
    assert capsys.readouterr().err == f"Your net: {lab.url}\n"
    bare, its_optimizer, x = made()
    train(bare, its_optimizer, x)
    assert all(torch.equal(a, b) for a, b in zip(model.parameters(), bare.parameters(), strict=True))


def test_how_long_its_frames_are_apart_is_told_with_each_verdict(nets):
    model, optimizer, x = made()
    with viz.watch(model, optimizer, every=1) as lab:
        lab._showing._now = iter(range(0, 9000, 3)).__next__  # a reading more at each look, 3 seconds on
        lab._showing._came = 0
        train(model, optimizer, x)
    [net] = nets.runs.values()
    until(lambda: not net.is_live)
    assert net.messages()[2]["pause"] > 6


def breaks_off(model, optimizer, x):
    with viz.watch(model, optimizer, name="second"):
        train(model, optimizer, x)
        raise ZeroDivisionError("no way")


def test_two_loops_are_two_nets_and_an_error_is_said_and_raised(nets):
    first, second = made(), made()
    with viz.watch(*first[:2], name="first"):
        with pytest.raises(ZeroDivisionError):
            breaks_off(*second)
        train(*first)
    until(lambda: not any(net.is_live for net in nets.runs.values()))
    told = {net.name: net.state["reason"] for net in nets.runs.values()}
    assert told["second"] == "The script ended with ZeroDivisionError after step 5: no way"
    assert told["first"].startswith("The watching ended after step 5")


@pytest.mark.parametrize("forgets", [True, False])
def test_without_a_step_it_is_said_so(nets, capsys, forgets):
    model, optimizer, x = made()
    with viz.watch(model, optimizer) as lab:
        if forgets:
            model(x).mean().backward()
    [net] = nets.runs.values()
    until(lambda: not net.is_live)
    assert net.state["reason"].startswith("No step was measured")
    assert capsys.readouterr().err.count(f"Your net: {lab.report()['trouble']}\n") == 1


def test_what_cannot_be_watched_is_printed_where_warnings_are_filtered_too(nets, capsys):
    with warnings.catch_warnings(action="ignore"):
        with viz.watch(nn.ReLU()) as lab:
            pass
        assert capsys.readouterr().err == f"Your net: {lab.report()['trouble']}\n"
        model, optimizer, x = made()
        with viz.watch(model, optimizer), viz.watch(model, optimizer, name="once more"):
            train(model, optimizer, x)
    assert (
        capsys.readouterr().err.count("Your net: Sequential is watched already, by a watch that nobody left")
        == 1
    )


@pytest.mark.parametrize("given", ["adam", torch.optim.Adam, [torch.optim.Adam]])
def test_an_optimizer_that_is_only_named_is_refused_with_what_is_wanted(given):
    with pytest.raises(SpecError, match=r"as torch.optim.Adam\(model.parameters\(\)\) makes one"):
        viz.watch(made()[0], given)


def test_that_no_step_came_of_another_net_s_optimizer_is_said_so(nets, capsys):
    model, optimizer, x = made()
    with viz.watch(model, made()[1]) as lab:
        train(model, optimizer, x)
    [net] = nets.runs.values()
    until(lambda: not net.is_live)
    assert net.state["reason"] == lab.report()["trouble"]
    assert net.state["reason"].startswith("SGD holds no parameter of Sequential")
    assert "No step" not in capsys.readouterr().err


@pytest.fixture
def two(tmp_path, monkeypatch):
    """`two(every_rank)` trains one net in two processes."""
    # a page that was tested before leaves its script here, which the new processes would run first of all
    monkeypatch.setitem(sys.modules, "__main__", ModuleType("__main__"))
    meeting = str(tmp_path / "meeting")
    return lambda every_rank: torch.multiprocessing.spawn(
        trains_with_another, (meeting, every_rank), nprocs=2
    )


@pytest.mark.long
def test_of_two_processes_that_train_one_net_each_shows_it_on_request(nets, two):
    two(every_rank=True)
    first, second = sorted(nets.runs.values(), key=lambda net: net.name)
    assert (first.name, second.name) == ("shared, rank 0 of 2", "shared, rank 1 of 2")
    until(lambda: not (first.is_live or second.is_live))
    assert first.ring.newest_step == second.ring.newest_step == 5


@pytest.mark.long
def test_of_two_processes_that_train_one_net_the_first_shows_it(nets, two):
    two(every_rank=False)
    [net] = nets.runs.values()
    until(lambda: not net.is_live)
    assert (net.name, net.ring.newest_step) == ("shared", 5)
    hello, *_ = net.messages()
    assert [row["name"] for row in hello["rows"]] == ["0.0", "1.0", "2.0"]


def trains_with_another(rank, meeting, every_rank):
    torch.distributed.init_process_group("gloo", f"file://{meeting}", world_size=2, rank=rank)
    model, _, x = made()
    both = nn.parallel.DistributedDataParallel(model)
    optimizer = torch.optim.SGD(both.parameters(), lr=0.1)
    with viz.watch(both, optimizer, every=1, name="shared", every_rank=every_rank) as lab:
        train(both, optimizer, x + rank)
    assert lab.steps == (0 if rank and not every_rank else 5)
    assert not lab.trouble
    torch.distributed.destroy_process_group()


def test_where_the_app_cannot_be_started_training_goes_on(monkeypatch, capsys):
    def fails(*_, **__):
        raise OSError(8, "Exec format error")

    monkeypatch.setattr(starting.subprocess, "Popen", fails)
    monkeypatch.setattr("viz.own_net.sending.START_WITHIN", 0.3)
    model, optimizer, x = made()
    with viz.watch(model, optimizer) as lab:
        train(model, optimizer, x)
    assert lab.steps == 5
    assert "the app could not be started (Exec format error)" in capsys.readouterr().err


def test_over_ssh_the_line_says_how_to_forward_the_port():
    url = "http://localhost:8501/own_net?net=x"
    assert starting.how_to_see(url, {}) == f"Your net: {url}"
    said = starting.how_to_see(url, {"SSH_CONNECTION": "10.0.0.7 51234 10.0.0.9 2222"})
    assert "ssh -N -L 8501:localhost:8501 -p 2222 " in said
    assert "@10.0.0.9`" in said
    assert (
        "-p"
        not in starting.how_to_see(url, {"SSH_CONNECTION": "10.0.0.7 51234 10.0.0.9 22"}).split("8501:")[1]
    )


def test_the_last_step_is_on_screen_where_it_was_not_measured(nets):
    model, optimizer, x = made()
    with viz.watch(model, optimizer, every=4) as lab:
        train(model, optimizer, x, steps=7)
    [net] = nets.runs.values()
    until(lambda: not net.is_live)
    *_, before, last = (wire.decode(data) for data in net.ring.after(-1))
    assert (last["step"], last["loss"]) == (7, lab.last_loss)
    assert (before["step"], before["loss"]) == (5, lab.history["loss"][-1])
    assert last["stats"]["gradient_rms_log10"].tolist() == before["stats"]["gradient_rms_log10"].tolist()
    assert net.state["reason"] == (
        "The watching ended after step 7: 2 of its steps were measured and are kept here. "
        "What the layers did in the others is not known; every=1 measures each. "
        "Of the last one there is the loss, beside the layers as they were at step 5."
    )


def test_that_an_optimizer_is_another_net_s_is_said_on_the_page(nets, capsys):
    model, _, x = made()
    _, others, _ = made()
    lab = viz.watch(model, others)
    assert capsys.readouterr().err.startswith("Your net: SGD holds no parameter of Sequential")
    with lab:
        train(model, others, x)
    [net] = nets.runs.values()
    until(lambda: not net.is_live)
    assert net.state["reason"] == (
        "The watching ended after step 5, and nothing of the net was trained: SGD holds no parameter of Sequential, "
        "and no step of its moves one: give the optimizer that trains it"
    )
    [found, *_] = net.messages()[2]["findings"]
    assert found["words"].startswith("not in the optimizer: SGD holds no parameter of the net")
    assert net.worst == "not in the optimizer"


def test_a_loss_that_became_nan_behind_the_last_measured_step_is_on_the_page(nets):
    model, optimizer, x = made()
    with viz.watch(model, optimizer, every=100):
        train(model, optimizer, x)
        model[0][0].weight.data.fill_(torch.nan)
        train(model, optimizer, x)
    [net] = nets.runs.values()
    until(lambda: not net.is_live)
    assert (net.worst, net.messages()[2]["findings"][0]["began"]) == ("diverged", 6)
