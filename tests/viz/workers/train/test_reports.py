import json
from types import SimpleNamespace

import numpy as np
import pytest

from engine import RunSpec, Trainer, predict
from viz.words.language import say, speaking
from viz.workers.train import reports

SPEC = RunSpec(dataset="digits", hidden=(30, 20, 25), activation="sigmoid", initializer="normal")


def test_hello_says_all_that_a_page_needs_before_a_frame():
    hello = reports.hello(Trainer(SPEC))
    assert RunSpec.from_dict(json.loads(json.dumps(hello))["spec"]) == SPEC
    assert [tuple(row.values()) for row in hello["rows"]] == [
        ("1", "hidden", 30, 64), ("2", "hidden", 20, 30), ("3", "hidden", 25, 20), ("out", "output", 10, 25),
    ]  # fmt: skip
    assert set(hello["live"]) == RunSpec.LIVE


def test_the_theory_of_the_net_comes_with_it():
    theory = reports.hello(Trainer(SPEC))["theory"]
    expected = predict(
        activation="sigmoid", initializer="normal", batch_size=128, widths=[64, 30, 20, 25, 10]
    )
    np.testing.assert_allclose(theory["activation_var"][:-1], expected.activation_var[:-1], rtol=1e-4)
    assert (
        theory["activation_var"][-1] > expected.activation_var[-1]
    )  # the logits: no activation squeezes them
    assert theory["gradient_ms_relative"][-1] == 1
    np.testing.assert_allclose(
        theory["gradient_ms_relative"], expected.gradient_ms / expected.gradient_ms[-1], rtol=1e-4
    )


def test_where_there_is_no_theory_there_is_null():
    theory = reports.hello(Trainer(SPEC.replace(initializer="constant")))["theory"]
    assert theory["activation_var"] == [None] * 4


@pytest.mark.parametrize("batch_size", [None, 1, 4096])
def test_any_batch_size_has_a_hello(batch_size):
    json.dumps(reports.hello(Trainer(SPEC.replace(batch_size=batch_size))), allow_nan=False)


def test_findings_are_plain_json():
    trainer = Trainer(RunSpec(activation="sigmoid"))
    for _ in range(3):
        trainer.step()
    verdict = reports.verdict(trainer)
    findings = verdict["findings"]
    assert verdict["progress"]["learns"] is False
    assert verdict["past"] == []
    assert "vanishing" in findings[0]["name"]
    assert set(findings[0]) >= {
        "name",
        "layer",
        "step",
        "words",
        "rule",
        "reason",
        "formula",
        "source",
        "evidence",
        "cure",
        "cure_words",
    }
    json.dumps(verdict, allow_nan=False)
    RunSpec(activation="sigmoid").replace(**findings[0]["cure"])


def test_plain_values_have_no_nan_and_few_digits():
    value = {
        "a": np.array([1 / 3, np.nan, np.inf]),
        "b": (np.int64(7), np.float32(0.1), True, None, "x"),
        3: 1e-300,
    }
    assert reports.plain(value) == {"a": [0.33333, None, None], "b": [7, 0.1, True, None, "x"], "3": 1e-300}


def test_a_test_set_that_would_hold_up_the_others_is_not_looked_at(monkeypatch):
    trainer = Trainer(SPEC.replace(batch_size=10))
    parameters = sum(p.numel() for p in trainer.model.parameters())
    monkeypatch.setattr(reports, "MOST_WORK", 360 * parameters)
    assert reports.evaluation(trainer) == trainer.evaluate()
    monkeypatch.setattr(reports, "MOST_WORK", 359 * parameters)
    assert reports.evaluation(trainer) is None
    assert reports.evaluation(Trainer(SPEC.replace(batch_size=120))) is not None


@pytest.mark.parametrize(("layer", "place"), [(1, "layer 1"), (3, "layer 3"), (4, "the output layer")])
def test_a_divergence_is_said_in_words(layer, place):
    trainer = SimpleNamespace(spec=SPEC, diverged=SimpleNamespace(step=7, layer=layer, quantity="gradient"))
    assert reports.divergence(trainer)["words"] == (
        f"Diverged at step 7: the gradient of {place} is no longer a finite number."
    )
    trainer.diverged.quantity, trainer.diverged.layer = "pre-activation", 2
    with speaking("zh"):
        assert say(reports.divergence(trainer)["words"]) == "在第 7 步发散：第 2 层的预激活值不再是有限的数。"
    trainer.diverged = None
    assert reports.divergence(trainer) is None
