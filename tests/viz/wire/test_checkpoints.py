import os
from itertools import pairwise

import pytest

from viz.wire import checkpoints
from viz.wire.checkpoints import MOST, Checkpoints

TOKEN, OTHER = "a" * 32, "b-_" + "c" * 29


@pytest.fixture
def kept(tmp_path):
    return Checkpoints(tmp_path / "root" / "of-0")


def test_what_was_kept_is_read_by_step(kept):
    assert kept.steps() == []
    kept.keep(12, b"twelve")
    kept.keep(3, b"three")
    assert kept.steps() == [3, 12]
    assert kept.read(12) == b"twelve"


def test_nobody_else_may_read_them(kept):
    kept.keep(1, b"one")
    if os.name == "posix":
        assert kept.folder.stat().st_mode & 0o077 == kept.folder.parent.stat().st_mode & 0o077 == 0


def test_the_last_good_one_stays_until_the_next_is_whole(kept, monkeypatch):
    kept.keep(5, b"five")
    monkeypatch.setattr("os.replace", lambda *_: (_ for _ in ()).throw(OSError(28, "No space left")))
    with pytest.raises(OSError, match="No space left"):
        kept.keep(6, b"six")
    assert kept.steps() == [5]
    assert [path.name for path in kept.folder.iterdir()] == ["000000000005.run"]


def test_they_lie_evenly_over_a_long_run(kept):
    for step in range(0, 5000, 7):
        kept.keep(step, b"x")
    steps = kept.steps()
    assert len(steps) == MOST
    assert (steps[0], steps[-1]) == (0, 4998)
    gaps = [after - before for before, after in pairwise(steps)]
    assert max(gaps) <= 4998 / 2


def test_their_bytes_are_bounded_and_the_newest_stays(kept, monkeypatch):
    monkeypatch.setattr(checkpoints, "MOST_BYTES", 1000)
    for step in range(9):
        kept.keep(step, bytes(400))
        assert sum(path.stat().st_size for path in kept.folder.iterdir()) <= 1000
    assert kept.steps() == [7, 8]


def test_a_run_that_went_back_forgets_what_came_after(kept):
    for step in (1, 20, 30):
        kept.keep(step, b"x")
    kept.forget_after(20)
    assert kept.steps() == [1, 20]


def test_a_sweep_keeps_the_lives_that_go_on(tmp_path):
    for token, life in ((TOKEN, 0), (TOKEN, 2), (OTHER, 1)):
        checkpoints.of(tmp_path, token, life).keep(4, b"four")
    checkpoints.sweep(tmp_path, {(TOKEN, 2)}, TOKEN)
    assert sorted(path.name for path in tmp_path.iterdir()) == [f"{TOKEN}-2", f"{OTHER}-1"]
    checkpoints.sweep(tmp_path, {(OTHER, 1)})
    assert [path.name for path in tmp_path.iterdir()] == [f"{OTHER}-1"]
    checkpoints.sweep(tmp_path / "gone", ())
