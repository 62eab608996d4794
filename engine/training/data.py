"""The samples that a run trains on and is tested on, as tensors."""

from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any

import numpy as np
import torch
from torch import Tensor

from engine.tables.datasets import DATASETS
from engine.tables.errors import SpecError
from engine.tables.later import Later
from engine.training.split import stratified

StratifiedKFold = Later("sklearn.model_selection.StratifiedKFold")

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


def load(
    name: str, seed: int = 0, dtype: torch.dtype | str = torch.float32, fold: tuple[int, int] | None = None
) -> Data:
    """The standardized data; same seed, same data and split. DatasetUnavailableError when out of reach.

    fold: (index, folds): that part of the training samples is held out in the place of the test samples, each class
    in the same share; the scale is measured on the others alone.
    """
    kind = DTYPES.get(str(dtype).removeprefix("torch."))
    if kind is None:
        raise SpecError(
            "{place}: {value!r} is not allowed; give float32 or float64.", field="dtype", value=dtype
        )
    return _load(name, seed if fold or not isinstance(DATASETS[name].test, int) else 0, kind, fold)


@lru_cache(maxsize=16)
def _load(name: str, seed: int, dtype: torch.dtype, fold: tuple[int, int] | None) -> Data:
    dataset = DATASETS[name]
    x, y = dataset.draw(seed)
    if isinstance(dataset.test, int):
        train, test = np.split(np.arange(len(y)), [-dataset.test])
    else:
        train, test = stratified(y, dataset.test, seed)
    if fold:
        train, test = _held_out(train, y, seed, *fold)
    mean, std = _scale(x[train], dataset.scale)
    return Data(
        train_x=torch.as_tensor((x[train] - mean) / std, dtype=dtype),
        train_y=torch.as_tensor(y[train], dtype=torch.int64),
        test_x=torch.as_tensor((x[test] - mean) / std, dtype=dtype),
        test_y=torch.as_tensor(y[test], dtype=torch.int64),
        features=x.shape[1],
        classes=int(y.max()) + 1,
    )


def _held_out(
    train: np.ndarray, y: np.ndarray, seed: int, index: int, folds: int
) -> tuple[np.ndarray, np.ndarray]:
    fewest = int(np.bincount(y[train]).min())
    if folds > fewest:
        raise SpecError(
            "{place}: {value} is not allowed; the smallest class has {fewest} training samples, give at most as many.",
            field="folds",
            value=folds,
            fewest=fewest,
        )
    split = StratifiedKFold(folds, shuffle=True, random_state=seed).split(train, y[train])
    kept, held = next(islice(split, index, None))
    return train[kept], train[held]


def _scale(x: np.ndarray, scale: str) -> tuple[np.ndarray | float, np.ndarray | float]:
    if scale == "none":
        return 0.0, 1.0
    axis = 0 if scale == "feature" else None
    return x.mean(axis, dtype=np.float64), x.std(axis, dtype=np.float64)
