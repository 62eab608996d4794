"""Every experiment that a page may ask for, by name.

Each takes keyword arguments that JSON can hold and yields the whole picture so far: a mapping of names to NumPy arrays,
JSON values and dataclasses of such, with `done`, the share (0 to 1) of the work behind it. A bad argument is a
SpecError.
"""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

from engine.experiments.activations.cost import activation_cost
from engine.experiments.activations.linear_map import one_map
from engine.experiments.activations.maxout_unit import fit_maxout
from engine.experiments.activations.self_normalizing import settling
from engine.experiments.activations.slopes import leak, learned_slopes, random_slopes
from engine.experiments.batch_norm.bench import bench
from engine.experiments.batch_norm.drift import drift
from engine.experiments.batch_norm.explosion import explosion
from engine.experiments.batch_norm.placements import placements
from engine.experiments.batch_norm.running_statistics import gaps
from engine.experiments.batches.noise import gradient_noise
from engine.experiments.batches.sizes import batch_runs, batch_times
from engine.experiments.chapter import chapter
from engine.experiments.clipping_effect import clipping_effect
from engine.experiments.courses import courses
from engine.experiments.dropout.masks import dropout
from engine.experiments.dropout.rates import dropout_rates
from engine.experiments.propagation import measured
from engine.experiments.trials import trials
from engine.experiments.units import unit_health
from engine.recurrent.unrollings import compare
from engine.spec import RunSpec
from viz.workers.bench.grids import compared, crossed, doubted
from viz.workers.bench.signal import audited
from viz.workers.bench.walks import walked

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
    "compare": compared,
    "nested": crossed,
    "luck": doubted,
    "trials": pictures(trials),
    "courses": pictures(courses),
    "descent": walked,
    "recurrent": pictures(compare),
    "signal": pictures(measured),
    "audit": audited,
    "unit_health": pictures(unit_health),
    "clipping": pictures(clipping_effect),
    "gradient_noise": pictures(gradient_noise),
    "batch_times": pictures(batch_times),
    "batch_runs": pictures(batch_runs),
    "chapter": pictures(chapter),
}
