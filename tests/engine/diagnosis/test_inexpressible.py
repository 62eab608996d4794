"""Reports that nobody could once set here, for want of a loss, an output, raw inputs, a start, a rate that changes or
data of one's own: eighteen, by kind, each with the number that it is known by and the finding that names it.
"""

import math
from collections.abc import Callable
from functools import cache
from typing import NamedTuple

import numpy as np
import pytest

from engine import RunSpec, SpecError, Trainer, diagnose, load_table
from engine.diagnosis.finding import Finding

pytestmark = pytest.mark.slow

UNSCALED, PAIR = "unscaled inputs", "wrong pair of output and loss"
MAJORITY, SCHEDULE = "learns only the majority", "schedule ends too early"
NET = {"hidden": (50, 50)}
NUMBERS = {"dataset": "friedman", "loss": "mse", "lr": 0.03}


class Report(NamedTuple):
    """The spec, how long it trained, what it is known by, and the finding that names it (None: nothing is wrong)."""

    fields: dict
    steps: int
    shows: Callable[[Trainer, dict[str, Finding]], bool]
    named: str | None = None
    says: str = ""


def first_loss(trainer: Trainer) -> float:
    return float(trainer.history["loss"][0])


def last_loss(trainer: Trainer) -> float:
    return float(np.median(trainer.history["loss"][-20:]))


@cache
def usual(**fields) -> Trainer:
    """The same net as most have it, after its first step."""
    trainer = Trainer(RunSpec(**NET | fields))
    trainer.step()
    return trainer


REPORTS = {
    "softmax before CrossEntropyLoss": Report(
        {"output": "softmax"}, 200,
        lambda run, found: found[PAIR].evidence["least_loss"] == pytest.approx(math.log(9 + math.e) - 1)
        and run.history["loss"].min() > 1.461,
        PAIR, "of softmax it gets only 0 to 1; its loss stays above 1.46",
    ),
    "softmax before CrossEntropyLoss, two classes": Report(
        {"dataset": "moons", "output": "softmax"}, 200,
        lambda run, found: run.history["loss"].min() > math.log(1 + math.exp(-1)) - 1e-6,
        PAIR, "its loss stays above 0.31,",
    ),
    "ReLU on the output": Report(
        {"output": "relu", "bias": "constant", "bias_value": -1.0}, 150,
        lambda run, found: found[PAIR].evidence["dead"] > 0.3,
        PAIR, "behind the ReLU",
    ),
    "sigmoid with squared error, the slow start": Report(
        {"output": "sigmoid", "loss": "mse"}, 60,
        # 2 p (1 - p) times the gradient of cross-entropy, a half where p is a half and ever less from there on
        lambda run, found: run.history["gradient_rms"][0, -1]
        / usual(output="sigmoid", loss="bce").history["gradient_rms"][0, -1] == pytest.approx(0.5, rel=0.15),
        PAIR, "squared error of sigmoid outputs on classes gives the last layer a gradient of",
    ),
    "a sure neuron that is wrong": Report(
        {"output": "sigmoid", "loss": "mse", "output_gain": 30.0}, 200,
        lambda run, found: first_loss(run) > 1.5 * usual(output="sigmoid", loss="mse").history["loss"][0],
        PAIR, "squared error of sigmoid outputs",
    ),
    "one output for ten classes": Report(
        {"loss": "mse", "outputs": 1, "lr": 0.01}, 100,
        lambda run, found: first_loss(run) == pytest.approx(np.mean(np.arange(10) ** 2), rel=0.25),
        PAIR, "one output takes 10 classes for the numbers 0 to 9",
    ),
    "XOR by squared error": Report(
        {"dataset": "xor", "hidden": (8,), "activation": "sigmoid", "output": "sigmoid", "loss": "mse", "outputs": 1},
        400,
        lambda run, found: last_loss(run) == pytest.approx(0.25, abs=0.03),
        PAIR, "the loss is 0.25, guessing costs 0.25",
    ),
    "ReLU behind a regression": Report(
        NUMBERS | {"output": "relu"}, 100,
        lambda run, found: math.isnan(run.evaluate()[1]),
        PAIR, "relu cannot give the numbers that are wanted, of mean 0 and variance 1",
    ),
    "a sigmoid behind a regression": Report(
        NUMBERS | {"output": "sigmoid"}, 100,
        lambda run, found: last_loss(run) > 0.5,
        PAIR, "sigmoid cannot give the numbers",
    ),
    "a regression, whose loss begins at its variance": Report(
        {"dataset": "sine", "loss": "mse", "optimizer": "adam", "lr": 0.003}, 400,
        lambda run, found: np.isnan(run.history["accuracy"]).all() and last_loss(run) < 0.5,
    ),
    "pixels from 0 to 255 into ReLUs": Report(
        {"activation": "relu", "input_factor": 255.0}, 100,
        lambda run, found: found[UNSCALED].evidence["input_rms"] == pytest.approx(255, rel=0.1),
        UNSCALED, "what enters layer 1 has an rms of",
    ),
    # the first layer is flat for nearly all of them and stays so; what it was born with serves the others, which learn
    "pixels from 0 to 255 into sigmoids": Report(
        {"activation": "sigmoid", "input_factor": 255.0}, 100,
        lambda run, found: run.history["saturated"][[0, -1], 0].min() > 0.9
        and usual(activation="sigmoid").history["saturated"][0, 0] < 0.1,
    ),
    "a feature a thousand times the others": Report(
        {"dataset": "wine", "input_scale": "raw"}, 100,
        lambda run, found: run.data.train_x.std(0).max() > 100 * run.data.train_x.std(0).median(),
        UNSCALED,
    ),
    "a first loss of 26 instead of 2.3": Report(
        {"hidden": (200,), "output_gain": 20.0}, 100,
        lambda run, found: first_loss(run) > 10 and usual(hidden=(200,)).history["loss"][0] < 3,
    ),
    "ReLUs that their biases bear dead": Report(
        {"activation": "relu", "initializer": "he_normal", "bias": "constant", "bias_value": -5.0}, 200,
        lambda run, found: run.history["dead"][0, :-1].mean() > 0.6,
        "dying units",
    ),
    "nine of ten samples of one class": Report(
        {"dataset": "unequal_moons", "activation": "sigmoid", "hidden": (30, 30, 30)}, 400,
        lambda run, found: found[MAJORITY].evidence["accuracy"] == pytest.approx(0.9, abs=0.03),
        MAJORITY, "of the samples are of one class",
    ),
    "a cosine that ends before the net learned": Report(
        {"schedule": "cosine", "schedule_steps": 30, "lr": 0.01}, 300,
        lambda run, found: run.history["lr"][40:].max() <= 1e-6 * run.history["lr"].max(),
        SCHEDULE, "the rate has come down from",
    ),
}  # fmt: skip


