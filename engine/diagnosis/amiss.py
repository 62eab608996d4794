"""What else in a spec is so far from what is usual that its net would not learn, whatever its first fault.

A cure that mends the one thing that is named leaves the next one in its place. `mended` goes through them all: each
has a test on the spec alone, a bound that practice or theory gives, and the plan that brings it back within it.
"""

from collections.abc import Callable

import numpy as np

from engine.diagnosis import cures
from engine.diagnosis.cures import ROOMY, SMALLEST_BATCH, WINDING, Cure, Plan
from engine.diagnosis.guessing import class_shares
from engine.diagnosis.remedies import BEND, USUAL_RATE, Remedy, together
from engine.spec import RunSpec
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from engine.tables.schedules import SCHEDULES
from engine.tables.wording import Sentence

NARROW = 16  # units, below which a layer of a net that did not learn is widened
WELL_DRAWN = 3.0  # times as large, or as small, as those of the proper initializer weights may be drawn
FAR, NEAR = 3.0, 10.0  # times below, and above, the usual rate
LEAST, LEAST_OF_ALL = 10.0, 100.0  # times below it that a run's first step may call for
STRONG = 1e-3  # weight decay that is added to the gradient
STRONG_DECOUPLED = 0.1  # and that shrinks the weights directly, times the rate
CLIPPED = 0.1  # norm of a gradient, below which clipping makes the steps, not the rate
DROPPED = 0.5  # share of each layer's outputs
OPEN = 0.1  # share of a signal's paths that dropout leaves open over all layers
CURVED = ("circles", "spirals", "xor", "gaussian")  # no straight border parts their classes
SLOW, JUMPY = 0.01, 0.5  # share of the newest batch in running statistics
NOISY = 8  # samples in a batch
SIZES = (0.3, 3.0)  # of inputs, of the last layer's first weights
SOON = 1000  # steps, by which no schedule should end
LEFT = 0.1  # of the rate, that a schedule leaves by then
LATE = 300  # steps of warmup


def mended(remedy: Remedy, spec: RunSpec) -> Plan:
    """The remedy's plan, and after it all else that is amiss in the spec that it leaves; what it set itself it keeps.

    A rate that was made to suit the steps of the old net is none for a new one: there it is the usual one.
    """
    cure, words = _with_the_rest(spec, *_bent(remedy, spec))
    if not _suits(cure, spec):
        cure, words = _with_the_rest(spec, *_bent(_at_usual_rate(remedy), spec))
    return cure, words


def _bent(remedy: Remedy, spec: RunSpec) -> Plan:
    """The remedy's plan; where no border that the net draws parts the classes, for the one that can draw such."""
    if remedy == BEND or not _straight(spec):
        return cures.plan(remedy, spec)
    bend, first = cures.bend(spec)
    cure, words = cures.plan(remedy, spec.replace(**bend))
    if not spec.replace(**bend).differences(spec.replace(**bend | cure)):
        return bend, first
    return bend | cure, Sentence("{first}, {second}", first=first, second=words)


def _with_the_rest(spec: RunSpec, cure: Cure, words: Sentence) -> Plan:
    for is_amiss, plan in AMISS:
        now = spec.replace(**cure)
        if not is_amiss(now):
            continue
        more, others = plan(now)
        if more and not more.keys() & cure.keys():
            cure = cure | more
            words = Sentence("{first}, {second}", first=words, second=others)
    return cure, words


def _suits(cure: Cure, spec: RunSpec) -> bool:
    """Whether a rate that it sets is one for the net that it makes: far below the usual one only where that net has
    shown that the usual one is too high for it."""
    if "lr" not in cure:
        return True
    lr, usual = float(cure["lr"]), cures.usual_lr(spec.replace(**cure))  # type: ignore[arg-type]
    shown = usual / FAR <= spec.lr <= usual * FAR and not cure.keys() & MAKES_ANOTHER
    return usual / (LEAST_OF_ALL if shown else LEAST) <= lr <= usual * NEAR


def _at_usual_rate(remedy: Remedy) -> Remedy:
    if remedy.name == "together":
        return together(*map(_at_usual_rate, remedy.numbers.values()))
    return USUAL_RATE if remedy.name in RATES else remedy


RATES = ("smaller rate", "larger rate", "take back")
MAKES_ANOTHER = {
    "initializer", "batch_norm", "input_scale", "input_factor", "loss", "output", "hidden", "activation",
    "output_gain", "bias", "batch_size",
}  # fmt: skip
"""Fields that make the steps of a net others than they were."""


def _unscaled(spec: RunSpec) -> bool:
    factors = np.atleast_1d(spec.input_factor)
    return spec.input_scale == "raw" or not (SIZES[0] <= factors.min() and factors.max() <= SIZES[1])


def _mismatched(spec: RunSpec) -> bool:
    usual = "cross_entropy" if DATASETS[spec.dataset].classes else "mse"
    fits = (spec.loss, spec.output) in ((usual, "linear"), ("bce", "sigmoid"))
    return not fits


def _lopsided(spec: RunSpec) -> bool:
    return spec.class_share is not None and max(class_shares(spec)) > 0.5


