"""The paused frame in detail, as Python draws it below the live view."""

from types import SimpleNamespace

import pytest
from streamlit.testing.v1 import AppTest

from tests.viz.live.frames import encoded
from viz.live import host
from viz.wire import frame as wire

SCRIPT = "from viz.run import details; details.paused_frame({'token': 'any', 'step': 1240})"


@pytest.mark.parametrize(("held", "said"), [(1240, False), (1216, True)])
def test_a_step_that_the_server_let_go_gives_way_to_the_last_before_it(monkeypatch, held, said):
    frame = wire.decode(encoded(layers=2, step=held))
    monkeypatch.setattr(host, "shared", lambda: SimpleNamespace(runs={}, frame=lambda token, step: frame))
    page = AppTest.from_string(SCRIPT).run(timeout=30)
    assert not page.exception
    assert page.markdown[0].value == f"#### Step {held:,} in detail"
    assert ("this is the last before 1,240." in page.caption[0].value) == said