@cache
def trained(key: str) -> tuple[Trainer, dict[str, Finding]]:
    report = REPORTS[key]
    trainer = Trainer(RunSpec(**NET | report.fields))
    for _ in range(report.steps):
        trainer.step()
    return trainer, {each.name: each for each in diagnose(trainer.history, trainer.spec)}


@pytest.mark.long
@pytest.mark.parametrize("key", REPORTS)
def test_the_report_shows_the_number_that_it_is_known_by_and_is_named(key):
    trainer, found = trained(key)
    report = REPORTS[key]
    assert next(iter(found), None) == report.named, [each.words for each in found.values()]
    assert report.says in (found[report.named].words if report.named else "")
    assert report.shows(trainer, found)


@pytest.mark.long
def test_a_table_of_one_s_own_whose_columns_are_of_other_sizes(tmp_path):
    """Areas in square feet beside numbers of rooms, raw: the eighteenth."""
    rng = np.random.default_rng(0)
    area, rooms = rng.uniform(500, 4000, 400), rng.integers(1, 6, 400)
    price = 150 * area + 20_000 * rooms + rng.normal(0, 20_000, 400)
    file = tmp_path / "houses.csv"
    rows = "\n".join(f"{a:.0f},{r},{p:.0f}" for a, r, p in zip(area, rooms, price, strict=True))
    file.write_text(f"area,rooms,price\n{rows}\n")
    name = load_table(str(file), target="price")
    losses = {}
    for scale in ("raw", "standard"):
        trainer = Trainer(RunSpec(**NET | {"dataset": name, "loss": "mse", "lr": 0.03, "input_scale": scale}))
        for _ in range(200):
            trainer.step()
        losses[scale] = [each.name for each in diagnose(trainer.history, trainer.spec)], trainer.evaluate()[0]
    assert losses["raw"][0][0] in (UNSCALED, "diverged")
    assert losses["standard"][0] == []
    assert losses["standard"][1] < 0.2


def test_there_are_eighteen():
    assert len(REPORTS) + 1 == 18


def test_binary_cross_entropy_of_numbers_that_are_no_chances_is_refused_with_both_names():
    with pytest.raises(SpecError, match=r"(?s)loss.*output|output.*loss"):
        RunSpec(loss="bce", output="linear")
