"""The passes that Numba compiles: loaded when they are called for, or later, where somebody compiles them meanwhile.

Compiling takes some ten seconds once a machine, loading what was compiled one. A process that has no time for either
says `later`: until then torch and NumPy measure the same (`statistics`, `histograms`), more slowly.
"""

import os
import tempfile
import threading
import warnings
from collections.abc import Callable
from hashlib import sha1
from importlib import import_module
from pathlib import Path
from types import ModuleType

_NAMES = ("kernels", "tallies")
_loaded: dict[str, ModuleType] = {}
_waits = False
_lock = threading.Lock()


def kernels() -> ModuleType | None:
    """The module of that name, or None while it is not to be waited for."""
    return _loaded.get("kernels") or _load("kernels")


def tallies() -> ModuleType | None:
    """The module of that name, or None while it is not to be waited for."""
    return _loaded.get("tallies") or _load("tallies")


def later(compile_meanwhile: Callable[[], object]) -> threading.Thread:
    """From now on nobody waits for the passes: a thread loads them, once `compile_meanwhile` has filled their cache.

    That is called where the cache is not filled yet, and is to work in another process: compiling would hold up this
    one. Whatever becomes of it, the passes are used when it returns. Returns the thread.
    """
    global _waits
    _waits = True
    thread = threading.Thread(target=_load_behind, args=[compile_meanwhile], daemon=True, name="passes")
    thread.start()
    return thread


def are_kept() -> bool:
    """Whether this version of the passes was compiled on this machine before, as far as its files tell."""
    sources = [Path(__file__).with_name(f"{name}.py") for name in _NAMES]
    return all(
        any(
            index.stat().st_mtime >= source.stat().st_mtime
            for place in _places(source)
            for index in place.glob(f"{source.stem}.*.nbi")
        )
        for source in sources
    )


def _places(source: Path) -> list[Path]:
    """Where Numba may keep what it makes of a file: beside it, or where that cannot be written, with the person."""
    folder = source.absolute().parent
    roots = os.environ.get("NUMBA_CACHE_DIR"), os.environ.get("XDG_CACHE_HOME", "~/.cache") + "/numba"
    name = f"{folder.name}_{sha1(str(folder).encode()).hexdigest()}"
    return [folder / "__pycache__", *(Path(root).expanduser() / name for root in roots if root)]


def _load_behind(compile_meanwhile: Callable[[], object]) -> None:
    global _waits
    try:
        if not are_kept():
            compile_meanwhile()
        for name in _NAMES:
            _import(name)
    finally:
        _waits = False


def _load(name: str) -> ModuleType | None:
    if _waits:
        return None
    _loaded[name] = _import(name)
    return _loaded[name]


def _import(name: str) -> ModuleType:
    with _lock:
        try:
            return import_module(f"engine.measure.{name}")
        except RuntimeError as error:
            if "cannot cache" not in str(error):
                raise
            return _import_without_a_place(name)


def _import_without_a_place(name: str) -> ModuleType:
    """Where neither our folder nor the person's can be written, what is compiled lives as long as this process."""
    from numba import config

    config.CACHE_DIR = tempfile.mkdtemp(prefix="gradient-flow-lab-compiled-")
    warnings.warn(
        "The compiled passes cannot be kept: neither the program's own folder nor yours can be written. They are "
        "compiled at every start, some ten seconds; set NUMBA_CACHE_DIR to a folder that can be written.",
        stacklevel=2,
    )
    return import_module(f"engine.measure.{name}")
