"""The data sets: standardized torch tensors, split into training and test samples by the seed."""

from collections.abc import Callable
from dataclasses import dataclass
from math import ceil
from typing import Any
from weakref import WeakValueDictionary

from engine.tables.errors import UnknownNameError
from engine.tables.later import Later
from engine.tables.registry import Entry, Registry
from engine.tables.samples import (
    Arrays,
    blobs,
    breast_cancer,
    circles,
    diabetes,
    digits,
    digits_by_sklearn,
    friedman,
    gaussian,
    line,
    mnist,
    mnist_by_sklearn,
    moons,
    rare,
    sine,
    spirals,
    unequal_moons,
    wine,
    xor,
)

load = Later("engine.training.data.load")


@dataclass(frozen=True, kw_only=True)
class Dataset(Entry):
    """A data set; `draw(seed)` gives all its inputs and labels. scale: what is brought to mean 0 and variance 1.

    scale: "pooled" (all inputs together: pixels that never change have no variance of their own), "feature" (each by
    itself) or "none". The scale is measured on the training samples alone. test: share, or number, of test samples;
    a number keeps the set's own split, its last samples. script: draws the same by scikit-learn alone, for who has
    nothing of ours, where `draw` reads a file or a cache of its own. samples, features, classes: known without loading;
    no classes (0) where the targets are numbers, a regression, which are brought to mean 0 and variance 1. shares: of
    the classes, where they are not alike. picture: (height, width) where the inputs are a picture's pixels, row by row.
    """

    draw: Callable[[int], Arrays]
    script: Callable[[int], Arrays] | None = None
    samples: int
    features: int
    classes: int
    scale: str = "feature"
    test: float | int = 0.2
    shares: tuple[float, ...] = ()
    picture: tuple[int, int] | None = None

    @property
    def training_samples(self) -> int:
        """How many samples there are to train on: the full batch."""
        held_out = self.test if isinstance(self.test, int) else ceil(self.test * self.samples)
        return self.samples - held_out

    def load(self, seed: int = 0, dtype: Any = "float32") -> Any:
        """The standardized data; same seed, same data and split. DatasetUnavailableError when out of reach."""
        return load(self.name, seed, dtype)


class Datasets(Registry[Dataset]):
    """The table, and beside it what `load_table` read: tables of somebody's own, "own:<hash>", which no menu lists."""

    OWN = "own:"

    def keep(self, entry: Dataset) -> None:
        """Know a table of somebody's own by its name, from now on."""
        _own[entry.name] = entry

    def lend(self, entry: Dataset) -> Dataset:
        """Know a table for as long as somebody holds what this returns: it, or the one of the same content."""
        return self.own(entry.name) or _lent.setdefault(entry.name, entry)

    def lent(self) -> list[Dataset]:
        """The tables that somebody holds."""
        return list(_lent.values())

    def own(self, name: str) -> Dataset | None:
        """The entry of somebody's own of that name, None for one of the lab's."""
        return _own.get(name) or _lent.get(name)

    def __getitem__(self, name: str) -> Dataset:
        if not (isinstance(name, str) and name.startswith(self.OWN)):
            return super().__getitem__(name)
        if not (own := self.own(name)):
            raise UnknownNameError(
                "{place}: {value!r} is a table of somebody's own, which is not here; load its file first, with "
                "load_table(path, target).",
                field="dataset",
                value=name,
            )
        return own


_own: dict[str, Dataset] = {}
_lent: WeakValueDictionary[str, Dataset] = WeakValueDictionary()

