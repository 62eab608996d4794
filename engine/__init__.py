"""What is true: networks, data, optimizers, surfaces, theory, and the measurement of gradient flow.

Usable from a plain prompt; nothing here knows how it is shown.
"""

from engine.activations import ACTIVATIONS
from engine.datasets import DATASETS
from engine.descent.expression import ExpressionError, surface_from_expression
from engine.descent.surfaces import SURFACES
from engine.descent.trajectories import descend
from engine.initializers import INITIALIZERS
from engine.measure.frame import Divergence, Frame
from engine.measure.probe import Probe
from engine.optimizers import OPTIMIZERS
from engine.propagation import propagate
from engine.spec import RunSpec, SpecError
from engine.theory import predict
from engine.trainer import Trainer

__all__ = [
    "ACTIVATIONS",
    "DATASETS",
    "INITIALIZERS",
    "OPTIMIZERS",
    "SURFACES",
    "Divergence",
    "ExpressionError",
    "Frame",
    "Probe",
    "RunSpec",
    "SpecError",
    "Trainer",
    "descend",
    "predict",
    "propagate",
    "surface_from_expression",
]
