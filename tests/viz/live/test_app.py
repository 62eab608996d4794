"""`streamlit run app.py`, as a person starts it."""

import os
import signal
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from pathlib import Path

import pytest
from websockets.exceptions import ConnectionClosed
from websockets.sync.client import connect

from viz.server.tokens import new_token

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[3]
WITHIN = 120


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="a signal cannot be sent to one process group only")
def test_the_server_starts_below_a_base_path_and_leaves_nothing_behind(tmp_path):
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    command = [sys.executable, "-m", "streamlit", "run", "app.py"]
    options = ["--server.port", str(port), "--server.baseUrlPath", "lab"]
    log = tmp_path / "log"
    temporary = tmp_path / "temporary"
    temporary.mkdir()
    with (
        log.open("w") as written,
        subprocess.Popen(
            command + options,
            cwd=ROOT,
            env=os.environ | {"TMPDIR": str(temporary)},
            stdout=written,
            stderr=written,
        ) as server,
    ):
        try:
            wait_for(lambda: is_up(f"http://localhost:{port}/lab/_stcore/health"))
            assert is_up(f"http://localhost:{port}/lab/modules/now/wire/frame.js")
            token = new_token()
            address = f"ws://localhost:{port}/lab/live/stream/{token}"
            with (
                connect(address, origin=f"http://localhost:{port}") as viewer,
                pytest.raises(ConnectionClosed, match=r"4404 .*\b\d+\b"),
            ):
                viewer.recv(timeout=WITHIN)
        finally:
            server.send_signal(signal.SIGINT)
        server.wait(WITHIN)
    wait_for(lambda: not list(temporary.glob("gradient-flow-*")))
    assert "Traceback" not in log.read_text()
    assert token not in log.read_text()


def is_up(url):
    try:
        with urllib.request.urlopen(url, timeout=5) as answer:
            return answer.status == 200
    except OSError:
        return False


def wait_for(condition):
    end = time.monotonic() + WITHIN
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
