"""The samples that a run trains on and is tested on, as tensors."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import lru_cache
from itertools import islice
from typing import Any, NamedTuple
from weakref import WeakKeyDictionary

import numpy as np
import torch
from torch import Tensor

from engine.spec import RunSpec
from engine.tables.datasets import DATASETS, Dataset
from engine.tables.errors import SpecError
from engine.tables.later import Later
from engine.training import split

KFold = Later("sklearn.model_selection.KFold")
StratifiedKFold = Later("sklearn.model_selection.StratifiedKFold")

DTYPES = {"float32": torch.float32, "float64": torch.float64}
FEWEST = 2  # classes
MOST_OF_OWN = 4  # preparations of one table that are kept


@dataclass(frozen=True, eq=False)
class Data:
    """Inputs [samples, features] in the dtype asked for, labels [samples] int64 from 0 to classes - 1.

    In a regression there are 0 classes, and targets [samples] of the same dtype, of mean 0 and variance 1 over the
    training samples. The tensors are shared between all who load them: read only.
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


class Preparation(NamedTuple):
    """What becomes of the samples before a net sees them; the fields of a RunSpec by the same names."""

    input_scale: str = "standard"
    input_factor: float | tuple[float, ...] = 1.0
    label_noise: float = 0.0
    class_share: float | None = None


AS_THEY_ARE = Preparation()
Fold = tuple[int, ...]
"""(index, folds) of the training part that is held out; two more of what that leaves, and so on."""


def load(
    name: str,
    seed: int = 0,
    dtype: torch.dtype | str = torch.float32,
    fold: Fold | None = None,
    prepared: Preparation = AS_THEY_ARE,
) -> Data:
    """The standardized data; same seed, same data and split. DatasetUnavailableError when out of reach.

    fold: (index, folds): that part of the training samples is held out in the place of the test samples, each class
    in the same share; the scale is measured on the others alone. (index, folds, index, folds): of those others a part
    is held out again, and what the first held out is not there at all.
    """
    kind = DTYPES.get(str(dtype).removeprefix("torch."))
    if kind is None:
        raise SpecError(
            "{place}: {value!r} is not allowed; give float32 or float64.", field="dtype", value=dtype
        )
    chance = fold or not isinstance(DATASETS[name].test, int) or prepared != AS_THEY_ARE
    which = name, seed if chance else 0, kind, fold, prepared
    if not (own := DATASETS.own(name)):
        return _load(*which)
    of_it = _of_own.setdefault(own.draw, {})
    data = of_it.get(which) or _load.__wrapped__(*which)
    of_it[which] = data
    while len(of_it) > MOST_OF_OWN:
        of_it.pop(next(iter(of_it)), None)
    return data


_of_own: WeakKeyDictionary[Any, dict[Any, Data]] = WeakKeyDictionary()
"""What was made of a table of somebody's own, which goes with it."""


def data_of(spec: RunSpec, fold: Fold | None = None) -> Data:
    """The data of a run, prepared as its spec says; see `load`."""
    prepared = Preparation(*(getattr(spec, name) for name in Preparation._fields))
    return load(spec.dataset, spec.seed, spec.dtype, fold, prepared)


@lru_cache(maxsize=16)
def _load(name: str, seed: int, dtype: torch.dtype, fold: Fold | None, prepared: Preparation) -> Data:
    dataset = DATASETS[name]
    x, y = dataset.draw(seed)
    train, test = _split(dataset, y, seed)
    if prepared.class_share is not None:
        train, test = (_shared(part, y, prepared.class_share, seed, dataset) for part in (train, test))
    for index, folds in pairs_of(fold or ()):
        train, test = _held_out(train, y, seed, index, folds, stratified=bool(dataset.classes))
    mean, std = _scale(x[train], dataset.scale if prepared.input_scale == "standard" else "none")
    factor = np.asarray(prepared.input_factor)
    train_y, test_y = _targets(y[train], y[test], dataset, prepared.label_noise, seed)
    kind = torch.int64 if dataset.classes else dtype
    return Data(
        train_x=torch.as_tensor((x[train] - mean) / std * factor, dtype=dtype),
        train_y=torch.as_tensor(train_y, dtype=kind),
        test_x=torch.as_tensor((x[test] - mean) / std * factor, dtype=dtype),
        test_y=torch.as_tensor(test_y, dtype=kind),
        features=x.shape[1],
        classes=int(y.max()) + 1 if dataset.classes else 0,
    )


def pairs_of(fold: Fold) -> Iterator[tuple[int, int]]:
    """(index, folds), the outermost first."""
    return zip(fold[::2], fold[1::2], strict=True)


def _split(dataset: Dataset, y: np.ndarray, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(training, test) indices."""
    if isinstance(dataset.test, int):
        train, test = np.split(np.arange(len(y)), [-dataset.test])
        return train, test
    if not dataset.classes:
        return split.plain(len(y), dataset.test, seed)
    return split.stratified(y, dataset.test, seed)


def _shared(part: np.ndarray, y: np.ndarray, share: float, seed: int, dataset: Dataset) -> np.ndarray:
    """Of these samples as many as can stay if that share of them is to be of the first class."""
    kept = part[split.with_share(y[part], share, seed)]
    if len(set(y[kept].tolist())) < FEWEST:
        raise SpecError(
            "{place}: {value!r} leaves one class of {dataset!r} alone, of so few samples; give a share nearer to "
            "that of the data.",
            field="class_share",
            value=share,
            dataset=dataset.name,
        )
    return kept


def _targets(
    train: np.ndarray, test: np.ndarray, dataset: Dataset, noise: float, seed: int
) -> tuple[np.ndarray, np.ndarray]:
    """What is learned and what is tested: labels, the first with noise; or numbers on the scale of the first."""
    if dataset.classes:
        return (split.mislabeled(train, noise, dataset.classes, seed) if noise else train), test
    mean, std = _scale(train, "pooled")
    return (train - mean) / std, (test - mean) / std


def _held_out(
    train: np.ndarray, y: np.ndarray, seed: int, index: int, folds: int, stratified: bool
) -> tuple[np.ndarray, np.ndarray]:
    fewest = int(np.bincount(y[train]).min()) if stratified else len(train)
    if folds > fewest:
        raise SpecError(
            "{place}: {value} is not allowed; the smallest class has {fewest} training samples, give at most as many.",
            field="folds",
            value=folds,
            fewest=fewest,
        )
    kind = StratifiedKFold if stratified else KFold
    parts = kind(folds, shuffle=True, random_state=seed).split(train, y[train])
    kept, held = next(islice(parts, index, None))
    return train[kept], train[held]


def _scale(x: np.ndarray, scale: str) -> tuple[np.ndarray | float, np.ndarray | float]:
    if scale == "none":
        return 0.0, 1.0
    axis = 0 if scale == "feature" else None
    std = x.std(axis, dtype=np.float64)
    return x.mean(axis, dtype=np.float64), np.where(std == 0, 1.0, std)  # what never changes stays 0
