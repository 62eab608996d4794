"""A run as a link: what it leaves out is as on the page that opens bare, the net that visibly fails.

So "?lr=0.3" is that net with another rate. A link that `write` makes also names the settings in which that net differs
from the engine's defaults, so `RunSpec.from_query` reads the same run in it (the bare one has nothing to read).
"""

from collections.abc import Mapping

from engine.spec import RunSpec
from viz.lessons import OPENING


def write(spec: RunSpec) -> dict[str, str]:
    """The query of the spec's link; `read` gives back the same spec."""
    return {} if spec == OPENING else spec.to_query() | spec.to_query(usual=OPENING)


def read(query: Mapping[str, str]) -> tuple[RunSpec, list[str]]:
    """The spec of a link, and a notice for each key that was unknown or meant nothing and stays as the page opens."""
    return RunSpec.tolerant(query, usual=OPENING)
