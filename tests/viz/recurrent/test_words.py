"""What is said of unrolled nets has their numbers."""

import numpy as np
import pytest

from engine.recurrent.unrolling import unroll
from viz.recurrent import words
from viz.recurrent.case import Case
from viz.recurrent.table import SIGNS, markup

SMALL = {"width": 8, "steps": 20, "inputs": 3, "batch_size": 2}


def linear(radius: float, **settings):
    return unroll(**SMALL | {"activation": "identity", "radius": radius} | settings)


@pytest.mark.parametrize(
    ("exponent", "text"),
    [
        (np.log10(13780.61), "13,781"), (0.0, "1"), (np.log10(0.834), "0.834"), (500.0, "1.0 · 10⁵⁰⁰"),
        (-20.4, "4.0 · 10⁻²¹"), (-10.0001, "1.0 · 10⁻¹⁰"), (7.0, "1.0 · 10⁷"), (-np.inf, "0"), (np.inf, "inf"),
    ],
)  # fmt: skip
def test_powers_are_written_as_people_write_them(exponent, text):
    assert words.power(exponent) == text


def test_the_headline_names_the_extremes_with_their_numbers():
    said = words.headline(["radius 0.5", "radius 1", "radius 2"], [linear(r) for r in (0.5, 1.0, 2.0)])
    assert said == (
        "**Radius 2: the gradient explodes.** Each step back multiplies it by 2; 20 steps back it is "
        "1,048,576 times as much. **Radius 0.5: the gradient vanishes.** Each step back multiplies it by 0.5; "
        "20 steps back it is 1/1,048,576 of it."
    )


def test_nets_with_one_fate_are_told_together():
    said = words.headline(["radius 0.1", "radius 0.5"], [linear(0.1), linear(0.5)])
    assert said.startswith(
        "**In both nets the gradient vanishes.** Each step back multiplies it by 0.1 (radius 0.1)"
    )
    assert "to 0.5 (radius 0.5)" in said
    assert words.headline(["RNN linear"], [linear(1.0)]).endswith("20 steps back it is just as much.")


def test_overflow_is_said_and_never_a_silent_zero():
    runs = [linear(10.0, steps=500), linear(10.0, steps=500, activation="relu"), linear(0.0)]
    first, second, third = words.warnings(["linear", "relu", "still"], runs, "float64")
    assert f"At step {runs[0].overflow_at} the states overflow float64, which ends at 1.8 · 10³⁰⁸." in first
    assert "a plain backward pass in float64 shows inf" in first
    assert f"There is no gradient to measure; fewer than {runs[1].overflow_at} steps have one." in second
    assert third == "Still: From step 19 back the gradient is exactly 0: no path leads there."
    assert words.clipped(runs[0], 1.0)["clipped"] == "NaN"
    assert words.headline(["relu"], [runs[1]]) == (
        "**The states overflow before the loss is reached: there is no gradient to follow.**"
    )


def test_a_healthy_net_gets_no_warning_and_one_beyond_float32_does():
    assert words.warnings(["a"], [linear(0.9)], "float64") == []
    (both,) = words.warnings(["a", "b"], [linear(0.0), linear(0.0)], "float64")
    assert both.startswith("A, b: From step 19 back")
    run = linear(0.1, steps=60, dtype="float32")
    (said,) = words.warnings(["radius 0.1"], [run], "float32")
    latest = np.flatnonzero(run.state_gradient < np.log10(1.4e-45))[-1]
    assert said.startswith(f"Radius 0.1: From step {latest} back a plain backward pass in float32 shows 0")


def test_the_warning_is_what_a_plain_backward_pass_does():
    """h_0's gradient at radius 0.1 over 60 steps, in float32, by torch alone."""
    import torch

    w, h = 0.1 * torch.eye(4), torch.ones(2, 4, requires_grad=True)
    state = h
    for _ in range(60):
        state = state @ w.T
    (gradient,) = torch.autograd.grad(state.sum(), h)
    assert (gradient == 0).all()


def test_a_row_of_clipping_says_the_factor_and_which_steps_are_heard():
    run = unroll(radius=2.0, steps=100, width=32)
    row = words.clipped(run, 100.0)
    assert row["clipped"] == "100"
    assert row["every step's share"] == f"× {words.power(2 - run.total)}"
    first, last = run.span()
    assert row["90% comes from"] == f"steps {first} to {last}"
    assert words.clipped(run, 1e30)["every step's share"] == "unchanged"


def test_reasons_name_the_critical_radius_and_the_gate():
    assert "keeps its size at radius 1.55." in " ".join(words.reasons(Case(activation=("tanh",))))
    gate = " ".join(words.reasons(Case(cell=("lstm",), radius=(1.0,), forget_bias=(0.0, 3.0))))
    assert "The LSTM's gate, standing at its bias, passes 50% to 95% of the old state a step" in gate


def test_a_matrix_whose_radius_is_not_the_one_asked_for_says_its_own():
    net = Case(matrix="gaussian", radius=(1.0,)).nets[0]
    run = unroll(**net)
    assert words.row(net, run, 0.0, "theory")["W's own radius"] == f"{run.radius:.3g}"
    assert "W's own radius" not in words.row(Case().nets[0], run, 0.0, "theory")


def test_the_table_escapes_what_it_shows_and_signs_every_net():
    html = markup({"a<b": {"x": "1 & 2"}, "c": {"x": "3"}}, "dark")
    assert "a&lt;b" in html
    assert "1 &amp; 2" in html
    assert all(sign in html for sign in SIGNS[:2])


def test_a_table_of_both_kinds_says_row_by_row_what_it_compares_with():
    plain = Case(radius=(1.0,)).nets[0]
    gated = Case(cell=("lstm",), radius=(1.0,)).nets[0]
    meaning = words.meaning([plain, gated])
    assert meaning == "theory or gate alone"
    assert words.row(plain, unroll(**plain), -0.1, meaning)[meaning].endswith(" (theory)")
    assert words.row(gated, unroll(**gated), float("nan"), meaning)[meaning].endswith(" (gate)")
    assert words.row(plain, unroll(**plain), -0.1, "theory")["theory"] == f"× {words.power(-0.1)}"
