"""The rules of the layout, read from the source itself."""

import ast
import re
import subprocess
import sys
import tomllib
from collections.abc import Callable, Iterable
from pathlib import Path

import pytest

from tests.layout import graph
from tests.layout.graph import ROOT
from tests.layout.rooms import HEAVY, LIGHT, NEVER_REACHED, PAGES, ROOMS, SCRIPTS
from viz import theme

PYTHON = tuple(graph.modules().values())
TESTS = tuple(sorted((ROOT / "tests").rglob("*.py")))
JAVASCRIPT = tuple(graph.scripts().values())
MOST_LINES = 350
COLOR = re.compile(  # neither a private method of JavaScript nor a black shadow is one
    r"(?<![.\w])#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b(?!\()|\b(?:rgb|hsl)a?\((?!0 0 0 /)\s*\d"
)


def failing(paths: Iterable[Path], breaks: Callable[[Path], object]) -> dict[str, object]:
    """What is wrong, by the file it is in; there has to be a file to look at."""
    paths = list(paths)
    assert paths
    return {path.relative_to(ROOT).as_posix(): wrong for path in paths if (wrong := breaks(path))}


def packages(path: Path) -> set[str]:
    return {module.split(".")[0] for module, _ in graph.taken(path)}


# ------------------------------------------------------------------------------------------------- the rooms


def test_every_file_stands_in_a_room_of_the_plan_and_no_room_is_empty():
    assert {graph.room(module) for module in graph.modules()} == ROOMS.keys()
    assert {graph.folder(script) for script in graph.scripts()} == SCRIPTS.keys()


@pytest.mark.parametrize("plan", [ROOMS, SCRIPTS], ids=["python", "javascript"])
def test_the_plan_has_no_circle_and_names_rooms_only(plan):
    assert set().union(*plan.values()) <= plan.keys()
    assert graph.circle(plan) == []


@pytest.mark.parametrize("room", ROOMS)
def test_files_import_from_rooms_that_they_may(room):
    may = ROOMS[room] | {room}
    arrows = {(module, other) for module, others in graph.arrows().items() for other in others}
    assert not {
        (module, other)
        for module, other in arrows
        if graph.room(module) == room and graph.room(other) not in may
    }


def test_no_file_imports_itself_through_others():
    assert graph.circle(graph.arrows()) == []
    assert graph.circle(graph.script_arrows()) == []


@pytest.mark.parametrize("page", PAGES)
def test_pages_do_not_know_each_other(page):
    assert ROOMS[page] & set(PAGES) <= {"viz.run"}


@pytest.mark.parametrize("room", LIGHT)
def test_what_no_first_page_needs_is_not_loaded_for_it(room):
    files = [module for module in graph.modules() if graph.room(module) == room]
    assert not {(file, heavy) for file in files for heavy in graph.libraries(file) & HEAVY}


def test_the_first_pages_reach_no_slow_library():
    pages = "viz.pages.train, viz.pages.optimizers"
    code = f"import sys, app, {pages}; print(sorted(set(sys.argv[1:]) & sys.modules.keys()))"
    command = [sys.executable, "-c", code, *HEAVY, "pandas.core"]
    found = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"


@pytest.mark.parametrize(("folder", "others"), NEVER_REACHED.items())
def test_what_knows_no_spec_reaches_none(folder, others):
    inside = {module for module in graph.modules() if module.startswith(f"{folder}.")}
    assert inside
    assert not {each for each in graph.reached(inside, graph.arrows()) if each.startswith(others)}


@pytest.mark.parametrize("folder", SCRIPTS)
def test_scripts_import_from_folders_that_they_may(folder):
    arrows = {
        (script, other)
        for script, others in graph.script_arrows().items()
        for other in others
        if graph.folder(script) == folder
    }
    assert {other for _, other in arrows} <= graph.scripts().keys()
    assert not {arrow for arrow in arrows if graph.folder(arrow[1]) not in SCRIPTS[folder] | {folder}}


def test_only_one_script_knows_the_page_around_a_view():
    of_streamlit = re.compile(r"data-testid=.?st|--st-|stMain|\.setStateValue|\.setTriggerValue")
    found = failing(JAVASCRIPT, lambda path: sorted(set(of_streamlit.findall(path.read_text()))))
    assert found == {
        "viz/canvas/place.js": ["--st-", "data-testid=st"],
        "viz/canvas/lessons/visit.js": [".setStateValue"],
        "viz/canvas/net/visit.js": [".setStateValue"],
        "viz/canvas/race/visit.js": [".setStateValue"],
        "viz/canvas/run/visit.js": [".setStateValue", ".setTriggerValue"],
        "viz/canvas/sketch/visit.js": [".setStateValue"],
    }


