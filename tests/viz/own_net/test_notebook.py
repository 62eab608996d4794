"""What a kernel says of a net under its cell: bounded, and whole when it is asked for."""

import gc
import sys
import weakref
from types import SimpleNamespace

import pytest
import torch
from torch import nn

from engine.tables.errors import SpecError
from tests.viz.live.frames import encoded
from viz.own_net import notebook
from viz.own_net.reading import ASKED_BY, read_in
from viz.own_net.watching import watch
from viz.replay.page import strings
from viz.words.language import catalog


class Widget:
    """Keeps what it is given as it comes."""

    made: "list[Widget]"

    def __init__(self, **state):
        self.said, self.heard = [], None
        for name, value in state.items():
            setattr(self, name, value)
        Widget.made.append(self)

    def __setattr__(self, name, value):
        super().__setattr__(name, value)
        if name in ("hello", "standing", "verdict"):
            self.said.append(value)

    def on_msg(self, heard):
        self.heard = heard

    def send_state(self, names):
        self.said += [{name: getattr(self, name)} for name in names if hasattr(self, name)]

    def send(self, message, buffers):
        self.said.append((message["say"], buffers))

    def frames(self, kind="frame"):
        return [
            buffers for each in self.said if isinstance(each, tuple) for say, buffers in [each] if say == kind
        ]


@pytest.fixture(autouse=True)
def kernel(monkeypatch):
    """A notebook's kernel with anywidget, as far as it can be seen; gives all widgets."""
    Widget.made = []
    shell = SimpleNamespace(get_ipython=lambda: SimpleNamespace(kernel=object()))
    monkeypatch.setitem(sys.modules, "IPython", shell)
    monkeypatch.setattr(notebook, "can_draw", lambda: True)
    monkeypatch.setattr(notebook, "canvas", lambda: Widget)
    monkeypatch.setattr(notebook, "_display", lambda widget: None)
    notebook.OVER.clear()
    return Widget.made


def made():
    torch.manual_seed(0)
    model = nn.Sequential(nn.Linear(6, 6), nn.Tanh(), nn.Linear(6, 2))
    return model, torch.optim.SGD(model.parameters(), lr=0.1)


def train(model, optimizer, steps=5):
    for _ in range(steps):
        optimizer.zero_grad()
        model(torch.ones(8, 6)).square().mean().backward()
        optimizer.step()


def cell(kept=(), clock=lambda: 0.0):
    shown = notebook.Cell(lambda: list(kept), clock)
    shown.open({"name": "mine", "epoch": 0, "labels": []})
    return shown


def test_in_a_kernel_a_loop_is_seen_under_its_cell(kernel):
    model, optimizer = made()
    with watch(model, optimizer, every=1, name="mine") as lab:
        train(model, optimizer)
    [widget] = kernel
    assert [row["name"] for row in widget.hello["rows"]] == lab.layers == ["0", "2"]
    assert widget.standing["reason"] == "The watching ended after step 5: all of it is kept here."
    assert [each["name"] for each in widget.verdict["findings"]] == [each.name for each in lab.findings()]
    assert lab.url == ""
    widget.heard(widget, {"do": "past"}, [])
    assert widget.frames("past") == [lab._showing.kept()]


def is_stopped(model, optimizer):
    with watch(model, optimizer):
        train(model, optimizer)
        raise KeyboardInterrupt


def test_a_cell_that_is_stopped_says_so(kernel):
    with pytest.raises(KeyboardInterrupt):
        is_stopped(*made())
    assert kernel[0].standing["reason"].startswith("The cell ended with KeyboardInterrupt after step 5")


def test_of_many_frames_as_many_are_sent_as_can_be_seen_and_the_last(kernel):
    now = [0.0]
    shown = cell(clock=lambda: now[0])
    sent = [encoded(2, step, epoch=1) for step in range(1, 1001)]
    for frame in sent:
        now[0] += 0.001
        shown.show(frame)
    shown.close("over")
    seen = [frame for [frame] in kernel[0].frames()]
    assert 25 <= len(seen) <= 32
    assert (seen[0], seen[-1]) == (sent[0], sent[-1])


