"""How much of the machine one visitor may have. Over a bound there is a sentence, before anything is built."""

from bisect import bisect_left
from collections.abc import Callable, Sequence
from functools import partial
from itertools import pairwise
from typing import Any

from engine import RunSpec, SpecError
from engine.spec import FIELDS
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.errors import ToldError
from engine.tables.wording import Name, Sentence
from viz.words.numbers import is_taken

MOST_LAYERS = 100
MOST_WIDTH = 1024
MOST_SAMPLES = 4096
MOST_WORK = 8_000_000_000
MOST_MEMORY = 3_000_000_000
ALL_MEMORY = 6_000_000_000
MOST_RUNS = 64
MOST_VIEWERS = 8

FEATURES = max(entry.features for entry in DATASETS.values())
CLASSES = max(entry.classes for entry in DATASETS.values())
"""The widest input and output of any data set of the lab: a bound need not know which one is meant."""


class FullError(ToldError, RuntimeError):
    """The server has no room for another run; says what would help."""


def check_size(spec: RunSpec, fits: Callable[[RunSpec], bool] = lambda spec: True) -> None:
    """Refuse a net of too many layers or units, even one that is not trained: SpecError with what would fit instead.

    fits: what else there is to keep to, of a net whose sizes do.
    """
    if len(spec.hidden) > MOST_LAYERS:
        raise SpecError(
            "{place}: {layers} hidden layers are more than this server takes; give at most {most}.",
            field="hidden",
            value=spec.hidden,
            layers=len(spec.hidden),
            most=_deepest(spec, fits),
        )
    if max(spec.hidden, default=0) > MOST_WIDTH:
        widest = _most(MOST_WIDTH, lambda n: fits(_cut(spec.replace(hidden=_narrowed(spec.hidden, n)))))
        raise SpecError(
            "{place}: a width of {width} is more than this server takes; give at most {most}.",
            field="hidden",
            value=spec.hidden,
            width=max(spec.hidden),
            most=widest,
        )


def check(spec: RunSpec) -> None:
    """Refuse a net whose training would hold up everybody else on this server: SpecError with what would fit."""
    check_size(spec, fits)
    batch = samples(spec)
    if batch > MOST_SAMPLES:
        given = "the full batch" if spec.batch_size is None else "a batch"
        raise SpecError(
            "{place}: {given} of {batch} samples is more than this server takes; give at most {most}.",
            field="batch_size",
            value=spec.batch_size,
            given=Sentence(given),
            batch=batch,
            most=_most(MOST_SAMPLES, lambda n: fits(spec.replace(batch_size=max(n, 2)))),
        )
    if (needed := memory(spec)) > MOST_MEMORY:
        raise SpecError(
            "{place}: {parameters:,} parameters and a batch of {batch} would take {needed:.1f} GB of memory, and this "
            "server has {most:.0f} for one net; {advice}.",
            field="hidden",
            value=spec.hidden,
            parameters=parameters(spec),
            batch=batch,
            needed=needed / 1e9,
            most=MOST_MEMORY / 1e9,
            advice=smaller(spec, fits),
        )
    if (needed := work(spec)) > MOST_WORK:
        raise SpecError(
            "{place}: {parameters:,} parameters times {batch} samples are {times:.1f} times the work that this server "
            "takes for a step; {advice}.",
            field="hidden",
            value=spec.hidden,
            parameters=parameters(spec),
            batch=batch,
            times=needed / MOST_WORK,
            advice=smaller(spec, fits),
        )


def fits(spec: RunSpec) -> bool:
    """Whether a net whose sizes are within their bounds is within all others."""
    return memory(spec) <= MOST_MEMORY and work(spec) <= MOST_WORK


def too_deep(text: str, spec: RunSpec) -> SpecError | None:
    """What is said of a text with more hidden layers than the engine itself takes: how many of them would fit here."""
    option: Any = FIELDS["hidden"]
    if is_taken(option.read, text) or not is_taken(cut := partial(option.read, cut=True), text):
        return None
    return SpecError(
        "{place}: {value!r} is too many layers; give at most {most}.",
        field="hidden",
        value=text,
        most=_deepest(spec.replace(hidden=cut(text)), fits),
    )


