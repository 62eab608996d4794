"""A server has one host of each kind, and a closed one is never handed out again."""

import sys

import pytest

from viz.live import host as live
from viz.race import host as race
from viz.workbench import host as workbench


@pytest.fixture(autouse=True)
def nothing_kept(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in [name for name in vars(sys) if name.startswith("_gradient_flow")]:
        monkeypatch.delattr(sys, name)
    yield
    for name in [name for name in vars(sys) if name.startswith("_gradient_flow")]:
        delattr(sys, name)


@pytest.mark.parametrize("room", [live, race, workbench], ids=lambda room: room.__name__)
def test_one_host_serves_until_it_is_closed(room, monkeypatch: pytest.MonkeyPatch) -> None:
    first = room.shared()
    assert room.shared() is first
    first.close()
    second = room.shared()
    assert second is not first
    assert not second.closed.is_set()
    second.close()


def test_each_kind_has_its_own() -> None:
    kinds = [live.shared(), race.shared(), workbench.shared()]
    assert len({id(host) for host in kinds}) == 3
    for host in kinds:
        host.close()


def test_a_host_is_kept_though_its_module_is_loaded_again() -> None:
    first = race.shared()
    name = next(name for name, value in vars(sys).items() if value is first)
    assert name == "_gradient_flow_race"
    first.close()
