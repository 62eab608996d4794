"""Comparisons as the workbench trains them: plain arguments in, arrays out; what is done is not trained again."""

from collections import OrderedDict
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from engine.experiments.grid import grid
from engine.experiments.luck import luck
from engine.experiments.nested import nested
from engine.spec import RunSpec
from engine.training.fleet import Outcome

MOST_KNOWN = 5000  # runs of all visitors, some hundred bytes each


class Finished(OrderedDict[str, Outcome]):
    """Runs that are done, of all visitors: the same spec gives the same numbers. The oldest make room."""

    def __setitem__(self, key: str, outcome: Outcome) -> None:
        super().__setitem__(key, outcome)
        self.move_to_end(key)
        while len(self) > MOST_KNOWN:
            self.popitem(last=False)


FINISHED = Finished()


def compared(specs: Sequence[Mapping[str, Any]], **arguments: Any) -> Iterator[dict[str, Any]]:
    """`engine.experiments.grid.grid`; specs as their dicts."""
    runs = [RunSpec.from_dict(spec) for spec in specs]
    return map(vars, grid(runs, known=FINISHED, **arguments))


def crossed(
    specs: Sequence[Mapping[str, Any]], families: Sequence[Sequence[int]], **arguments: Any
) -> Iterator[dict[str, Any]]:
    """`engine.experiments.nested.nested`; specs as their dicts, families as their places among them."""
    runs = [[RunSpec.from_dict(specs[k]) for k in family] for family in families]
    return map(vars, nested(runs, known=FINISHED, **arguments))


def doubted(specs: Sequence[Mapping[str, Any]], **arguments: Any) -> Iterator[dict[str, Any]]:
    """`engine.experiments.luck.luck`; specs as their dicts."""
    a, b = map(RunSpec.from_dict, specs)
    return map(vars, luck(a, b, known=FINISHED, **arguments))
