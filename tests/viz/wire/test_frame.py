import json
import shutil
import subprocess
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.viz.live.frames import encoded, frame, histograms, named
from viz.wire import frame as wire
from viz.wire import table

WIRE_JS = Path(wire.__file__).with_suffix(".js")


def test_a_frame_of_ten_hidden_layers_fits_in_three_kilobytes():
    assert len(encoded(layers=11)) == wire.size(11) <= 3072


@pytest.mark.parametrize("layers", [1, 2, 11, 101])
@pytest.mark.parametrize("linear", [False, True])
def test_what_was_encoded_is_decoded(layers, linear):
    sent, bars = frame(layers), histograms(layers, linear)
    got = wire.decode(encoded(layers, linear=linear))

    assert (got["epoch"], got["step"], got["layers"], got["finite"], got["linear"]) == (
        3,
        732,
        layers,
        True,
        linear,
    )
    assert (got["loss"], got["gradient_norm"], got["gradient_norm_clipped"]) == (2.3025, 3.5e-12, 1e-12)
    assert (got["test_loss"], got["test_accuracy"], got["test_step"]) == (2.25, 0.125, 366)
    assert (got["lr"], got["steps_per_second"], got["frames_per_second"]) == (0.03, 412.5, 9.75)
    assert got["weight_norm"] == 8.25
    assert got["accuracy"] == 0.1171875
    for name in named("mean"):
        np.testing.assert_array_equal(got["stats"][name], getattr(sent, name))
    for name in named("fraction"):
        np.testing.assert_allclose(got["stats"][name], getattr(sent, name), rtol=1e-6)
    for name in named("log10"):
        with np.errstate(divide="ignore"):
            np.testing.assert_allclose(
                got["stats"][f"{name}_log10"], np.log10(getattr(sent, name)), rtol=1e-6
            )
    for mine, theirs in ((got["activations"], bars.activations), (got["gradients"], bars.gradients)):
        for ends in ("low", "high", "threshold"):
            np.testing.assert_allclose([each[ends] for each in mine], getattr(theirs, ends), rtol=1e-4)
        for tally in ("zeros", "underflow", "nan", "inf"):
            assert [each[tally] for each in mine] == getattr(theirs, tally).tolist()
        outside = theirs.zeros + theirs.underflow + theirs.nan + theirs.inf
        assert [each["total"] for each in mine] == (theirs.counts.sum(-1) + outside).tolist()
        assert [each["peak"] for each in mine] == theirs.counts.max(-1).tolist()


def test_a_head_says_what_its_frame_says_of_the_net_as_a_whole():
    head, whole = wire.decode(wire.head(encoded())), wire.decode(encoded())
    assert len(wire.head(encoded())) == wire.size(0)
    of_layers = {"layers": 0, "activations": [], "gradients": [], "stats": head["stats"]}
    assert head == whole | of_layers
    assert {len(values) for values in head["stats"].values()} == {0}


def test_a_frame_without_a_test_set_evaluation_says_so():
    got = wire.decode(wire.encode(frame(), histograms()))
    assert got["test_step"] is None
    assert np.isnan([got["test_loss"], got["test_accuracy"], got["lr"], got["steps_per_second"]]).all()


def test_a_diverged_frame_travels():
    broken = frame()
    broken.loss, broken.finite, broken.gradient_norm = np.nan, False, np.inf
    broken.activation_var[3] = np.inf
    got = wire.decode(wire.encode(broken, histograms(), steps_per_second=1e300))
    assert np.isnan(got["loss"])
    assert np.isinf(got["gradient_norm"])
    assert not got["finite"]
    assert got["stats"]["activation_var_log10"][3] == np.inf
    assert got["steps_per_second"] == np.inf


def test_only_an_empty_bin_has_code_0():
    codes = wire.codes_of(np.array([0, 1, 250_000, 1_000_000]))
    assert codes.tolist() == [0, 1, 128, 255]


@given(st.binary(max_size=4000))
def test_garbage_is_refused(data):
    with pytest.raises(wire.WireError):
        wire.decode(data)


@given(st.integers(0, wire.size(3) - 1))
def test_a_truncated_frame_is_refused(length):
    with pytest.raises(wire.WireError):
        wire.decode(encoded(layers=3)[:length])


def test_another_version_is_refused_by_name():
    newer = bytearray(encoded(layers=2))
    newer[2] = 9
    with pytest.raises(wire.WireError, match="a frame of version 9 with 64 bins; this is version 1"):
        wire.decode(bytes(newer))


# ----------------------------------------------------------------------------------------------- the twin

PRINT = """
import { readFileSync } from "node:fs";
const { decode } = await import(process.argv[2]);
const plain = (key, value) => {
  if (ArrayBuffer.isView(value)) return Array.from(value);
  return typeof value === "number" && !Number.isFinite(value) ? String(value) : value;
};
const bytes = new Uint8Array(readFileSync(process.argv[3]));
const { columns } = JSON.parse(readFileSync(process.argv[4]));
try { console.log(JSON.stringify(decode(bytes, columns), plain)); }
catch (error) { console.log(JSON.stringify({ error: error.name, message: error.message })); }
"""


def in_javascript(data: bytes, folder: Path):
    node = shutil.which("node")
    if node is None:
        pytest.skip("no node to run wire.js")
    (folder / "print.mjs").write_text(PRINT)
    (folder / "package.json").write_text('{"type": "module"}')
    for script in (WIRE_JS, WIRE_JS.with_name("error.js")):
        (folder / script.name).write_text(script.read_text())
    (folder / "frame").write_bytes(data)
    (folder / "hello.json").write_text(json.dumps(table.told([])))
    command = [node, *(str(folder / name) for name in ("print.mjs", WIRE_JS.name, "frame", "hello.json"))]
    return json.loads(subprocess.run(command, capture_output=True, check=True, text=True).stdout)


def plain(value):
    if isinstance(value, dict):
        return {name: plain(each) for name, each in value.items()}
    if isinstance(value, list | np.ndarray):
        return [plain(each) for each in value]
    return float(value) if isinstance(value, float | np.floating | str) else value


def same(mine, theirs):
    """Equal, with floats to 1e-12: the two languages' powers of ten may differ in the last bit."""
    if isinstance(mine, dict):
        assert set(mine) == set(theirs)
        for name in mine:
            same(mine[name], theirs[name])
    elif isinstance(mine, list):
        assert len(mine) == len(theirs)
        for pair in zip(mine, theirs, strict=True):
            same(*pair)
    elif isinstance(mine, float):
        assert float(theirs) == pytest.approx(mine, rel=1e-12, abs=0, nan_ok=True)
    else:
        assert mine == theirs


@pytest.mark.parametrize("linear", [False, True])
def test_javascript_reads_what_python_reads(tmp_path, linear):
    data = encoded(layers=11, linear=linear)
    same(plain(wire.decode(data)), in_javascript(data, tmp_path))


@pytest.mark.parametrize("cut", [0, 5, 87, 88, 2000])
def test_javascript_refuses_what_python_refuses(tmp_path, cut):
    assert in_javascript(encoded()[:cut], tmp_path)["error"] == "RangeError"
