"""Activations that are called as functions: seen while a forward pass runs, as modules are."""

from collections.abc import Callable
from typing import Any

from torch import Tensor, nn
from torch.overrides import TorchFunctionMode

NAMES = {
    *(
        "relu",
        "relu6",
        "leaky_relu",
        "prelu",
        "rrelu",
        "elu",
        "selu",
        "celu",
        "gelu",
        "silu",
        "mish",
        "hardswish",
    ),
    *("tanh", "hardtanh", "tanhshrink", "sigmoid", "hardsigmoid", "log_sigmoid", "logsigmoid"),
    *("softplus", "softsign"),
}
"""Functions that work unit by unit and bend; each also as a method, and in place with a _ behind its name."""


class Called(nn.Module):
    """A function with its settings, as a module of its first argument."""

    def __init__(self, function: Callable, settings: tuple, options: dict[str, Any]) -> None:
        super().__init__()
        self.function, self.settings = function, settings
        self.options = {name: value for name, value in options.items() if name not in ("inplace", "input")}

    def forward(self, x: Tensor) -> Tensor:
        options = self.options | ({"training": False} if "training" in self.options else {})
        return self.function(x, *self.settings, **options)

    def extra_repr(self) -> str:
        return repr((getattr(self.function, "__name__", ""), self.settings, sorted(self.options.items())))


class Functions(TorchFunctionMode):
    """While it is entered, `before` hears of each activation function and its input, `after` of its output; `others`
    maps the names of more functions to who hears of their arguments."""

    def __init__(
        self,
        before: Callable[[nn.Module, tuple], None],
        after: Callable[[nn.Module, tuple, Tensor], None],
        others: dict[str, Callable[[tuple, dict], None]] | None = None,
    ) -> None:
        super().__init__()
        self.before, self.after, self.others = before, after, others or {}

    def __torch_function__(self, func: Callable, types: Any, args: tuple = (), kwargs: Any = None) -> Any:
        options = kwargs or {}
        name = getattr(func, "__name__", "").rstrip("_")
        if name in self.others:
            self.others[name](args, options)
        if name not in NAMES:
            return func(*args, **options)
        x = args[0] if args else options.get("input")
        learned = any(isinstance(value, Tensor) for value in (*args[1:], *options.values()) if value is not x)
        phi = nn.PReLU() if learned else Called(func, args[1:], options)
        self.before(phi, (x,))
        out = func(*args, **options)
        self.after(phi, (x,), out)
        return out
