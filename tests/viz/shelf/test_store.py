"""Nothing that was kept is lost, whatever happens to the process or to the file."""

import os
import signal
import sqlite3
import subprocess
import sys
import time
from contextlib import closing
from dataclasses import replace
from pathlib import Path
from random import Random

import pytest

from viz.shelf import store
from viz.shelf.store import Item, Shelf, ShelfError

MINE, OTHERS = "k" * 32, "o" * 32
RUN = Item(
    "run", "Ten sigmoid layers", "./?lr=0.3", "lr: 0.3", "replay.html", {"lr": "0.3"}, {"step": [0, 7]}
)


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    return Shelf(tmp_path / "made when needed" / "shelf.sqlite", most_items=3, most_bytes=4000)


def test_what_is_kept_is_there_again_for_its_key_alone(shelf: Shelf):
    first = shelf.keep(MINE, RUN, b"<p>played</p>")
    second = shelf.keep(MINE, replace(RUN, name="  two\n lines  ", kind="race"), b"raced")
    again = Shelf(shelf.path)
    assert [item.id for item in again.items(MINE)] == [second, first]
    found = again.items(MINE)[1]
    assert replace(found, made_at=0, size=0, id=0) == RUN
    assert abs(found.made_at - time.time()) < 60
    assert again.items(MINE)[0].name == "two lines"
    assert again.body(MINE, first) == b"<p>played</p>"
    assert again.items(OTHERS) == []
    with pytest.raises(ShelfError, match="not on the shelf any more"):
        again.body(OTHERS, first)


def test_the_file_holds_no_key_and_is_for_its_owner_alone(shelf: Shelf):
    shelf.keep(MINE, RUN, b"")
    assert MINE.encode() not in shelf.path.read_bytes()
    if os.name == "posix":
        assert shelf.path.stat().st_mode & 0o077 == 0


def test_things_are_renamed_and_taken_off_by_their_key_alone(shelf: Shelf):
    id = shelf.keep(MINE, RUN, b"x")
    shelf.rename(OTHERS, id, "stolen")
    shelf.remove(OTHERS, [id])
    assert [item.name for item in shelf.items(MINE)] == [RUN.name]
    shelf.rename(MINE, id, "y" * 500)
    assert shelf.items(MINE)[0].name == "y" * store.LONGEST_NAME
    shelf.remove(MINE, [id, 999])
    assert shelf.items(MINE) == []


def test_what_was_taken_off_last_can_be_put_back_for_an_hour_and_then_is_gone(shelf: Shelf, monkeypatch):
    ids = [shelf.keep(MINE, replace(RUN, name=name), b"<p>played</p>") for name in "abc"]
    shelf.remove(MINE, ids[:1])
    shelf.remove(MINE, ids[1:])
    again = Shelf(shelf.path, most_items=3)  # of another process, after a reload
    assert [item.name for item in again.off(MINE)] == ["c", "b"]
    assert again.items(MINE) == again.off(OTHERS) == []
    again.put_back(OTHERS)
    again.put_back(MINE)
    assert [item.id for item in again.items(MINE)] == [ids[2], ids[1]]
    assert again.body(MINE, ids[1]) == b"<p>played</p>"
    assert again.off(MINE) == []
    again.remove(MINE, ids[1:2])
    later = time.time() + store.WAY_BACK + 1
    monkeypatch.setattr(store.time, "time", lambda: later)
    assert again.off(MINE) == []
    again.rename(MINE, ids[2], "still here")  # whoever writes next takes away what is over
    with closing(sqlite3.connect(shelf.path)) as file:
        assert file.execute("SELECT name FROM items").fetchall() == [("still here",)]
        assert file.execute("SELECT count(*) FROM off").fetchone() == (0,)


def test_a_shelf_of_before_there_was_a_way_back_is_read_and_written(shelf: Shelf):
    id = shelf.keep(MINE, RUN, b"")
    with closing(sqlite3.connect(shelf.path)) as file:
        file.execute("DROP TABLE off")
    assert shelf.off(MINE) == []
    shelf.remove(MINE, [id])
    assert [item.id for item in shelf.off(MINE)] == [id]


def test_an_empty_name_is_called_so(shelf: Shelf):
    shelf.keep(MINE, replace(RUN, name=" \t"), b"")
    assert shelf.items(MINE)[0].name == "without a name"


def test_a_full_shelf_says_what_would_help_and_keeps_what_it_has(shelf: Shelf):
    for _ in range(3):
        shelf.keep(MINE, RUN, b"small")
    with pytest.raises(ShelfError, match="holds 3 things already; take one off first"):
        shelf.keep(MINE, RUN, b"one more")
    shelf.keep(OTHERS, RUN, b"another visitor has room")
    shelf.remove(MINE, [item.id for item in shelf.items(MINE)][:2])
    with pytest.raises(ShelfError, match=r"This takes 0\.0 MB and the shelf has 0\.0 MB of 0\.0 MB left"):
        shelf.keep(MINE, RUN, os.urandom(5000))
    assert len(shelf.items(MINE)) == 1


def test_a_damaged_file_is_left_as_it_is(shelf: Shelf):
    shelf.path.parent.mkdir()
    shelf.path.write_bytes(b"somebody's letters, " * 100)
    for action in (
        lambda: shelf.items(MINE),
        lambda: shelf.keep(MINE, RUN, b""),
        lambda: shelf.remove(MINE, [1]),
    ):
        with pytest.raises(
            ShelfError, match=r"no shelf, or it is damaged\. It is left as it is.*GRADIENT_FLOW_LAB"
        ):
            action()
    assert shelf.path.read_bytes() == b"somebody's letters, " * 100


