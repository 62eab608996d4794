"""Watching from the outside in one line: a callback for Lightning's trainer, and one for that of transformers."""

from importlib import import_module
from typing import Any

from torch import nn

from engine.tables.wording import Sentence
from viz.own_net.watching import ShownWatch


def lightning_callback(every: int | None = None, rate: float = 10.0, name: str | None = None) -> Any:
    """A `lightning.pytorch.Callback`: `Trainer(callbacks=[lightning_callback()])` shows the module it fits.

    Its `lab` is the watch, None before training. Options: those of `watch`. Raises ImportError without Lightning.
    """
    base = _from(("lightning.pytorch", "pytorch_lightning"), "Callback", "lightning")

    class Watches(base):  # type: ignore[misc, valid-type]
        lab: ShownWatch | None = None

        def on_train_start(self, trainer: Any, module: nn.Module) -> None:
            if trainer.is_global_zero:
                self.lab = ShownWatch(module, trainer.optimizers, every, rate, name)
                self.lab.pace.last = trainer.estimated_stepping_batches - trainer.global_step
                self.lab.attach()

        def on_train_batch_start(self, trainer: Any, module: nn.Module, *_: Any) -> None:
            if self.lab:  # `training_step` may call parts of the module and never the module itself
                self.lab.begins_pass()

        def on_before_backward(self, trainer: Any, module: nn.Module, *_: Any) -> None:
            if self.lab:
                self.lab.ends_pass()

        def on_train_end(self, trainer: Any, module: nn.Module) -> None:
            if self.lab:
                self.lab.detach()

        def on_exception(self, trainer: Any, module: nn.Module, exception: BaseException) -> None:
            if self.lab:
                self.lab.__exit__(type(exception), exception, None)

    return Watches()


def trainer_callback(every: int | None = None, rate: float = 10.0, name: str | None = None) -> Any:
    """A `transformers.TrainerCallback`: `Trainer(..., callbacks=[trainer_callback()])` shows the model it trains.

    Its `lab` is the watch, None before training. Options: those of `watch`. Raises ImportError without transformers.
    """
    base = _from(("transformers",), "TrainerCallback", "transformers")

    class Watches(base):  # type: ignore[misc, valid-type]
        lab: ShownWatch | None = None

        def on_train_begin(self, args: Any, state: Any, control: Any, **given: Any) -> None:
            if state.is_world_process_zero:
                self.lab = ShownWatch(given["model"], given.get("optimizer"), every, rate, name)
                self.lab.pace.last = state.max_steps - state.global_step
                self.lab.attach()

        def on_train_end(self, args: Any, state: Any, control: Any, **given: Any) -> None:
            if self.lab:
                self.lab.detach()

    return Watches()


def _from(homes: tuple[str, ...], name: str, package: str) -> Any:
    for home in homes:
        try:
            return getattr(import_module(home), name)
        except ModuleNotFoundError:
            continue
    words = "this callback is for {package}, which is not installed: pip install {package}"
    raise ImportError(Sentence(words, package=package))
