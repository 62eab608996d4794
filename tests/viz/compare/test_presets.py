"""What the presets of the Compare page say is what their runs show."""

import numpy as np
import pytest

from engine.experiments.grid import grid
from engine.experiments.nested import nested
from viz.compare import crossed
from viz.compare.plan import INNER, NONE, cells, families
from viz.compare.presets import PRESETS

GUESSING = 0.1
FEWER = 2  # seeds, of which each claim holds as well


@pytest.mark.long
@pytest.mark.parametrize("name", PRESETS)
def test_the_runs_show_what_the_preset_says(name):
    preset = PRESETS[name]
    plan, found = preset.plan, cells(preset.spec, preset.plan)
    specs, low, high = [cell.spec for cell in found.cells], *preset.between
    if plan.folds == NONE:
        *_, seen = grid(specs, min(plan.seeds, FEWER), plan.steps)
        named, values = [cell.texts for cell in found.cells], seen.accuracy[:, :, -1]
    else:
        of = [[specs[k] for k in family] for family in families(found)]
        *_, seen = nested(of, plan.seeds, int(plan.folds), INNER, plan.steps)
        named, values = [(name,) for name in crossed.names(found)], seen.scores
    last = np.nan_to_num(values, nan=GUESSING)
    assert low <= preset.claim(dict(zip(named, last, strict=True))) <= high


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_link_and_fits_the_server(name):
    preset = PRESETS[name]
    assert type(preset.plan).read(preset.plan.write()) == (preset.plan, [])
    assert not cells(preset.spec, preset.plan).left_out
