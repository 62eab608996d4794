"""Nets side by side: each is the one that `unroll` makes alone, and the sweep finds what theory says."""

import numpy as np
import pytest

from engine.recurrent.unrolling import unroll
from engine.recurrent.unrollings import SHORT, compare, shortened
from engine.spec.unrolled import multiplications, numbers_kept
from engine.tables.errors import SpecError
from engine.theory.recurrent import predict_decades

SMALL = {"width": 12, "steps": 30, "inputs": 3, "batch_size": 2}
NETS = [SMALL | {"activation": "identity", "radius": 1.1}, SMALL | {"cell": "lstm", "forget_bias": 2.0}]


def test_each_net_is_the_one_unrolled_alone():
    *_, last = compare(NETS)
    for net, run in zip(NETS, last.runs, strict=True):
        assert np.array_equal(run.gradient, unroll(**net).gradient)
    assert last.predicted[0] == predict_decades(**NETS[0])
    assert np.isnan(last.predicted[1])


def test_the_picture_grows_piece_by_piece():
    pictures = list(compare(NETS, [NETS[0]], [0.5, 2.0]))
    assert [picture.done for picture in pictures] == [0.25, 0.5, 0.75, 1.0]
    assert [len(picture.runs) for picture in pictures] == [1, 2, 2, 2]
    assert [int(np.isfinite(picture.swept).sum()) for picture in pictures] == [0, 0, 1, 2]


def test_the_sweep_of_a_linear_orthogonal_net_is_the_radius_itself():
    radii = [0.1, 0.7, 1.0, 3.0]
    *_, last = compare([], [NETS[0], SMALL | {"activation": "tanh"}], radii)
    assert last.swept[0] == pytest.approx(np.log10(radii), abs=1e-12)
    assert last.swept_by_theory[0] == pytest.approx(np.log10(radii), abs=1e-12)
    assert (last.swept[1] < last.swept[0]).all()


def test_a_sweep_tries_nets_no_larger_than_short_ones():
    large = shortened({"steps": 2000, "width": 1000, "batch_size": 5, "radius": 3.0})
    assert (large["steps"], large["width"], large["batch_size"]) == (SHORT["steps"], SHORT["width"], 5)


def test_the_cost_counts_the_matrices_of_every_gate():
    plain = multiplications(**SMALL)
    assert plain == 3 * 30 * 2 * 12 * (12 + 3)
    assert multiplications(cell="lstm", **SMALL) == 4 * plain
    assert multiplications(cell="gru", **SMALL) == 3 * plain
    assert numbers_kept(**SMALL | {"steps": 60}) == 2 * numbers_kept(**SMALL)


def test_a_net_that_is_none_is_refused_before_any_work():
    with pytest.raises(SpecError, match="radius: -1"):
        next(compare([NETS[0], {"radius": -1.0}]))
