"""How much of the machine one visitor may have. Over a bound there is a sentence, before anything is built."""

from bisect import bisect_left
from collections.abc import Callable
from itertools import pairwise

from engine import RunSpec, SpecError
from engine.tables.activations import ACTIVATIONS

MOST_LAYERS = 100
MOST_WIDTH = 1024
MOST_SAMPLES = 4096
MOST_WORK = 8_000_000_000
MOST_MEMORY = 3_000_000_000
ALL_MEMORY = 6_000_000_000
MOST_RUNS = 64
MOST_VIEWERS = 8

# The widest input and output of any data set: a bound need not know which one is meant.
FEATURES, CLASSES = 784, 10
SAMPLES = {"mnist": 60_000}


class FullError(RuntimeError):
    """The server has no room for another run; says what would help."""


def check_size(spec: RunSpec) -> None:
    """Refuse a net of too many layers or units, even one that is not trained: SpecError with the bound it breaks."""
    if len(spec.hidden) > MOST_LAYERS:
        message = (
            f"{len(spec.hidden)} hidden layers are more than this server takes; give at most {MOST_LAYERS}."
        )
        raise SpecError(f"hidden: {message}", field="hidden")
    if max(spec.hidden, default=0) > MOST_WIDTH:
        message = f"a width of {max(spec.hidden)} is more than this server takes; give at most {MOST_WIDTH}."
        raise SpecError(f"hidden: {message}", field="hidden")


def check(spec: RunSpec) -> None:
    """Refuse a net whose training would hold up everybody else on this server: SpecError with the bound it breaks."""
    check_size(spec)
    batch = samples(spec)
    if batch > MOST_SAMPLES:
        given = "the full batch" if spec.batch_size is None else "a batch"
        message = f"{given} of {batch} samples is more than this server takes; give at most {MOST_SAMPLES}."
        raise SpecError(f"batch_size: {message}", field="batch_size")
    if (needed := memory(spec)) > MOST_MEMORY:
        advice = smaller(spec, lambda one: memory(one) <= MOST_MEMORY)
        message = (
            f"{parameters(spec):,} parameters and a batch of {batch} would take {needed / 1e9:.1f} GB of memory, and "
            f"this server has {MOST_MEMORY / 1e9:.0f} for one net; {advice}."
        )
        raise SpecError(f"hidden: {message}", field="hidden")
    if (needed := work(spec)) > MOST_WORK:
        advice = smaller(spec, lambda one: work(one) <= MOST_WORK)
        message = (
            f"{parameters(spec):,} parameters times {batch} samples are {needed / MOST_WORK:.1f} times the work that "
            f"this server takes for a step; {advice}."
        )
        raise SpecError(f"hidden: {message}", field="hidden")


def smaller(spec: RunSpec, fits: Callable[[RunSpec], bool]) -> str:
    """What to give instead: the largest batch and the most layers with which the same run fits."""
    batches = range(2, samples(spec))
    depths = range(1, len(spec.hidden))
    batch = bisect_left(batches, True, key=lambda n: not fits(spec.replace(batch_size=n)))
    depth = bisect_left(depths, True, key=lambda n: not fits(spec.replace(hidden=spec.hidden[:n])))
    ways = [f"a batch_size of at most {most}" for most in batches[:batch][-1:]]
    ways += [f"at most {most} of its {len(spec.hidden)} layers" for most in depths[:depth][-1:]]
    return f"give {' or '.join(ways)}" if ways else "give a smaller width"


def samples(spec: RunSpec) -> int:
    """Samples in one step, at most."""
    return spec.batch_size if spec.batch_size is not None else SAMPLES.get(spec.dataset, MOST_SAMPLES)


def parameters(spec: RunSpec) -> int:
    """Weights and biases, for the widest data set."""
    pieces = ACTIVATIONS[spec.activation].pieces(spec.activation_options)
    widths = (FEATURES, *spec.hidden)
    hidden = sum(pieces * (fan_in + 1) * fan_out for fan_in, fan_out in pairwise(widths))
    return hidden + (widths[-1] + 1) * CLASSES


def work(spec: RunSpec) -> int:
    """What a step takes, in parameters times samples."""
    return parameters(spec) * samples(spec)


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
            f"The other runs on this server take {sum(needed[:-1]) / 1e9:.1f} GB of {ALL_MEMORY / 1e9:.0f}, and this "
            f"one would take {needed[-1] / 1e9:.1f} GB; make it smaller, or try again later."
        )
