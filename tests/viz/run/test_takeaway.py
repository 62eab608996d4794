"""What is taken home is the run in the sidebar: its script, and what the shelf keeps of it."""

from types import SimpleNamespace
from urllib.parse import parse_qsl

import pytest
from streamlit.testing.v1 import AppTest

from engine import RunSpec, Trainer
from viz.exports.script import script
from viz.live.run import Recording
from viz.run import takeaway
from viz.wire import frame as wire
from viz.wire.table import Row, told

PAGE = """
from engine import RunSpec
from viz.run import takeaway
takeaway.script(RunSpec(hidden=(5, 4), activation="elu", seed=9))
"""


def test_the_script_can_be_read_and_saved() -> None:
    page = AppTest.from_string(PAGE).run()
    assert not page.exception
    assert not page.code, "its text is drawn once somebody reads it"
    page.session_state["read_script"] = True
    page.run()
    text = script(RunSpec(hidden=(5, 4), activation="elu", seed=9))
    assert page.code[0].value == text.strip()
    assert page.get("download_button")


def test_a_run_is_kept_with_its_settings_its_curves_and_its_replay(monkeypatch) -> None:
    spec = RunSpec(hidden=(5, 4), activation="elu", lr=0.03)
    trainer = Trainer(spec)
    frames = [wire.encode(trainer.step(), trainer.histograms(), lr=spec.lr) for _ in range(4)]
    run = Recording(spec, told(map(Row, spec.layer_names)), frames, [], {"state": "paused"})
    monkeypatch.setattr(takeaway.host, "shared", lambda: SimpleNamespace(recording={"mine": run}.get))
    item, body = takeaway.kept("mine", "ELU, small")
    assert (item.kind, item.name, item.file) == ("run", "ELU, small", "replay.html")
    assert RunSpec.from_query(dict(parse_qsl(item.link.removeprefix("./?")))) == spec
    assert (item.settings["activation"], item.settings["lr"]) == ("elu", "0.03")
    assert item.curves["step"] == [1, 2, 3, 4]
    assert item.curves["loss"] == [wire.decode(frame)["loss"] for frame in run.frames]
    assert body.startswith(b"<!doctype html>")
    with pytest.raises(RuntimeError, match="nothing of this run to keep yet: press Play first"):
        takeaway.kept("nobody's", "nothing")
