"""What a net sees, as bytes and back."""

import numpy as np
import pytest

from engine import RunSpec, Trainer
from engine.training.sight import sight
from viz.wire import payload
from viz.wire import sight as wire


def test_a_plane_comes_back_within_the_grain_of_its_codings():
    seen = sight(Trainer(RunSpec(dataset="moons", hidden=(5, 3))), layer=1)
    data = wire.encode(seen, epoch=2, step=7, layer=1, of=5)
    assert len(data) < 16_000
    header, arrays = wire.decode(data)
    assert (header["sight"], header["epoch"], header["step"], header["layer"], header["of"]) == (
        "plane",
        2,
        7,
        1,
        5,
    )
    np.testing.assert_array_equal(arrays["answers"], seen.answers)
    np.testing.assert_array_equal(arrays["answered"], seen.answered)
    np.testing.assert_allclose(arrays["probability"], seen.probability, atol=1e-5)
    low, high = np.array(header["low"]), np.array(header["high"])
    np.testing.assert_allclose(low + arrays["points"] * (high - low), seen.points, atol=1e-4)
    np.testing.assert_allclose(
        (2 * arrays["units"] - 1) * header["most"], seen.units, atol=1e-4 * header["most"]
    )


def test_a_strip_comes_back_and_a_net_without_an_answer_says_so():
    trainer = Trainer(RunSpec(hidden=(4,)))
    trainer.model.linears()[0].weight.data.fill_(float("inf"))
    header, arrays = wire.decode(wire.encode(sight(trainer), epoch=0, step=0))
    assert header["sight"] == "strip"
    assert arrays["pictures"].shape == (16, 8, 8)
    assert (arrays["answers"] == -1).any()
    assert np.isnan(arrays["probability"][arrays["answers"] == -1]).all()


def test_other_bytes_are_refused():
    with pytest.raises(ValueError, match="these bytes are no sight"):
        wire.decode(payload.encode({}, {}))
