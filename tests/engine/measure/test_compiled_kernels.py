"""A process that compiles the kernels measures, to the bit, what one measures that finds them compiled."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.long

MEASURE = """
import numpy as np
import torch
from engine import RunSpec, Trainer

torch.set_num_threads(1)
for fields in ({"activation": "elu", "hidden": (37,) * 5, "dtype": "float64"}, {"activation": "tanh"}):
    trainer = Trainer(RunSpec(batch_size=33, **fields))
    for _ in range(3):
        trainer.step()
    trainer.histograms()
    print(trainer.frame.table.tobytes().hex())
"""
MISSED = """
from engine.measure import kernels, tallies

passes = [each for module in (kernels, tallies) for each in vars(module).values() if hasattr(each, "stats")]
print(sum(sum(each.stats.cache_misses.values()) for each in passes))
"""


def test_what_is_measured_does_not_depend_on_who_compiled_the_kernels(tmp_path: Path):
    def printed(*command: str) -> list[str]:
        environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
        done = subprocess.run(
            [sys.executable, *command], env=environment, capture_output=True, text=True, check=True
        )
        return done.stdout.splitlines()

    *compiling, missed = printed("-c", MEASURE + MISSED)
    assert list(tmp_path.rglob("*.nbc"))
    assert int(missed) > 0
    printed("-m", "viz.workers.train.compiling")  # nothing of it is missing then
    *loading, missed = printed("-c", MEASURE + MISSED)
    assert loading == compiling
    assert missed == "0"
