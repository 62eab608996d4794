"""A shelf as one file, and back: a zip archive of what is kept, with what is known of it in shelf.json.

What comes back is a stranger's until it is read: all of it is checked before anything is kept.
"""

import io
import json
import math
import re
import zipfile
import zlib
from collections.abc import Mapping, Sequence
from dataclasses import asdict
from typing import Any

from viz.shelf.store import KINDS, MEGABYTE, MOST_BYTES, MOST_ITEMS, Item, Shelf, ShelfError, named

VERSION = 1  # of shelf.json; before it had one it was the list of the items alone
ABOUT = "shelf.json"
FILES = dict(zip(KINDS, ("replay.html", "comparison.csv", "race.html"), strict=True))
MOST_PACKED = MOST_BYTES + 16 * MEGABYTE  # a full shelf with its shelf.json
MOST_ABOUT, MOST_BODY, MOST_UNPACKED = 32 * MEGABYTE, 64 * MEGABYTE, 1024 * MEGABYTE
LONGEST = {"name": 1000, "caption": 10_000, "link": 20_000, "setting": 10_000}  # characters
MOST_SETTINGS, MOST_CURVES, MOST_POINTS = 1000, 100, 10_000
LATEST = 2.0**35  # seconds since 1970; beyond it a calendar has no year
LINK = re.compile(r"(\./|[a-z_]+)(\?[^#\s]*)?")  # a page of ours, and of nobody else

Packed = tuple[Item, bytes]
"""What is kept, and its file as the shelf has it."""


def packed(shelf: Shelf, key: str, items: Sequence[Item]) -> bytes:
    """All files, and what is known of them, as a zip archive."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w", zipfile.ZIP_DEFLATED) as archive:
        for item in items:
            archive.writestr(file_name(item), shelf.body(key, item.id))
        known = [asdict(item) | {"file": file_name(item)} for item in items]
        archive.writestr(ABOUT, json.dumps({"version": VERSION, "items": known}, indent=1))
    return written.getvalue()


def file_name(item: Item) -> str:
    """A name that every system takes, and that no other item's file has."""
    words = re.sub(r"[^\w-]+", "-", item.name).strip("-") or item.kind
    return f"{words}-{item.id}.{item.file.rpartition('.')[2]}"


def brought_back(shelf: Shelf, key: str, name: str, data: bytes) -> tuple[int, int]:
    """Keep what an archive of this name holds and the shelf does not: how many things, and how many were there already.

    ShelfError, and nothing is kept, where it is no archive of a shelf, or the shelf has no room for it.
    """
    found = unpacked(name, data)
    there = {_identity(item) for item in shelf.items(key)}
    new: dict[Any, Packed] = {}
    for item, body in reversed(found):  # the newest is first, and is kept last
        if _identity(item) not in there:
            new.setdefault(_identity(item), (item, body))
    if new:
        shelf.keep_all(key, list(new.values()))
    return len(new), len(found) - len(new)


def unpacked(name: str, data: bytes) -> list[Packed]:
    """What an archive holds, in its order. ShelfError where it is none, torn, or of a newer lab."""
    if len(data) > MOST_PACKED:
        raise ShelfError(
            "{name} has {size:.0f} MB; the file of a shelf has at most {most:.0f} MB.",
            name=name,
            size=len(data) / MEGABYTE,
            most=MOST_PACKED / MEGABYTE,
        )
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return [_read(archive, known) for known in _known(name, archive)]
    except ShelfError:
        raise
    except Exception:  # whatever a library makes of bytes that are none of its own
        raise ShelfError(
            "{name} is torn, or it is no shelf that the lab wrote. Nothing of it was taken, and what is on the "
            "shelf is as it was.",
            name=name,
        ) from None


def _known(name: str, archive: zipfile.ZipFile) -> list[dict[str, Any]]:
    """What shelf.json says, checked as a whole."""
    if ABOUT not in archive.namelist():
        raise ShelfError(
            "{name} is no file of a shelf: it holds no {about}. What “Export the shelf” makes can be "
            "brought back.",
            name=name,
            about=ABOUT,
        )
    known = json.loads(_bytes(archive, ABOUT, MOST_ABOUT))
    if isinstance(known, dict):
        if isinstance(known["version"], int | float) and known["version"] > VERSION:
            raise ShelfError(
                "{name} was written by a newer version of the lab ({version}; this one reads {known}). Nothing of it "
                "was taken: update the lab first.",
                name=name,
                version=known["version"],
                known=VERSION,
            )
        known = known["items"]
    _must(isinstance(known, list) and all(isinstance(each, dict) for each in known))
    _must(len(known) <= MOST_ITEMS)
    _must(sum(info.file_size for info in archive.infolist()) <= MOST_UNPACKED)
    return known


def _read(archive: zipfile.ZipFile, known: Mapping[str, Any]) -> Packed:
    """One thing and its file; whatever it raises, it means nothing."""
    kind, link, made_at = known["kind"], _text(known["link"], "link"), float(known["made_at"])
    _must(kind in KINDS and LINK.fullmatch(link) and 0 < made_at < LATEST)
    body = _bytes(archive, known["file"], MOST_BODY)
    _check(FILES[kind], body)
    item = Item(
        kind,
        named(_text(known["name"], "name")),
        link,
        _text(known["caption"], "caption"),
        FILES[kind],
        _settings(known["settings"]),
        _curves(known["curves"]),
        made_at,
    )
    return item, zlib.compress(body, 6)


def _bytes(archive: zipfile.ZipFile, place: str, most: int) -> bytes:
    _must(archive.getinfo(place).file_size <= most)
    return archive.read(place)


def _check(file: str, body: bytes) -> None:
    """A file can be shown as what it says it is."""
    body.decode()
    if file.endswith(".csv"):
        import pandas

        pandas.read_csv(io.BytesIO(body))


def _settings(known: Mapping[str, Any]) -> dict[str, str]:
    _must(len(known) <= MOST_SETTINGS)
    return {_text(name, "setting"): _text(text, "setting") for name, text in known.items()}


def _curves(known: Mapping[str, Any]) -> dict[str, list[float | None]]:
    """Curves as `Item` has them; {} where there are none."""
    _must(len(known) <= MOST_CURVES)
    curves = {_text(name, "name"): [*map(_number, values)] for name, values in known.items()}
    if curves:
        steps = curves["step"]
        _must(0 < len(steps) <= MOST_POINTS and None not in steps and len(curves) > 1)
        _must(all(len(values) == len(steps) for values in curves.values()))
        _must(all(any(value is not None for value in values) for values in curves.values()))
    return curves


def _number(value: Any) -> float | None:
    _must(value is None or (type(value) in (int, float) and math.isfinite(value)))
    return None if value is None else float(value)


def _text(value: Any, what: str) -> str:
    _must(isinstance(value, str) and len(value) <= LONGEST[what])
    return value


def _must(is_so: Any) -> None:
    if not is_so:
        raise ValueError


def _identity(item: Item) -> tuple[str, float, str]:
    """What tells it from all others, whatever it is called by now."""
    return item.kind, item.made_at, item.link
