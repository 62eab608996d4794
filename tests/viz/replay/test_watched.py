"""A watched net's replay holds what the watch has seen."""

import json
import re
from base64 import b64decode

import numpy as np
import pytest
import torch
from torch import nn

import viz
from engine import SpecError, Watch
from viz.wire import frame as wire
from viz.wire import recording

STEPS = 30


@pytest.fixture
def watched():
    torch.manual_seed(0)
    blocks = [nn.Sequential(nn.Linear(20, 20), nn.Sigmoid()) for _ in range(8)]
    model = nn.Sequential(*blocks, nn.Linear(20, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    x, y = torch.randn(64, 20), torch.randint(0, 3, (64,))
    with Watch(model, optimizer, every=1, name="mine <b>") as watch:
        for _ in range(STEPS):
            optimizer.zero_grad()
            nn.functional.cross_entropy(model(x), y).backward()
            optimizer.step()
    return watch


def held(page: str, name: str) -> str:
    return re.search(rf'id="{name}">([^<]*)<', page)[1]


def test_a_page_has_each_frame_s_numbers_and_what_was_found(watched, tmp_path):
    assert viz.__doc__
    watched.save(tmp_path / "run.html")
    page = (tmp_path / "run.html").read_text("utf-8")
    told = json.loads(held(page, "recording"))
    frames = [wire.decode(each) for each in recording.unpack(b64decode(held(page, "bytes")))]
    assert [frame["step"] for frame in frames] == list(range(1, STEPS + 1))
    assert [row["name"] for row in told["hello"]["rows"]] == watched.layers
    seen = np.array([frame["stats"]["gradient_rms_log10"] for frame in frames])
    np.testing.assert_allclose(seen, np.log10(watched.history["gradient_rms"]), atol=1e-5)
    np.testing.assert_array_equal([frame["loss"] for frame in frames], watched.history["loss"])
    assert told["hello"]["histograms"] is True
    assert all(each["total"] > 0 for kind in ("activations", "gradients") for each in frames[-1][kind])
    assert "vanishing" in {finding["name"] for _, said in told["verdicts"] for finding in said["findings"]}
    assert "mine &lt;b&gt;, watched" in page


def test_without_a_recorder_it_has_the_numbers_alone(watched, tmp_path):
    watched.recorders.clear()
    watched.save(tmp_path / "run.html")
    told = json.loads(held((tmp_path / "run.html").read_text("utf-8"), "recording"))
    assert told["hello"]["histograms"] is False


def test_a_few_samples_are_copied_and_the_net_learns_the_same():
    ends = []
    for shown in (False, True):
        torch.manual_seed(0)
        model = nn.Sequential(nn.Linear(4, 300), nn.ReLU(inplace=True), nn.Linear(300, 3))
        optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
        watch = Watch(model, optimizer, every=1)
        watch.attach()
        watch._probe.shows = shown
        for _ in range(3):
            optimizer.zero_grad()
            model(torch.ones(2000, 4)).square().mean().backward()
            optimizer.step()
            if shown and watch._probe.outputs:
                assert max(each.numel() for each in watch._probe.outputs) <= 100_000
        watch.detach()
        ends.append(model[0].weight.detach().clone())
        assert watch.frame is not None
    assert torch.equal(*ends)


def test_who_watched_nothing_is_told_so(tmp_path):
    with pytest.raises(wire.WireError, match="nothing was watched so far"):
        Watch(nn.Linear(2, 2)).save(tmp_path / "run.html")


def test_another_suffix_is_refused_with_all_that_are_allowed(watched, tmp_path):
    with pytest.raises(SpecError, match="html"):
        watched.save(tmp_path / "run.pdf")


def test_of_a_loop_too_fast_to_be_measured_whole_the_page_has_the_last_step_and_says_what_is_kept(tmp_path):
    model = nn.Sequential(nn.Linear(4, 4), nn.Tanh(), nn.Linear(4, 3))
    optimizer = torch.optim.SGD(model.parameters(), lr=0.1)
    with Watch(model, optimizer, every=20) as watch:
        for _ in range(STEPS):
            optimizer.zero_grad()
            model(torch.ones(8, 4)).square().mean().backward()
            optimizer.step()
    watch.save(tmp_path / "run.html")
    page = (tmp_path / "run.html").read_text("utf-8")
    frames = [wire.decode(each) for each in recording.unpack(b64decode(held(page, "bytes")))]
    assert [frame["step"] for frame in frames] == [1, 21, STEPS]
    assert frames[-1]["loss"] == watch.last_loss < watch.history["loss"][-1]
    assert "2 layers; of 30 steps 2 are here, and of the last one the loss" in page
