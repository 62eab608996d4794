"""nginx before a server of ours, by the very configuration that docs/ offers."""

import os
import shutil
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

OFFERED = Path(__file__).parents[1] / "docs" / "nginx.conf"
WITHIN = 60.0  # seconds until it listens, on a busy machine
AROUND = """
    worker_processes 1; daemon off; pid {folder}/pid; error_log {folder}/error.log;
    events {{ worker_connections 256; }}
    http {{
        access_log off;
        client_body_temp_path {folder}/body; proxy_temp_path {folder}/proxy; fastcgi_temp_path {folder}/fastcgi;
        uwsgi_temp_path {folder}/uwsgi; scgi_temp_path {folder}/scgi;
        include {folder}/lab.conf;
    }}
"""


def program() -> str:
    """Where nginx is. Where there is none the test is skipped and says so; on Linux it fails with CI=true."""
    path = shutil.which("nginx", path=f"{os.environ['PATH']}{os.pathsep}/usr/sbin")
    if path is None:
        reason = "no nginx on PATH or in /usr/sbin"
        if os.environ.get("CI") == "true" and sys.platform == "linux":
            pytest.fail(reason)
        pytest.skip(reason)
    return path


@contextmanager
def before(inside: int, folder: Path) -> Iterator[int]:
    """The port on which nginx answers for the server that listens on the port `inside`; both are the only change."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    configuration = OFFERED.read_text()
    for told, needed in {"listen 80;": f"listen 127.0.0.1:{port};", ":8501;": f":{inside};"}.items():
        assert configuration.count(told) == 1
        configuration = configuration.replace(told, needed)
    (folder / "lab.conf").write_text(configuration)
    (folder / "nginx.conf").write_text(AROUND.format(folder=folder))
    command = [program(), "-e", folder / "error.log", "-c", folder / "nginx.conf"]
    with subprocess.Popen(command) as proxy:
        try:
            end = time.monotonic() + WITHIN
            while True:
                try:
                    socket.create_connection(("127.0.0.1", port), timeout=1).close()
                    break
                except OSError:
                    assert proxy.poll() is None, (folder / "error.log").read_text()
                    assert time.monotonic() < end
                    time.sleep(0.05)
            yield port
        finally:
            proxy.terminate()
