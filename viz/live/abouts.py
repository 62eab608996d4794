"""What the trainer told about nets at their birth: an activation's curve, the densities of first weights."""

from collections import OrderedDict
from typing import Any

from engine.spec import RunSpec
from engine.spec.laws import at_birth
from viz.wire import result

KEPT = 64  # nets; some ten kilobytes each


class Abouts:
    """By what decides them, so that whoever chooses the same net finds it told. Guarded by the host's lock."""

    def __init__(self) -> None:
        self._told: OrderedDict[RunSpec, dict[str, Any]] = OrderedDict()

    def keep(self, spec: RunSpec, header: dict[str, Any], body: bytes) -> None:
        """Keep what was packed about this net, see `explain.about`; the one asked for longest ago makes room."""
        self._told[at_birth(spec)] = result.unpack(header, body)
        while len(self._told) > KEPT:
            self._told.popitem(last=False)

    def of(self, spec: RunSpec) -> dict[str, Any] | None:
        """What was told about this net; None as long as nothing was."""
        key = at_birth(spec)
        if key in self._told:
            self._told.move_to_end(key)
        return self._told.get(key)
