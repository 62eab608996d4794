"""Nobody waits for what is being compiled, and a machine that cannot keep it says so."""

import os
import subprocess
import sys
import threading
from pathlib import Path

import numpy as np
import pytest
import torch
from numba.core import caching

from engine import RunSpec, Trainer
from engine.measure import compiled
from engine.measure.statistics import Measure


@pytest.fixture
def slow_machine(monkeypatch):
    """Nothing is compiled yet; it is when the event is set."""
    done = threading.Event()
    monkeypatch.setattr(compiled, "_loaded", {})
    monkeypatch.setattr(compiled, "are_kept", lambda: False)
    thread = compiled.later(done.wait)
    yield done, thread
    done.set()
    thread.join()


def test_torch_measures_until_the_passes_are_there(slow_machine):
    done, thread = slow_machine
    assert compiled.kernels() is None
    assert compiled.tallies() is None
    spec = RunSpec(hidden=(12, 7), activation="relu", batch_size=32)
    early = Trainer(spec)
    early.step()
    counted = early.histograms()
    done.set()
    thread.join()
    assert compiled.kernels() is not None
    assert compiled.tallies() is not None
    late = Trainer(spec)
    late.step()
    np.testing.assert_allclose(early.frame.table, late.frame.table, rtol=1e-9, atol=1e-15)
    np.testing.assert_array_equal(counted.gradients.counts, late.histograms().gradients.counts)
    np.testing.assert_array_equal(early.histograms().activations.counts, counted.activations.counts)


def test_a_run_goes_over_to_them_and_learns_the_same(slow_machine):
    done, thread = slow_machine
    spec = RunSpec(hidden=(9, 5), batch_size=16)
    run, alone = Trainer(spec), Trainer(spec)
    run.step()
    done.set()
    thread.join()
    losses = [run.step().loss for _ in range(5)]
    alone.step()
    assert losses == [alone.step().loss for _ in range(5)]


def test_a_device_of_its_own_never_asks_for_them():
    assert Measure(compiled=False)._kernels() is None


def test_what_a_person_keeps_is_found_where_numba_has_it(tmp_path, monkeypatch):
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setattr(compiled, "__file__", str(tmp_path / "measure" / "compiled.py"))
    sources = [tmp_path / "measure" / f"{name}.py" for name in ("kernels", "tallies")]
    sources[0].parent.mkdir()
    (locator,) = (each for each in caching.CacheImpl._locator_classes if "UserWide" in str(each))
    for source in sources:
        assert not compiled.are_kept()
        source.touch()
        place = Path(locator(compiled.are_kept, str(source)).get_cache_path())
        place.mkdir(parents=True, exist_ok=True)
        (place / f"{source.stem}.moments-20.py312.nbi").touch()
    assert compiled.are_kept()


@pytest.mark.long
def test_a_machine_that_can_keep_nothing_compiles_and_says_so():
    code = """if True:
        import warnings
        from numba.core import caching
        places = caching.CacheImpl._locator_classes
        caching.CacheImpl._locator_classes = [each for each in places if "UserProvided" in each.__name__]
        from engine.measure import compiled
        with warnings.catch_warnings(record=True) as said:
            warnings.simplefilter("always")
            kernels, tallies = compiled.kernels(), compiled.tallies()
        import numpy as np
        print([str(each.message)[:40] for each in said], kernels.moments(np.array([1.0, 4.0]))[:2])"""
    environment = {name: value for name, value in os.environ.items() if name != "NUMBA_CACHE_DIR"}
    printed = subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True, env=environment
    )
    assert printed.stdout.strip() == "['The compiled passes cannot be kept: neit'] (2.5, 2.25)"


def test_the_same_numbers_by_torch_and_compiled():
    x = torch.linspace(-3, 5, 60).reshape(12, 5) ** 3
    assert Measure(compiled=True).unit_moments(x) == pytest.approx(Measure(compiled=False).unit_moments(x))
