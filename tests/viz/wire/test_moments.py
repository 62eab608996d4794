"""The far past of a run on disk: bounded, evenly thinned, and never in the way."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from viz.wire import moments as module
from viz.wire.moments import Moments


@pytest.fixture(autouse=True)
def no_history(monkeypatch):
    monkeypatch.setattr(module, "HISTORY", 0)


@pytest.fixture(scope="module")
def folders(tmp_path_factory):
    return iter(tmp_path_factory.mktemp(str(k)) for k in range(10_000))


def filled(folder, count: int, limit: int, size: int = 10, stride: int = 50) -> Moments:
    moments = Moments(folder, limit, stride)
    for at in range(1, count + 1):
        moments.keep(at * stride, bytes(size))
    return moments


@given(st.integers(0, 300), st.integers(1, 700))
def test_they_are_bounded_and_a_stride_apart(folders, count, limit):
    moments = filled(next(folders), count, limit)
    room = limit - 20
    assert moments.size <= max(0, room)
    every = range(moments.stride, 50 * count + 1, moments.stride)
    assert sorted(moments.sizes) == list(every)[: len(moments.sizes)]
    if count and room >= 10:
        assert len(moments.sizes) == 50 * count // moments.stride
        assert moments.stride <= max(50, 2 * 50 * count / (room // 10))
    on_disk = {int(path.stem): path.stat().st_size for path in moments.folder.glob("*.moment")}
    assert on_disk == moments.sizes


def test_it_is_found_again_by_who_goes_on_with_the_run(tmp_path):
    filled(tmp_path, 7, 1000)
    again = Moments(tmp_path, 1000, 50)
    assert sorted(again.sizes) == list(range(50, 351, 50))
    assert (again.before(301), again.before(300), again.before(50)) == (300, 250, 0)
    again.forget_after(250)
    assert sorted(Moments(tmp_path, 1000, 50).sizes) == list(range(50, 251, 50))


def test_what_the_disk_does_is_no_error(tmp_path):
    moments = filled(tmp_path / "past", 3, 1000)
    for path in moments.folder.iterdir():
        path.unlink()
    assert moments.read(150) is None
    assert moments.before(1000) == 100
    nowhere = filled(tmp_path / ("x" * 300), 3, 1000)
    assert nowhere.before(1000) == 0
