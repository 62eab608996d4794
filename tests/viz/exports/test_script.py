"""A script is a run: what it prints are the run's own losses, bit for bit."""

import math
import os
import subprocess
import sys
from contextlib import redirect_stdout
from io import StringIO

import pytest
import torch

from engine import ACTIVATIONS, DATASETS, INITIALIZERS, OPTIMIZERS, RunSpec, Trainer
from engine.spec.run import FIELDS
from engine.tables.schedules import SCHEDULES
from viz.exports.script import script

STEPS = 8
SMALL = RunSpec(hidden=(13, 9), batch_size=40, seed=3)
OFFLINE = [name for name in DATASETS if name != "mnist"]
NUMBERS = {"loss": "mse", "batch_size": 40}
CASES: dict[str, list[RunSpec]] = {
    "dataset": [
        SMALL.replace(dataset=name, **({} if DATASETS[name].classes else NUMBERS)) for name in OFFLINE
    ],
    "input_scale": [SMALL.replace(dataset="wine", input_scale="raw", lr=1e-4)],
    "input_factor": [
        SMALL.replace(input_factor=25.5),
        SMALL.replace(dataset="moons", input_factor=(1.0, 30.0)),
    ],
    "label_noise": [SMALL.replace(label_noise=0.2), SMALL.replace(label_noise=0.2, class_share=0.5)],
    "class_share": [
        SMALL.replace(class_share=0.9),
        SMALL.replace(class_share=0.9, batch_size=1000),
        SMALL.replace(dataset="moons", class_share=0.2),
    ],
    "bias": [SMALL.replace(bias=kind, initializer="torch_default") for kind in ("zeros", "normal")],
    "bias_value": [SMALL.replace(bias="constant", bias_value=0.3)],
    "output": [SMALL.replace(output=kind) for kind in ("sigmoid", "tanh", "relu", "softmax")],
    "outputs": [
        SMALL.replace(dataset="moons", outputs=1, loss="mse"),
        SMALL.replace(dataset="moons", outputs=1, loss="bce", output="sigmoid"),
    ],
    "output_gain": [SMALL.replace(output_gain=7.0), SMALL.replace(output_gain=7.0, activation="maxout")],
    "loss": [
        SMALL.replace(loss="mse"),
        SMALL.replace(loss="mse", output="sigmoid"),
        SMALL.replace(loss="bce", output="sigmoid"),
        SMALL.replace(loss="bce", output="softmax"),
    ],
    "schedule": [SMALL.replace(schedule=name, schedule_steps=6) for name in SCHEDULES],
    "schedule_options": [
        SMALL.replace(schedule="step", schedule_options={"step_size": 2, "gamma": 0.5}, optimizer="adam")
    ],
    "schedule_steps": [SMALL.replace(schedule="cosine", schedule_steps=3)],
    "warmup": [SMALL.replace(warmup=5), SMALL.replace(warmup=3, schedule="cosine")],
    "activation": [SMALL.replace(activation=name) for name in ACTIVATIONS],
    "activation_options": [
        SMALL.replace(activation="maxout", activation_options={"pieces": 3}),
        SMALL.replace(activation="gelu", activation_options={"approximate": "tanh"}),
        SMALL.replace(activation="rrelu", activation_options={"lower": 0.1, "upper": 0.4}),
    ],
    "initializer": [SMALL.replace(initializer=name) for name in INITIALIZERS],
    "initializer_options": [
        SMALL.replace(initializer="variance_scaling", initializer_options={"mode": mode, "distribution": law})
        for mode in ("fan_in", "fan_out", "fan_avg")
        for law in ("normal", "uniform", "truncated_normal")
    ]
    + [SMALL.replace(initializer="he_normal", initializer_options={"a": 0.2, "mode": "fan_out"})],
    "optimizer": [SMALL.replace(optimizer=name, lr=OPTIMIZERS[name].default_lr) for name in OPTIMIZERS],
    "optimizer_options": [
        SMALL.replace(optimizer_options={"momentum": 0.8, "nesterov": True, "weight_decay": 0.01}),
        SMALL.replace(optimizer="rmsprop", lr=0.01, optimizer_options={"centered": True, "momentum": 0.5}),
        SMALL.replace(optimizer="adam", lr=0.01, optimizer_options={"amsgrad": True, "betas": (0.8, 0.95)}),
    ],
    "batch_size": [SMALL.replace(batch_size=size) for size in (1, 500, None)],
    "hidden": [
        SMALL.replace(hidden=()),
        SMALL.replace(hidden=(7, 7, 7, 7)),
        SMALL.replace(hidden=(100,) * 10, batch_size=128),  # whose losses differ where torch has two threads
    ],
    "batch_norm": [SMALL.replace(batch_norm=place) for place in ("before", "after")],
    "batch_norm_momentum": [SMALL.replace(batch_norm="before", batch_norm_momentum=0.3)],
    "batch_norm_input": [SMALL.replace(batch_norm_input=True)],
    "batch_norm_output": [SMALL.replace(batch_norm_output=True)],
    "layer_norm": [SMALL.replace(layer_norm=place) for place in ("before", "after")],
    "layer_norm_kind": [SMALL.replace(layer_norm="before", layer_norm_kind="rms")],
    "residual": [
        SMALL.replace(hidden=(9, 9, 12, 12), residual=kind) for kind in ("plain", "scaled", "rezero")
    ],
    "residual_every": [SMALL.replace(hidden=(9,) * 5, residual="plain", residual_every=2)],
    "norm_place": [SMALL.replace(hidden=(9,) * 4, residual="plain", layer_norm="after", norm_place="pre")],
    "dropout": [SMALL.replace(dropout=0.3), SMALL.replace(dropout=0.3, activation="rrelu")],
    "lr": [SMALL.replace(lr=0.033)],
    "clip": [SMALL.replace(clip=how, clip_threshold=0.1) for how in ("value", "norm")],
    "clip_threshold": [SMALL.replace(clip="norm", clip_threshold=0.01)],
    "seed": [SMALL.replace(seed=11)],
    "dtype": [SMALL.replace(dtype="float64", dropout=0.2)],
}
"""What a field may be, by its name."""


