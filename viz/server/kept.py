"""The one host of each kind that a server has."""

import atexit
import sys
import threading
from collections.abc import Callable
from typing import Protocol, TypeVar


class Closable(Protocol):
    closed: threading.Event

    def close(self) -> None: ...


Host = TypeVar("Host", bound=Closable)
_LOCK = threading.Lock()


def kept(name: str, make: Callable[[], Host]) -> Host:
    """The one of this name, made when there is none or the one before was closed.

    Kept in `sys`: Streamlit's file watcher drops edited modules, and would drop what they hold.
    """
    place = f"_gradient_flow_{name}"
    with _LOCK:
        host = getattr(sys, place, None)
        if host is None or host.closed.is_set():
            host = make()
            setattr(sys, place, host)
            atexit.register(host.close)
        return host
