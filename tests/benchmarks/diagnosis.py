"""What a diagnosis costs: 1,000 frames of a net of 50 layers, beside one measured step of that net.

    OMP_NUM_THREADS=1 uv run python -m tests.benchmarks.diagnosis

The history is the run's own first frames, over and over with new step numbers: what a rule does with a frame does not
depend on what the frame says. A diagnosis should take less than 20 ms; the page asks for one a second.
"""

import time

import numpy as np

from engine import RunSpec, Trainer, diagnose
from engine.measure.history import History

FRAMES, LAYERS, TIMES = 1000, 50, 15


def history_of(trainer: Trainer) -> History:
    state = trainer.history.state()
    rows = np.arange(FRAMES) % len(state["scalars"])
    scalars, tables = state["scalars"][rows], state["tables"][rows]
    scalars[:, 0] = np.arange(1, FRAMES + 1)
    return History.restored({**state, "scalars": scalars, "tables": tables})


def milliseconds(work) -> float:
    """The median of several."""
    taken = []
    for _ in range(TIMES):
        began = time.perf_counter()
        work()
        taken.append(1000 * (time.perf_counter() - began))
    return float(np.median(taken))


if __name__ == "__main__":
    print(f"{FRAMES} frames of {LAYERS} layers; median of {TIMES}")
    for fields in ({"activation": "relu", "initializer": "he_normal", "lr": 0.01}, {"activation": "sigmoid"}):
        trainer = Trainer(RunSpec(hidden=(32,) * LAYERS, **fields))
        step = milliseconds(trainer.step)
        history = history_of(trainer)
        taken = milliseconds(lambda history=history, spec=trainer.spec: diagnose(history, spec))
        found = ", ".join(each.name for each in diagnose(history, trainer.spec)) or "nothing"
        print(
            f"{fields['activation']}: diagnosis {taken:.1f} ms, a measured step {step:.1f} ms: "
            f"{taken / step:.2f} of it; found: {found}"
        )
