"""The rules of the layout, read from the source itself."""

import ast
import re
import tomllib
from pathlib import Path

import pytest

from viz import theme

ROOT = Path(__file__).parents[1]
ENGINE = sorted((ROOT / "engine").rglob("*.py"))
VIZ = sorted((ROOT / "viz").rglob("*.py"))
OURS = [ROOT / "app.py", *ENGINE, *VIZ, *sorted((ROOT / "tests").rglob("*.py"))]
SCRIPTS = sorted((ROOT / "viz").rglob("*.js"))
MOST_LINES = 350
COLOR = re.compile(  # neither a private method of JavaScript nor a black shadow is one
    r"(?<![.\w])#(?:[0-9a-fA-F]{6}|[0-9a-fA-F]{3})\b(?!\()|\b(?:rgb|hsl)a?\((?!0 0 0 /)\s*\d"
)


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(path: Path) -> set[str]:
    """Every module that the file imports, anywhere in it, with the names taken from it."""
    found = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            found |= {alias.name for alias in node.names}
        if isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{name(path)} has a relative import"
            found |= {node.module} | {f"{node.module}.{alias.name}" for alias in node.names}
    return found


def packages(path: Path) -> set[str]:
    return {module.split(".")[0] for module in imports(path)}


@pytest.mark.parametrize("path", ENGINE, ids=name)
def test_the_engine_knows_nothing_of_what_is_seen(path):
    assert not packages(path) & {"viz", "streamlit", "plotly", "app"}


@pytest.mark.parametrize("path", sorted((ROOT / "viz" / "figures").glob("*.py")), ids=name)
def test_figures_only_draw(path):
    assert not packages(path) & {"torch", "streamlit", "engine"}


@pytest.mark.parametrize("path", sorted((ROOT / "viz" / "pages").glob("*.py")), ids=name)
def test_pages_only_arrange(path):
    assert not packages(path) & {"torch", "scipy", "sklearn", "plotly"}


def test_every_page_is_in_the_menu():
    pages = {path.stem for path in (ROOT / "viz" / "pages").glob("*.py")} - {"__init__"}
    source = (ROOT / "viz" / "main.py").read_text()
    assert pages
    assert {page for page in pages if f"st.Page({page}.page" in source} == pages


@pytest.mark.parametrize("path", [*OURS, *SCRIPTS], ids=name)
def test_only_the_theme_names_a_color(path):
    if path in (ROOT / "viz" / "theme.py", Path(__file__)) or ROOT / "tests" in path.parents:
        return
    assert not COLOR.findall(path.read_text())


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


@pytest.mark.parametrize("path", OURS, ids=name)
def test_files_are_named_for_their_subject(path):
    assert path.stem not in ("utils", "helpers", "common", "misc")


@pytest.mark.parametrize("path", [ROOT / "app.py", *ENGINE, *VIZ], ids=name)
def test_files_stay_short(path):
    assert len(path.read_text().splitlines()) <= MOST_LINES


@pytest.mark.parametrize("path", [*ENGINE, *VIZ], ids=name)
def test_every_module_says_what_it_is(path):
    assert ast.get_docstring(ast.parse(path.read_text()))


@pytest.mark.parametrize("path", [*OURS, *SCRIPTS], ids=name)
def test_nothing_is_left_for_later(path):
    if path != Path(__file__):
        assert not re.search(r"\b(TODO|FIXME|XXX)\b", path.read_text())


def test_colors_are_told_from_what_only_looks_like_one():
    assert COLOR.findall("fill: #1f6fb5; rgb(12, 3, 4)") == ["#1f6fb5", "rgb(1"]
    assert not COLOR.findall("shadow rgb(0 0 0 / .16) rgba(table, stop) href=#top this.#add(); #add() {")


def test_an_import_that_a_rule_forbids_is_found(tmp_path):
    (tmp_path / "module.py").write_text("def f():\n    from streamlit.components import v2\n")
    assert packages(tmp_path / "module.py") == {"streamlit"}
