import subprocess
import sys

import pytest

pytestmark = pytest.mark.slow


def said(code: str) -> str:
    """What a process of its own prints."""
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_the_trainer_starts_without_torchs_compiler_and_without_sympy():
    code = """if True:
        import sys
        from viz.workers import uncompiled
        uncompiled.keep_out()
        from viz.workers.train import compiling, worker
        compiling.warm_up()
        print({"torch._dynamo.eval_frame", "sympy"} & sys.modules.keys())"""
    assert said(code) == "set()"


@pytest.mark.long
def test_the_compiler_comes_when_something_is_compiled():
    code = """if True:
        import torch
        from viz.workers import uncompiled
        uncompiled.keep_out()
        weight = torch.nn.Parameter(torch.ones(2))
        optimizer = torch.optim.SGD([weight], lr=0.5)
        twice = torch.compile(lambda x: 2 * x, backend="eager")
        twice(weight).sum().backward()
        optimizer.step()
        import torch._dynamo.config
        print(weight.tolist(), type(torch._dynamo).__name__, torch._dynamo.config.verbose)"""
    assert said(code) == "[0.0, 0.0] module False"


@pytest.mark.long
def test_a_compiler_that_is_here_already_stays():
    code = """if True:
        import torch._dynamo
        from viz.workers import uncompiled
        uncompiled.keep_out()
        print(type(torch._dynamo).__name__)"""
    assert said(code) == "module"


@pytest.mark.skipif(not sys.platform.startswith("linux"), reason="only Linux has a place for the name")
def test_a_process_goes_by_what_it_does():
    code = """if True:
        from pathlib import Path
        from viz.workers.begin import go_by
        go_by("gradient_flow_lab.viz.workers.bench.worker")
        print(Path("/proc/self/comm").read_text())"""
    assert said(code) == "lab-bench"
