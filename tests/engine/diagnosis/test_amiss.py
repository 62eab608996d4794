"""A cure mends all that is amiss in a spec, and leaves alone what is sound."""

import pytest

from engine import RunSpec
from engine.diagnosis.amiss import AMISS, mended
from engine.diagnosis.cures import plan
from engine.diagnosis.finding import Finding
from engine.diagnosis.prescribed import cured
from engine.diagnosis.remedies import (
    BEND,
    LEVEL_GRADIENT,
    NO_CLIPPING,
    USUAL_RATE,
    larger_rate,
    smaller_rate,
    take_back,
    together,
)
from engine.tables.wording import Sentence

SOUND = RunSpec(hidden=(64, 64), activation="relu", initializer="he_normal")
ASTRAY = {
    "raw inputs": ({"input_scale": "raw"}, {"input_scale"}),
    "large inputs": ({"input_factor": 100.0}, {"input_factor"}),
    "softmax twice": ({"output": "softmax"}, {"output"}),
    "a class of nine in ten": ({"class_share": 0.9}, {"class_share"}),
    "few samples under batch norm": ({"batch_norm": "before", "batch_size": 4}, {"batch_size"}),
    "two samples": ({"batch_size": 2}, {"batch_size"}),
    "no bend": ({"dataset": "xor", "activation": "linear"}, {"activation"}),
    "two units": ({"hidden": (2, 64)}, {"hidden"}),
    "wild biases": ({"bias": "constant", "bias_value": -3.0}, {"bias", "bias_value"}),
    "a sure start": ({"output_gain": 50.0}, {"output_gain"}),
    "weights too large": (
        {"initializer": "normal", "initializer_options": {"std": 1.0}},
        {"initializer", "initializer_options"},
    ),
    "equal weights": ({"initializer": "zeros"}, {"initializer"}),
    "statistics that hardly move": (
        {"batch_norm": "before", "batch_norm_momentum": 1e-4},
        {"batch_norm_momentum"},
    ),
    "nine outputs in ten dropped": ({"dropout": 0.9}, {"dropout"}),
    "clipped to nothing": ({"clip": "norm", "clip_threshold": 1e-4}, {"clip"}),
    "weights that shrink": ({"optimizer_options": {"weight_decay": 1.0}}, {"optimizer_options"}),
    "and without the gradient": (
        {"optimizer": "adamw", "lr": 0.001, "optimizer_options": {"weight_decay": 5.0}},
        {"optimizer_options"},
    ),
    "a schedule that ends": ({"schedule": "cosine", "schedule_steps": 30}, {"schedule"}),
    "a warmup without end": ({"warmup": 5000}, {"warmup"}),
    "a smooth bend": ({"dataset": "xor", "activation": "tanh"}, {"activation"}),
    "shells by layer norm": (
        {"dataset": "gaussian", "layer_norm": "after", "norm_place": "pre"},
        {"layer_norm", "norm_place", "batch_norm"},
    ),
    "arms and nothing that normalizes": ({"dataset": "spirals"}, {"batch_norm"}),
    "shells seen by few": (
        {"dataset": "gaussian", "hidden": (32, 32), "batch_norm": "before"},
        {"hidden"},
    ),
    "a quarter of the usual rate": ({"lr": 0.025}, {"lr"}),
    "a tiny rate": ({"lr": 1e-6}, {"lr"}),
    "a huge rate": ({"lr": 100.0}, {"lr"}),
}
NOTHING = larger_rate(0.0)  # sets the usual rate, which the sound spec has


@pytest.mark.parametrize("key", ASTRAY)
def test_what_is_out_of_bounds_is_brought_back(key):
    fields, mends = ASTRAY[key]
    spec = SOUND.replace(**fields)
    cure, words = mended(NO_CLIPPING, spec)
    cured = spec.replace(**cure)
    assert spec.differences(cured).keys() <= mends | {"lr"}
    assert not any(is_amiss(cured) for is_amiss, _ in AMISS)
    assert words


@pytest.mark.parametrize(
    "fields",
    [
        {},
        {"activation": "sigmoid", "batch_norm": "before"},
        {"hidden": (100,) * 10, "activation": "tanh", "initializer": "glorot_normal"},
        {"optimizer": "adamw", "lr": 0.001},
        {"batch_norm": "before", "dropout": 0.3},
        {"schedule": "cosine", "schedule_steps": 3000},
        {"loss": "bce", "output": "sigmoid"},
        {"clip": "norm", "clip_threshold": 1.0},
        {"dataset": "friedman", "loss": "mse"},
        {"hidden": (), "initializer": "glorot_normal"},
    ],
    ids=str,
)
def test_what_is_sound_is_left_alone(fields):
    spec = SOUND.replace(**fields)
    for remedy in (LEVEL_GRADIENT, smaller_rate(0.1), USUAL_RATE):
        assert mended(remedy, spec) == plan(remedy, spec)


def test_several_faults_are_mended_at_once_and_each_is_said():
    spec = SOUND.replace(
        hidden=(4, 4), clip="norm", clip_threshold=1e-5, optimizer_options={"weight_decay": 3.0}
    )
    cure, words = mended(USUAL_RATE, spec.replace(lr=1e-7))
    assert cure == {
        "lr": 0.1, "hidden": (32, 32), "clip": "none", "optimizer_options": {"weight_decay": 1e-4},
    }  # fmt: skip
    assert (
        str(words) == "set lr to 0.1, use 32 units a layer, switch clipping off, set weight decay to 0.0001"
    )


def test_a_net_is_bent_before_its_start_is_chosen():
    spec = SOUND.replace(dataset="circles", activation="sigmoid", initializer="normal")
    cure, words = mended(LEVEL_GRADIENT, spec)
    assert (cure["activation"], cure["initializer"]) == ("relu", "he_normal")
    assert str(words).startswith("use ReLU and He weights")
    assert mended(BEND, spec) == plan(BEND, spec)


def test_one_change_by_two_names_is_one_cure():
    spec, said = RunSpec(lr=1e9), Sentence("x")
    remedies = (take_back({"lr": 0.1}), USUAL_RATE, LEVEL_GRADIENT)
    found = cured(
        Finding(name="x", says=said, because=said, source="", step=1, remedies=remedies), spec, knows=True
    )
    assert found.cure == {"lr": 0.1}
    assert found.cures.count({"lr": 0.1}) == 1
    assert len(found.cures) == len(found.cure_says) == 2


def test_dropout_of_no_layer_is_no_fault():
    assert "dropout" not in mended(USUAL_RATE, SOUND.replace(hidden=(), dropout=0.8))[0]


def test_a_small_rate_is_kept_where_the_usual_one_was_tried():
    """Far below it only for a net that has shown that the usual one is too high."""
    assert mended(smaller_rate(first_step=0.5), SOUND)[0] == {"lr": 0.001}
    assert mended(smaller_rate(first_step=50.0), SOUND.replace(lr=1.0))[0] == {"lr": 0.1}


def test_a_rate_for_the_steps_of_the_old_net_is_none_for_the_new_one():
    spec = SOUND.replace(initializer="normal", initializer_options={"std": 3.0})
    cure, words = mended(smaller_rate(first_step=1e6), spec)
    assert (cure["lr"], cure["initializer"]) == (0.1, "he_normal")
    assert "lr to 0.1" in str(words)
    both, _ = mended(together(smaller_rate(first_step=1e6), LEVEL_GRADIENT), spec)
    assert both == cure
