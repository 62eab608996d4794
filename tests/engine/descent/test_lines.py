"""The lines on a card, filled with a step's numbers, are what torch.optim did."""

import re

import numpy as np
import pytest

from engine import OPTIMIZERS
from engine.descent.inside import watch

OPTIONS = {"momentum": {"momentum": 0.7}, "adam": {"betas": (0.8, 0.95)}, "adamw": {"weight_decay": 0.3}}
EXACT = [name for name in OPTIMIZERS if name not in ("radam", "rprop")]


def numbers(seen, step: int) -> dict[str, float]:
    """What a line may name, along x."""
    options = OPTIMIZERS[seen.run.optimizer].complete(seen.run.options)
    betas = dict(zip(("beta1", "beta2"), options.get("betas", ()), strict=False))
    before = {f"{name}_before": value[step - 1, 0] if step else 0.0 for name, value in seen.state.items()}
    return {
        **options, **betas, **before,
        **{name: value[step, 0] for name, value in seen.state.items()},
        "t": step + 1, "lr": seen.lr[step], "g": seen.seen[step, 0], "change": seen.changes[step, 0],
        "x": seen.positions[step, 0], "x_next": seen.positions[step + 1, 0],
    }  # fmt: skip


def equations(line: str) -> list[str]:
    """The equations of a line as Python: "left == right" pairs joined by their last ="""
    found = []
    for part in re.split(r"[:,;] ", line):
        if "=" not in part or "large" in part:
            continue
        sides = [side.strip() for side in part.split("=")]
        left, right = sides[-2], sides[-1]
        found.append((left, right))
    return found


def value(text: str, known: dict[str, float]) -> float:
    text = re.sub(r"\{(\w+)\}", lambda m: f"({float(known[m[1]])!r})", text)
    text = text.replace("−", "-").replace("·", "*").replace("²", "**2").replace("^", "**")
    text = re.sub(r"√(\([^()]*\)|\((?:[^()]|\([^()]*\))*\))", r"(\1)**0.5", text)
    means = {"m": known.get("first_moment"), "v": known.get("second_moment")}
    return eval(text, {"__builtins__": {}}, means)


@pytest.mark.parametrize("name", EXACT)
@pytest.mark.parametrize("step", [0, 1, 12])
def test_filled_lines_are_true_equations(name: str, step: int) -> None:
    run = {"optimizer": name, "lr": 0.002, "options": OPTIONS.get(name, {})}
    if name == "adadelta" and step == 0:
        pytest.skip("its sums start at zero, which eps hides")
    known = numbers(watch("beale", run, (1.0, 1.5), 15), step)
    checked = 0
    for line in OPTIMIZERS[name].lines:
        for left, right in equations(line):
            np.testing.assert_allclose(value(left, known), value(right, known), rtol=1e-6, atol=1e-15)
            checked += 1
    assert checked


@pytest.mark.parametrize("name", OPTIMIZERS)
def test_every_name_in_the_lines_is_known(name: str) -> None:
    known = numbers(watch("beale", {"optimizer": name, "lr": 0.01}, (1.0, 1.5), 8), 6)
    names = set(re.findall(r"\{(\w+)\}", " ".join(OPTIMIZERS[name].lines)))
    assert {"x", "x_next"} <= names <= known.keys()


def test_rprop_s_step_is_its_state() -> None:
    seen = watch("bowl", {"optimizer": "rprop", "lr": 0.01}, (1.0, 1.5), 5)
    np.testing.assert_allclose(np.abs(seen.changes), seen.state["step_size"], rtol=1e-12)
