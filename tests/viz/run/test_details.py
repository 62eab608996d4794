"""The paused frame in detail, as Python draws it below the live view."""

from types import SimpleNamespace

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from engine import RunSpec
from tests.viz.live.fakes import TOKEN, Stage
from tests.viz.live.frames import encoded
from viz.live import host
from viz.live.run import Run
from viz.run import details
from viz.run.lessons import OPENING
from viz.wire import frame as wire
from viz.wire import table
from viz.workers.train import explain

SCRIPT = "from viz.run import details; details.paused_frame({'token': 'any', 'step': 1240})"


@pytest.mark.parametrize(("held", "said"), [(1240, False), (1216, True)])
def test_a_step_that_the_server_let_go_gives_way_to_the_last_before_it(monkeypatch, held, said):
    frame = wire.decode(encoded(layers=2, step=held))
    hello = table.told(map(table.Row, "ab"))
    monkeypatch.setattr(
        host, "shared", lambda: SimpleNamespace(frame=lambda token, step: frame, hello=lambda token: hello)
    )
    page = AppTest.from_string(SCRIPT).run(timeout=30)
    assert not page.exception
    assert page.markdown[0].value == f"## Step {held:,} in detail"
    assert ("this is the last before 1,240." in page.caption[0].value) == said


@pytest.mark.parametrize(("layers", "unasked"), [(16, 6), (17, 4)])
def test_the_histograms_of_a_deep_net_are_drawn_when_somebody_lifts_their_lid(monkeypatch, layers, unasked):
    frame = wire.decode(encoded(layers=layers, step=1240))
    hello = table.told(table.Row(str(layer + 1)) for layer in range(layers))
    monkeypatch.setattr(
        host, "shared", lambda: SimpleNamespace(frame=lambda token, step: frame, hello=lambda token: hello)
    )
    page = AppTest.from_string(SCRIPT).run(timeout=30)
    assert not page.exception
    assert len(page.get("plotly_chart")) == unasked
    assert [lid.label for lid in page.expander] == ["Histograms of all 17 layers"] * (unasked == 4)
    page.session_state["histograms"] = True
    assert len(page.run(timeout=30).get("plotly_chart")) == 6


def test_a_run_is_read_while_its_engine_cannot_speak(monkeypatch, tmp_path):
    """What the engine says changes a run in another thread: who reads it holds the host's lock."""
    stage, locked = Stage(tmp_path), []
    stage.host.want(TOKEN, RunSpec())
    stage.watch()
    stage.say("hello", theory={"activation_var": [1.0, None, 0.25]})
    messages, hello = Run.messages, Run.hello.fget
    monkeypatch.setattr(host, "shared", lambda: stage.host)
    monkeypatch.setattr(
        Run, "messages", lambda *asked: locked.append(stage.host._lock._is_owned()) or messages(*asked)
    )
    monkeypatch.setattr(
        Run, "hello", property(lambda run: locked.append(stage.host._lock._is_owned()) or hello(run))
    )
    np.testing.assert_array_equal(
        details.theory(stage.host.hello(TOKEN))["activation_var"], [1.0, np.nan, 0.25]
    )
    assert stage.host.hello("a run that is gone") is None
    stage.watch()
    assert stage.host.poll(TOKEN, -1).messages
    assert locked == [True] * len(locked)
    assert len(locked) == 3


CHOICES = "from viz.run import details, lessons; details.choices(lessons.OPENING)"


def test_what_was_chosen_is_said_at_once_and_drawn_when_the_trainer_has_told(monkeypatch):
    told = []
    server = SimpleNamespace(about=lambda spec: explain.about(OPENING) if told else None)
    monkeypatch.setattr(host, "shared", lambda: server)
    page = AppTest.from_string(CHOICES).run(timeout=30)
    assert not page.exception
    assert [latex.value for latex in page.latex]
    assert not page.get("plotly_chart")
    told.append(True)
    page.run(timeout=30)
    assert not page.exception
    assert len(page.get("plotly_chart")) == 2


def test_the_optimizer_s_options_are_called_as_their_controls_are_with_pytorch_s_name_beside():
    script = """
from engine import RunSpec
from viz.run import details
from viz.words.language import speaking
for spoken in ("en", "zh"):
    with speaking(spoken):
        details.optimizer(RunSpec(optimizer="momentum"))
"""
    page = AppTest.from_string(script).run(timeout=30)
    assert not page.exception
    english, chinese = (each.value.replace("\\", "") for each in page.markdown if each.value.startswith("- "))
    assert "- **Learning rate** (`lr`) = 0.1: " in english
    assert "- **momentum** = 0.9: " in english
    assert "- **学习率** (`lr`) = 0.1：" in chinese
    assert "- **动量** (`momentum`) = 0.9：" in chinese
