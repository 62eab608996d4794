"""How the rules for watched nets name what they found: words, what to do, and lines of code for that module."""

from collections.abc import Sequence

from engine.diagnosis.finding import Finding, advised
from engine.diagnosis.watched import Watched
from engine.tables.wording import Sentence


def named(
    net: Watched,
    name: str,
    layer: int | None,
    says: Sentence,
    because: Sentence,
    source: str,
    what: Sentence,
    code: str,
) -> Finding:
    """A finding about a layer of a watched net, counted from 0; what to do, and the line of code for it."""
    return Finding(
        name=name,
        step=net.step,
        layer=None if layer is None else layer + 1,
        says=says,
        because=because,
        source=source,
        advice=advised(what, code),
    )


def called(net: Watched, layer: int) -> str | Sentence:
    """A layer's path, counted from 0, within a sentence: one that reads as a number says that it is a layer."""
    path = net.paths[layer]
    return Sentence("layer {path}", path=path) if path[:1].isdigit() else path


def in_place_of(paths: Sequence[str], new: str) -> str:
    """The lines that put `new`, made from `old`, in the place of each module."""
    each = dict.fromkeys(path.split(" (")[0] for path in paths)
    listed = ", ".join(f'"{path}"' for path in each) + ("," if len(each) == 1 else "")
    return (
        f"for path in ({listed}):\n"
        '    old, (home, _, name) = model.get_submodule(path), path.rpartition(".")\n'
        f"    setattr(model.get_submodule(home), name, {new})"
    )
