"""A run as a link: what it leaves out is as on the page that opens bare, the net that visibly fails.

So "?lr=0.3" is that net with another rate. Where its setting is not the engine's default either, a link names it in
any case: `RunSpec.from_query` reads the same run in every link that the address bar shows (the bare one has none).
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
