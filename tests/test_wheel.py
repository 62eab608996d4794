"""What people install: the wheel, in an environment and a folder that know nothing of this checkout."""

import ast
import json
import os
import re
import shutil
import site
import socket
import subprocess
import sys
import time
import urllib.request
import zipfile
from contextlib import contextmanager
from pathlib import Path
from textwrap import dedent

import pytest
from streamlit.proto.BackMsg_pb2 import BackMsg
from streamlit.proto.ForwardMsg_pb2 import ForwardMsg
from websockets.sync.client import connect

import engine
from viz.wire import frame
from viz.wire.channel import LENGTH

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
WITHIN = 600  # seconds, on a machine that is busy and has no kernel compiled
OURS = {"app", "engine", "viz"}
LEFT_OVER = re.compile(r"(?<![\w.])(?:engine|viz)\.[a-z_]\w*|-m (?:engine|viz)\b")
LOADS_EVERYTHING = """
import pkgutil, sys
import gradient_flow_lab
for module in pkgutil.walk_packages(gradient_flow_lab.__path__, "gradient_flow_lab."):
    if not module.name.endswith("__main__"):
        __import__(module.name)
        print(module.name)
"""


def uv(*arguments):
    command = os.environ.get("UV") or shutil.which("uv")
    if command is None:
        pytest.skip("there is no uv to build a wheel with")
    subprocess.run([command, "--quiet", *arguments], check=True, timeout=WITHIN)


@pytest.fixture(scope="module")
def wheel(tmp_path_factory):
    """Built as it is published: from the source distribution."""
    built = tmp_path_factory.mktemp("dist")
    uv("build", "--out-dir", built, ROOT)
    return next(built.glob("*.whl"))


@pytest.fixture(scope="module")
def scripts(wheel, tmp_path_factory):
    """The commands of a fresh environment with the wheel, where only the libraries are those of the tests."""
    home = tmp_path_factory.mktemp("environment")
    uv("venv", "--python", sys.executable, home)
    [packages] = [path for path in home.rglob("site-packages") if path.is_dir()]
    (packages / "libraries.pth").write_text("\n".join(site.getsitepackages()))
    uv("pip", "install", "--offline", "--no-deps", "--python", home, wheel)
    return home / ("Scripts" if os.name == "nt" else "bin")


@pytest.fixture
def elsewhere(tmp_path):
    """A folder of somebody's own, whose files have our names."""
    (tmp_path / "viz").mkdir()
    for name in ("engine.py", "app.py", "viz/__init__.py"):
        (tmp_path / name).write_text(f"raise ImportError('{name} is not the lab\\'s')\n")
    return tmp_path


def run(scripts, elsewhere, code):
    """What a script prints that is started in the folder."""
    (elsewhere / "script.py").write_text(code)
    command = [scripts / "python", "script.py"]
    done = subprocess.run(command, cwd=elsewhere, env=alone(), capture_output=True, text=True, timeout=WITHIN)
    assert done.returncode == 0, done.stderr
    return done.stdout


def alone():
    """The environment without what would lead Python to the checkout."""
    return {name: value for name, value in os.environ.items() if name not in ("PYTHONPATH", "VIRTUAL_ENV")}


