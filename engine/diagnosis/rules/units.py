"""What is wrong with the units of a layer: all alike, or dead."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import (
    LEAK,
    LEVEL_GRADIENT,
    SMOOTH,
    START_ANEW,
    WIDEN,
    Remedy,
    smaller_rate,
)
from engine.diagnosis.symptoms import FAIR_STEPS, Run
from engine.tables.wording import Sentence

NAME = "dying units"
DEAD = 1 / 3  # of all units; where no path leads past, 27 % was the most in a net that learned


def symmetric_units(run: Run) -> Finding | None:
    """Equal weights: the units of a layer compute the same, and get the same gradient for ever."""
    if not run.subject.symmetric or run.fine:
        return None
    if run.subject.classes == 2 and run.age < FAIR_STEPS:
        return None  # a straight border, which units that are all alike can draw, may be half of the way
    return Finding(
        name="symmetric units",
        layer=1,
        step=int(run.history["step"][0]),
        says=Sentence(
            "symmetric units: all units of a layer started with the same weights and stay the same"
        ),
        because=Sentence(
            "Units with equal weights get equal gradients; only a random start lets them become different."
        ),
        source="Goodfellow, Bengio and Courville, 2016, ch. 8.4",
        remedies=(LEVEL_GRADIENT,),
        evidence={"weight_var_at_start": float(run.start("weight_var")[0]), "loss": run.loss[1]},
    )


def dying_units(run: Run) -> Finding | None:
    """Units that answered at the start answer to nothing now, or a whole layer never did; a remark once the net has
    learned with those that are left."""
    subject, size = run.subject, run.subject.batch or 1024
    held = NAME in run.held
    if subject.two_sided or subject.symmetric or run.shrinks or (run.masters and not held):
        return None
    start, now = run.start("dead"), run.now("dead")
    zeros = run.now("saturated")
    alive = np.where(now < 1, (zeros - now) / np.maximum(1 - now, 1e-12), 0.0)
    killed = now - start - np.clip(alive, 0, 1) ** size
    cuts = [layer - 1 for layer in subject.crossed]
    blocked = bool(cuts) and start[cuts].max() >= 1 and now[cuts].max() >= 1 and not run.fine
    # what a path leads past may be dead: the signal is not
    share = 0.6 if run.fine or subject.passed_by else DEAD
    several = size >= 16 and (killed.mean() > share or (killed.max() > 0.7 and run.stuck))
    if not (blocked or several or (held and (run.stuck or run.masters) and killed.mean() > 0.1)):
        return None
    layer, cause = int(now.argmax()) + 1, _old_rate(run, now)
    return Finding(
        name=NAME,
        layer=layer,
        step=run.step,
        says=Sentence(
            "dying units: {dead:percent} of the units answer to no sample ({dead_at_start:percent} at the start), "
            "{dead_in_layer:percent} in {layer:layer}",
            dead=float(now.mean()),
            dead_at_start=float(start.mean()),
            dead_in_layer=float(now.max()),
            layer=run.called(layer),
        ),
        because=Sentence(
            "A unit that is flat for every sample gets no gradient and cannot come back; large steps put it there."
        )
        if not blocked
        else Sentence(
            "A unit that is flat for every sample passes no gradient. Of n units whose signs are chance all are silent "
            "for a given sample with probability 2 to the power of -n: few units and many layers are born dead."
        ),
        source="Maas, Hannun and Ng, 2013; Lu et al., 2019",
        remedies=(START_ANEW, *_remedies(run, blocked)) if cause else _remedies(run, blocked),
        evidence={"largest_step": run.largest_step},
        cause=cause,
        remark=run.masters,
    )


def _remedies(run: Run, blocked: bool) -> tuple[Remedy, ...]:
    if blocked and run.subject.narrow:
        return WIDEN, SMOOTH
    if blocked or run.largest_step < 0.03:
        return LEAK, SMOOTH
    return smaller_rate(run.first_step), LEAK


def _old_rate(run: Run, now: np.ndarray) -> Sentence | None:
    """Units that were dead before the settings changed are of the old ones: a start anew brings them back."""
    if not (run.history.changes and run.since):
        return None
    step, before, _ = run.history.changes[-1]
    dead = float(run.history["dead"][run.since, : run.hidden].mean())
    if before.get("lr", 0.0) <= (run.subject.rate or 0.0) or dead < 0.8 * now.mean():
        return None
    return Sentence(
        "{dead_before:percent} were dead before step {step_of_change} already, from a rate of {rate_before:rate}; "
        "a new rate does not bring them back, a new start does",
        dead_before=dead,
        step_of_change=step,
        rate_before=before["lr"],
    )
