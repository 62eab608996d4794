"""Words and formulas on their way to the screen."""

from engine.tables.optimizers import OPTIMIZERS
from viz.words.language import speaking
from viz.words.text import formula, stacked


def test_each_statement_of_a_formula_has_a_line_of_its_own():
    assert stacked(OPTIMIZERS["sgd"].formula) == formula(OPTIMIZERS["sgd"].formula)
    lines = stacked(OPTIMIZERS["adam"].formula).split(r"\\")
    assert len(lines) == 4
    assert lines[0].startswith(r"\begin{gathered}m \leftarrow")
    assert lines[-1].endswith(r"\end{gathered}")
    with speaking("zh"):
        assert r"\text{然后是 Adam：}" in stacked(OPTIMIZERS["adamw"].formula).replace(" }", "}")
