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
    assert told["hello"]["labels"] == watched.layers
    seen = np.array([frame["stats"]["gradient_rms_log10"] for frame in frames])
    np.testing.assert_allclose(seen, np.log10(watched.history["gradient_rms"]), atol=1e-5)
    np.testing.assert_array_equal([frame["loss"] for frame in frames], watched.history["loss"])
    assert "vanishing" in {finding["name"] for _, said in told["verdicts"] for finding in said["findings"]}
    assert "mine &lt;b&gt;, watched" in page


def test_who_watched_nothing_is_told_so(tmp_path):
    with pytest.raises(wire.WireError, match="nothing was watched so far"):
        Watch(nn.Linear(2, 2)).save(tmp_path / "run.html")


def test_another_suffix_is_refused_with_all_that_are_allowed(watched, tmp_path):
    with pytest.raises(SpecError, match="html"):
        watched.save(tmp_path / "run.pdf")
