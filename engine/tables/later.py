"""Something of a library that is slow to import: named now, taken when it is first called."""

import sys
from pkgutil import resolve_name
from typing import Any


class Later:
    """A callable by its dotted path: `Later("torch.nn").ReLU` is `Later("torch.nn.ReLU")`, and equal to it.

    A call imports what the path names and calls it. What the path does not lead to raises AttributeError,
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
        above, _, name = self.path.rpartition(".")
        module = sys.modules.get(above)
        # to resolve a path takes as long as to build the layer that it names
        return getattr(module, name) if hasattr(module, name) else resolve_name(self.path)

    def __eq__(self, other: object) -> bool:
        return self.path == other.path if isinstance(other, Later) else NotImplemented

    def __hash__(self) -> int:
        return hash(self.path)

    def __repr__(self) -> str:
        return self.path
