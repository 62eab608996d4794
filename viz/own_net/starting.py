"""The app, started by a script where none runs, and the line that says where it is seen."""

import contextlib
import getpass
import os
import subprocess
import sys
import time
from collections.abc import Iterator, Mapping
from typing import Any
from urllib.parse import urlsplit

from viz.server import meeting
from viz.server.process import ROOT

COMMAND = (sys.executable, "-m", "viz.__main__", "--no-browser")
FRESH = 60.0  # seconds in which another script's start of the app counts


def start() -> str:
    """Start the app, which outlives the script; what there is to say about it."""
    try:
        with _alone() as is_first:
            if not is_first:
                return "Your net: the app starts…"
            return f"Your net: no app runs here, one starts (it stays; `kill {_started()}` ends it)…"
    except OSError as error:
        return f"Your net: the app could not be started ({error.strerror}); `gradient-flow-lab` starts it."


def _started() -> int:
    paths = [str(ROOT), *filter(None, [os.environ.get("PYTHONPATH")])]
    # a safe path does not begin with the folder the script was started in, whose files may have our names
    ours = {"PYTHONPATH": os.pathsep.join(paths), "PYTHONSAFEPATH": "1"}
    log = os.open(meeting.folder() / "app.log", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
    with os.fdopen(log, "wb") as said:
        app = subprocess.Popen(
            COMMAND,
            stdin=subprocess.DEVNULL,
            stdout=said,
            stderr=said,
            env=os.environ | ours,
            start_new_session=True,
            cwd=ROOT,
        )
    return app.pid


@contextlib.contextmanager
def _alone() -> Iterator[bool]:
    """Whether nobody else began to start it within the last minute."""
    mark = meeting.folder() / "starting"
    with contextlib.suppress(OSError):
        if time.time() - mark.stat().st_mtime > FRESH:
            mark.unlink()
    try:
        os.close(os.open(mark, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600))
    except FileExistsError:
        yield False
        return
    yield True


def how_to_see(url: str, environment: Mapping[str, str] = os.environ) -> str:
    """The line with the link; over ssh, what forwards the app's port to the machine in front of the person."""
    port = urlsplit(url).port
    if "SSH_CONNECTION" not in environment or port is None:
        return f"Your net: {url}"
    _, _, here, door = environment["SSH_CONNECTION"].split()[:4]
    way = "" if door == "22" else f" -p {door}"
    tunnel = f"ssh -N -L {port}:localhost:{port}{way} {getpass.getuser()}@{here}"
    return f"Your net: {url}\n(you are here over ssh: on your own machine run `{tunnel}` first, then open the link)"


def which_app(welcome: Mapping[str, Any], apps: int) -> str:
    """Which app that is, where somebody may think of another: one of several, or one that runs from another folder."""
    process, folder = welcome.get("process"), welcome.get("folder")
    if process is None or (apps < 2 and folder == str(ROOT)):
        return ""
    one = f"of {apps} apps that run here it is in" if apps > 1 else "in the app that ran here before:"
    return f"\n({one} process {process}, from {folder})"
