"""The other end of viz/server/process.py: how each process of the server begins, and ends with the server."""

import gc
import json
import os
import shutil
import sys
import traceback
from collections.abc import Callable
from multiprocessing.connection import Client, Connection
from pathlib import Path

import torch


def settle() -> None:
    """What is here by now stays; from now on what is let go is looked for, and only among what is new."""
    gc.freeze()
    gc.enable()


def run(work: Callable[[Connection, Path], None], niceness: int) -> None:
    """Read an address, a key and a folder from standard input, connect, and work until the server is gone."""
    told = sys.stdin.readline()
    if not told:
        return  # the server ended before it came to this process
    start = json.loads(told)
    folder = Path(start["folder"])
    torch.set_num_threads(1)
    if hasattr(os, "nice"):
        os.nice(niceness)
    try:
        with Client(start["address"], authkey=bytes.fromhex(start["key"])) as connection:
            work(connection, folder)
    except (EOFError, OSError, KeyboardInterrupt):
        # The server is gone, perhaps without a last word, and a download may hang in its thread.
        shutil.rmtree(folder, ignore_errors=True)
        os._exit(0)
    except BaseException:
        traceback.print_exc()
        os._exit(1)
