"""The shelf: what visitors kept, in one SQLite file.

A write is a transaction: a process that is killed in the middle of one leaves the file as it was before. Whoever has a
key sees what was kept under it, and nothing else; the file holds the key's hash.
"""

import json
import os
import sqlite3
import sys
import time
import zlib
from collections.abc import Iterator, Mapping, Sequence
from contextlib import closing, contextmanager
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path

from engine.tables.errors import ToldError
from viz.words.language import say

CHOSEN = "GRADIENT_FLOW_LAB_SHELF"
VERSION = 1
KINDS = ("run", "comparison", "race")
MOST_ITEMS, MOST_BYTES, MOST_OF_ALL = 200, 128 * 2**20, 2 * 2**30
LONGEST_NAME = 80
MEGABYTE = 2**20
WAY_BACK = 3600.0  # seconds for which what was taken off can be put back
OFF = "off:"  # before the key under which it stays so long
PATIENCE = 5.0  # seconds for another process's write

TABLE = """
CREATE TABLE items (
    id INTEGER PRIMARY KEY AUTOINCREMENT, key TEXT NOT NULL, kind TEXT NOT NULL, name TEXT NOT NULL,
    made_at REAL NOT NULL, link TEXT NOT NULL, caption TEXT NOT NULL, settings TEXT NOT NULL, curves TEXT NOT NULL,
    file TEXT NOT NULL, body BLOB NOT NULL
);
CREATE INDEX items_of ON items (key, id);
"""
OFF_SINCE = "CREATE TABLE IF NOT EXISTS off (id INTEGER PRIMARY KEY, at REAL NOT NULL)"
"""A table of its own and no column: a lab that does not know it reads the file as before."""
COLUMNS = "id, kind, name, made_at, link, caption, settings, curves, file, length(body)"


class ShelfError(ToldError):
    """Something could not be kept or found; the text is for people, and what was kept before is untouched."""


@dataclass(frozen=True)
class Item:
    """What is kept of a run, a comparison or a race.

    link: its page's address below the server's, with the query. settings: what it is made of, name -> text. curves:
    name -> numbers over `curves["step"]`, all as long. file: the name of its file. size: bytes on disk.
    """

    kind: str
    name: str
    link: str
    caption: str
    file: str
    settings: Mapping[str, str] = field(default_factory=dict)
    curves: Mapping[str, Sequence[float | None]] = field(default_factory=dict)
    made_at: float = 0.0
    size: int = 0
    id: int = 0


