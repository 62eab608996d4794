"""What is wrong with a run, with evidence and a cure, from what it measured.

Every rule is relative: a layer to another layer, now to the start, a step to the weights it moves, a batch to the
noise of its statistics. A net that learns is left alone, unless what is wrong will show later.
"""

from collections.abc import Callable, Iterable
from dataclasses import dataclass

import numpy as np

from engine.diagnosis import prescribed
from engine.diagnosis.finding import Finding
from engine.diagnosis.progress import Progress, progress
from engine.diagnosis.reasons import explained
from engine.diagnosis.remedies import take_back
from engine.diagnosis.rules.by_heart import learns_by_heart
from engine.diagnosis.rules.learning import not_learning, stands_still
from engine.diagnosis.rules.norms import batch_too_small, running_statistics
from engine.diagnosis.rules.own_losses import ROSE
from engine.diagnosis.rules.own_signal import SIGNAL
from engine.diagnosis.rules.own_weights import WEIGHTS
from engine.diagnosis.rules.setting import learns_majority, schedule_ends, unscaled_inputs, wrong_pair
from engine.diagnosis.rules.signal import (
    collapsed,
    exploding,
    exploding_activations,
    no_gradient,
    saturated,
    underflow,
    vanished,
    vanishing,
)
from engine.diagnosis.rules.steps import (
    HIGH,
    diverged,
    rate_far_too_high,
    rate_keeps_high,
    rate_too_high,
    rate_too_low,
)
from engine.diagnosis.rules.units import dying_units, symmetric_units
from engine.diagnosis.rules.weights import decay_too_strong
from engine.diagnosis.subject import Subject
from engine.diagnosis.symptoms import Run
from engine.diagnosis.watched import Watched
from engine.measure.history import History
from engine.spec import RunSpec
from engine.tables.wording import Sentence


@dataclass(frozen=True)
class Verdict:
    """What is wrong now, worst first, remarks last; what was and is over; whether it learns, None before the first
    measured step."""

    findings: list[Finding]
    past: list[Finding]
    progress: Progress | None


def diagnose(history: History, spec: RunSpec | Subject) -> list[Finding]:
    """What is wrong with a run now, worst first; an empty list for a healthy one or one that has measured nothing.

    A finding holds from one of the `looks` to the next until what it says is clearly over, so that none comes and
    goes while nothing changes. Of a Subject, which may have no spec, the findings have advice but no cures.
    """
    return judge(history, spec).findings


def course(history: History, spec: RunSpec | Subject) -> list[Finding]:
    """All that was ever found wrong with a run, in the order it began; what is over has a step where it `ended`."""
    told = judge(history, spec)
    return sorted([*told.past, *told.findings], key=lambda each: each.began)


def judge(history: History, spec: RunSpec | Subject, as_it_runs: bool = False) -> Verdict:
    """All that there is to say of a run: what is wrong, what was, and whether it learns.

    as_it_runs: for somebody who looks again and again while it goes on. Between two of the `looks` nothing begins or
    ends then, only its numbers are those of now; and what was over begins again at the second look that finds it.
    """
    subject = spec if isinstance(spec, Subject) else Subject.of(spec)
    with np.errstate(all="ignore"):
        run = Run(history, subject) if len(history) and not subject.paths else None
        come_to, knows = (progress(run), run.knows) if run else (None, False)
    past, now = _follow(history, subject, as_it_runs)
    changed = history.changes[-1][0] if history.changes else 0
    # what helped against other settings need not help against these
    past = [each if each.began >= changed else each.replace(remedies=()) for each in past]
    step = int(history["step"][-1]) if len(history) else 0
    past, now = ([_prescribed(each, spec, subject, knows, step) for each in some] for some in (past, now))
    return Verdict(now, past, come_to)


def _follow(history: History, subject: Subject, as_it_runs: bool) -> tuple[list[Finding], list[Finding]]:
    """What ended, and what holds, worst first."""
    past: list[Finding] = []
    holds: dict[str, Finding] = {}
    changes, before = 0, frozenset[str]()
    before_this: set[str] = set()  # what was found at the look before
    for rows in looks(history):
        seen = history.first(rows)
        if len(seen.changes) > changes:
            changes, before = len(seen.changes), frozenset(holds)
        watched = Watched(seen, subject, frozenset(holds)) if subject.paths else None
        step = int(seen["step"][-1])
        if watched:
            named = _of_watched(watched)
        else:
            run = Run(seen, subject, frozenset(holds))
            named = _of_the_change(_named(run), run, before)
        is_between = rows == len(history) and not is_looked_at(step, history)
        if as_it_runs and is_between and "diverged" not in {each.name for each in named}:
            now = {each.name: each for each in named}
            named = [now.get(name, each).replace(remark=each.remark) for name, each in holds.items()]
        found = {each.name for each in named}
        if as_it_runs:  # what was over is not said again at its first sign
            over = {each.name for each in past} - holds.keys() - before_this - {"diverged"}
            named = [each for each in named if each.name not in over]
        before_this = found
        names = {each.name for each in named}
        past += [each.replace(ended=step) for name, each in holds.items() if name not in names]
        holds = {
            each.name: each.replace(
                began=holds[each.name].began if each.name in holds else _begun(each, step)
            )
            for each in named
        }
    return past, list(holds.values())


