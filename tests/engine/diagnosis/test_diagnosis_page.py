"""docs/diagnosis.md shows every run of these tests with its verdict.

`python -m tests.engine.diagnosis.test_diagnosis_page` prints it.
"""

from pathlib import Path

import torch

from engine import RunSpec, diagnose
from tests.engine.diagnosis.test_diagnosis_of_long_runs import LONG
from tests.engine.diagnosis.test_judge import HEALTHY, SICK, STEPS, run
from tests.engine.diagnosis.test_settings import SICK as AROUND
from tests.engine.diagnosis.test_settings import spec_of, trained

PLATEAUS = (
    "A net on a plateau is not called lost while anything grows: its outputs' spread, the first layer's gradient,",
    "any layer's weights. Findings begin at a look (after 1, 2, 3, 5, 10, 20, ... steps, and after each change of the",
    "settings) and hold until what they say is clearly over; `course(history, spec)` tells when each began and ended.",
)
SHOWN = ("pixels from 0 to 255", "softmax twice", "nine of ten moons", "a cosine of 30 steps")
PAGE = Path(__file__).parents[3] / "docs" / "diagnosis.md"


def link(spec: RunSpec) -> str:
    return "&".join(f"{key}={value}" for key, value in spec.to_query().items()) or "(all defaults)"


def long_runs() -> list[str]:
    """The table of LONG, as lines."""
    lines = [
        "",
        "Some things show later. These are runs of as many steps as the first column says:",
        "",
        "| steps | run | verdict | cure |",
        "|---|---|---|---|",
    ]
    for steps, _, spec in LONG:
        found = diagnose(run(spec, steps).history, spec)[0]
        lines.append(f"| {steps} | `{link(spec)}` | {found.words} | {found.cure_words} |")
    return lines


def settings() -> list[str]:
    """The table of what is wrong around a net, as lines."""
    lines = [
        "",
        "And of what was set around the net: its inputs, its loss and output, its classes, its schedule.",
        "",
        "| steps | run | verdict | cure |",
        "|---|---|---|---|",
    ]
    for key in SHOWN:
        trainer, found = trained(key)
        steps = AROUND[key][1]
        lines.append(f"| {steps} | `{link(trainer.spec)}` | {found[0].words} | {found[0].cure_words} |")
    return lines


def page() -> str:
    """docs/diagnosis.md, from the runs."""
    lines = [
        "# What the diagnosis says of these runs",
        "",
        f"Every row is a run of {STEPS} steps (seed 0, on the digits unless it names other data), and a test. The",
        "first finding is shown, and the change that is offered as its cure. What a row leaves out is `RunSpec`'s",
        "own: `RunSpec.from_query` reads it. In the browser's address put `activation=tanh` where a row has none,",
        "because there the usual net is the sigmoid one that the page opens on.",
        "",
        "| run | verdict | cure |",
        "|---|---|---|",
    ]
    for _, spec in SICK:
        found = diagnose(run(spec).history, spec)[0]
        lines.append(f"| `{link(spec)}` | {found.words} | {found.cure_words} |")
    lines += long_runs()
    lines += settings()
    lines += ["", *PLATEAUS]
    lines += ["", "Healthy runs get no finding, at any of their steps 1, 2, 8, 20 and 40:", ""]
    lines += [f"- `{link(spec)}`" for spec in HEALTHY]
    return "\n".join(lines) + "\n"


def test_the_page_shows_every_run_with_its_verdict():
    rows = PAGE.read_text()
    for name, spec in SICK:
        assert f"| `{link(spec)}` | {name}" in rows
    for steps, name, spec in LONG:
        assert f"| {steps} | `{link(spec)}` | {name}" in rows
    for name, steps, fields in (AROUND[key] for key in SHOWN):
        assert f"| {steps} | `{link(spec_of(fields))}` | {name}" in rows
    for spec in HEALTHY:
        assert f"- `{link(spec)}`\n" in rows


if __name__ == "__main__":
    torch.set_num_threads(1)
    print(page(), end="")