def left_over(source):
    """The names of the checkout's modules that a module of the wheel still says."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names if alias.name.split(".")[0] in OURS)
        elif isinstance(node, ast.ImportFrom) and node.module.split(".")[0] in OURS:
            yield node.module
        elif isinstance(node, ast.Constant) and isinstance(node.value, str):
            yield from LEFT_OVER.findall(node.value)


def test_no_module_of_the_wheel_says_a_name_of_the_checkout(wheel):
    with zipfile.ZipFile(wheel) as archive:
        sources = {name: archive.read(name).decode() for name in archive.namelist() if name.endswith(".py")}
    assert {name.split("/")[0] for name in sources} == {"gradient_flow_lab"}
    assert len(sources) == 2 + len([path for part in ("engine", "viz", "") for path in sources_of(part)])
    assert {name: found for name, text in sources.items() if (found := list(left_over(text)))} == {}


def test_type_checkers_are_told_that_its_types_are_meant(wheel):
    with zipfile.ZipFile(wheel) as archive:
        assert "gradient_flow_lab/py.typed" in archive.namelist()
    assert all((ROOT / package / "py.typed").exists() for package in ("engine", "viz"))


def sources_of(part):
    return [ROOT / "app.py"] if not part else (ROOT / part).rglob("*.py")


@pytest.mark.parametrize(
    "source",
    [
        "import viz",
        "from engine.probe import Probe",
        "def late():\n    from app import app",
        "HOMES = {'Trainer': 'engine.trainer'}",
        "start(f'viz.pages.{name}')",
        "'''Started with `python -m viz`.'''",
        "def f():\n    '''As engine.probe measures it.'''",
    ],
)
def test_a_name_that_is_left_over_is_found(source):
    assert list(left_over(source))


def test_what_only_sounds_like_one_is_not():
    assert not list(
        left_over("import gradient_flow_lab.viz as viz\nengine = 'an engine. Then'\nengine.start()")
    )


@pytest.mark.long
def test_a_script_beside_files_of_our_names_trains_with_the_engines_names(scripts, elsewhere):
    code = """
        import gradient_flow_lab as lab
        from gradient_flow_lab import RunSpec, Trainer

        print(*dir(lab), hasattr(lab, "nothing"), repr(Trainer(RunSpec()).step().loss))
    """
    *names, nothing, loss = run(scripts, elsewhere, dedent(code)).split()
    assert set(names) >= set(engine.__all__)
    assert nothing == "False"
    assert loss == repr(engine.Trainer(engine.RunSpec()).step().loss)


@pytest.mark.long
def test_every_module_loads_beside_files_of_our_names(scripts, elsewhere):
    loaded = run(scripts, elsewhere, LOADS_EVERYTHING).split()
    assert {"gradient_flow_lab.app", "gradient_flow_lab.viz.main"} < set(loaded)


@contextmanager
def serving(scripts, elsewhere):
    """The port of the app that the installed command started."""
    with socket.create_server(("localhost", 0)) as free:
        port = free.getsockname()[1]
    command = [scripts / "gradient-flow-lab", "--no-browser", "--port", str(port)]
    log = elsewhere / "log"
    with log.open("w") as said:
        server = subprocess.Popen(command, cwd=elsewhere, env=alone(), stdout=said, stderr=said)
    try:
        wait_for(port)
        yield port
    finally:
        server.terminate()
        server.wait(WITHIN)
    assert "Traceback" not in log.read_text()


@pytest.mark.long
def test_the_command_serves_the_app_and_frames_arrive(scripts, elsewhere, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(elsewhere / "cache"))  # where apps and scripts meet
    with serving(scripts, elsewhere) as port:
        theme, token = visit(port)
        assert theme == "#1c2430"  # the configuration came along
        assert play(port, token)["layers"] == 2

        (elsewhere / "engine.py").write_text(dedent(OWN_ENGINE))
        url = run(scripts, elsewhere, dedent(WATCHED)).strip()
        assert url.startswith(f"http://localhost:{port}/own_net?net=")
        frames = list(frames_of(port, url.partition("=")[2]))
        assert [each["step"] for each in frames] == list(range(1, 13))
        assert {each["layers"] for each in frames} == {2}


OWN_ENGINE = """
    import torch

    def train_one_epoch(model, optimizer):
        for _ in range(12):
            optimizer.zero_grad()
            model(torch.ones(8, 4)).square().mean().backward()
            optimizer.step()
"""
WATCHED = """
    import time

    import torch
    from engine import train_one_epoch
    from gradient_flow_lab import watch
    from torch import nn

    model = nn.Sequential(nn.Linear(4, 8), nn.Tanh(), nn.Linear(8, 2))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with watch(model, optimizer, every=1) as lab:
        while not lab.url:
            time.sleep(0.01)
        train_one_epoch(model, optimizer)
    print(lab.url)
"""


def frames_of(port, token):
    """The frames that the app holds of a watched net, oldest first."""
    with urllib.request.urlopen(
        f"http://localhost:{port}/nets/frames/{token}?after=-1", timeout=60
    ) as answer:
        body = answer.read()
    parts = []
    while body:
        (length,) = LENGTH.unpack_from(body)
        parts.append(body[LENGTH.size : LENGTH.size + length])
        body = body[LENGTH.size + length :]
    _, *frames = parts  # what was said of it comes first
    yield from map(frame.decode, frames)


def wait_for(port):
    end = time.monotonic() + WITHIN
    while True:
        try:
            return urllib.request.urlopen(f"http://localhost:{port}/_stcore/health", timeout=5).close()
        except OSError:
            assert time.monotonic() < end
            time.sleep(0.2)


def visit(port):
    """Open the first page as a browser does: (the primary color of its light theme, the token of its run)."""
    address = f"ws://localhost:{port}/_stcore/stream"
    origin = f"http://localhost:{port}"
    with connect(address, subprotocols=["streamlit"], origin=origin, max_size=None) as page:
        hello = BackMsg()
        hello.rerun_script.query_string = "hidden=8"
        page.send(hello.SerializeToString())
        while True:
            said = page.recv(timeout=WITHIN)
            message = ForwardMsg.FromString(said)
            if message.HasField("new_session"):
                theme = message.new_session.custom_theme.light.primary_color
            if token := re.search(rb'"token": ?"([\w-]+)"', said):
                return theme, token[1].decode()


def play(port, token):
    """The first frame after a step of a run that is played as soon as it can be."""
    address = f"ws://localhost:{port}/live/stream/{token}"
    with connect(address, origin=f"http://localhost:{port}") as viewer:
        while True:
            said = viewer.recv(timeout=WITHIN)
            if isinstance(said, bytes) and (seen := frame.decode(said))["step"] > 0:
                return seen
            if isinstance(said, str) and json.loads(said).get("state") == "paused":
                viewer.send('{"do": "play"}')
