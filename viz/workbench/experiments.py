"""Every experiment that a page may ask for, by name.

Each takes keyword arguments that JSON can hold and yields the whole picture so far: a mapping of names to NumPy arrays
and JSON values, with `done`, the share (0 to 1) of the work behind it. A bad argument is a SpecError.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.activation_cost import activation_cost
from engine.batch_norm import bench
from engine.batch_sizes import batch_runs, batch_times
from engine.chapter import chapter
from engine.clipping_effect import clipping_effect
from engine.drift import drift
from engine.dropout import dropout
from engine.dropout_rates import dropout_rates
from engine.explosion import explosion
from engine.gradient_noise import gradient_noise
from engine.linear_map import one_map
from engine.maxout_unit import fit_maxout
from engine.placements import placements
from engine.running_statistics import gaps
from engine.self_normalizing import settling
from engine.slopes import leak, learned_slopes, random_slopes
from engine.spec import RunSpec
from engine.units import unit_health
from viz.recurrent.experiment import unrolled
from viz.signal.experiment import audited, signal

Experiment = Callable[..., Iterator[Mapping[str, Any]]]


def pictures(of: Callable[..., Iterator[Any]]) -> Experiment:
    """An experiment of a generator that yields dataclasses: their fields by name. A `spec` comes as its dict."""

    def experiment(**arguments: Any) -> Iterator[Mapping[str, Any]]:
        if "spec" in arguments:
            arguments["spec"] = RunSpec.from_dict(arguments["spec"])
        return map(vars, of(**arguments))

    return experiment


EXPERIMENTS: dict[str, Experiment] = {
    "activation_cost": pictures(activation_cost),
    "random_slopes": pictures(random_slopes),
    "learned_slopes": pictures(learned_slopes),
    "leak": pictures(leak),
    "settling": pictures(settling),
    "fit_maxout": pictures(fit_maxout),
    "one_map": pictures(one_map),
    "batch_norm_bench": pictures(bench),
    "batch_norm_drift": pictures(drift),
    "batch_norm_explosion": pictures(explosion),
    "batch_norm_gaps": pictures(gaps),
    "batch_norm_placements": pictures(placements),
    "dropout": pictures(dropout),
    "dropout_rates": pictures(dropout_rates),
    "recurrent": unrolled,
    "signal": signal,
    "audit": audited,
    "unit_health": pictures(unit_health),
    "clipping": pictures(clipping_effect),
    "gradient_noise": pictures(gradient_noise),
    "batch_times": pictures(batch_times),
    "batch_runs": pictures(batch_runs),
    "chapter": pictures(chapter),
}
