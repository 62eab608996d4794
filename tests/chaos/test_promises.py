"""What the README promises is what is tried."""

from pathlib import Path

from tests.chaos.promises import PROMISES, Row, table

README = Path(__file__).parents[2] / "README.md"


def test_each_promise_stands_in_the_readme_and_no_other():
    text = README.read_text()
    section = text.partition("**What is kept.**")[2].partition("\n\n**")[0]
    promised = [
        line.removeprefix("- ") for line in section.replace("\n  ", " ").splitlines() if line.startswith("- ")
    ]
    assert promised == [*PROMISES.values()]


def test_a_table_tells_what_was_lost():
    rows = [Row("death", 3, 3, "nothing"), Row("cut", 5, 4, "a frame")]
    assert [row.is_kept for row in rows] == [True, False]
    assert table(rows).splitlines()[2:] == [
        f"| {PROMISES['death']} | 3 | 3 | nothing |",
        f"| {PROMISES['cut']} | 5 | 4 | a frame |",
    ]
