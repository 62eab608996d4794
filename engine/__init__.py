"""What is true: networks, data, optimizers, surfaces, theory, and the measurement of gradient flow.

Usable from a plain prompt; nothing here knows how it is shown. Each name is imported when it is first asked for
(PEP 562), so that who wants a table need not wait for torch.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
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
    from engine.tables.own import load_table
    from engine.theory.mean_field import predict
    from engine.training.pairs import Comparison, compare
    from engine.training.slow_motion import slow_motion
    from engine.training.sweep import Sweep, sweep
    from engine.training.trainer import Trainer
    from engine.watch.healthy import assert_healthy
    from engine.watch.watching import Watch

_HOMES = {
    "ACTIVATIONS": "engine.tables.activations",
    "DATASETS": "engine.tables.datasets",
    "INITIALIZERS": "engine.tables.initializers",
    "OPTIMIZERS": "engine.tables.optimizers",
    "SURFACES": "engine.descent.surfaces",
    "Comparison": "engine.training.pairs",
    "Divergence": "engine.measure.frame",
    "ExpressionError": "engine.descent.expression",
    "Frame": "engine.measure.frame",
    "Probe": "engine.measure.probe",
    "RunSpec": "engine.spec",
    "SpecError": "engine.spec",
    "Sweep": "engine.training.sweep",
    "Trainer": "engine.training.trainer",
    "Watch": "engine.watch.watching",
    "assert_healthy": "engine.watch.healthy",
    "compare": "engine.training.pairs",
    "course": "engine.diagnosis.judge",
    "descend": "engine.descent.trajectories",
    "diagnose": "engine.diagnosis.judge",
    "load_table": "engine.tables.own",
    "predict": "engine.theory.mean_field",
    "propagate": "engine.experiments.propagation",
    "slow_motion": "engine.training.slow_motion",
    "surface_from_expression": "engine.descent.expression",
    "sweep": "engine.training.sweep",
}

__all__ = [
    "ACTIVATIONS",
    "DATASETS",
    "INITIALIZERS",
    "OPTIMIZERS",
    "SURFACES",
    "Comparison",
    "Divergence",
    "ExpressionError",
    "Frame",
    "Probe",
    "RunSpec",
    "SpecError",
    "Sweep",
    "Trainer",
    "Watch",
    "assert_healthy",
    "compare",
    "course",
    "descend",
    "diagnose",
    "load_table",
    "predict",
    "propagate",
    "slow_motion",
    "surface_from_expression",
    "sweep",
]


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted({*globals(), *__all__})
