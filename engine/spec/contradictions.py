"""Pairs of settings that no net can have at once."""

from collections.abc import Sequence
from typing import Any

from engine.tables.errors import SpecError
from engine.tables.wording import Name


def refuse(net: Any, widths: Sequence[int]) -> None:
    """SpecError, with both names, for two settings of hidden layers of these widths that contradict each other."""
    if net.layer_norm != "none" and net.batch_norm != "none":
        raise SpecError(
            "{place}: {value!r} does not go with {other:lower} {given!r}, for a layer is normalized once; give "
            "'none' for one of the two.",
            field="layer_norm",
            value=net.layer_norm,
            other=Name("batch_norm"),
            given=net.batch_norm,
        )
    if net.layer_norm != "none" and 1 in widths:
        raise SpecError(
            "{place}: {value!r} does not go with {other:lower} of one unit, which it would always make the same; "
            "give each layer 2 units or more, or no layer norm.",
            field="layer_norm",
            value=net.layer_norm,
            other=Name("hidden"),
        )
