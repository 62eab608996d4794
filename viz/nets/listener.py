"""The door for scripts: whoever knows the key of this app may show a net here."""

import contextlib
import logging
import os
import threading
from collections.abc import Callable
from multiprocessing import AuthenticationError
from multiprocessing.connection import Connection, Listener, answer_challenge, deliver_challenge
from typing import Any

from viz.nets.host import Net, Nets
from viz.server import meeting
from viz.server.bounds import FullError
from viz.server.process import ROOT
from viz.wire import channel

LONGEST = 8_000_000  # bytes of one message

logger = logging.getLogger(__name__)


class Door:
    """Listens in a thread of its own, and hears every script in one; `url()` is where this app is seen."""

    def __init__(self, nets: Nets, url: Callable[[], str]) -> None:
        self.nets, self.url = nets, url
        self.place: meeting.Place | None = None
        self._listener: Listener | None = None
        self._closed = threading.Event()

    def open(self) -> None:
        """Begin to listen. Where this user has no folder to say so in, no script comes, and the log says why."""
        try:
            self._listener, self.place = meeting.listen()
        except OSError as error:
            logger.warning("scripts cannot show their nets here: %s", error)
            return
        threading.Thread(target=self._let_in, name="door", daemon=True).start()

    def close(self) -> None:
        """No script comes any more."""
        self._closed.set()
        if self.place:
            meeting.forget(self.place)
        if self._listener:
            with contextlib.suppress(OSError):
                self._listener.close()

    def _let_in(self) -> None:
        assert self._listener
        while not self._closed.is_set():
            try:
                connection = self._listener.accept()
            except OSError:
                if self._closed.wait(0.1):
                    return
                continue
            threading.Thread(target=self._hear, args=(connection,), name="script", daemon=True).start()

    def _hear(self, connection: Connection) -> None:
        """One script from its greeting on; what it says wrong ends its own connection alone."""
        assert self.place
        net: Net | None = None
        arrival = 0
        try:
            with connection:
                deliver_challenge(connection, self.place.key)
                answer_challenge(connection, self.place.key)
                header, _ = self._next(connection)
                net = self.nets.arrive(str(header.get("token")), header)
                arrival = net.arrivals
                here = {"process": os.getpid(), "folder": str(ROOT)}
                channel.send(connection, {"say": "welcome", "url": self.url(), **here})
                while not self._closed.is_set():
                    self.nets.hear(net, *self._next(connection))
        except (EOFError, OSError, AuthenticationError):
            pass
        except (FullError, ValueError, KeyError, TypeError) as error:
            logger.warning("a script said what cannot be shown: %s", error)
        finally:
            if net:
                self.nets.cut_off(net, arrival)

    @staticmethod
    def _next(connection: Connection) -> tuple[dict[str, Any], bytes]:
        return channel.unpack(connection.recv_bytes(LONGEST))
