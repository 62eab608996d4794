"""Whom the rules look at: nets with a spec and nets without one; and what the rules may not reach."""

import ast
from dataclasses import replace
from pathlib import Path

import pytest

from engine import OPTIMIZERS, RunSpec, Trainer, course, diagnose
from engine.diagnosis import rules
from engine.diagnosis.advice import ADVICE, advice
from engine.diagnosis.cures import PLANS, fields
from engine.diagnosis.remedies import LEVEL_GRADIENT, larger_rate, smaller_rate
from engine.diagnosis.subject import Subject, chain
from engine.tables.wording import Writer

REACHED = ("engine.measure", "engine.tables", "engine.diagnosis.rules")
KNOWN = ("finding", "remedies", "sentence", "subject", "symptoms", "watched")
SIBLINGS = {f"engine.diagnosis.{name}" for name in KNOWN}
SIGMOID = RunSpec(activation="sigmoid", hidden=(20,) * 8)


def imported(path: Path) -> set[str]:
    nodes = list(ast.walk(ast.parse(path.read_text())))
    plain = {alias.name for node in nodes if isinstance(node, ast.Import) for alias in node.names}
    return plain | {node.module for node in nodes if isinstance(node, ast.ImportFrom)}


def test_rules_reach_neither_specs_nor_cures_nor_theory():
    files = sorted(Path(rules.__file__).parent.glob("*.py"))
    assert len(files) > 3
    for path in files:
        ours = {
            name for name in imported(path) if name.split(".")[0] in ("engine", "torch", "scipy", "sklearn")
        }
        assert not {name for name in ours - SIBLINGS if not name.startswith(REACHED)}, path.name


def test_a_spec_says_all_that_the_rules_want_to_know():
    spec = RunSpec(
        hidden=(7, 5), dataset="spirals", batch_norm="after", optimizer="adam", lr=0.3, dropout=0.2
    )
    subject = Subject.of(spec)
    assert (subject.widths, subject.hidden, subject.edges) == ((7, 5), 2, ((0, 1), (1, 2), (2, 3)))
    assert (subject.classes, subject.batch) == (2, 128)
    assert (subject.normalized, subject.output_normalized) == (True, False)
    assert (subject.rate, subject.usual_rate, subject.dropout) == (0.3, OPTIMIZERS["adam"].default_lr, 0.2)
    assert subject.two_sided
    assert not Subject.of(spec.replace(activation="relu")).two_sided


@pytest.mark.parametrize(
    ("options", "dropout", "symmetric"),
    [({"value": 0.1}, 0.0, True), ({"value": 0.1}, 0.5, False), ({"value": 0.0}, 0.5, True)],
)
def test_equal_weights_stay_equal_unless_dropout_tells_their_units_apart(options, dropout, symmetric):
    spec = RunSpec(hidden=(9,), initializer="constant", initializer_options=options, dropout=dropout)
    assert Subject.of(spec).symmetric == symmetric


@pytest.mark.parametrize(("every", "symmetric"), [(1, False), (2, False), (3, True)])
def test_units_with_inputs_of_their_own_on_the_path_beside_are_not_alike(every, symmetric):
    spec = RunSpec(hidden=(9, 9), initializer="zeros", residual="plain", residual_every=every)
    assert Subject.of(spec).symmetric == symmetric


def trained(spec: RunSpec, steps: int) -> Trainer:
    trainer = Trainer(spec)
    for _ in range(steps):
        trainer.step()
    return trainer


def test_a_net_without_a_spec_gets_the_same_findings_with_advice_but_no_cures():
    history = trained(SIGMOID, 3).history
    (of_spec,), (of_subject,) = diagnose(history, SIGMOID), diagnose(history, Subject.of(SIGMOID))
    assert of_subject.words == of_spec.words
    assert (of_subject.cure, of_subject.cures, of_subject.cure_words) == ({}, (), "")
    assert of_spec.cure == {"batch_norm": "before"}
    assert of_spec.cures[0] == of_spec.cure
    assert of_subject.advice.splitlines()[1] == "nn.init.xavier_normal_(layer.weight)"


def test_without_classes_nothing_is_said_of_guessing_and_learning_is_seen_by_the_loss():
    spec = RunSpec(hidden=(), dataset="circles")
    history = trained(spec, 300).history
    assert [found.name for found in diagnose(history, spec)] == ["not learning"]
    stranger = Subject(widths=(), edges=chain(1), linear=True)
    assert diagnose(history, stranger) == []


