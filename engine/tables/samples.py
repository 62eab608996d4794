"""How each data set is drawn, downloaded or read."""

import gzip
import threading
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

import numpy as np

from engine.tables.errors import SpecError
from engine.tables.later import Later
from engine.tables.wording import Sentence

if TYPE_CHECKING:
    from sklearn import datasets as sklearn_datasets
else:
    sklearn_datasets = Later("sklearn.datasets")  # with pandas and SciPy 3 s: imported where a set needs it

Arrays = tuple[np.ndarray, np.ndarray]


PATIENCE = 10.0
"""Seconds that `load` waits for a download; it goes on in the background after that."""


class DatasetUnavailableError(SpecError):
    """The data are neither on this machine nor within reach."""


def digits(seed: int) -> Arrays:
    """scikit-learn's own file, read without scikit-learn: bit for bit its `load_digits`."""
    package = getattr(find_spec("sklearn"), "origin", "")  # found, not imported
    with gzip.open(Path(package).parent / "datasets" / "data" / "digits.csv.gz", "rt") as file:
        table = np.loadtxt(file, delimiter=",")
    return table[:, :-1], table[:, -1].astype(int)


def digits_by_sklearn(seed: int) -> Arrays:
    return sklearn_datasets.load_digits(return_X_y=True)


def moons(seed: int) -> Arrays:
    return sklearn_datasets.make_moons(2000, noise=0.15, random_state=seed)


def circles(seed: int) -> Arrays:
    return sklearn_datasets.make_circles(2000, noise=0.08, factor=0.5, random_state=seed)


def spirals(seed: int) -> Arrays:
    """Two arms, half a turn apart, one and three quarter turns long."""
    rng = np.random.default_rng(seed)
    arm = np.arange(2000) % 2
    turn = 1.75 * np.sqrt(rng.uniform(0.01, 1, 2000))  # the root spreads the samples evenly along an arm
    angle = 2 * np.pi * turn + np.pi * arm
    x = turn[:, None] * np.stack([np.cos(angle), np.sin(angle)], axis=1)
    return x + rng.normal(0, 0.04, x.shape), arm


def xor(seed: int) -> Arrays:
    x = np.random.default_rng(seed).uniform(-1, 1, (2000, 2))
    return x, ((x[:, 0] > 0) != (x[:, 1] > 0)).astype(int)


def blobs(seed: int) -> Arrays:
    centers = [(-4, -2), (-1, 3), (2, -3), (5, 1)]
    return sklearn_datasets.make_blobs(2000, centers=np.array(centers), cluster_std=1.0, random_state=seed)


def gaussian(seed: int) -> Arrays:
    return sklearn_datasets.make_gaussian_quantiles(
        n_samples=5000, n_features=20, n_classes=3, random_state=seed
    )


def wine(seed: int) -> Arrays:
    return sklearn_datasets.load_wine(return_X_y=True)


def breast_cancer(seed: int) -> Arrays:
    return sklearn_datasets.load_breast_cancer(return_X_y=True)


def unequal_moons(seed: int) -> Arrays:
    return sklearn_datasets.make_moons((1800, 200), noise=0.15, random_state=seed)


def rare(seed: int) -> Arrays:
    x, y = sklearn_datasets.make_classification(
        2000, n_features=20, n_informative=5, weights=[0.95], flip_y=0, random_state=seed
    )
    return x, y


def sine(seed: int) -> Arrays:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-2 * np.pi, 2 * np.pi, (1000, 1))
    return x, np.sin(x[:, 0]) + rng.normal(0, 0.1, 1000)


def line(seed: int) -> Arrays:
    rng = np.random.default_rng(seed)
    x = rng.uniform(-1, 1, (1000, 1))
    return x, 2 * x[:, 0] + 1 + rng.normal(0, 0.3, 1000)


def friedman(seed: int) -> Arrays:
    return sklearn_datasets.make_friedman1(2000, n_features=10, noise=1.0, random_state=seed)


def diabetes(seed: int) -> Arrays:
    return sklearn_datasets.load_diabetes(return_X_y=True, scaled=False)


def mnist(seed: int) -> Arrays:
    return _fetched("mnist_784")


def mnist_by_sklearn(seed: int) -> Arrays:
    found = sklearn_datasets.fetch_openml("mnist_784", version=1, as_frame=False, parser="auto")
    return found.data.astype(np.uint8), found.target.astype(np.int64)


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
        cause = "{name} is not on this machine, and openml.org cannot be reached from here."
    elif download.error:
        cause = "{name} is not on this machine, and what openml.org sent cannot be read."
    else:
        cause = (
            "{name} has not arrived from openml.org yet; it is still being fetched, try again in a minute."
        )
    raise DatasetUnavailableError(
        cause,
        field="dataset",
        value="mnist",
        name=Sentence("mnist"),
        hint=Sentence("The data set 'digits' needs no network."),
    ) from download.error
