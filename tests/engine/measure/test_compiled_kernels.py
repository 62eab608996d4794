"""A process that compiles the kernels measures, to the bit, what one measures that finds them compiled."""

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = pytest.mark.slow

MEASURE = """
import numpy as np
import torch
from engine import RunSpec, Trainer

torch.set_num_threads(1)
for fields in ({"activation": "elu", "hidden": (37,) * 5, "dtype": "float64"}, {"activation": "tanh"}):
    trainer = Trainer(RunSpec(batch_size=33, **fields))
    for _ in range(3):
        trainer.step()
    print(trainer.frame.table.tobytes().hex())
"""


def test_what_is_measured_does_not_depend_on_who_compiled_the_kernels(tmp_path: Path):
    def measured() -> str:
        environment = os.environ | {"NUMBA_CACHE_DIR": str(tmp_path)}
        command = [sys.executable, "-c", MEASURE]
        return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout

    compiling = measured()
    assert list(tmp_path.rglob("*.nbc"))
    assert measured() == compiling
