"""The data sets: standardized torch tensors, split into training and test samples by the seed."""

import threading
from collections.abc import Callable
from dataclasses import dataclass, replace
from functools import lru_cache

import numpy as np
import torch
from sklearn import datasets as sklearn_datasets
from sklearn.model_selection import train_test_split
from torch import Tensor

from engine.registry import Entry, Registry, SpecError, shown

DTYPES = {"float32": torch.float32, "float64": torch.float64}
Arrays = tuple[np.ndarray, np.ndarray]
PATIENCE = 10.0
"""Seconds that `load` waits for a download; it goes on in the background after that."""


class DatasetUnavailableError(SpecError):
    """The data are neither on this machine nor within reach."""


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
        moved = {name: value.to(device) for name, value in vars(self).items() if isinstance(value, Tensor)}
        return replace(self, **moved)


@dataclass(frozen=True, kw_only=True)
class Dataset(Entry):
    """A data set; `draw(seed)` gives all its inputs and labels. scale: what is brought to mean 0 and variance 1.

    scale: "pooled" (all inputs together: pixels that never change have no variance of their own), "feature" (each by
    itself) or "none". The scale is measured on the training samples alone. test: share, or number, of test samples;
    a number keeps the set's own split, its last samples. features, classes: as `Data` has them, known without loading.
    """

    draw: Callable[[int], Arrays]
    features: int
    classes: int
    scale: str = "feature"
    test: float | int = 0.2

    def load(self, seed: int = 0, dtype: torch.dtype | str = torch.float32) -> Data:
        """The standardized data; same seed, same data and split. DatasetUnavailableError when out of reach."""
        kind = DTYPES.get(str(dtype).removeprefix("torch."))
        if kind is None:
            raise SpecError(f"dtype: {shown(dtype)} is not allowed; give float32 or float64.", field="dtype")
        return _load(self.name, 0 if isinstance(self.test, int) else seed, kind)


@lru_cache(maxsize=16)
def _load(name: str, seed: int, dtype: torch.dtype) -> Data:
    dataset = DATASETS[name]
    x, y = dataset.draw(seed)
    if isinstance(dataset.test, int):
        split = x[: -dataset.test], x[-dataset.test :], y[: -dataset.test], y[-dataset.test :]
    else:
        split = train_test_split(x, y, test_size=dataset.test, random_state=seed, stratify=y)
    train_x, test_x, train_y, test_y = split
    mean, std = _scale(train_x, dataset.scale)
    return Data(
        train_x=torch.as_tensor((train_x - mean) / std, dtype=dtype),
        train_y=torch.as_tensor(train_y, dtype=torch.int64),
        test_x=torch.as_tensor((test_x - mean) / std, dtype=dtype),
        test_y=torch.as_tensor(test_y, dtype=torch.int64),
        features=x.shape[1],
        classes=int(y.max()) + 1,
    )


def _scale(x: np.ndarray, scale: str) -> tuple[np.ndarray | float, np.ndarray | float]:
    if scale == "none":
        return 0.0, 1.0
    axis = 0 if scale == "feature" else None
    return x.mean(axis, dtype=np.float64), x.std(axis, dtype=np.float64)


def _digits(seed: int) -> Arrays:
    return sklearn_datasets.load_digits(return_X_y=True)


def _moons(seed: int) -> Arrays:
    return sklearn_datasets.make_moons(2000, noise=0.15, random_state=seed)


def _circles(seed: int) -> Arrays:
    return sklearn_datasets.make_circles(2000, noise=0.08, factor=0.5, random_state=seed)