class Shelf:
    """The file at a path; it is made when something is kept first."""

    def __init__(self, path: Path, most_items: int = MOST_ITEMS, most_bytes: int = MOST_BYTES) -> None:
        self.path, self.most_items, self.most_bytes = path, most_items, most_bytes

    def keep(self, key: str, item: Item, body: bytes) -> int:
        """Keep it; returns its id. ShelfError where the shelf is full, or cannot be written."""
        return self.keep_all(key, [(item, zlib.compress(body, 6))])[0]

    def keep_all(self, key: str, packed: Sequence[tuple[Item, bytes]]) -> list[int]:
        """Keep all of these, each with its compressed file, or none; their ids. ShelfError as of `keep`."""
        with self._open(to_write=True) as file:
            self._make_sure_of_room(file, key, len(packed), sum(len(body) for _, body in packed))
            return [_insert(file, key, item, body) for item, body in packed]

    def _make_sure_of_room(self, file: sqlite3.Connection, key: str, n: int, needed: int) -> None:
        count, size = file.execute(
            "SELECT count(*), coalesce(sum(length(body)), 0) FROM items WHERE key = ?", [_hashed(key)]
        ).fetchone()
        if count >= self.most_items:
            raise ShelfError(
                "The shelf holds {most} things already; take one off first.", most=self.most_items
            )
        if count + n > self.most_items:
            raise ShelfError(
                "These are {n} things, and the shelf, which holds at most {most}, has room for {left}; take some off "
                "first.",
                n=n,
                most=self.most_items,
                left=self.most_items - count,
            )
        if size + needed > self.most_bytes:
            raise ShelfError(
                "This takes {needed:.1f} MB and the shelf has {left:.1f} MB of {most:.1f} MB left; take something "
                "off first.",
                needed=needed / MEGABYTE,
                left=(self.most_bytes - size) / MEGABYTE,
                most=self.most_bytes / MEGABYTE,
            )
        if file.execute("SELECT coalesce(sum(length(body)), 0) FROM items").fetchone()[0] > MOST_OF_ALL:
            raise ShelfError("The shelves of all visitors of this server together are full.")

    def items(self, key: str) -> list[Item]:
        """What is kept under this key, the newest first."""
        if not self.path.exists():
            return []
        with self._open() as file:
            rows = file.execute(f"SELECT {COLUMNS} FROM items WHERE key = ? ORDER BY id DESC", [_hashed(key)])
            return [_item(row) for row in rows]

    def body(self, key: str, id: int) -> bytes:
        """The file of an item; ShelfError where there is none of that id under this key."""
        if self.path.exists():
            with self._open() as file:
                found = file.execute(
                    "SELECT body FROM items WHERE key = ? AND id = ?", [_hashed(key), id]
                ).fetchone()
            if found:
                return zlib.decompress(found[0])
        raise ShelfError("This is not on the shelf any more.")

    def rename(self, key: str, id: int, name: str) -> None:
        """Give it another name."""
        with self._open(to_write=True) as file:
            file.execute(
                "UPDATE items SET name = ? WHERE key = ? AND id = ?", [named(name), _hashed(key), id]
            )

    def remove(self, key: str, ids: Sequence[int]) -> None:
        """Take these off, for good what was taken off before; what is not there any more is no error."""
        with self._open(to_write=True) as file:
            file.execute("DELETE FROM items WHERE key = ?", [_hashed(OFF + key)])
            for id in ids:
                moved = "UPDATE items SET key = ? WHERE key = ? AND id = ?"
                if file.execute(moved, [_hashed(OFF + key), _hashed(key), id]).rowcount:
                    file.execute("INSERT OR REPLACE INTO off VALUES (?, ?)", [id, time.time()])

    def off(self, key: str) -> list[Item]:
        """What was taken off last, the newest first, as long as it can be put back."""
        if not self.path.exists():
            return []
        with self._open() as file:
            if not file.execute("SELECT 1 FROM sqlite_master WHERE name = 'off'").fetchone():
                return []
            there = (
                f"SELECT {COLUMNS} FROM items JOIN off USING (id) WHERE key = ? AND at > ? ORDER BY id DESC"
            )
            rows = file.execute(there, [_hashed(OFF + key), time.time() - WAY_BACK])
            return [_item(row) for row in rows]

    def put_back(self, key: str) -> None:
        """What was taken off last is in its old place again, or none of it. ShelfError as of `keep`."""
        with self._open(to_write=True) as file:
            held = "SELECT count(*), coalesce(sum(length(body)), 0) FROM items WHERE key = ?"
            self._make_sure_of_room(file, key, *file.execute(held, [_hashed(OFF + key)]).fetchone())
            back = "DELETE FROM off WHERE id IN (SELECT id FROM items WHERE key = ?)"
            file.execute(back, [_hashed(OFF + key)])
            file.execute("UPDATE items SET key = ? WHERE key = ?", [_hashed(key), _hashed(OFF + key)])

    @contextmanager
    def _open(self, to_write: bool = False) -> Iterator[sqlite3.Connection]:
        """A transaction; what goes wrong with the file is said in words."""
        try:
            if to_write:
                self.path.parent.mkdir(parents=True, exist_ok=True)
                self.path.touch(mode=0o600)
            with closing(sqlite3.connect(self.path, timeout=PATIENCE, isolation_level=None)) as file:
                file.execute("BEGIN IMMEDIATE" if to_write else "BEGIN")
                try:
                    self._check(file, to_write)
                    yield file
                    file.execute("COMMIT")
                except BaseException:
                    if file.in_transaction:
                        file.execute("ROLLBACK")
                    raise
        except (sqlite3.Error, OSError) as error:
            raise self._told(error) from error

    def _check(self, file: sqlite3.Connection, to_write: bool) -> None:
        version = file.execute("PRAGMA user_version").fetchone()[0]
        if version > VERSION:
            raise ShelfError(
                "The shelf at {path} was written by a newer version of the lab ({version}; this one reads {known}). It "
                "is left as it is: update the lab, or choose another file with {variable}.",
                path=self.path,
                version=version,
                known=VERSION,
                variable=CHOSEN,
            )
        if version == 0 and to_write:
            for statement in filter(str.strip, TABLE.split(";")):
                file.execute(statement)
            file.execute(f"PRAGMA user_version = {VERSION}")
        if to_write:
            file.execute(OFF_SINCE)
            _purge(file)

    def _told(self, error: Exception) -> ShelfError:
        said, path, variable = str(error).lower(), self.path, CHOSEN
        if "no such table" in said or "not a database" in said or "malformed" in said:
            return ShelfError(
                "The file at {path} is no shelf, or it is damaged. It is left as it is: move it away, or choose "
                "another with {variable}.",
                path=path,
                variable=variable,
            )
        if "readonly" in said or "read-only" in said or isinstance(error, PermissionError):
            return ShelfError(
                "The shelf at {path} cannot be written; what is on it can be read. {variable} chooses another.",
                path=path,
                variable=variable,
            )
        if "full" in said or "no space" in said:
            return ShelfError(
                "There is no space left for it at {path}. What was kept before is still there.",
                path=path,
            )
        if "locked" in said:
            return ShelfError("The shelf is being written by others just now; try again.")
        return ShelfError(
            "The shelf at {path} cannot be opened ({error}). {variable} chooses another file.",
            error=error,
            path=path,
            variable=variable,
        )


