"""What the presets of the Compare page say is what their runs show."""

import numpy as np
import pytest

from engine.experiments.grid import grid
from viz.compare.plan import cells
from viz.compare.presets import PRESETS

GUESSING = 0.1
FEWER = 2  # seeds, of which each claim holds as well


@pytest.mark.long
@pytest.mark.parametrize("name", PRESETS)
def test_the_runs_show_what_the_preset_says(name):
    preset = PRESETS[name]
    found = cells(preset.spec, preset.plan)
    *_, seen = grid([cell.spec for cell in found.cells], min(preset.plan.seeds, FEWER), preset.plan.steps)
    last = np.nan_to_num(seen.accuracy[:, :, -1], nan=GUESSING)
    low, high = preset.between
    assert low <= preset.claim({cell.texts: of for cell, of in zip(found.cells, last, strict=True)}) <= high


@pytest.mark.parametrize("name", PRESETS)
def test_a_preset_is_a_link_and_fits_the_server(name):
    preset = PRESETS[name]
    assert type(preset.plan).read(preset.plan.write()) == (preset.plan, [])
    assert not cells(preset.spec, preset.plan).left_out
