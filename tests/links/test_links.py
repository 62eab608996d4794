"""A hundred links keep their meaning: what each page reads in them, what it says, and the numbers that follow."""

from collections.abc import Iterator
from dataclasses import fields
from typing import Any

import pytest

from engine.spec.run import FIELDS
from tests.links.address import PAGES, PART, PLAN, SECTIONS, SETTINGS, SHOW, asked, path_of
from tests.links.outcome import follow
from tests.links.record import FILE, recorded
from viz.lessons.session import KEYS as LESSON
from viz.main import menu
from viz.race.link import READERS
from viz.recurrent.case import Case

NEAR = {"rel": 1e-5, "abs": 1e-9}
"""Three steps of float32 on another processor; chaotic runs are recorded in float64."""
RECORDS = recorded()
HINT = f"If that is meant, set its record in {FILE.name} to null and run `python -m tests.links.record`."


MACHINES = {"/own_net", "/shelf"}
"""What these show is on one machine, and in no link."""


def differences(known: Any, found: Any, where: str = "") -> Iterator[str]:
    """Each place where what was found is not what was recorded; numbers may differ by rounding."""
    if isinstance(known, dict) and isinstance(found, dict):
        for name in known | found:
            if name not in known or name not in found:
                yield f"{where}.{name}: {'only recorded' if name in known else 'not recorded'}"
            else:
                yield from differences(known[name], found[name], f"{where}.{name}")
    elif isinstance(known, list) and isinstance(found, list) and len(known) == len(found):
        for index, pair in enumerate(zip(known, found, strict=True)):
            yield from differences(*pair, f"{where}[{index}]")
    elif isinstance(known, float) and isinstance(found, float):
        if found != pytest.approx(known, **NEAR):
            yield f"{where}: {known!r} was recorded, {found!r} came"
    elif known != found:
        yield f"{where}: {known!r} was recorded, {found!r} came"


@pytest.mark.parametrize("link", RECORDS)
def test_a_link_keeps_its_meaning(link):
    assert RECORDS[link], f"{link} has no record yet: run `python -m tests.links.record`."
    found = list(differences(RECORDS[link], follow(link)))
    assert not found, "\n".join([link, *found, HINT])


def test_there_are_a_hundred_and_every_page_is_among_them():
    assert len(RECORDS) >= 100
    assert {path_of(link) for link in RECORDS} == set(PAGES)
    pages, _ = asked(lambda: {f"/{page.url_path}": page for page in menu()}, {})
    assert set(PAGES) == set(pages) - MACHINES


@pytest.mark.parametrize(
    ("path", "keys"),
    [
        ("/", FIELDS),
        ("/signal", SETTINGS),
        ("/techniques", (SHOW, PART)),  # its sliders: tests/viz/techniques/test_address.py
        ("/compare", PLAN),
        ("/recurrent", [field.name for field in fields(Case)]),
        ("/optimizers", READERS),
        ("/lessons", LESSON),
    ],
)
def test_every_key_of_a_page_is_in_one_of_its_links_and_means_something_there(path, keys):
    kept = {key for link, known in RECORDS.items() if path_of(link) == path for key in known["address"]}
    missing = sorted(set(keys) - kept)
    assert not missing, (
        f"No link of {path} has {', '.join(missing)}: give one the record null in {FILE.name}."
    )


def test_every_technique_has_a_link():
    assert {RECORDS[link][SHOW] for link in RECORDS if path_of(link) == "/techniques"} == set(SECTIONS)


@pytest.mark.parametrize(
    ("known", "found", "said"),
    [
        ({"losses": [2.3, 2.25]}, {"losses": [2.3, 2.2501]}, ".losses[1]: 2.25 was recorded, 2.2501 came"),
        ({"losses": [2.3]}, {"losses": ["inf"]}, ".losses[0]: 2.3 was recorded, 'inf' came"),
        ({"findings": ["a"]}, {"findings": []}, ".findings: ['a'] was recorded, [] came"),
        ({"notices": []}, {}, ".notices: only recorded"),
        ({}, {"part": "init"}, ".part: not recorded"),
    ],
)
def test_a_difference_is_said(known, found, said):
    assert list(differences(known, found)) == [said]
    assert not list(differences(known, known))


@pytest.mark.parametrize(
    ("link", "other"),
    [
        ("/?hidden=23,17,11&seed=5", "/?hidden=23,17,11&seed=6"),
        ("/signal?hidden=23x4&activation=relu&samples=48", "/signal?hidden=23x4&activation=relu&samples=49"),
        (
            "/techniques?show=dropout&part=unit&hidden=21,9",
            "/techniques?show=dropout&part=layers&hidden=21,9",
        ),
        ("/recurrent?radius=0.7~1.2&steps=31&width=9", "/recurrent?radius=0.7~1.2&steps=30&width=9"),
        ("/optimizers?surface=booth&runs=adam@0.3", "/optimizers?surface=booth&runs=adam@0.31"),
    ],
)
def test_a_link_that_means_something_else_is_seen(link, other):
    assert list(differences(RECORDS[link], follow(other)))