def test_a_file_of_a_newer_version_is_left_as_it_is(shelf: Shelf):
    shelf.keep(MINE, RUN, b"")
    with closing(sqlite3.connect(shelf.path)) as file:
        file.execute("PRAGMA user_version = 9")
    before = shelf.path.read_bytes()
    for action in (lambda: shelf.items(MINE), lambda: shelf.keep(MINE, RUN, b"")):
        with pytest.raises(
            ShelfError, match=r"written by a newer version of the lab \(9; this one reads 1\)"
        ):
            action()
    assert shelf.path.read_bytes() == before


@pytest.mark.parametrize(
    ("error", "words"),
    [
        (
            sqlite3.OperationalError("attempt to write a readonly database"),
            "cannot be written; what is on it can be read",
        ),
        (sqlite3.OperationalError("database or disk is full"), "no space left for it"),
        (OSError(28, "No space left on device"), "no space left for it"),
        (sqlite3.OperationalError("database is locked"), "being written by others just now; try again"),
        (sqlite3.OperationalError("unable to open database file"), "cannot be opened"),
    ],
)
def test_what_goes_wrong_with_the_file_is_said_in_words(shelf: Shelf, monkeypatch, error, words):
    shelf.keep(MINE, RUN, b"kept before")

    def connect(*_, **__):
        raise error

    with monkeypatch.context() as patch:
        patch.setattr(sqlite3, "connect", connect)
        with pytest.raises(ShelfError, match=words):
            shelf.keep(MINE, RUN, b"")
    assert shelf.body(MINE, shelf.items(MINE)[0].id) == b"kept before"


def test_a_full_disk_in_the_middle_of_a_write_loses_nothing(shelf: Shelf):
    shelf.keep(MINE, RUN, b"kept before")
    roomy = Shelf(shelf.path, most_bytes=2**30)
    with closing(sqlite3.connect(shelf.path)) as file:
        pages = file.execute("PRAGMA page_count").fetchone()[0]

    def full(*arguments, connect=sqlite3.connect, **options):
        file = connect(*arguments, **options)
        file.execute(f"PRAGMA max_page_count = {pages + 3}")
        return file

    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(sqlite3, "connect", full)
        with pytest.raises(ShelfError, match="no space left for it"):
            roomy.keep(MINE, RUN, os.urandom(200_000))
    assert [shelf.body(MINE, item.id) for item in shelf.items(MINE)] == [b"kept before"]


def test_a_file_that_cannot_be_written_is_read_and_says_so(shelf: Shelf, monkeypatch):
    id = shelf.keep(MINE, RUN, b"kept before")

    def read_only(path, *arguments, connect=sqlite3.connect, **options):
        return connect(f"file:{path}?mode=ro", *arguments, uri=True, **options)

    monkeypatch.setattr(sqlite3, "connect", read_only)
    for action in (
        lambda: shelf.keep(MINE, RUN, b"more"),
        lambda: shelf.rename(MINE, id, "other"),
        lambda: shelf.remove(MINE, [id]),
    ):
        with pytest.raises(ShelfError, match="cannot be written; what is on it can be read"):
            action()
    assert [item.name for item in shelf.items(MINE)] == [RUN.name]
    assert shelf.body(MINE, id) == b"kept before"


def test_a_file_that_is_gone_is_an_empty_shelf_and_made_again(shelf: Shelf):
    id = shelf.keep(MINE, RUN, b"kept before")
    shelf.path.unlink()
    assert shelf.items(MINE) == []
    with pytest.raises(ShelfError, match="not on the shelf any more"):
        shelf.body(MINE, id)
    shelf.keep(MINE, RUN, b"anew")
    assert len(shelf.items(MINE)) == 1


def test_its_place_can_be_chosen(monkeypatch, tmp_path):
    monkeypatch.setenv(store.CHOSEN, str(tmp_path / "mine.sqlite"))
    assert store.place() == tmp_path / "mine.sqlite"
    monkeypatch.delenv(store.CHOSEN)
    monkeypatch.setattr(sys, "platform", "linux")
    monkeypatch.setenv("XDG_DATA_HOME", str(tmp_path))
    assert store.place() == tmp_path / "gradient-flow-lab" / "shelf.sqlite"


KEEPING = """
import os, sys
from pathlib import Path
from viz.shelf.store import Item, Shelf

shelf, number = Shelf(Path(sys.argv[1]), most_items=10**6, most_bytes=2**40), int(sys.argv[2])
while True:
    shelf.keep("k" * 32, Item("run", str(number), "./", "", "x"), os.urandom(30_000) + str(number).encode())
    print(number, flush=True)
    number += 1
"""


@pytest.mark.parametrize("kills", [3, pytest.param(100, marks=pytest.mark.long)])
def test_a_kill_in_the_middle_of_a_write_loses_nothing_and_tears_nothing(tmp_path: Path, kills: int):
    draw, path, told = Random(7), tmp_path / "shelf.sqlite", []
    for _ in range(kills):
        command = [sys.executable, "-c", KEEPING, str(path), str(len(told) and told[-1] + 1)]
        with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
            told.append(int(process.stdout.readline()))
            time.sleep(draw.uniform(0, 0.05))
            process.send_signal(signal.SIGKILL if os.name == "posix" else signal.SIGTERM)
            told += map(int, process.stdout.read().split())
    shelf = Shelf(path)
    kept = {int(item.name): item.id for item in shelf.items(MINE)}
    assert set(told) <= kept.keys()
    assert all(shelf.body(MINE, id).endswith(str(number).encode()) for number, id in kept.items())
    with closing(sqlite3.connect(path)) as file:
        assert file.execute("PRAGMA integrity_check").fetchone() == ("ok",)
