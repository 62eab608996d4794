"""`python -m viz watch train.py` runs a script as Python would, and watches what it trains."""

import sys
import time
from textwrap import dedent

import pytest
from torch.nn.modules import module as torch_module
from torch.optim import optimizer as torch_optimizer

from viz.nets.host import Nets
from viz.nets.listener import Door
from viz.own_net import script

WITHIN = 20.0
TRAINS = """
    import sys, torch
    from torch import nn
    from beside import layer

    assert __name__ == "__main__"
    model = nn.ModuleDict({"trunk": nn.Sequential(layer(4), nn.ReLU()), "head": layer(4)})
    wrapped = nn.Sequential(model["trunk"], model["head"])
    optimizer = torch.optim.SGD(wrapped.parameters(), 0.1)
    loss_of = nn.CrossEntropyLoss()
    for _ in range(6):
        optimizer.zero_grad()
        loss_of(wrapped(torch.ones(3, 4)), torch.zeros(3, dtype=torch.long)).backward()
        optimizer.step()
    print("trained", *sys.argv[1:])
"""
SICK = """
    import torch
    from torch import nn

    torch.manual_seed(0)
    model = nn.Sequential(*[nn.Sequential(nn.Linear(32, 32), nn.Sigmoid()) for _ in range(8)])
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    for _ in range(60):
        optimizer.zero_grad()
        nn.functional.cross_entropy(model(torch.randn(64, 32)), torch.randint(0, 32, (64,))).backward()
        optimizer.step()
"""


@pytest.fixture
def nets(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    nets = Nets()
    door = Door(nets, lambda: "http://localhost:8501/")
    door.open()
    yield nets
    door.close()
    assert not torch_module._global_forward_pre_hooks
    assert not torch_optimizer._global_optimizer_post_hooks


@pytest.fixture
def at(tmp_path, monkeypatch):
    """Writes a script, with a module beside it; what Python keeps of scripts is put back afterwards."""
    monkeypatch.setattr(sys, "argv", list(sys.argv))
    monkeypatch.setattr(sys, "path", list(sys.path))
    monkeypatch.delitem(sys.modules, "beside", raising=False)
    (tmp_path / "beside.py").write_text("from torch import nn\ndef layer(n): return nn.Linear(n, n)\n")

    def write(code):
        (tmp_path / "train.py").write_text(dedent(code))
        return str(tmp_path / "train.py")

    yield write
    sys.modules.pop("beside", None)


def over(nets):
    end = time.monotonic() + WITHIN
    while not (nets.runs and not any(net.is_live for net in nets.runs.values())):
        assert time.monotonic() < end
        time.sleep(0.01)
    [net] = nets.runs.values()
    return net


def test_the_outermost_module_is_watched_and_the_script_has_its_arguments(nets, at, capsys):
    script.main(["--every", "1", "--name", "mine", at(TRAINS), "--rate", "0.5"])
    out, err = capsys.readouterr()
    assert "trained --rate 0.5" in out
    assert err.endswith("Your net: nothing wrong was found up to step 5.\n")
    net = over(nets)
    hello, state, _ = net.messages()
    assert (net.name, [row["name"] for row in hello["rows"]], net.ring.newest_step) == (
        "mine",
        ["0.0", "1"],
        5,
    )
    assert state["reason"].startswith("The watching ended after step 5")


def test_what_was_found_is_printed_at_the_end(nets, at, capsys):
    script.main(["--every", "1", at(SICK)])
    *_, found = capsys.readouterr().err.split("Your net: ")
    assert found.startswith("vanishing: ")
    assert "\nNormalize what enters each activation" in found
    assert '\nfor path in ("0.0", "1.0", "2.0", "3.0", "4.0", "5.0", "6.0"):\n' in found


def test_what_is_not_known_of_steps_that_were_not_measured_is_printed_too(nets, at, capsys):
    script.main(["--every", "100", at(TRAINS)])
    said = "nothing wrong was found up to step 5. Of its 5 steps 1 was measured, the last of them step 1, and 5 losses"
    assert said in capsys.readouterr().err


def test_its_error_and_its_exit_status_are_its_own(nets, at):
    with pytest.raises(ZeroDivisionError):
        script.main([at(TRAINS + "    1 / 0\n")])
    assert (
        over(nets).state["reason"] == "The script ended with ZeroDivisionError after step 5: division by zero"
    )
    with pytest.raises(SystemExit) as ended:
        script.main([at("raise SystemExit(3)")])
    assert ended.value.code == 3


def test_a_script_that_trains_nothing_is_said_so(nets, at, capsys):
    script.main([at("print('nothing')")])
    assert capsys.readouterr().err == "Your net: this script trained no module that ran within it.\n"


def test_an_error_is_shown_from_the_script_s_own_frame_on(nets, at, capsys, monkeypatch):
    monkeypatch.setattr(sys, "excepthook", sys.__excepthook__)
    path = at("def breaks():\n    1 / 0\nbreaks()")
    with pytest.raises(ZeroDivisionError) as raised:
        script.main([path])
    capsys.readouterr()
    sys.excepthook(raised.type, raised.value, raised.tb)
    first, where, *_ = capsys.readouterr().err.splitlines()
    assert (first, where) == (
        "Traceback (most recent call last):",
        f'  File "{path}", line 3, in <module>',
    )


def test_a_call_without_a_script_misses_nothing_else(capsys):
    with pytest.raises(SystemExit):
        script.main([])
    assert capsys.readouterr().err.endswith("the following arguments are required: script\n")


def test_a_script_that_is_not_there_is_refused_with_the_nearest(nets, at, capsys):
    path = at("")
    with pytest.raises(SystemExit):
        script.main([path.replace("train.py", "trian.py")])
    assert f"trian.py is no file; did you mean {path}?" in capsys.readouterr().err
    with pytest.raises(SystemExit):
        script.main([path.replace("train.py", "ai.py")])
    assert capsys.readouterr().err.endswith("ai.py is no file\n")