def _begun(found: Finding, step: int) -> int:
    """What losses tell may have begun after the last measured step, and a NaN before it."""
    return found.began if found.name == "diverged" else max(step, found.began)


def _of_the_change(named: list[Finding], run: Run, before: frozenset[str]) -> list[Finding]:
    """First what came after the last change of the settings, with that as its cause; of a run that had nothing wrong
    before, to take it back is what helps first."""
    if not run.change:
        return named
    new = [each for each in named if each.name not in before]
    old = [each for each in named if each.name in before]
    undo = () if before else (take_back(run.history.changes[-1][1]),)
    spoken = [
        each if each.cause else each.replace(cause=run.change, remedies=(*undo, *each.remedies))
        for each in new
    ]
    return [*spoken, *old]


DIGITS = (1, 15, 2, 3, 5, 7)


def looks(history: History) -> list[int]:
    """How many rows the history had at each look: 1, 2, 3, 5, 7, 10, 15, 20, ... steps after it began, and after each
    change of its settings; and all of them."""
    steps = history["step"]
    last = int(steps[-1]) if len(steps) else 0
    counts = [digit * 10**decade for decade in range(len(str(last))) for digit in DIGITS]
    at = [since + count for since in _began(history) for count in counts if since + count <= last]
    return sorted({int(rows) for rows in (*np.searchsorted(steps, at, side="right"), len(steps)) if rows})


def is_looked_at(step: int, history: History) -> bool:
    """Whether one of the `looks` falls on that step, as far as the settings have changed by now: who measures but now
    and then measures it too."""
    return any(str(step - since).rstrip("0") in map(str, DIGITS) for since in _began(history) if step > since)


def _began(history: History) -> list[int]:
    """The steps after which it began, and began anew."""
    return [0, *(changed - 1 for changed, _, _ in history.changes[-LAST:])]


LAST = 3  # changes that are looked at closely


def _prescribed(found: Finding, spec: RunSpec | Subject, subject: Subject, knows: bool, step: int) -> Finding:
    if subject.paths:  # its rules write a line of code for just that module
        return found
    found = explained(prescribed.advised(found, subject), subject)
    if found.formula and found.began < step:
        # its numbers are those of now, and may lie between the bounds at which it begins and ends
        found = found.replace(
            formula=Sentence(
                "{formula}. What has begun holds until it is clearly over.", formula=found.formula
            )
        )
    return found if isinstance(spec, Subject) else prescribed.cured(found, spec, knows)


def _named(run: Run) -> list[Finding]:
    rules = RULES if run.hidden else SHALLOW
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        named: dict[str, Finding] = {}
        for rule in rules:
            if found := rule(run):
                named.setdefault(found.name, found)
        if (not alarms(named.values()) or "not learning" in run.held) and (found := not_learning(run)):
            named[found.name] = found
        if not alarms(named.values()) and (found := stands_still(run)):
            named[found.name] = found
    return sorted(named.values(), key=lambda each: each.remark)


def alarms(found: Iterable[Finding]) -> list[Finding]:
    """Those that are no remarks."""
    return [each for each in found if not each.remark]


def _of_watched(net: Watched) -> list[Finding]:
    with np.errstate(divide="ignore", invalid="ignore", over="ignore", under="ignore"):
        found = [named for rule in (*WEIGHTS, *SIGNAL) if (named := rule(net))]
    if found and found[0].name == "diverged":
        return found[:1]
    names = {each.name for each in found}
    return [each for each in found if each.name != ROSE or HIGH not in names]  # the cause says it


SHALLOW = (
    diverged,
    unscaled_inputs,
    wrong_pair,
    decay_too_strong,
    schedule_ends,
    rate_too_low,
    learns_majority,
    learns_by_heart,
)
"""What a net without hidden layers is asked."""
RULES: tuple[Callable[[Run], Finding | None], ...] = (
    diverged,
    symmetric_units,
    unscaled_inputs,
    wrong_pair,
    batch_too_small,
    decay_too_strong,
    underflow,
    rate_far_too_high,
    saturated,
    exploding,
    exploding_activations,
    no_gradient,
    vanishing,
    rate_too_high,
    dying_units,
    collapsed,
    vanished,
    schedule_ends,
    rate_too_low,
    rate_keeps_high,
    learns_majority,
    running_statistics,
    learns_by_heart,
)
"""Worst first: what makes all that follows meaningless, then causes before their effects. Where none of them has a
name for it, `not_learning` and `stands_still` look."""
