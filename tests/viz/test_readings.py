"""Every number that a finding can have behind it has a name for people, and none has one that nothing says."""

import ast
import re
from pathlib import Path
from string import Formatter

from engine.diagnosis import rules
from engine.diagnosis.prescribed import THEORY

HOUSE = Path(__file__).parents[2]
TABLE = (HOUSE / "viz/canvas/run/readings.js").read_text()
NUMERALS = {"number", "rough", "rate", "loss", "percent", "short", ""}


def named_by(code: str) -> set[str]:
    """Names in `evidence` and, as far as they may be numbers, in sentences."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(code)):
        if isinstance(node, ast.keyword) and node.arg == "evidence":
            keys = [key for each in ast.walk(node.value) if isinstance(each, ast.Dict) for key in each.keys]
            names |= {str(key.value) for key in keys if isinstance(key, ast.Constant)}
        if isinstance(node, ast.Call) and getattr(node.func, "id", "") == "Sentence":
            texts = [each.value for each in node.args if isinstance(each, ast.Constant)]
            fields = [field for text in texts for field in Formatter().parse(text)]
            names |= {name for _, name, kind, _ in fields if name and kind in NUMERALS}
    return names - WORDS


WORDS = {
    "activation", "cause", "dtype", "explosion", "first", "half", "last", "next_path", "optimizer", "output", "path",
    "why",
}  # fmt: skip
"""Values of sentences that are words, layers or sentences."""


def test_every_number_behind_a_finding_has_a_name() -> None:
    files = [file for folder in rules.__path__ for file in Path(folder).glob("*.py")]
    said = set().union(*(named_by(file.read_text()) for file in files))
    said |= {f"{name}_by_theory" for name in THEORY}
    assert len(said) > 50
    assert said == set(re.findall(r"^  (\w+): sentence\(\"", TABLE, re.M))
