"""The samples that a run trains on and is tested on, as tensors."""

from dataclasses import dataclass, replace
from functools import lru_cache
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.tables.datasets import DATASETS
from engine.tables.errors import SpecError
from engine.training.split import stratified

DTYPES = {"float32": torch.float32, "float64": torch.float64}


@dataclass(frozen=True, eq=False)
class Data:
    """Inputs [samples, features] in the dtype asked for, labels [samples] int64 from 0 to classes - 1.

    The tensors are shared between all who load them: read only.
    """

    train_x: Tensor
    train_y: Tensor
    test_x: Tensor
    test_y: Tensor
    features: int
    classes: int

    def to(self, device: str | torch.device) -> "Data":
        """The same data on another device."""
        moved: dict[str, Any] = {
            name: value.to(device) for name, value in vars(self).items() if isinstance(value, Tensor)
        }
        return replace(self, **moved)


def load(name: str, seed: int = 0, dtype: torch.dtype | str = torch.float32) -> Data:
    """The standardized data; same seed, same data and split. DatasetUnavailableError when out of reach."""
    kind = DTYPES.get(str(dtype).removeprefix("torch."))
    if kind is None:
        raise SpecError(
            "{place}: {value!r} is not allowed; give float32 or float64.", field="dtype", value=dtype
        )
    return _load(name, 0 if isinstance(DATASETS[name].test, int) else seed, kind)


@lru_cache(maxsize=16)
def _load(name: str, seed: int, dtype: torch.dtype) -> Data:
    dataset = DATASETS[name]
    x, y = dataset.draw(seed)
    if isinstance(dataset.test, int):
        train, test = np.split(np.arange(len(y)), [-dataset.test])
    else:
        train, test = stratified(y, dataset.test, seed)
    mean, std = _scale(x[train], dataset.scale)
    return Data(
        train_x=torch.as_tensor((x[train] - mean) / std, dtype=dtype),
        train_y=torch.as_tensor(y[train], dtype=torch.int64),
        test_x=torch.as_tensor((x[test] - mean) / std, dtype=dtype),
        test_y=torch.as_tensor(y[test], dtype=torch.int64),
        features=x.shape[1],
        classes=int(y.max()) + 1,
    )


def _scale(x: np.ndarray, scale: str) -> tuple[np.ndarray | float, np.ndarray | float]:
    if scale == "none":
        return 0.0, 1.0
    axis = 0 if scale == "feature" else None
    return x.mean(axis, dtype=np.float64), x.std(axis, dtype=np.float64)