def _deepest(spec: RunSpec, fits: Callable[[RunSpec], bool]) -> int:
    """Of so many of its first layers the net would fit, if its widths and its batch do."""
    return _most(MOST_LAYERS, lambda n: fits(_cut(spec.replace(hidden=spec.hidden[:n]))))


def _cut(spec: RunSpec) -> RunSpec:
    """The run with widths and a batch that are within their bounds."""
    batch = min(samples(spec), MOST_SAMPLES)
    return spec.replace(hidden=_narrowed(spec.hidden, MOST_WIDTH), batch_size=batch)


def _narrowed(hidden: Sequence[int], width: int) -> tuple[int, ...]:
    return tuple(min(each, width) for each in hidden)


def _most(bound: int, fits: Callable[[int], bool]) -> int:
    """The largest number up to the bound that fits; the bound where not even 1 does."""
    return bisect_left(range(1, bound + 1), True, key=lambda n: not fits(n)) or bound


def smaller(spec: RunSpec, fits: Callable[[RunSpec], bool]) -> Sentence:
    """What to give instead: the largest batch and the most layers with which the same run fits."""
    batches = range(2, samples(spec))
    depths = range(1, len(spec.hidden))
    batch = bisect_left(batches, True, key=lambda n: not fits(spec.replace(batch_size=n)))
    depth = bisect_left(depths, True, key=lambda n: not fits(spec.replace(hidden=spec.hidden[:n])))
    advice = {
        (True, True): "give a {field:lower} of at most {batch} or at most {depth} of its {layers} layers",
        (True, False): "give a {field:lower} of at most {batch}",
        (False, True): "give at most {depth} of its {layers} layers",
        (False, False): "give a smaller width",
    }[batch > 0, depth > 0]
    return Sentence(
        advice,
        field=Name("batch_size"),
        batch=batches[batch - 1] if batch else None,
        depth=depths[depth - 1] if depth else None,
        layers=len(spec.hidden),
    )


def samples(spec: RunSpec) -> int:
    """Samples in one step, at most."""
    return spec.batch_size if spec.batch_size is not None else DATASETS[spec.dataset].training_samples


def parameters(spec: RunSpec) -> int:
    """Weights and biases, for the widest data set, or a wider one of somebody's own."""
    own = DATASETS.own(spec.dataset)
    features, classes = max(FEATURES, own.features if own else 0), max(CLASSES, own.classes if own else 0)
    pieces = ACTIVATIONS[spec.activation].pieces(spec.activation_options)
    widths = (features, *spec.hidden)
    hidden = sum(pieces * (fan_in + 1) * fan_out for fan_in, fan_out in pairwise(widths))
    return hidden + (widths[-1] + 1) * classes


def work(spec: RunSpec) -> int:
    """What a step takes, in parameters times samples."""
    return parameters(spec) * samples(spec)


def step_seconds(spec: RunSpec) -> float:
    """What a step takes, about, until one is measured: arithmetic at its usual pace, and a little for each layer."""
    return work(spec) / (2e9 if spec.dtype == "float64" else 4e9) + 2e-4 * len(spec.hidden)


def memory(spec: RunSpec) -> int:
    """Bytes that training takes, about: weights, gradients and optimizer state; outputs and gradients of a batch."""
    pieces = ACTIVATIONS[spec.activation].pieces(spec.activation_options)
    outputs = samples(spec) * sum(spec.hidden) * (1 + pieces)
    return (4 * parameters(spec) + 3 * outputs) * (8 if spec.dtype == "float64" else 4)


def check_memory(specs: list[RunSpec]) -> None:
    """Refuse the last of these when all of them together take more memory than there is for nets: FullError."""
    needed = [memory(spec) for spec in specs]
    if len(specs) > 1 and sum(needed) > ALL_MEMORY:
        raise FullError(
            "The other runs on this server take {taken:.1f} GB of {all:.0f}, and this one would take {value:.1f} GB; "
            "make it smaller, or try again later.",
            value=needed[-1] / 1e9,
            taken=sum(needed[:-1]) / 1e9,
            all=ALL_MEMORY / 1e9,
        )