def _narrow(spec: RunSpec) -> bool:
    """Fewer units than `NARROW`, or than two for each direction of a shell."""
    directions = DATASETS[spec.dataset].features if spec.dataset in WINDING else 0
    return min(spec.hidden, default=ROOMY) < max(NARROW, 2 * directions)


def _winding(spec: RunSpec) -> bool:
    """Classes that take thousands of steps where nothing measures over the samples, and hundreds where it does; layer
    norm takes away the size that parts the shells."""
    return spec.dataset in WINDING and bool(spec.hidden) and spec.batch_norm == "none"


def _by_the_batch(spec: RunSpec) -> Plan:
    if spec.layer_norm == "none":
        return {"batch_norm": "before"}, Sentence("add batch norm")
    fields: Cure = {"layer_norm": "none", "norm_place": "post", "batch_norm": "before"}
    return fields, Sentence("use batch norm in place of layer norm")


def _straight(spec: RunSpec) -> bool:
    """Nothing bends; or it bends as smoothly as tanh and sigmoid, which take long to draw a curve."""
    activation = ACTIVATIONS[spec.activation]
    smooth = np.isfinite(activation.saturation(spec.activation_options)).all()
    return spec.dataset in CURVED and (not spec.hidden or activation.linear or bool(smooth))


def _badly_drawn(spec: RunSpec) -> bool:
    """Weights of another size than those of the proper start, or a gradient that does not stay level."""
    size, proper = (
        np.sqrt(INITIALIZERS[name].weight_variance(n, n, **options))
        for n in [(spec.hidden or (100,))[0]]
        for name, options in (
            (spec.initializer, spec.initializer_options),
            (cures.proper_initializer(spec), {}),
        )
    )
    if not proper / WELL_DRAWN <= size <= proper * WELL_DRAWN:
        return True
    return bool(abs(cures.flow(spec)) >= cures.LEVEL)


def _biased(spec: RunSpec) -> bool:
    return spec.bias in ("normal", "constant")


def _sure(spec: RunSpec) -> bool:
    return not SIZES[0] <= spec.output_gain <= SIZES[1]


def _normalized_by_few(spec: RunSpec) -> bool:
    least = SMALLEST_BATCH if spec.batch_norm != "none" else NOISY
    return spec.batch_size is not None and spec.batch_size < least


def _astray(spec: RunSpec) -> bool:
    return spec.batch_norm != "none" and not SLOW <= spec.batch_norm_momentum <= JUMPY


def _silenced(spec: RunSpec) -> bool:
    return bool(spec.hidden) and (spec.dropout > DROPPED or (1 - spec.dropout) ** len(spec.hidden) < OPEN)


def _clipped(spec: RunSpec) -> bool:
    return spec.clip != "none" and spec.clip_threshold < CLIPPED


def _decays(spec: RunSpec) -> bool:
    entry = OPTIMIZERS[spec.optimizer]
    options = entry.complete(spec.optimizer_options)
    decoupled = spec.optimizer == "adamw" or options.get("decoupled_weight_decay", False)
    return float(options.get("weight_decay", 0.0)) > (STRONG_DECOUPLED if decoupled else STRONG)


def _ends(spec: RunSpec) -> bool:
    if spec.schedule in ("constant", "warmup"):
        return False
    rate = SCHEDULES[spec.schedule].rate(1.0, SOON, spec.schedule_steps, **spec.schedule_options)
    return rate < LEFT


def _warms_late(spec: RunSpec) -> bool:
    return spec.warmup > LATE


def _paced(spec: RunSpec) -> bool:
    usual = cures.usual_lr(spec)
    return not usual / FAR <= spec.lr <= usual * NEAR


def _at_once(fields: Cure, words: Sentence) -> Callable[[RunSpec], Plan]:
    return lambda spec: (fields, words)


AMISS: tuple[tuple[Callable[[RunSpec], bool], Callable[[RunSpec], Plan]], ...] = (
    (_unscaled, cures.scale_inputs),
    (_mismatched, cures.fitting_pair),
    (_lopsided, cures.balance),
    (_winding, _by_the_batch),
    (_normalized_by_few, lambda spec: cures.larger_batch(spec, 64)),
    (_straight, cures.bend),
    (_narrow, cures.widen),
    (_biased, _at_once({"bias": "default", "bias_value": 0.0}, Sentence("start the biases as usual"))),
    (_sure, _at_once({"output_gain": 1.0}, Sentence("start the last layer as usual"))),
    (_badly_drawn, cures.level_gradient),
    (_astray, cures.PLANS["faster statistics"]),
    (_silenced, cures.PLANS["no dropout"]),
    (_clipped, cures.PLANS["no clipping"]),
    (_decays, cures.less_decay),
    (_ends, _at_once({"schedule": "constant"}, Sentence("keep the rate"))),
    (_warms_late, _at_once({"warmup": 0}, Sentence("leave the warmup out"))),
    (_paced, cures.rate),
)
"""Whether something is amiss, and what mends it, in the order of the net: data, layers, start, steps."""
