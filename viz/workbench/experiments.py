"""Every experiment that a page may ask for, by name.

Each takes keyword arguments that JSON can hold and yields the whole picture so far: a mapping of names to NumPy arrays
and JSON values, with `done`, the share (0 to 1) of the work behind it. A bad argument is a SpecError.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.batch_norm import bench
from engine.drift import drift
from engine.explosion import explosion
from engine.placements import placements
from engine.running_statistics import gaps
from engine.spec import RunSpec
from engine.batch_sizes import batch_runs, batch_times
from engine.chapter import chapter
from engine.clipping_effect import clipping_effect
from engine.gradient_noise import gradient_noise
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


def of_a_run(of: Callable[..., Iterator[Any]]) -> Experiment:
    """The same for one whose first argument is a RunSpec: pages send it as a dict."""
    return lambda spec, **arguments: map(vars, of(RunSpec.from_dict(spec), **arguments))


EXPERIMENTS: dict[str, Experiment] = {
    "batch_norm_bench": pictures(bench),
    "batch_norm_drift": pictures(drift),
    "batch_norm_explosion": pictures(explosion),
    "batch_norm_gaps": pictures(gaps),
    "batch_norm_placements": pictures(placements),
    "recurrent": unrolled,
    "unit_health": pictures(unit_health),
    "clipping": of_a_run(clipping_effect),
    "gradient_noise": of_a_run(gradient_noise),
    "batch_times": of_a_run(batch_times),
    "batch_runs": of_a_run(batch_runs),
    "chapter": of_a_run(chapter),
}
