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
    assert "trained --rate 0.5" in capsys.readouterr().out
    net = over(nets)
    hello, state, _ = net.messages()
    assert (net.name, [row["name"] for row in hello["rows"]], net.ring.newest_step) == (
        "mine",
        ["0.0", "1"],
        5,
    )
    assert state["reason"].startswith("The watching ended after step 5")


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


def test_a_script_that_is_not_there_is_refused_with_the_nearest(nets, at, capsys):
    path = at("")
    with pytest.raises(SystemExit):
        script.main([path.replace("train.py", "trian.py")])
    assert f"trian.py is no file; did you mean {path}?" in capsys.readouterr().err
