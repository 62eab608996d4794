"""The race's JavaScript modules, and those it shares with the live view, under one version.

The addresses mirror the folders (race/race.js, live/dom.js), so a relative import means the same file in the
browser and on disk; the version in front lets a browser keep them all.
"""

from hashlib import blake2b
from pathlib import Path

from viz.live import assets as live_assets
from viz.live.assets import Asset

FOLDERS = {"race": Path(__file__).parent, "live": live_assets.FOLDER}


def asset(folder: str, name: str) -> Asset | None:
    """A module of one of the two folders; None for any other name."""
    if folder not in FOLDERS:
        return None
    return live_assets.asset(name, FOLDERS[folder])


def version() -> str:
    """A hash over all modules: it changes when any of them does."""
    digest = blake2b(digest_size=8)
    for folder, path in FOLDERS.items():
        for module in sorted(path.glob("*.js")):
            digest.update(f"{folder}/{module.name}\0".encode() + module.read_bytes())
    return digest.hexdigest()


VERSION = version()
