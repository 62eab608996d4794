"""The browser's half: all JavaScript of the canvas and of the wire, and what it says in other languages, compressed
once, under one version.

The addresses mirror the folders (canvas/run/visit.js, wire/frame.js), so that a relative import means the same file in
the browser and on disk; the version in front lets a browser keep them all until one of them changes.
"""

import gzip
import hashlib
from functools import lru_cache
from pathlib import Path
from typing import NamedTuple

from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route

VIZ = Path(__file__).parents[1]
FOLDERS = {"canvas": "js", "wire": "js", "words/catalogs": "json"}
KINDS = {".js": "text/javascript", ".json": "application/json"}
SPEECH = "canvas/language.js"
YEAR = "public, max-age=31536000, immutable"


class Asset(NamedTuple):
    body: bytes
    compressed: bytes
    etag: str


def names(root: Path = VIZ) -> list[str]:
    """Every module's path below `root`, in order."""
    paths = (path for folder, kind in FOLDERS.items() for path in (root / folder).rglob(f"*.{kind}"))
    return sorted(path.relative_to(root).as_posix() for path in paths)


def version(root: Path = VIZ) -> str:
    """A hash over all modules: it changes when any of them does."""
    digest = hashlib.blake2b(digest_size=8)
    for name in names(root):
        digest.update(name.encode() + b"\0" + (root / name).read_bytes())
    return digest.hexdigest()


VERSION = version()
_NAMES = frozenset(names())


def address(name: str, base: str = "") -> str:
    """Where a browser finds a module. base: the server's base path."""
    return f"{base}/modules/{VERSION}/{name}"


def asset(name: str) -> Asset | None:
    """A module by its path; None for any other name."""
    if name not in _NAMES:
        return None
    path = VIZ / name
    return _read(path, path.stat().st_mtime_ns)


@lru_cache(maxsize=256)
def _read(path: Path, changed: int) -> Asset:
    body = path.read_bytes()
    return Asset(body, gzip.compress(body, 9, mtime=0), f'"{hashlib.sha256(body).hexdigest()[:16]}"')


async def module(request: Request) -> Response:
    """A JavaScript module or a catalog; kept for a year under its own version, asked for again under any other."""
    found = asset(request.path_params["name"])
    if found is None:
        return PlainTextResponse("there is no such module", 404)
    headers = {
        "ETag": found.etag,
        "Cache-Control": YEAR if request.path_params["version"] == VERSION else "no-cache",
        "Vary": "Accept-Encoding",
        "X-Content-Type-Options": "nosniff",
    }
    if request.headers.get("if-none-match") == found.etag:
        return Response(status_code=304, headers=headers)
    body = found.body
    if "gzip" in request.headers.get("accept-encoding", ""):
        body, headers["Content-Encoding"] = found.compressed, "gzip"
    return Response(body, media_type=KINDS[Path(request.path_params["name"]).suffix], headers=headers)


def routes() -> list[Route]:
    """For `st.App(routes=...)`; also under any path before it: the server's baseUrlPath, or a proxy's prefix."""
    return [Route(f"{prefix}/modules/{{version}}/{{name:path}}", module) for prefix in ("", "/{base:path}")]
