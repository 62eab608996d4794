"""What is true: networks, data, optimizers and the measurement of gradient flow. Usable from a plain prompt."""

from engine.activations import ACTIVATIONS
from engine.datasets import DATASETS
from engine.initializers import INITIALIZERS
from engine.optimizers import OPTIMIZERS
from engine.probe import Probe
from engine.spec import RunSpec, SpecError
from engine.trainer import Frame, Trainer

__all__ = [
    "ACTIVATIONS",
    "DATASETS",
    "INITIALIZERS",
    "OPTIMIZERS",
    "Frame",
    "Probe",
    "RunSpec",
    "SpecError",
    "Trainer",
]
