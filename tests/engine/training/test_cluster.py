"""A sweep on a real cluster of two workers on this machine: the same table as here."""

import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow

SWEPT = """
import sys
import joblib, numpy as np
from engine import RunSpec, sweep

def swept():
    small = RunSpec(dataset="moons", hidden=(4,), batch_size=32)
    return sweep([small, small.replace(lr=0.01)], seeds=(0, 1), steps=5).table

def main():
    from dask.distributed import Client, LocalCluster
    with LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=None) as cluster, Client(cluster) as client:
        client.wait_for_workers(2)
        with joblib.parallel_config(backend="dask"):
            there = swept()
        tasks = client.run(lambda: len(__import__("engine.training.fleet").__name__) if "torch" in sys.modules else 0)
        assert sum(map(bool, tasks.values())) > 0, tasks
    here = swept()
    assert there.keys() == here.keys()
    for name in here:
        np.testing.assert_array_equal(there[name], here[name])
    print("the same table")

if __name__ == "__main__":
    main()
"""


def test_a_cluster_of_two_workers_gives_the_same_table(tmp_path):
    pytest.importorskip("distributed")
    script = tmp_path / "swept.py"
    script.write_text(SWEPT)
    done = subprocess.run([sys.executable, script], capture_output=True, text=True, timeout=300)
    assert done.stdout.strip() == "the same table", done.stderr[-2000:]
