"""A shelf goes along as one file and comes back whole, or not at all; a stranger's file is read as data."""

import io
import json
import zipfile
from dataclasses import asdict, replace
from pathlib import Path
from typing import Any

import pytest

from viz.shelf import archive
from viz.shelf.archive import brought_back, file_name, packed
from viz.shelf.store import Item, Shelf, ShelfError

MINE, OTHERS = "k" * 32, "o" * 32
CURVES = {"step": [0.0, 5.0], "loss": [2.3, None]}
RUN = Item("run", "Sigmoid: ten", "./?lr=3", "lr: 3", "replay.html", {"lr": "3"}, CURVES, made_at=1.7e9)
TABLE = Item(
    "comparison", "rates", "compare?vary=lr", "0.1 leads.", "comparison.csv", {"lr": "0.1, 1"}, made_at=1.8e9
)
RACE = Item("race", "bowl", "optimizers?surface=bowl", "", "race.html", made_at=1.9e9)
BODIES = {"run": b"<p>run</p>", "comparison": b"a,b\n1,2\n", "race": b"<p>race</p>"}
KNOWN = asdict(RUN) | {"file": "run.html"}


@pytest.fixture
def shelf(tmp_path: Path) -> Shelf:
    shelf = Shelf(tmp_path / "shelf.sqlite", most_items=5)
    for item in (RUN, TABLE, RACE):
        shelf.keep(MINE, item, BODIES[item.kind])
    return shelf


def zipped(about: Any, **files: bytes) -> bytes:
    """An archive of our own making, with the file of KNOWN."""
    written = io.BytesIO()
    with zipfile.ZipFile(written, "w") as one:
        if about is not None:
            one.writestr("shelf.json", about if isinstance(about, str) else json.dumps(about))
        for name, body in {"run.html": BODIES["run"], **files}.items():
            one.writestr(name, body)
    return written.getvalue()


def one(**changed: Any) -> bytes:
    return zipped({"version": 1, "items": [KNOWN | changed]})


def everything(shelf: Shelf, key: str) -> list[tuple[Item, bytes]]:
    return [(replace(item, id=0, size=0), shelf.body(key, item.id)) for item in shelf.items(key)]


def test_all_of_a_shelf_comes_back_as_it_was(shelf: Shelf):
    content = packed(shelf, MINE, shelf.items(MINE))
    assert brought_back(shelf, OTHERS, "shelf.zip", content) == (3, 0)
    assert everything(shelf, OTHERS) == everything(shelf, MINE)
    assert brought_back(shelf, OTHERS, "shelf.zip", content) == (0, 3)
    shelf.rename(OTHERS, shelf.items(OTHERS)[0].id, "another name")
    shelf.remove(OTHERS, [shelf.items(OTHERS)[1].id])
    assert brought_back(shelf, OTHERS, "shelf.zip", content) == (1, 2)
    assert sorted(item.name for item in shelf.items(OTHERS)) == ["Sigmoid: ten", "another name", "rates"]


def test_a_file_from_before_it_had_a_version_comes_back(shelf: Shelf):
    content = zipped([asdict(RUN) | {"file": file_name(RUN)}], **{file_name(RUN): BODIES["run"]})
    assert brought_back(shelf, OTHERS, "shelf.zip", content) == (1, 0)
    assert everything(shelf, OTHERS) == [(RUN, BODIES["run"])]


def refused(shelf: Shelf, content: bytes, words: str) -> None:
    before = everything(shelf, MINE)
    with pytest.raises(ShelfError, match=words):
        brought_back(shelf, MINE, "shelf.zip", content)
    assert everything(shelf, MINE) == before


TORN = "shelf.zip is torn, or it is no shelf that the lab wrote. Nothing of it was taken"


@pytest.mark.parametrize("share", [0, 0.01, 0.3, 0.9, 0.999])
def test_a_torn_file_is_said(shelf: Shelf, share: float):
    content = packed(shelf, MINE, shelf.items(MINE))
    refused(shelf, content[: int(share * len(content))], TORN)


def test_a_bit_that_fell_over_is_said(shelf: Shelf):
    content = bytearray(one())
    content[content.index(BODIES["run"])] ^= 1
    refused(shelf, bytes(content), TORN)


def test_a_foreign_zip_is_said(shelf: Shelf):
    refused(shelf, zipped(None), "shelf.zip is no file of a shelf: it holds no shelf.json")


def test_a_file_of_a_newer_lab_is_said(shelf: Shelf):
    words = r"written by a newer version of the lab \(2; this one reads 1\)"
    refused(shelf, zipped({"version": 2, "things": []}), words)


@pytest.mark.parametrize(
    "about",
    [
        "", "torn{", "7", "[7]", "[" * 100_000, {"version": 1}, {"items": [KNOWN]}, {"version": 1, "items": {}},
        {"version": 1, "items": [{}]}, {"version": 1, "items": [KNOWN] * 201},
    ],
    ids=range(10),
)  # fmt: skip
def test_what_is_known_that_means_nothing_is_said(shelf: Shelf, about: Any):
    refused(shelf, zipped(about), TORN)


@pytest.mark.parametrize(
    "changed",
    [
        {"kind": "tape"}, {"name": 7}, {"name": "x" * 9000}, {"file": "other.html"}, {"made_at": 1e300},
        {"made_at": float("nan")}, {"link": "javascript:alert(1)"}, {"link": "//their.site/"}, {"link": "/x"},
        {"link": "https://their.site"}, {"link": "./?x#y z"}, {"settings": {"lr": 3}}, {"settings": None},
        {"curves": {"loss": [1]}}, {"curves": {"step": [0], "loss": [1, 2]}}, {"curves": {"step": [0], "loss": ["x"]}},
        {"curves": {"step": [None], "loss": [1]}}, {"curves": {"step": [0], "loss": [float("inf")]}},
        {"curves": {"step": [0], "loss": [None]}}, {"curves": {"step": [0] * 20_000, "loss": [0] * 20_000}},
        {"kind": "comparison", "file": "binary"},
    ],
    ids=str,
)  # fmt: skip
def test_an_entry_that_cannot_be_shown_is_said(shelf: Shelf, changed: dict[str, Any]):
    content = zipped(
        {"version": 1, "items": [KNOWN | {"made_at": 1.0}, KNOWN | changed]}, binary=b"\xff\xfe\x00"
    )
    refused(shelf, content, TORN)


def test_what_would_fill_the_memory_is_not_unpacked(shelf: Shelf, monkeypatch: pytest.MonkeyPatch):
    monkeypatch.setattr(archive, "MOST_BODY", 5)
    refused(shelf, one(made_at=2.0), TORN)
    monkeypatch.undo()
    monkeypatch.setattr(archive, "MOST_UNPACKED", 100)
    refused(shelf, one(made_at=2.0), TORN)
    monkeypatch.undo()
    monkeypatch.setattr(archive, "MOST_PACKED", 100)
    refused(shelf, one(made_at=2.0), "shelf.zip has 0 MB; the file of a shelf has at most 0 MB")


def test_what_has_no_room_stays_out_as_a_whole(shelf: Shelf):
    items = [KNOWN | {"made_at": float(at)} for at in range(1, 4)]
    refused(
        shelf,
        zipped({"version": 1, "items": items}),
        "These are 3 things, and the shelf, which holds at most 5, has room for 2",
    )
    assert brought_back(shelf, MINE, "shelf.zip", zipped({"version": 1, "items": items[:2]})) == (2, 0)
