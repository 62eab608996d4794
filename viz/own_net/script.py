"""`python -m viz watch train.py`: an unchanged script runs, and the first module that it trains is shown."""

import argparse
import runpy
import sys
from collections.abc import Callable, Sequence
from difflib import get_close_matches
from functools import partial
from pathlib import Path
from types import TracebackType
from typing import Any

from torch import nn
from torch.optim import Optimizer

from engine.watch.report import judged
from engine.watch.reservations import NO_STEP
from viz.own_net.first import First
from viz.own_net.watching import ShownWatch


def main(given: Sequence[str]) -> None:
    """Run the script as `python train.py` would: its arguments, its folder, its exit status, its errors."""
    asked = _parser().parse_args(given)
    script = Path(asked.script)
    if not script.is_file():
        near = get_close_matches(script.stem, [path.stem for path in _beside(script)], n=1)
        meant = f"; did you mean {script.with_name(near[0])}.py?" if near else ""
        _parser().error(f"{asked.script} is no file{meant}")

    def make(model: nn.Module, optimizer: Optimizer) -> ShownWatch:
        return ShownWatch(model, optimizer, asked.every, asked.rate, asked.name)

    first = First(make)
    sys.argv = [asked.script, *asked.arguments]
    sys.path[0] = str(script.resolve().parent)
    first.attach()
    try:
        runpy.run_path(asked.script, run_name="__main__")
    except BaseException as error:
        if first.lab and not (isinstance(error, SystemExit) and not error.code):
            first.lab.__exit__(type(error), error, None)
        sys.excepthook = partial(_show_its_own, sys.excepthook, asked.script)
        raise
    finally:
        first.detach()
        if first.lab:
            first.lab.detach()
            print(*told(first.lab), sep="\n", file=sys.stderr)
        else:
            print("Your net: this script trained no module that ran within it.", file=sys.stderr)


def _show_its_own(
    show: Callable[..., Any],
    script: str,
    kind: type[BaseException],
    error: BaseException,
    at: TracebackType | None,
) -> None:
    """An error that ends the script as `python` shows it: from the script's own frame on."""
    while at and at.tb_frame.f_code.co_filename != script:
        at = at.tb_next
    show(kind, error.with_traceback(at), at)


def told(lab: ShownWatch) -> list[str]:
    """What there is to say at the end: what was found, worst first, each with its advice; or that nothing was."""
    findings = lab.findings()
    doubt = lab.trouble or lab.doubt or ("" if len(lab.history) else NO_STEP)
    said = [f"Your net: {doubt}"] if doubt and doubt not in lab.said else []
    if findings:
        return [*said, *(f"Your net: {each.words}\n{each.advice}" for each in findings)]
    if doubt:
        return said
    known = "" if lab.measured == lab.steps else f" {judged(lab)}"
    return [f"Your net: nothing wrong was found up to step {lab.steps}.{known}"]


def _beside(script: Path) -> list[Path]:
    return sorted(script.parent.glob("*.py")) if script.parent.is_dir() else []


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="gradient-flow-lab watch",
        description="Run a training script, unchanged, and show the first module that it trains.",
    )
    parser.add_argument("--name", help="what it is called where it is shown")
    parser.add_argument("--every", type=int, help="a frame each so many steps, whatever it costs")
    parser.add_argument(
        "--rate", type=float, default=10.0, help="else frames a second at most, at a cost of at most 5%%"
    )
    parser.add_argument("script", help="what `python` would be given")
    rest = parser.add_argument("arguments", nargs=argparse.REMAINDER, help="the script's own arguments")
    rest.required = False  # else a call without anything is told that they are missing too
    return parser
