"""What is wrong with the steps a run takes: it diverged, its rate is too high or too low."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import (
    LEVEL_GRADIENT,
    SCALE_INPUTS,
    USUAL_RATE,
    larger_rate,
    smaller_rate,
    take_back,
    together,
)
from engine.diagnosis.rules.setting import LARGE, inputs_rms
from engine.diagnosis.rules.signal import exploding, exploding_activations
from engine.diagnosis.symptoms import ABSURD_LOSS, FAIR_STEPS, FEW_STEPS, Run
from engine.tables.wording import Sentence

HIGH, LOW = "learning rate too high", "learning rate too low"
FAR = 2.0  # times its size a step moved a layer's weights
YOUNG = 10  # steps: a loss that rose by then may fall again ...
RUINED = 100.0  # ... but one so many times as large, after a step that was FAR, says enough
LOOKED = 100  # steps that a loss must have had to swing
HARDLY = 1e-5  # of its weights a step moves a layer by: in 3,000 steps by 3 % at most
FASTER = 5  # times the usual rate of its optimizer
FARTHER, GREAT = (
    30,
    0.01,
)  # times it, and of its weights that each step moves a layer by: nothing settles there
HANDFUL = 9  # samples or fewer: their variance is off by half and more


def diverged(run: Run) -> Finding | None:
    """A NaN or an inf: nothing that follows means anything."""
    if not run.broken:
        return None
    layer, remedy = run.origin(), LEVEL_GRADIENT
    why: Sentence | None
    if why := run.change:  # whatever it started with, it lived with that
        remedy = take_back(run.history.changes[-1][1])
    elif (rms := inputs_rms(run)) > LARGE:
        remedy = SCALE_INPUTS
        why = Sentence("the inputs have an rms of {input_rms:number}", input_rms=rms)
    elif not (why := _explosion(run)):
        remedy = smaller_rate(run.first_step)
        why = Sentence(
            "a step moved weights by {largest_step:number} times their size", largest_step=run.largest_step
        )
    return Finding(
        name="diverged",
        layer=layer,
        step=run.step,
        says=Sentence(
            "diverged at step {step}: NaN or infinity in {layer:layer}; {cause}",
            step=run.step,
            layer=run.called(layer),
            cause=why,
        ),
        because=Sentence("A run is over at its first NaN or infinity, wherever it comes from."),
        source="IEEE 754; Goodfellow, Bengio and Courville, 2016, ch. 8.2",
        remedies=(remedy,),
        evidence={
            "last_finite_loss": float(run.history["loss"][run.recent][-1]),
            "first_step": run.first_step,
            "largest_step": run.largest_step,
        },
        cause=why,
    )


def _explosion(run: Run) -> Sentence | None:
    """How the net exploded before its first update, or None when it did not."""
    found = exploding(run) or exploding_activations(run)
    if not found:
        return None
    if run.history["step"][0] == 1 and run.loss[0] > ABSURD_LOSS:
        return Sentence(
            "{explosion} from the start, and the loss was {loss_at_start:number} before the first update",
            explosion=found.says,
            loss_at_start=run.loss[0],
        )
    return Sentence("{explosion} from the start", explosion=found.says)


def rate_far_too_high(run: Run) -> Finding | None:
    """A step that moved weights by several times their size, though no gradient exploded: a rate beyond all measure."""
    explodes = run.hidden and run.slope >= run.steep
    return rate_too_high(run) if run.largest_step >= FAR and not explodes else None


def rate_too_high(run: Run) -> Finding | None:
    """Steps as large as the weights themselves, and a loss that is worse for it, or no better than guessing."""
    before, now = float(run.history["loss"][run.since]), run.loss[1]
    if not run.since and run.guessing > before:  # of a small batch, by luck
        before = run.guessing
    # leaps look like progress by chance
    well = run.learns or run.knows or (run.fine and run.largest_step < FAR)
    young = run.age < YOUNG and not (run.largest_step >= FAR and now > RUINED * before)
    if run.broken or well or run.silenced or run.largest_step < 0.3 or young or _is_of_the_batch(run):
        return None
    ratios, explodes = run.history["update_ratio"][run.since :], run.hidden and run.slope >= run.steep
    at, layer = np.unravel_index(np.argmax(np.where(np.isfinite(ratios), ratios, 0)), ratios.shape)
    moved = {"layer": run.called(int(layer) + 1), "largest_step": run.largest_step, "loss": now}
    if now > 1.2 * before:
        says = Sentence(
            "learning rate too high: a step moved {layer:layer} by {largest_step:number} times its weights, "
            "the loss went from {loss_before:number} to {loss:number}",
            loss_before=before,
            **moved,
        )
    elif run.largest_step >= FAR and not explodes and run.seen_some and now > 0.8 * run.guessing:
        says = Sentence(
            "learning rate too high: a step moved {layer:layer} by {largest_step:number} times its weights, "
            "and the loss is {loss:loss}, where guessing costs {loss_of_guessing:loss}",
            loss_of_guessing=run.guessing,
            **moved,
        )
    else:
        return None
    start = run.start("saturated").max() >= 0.5 if run.hidden else False
    slower = smaller_rate(run.first_step)
    return Finding(
        name=HIGH,
        layer=int(layer) + 1,
        step=int(run.history["step"][run.since + at]),
        says=says,
        because=Sentence(
            "A step should move weights by about a thousandth of their size; one as large as they are forgets them."
        ),
        source="Karpathy, cs231n: ratio of weights to updates",
        remedies=(together(slower, LEVEL_GRADIENT), slower) if start and run.subject.two_sided else (slower,),
        evidence={"first_step": run.first_step},
    )


def _is_of_the_batch(run: Run) -> bool:
    """Whether batch norm over a handful of samples makes steps leap, at a rate that is usual otherwise."""
    size, usual, rate = run.subject.batch, run.subject.usual_rate, run.subject.rate
    return bool(run.subject.normalized and size and size <= HANDFUL and usual and rate and rate <= usual)


def rate_keeps_high(run: Run) -> Finding | None:
    """A loss that was lower before, or that for long has not fallen but gone up and down, at many times the usual
    rate."""
    now, usual, (low, high) = run.loss[1], run.subject.usual_rate, run.swing
    times = run.subject.rate / usual if usual and run.subject.rate else 1.0
    far = times >= FARTHER and run.typical_step > GREAT
    worst = max(now, high)
    if (
        run.broken
        or (run.masters if far else run.knows)
        or run.age < 2 * LOOKED
        or run.typical_step < 3e-3
        or worst < 0.3 * run.guessing
    ):
        return None
    row, best = run.best
    if best > 0.9 * run.guessing:  # it never knew better, which other rules tell of
        return None
    if _rose(run, best, now):
        says = Sentence(
            "learning rate too high: about step {step_of_lowest} the loss was {lowest_loss:loss}, "
            "now it is {loss:loss}",
            step_of_lowest=int(run.history["step"][row]),
            lowest_loss=best,
            loss=now,
        )
    elif times >= FASTER and _swings(run, far):
        says = Sentence(
            "learning rate too high: at {times:number} times the usual rate the loss goes up and down, "
            "{low:loss} to {high:loss} since halfway",
            times=times,
            low=low,
            high=high,
        )
    else:
        return None
    return Finding(
        name=HIGH,
        step=run.step,
        says=says,
        because=Sentence(
            "Along a curvature c a step is stable for rates below 2/c; beyond, the loss swings instead of falling."
        ),
        source="LeCun, Bottou, Orr and Müller, 1998; Cohen et al., 2021",
        remedies=(USUAL_RATE if times >= 3 else smaller_rate(run.first_step, most=0.1),),
        evidence={"typical_step": run.typical_step, "loss": now},
    )


def _rose(run: Run, best: float, now: float) -> bool:
    return now > (1.2 if HIGH in run.held else 1.5) * best and now > 0.5 * run.guessing


def _swings(run: Run, far: bool) -> bool:
    """Whether the loss, for long, has gone up and down by more than it fell; far: at a rate where less of it tells."""
    low, high = run.swing
    fell = run.loss[1] < (0.5 if HIGH in run.held else 0.8) * float(
        np.median(run.history["loss"][run.about(1 / 3)])
    )
    return run.age >= 3 * LOOKED and high > (1.3 if far or HIGH in run.held else 1.5) * low and not fell


def rate_too_low(run: Run) -> Finding | None:
    """Steps so small beside the weights that nothing changes."""
    if run.broken or run.fine or run.age < FEW_STEPS or run.loss[1] < 1e-2:
        return None
    # each of which makes any steps small
    if run.collapsed or run.shrinks or run.subject.symmetric or run.flat_by_clipping:
        return None
    if run.subject.usual_rate and run.subject.rate and run.subject.rate > run.subject.usual_rate / 10:
        return None
    waits = run.guesses and run.age >= FAIR_STEPS
    least = 3e-4 if waits and LOW in run.held else 1e-4 if waits else HARDLY if run.age < FAIR_STEPS else 5e-5
    if run.typical_step > least:
        return None
    return Finding(
        name=LOW,
        step=run.step,
        says=Sentence(
            "learning rate too low: a step moves no layer by more than {typical_step:rough} of its weights",
            typical_step=run.typical_step,
        ),
        because=Sentence(
            "A step should move weights by about a thousandth of their size; at a hundred-thousandth nothing happens."
        ),
        source="Karpathy, cs231n: ratio of weights to updates",
        remedies=(larger_rate(run.typical_step), USUAL_RATE),
        evidence={"loss_at_start": run.loss[0], "loss": run.loss[1]},
    )