def place() -> Path:
    """Where the shelf is: as chosen by the environment, else in the folder for a person's data."""
    if chosen := os.environ.get(CHOSEN):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        root = Path(os.environ.get("LOCALAPPDATA", "~/AppData/Local"))
    else:
        root = Path(os.environ.get("XDG_DATA_HOME", "~/.local/share"))
    return root.expanduser() / "gradient-flow-lab" / "shelf.sqlite"


def named(name: str) -> str:
    """A name as it is kept: one line, not too long, never empty."""
    return " ".join(name.split())[:LONGEST_NAME] or say("without a name")


def _insert(file: sqlite3.Connection, key: str, item: Item, packed: bytes, id: int | None = None) -> int:
    row = [
        id, _hashed(key), item.kind, named(item.name), item.made_at or time.time(), item.link, item.caption,
        json.dumps(dict(item.settings)), json.dumps(dict(item.curves)), item.file, packed,
    ]  # fmt: skip
    return file.execute(
        "INSERT INTO items (id, key, kind, name, made_at, link, caption, settings, curves, file, body) "
        f"VALUES ({', '.join('?' * len(row))})",
        row,
    ).lastrowid  # type: ignore[return-value]


def _purge(file: sqlite3.Connection) -> None:
    """What was taken off too long ago to be put back is gone."""
    over = [time.time() - WAY_BACK]
    file.execute("DELETE FROM items WHERE id IN (SELECT id FROM off WHERE at <= ?)", over)
    file.execute("DELETE FROM off WHERE at <= ?", over)


def _hashed(key: str) -> str:
    return sha256(key.encode()).hexdigest()


def _item(row: Sequence) -> Item:
    id, kind, name, made_at, link, caption, settings, curves, file, size = row
    return Item(kind, name, link, caption, file, json.loads(settings), json.loads(curves), made_at, size, id)