DATASETS = Datasets(
    "dataset",
    (
        Dataset(
            name="digits",
            label="Digits (8 x 8)",
            formula=r"x \in \mathbb R^{64},\ y \in \{0, \dots, 9\}",
            words="1,797 handwritten digits of 8 x 8 pixels; ships with scikit-learn. All pixels share one scale.",
            source="Alpaydin and Kaynak, 1998",
            draw=digits,
            script=digits_by_sklearn,
            samples=1797,
            features=64,
            classes=10,
            scale="pooled",
            picture=(8, 8),
        ),
        Dataset(
            name="moons",
            label="Two moons",
            formula=r"x \in \mathbb R^2,\ y \in \{0, 1\}",
            words="Two half circles that hook into each other, with noise.",
            source="scikit-learn, make_moons",
            draw=moons,
            samples=2000,
            features=2,
            classes=2,
        ),
        Dataset(
            name="circles",
            label="Two circles",
            formula=r"x \in \mathbb R^2,\ y \in \{0, 1\}",
            words="A circle inside a circle, with noise.",
            source="scikit-learn, make_circles",
            draw=circles,
            samples=2000,
            features=2,
            classes=2,
        ),
        Dataset(
            name="spirals",
            label="Two spirals",
            formula=r"x = t\,(\cos(2 \pi t + \pi y), \sin(2 \pi t + \pi y)),\ y \in \{0, 1\}",
            words="Two arms that wind around each other: easy to see, hard for a shallow net.",
            source="Lang and Witbrock, 1988",
            draw=spirals,
            samples=2000,
            features=2,
            classes=2,
        ),
        Dataset(
            name="xor",
            label="XOR",
            formula=r"y = [x_1 > 0] \oplus [x_2 > 0]",
            words="Opposite quadrants belong together, which no single linear layer can say.",
            source="Minsky and Papert, 1969",
            draw=xor,
            samples=2000,
            features=2,
            classes=2,
        ),
        Dataset(
            name="blobs",
            label="Four blobs",
            formula=r"x \sim \mathcal N(\mu_y, I),\ y \in \{0, 1, 2, 3\}",
            words="Four round clouds that barely touch: the easy case.",
            source="scikit-learn, make_blobs",
            draw=blobs,
            samples=2000,
            features=2,
            classes=4,
        ),
        Dataset(
            name="gaussian",
            label="Gaussian shells (20-D)",
            formula=r"x \sim \mathcal N(0, I_{20}),\ y = \text{quantile of}\ |x|",
            words="Standard normal inputs, as the theory assumes, sorted into three shells by their length.",
            source="scikit-learn, make_gaussian_quantiles; Hastie, Tibshirani and Friedman, 2009",
            draw=gaussian,
            samples=5000,
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
            draw=mnist,
            script=mnist_by_sklearn,
            samples=70_000,
            features=784,
            classes=10,
            scale="pooled",
            test=10_000,
            picture=(28, 28),
        ),
        Dataset(
            name="wine",
            label="Wine",
            formula=r"x \in \mathbb R^{13},\ y \in \{0, 1, 2\}",
            words="178 wines by 13 chemical measurements, of three growers; one feature is a thousand times others.",
            source="Forina et al., 1991; ships with scikit-learn",
            draw=wine,
            samples=178,
            features=13,
            classes=3,
            shares=(59 / 178, 71 / 178, 48 / 178),
        ),
        Dataset(
            name="breast_cancer",
            label="Breast cancer",
            formula=r"x \in \mathbb R^{30},\ y \in \{0, 1\}",
            words="569 tumors by 30 measurements of their cell nuclei, malignant or benign.",
            source="Street, Wolberg and Mangasarian, 1993; ships with scikit-learn",
            draw=breast_cancer,
            samples=569,
            features=30,
            classes=2,
            shares=(212 / 569, 357 / 569),
        ),
        Dataset(
            name="unequal_moons",
            label="Two moons, 9 : 1",
            formula=r"x \in \mathbb R^2,\ P(y = 0) = 0.9",
            words="The two moons, the first of which holds 90% of the samples.",
            source="scikit-learn, make_moons",
            draw=unequal_moons,
            samples=2000,
            features=2,
            classes=2,
            shares=(0.9, 0.1),
        ),
        Dataset(
            name="rare",
            label="A rare class, 19 : 1",
            formula=r"x \in \mathbb R^{20},\ P(y = 0) = 0.95",
            words="Two clouds of 20 features, the first of which holds 95% of the samples.",
            source="scikit-learn, make_classification; Guyon, 2003",
            draw=rare,
            samples=2000,
            features=20,
            classes=2,
            shares=(0.95, 0.05),
        ),
        Dataset(
            name="sine",
            label="A sine",
            formula=r"y = \sin x + \varepsilon,\ x \in (-2 \pi, 2 \pi)",
            words="Numbers, no classes: two waves of a sine, with noise.",
            source="Bishop, 2006, ch. 1.1",
            draw=sine,
            samples=1000,
            features=1,
            classes=0,
        ),
        Dataset(
            name="line",
            label="A line with noise",
            formula=r"y = 2 x + 1 + \varepsilon",
            words="Numbers, no classes: a straight line, with noise; nothing needs a hidden layer.",
            source="Legendre, 1805",
            draw=line,
            samples=1000,
            features=1,
            classes=0,
        ),
        Dataset(
            name="friedman",
            label="Friedman's first",
            formula=r"y = 10 \sin(\pi x_1 x_2) + 20 (x_3 - \tfrac12)^2 + 10 x_4 + 5 x_5 + \varepsilon",
            words="Numbers, no classes: ten features, five of which mean nothing.",
            source="Friedman, 1991; scikit-learn, make_friedman1",
            draw=friedman,
            samples=2000,
            features=10,
            classes=0,
        ),
        Dataset(
            name="diabetes",
            label="Diabetes",
            formula=r"x \in \mathbb R^{10},\ y \in \mathbb R",
            words="Numbers, no classes: how a disease went on within a year, of 442 patients by 10 measurements.",
            source="Efron et al., 2004; ships with scikit-learn",
            draw=diabetes,
            samples=442,
            features=10,
            classes=0,
        ),
    ),
)
"""name -> Dataset."""
