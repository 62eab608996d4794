"""What the layers of several passes are called, and the order they stand in."""

from collections.abc import Sequence


def numbered(paths: Sequence[str]) -> list[str]:
    """The layers' names: a path's second call is "path (2)"."""
    calls: dict[str, int] = {}
    names = []
    for path in paths:
        calls[path] = calls.get(path, 0) + 1
        names.append(path if calls[path] == 1 else f"{path} ({calls[path]})")
    return names


def merged(known: Sequence[str], names: Sequence[str]) -> list[str]:
    """Both in the order data flows: what is new stands behind what ran before it."""
    both, at = list(known), 0
    for name in names:
        if name in both:
            at = both.index(name) + 1
        else:
            both.insert(at, name)
            at += 1
    return both
