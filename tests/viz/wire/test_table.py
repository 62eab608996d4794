"""The columns and rows that a hello tells."""

import json
from dataclasses import replace

import numpy as np
import pytest

from engine import RunSpec, Trainer
from engine.measure.statistics import COLUMNS as MEASURED
from engine.measure.stream import STREAM
from tests.viz.live.frames import encoded, frame
from viz.server.modules import VIZ
from viz.wire import frame as wire
from viz.wire import table
from viz.workers.train import reports

PANELS = {column.panel for column in (*table.COLUMNS, *table.STREAM) if column.panel}


def test_each_column_is_something_that_the_engine_measures():
    assert set(table.NAMED) <= set(MEASURED)
    assert len(table.NAMED) == len(table.COLUMNS)
    assert [column.name for column in table.STREAM] == [*STREAM]


def test_float64_travels_first_so_that_a_browser_reads_it_in_place():
    sizes = [wire.TYPES[column.kind].itemsize for column in table.COLUMNS]
    assert sizes == sorted(sizes, reverse=True)
    assert wire.HEAD.size % max(sizes) == 0


def test_each_panel_that_a_column_names_is_drawn():
    drawn = (VIZ / "canvas/run/panels.js").read_text()
    assert PANELS
    assert all(f'"{panel}"' in drawn for panel in PANELS)


def test_what_is_told_is_read_back():
    hello = json.loads(json.dumps(table.told([table.Row("a")])))
    assert table.columns(hello) == table.COLUMNS
    assert hello["rows"] == [{"name": "a", "kind": "layer", "units": None, "fan_in": None}]


def test_a_frame_is_read_by_the_columns_of_its_own_hello():
    """One of an older or a newer server may have others."""
    renamed = (replace(table.COLUMNS[0], name="something else"), *table.COLUMNS[1:])
    stats = wire.decode(encoded(layers=3), renamed)["stats"]
    np.testing.assert_array_equal(stats["something else"], frame(3).activation_mean)
    with pytest.raises(wire.WireError, match="bytes for 3 layers, which take"):
        wire.decode(encoded(layers=3), table.COLUMNS[1:])


@pytest.mark.parametrize("name", ["activation_mean", "gradient_var", "dead"])
def test_values_are_in_their_own_unit(name):
    seen = wire.values(wire.decode(encoded(layers=4)), table.NAMED[name])
    np.testing.assert_allclose(seen, getattr(frame(4), name), rtol=1e-4)


def test_a_net_with_a_residual_path_tells_of_its_stream():
    trainer = Trainer(RunSpec(hidden=(6, 6, 6), residual="plain", residual_every=2))
    hello = json.loads(json.dumps(reports.hello(trainer)))
    seen = trainer.step()
    decoded = wire.decode(wire.encode(seen, trainer.histograms()), table.columns(hello))
    for column in table.STREAM:
        np.testing.assert_allclose(wire.values(decoded, column), getattr(seen, column.name), rtol=1e-5)
        assert np.isfinite(hello["theory"][column.theory][1])
        assert hello["theory"][column.theory][0] is None
    assert reports.columns(Trainer(RunSpec(hidden=(6,)))) == table.COLUMNS
