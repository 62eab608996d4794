"""A sweep on a real cluster of two workers on this machine: the same table as here, and the workers trained it."""

import subprocess
import sys

import pytest

pytest.importorskip("distributed", reason="no distributed: uv sync --group outside")

pytestmark = pytest.mark.long

SWEPT = """
import joblib
import numpy as np
from dask.distributed import Client, LocalCluster

from engine import RunSpec, sweep
from engine.training import data


def swept():
    small = RunSpec(dataset="moons", hidden=(4,), batch_size=32)
    return sweep([small, small.replace(lr=0.01)], seeds=(0, 1), steps=5, folds=2).table


def loaded():
    return data._load.cache_info().misses


if __name__ == "__main__":
    here = swept()
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        client.wait_for_workers(2)
        assert sum(client.run(loaded).values()) == 0
        with joblib.parallel_config(backend="dask"):
            there = swept()
        assert sum(client.run(loaded).values()) >= 4, "the workers trained nothing"
    assert there.keys() == here.keys()
    for name in here:
        np.testing.assert_allclose(there[name], here[name], rtol=1e-4, atol=0.01 if name == "accuracy" else 0)
    print(len(here["spec"]), "runs, the same table")
"""


def test_a_cluster_of_two_workers_gives_the_same_table(tmp_path):
    script = tmp_path / "swept.py"
    script.write_text(SWEPT)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=600, cwd=tmp_path)
    assert done.stdout.strip() == "8 runs, the same table", done.stderr[-2000:]
