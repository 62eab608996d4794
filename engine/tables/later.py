"""Something of a library that is slow to import: named now, taken when it is first called."""

from functools import cache
from pkgutil import resolve_name
from typing import Any

found = cache(resolve_name)
"""What a dotted path leads to, looked for once: a thing that is named in a function is named at each of its calls."""


class Later:
    """A callable by its dotted path: `Later("torch.nn").ReLU` is `Later("torch.nn.ReLU")`, and equal to it.

    A call imports what the path names, keeps it, and calls it. What the path does not lead to raises AttributeError,
    or ModuleNotFoundError, at that call and not before.
    """

    def __init__(self, path: str) -> None:
        self.path = path

    def __getattr__(self, name: str) -> "Later":
        if name.startswith("__"):  # what Python itself asks any object for: a copy's or a pickle's hooks
            raise AttributeError(name)
        return Later(f"{self.path}.{name}")

    def __call__(self, *args: Any, **kwargs: Any) -> Any:
        return self.take()(*args, **kwargs)

    def take(self) -> Any:
        """The thing itself, imported at the first call."""
        return found(self.path)

    def __eq__(self, other: object) -> bool:
        return self.path == other.path if isinstance(other, Later) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return self.path
