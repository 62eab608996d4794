"""What is wrong with what was set around the net: its inputs, its loss and output, its classes, its schedule."""

import numpy as np

from engine.diagnosis.finding import Finding
from engine.diagnosis.remedies import BALANCE, FITTING_PAIR, KEEP_RATE, SCALE_INPUTS
from engine.diagnosis.symptoms import FAIR_STEPS, FEW_STEPS, LIKELY, LONG_STEPS, Run
from engine.tables.wording import Sentence

LARGE = 5.0  # root mean square of inputs; standardized ones have 1
HUGE = 60.0  # with less many a net learns, if late
LATE = 100  # steps that even the hugest are given while steps are of a usual size
TORN = 0.3  # of its weights moved at once: no usual size
ABOVE = 1.2  # times the loss of guessing, from where a loss that falls is on its way there
MAJORITY = 0.03  # of all answers lie between the accuracy and the share of the largest class
OVER, ENDED = 1e-3, 0.05  # of its largest the rate has come down to

BOUNDED = {"softmax": (0.0, 1.0), "sigmoid": (0.0, 1.0), "tanh": (-1.0, 1.0)}
"""Output -> the ends of what it can give."""


def inputs_rms(run: Run) -> float:
    """Root mean square of what enters layer 1, from the first frame: a sum over n inputs has n Var w times theirs."""
    n, variance = run.subject.features, float(run.history["weight_var"][0, 0])
    if not n or variance <= 0:
        return np.nan
    return float(np.sqrt(run.history["preactivation_ms"][0, 0] / (n * variance)))


def unscaled_inputs(run: Run) -> Finding | None:
    """Inputs many times as large as those a net is made for, and a run that does not learn from them."""
    rms = inputs_rms(run)
    if run.fine or not rms > LARGE:
        return None
    if not run.broken and run.age < _patience(run, rms):
        return None
    return Finding(
        name="unscaled inputs",
        layer=1,
        step=int(run.history["step"][0]),
        says=Sentence(
            "unscaled inputs: what enters layer 1 has an rms of {input_rms:number}, and the loss is {loss:number}",
            input_rms=rms,
            loss=run.loss[1],
        ),
        because=Sentence(
            "Weights and rates are made for inputs of size 1. Larger ones flatten the first layer or make the steps of "
            "its weights too large, by their square."
        ),
        source="LeCun, Bottou, Orr and Müller, 1998",
        remedies=(SCALE_INPUTS,),
        evidence={"first_step": run.first_step, "saturated_at_start": float(run.start("saturated")[0])}
        if run.hidden
        else {"first_step": run.first_step},
    )


def _patience(run: Run, rms: float) -> int:
    """Steps that inputs of this size are given: longer where they are not huge, and where the loss falls."""
    if rms <= HUGE:
        return LONG_STEPS if run.lighter else FAIR_STEPS
    if run.lighter:
        return FAIR_STEPS
    return LATE if run.moves and run.largest_step < TORN else FEW_STEPS


def wrong_pair(run: Run) -> Finding | None:
    """An output and a loss that do not fit together. Many a net learns behind such a pair, if late: until it has had
    long, or all its outputs are dead, it is a remark."""
    says = _misfit(run)
    if not says:
        return None
    return Finding(
        name="wrong pair of output and loss",
        layer=run.hidden + 1,
        step=run.step,
        says=says,
        because=Sentence(
            "Cross-entropy makes its own chances of numbers of any size, and its gradient is the error itself. Numbers "
            "want an output that can reach them; a flat output hands on next to no gradient."
        ),
        source="Goodfellow, Bengio and Courville, 2016, ch. 6.2.2; Nielsen, 2015, ch. 3",
        remedies=(FITTING_PAIR,),
        remark=run.knows or run.fine or not (run.age >= LONG_STEPS or _is_shut(run)),
        evidence={"loss": run.loss[1]},
    )


def _is_shut(run: Run) -> bool:
    """Whether every output is the same for all samples."""
    return bool(np.median(run.history["dead"][run.recent, -1]) >= 1)


def _misfit(run: Run) -> Sentence | None:
    subject = run.subject
    pair = {"output": subject.output, "loss": run.loss[1]}
    if subject.classes == 0 and subject.output != "linear":
        return Sentence(
            "wrong pair of output and loss: {output} cannot give the numbers that are wanted, of mean 0 and variance "
            "1; the loss is {loss:loss}",
            **pair,
        )
    if subject.loss == "cross_entropy" and subject.output in BOUNDED and subject.classes:
        low, high = BOUNDED[subject.output]
        least = float(np.log1p((subject.classes - 1) * np.exp(low - high)))
        return Sentence(
            "wrong pair of output and loss: cross-entropy takes any numbers, and of {output} it gets only {low:short} "
            "to {high:short}; its loss stays above {least_loss:loss}, and is {loss:loss}",
            low=low,
            high=high,
            least_loss=least,
            **pair,
        )
    if subject.loss == "cross_entropy" and subject.output == "relu":
        return _behind_a_relu(run)
    if subject.outputs == 1 and (subject.classes or 0) > 2:
        return Sentence(
            "wrong pair of output and loss: one output takes {classes} classes for the numbers 0 to {largest}, as if "
            "those between two were half of each; {accuracy:percent} are right, the loss is {loss:loss}",
            classes=subject.classes,
            largest=(subject.classes or 0) - 1,
            accuracy=run.accuracy[1],
            loss=run.loss[1],
        )
    if subject.loss == "mse" and subject.classes and not run.learns and run.age >= FEW_STEPS:
        if subject.output == "linear":
            return _numbers_for_classes(run)
        return Sentence(
            "wrong pair of output and loss: squared error of {output} outputs on classes gives the last layer a "
            "gradient of {gradient:number}; the loss is {loss:loss}, guessing costs {loss_of_guessing:loss}",
            gradient=float(np.median(run.history["gradient_rms"][run.recent, -1])),
            loss_of_guessing=run.guessing,
            **pair,
        )
    return None


