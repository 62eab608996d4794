"""A trained net taken home: a `state_dict`, and a script that makes the net of it without this package."""

import io
import math
import subprocess
import sys

import pytest
import torch

from engine import RunSpec, Trainer
from tests.viz.exports.test_script import printed
from viz.exports.script import loading
from viz.workers.train import reports

SMALL = RunSpec(hidden=(13, 9), batch_size=40, seed=3)
NETS = {
    "plain": SMALL,
    "batch norm, with its running statistics": SMALL.replace(batch_norm="before", batch_norm_input=True),
    "layer norm on a path over unequal widths": SMALL.replace(
        hidden=(9, 12, 12), residual="rezero", layer_norm="after", norm_place="pre"
    ),
    "maxout with dropout": SMALL.replace(activation="maxout", dropout=0.3),
    "learned slopes": SMALL.replace(activation="prelu"),
    "numbers": SMALL.replace(dataset="friedman", loss="mse", lr=0.03),
    "one output": SMALL.replace(dataset="moons", outputs=1, loss="bce", output="sigmoid"),
    "float64": SMALL.replace(dtype="float64"),
}


def trained(spec: RunSpec, steps: int = 6) -> Trainer:
    trainer = Trainer(spec)
    for _ in range(steps):
        trainer.step(measure=False)
    return trainer


def knows(trainer: Trainer) -> list[str]:
    """What the script is to print."""
    loss, accuracy = trainer.evaluate()
    right = [] if math.isnan(accuracy) else [f"test accuracy {accuracy}"]
    return [f"test loss {loss}", *right]


@pytest.mark.parametrize("spec", NETS.values(), ids=NETS)
def test_a_script_loads_the_weights_and_knows_what_the_run_knew_bit_for_bit(spec, tmp_path):
    trainer = trained(spec)
    file = tmp_path / "weights.pt"
    file.write_bytes(reports.weights(trainer))
    assert printed(loading(spec, str(file))) == knows(trainer)
    assert printed(loading(spec, str(file))) != knows(trained(spec, 2))


def test_the_weights_are_plain_tensors_that_torch_loads_without_running_anything():
    trainer = trained(SMALL.replace(batch_norm="before"), 2)
    state = torch.load(io.BytesIO(reports.weights(trainer)), weights_only=True)
    assert state.keys() == trainer.model.state_dict().keys()
    assert all(torch.equal(state[name], tensor) for name, tensor in trainer.model.state_dict().items())


def test_a_net_of_other_widths_is_refused(tmp_path):
    file = tmp_path / "weights.pt"
    file.write_bytes(reports.weights(trained(SMALL, 1)))
    with pytest.raises(RuntimeError, match=r"size mismatch for linear1\.weight"):
        printed(loading(SMALL.replace(hidden=(14, 9)), str(file)))


@pytest.mark.long
def test_both_files_side_by_side_need_nothing_of_ours(tmp_path):
    trainer = trained(SMALL.replace(residual="rezero", activation="maxout"))
    text = loading(trainer.spec)
    assert "engine" not in text
    assert "viz" not in text
    (tmp_path / "load.py").write_text(text)
    (tmp_path / "weights.pt").write_bytes(reports.weights(trainer))
    done = subprocess.run(
        [sys.executable, "-I", "load.py"], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert done.stdout.splitlines() == knows(trainer), done.stderr
