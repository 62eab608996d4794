"""The command that starts the app: what it takes, what it refuses, and what it opens."""

import os
import shlex
import signal
import socket
import subprocess
import sys
import time
from contextlib import contextmanager

import pytest

from viz.server import command

WITHIN = 600


@contextmanager
def taken():
    """A port of this machine that somebody listens at."""
    with socket.create_server(("localhost", 0)) as somebody:
        yield somebody.getsockname()[1]


def refused(capsys, *given):
    """The last line that a person reads who started the command so; it never starts."""
    with pytest.raises(SystemExit) as ended:
        command.main(given)
    assert ended.value.code == 2
    return capsys.readouterr().err.splitlines()[-1]


@pytest.mark.parametrize("given", ["0", "65536", "-1", "80.5", "http"])
def test_what_is_no_port_is_refused(capsys, given):
    assert refused(capsys, f"--port={given}") == (
        f"gradient-flow-lab: error: argument --port: {given!r} is no port; a port is a whole number from 1 to 65535"
    )


def test_a_port_that_is_taken_is_refused_with_one_that_is_free(capsys):
    with taken() as port:
        said = refused(capsys, "--port", str(port))
        free = int(said.split("; ")[1].removesuffix(" is free"))
        socket.create_server(("localhost", free)).close()
    assert said.startswith(f"gradient-flow-lab: error: argument --port: {port} is another program's; ")


def test_without_a_port_the_first_that_is_free_is_taken():
    with taken() as port:
        free = command._first_free("localhost", port)
        assert free > port
        socket.create_server(("localhost", free)).close()


@pytest.mark.parametrize(
    ("given", "meant"),
    [
        ("203.0.113.7", ""),
        ("no-such-machine.invalid", ""),
        ("localhsot", "; did you mean localhost?"),
        ("0.0.0.0.0", "; did you mean 0.0.0.0?"),
        ("a..b", ""),
    ],
)
def test_an_address_of_another_machine_is_refused(capsys, given, meant):
    assert refused(capsys, "--address", given, "--port", "8501") == (
        f"gradient-flow-lab: error: argument --address: {given!r} is no address of this machine; allowed: localhost "
        f"(this machine only), 0.0.0.0 (everybody who can reach it) or one of its own addresses{meant}"
    )


def test_the_environment_names_address_and_port_as_it_does_for_streamlit(monkeypatch):
    monkeypatch.setenv("STREAMLIT_SERVER_ADDRESS", "0.0.0.0")
    monkeypatch.setenv("STREAMLIT_SERVER_PORT", "8600")
    asked = command._parser().parse_args([])
    assert (asked.address, asked.port, asked.browser) == ("0.0.0.0", 8600, True)
    asked = command._parser().parse_args(["--address", "::1", "--port", "8700", "--no-browser"])
    assert (asked.address, asked.port, asked.browser) == ("::1", 8700, False)


@pytest.mark.long
@pytest.mark.skipif(os.name == "nt", reason="a signal cannot be sent to one process group only")
@pytest.mark.parametrize("options", [[], ["--no-browser"]])
def test_the_browser_is_opened_unless_nobody_wants_it(tmp_path, options):
    with taken() as port:
        pass
    opened = tmp_path / "opened"
    browser = f"{shlex.quote(sys.executable)} -c 'import sys; open(sys.argv[2], \"w\").write(sys.argv[1])' %s {opened}"
    environment = {"BROWSER": browser, "DISPLAY": ":0"}
    start = [sys.executable, "-m", "viz", "--port", str(port), *options]
    with subprocess.Popen(start, env=os.environ | environment) as server:
        try:
            wait_for(lambda: answers(port))
            wait_for(lambda: opened.exists() and opened.read_text()) if not options else time.sleep(2)
        finally:
            server.send_signal(signal.SIGINT)
    assert [path.read_text() for path in tmp_path.iterdir()] == [f"http://localhost:{port}/"] * (not options)


def answers(port):
    try:
        socket.create_connection(("localhost", port), timeout=1).close()
    except OSError:
        return False
    return True


def wait_for(condition):
    end = time.monotonic() + WITHIN
    while not condition():
        assert time.monotonic() < end
        time.sleep(0.1)