def _behind_a_relu(run: Run) -> Sentence | None:
    """ReLU before cross-entropy: outputs that are 0 for every sample, or else, once it has begun to learn, for some."""
    dead, flat = (float(np.median(run.history[name][run.recent, -1])) for name in ("dead", "saturated"))
    if dead > 0:
        return Sentence(
            "wrong pair of output and loss: behind the ReLU {dead:percent} of the outputs are 0 for every sample and "
            "get no gradient; the loss is {loss:loss}",
            dead=dead,
            loss=run.loss[1],
        )
    if run.age < FEW_STEPS or not flat > 0:
        return None
    return Sentence(
        "wrong pair of output and loss: behind the ReLU {saturated_now:percent} of what comes out is 0 and gets no "
        "gradient, and no class can be told to be unlikely; the loss is {loss:loss}",
        saturated_now=flat,
        loss=run.loss[1],
    )


def _numbers_for_classes(run: Run) -> Sentence | None:
    """Squared error on a linear output, where neither its rate nor its youth is what holds it back."""
    if run.fine or run.age < FAIR_STEPS or not run.moves:
        return None
    return Sentence(
        "wrong pair of output and loss: squared error takes the classes for numbers, 0 and 1; the loss is {loss:loss}, "
        "guessing costs {loss_of_guessing:loss}",
        loss=run.loss[1],
        loss_of_guessing=run.guessing,
    )


def learns_majority(run: Run) -> Finding | None:
    """After a fair time as many answers are right as there are samples of the largest class, and no loss is saved."""
    common, classes = run.subject.most_common, run.subject.classes
    if run.broken or not classes or not common or common < 1.5 / classes or not run.fair:
        return None
    right = run.accuracy[1]
    held = "learns only the majority" in run.held
    share, error = run.pace.right(3)
    near = max(MAJORITY, LIKELY * error)
    if abs(share - common) > (2 * near if held else near):
        return None
    # of small batches most hold no rare sample: their median loss says nothing
    loss = float(np.mean(run.history["loss"][run.recent]))
    if loss < (0.7 if held else 0.8) * run.guessing:
        return None
    is_above = run.loss[1] > ABOVE * run.guessing  # and falls: it has yet to come down there
    tells_others = share - common > LIKELY * error
    if (is_above or tells_others) and run.lighter and run.age < LONG_STEPS:
        return None
    return Finding(
        name="learns only the majority",
        step=run.step,
        says=Sentence(
            "learns only the majority: {accuracy:percent} are right, and {most_common:percent} of the samples are of "
            "one class; the loss is {loss:loss}, always naming that class costs {loss_of_guessing:loss}",
            accuracy=right,
            most_common=common,
            loss=loss,
            loss_of_guessing=run.guessing,
        ),
        because=Sentence(
            "Where one class holds most samples, naming it always is right for most: the share of right answers says "
            "nothing, and the rare ones weigh little in the loss."
        ),
        source="He and Garcia, Learning from imbalanced data, 2009",
        remedies=(BALANCE,),
    )


def schedule_ends(run: Run) -> Finding | None:
    """The rate has come down to next to nothing, and the net has not learned."""
    rates = run.history["lr"][run.since :]
    most, now = float(rates.max()), float(rates[-1])
    well = (
        (run.knows or run.learns) if now < OVER * most else run.fine
    )  # no pace leads on where no step is taken any more
    if run.subject.schedule == "constant" or run.broken or well or run.age < FEW_STEPS:
        return None
    fell = float(run.history["loss"][run.since]) > 1.02 * run.loss[1]
    if not now < ENDED * most or run.step < run.subject.warmup or not fell:
        return None
    return Finding(
        name="schedule ends too early",
        step=run.step,
        says=Sentence(
            "schedule ends too early: the rate has come down from {largest_rate:number} to {rate:number} by step "
            "{step}, and the loss is still {loss:loss}",
            largest_rate=most,
            rate=now,
            step=run.step,
            loss=run.loss[1],
        ),
        because=Sentence(
            "A schedule brings the rate down when the net has learned, to settle it; before that it only stops it."
        ),
        source="Loshchilov and Hutter, 2017; Smith, 2018",
        remedies=(KEEP_RATE,),
        evidence={"loss_at_start": run.loss[0]},
    )
