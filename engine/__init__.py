"""What is true: networks, data, optimizers, surfaces, theory, and the measurement of gradient flow.

Usable from a plain prompt; nothing here knows how it is shown.
"""

from engine.descent.expression import ExpressionError, surface_from_expression
from engine.descent.surfaces import SURFACES
from engine.descent.trajectories import descend
from engine.diagnosis.judge import course, diagnose
from engine.experiments.propagation import propagate
from engine.measure.frame import Divergence, Frame
from engine.measure.probe import Probe
from engine.spec import RunSpec, SpecError
from engine.tables.activations import ACTIVATIONS
from engine.tables.datasets import DATASETS
from engine.tables.initializers import INITIALIZERS
from engine.tables.optimizers import OPTIMIZERS
from engine.theory.mean_field import predict
from engine.training.trainer import Trainer

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
    "course",
    "descend",
    "diagnose",
    "predict",
    "propagate",
    "surface_from_expression",
]
