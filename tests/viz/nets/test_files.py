"""A file that a watch saved shows what the watch has seen; any other is refused in words."""

import json

import numpy as np
import pytest
import torch
from torch import nn

from engine import Watch
from viz.nets import files
from viz.nets.host import shared
from viz.wire import frame as wire

TOKEN = "f" * 32
STEPS = 6


@pytest.fixture(scope="module")
def watched():
    torch.manual_seed(0)
    model = nn.Sequential(*[nn.Sequential(nn.Linear(6, 6), nn.Sigmoid()) for _ in range(3)])
    optimizer = torch.optim.SGD([*model.parameters()][:-2], lr=0.1)
    x = torch.randn(8, 6)
    with Watch(model, optimizer, every=1, name="three blocks") as watch:
        for _ in range(STEPS):
            optimizer.zero_grad()
            model(x).square().mean().backward()
            optimizer.step()
    return watch


@pytest.mark.parametrize("suffix", ["json", "parquet"])
def test_each_frame_and_the_findings_are_shown(watched, tmp_path, suffix):
    path = tmp_path / f"net.{suffix}"
    watched.save(path)
    files.show(TOKEN, path.name, path.read_bytes())
    net = shared().runs.pop(TOKEN)
    frames = [wire.decode(data) for data in net.ring.after(-1)]
    assert [frame["step"] for frame in frames] == list(range(1, STEPS + 1))
    seen = np.array([frame["stats"]["gradient_rms_log10"] for frame in frames])
    np.testing.assert_allclose(seen, np.log10(watched.history["gradient_rms"]), atol=1e-5)
    hello, state, verdict = net.messages()
    assert [row["name"] for row in hello["rows"]] == ["0.0", "1.0", "2.0"]
    assert not hello["histograms"]
    assert (net.name, net.is_live, state["reason"]) == ("three blocks", False, files.ENDED)
    assert "no rows of activations and gradients" in state["reason"]
    assert [each["name"] for each in verdict["findings"]] == [each.name for each in watched.findings()]


@pytest.mark.parametrize(
    ("name", "data", "words"),
    [
        ("net.csv", b"step", "net.csv is neither .parquet nor .json"),
        ("net.json", b"{", "net.json could not be read (JSONDecodeError)"),
        ("net.json", b"[1, 2]", "net.json: this JSON is nothing that a watch saved"),
        ("net.json", b'{"gradient_flow_lab": 1}', "net.json could not be read (KeyError)"),
        ("net.parquet", b"PAR1 and no more", "net.parquet could not be read (Arrow"),
        ("net.parquet", b"", "net.parquet could not be read (Arrow"),
        ("net.json", b" " * (files.MOST_BYTES + 1), "net.json has 32 MB; give a file of at most 32"),
    ],
)
def test_what_is_no_file_of_a_watch_is_refused(name, data, words):
    before = set(shared().runs)
    with pytest.raises(files.FileError) as refused:
        files.show(TOKEN, name, data)
    assert words in str(refused.value)
    assert set(shared().runs) == before


def test_a_table_of_others_is_refused(tmp_path):
    import pyarrow as pa
    from pyarrow import parquet

    parquet.write_table(pa.table({"step": [1]}), tmp_path / "net.parquet")
    with pytest.raises(files.FileError, match="this table is nothing that a watch saved"):
        files.read("net.parquet", (tmp_path / "net.parquet").read_bytes())


@pytest.mark.parametrize(
    ("change", "words"),
    [
        ({"step": [1, 1, 2, 3, 4, 5]}, "its steps do not rise"),
        ({"layers": ["x"] * 30_000}, "6 frames of 30,000 layers"),
        ({"loss": [0.0]}, r"could not be read \(ValueError\)"),
        ({"layers": []}, r"could not be read|holds no frame"),
    ],
)
def test_a_file_that_contradicts_itself_is_refused(watched, tmp_path, change, words):
    watched.save(tmp_path / "net.json")
    said = json.loads((tmp_path / "net.json").read_text()) | change
    with pytest.raises(files.FileError, match=words):
        files.read("net.json", json.dumps(said).encode())