def _spirals(seed: int) -> Arrays:
    """Two arms, half a turn apart, one and three quarter turns long."""
    rng = np.random.default_rng(seed)
    arm = np.arange(2000) % 2
    turn = 1.75 * np.sqrt(rng.uniform(0.01, 1, 2000))  # the root spreads the samples evenly along an arm
    angle = 2 * np.pi * turn + np.pi * arm
    x = turn[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + rng.normal(0, 0.04, x.shape), arm


def _xor(seed: int) -> Arrays:
    x = np.random.default_rng(seed).uniform(-1, 1, (2000, 2))
    return x, ((x[:, 0] > 0) != (x[:, 1] > 0)).astype(int)


def _blobs(seed: int) -> Arrays:
    centers = [(-4, -2), (-1, 3), (2, -3), (5, 1)]
    return sklearn_datasets.make_blobs(2000, centers=np.array(centers), cluster_std=1.0, random_state=seed)


def _gaussian(seed: int) -> Arrays:
    return sklearn_datasets.make_gaussian_quantiles(
        n_samples=5000, n_features=20, n_classes=3, random_state=seed
    )


def _mnist(seed: int) -> Arrays:
    return _fetched("mnist_784")


_lock = threading.Lock()
_downloads: dict[str, "_Download"] = {}


class _Download(threading.Thread):
    """One data set of openml.org, fetched in a thread of its own: it may take minutes, or never answer."""

    def __init__(self, name: str) -> None:
        super().__init__(name=f"download {name}", daemon=True)
        self.arrays: Arrays | None = None
        self.error: Exception | None = None
        self.dataset = name

    def run(self) -> None:
        try:
            found = sklearn_datasets.fetch_openml(
                self.dataset, version=1, as_frame=False, parser="auto", n_retries=1, delay=0.1
            )
            self.arrays = found.data.astype(np.uint8), found.target.astype(np.int64)
        except Exception as error:  # whatever the network, the cache or the parser come up with
            self.error = error


def _fetched(name: str) -> Arrays:
    with _lock:
        download = _downloads.get(name)
        if download is None or download.error:
            download = _downloads[name] = _Download(name)
            download.start()
    download.join(PATIENCE)
    if download.arrays is not None:
        return download.arrays
    if isinstance(download.error, OSError):
        cause = "is not on this machine, and openml.org cannot be reached from here"
    elif download.error:
        cause = "is not on this machine, and what openml.org sent cannot be read"
    else:
        cause = "has not arrived from openml.org yet; it is still being fetched, try again in a minute"
    message = f"mnist {cause}. The data set 'digits' needs no network."
    raise DatasetUnavailableError(message, field="dataset") from download.error


DATASETS: Registry[Dataset] = Registry(
    "dataset",
    (
        Dataset(
            name="digits",
            label="Digits (8 x 8)",
            formula=r"x \in \mathbb R^{64},\ y \in \{0, \dots, 9\}",
            words="1,797 handwritten digits of 8 x 8 pixels; ships with scikit-learn. All pixels share one scale.",
            source="Alpaydin and Kaynak, 1998",
            draw=_digits,
            features=64,
            classes=10,
            scale="pooled",
        ),
        Dataset(
            name="moons",
            label="Two moons",
            formula=r"x \in \mathbb R^2,\ y \in \{0, 1\}",
            words="Two half circles that hook into each other, with noise.",
            source="scikit-learn, make_moons",
            draw=_moons,
            features=2,
            classes=2,
        ),
        Dataset(
            name="circles",
            label="Two circles",
            formula=r"x \in \mathbb R^2,\ y \in \{0, 1\}",
            words="A circle inside a circle, with noise.",
            source="scikit-learn, make_circles",
            draw=_circles,
            features=2,
            classes=2,
        ),
        Dataset(
            name="spirals",
            label="Two spirals",
            formula=r"x = t\,(\cos(2 \pi t + \pi y), \sin(2 \pi t + \pi y)),\ y \in \{0, 1\}",
            words="Two arms that wind around each other: easy to see, hard for a shallow net.",
            source="Lang and Witbrock, 1988",
            draw=_spirals,
            features=2,
            classes=2,
        ),
        Dataset(
            name="xor",
            label="XOR",
            formula=r"y = [x_1 > 0] \oplus [x_2 > 0]",
            words="Opposite quadrants belong together, which no single linear layer can say.",
            source="Minsky and Papert, 1969",
            draw=_xor,
            features=2,
            classes=2,
        ),
        Dataset(
            name="blobs",
            label="Four blobs",
            formula=r"x \sim \mathcal N(\mu_y, I),\ y \in \{0, 1, 2, 3\}",
            words="Four round clouds that barely touch: the easy case.",
            source="scikit-learn, make_blobs",
            draw=_blobs,
            features=2,
            classes=4,
        ),
        Dataset(
            name="gaussian",
            label="Gaussian shells (20-D)",
            formula=r"x \sim \mathcal N(0, I_{20}),\ y = \text{quantile of}\ |x|",
            words="Standard normal inputs, as the theory assumes, sorted into three shells by their length.",
            source="scikit-learn, make_gaussian_quantiles; Hastie, Tibshirani and Friedman, 2009",
            draw=_gaussian,
            features=20,
            classes=3,
            scale="none",
        ),
        Dataset(
            name="mnist",
            label="MNIST (28 x 28)",
            formula=r"x \in \mathbb R^{784},\ y \in \{0, \dots, 9\}",
            words="70,000 handwritten digits of 28 x 28 pixels, fetched once from openml.org; 60,000 to train on.",
            source="LeCun, Cortes and Burges, 1998",
            draw=_mnist,
            features=784,
            classes=10,
            scale="pooled",
            test=10_000,
        ),
    ),
)
"""name -> Dataset."""
