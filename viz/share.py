"""A run as a link: the address bar holds every setting that differs from its default, and nothing that is not one.

The bare address opens on a net that visibly fails. Any other address means exactly what `RunSpec` reads in it.
"""

from collections.abc import Mapping

from engine.spec import RunSpec
from viz.lessons import OPENING


def write(spec: RunSpec) -> dict[str, str]:
    """The query of the spec's link; `read` gives back the same spec."""
    if spec == OPENING:
        return {}
    return spec.to_query() or {"activation": spec.activation}


def read(query: Mapping[str, str]) -> tuple[RunSpec, list[str]]:
    """The spec of a link, and a notice for each key that was unknown or meant nothing and fell back to its default."""
    return RunSpec.tolerant(query) if query else (OPENING, [])