def test_a_name_that_a_package_hands_on_belongs_to_its_home():
    assert "engine.spec.run" in graph.arrows()["viz.live.host"]
    assert "engine.spec" not in graph.arrows()["viz.live.host"]


def test_a_circle_is_found_and_floors_stand_on_each_other():
    assert set(graph.circle({"a": {"b"}, "b": {"c"}, "c": {"b"}})) == {"b", "c"}
    assert graph.floors({"a": {"b", "c"}, "b": {"c"}, "c": set()}) == [["c"], ["b"], ["a"]]


def test_the_house_says_how_it_stands():
    assert re.match(r"all: \d+ files, \d+ rooms, \d+ floors, \d+ arrows, circle: ", graph.report())


def test_an_import_that_a_rule_forbids_is_found(tmp_path):
    script = "if TYPE_CHECKING:\n    import torch\ndef f():\n    from streamlit.components import v2\n"
    (tmp_path / "module.py").write_text(script)
    assert packages(tmp_path / "module.py") == {"streamlit", "torch"}
    assert [name for name, _ in graph.taken(tmp_path / "module.py", loaded_only=True)] == [
        "streamlit.components"
    ]


# ------------------------------------------------------------------------------------------------- the files


def test_the_engine_knows_nothing_of_what_is_seen():
    files = (path for path in PYTHON if ROOT / "engine" in path.parents)
    assert failing(files, lambda path: packages(path) & {"viz", "streamlit", "plotly", "app"}) == {}


def test_figures_only_draw():
    files = (ROOT / "viz" / "figures").glob("*.py")
    assert failing(files, lambda path: packages(path) & {"torch", "streamlit", "engine"}) == {}


def test_every_figure_is_drawn_by_one_widget():
    files = [path for path in PYTHON if path.parts[-2:] != ("widgets", "chart.py")]
    assert failing(files, lambda path: "plotly_chart" in path.read_text()) == {}


def test_pages_only_arrange():
    files = (ROOT / "viz" / "pages").glob("*.py")
    assert failing(files, lambda path: packages(path) & {"torch", "scipy", "sklearn", "plotly"}) == {}


def test_every_page_is_in_the_menu():
    pages = {path.stem for path in (ROOT / "viz" / "pages").glob("*.py")} - {"__init__"}
    source = (ROOT / "viz" / "main.py").read_text()
    assert pages
    assert {page for page in pages if f'opened("{page}"), title' in source} == pages


def test_only_the_theme_names_a_color():
    files = (path for path in (*PYTHON, *JAVASCRIPT) if path != ROOT / "viz" / "theme.py")
    assert failing(files, lambda path: COLOR.findall(path.read_text())) == {}


@pytest.mark.parametrize("base", theme.BASES)
def test_streamlit_wears_the_colors_of_the_theme(base):
    config = tomllib.loads((ROOT / ".streamlit" / "config.toml").read_text())["theme"][base]
    palette = theme.colors(base)
    assert config == {
        "primaryColor": palette["accent"],
        "backgroundColor": palette["background"],
        "secondaryBackgroundColor": palette["raised"],
        "textColor": palette["text"],
    }


def test_files_are_named_for_their_subject():
    everything = (*PYTHON, *TESTS, *JAVASCRIPT)
    assert failing(everything, lambda path: path.stem in ("utils", "helpers", "common", "misc")) == {}


def test_files_stay_short():
    def over(path: Path) -> int:
        return max(len(path.read_text().splitlines()) - MOST_LINES, 0)

    assert failing((*PYTHON, *JAVASCRIPT), over) == {}


def test_every_module_says_what_it_is():
    files = (path for path in PYTHON if path != ROOT / "app.py")
    assert failing(files, lambda path: not ast.get_docstring(graph.tree(path))) == {}


def test_no_import_is_relative():
    def relative(path: Path) -> list[str]:
        nodes = ast.walk(graph.tree(path))
        return [ast.unparse(node) for node in nodes if isinstance(node, ast.ImportFrom) and node.level]

    assert failing((*PYTHON, *TESTS), relative) == {}


def test_nothing_is_left_for_later():
    left = re.compile(r"\b(TODO|FIXME|XXX)\b")
    files = (path for path in (*PYTHON, *TESTS, *JAVASCRIPT) if path != Path(__file__))
    assert failing(files, lambda path: left.findall(path.read_text())) == {}


def test_colors_are_told_from_what_only_looks_like_one():
    assert COLOR.findall("fill: #1f6fb5; rgb(12, 3, 4)") == ["#1f6fb5", "rgb(1"]
    assert not COLOR.findall("shadow rgb(0 0 0 / .16) rgba(table, stop) href=#top this.#add(); #add() {")