def test_each_remedy_has_a_plan_and_advice():
    assert PLANS.keys() - {"together"} == ADVICE.keys()
    for name, (words, _) in ADVICE.items():
        assert words.endswith("."), name


def test_an_earlier_history_is_what_it_was():
    history = trained(SIGMOID, 3).history
    earlier = history.first(2)
    assert (len(earlier), len(history), earlier["step"].tolist()) == (2, 3, [1.0, 2.0])


@pytest.mark.parametrize(
    ("remedy", "cure", "line"),
    [
        (smaller_rate(first_step=0.1), {"lr": 0.01}, '["lr"] = 0.01'),
        (smaller_rate(first_step=float("inf")), {"lr": 0.01}, '["lr"] = 0.01'),
        (larger_rate(step=0.0), {"lr": 0.1}, '["lr"] = 0.1'),
        (larger_rate(step=3e-5), {"lr": 10.0}, '["lr"] = 10'),
    ],
)
def test_a_rate_is_the_same_for_a_spec_and_in_a_line_of_code(remedy, cure, line):
    spec = RunSpec()
    assert fields(remedy, spec) == cure
    assert advice(remedy, Subject.of(spec)).endswith(line)


def test_where_no_rate_is_known_the_advice_says_by_how_much():
    unknown = replace(Subject.of(RunSpec()), rate=None, usual_rate=None)
    assert advice(smaller_rate(first_step=0.2), unknown).endswith('["lr"] *= 0.05')
    assert advice(LEVEL_GRADIENT, unknown).splitlines()[0].endswith(".")


def test_advice_is_said_in_another_language_and_its_code_stays_code():
    told = advice(LEVEL_GRADIENT, Subject.of(SIGMOID))
    words, code = told.splitlines()
    german = Writer(translate=lambda text: {words: "Zeichne neu."}.get(text, text))
    assert told.said(german) == f"Zeichne neu.\n{code}"


def test_the_course_of_a_run_says_when_a_finding_began_and_ended():
    spec = RunSpec(hidden=(30, 30), optimizer="adam", lr=1e-6)
    trainer = trained(spec, 60)
    trainer.change(lr=0.01)
    for _ in range(100):
        trainer.step()
    (found,) = course(trainer.history, spec)
    assert (found.name, found.began, found.ended) == ("learning rate too low", 30, 61)
    assert course(trainer.history.first(60), spec)[0].ended is None
    assert course(trainer.history.first(0), spec) == []


@pytest.mark.parametrize(
    ("changes", "way", "crossed"),
    [
        ({}, (1, 2, 3, 4, 5), (1, 2, 3, 4, 5)),
        ({"residual": "plain"}, (1, 2, 3, 4, 5), ()),
        ({"residual": "rezero", "residual_every": 2}, (2, 4, 5), (5,)),
    ],
)
def test_the_gradients_way_leads_past_what_is_passed_by(changes, way, crossed):
    subject = Subject.of(RunSpec(hidden=(9,) * 5, **changes))
    assert (subject.way, subject.crossed) == (way, crossed)


def test_layers_that_are_passed_by_are_no_layers_that_cut():
    """ReZero's blocks get no gradient at first, and the path past them the whole of it; a chain's would be lost."""
    spec = RunSpec(hidden=(20,) * 11, residual="rezero", residual_every=5, dataset="digits")
    trainer = trained(spec, 40)
    assert trainer.history["gradient_rms"][0, :10].max() == 0
    assert trainer.history["gradient_rms"][0, 10] > 0
    names = {finding.name for finding in diagnose(trainer.history, spec)}
    assert not names & {"underflow", "vanishing", "exploding"}
    as_chain = replace(Subject.of(spec), edges=chain(12))
    assert "underflow" in {finding.name for finding in diagnose(trained(spec, 1).history, as_chain)}


def test_a_dead_layer_beside_a_path_does_not_block_it():
    spec = RunSpec(hidden=(3,) * 24, activation="relu", residual="plain", residual_every=2, seed=1)
    assert not Subject.of(spec).narrow
    assert Subject.of(spec.replace(residual="none")).narrow
