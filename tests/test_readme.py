"""The README keeps its word: what it prints, what it names, what it says to expect."""

import re
from contextlib import redirect_stdout
from io import StringIO
from pathlib import Path

import pytest

from viz.nets.host import Nets
from viz.nets.listener import Door
from viz.run.lessons import LESSONS

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[1]
README = (ROOT / "README.md").read_text()
NUMBER = re.compile(r"\d+(?:\.\d+)?(?:e-?\d+)?")


def numbers(text: str) -> list[float]:
    return [float(number) for number in NUMBER.findall(text)]


PRINTED = re.findall(r"```python\n(.*?)```.*?```\n(.*?)```", README, re.DOTALL)


@pytest.fixture
def app(tmp_path, monkeypatch):
    """A server's door, for scripts of a home of its own."""
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    door = Door(Nets(), lambda: "http://localhost:8501/")
    door.open()
    yield
    door.close()


def test_a_net_of_ones_own_is_shown_and_told_of_as_the_readme_says(app, capsys):
    code, said = PRINTED[0]
    exec(code, {})
    out, err = capsys.readouterr()
    link = re.compile(r"net=[\w-]{32}")
    assert link.sub("net=", err + out) == link.sub("net=", said)


def test_what_the_readme_says_of_a_net_of_ones_own_runs_where_nothing_is_found_too(app, capsys):
    healthy = PRINTED[0][0].replace("range(300)", "range(9)").replace("Sigmoid", "Tanh")
    exec(healthy, {})
    assert capsys.readouterr().out == ""


def test_the_engine_prints_what_the_readme_says():
    code, said = PRINTED[1]
    printed = StringIO()
    with redirect_stdout(printed):
        exec(code, {})
    assert NUMBER.sub("#", printed.getvalue()) == NUMBER.sub("#", said)
    assert numbers(printed.getvalue()) == pytest.approx(numbers(said), rel=0.5)


def test_the_first_thing_to_try_is_where_the_page_opens_and_its_cure_is_a_lesson():
    assert "2.30" in LESSONS["vanishing"].words
    assert "98 %" in README
    assert LESSONS["batch_norm"].between[0] <= 0.98 <= LESSONS["batch_norm"].between[1]


def test_every_path_the_readme_names_is_there():
    named = re.findall(r"`((?:engine|viz|tests|docs|\.ci)/[\w./]+)`", README)
    named += re.findall(r"\((docs/[\w.]+)\)", README) + re.findall(r"python (tests/[\w./]+)", README)
    assert len(named) > 10
    assert [path for path in named if not (ROOT / path).exists()] == []


def test_commands_stand_alone():
    blocks = re.findall(r"```sh\n(.*?)```", README, re.DOTALL)
    assert blocks[0] == "pip install uv && uv run streamlit run app.py\n"
    assert blocks[1] == "pip install uv && uv run pytest\n"
