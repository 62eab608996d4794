"""What grows on a page: each state is drawn in the place of the one before."""

from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from typing import TypeVar

from streamlit.delta_generator import DeltaGenerator

Seen = TypeVar("Seen")

_state: ContextVar[str] = ContextVar("state", default="")


def grow(
    place: DeltaGenerator, states: Iterable[Seen], draw: Callable[[Seen], object], before: int = 0
) -> Seen | None:
    """Draws each state in the place, which is an `st.empty()`, as it comes; gives the last, None if none came.

    before: how many states this script run has drawn there already.
    """
    seen = None
    for count, seen in enumerate(states, before):
        with place.container(), growing(count):
            draw(seen)
    return seen


@contextmanager
def growing(count: int) -> Iterator[None]:
    """What is drawn within belongs to this state of something that grows."""
    token = _state.set(f"_{count}")
    try:
        yield
    finally:
        _state.reset(token)


def keyed(name: str) -> str:
    """The key of an element by this name: Streamlit wants one of its own for each state that a script run draws."""
    return f"{name}{_state.get()}"


def is_growing() -> bool:
    """Whether what is drawn now will make room for another state of it."""
    return bool(_state.get())
