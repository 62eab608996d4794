"""The long version in short, one promise after the other, against a real server."""

import pytest

from engine import RunSpec
from tests.benchmarks.lab_server import Server, serving
from tests.chaos import connections, deaths, disks
from tests.chaos.promises import Row

pytestmark = pytest.mark.slow

SPEC = RunSpec(dataset="digits", hidden=(30,) * 4)


@pytest.fixture(scope="module")
def server():
    with serving(SPEC) as server:
        yield server


def kept(row: Row) -> None:
    assert row.is_kept, row.lost


@pytest.mark.long
def test_deaths_at_any_moment_lose_the_newest_steps_at_most(server: Server):
    kept(deaths.kills(server, 3, most_lost=30))  # how many seconds is a figure, not a test


@pytest.mark.long
def test_the_races_and_the_workbenchs_process_come_back(server: Server):
    kept(deaths.helpers(server, 2, within=120))  # how fast is a figure, not a test


@pytest.mark.long
def test_a_process_that_stood_still_goes_on(server: Server):
    kept(deaths.asleep(server, 3.0))


def test_cut_connections_cost_nothing(server: Server):
    kept(connections.cuts(server, 10))


@pytest.mark.long
def test_nonsense_is_answered_and_nobody_else_notices(server: Server):
    kept(connections.hostile(server, 120))


def test_bodies_without_end_are_let_go(server: Server):
    kept(connections.bodies(server, 40))


@pytest.mark.long
def test_messages_that_stop_half_way_are_let_go(server: Server):
    kept(connections.unfinished(server, 3))


@pytest.mark.long
def test_a_full_servers_places_are_shared(server: Server):
    kept(connections.places(server))


@pytest.mark.long
def test_a_full_disk_ends_no_run():
    row = disks.full_disk(SPEC)
    if row is None:
        pytest.skip("this machine has no disk small enough to fill")
    kept(row)


@pytest.mark.long
def test_a_swept_folder_is_made_again():
    kept(disks.swept(SPEC))
