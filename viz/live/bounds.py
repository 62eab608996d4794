"""How much of the machine one visitor may have. Over a bound there is a sentence, before anything is built."""

from itertools import pairwise

from engine import RunSpec, SpecError
from engine.activations import ACTIVATIONS

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
        message = (
            f"{parameters(spec):,} parameters and a batch of {batch} would take {needed / 1e9:.1f} GB of this server's "
            f"memory; give a net of at most {MOST_MEMORY / 1e9:.0f} GB."
        )
        raise SpecError(f"hidden: {message}", field="hidden")
    if (work := parameters(spec) * batch) > MOST_WORK:
        largest = MOST_WORK // parameters(spec)
        advice = (
            f"give a batch_size of at most {largest}, or a smaller net" if largest else "give a smaller net"
        )
        message = (
            f"{parameters(spec):,} parameters times {batch} samples are {work / MOST_WORK:.1f} times what this "
            f"server takes; {advice}."
        )
        raise SpecError(f"hidden: {message}", field="hidden")


def samples(spec: RunSpec) -> int:
    """Samples in one step, at most."""
    return spec.batch_size if spec.batch_size is not None else SAMPLES.get(spec.dataset, MOST_SAMPLES)


def parameters(spec: RunSpec) -> int:
    """Weights and biases, for the widest data set."""
    pieces = ACTIVATIONS[spec.activation].pieces(spec.activation_options)
    widths = (FEATURES, *spec.hidden)
    hidden = sum(pieces * (fan_in + 1) * fan_out for fan_in, fan_out in pairwise(widths))
    return hidden + (widths[-1] + 1) * CLASSES


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
