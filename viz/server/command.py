"""The command line: start the app as `streamlit run` would, and open it in the browser."""

import argparse
import errno
import os
import runpy
import socket
import sys
import threading
import time
import webbrowser
from collections.abc import Sequence
from difflib import get_close_matches
from pathlib import Path

APP = Path(__file__).parents[2] / "app.py"  # Streamlit reads the configuration in the folder beside it
ADDRESS, PORT, LAST_PORT = "localhost", 8501, 65535
EVERYWHERE = ("0.0.0.0", "::")
TAKEN = (errno.EADDRINUSE, errno.EACCES)
ADDRESSES = f"{ADDRESS} (this machine only), 0.0.0.0 (everybody who can reach it) or one of its own addresses"


def main(given: Sequence[str] | None = None) -> None:
    """Serve the app until it is interrupted; whoever asks for what cannot be had is told so, with exit status 2."""
    parser = _parser()
    asked = parser.parse_args(given)
    port = asked.port or _first_free(asked.address, PORT)
    if reason := _refusal(asked.address, port):
        parser.error(reason)
    threading.Thread(target=_open_browser, args=(asked.address, port), daemon=True).start()
    sys.argv = ["streamlit", "run", str(APP), f"--server.address={asked.address}", f"--server.port={port}"]
    if not asked.browser:
        sys.argv.append("--server.headless=true")
    runpy.run_module("streamlit", run_name="__main__")


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gradient-flow-lab",
        description="Train a deep network in the browser and watch what flows through its layers.",
        epilog="Streamlit's other options are taken from the environment, as STREAMLIT_SERVER_BASE_URL_PATH.",
    )
    address = os.environ.get("STREAMLIT_SERVER_ADDRESS", ADDRESS)
    port = os.environ.get("STREAMLIT_SERVER_PORT")
    parser.add_argument("--address", default=address, help=f"where to listen: {ADDRESSES}; now {address}")
    parser.add_argument(
        "--port", type=_port, default=port, help=f"without it the first that is free from {PORT} on"
    )
    parser.add_argument("--no-browser", dest="browser", action="store_false", help="do not open the browser")
    return parser


def _port(text: str) -> int:
    if not text.isdecimal() or not 1 <= int(text) <= LAST_PORT:
        raise argparse.ArgumentTypeError(
            f"{text!r} is no port; a port is a whole number from 1 to {LAST_PORT}"
        )
    return int(text)


def _trouble(address: str, port: int) -> int | None:
    """The number of the error that a server would meet there; None where it can listen."""
    family = socket.AF_INET6 if ":" in address else socket.AF_INET
    try:
        socket.create_server((address, port), family=family).close()
    except OSError as error:
        return error.errno or errno.EADDRNOTAVAIL
    except UnicodeError:  # no name of a machine is written so
        return errno.EADDRNOTAVAIL
    return None


def _first_free(address: str, start: int) -> int:
    """The first port from `start` on that is not taken; `start` itself where none is left."""
    return next((port for port in range(start, LAST_PORT + 1) if _trouble(address, port) not in TAKEN), start)


def _refusal(address: str, port: int) -> str | None:
    """Why nothing can listen there, and what can; None when it can."""
    trouble = _trouble(address, port)
    if trouble is None:
        return None
    if trouble in TAKEN:
        why = "is another program's" if trouble == errno.EADDRINUSE else "needs an administrator's rights"
        return f"argument --port: {port} {why}; {_first_free(address, max(port + 1, PORT))} is free"
    near = get_close_matches(address, (ADDRESS, *EVERYWHERE), n=1)
    meant = f"; did you mean {near[0]}?" if near else ""
    return f"argument --address: {address!r} is no address of this machine; allowed: {ADDRESSES}{meant}"


def _open_browser(address: str, port: int) -> None:
    """Wait until the server answers, then show it, unless there is no screen or nobody wants it."""
    host = ADDRESS if address in EVERYWHERE else address
    while True:
        try:
            socket.create_connection((host, port), timeout=1).close()
            break
        except OSError:
            time.sleep(0.1)
    import streamlit as st  # the server has loaded it meanwhile; before it would hold up a refusal

    if not st.get_option("server.headless"):
        base = st.get_option("server.baseUrlPath").strip("/")
        webbrowser.open(f"http://{f'[{host}]' if ':' in host else host}:{port}/{base}")
