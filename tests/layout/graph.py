"""Who imports whom, read from the source. `python -m tests.layout.graph` prints rooms, floors, arrows and circles."""

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from graphlib import CycleError, TopologicalSorter
from pathlib import Path

ROOT = Path(__file__).parents[2]
HOUSES = ("engine", "viz")
IMPORTED = re.compile(r"""(?:\bfrom|\bimport)\s*\(?\s*["'](\.[^"']+)["']""")

Arrows = Mapping[str, set[str]]


@cache
def modules() -> dict[str, Path]:
    """Every module of ours by its dotted name."""
    files = [ROOT / "app.py", *(path for house in HOUSES for path in sorted((ROOT / house).rglob("*.py")))]
    dotted = {".".join(path.relative_to(ROOT).with_suffix("").parts): path for path in files}
    return {name.removesuffix(".__init__"): path for name, path in dotted.items()}


def room(module: str) -> str:
    """The room a module stands in: its folder in the house, the house's own face, or a file that stands loose."""
    return ".".join(module.split(".")[:2])


@cache
def tree(path: Path) -> ast.Module:
    return ast.parse(path.read_text())


@cache
def taken(path: Path, loaded_only: bool = False) -> tuple[tuple[str, str], ...]:
    """(module, name) of each import anywhere in a file, the name "" for a whole module.

    loaded_only: without what stands under `if TYPE_CHECKING`.
    """
    hidden = {id(node) for node in (_for_type_checkers(path) if loaded_only else ())}
    found: list[tuple[str, str]] = []
    for node in ast.walk(tree(path)):
        if isinstance(node, ast.Import) and id(node) not in hidden:
            found += [(alias.name, "") for alias in node.names]
        if isinstance(node, ast.ImportFrom) and id(node) not in hidden:
            found += [(str(node.module), alias.name) for alias in node.names]
    return tuple(found)


def _for_type_checkers(path: Path) -> Iterator[ast.AST]:
    for each in ast.walk(tree(path)):
        if isinstance(each, ast.If) and ast.unparse(each.test).endswith("TYPE_CHECKING"):
            for statement in each.body:
                yield from ast.walk(statement)


@cache
def arrows() -> dict[str, set[str]]:
    """A module -> those of ours whose names it takes; a name that a package hands on belongs to its home."""
    return {
        name: {home for each in taken(path) if (home := _home(*each))} - {name}
        for name, path in modules().items()
    }


def _home(module: str, name: str) -> str | None:
    if f"{module}.{name}" in modules():
        return f"{module}.{name}"
    path = modules().get(module)
    if path is not None and path.stem == "__init__":
        for source, handed in taken(path):
            if handed == name:
                return _home(source, name)
    return module if path is not None else None


def libraries(module: str) -> set[str]:
    """The packages that a module loads, in functions too."""
    return {name.split(".")[0] for name, _ in taken(modules()[module], loaded_only=True)}


def reached(starts: set[str], arrows: Arrows) -> set[str]:
    """All that these modules import, directly or through others."""
    found, waiting = set(), set(starts)
    while waiting:
        one = waiting.pop()
        waiting |= arrows[one] - found
        found |= arrows[one]
    return found


def circle(arrows: Arrows) -> list[str]:
    """Modules or rooms that import each other in a circle; [] when there is none."""
    try:
        TopologicalSorter(arrows).prepare()
    except CycleError as error:
        return list(error.args[1])
    return []


def between_rooms(arrows: Arrows) -> dict[str, set[str]]:
    """The arrows of the modules as arrows of their rooms."""
    rooms: dict[str, set[str]] = {room(name): set() for name in arrows}
    for name, others in arrows.items():
        rooms[room(name)] |= {room(other) for other in others} - {room(name)}
    return rooms


def floors(arrows: Arrows) -> list[list[str]]:
    """Lowest first; each stands above all that it imports."""
    heights: dict[str, int] = {}
    for one in TopologicalSorter(arrows).static_order():
        heights[one] = 1 + max((heights[other] for other in arrows.get(one, ())), default=-1)
    return [[one for one in heights if heights[one] == floor] for floor in sorted(set(heights.values()))]


# ------------------------------------------------------------------------------------------------ JavaScript


@cache
def scripts() -> dict[str, Path]:
    """Every script by its path in viz/."""
    paths = sorted((ROOT / "viz").rglob("*.js"))
    return {path.relative_to(ROOT / "viz").as_posix(): path for path in paths}


@cache
def script_arrows() -> dict[str, set[str]]:
    """A script -> those it imports, by their paths."""
    return {
        name: {
            (path.parent / found).resolve().relative_to(ROOT / "viz").as_posix()
            for found in IMPORTED.findall(path.read_text())
        }
        for name, path in scripts().items()
    }


def folder(script: str) -> str:
    return script.rpartition("/")[0]


def report() -> str:
    """Rooms, floors, arrows and circles in words."""
    lines = []
    for house in ("", *HOUSES):
        files = {name: others for name, others in arrows().items() if not house or name.startswith(house)}
        inside = {name: {other for other in others if other in files} for name, others in files.items()}
        rooms = between_rooms(inside)
        round_trip = circle(inside) or circle(rooms)
        storeys = [] if round_trip else floors(rooms)
        lines += [
            f"{house or 'all'}: {len(files)} files, {len(rooms)} rooms, {len(storeys)} floors, "
            f"{sum(map(len, rooms.values()))} arrows, circle: {' -> '.join(round_trip) or 'none'}",
            *(
                f"  {height}: {', '.join(sorted(each))}"
                for height, each in reversed(list(enumerate(storeys)))
            ),
        ]
    return "\n".join(lines)


if __name__ == "__main__":
    print(report())
