"""A finding with what its remedies mean: advice for any net, cures for one that has a spec."""

from collections.abc import Callable

from engine.diagnosis.advice import advice
from engine.diagnosis.amiss import mended
from engine.diagnosis.cures import flow, plan
from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import START_ANEW
from engine.diagnosis.rules.by_heart import NAME as BY_HEART
from engine.diagnosis.subject import Subject
from engine.spec import RunSpec

THEORY: dict[str, Callable[[RunSpec], float]] = {"decades": flow}
"""Evidence's name -> what theory expects of it."""


def advised(found: Finding, subject: Subject) -> Finding:
    """The finding with the advice of its first remedy."""
    return found.replace(advice=advice(found.remedies[0], subject)) if found.remedies else found


def cured(found: Finding, spec: RunSpec, knows: bool = False) -> Finding:
    """The finding with a cure for each of its remedies that changes the spec, or starts it anew, and with what theory
    expected.

    Of a run that has not come half of the way, or by heart, each cure mends what else is amiss in its spec.
    """
    prescribe = plan if knows and found.name != BY_HEART else mended
    of_each = [(remedy, prescribe(remedy, spec)) for remedy in found.remedies]
    plans = [
        planned
        for remedy, planned in of_each
        if remedy == START_ANEW or spec.differences(spec.replace(**planned[0]))
    ]
    after = [spec.replace(**cure) for cure, _ in plans]
    # one change by two names is one
    plans = [each for at, each in enumerate(plans) if after[at] not in after[:at]]
    return found.replace(
        cures=tuple(cure for cure, _ in plans),
        cure_says=tuple(words for _, words in plans),
        evidence=dict(found.evidence)
        | {f"{name}_by_theory": expect(spec) for name, expect in THEORY.items() if name in found.evidence},
    )
