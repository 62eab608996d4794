"""What a preset says, its nets show."""

import numpy as np
import pytest

from engine.recurrent.unrolling import unroll
from engine.theory.recurrent import critical_radius
from viz.recurrent.case import Case
from viz.recurrent.presets import PRESETS, factor


def unrolled(case: Case):
    return [unroll(**net) for net in case.nets]


@pytest.mark.parametrize("name", PRESETS)
def test_the_claim_of_every_preset_holds(name):
    preset = PRESETS[name]
    low, high = preset.between
    assert low <= preset.claim(unrolled(preset.case)) <= high


def test_the_opening_is_the_first_preset_and_presets_differ():
    cases = [preset.case for preset in PRESETS.values()]
    assert cases[0] == Case()
    assert all(cases.count(case) == 1 for case in cases)


def test_the_numbers_of_the_forget_bias_and_of_the_edge_are_as_said():
    lost = [run.relative[0] for run in unrolled(PRESETS["forget"].case)]
    assert np.round(lost[1:3]).tolist() == [-20, -7]
    edge = unrolled(PRESETS["edge"].case)
    assert factor(0)(edge) < 0.97 < 1.03 < factor(2)(edge)
    assert critical_radius(**PRESETS["edge"].case.nets[0]) == pytest.approx(1.55, abs=0.005)


def test_the_exploding_tanh_of_the_overflow_stays_finite():
    tanh, _ = unrolled(PRESETS["overflow"].case)
    assert tanh.overflow_at == -1
    assert tanh.relative[0] > 100


def test_clipping_leaves_the_vanished_gradient_as_it_is():
    case = PRESETS["clipping"].case
    vanished, exploded = unrolled(case)
    assert vanished.clipped(case.clip_threshold)[0] == 0
    assert exploded.clipped(case.clip_threshold)[0] < -4
