"""The browser's half: the JavaScript modules of this folder, compressed once, by name."""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

FOLDER = Path(__file__).parent
NAMES = frozenset(path.name for path in FOLDER.glob("*.js"))


class Asset(NamedTuple):
    body: bytes
    compressed: bytes
    etag: str


def asset(name: str) -> Asset | None:
    """A module of this folder; None for any other name."""
    if name not in NAMES:
        return None
    path = FOLDER / name
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> Asset:
    body = path.read_bytes()
    return Asset(body, gzip.compress(body, 9, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:16]}"')
