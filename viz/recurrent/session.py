"""The nets that one visitor compares on the Recurrent page."""

from viz.recurrent.case import Case
from viz.widgets.memory import Memory

LABELS = {
    "cell": "Cell",
    "activation": "Activation",
    "matrix": "Matrix W",
    "radius": "Radius",
    "forget_bias": "Forget bias",
    "steps": "Time steps",
    "width": "Width",
    "noise": "Input noise",
    "inputs": "Inputs",
    "start": "First state",
    "batch_size": "Sequences",
    "clip_threshold": "Clipping at",
    "seed": "Seed",
    "dtype": "Precision",
}

memory = Memory("recurrent", Case.read, Case.write, labels=LABELS)


def case() -> Case:
    """What is on screen."""
    return memory.value
