"""What the route hands out, asked as a browser asks it."""

import ast
import sys
from functools import partial

import pytest

from engine import RunSpec
from tests.viz.asgi import request
from tests.viz.live.fakes import OTHER, TOKEN, Stage
from viz.exports import takes
from viz.wire import frame as wire
from viz.wire import table
from viz.words.language import speaking

SPEC = RunSpec(dataset="moons", hidden=(7, 5), lr=0.3)
LAB = {"host": "lab:8501"}


@pytest.fixture
def stage(tmp_path, monkeypatch) -> Stage:
    """A run of three layers that stood still after 30 frames."""
    stage = Stage(tmp_path)
    monkeypatch.setattr(sys, "_gradient_flow_live", stage.host, raising=False)
    stage.host.want(TOKEN, SPEC)
    stage.watch()
    stage.say("hello", **table.told(map(table.Row, ("1", "2", "out"))))
    for step in range(30):
        stage.frame(step)
        if step == 12:
            stage.say("verdict", findings=[{"name": "vanishing", "words": "layer 1"}])
    stage.state("paused")
    obeyed = stage.engine.send

    def send(order):
        obeyed(order)
        if order["do"] == "weights":
            stage.say("weights", body=b"weights of the trainer" * 9)

    stage.engine.send = send
    return stage


def take(name: str, token: str = TOKEN, **headers: str) -> tuple[int, dict[str, str], bytes]:
    return request(takes.routes(), f"/take/{token}/{name}", **(LAB | headers))


def test_every_file_of_the_menu_comes_as_an_attachment(stage):
    for entry in takes.offered():
        status, headers, body = take(entry["name"])
        assert (status, len(body) > 100) == (200, True), entry
        assert headers["content-disposition"] == f'attachment; filename="{entry["name"]}"'
        assert headers["x-content-type-options"] == "nosniff"


def test_a_script_speaks_to_its_reader_and_stays_the_same_code(stage):
    body, english = (
        request(takes.routes(), f"/take/{TOKEN}/run.py?lang={lang}", **LAB)[2].decode()
        for lang in ("zh", "en")
    )
    assert "需要 torch、numpy 和 scikit-learn。" in ast.get_docstring(ast.parse(body))
    assert "Needs torch" not in body
    assert "# ------" in body
    assert " the data\n" not in body
    assert " the data\n" in english
    assert _code(body) == _code(english)


def _code(text: str) -> str:
    """A script without its docstrings and comments."""
    tree = ast.parse(text)
    for node in ast.walk(tree):
        if isinstance(node, ast.Module | ast.FunctionDef | ast.ClassDef) and ast.get_docstring(node):
            node.body = node.body[1:]
    return ast.unparse(tree)


def test_the_menu_says_that_a_history_holds_the_measured_steps():
    said = {entry["name"]: entry["words"] for entry in takes.offered()}
    assert "steps that were measured" in said["history.csv"]
    assert "steps that were measured" in said["history.parquet"]


def test_a_replay_speaks_the_language_of_the_link_that_asked_for_it(stage):
    body = request(takes.routes(), f"/take/{TOKEN}/replay.html?lang=zh", **LAB)[2].decode()
    assert '<html lang="zh">' in body
    assert "Tanh，SGD：一次训练的回放" in body
    assert '<html lang="en">' in take("replay.html")[2].decode()
    with speaking("zh"):
        assert takes.offered()[0]["title"] == "回放（HTML）"


def test_weights_come_from_the_trainer_and_without_one_it_is_said_what_brings_it_back(stage, monkeypatch):
    monkeypatch.setattr(stage.host, "weights", partial(stage.host.weights, wait=0.05))
    assert take("weights.pt")[2] == b"weights of the trainer" * 9
    stage.engine.send = lambda order: None  # its process is busy for longer than anybody waits
    assert take("weights.pt")[0] == 409
    stage.state("lost", reason="It died.")
    status, _, body = take("weights.pt")
    assert (status, body.decode()) == (
        409, "there is no trainer that has these weights now: play the run, or resume it, then ask again",
    )  # fmt: skip


def test_a_recording_has_each_frame_and_when_a_verdict_was_told(stage):
    run = stage.host.recording(TOKEN)
    assert [wire.decode(frame)["step"] for frame in run.frames] == list(range(30))
    assert [(step, said["findings"][0]["name"]) for step, said in run.verdicts] == [(12, "vanishing")]
    assert run.end["state"] == "paused"
    assert run.spec == SPEC


def test_a_run_that_starts_again_forgets_what_was_said_of_it(stage):
    stage.host.do(TOKEN, {"do": "reset"})
    assert stage.host.recording(TOKEN) is None


@pytest.mark.parametrize(
    ("name", "token", "headers", "status", "says"),
    [
        ("replay.exe", TOKEN, {}, 404, "there is: replay.html"),
        ("replay.html", OTHER, {}, 404, "no such run"),
        ("replay.html", "../../etc", {}, 404, ""),
        ("replay.html", TOKEN, {"origin": "https://elsewhere"}, 403, "pages of this server"),
        ("replay.html", TOKEN, {"sec-fetch-site": "cross-site"}, 403, "pages of this server"),
    ],
)
def test_what_is_not_there_or_not_theirs_is_refused_in_words(stage, name, token, headers, status, says):
    found, _, body = take(name, token, **headers)
    assert found == status
    assert says in body.decode()


def test_who_asks_too_often_waits(stage):
    answers = [take("run.py")[0] for _ in range(30)]
    assert answers[0] == 200
    assert 429 in answers