def test_large_frames_are_sent_more_seldom(kernel):
    now = [0.0]
    shown = cell(clock=lambda: now[0])
    for _ in range(100):
        now[0] += 0.1
        shown.show(bytes(notebook.BYTES_A_SECOND))
    assert len(kernel[0].frames()) == 10


def test_a_verdict_comes_after_the_frame_that_it_is_about_and_a_net_with_more_layers_begins_anew(kernel):
    shown = cell()
    shown.show(b"first")
    shown.show(b"second")
    shown.tell({"say": "verdict", "findings": []})
    assert kernel[0].said[-2:] == [("frame", [b"second"]), {"say": "verdict", "findings": []}]
    shown.show(b"third")
    shown.greet({"name": "mine", "epoch": 1, "labels": ["fc"]})
    shown.close("over")
    assert [b"third"] not in kernel[0].frames()


def test_who_asks_after_the_cell_is_answered_though_the_net_is_gone_and_nothing_keeps_it(kernel):
    model, optimizer = made()
    with watch(model, optimizer, every=1) as lab:
        train(model, optimizer)
    there = weakref.ref(model)
    kept = lab._showing.kept()
    del model, optimizer, lab
    gc.collect()
    assert there() is None
    [widget] = kernel
    widget.heard(widget, {"do": "past"}, [])
    widget.heard(widget, {"do": "nothing"}, [])
    assert widget.frames("past") == [kept]


def test_where_there_is_no_notebook_or_nothing_that_draws_it_is_said(monkeypatch, capsys):
    monkeypatch.setattr(notebook, "can_draw", lambda: False)
    assert not isinstance(watch(*made())._stage, notebook.Cell)
    assert "(`pip install anywidget`), now in the app." in capsys.readouterr().err
    assert not isinstance(watch(*made(), notebook=False)._stage, notebook.Cell)
    assert capsys.readouterr().err == ""
    monkeypatch.undo()
    monkeypatch.setitem(sys.modules, "anywidget", None)
    notebook.canvas.cache_clear()
    with pytest.raises(ImportError, match=r"by anywidget, which is not installed: pip install anywidget"):
        notebook.canvas()
    monkeypatch.setitem(sys.modules, "IPython", SimpleNamespace(get_ipython=lambda: None))
    with pytest.raises(SpecError, match="notebook=True is for a cell of a notebook, and this is none"):
        watch(*made(), notebook=True)


def test_a_cell_brings_the_words_of_its_language_before_what_is_said_in_them(kernel, tmp_path):
    model, optimizer = made()
    with watch(model, optimizer, every=1, language="zh") as lab:
        widget = kernel[0]
        assert widget.speech["texts"][notebook.WAITS] == "等待单元格的第一步。"
        train(model, optimizer)
        known = dict(widget.speech["texts"])
        lab._showing.stage.tell(
            {"findings": [{"words": {"template": "nobody is left"}}], "text": "nobody's words"}
        )
    learned = widget.speech["texts"].keys() - known.keys()
    assert "nobody is left" in learned
    told = {*strings([widget.hello, widget.standing, widget.verdict])} & catalog("zh")["texts"].keys()
    assert told
    assert told <= widget.speech["texts"].keys()
    lab.save(tmp_path / "net.html")
    assert '<html lang="zh">' in (tmp_path / "net.html").read_text("utf-8")
    watch(*made(), language="en").attach()
    assert kernel[1].speech == {"language": "en", "texts": {}}


@pytest.mark.parametrize(
    ("environment", "language"),
    [
        ({"LANG": "zh_CN.UTF-8"}, "zh"),
        ({"LANG": "zh_CN.UTF-8", "LC_ALL": "C.UTF-8"}, "en"),
        ({"LANG": "C", "LANGUAGE": "xx:zh@pinyin"}, "zh"),
        ({"LANG": "de_DE"}, "en"),
        ({}, "en"),
    ],
)
def test_the_language_is_what_the_environment_asks_for(monkeypatch, environment, language):
    for name in ASKED_BY:
        monkeypatch.delenv(name, raising=False)
    for name, value in environment.items():
        monkeypatch.setenv(name, value)
    assert read_in() == language
    assert read_in("zh-CN") == "zh"
    with pytest.raises(SpecError, match=r"language: 'zz' is not allowed; give en or zh|language: 'zz'"):
        read_in("zz")
