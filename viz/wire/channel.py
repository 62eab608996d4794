"""What host and engine process say to each other: a JSON header, then bytes. Nothing is unpickled."""

import json
import struct
from multiprocessing.connection import Connection
from typing import Any

LENGTH = struct.Struct("<I")


def pack(header: dict[str, Any], body: bytes = b"") -> bytes:
    """One message as bytes."""
    text = json.dumps(header, separators=(",", ":")).encode()
    return LENGTH.pack(len(text)) + text + body


def unpack(message: bytes) -> tuple[dict[str, Any], bytes]:
    """The header and the body of a packed message."""
    (length,) = LENGTH.unpack_from(message)
    end = LENGTH.size + length
    return json.loads(message[LENGTH.size : end]), message[end:]


def send(connection: Connection, header: dict[str, Any], body: bytes = b"") -> None:
    """Send one message; OSError when the other end is gone."""
    connection.send_bytes(pack(header, body))


def receive(connection: Connection) -> tuple[dict[str, Any], bytes]:
    """The next message; EOFError or OSError when the other end is gone."""
    return unpack(connection.recv_bytes())