def printed(text: str) -> list[str]:
    """What a script prints on a machine whose torch has two threads, as it is found there."""
    said, threads = StringIO(), torch.get_num_threads()
    torch.set_num_threads(2)
    try:
        with redirect_stdout(said), torch.random.fork_rng():
            exec(compile(text, "run.py", "exec"), {"__name__": "__main__"})
    finally:
        torch.set_num_threads(threads)
    return said.getvalue().splitlines()


def own_words(spec: RunSpec) -> list[str]:
    trainer = Trainer(spec)
    lines = [f"{number} {trainer.step().loss}" for number in range(1, STEPS + 1)]
    loss, accuracy = trainer.evaluate()
    after = f"after {STEPS} steps"
    right = [] if math.isnan(accuracy) else [f"test accuracy {after} {accuracy}"]
    return [*lines, f"test loss {after} {loss}", *right]


@pytest.mark.parametrize("field", CASES)
def test_a_script_prints_the_losses_of_the_run(field: str) -> None:
    for spec in CASES[field]:
        assert printed(script(spec, STEPS)) == own_words(spec), spec.differences(SMALL)


def test_every_field_of_a_run_is_in_its_script() -> None:
    assert CASES.keys() == FIELDS.keys() - {"device"}


def test_a_script_trains_for_as_many_steps_as_its_constant_says() -> None:
    text = script(SMALL, 2).replace("STEPS = 2 ", f"STEPS = {STEPS} ", 1)
    assert text == script(SMALL, STEPS)
    assert printed(text) == own_words(SMALL)


@pytest.mark.long
def test_a_script_by_itself_prints_the_losses_of_the_run_with_as_many_threads_as_torch_takes(
    tmp_path,
) -> None:
    spec = SMALL.replace(hidden=(100,) * 10, batch_size=128)
    (tmp_path / "run.py").write_text(script(spec, STEPS))
    bare = {name: value for name, value in os.environ.items() if not name.endswith("_NUM_THREADS")}
    command = [sys.executable, "-I", "run.py"]
    done = subprocess.run(command, capture_output=True, text=True, timeout=120, cwd=tmp_path, env=bare)
    assert done.stdout.splitlines() == own_words(spec), done.stderr


@pytest.mark.long
def test_a_script_needs_nothing_of_ours(tmp_path) -> None:
    text = script(SMALL.replace(residual="rezero", activation="maxout"), 2)
    assert "engine" not in text
    assert "viz" not in text
    file = tmp_path / "run.py"
    file.write_text(text)
    done = subprocess.run(
        [sys.executable, "-I", file], capture_output=True, text=True, timeout=120, cwd=tmp_path
    )
    assert done.stdout.startswith("1 2."), done.stderr
