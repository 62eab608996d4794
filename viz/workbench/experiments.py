"""Every experiment that a page may ask for, by name.

Each takes keyword arguments that JSON can hold and yields the whole picture so far: a mapping of names to NumPy arrays
and JSON values, with `done`, the share (0 to 1) of the work behind it. A bad argument is a SpecError.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.batch_norm import bench
from engine.batch_sizes import batch_runs, batch_times
from engine.chapter import chapter
from engine.clipping_effect import clipping_effect
from engine.drift import drift
from engine.explosion import explosion
from engine.gradient_noise import gradient_noise
from engine.placements import placements
from engine.running_statistics import gaps
from engine.spec import RunSpec
from engine.units import unit_health
from viz.recurrent.experiment import unrolled

Experiment = Callable[..., Iterator[Mapping[str, Any]]]


def pictures(of: Callable[..., Iterator[Any]]) -> Experiment:
    """An experiment of a generator that yields dataclasses: their fields by name. A `spec` comes as its dict."""

    def experiment(**arguments: Any) -> Iterator[Mapping[str, Any]]:
        if "spec" in arguments:
            arguments["spec"] = RunSpec.from_dict(arguments["spec"])
        return map(vars, of(**arguments))

    return experiment


EXPERIMENTS: dict[str, Experiment] = {
    "batch_norm_bench": pictures(bench),
    "batch_norm_drift": pictures(drift),
    "batch_norm_explosion": pictures(explosion),
    "batch_norm_gaps": pictures(gaps),
    "batch_norm_placements": pictures(placements),
    "recurrent": unrolled,
    "unit_health": pictures(unit_health),
    "clipping": pictures(clipping_effect),
    "gradient_noise": pictures(gradient_noise),
    "batch_times": pictures(batch_times),
    "batch_runs": pictures(batch_runs),
    "chapter": pictures(chapter),
}
