"""Which samples are trained on and which are held back, each class in the same shares; and which are left out."""

import math

import numpy as np


def stratified(labels: np.ndarray, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(training, test) indices, each sample in one of them; labels: [samples]; share: of the samples to test on.

    The same indices, in the same order, as scikit-learn's `train_test_split(stratify=labels, random_state=seed)`.
    """
    draw = np.random.RandomState(seed)
    kinds, counts = np.unique(labels, return_counts=True)
    tests = math.ceil(share * len(labels))
    kept = _apportioned(counts, len(labels) - tests, draw)
    held = _apportioned(counts - kept, tests, draw)
    training, test = [], []
    for kind, first, second in zip(kinds, kept, held, strict=True):
        shuffled = draw.permutation(np.flatnonzero(labels == kind))
        training.append(shuffled[:first])
        test.append(shuffled[first : first + second])
    return draw.permutation(np.concatenate(training)), draw.permutation(np.concatenate(test))


def plain(samples: int, share: float, seed: int) -> tuple[np.ndarray, np.ndarray]:
    """(training, test) indices of so many samples without classes, as scikit-learn's `train_test_split`."""
    order = np.random.RandomState(seed).permutation(samples)
    tests = math.ceil(share * samples)
    return order[tests:], order[:tests]


def with_share(labels: np.ndarray, share: float, seed: int) -> np.ndarray:
    """Indices, in order, of as many samples as can stay if that share of them is to be of class 0; labels: [samples].

    What is left out is drawn; the other classes keep their proportions.
    """
    draw = np.random.RandomState(seed)
    counts = np.bincount(labels)
    others = counts[1:].sum()
    first = min(counts[0], round(others * share / (1 - share)))
    kept = np.array([first, *_apportioned(counts[1:], min(others, round(first * (1 - share) / share)), draw)])
    chosen = [
        draw.permutation(np.flatnonzero(labels == kind))[:count] for kind, count in enumerate(kept.tolist())
    ]
    return np.sort(np.concatenate(chosen))


def mislabeled(labels: np.ndarray, share: float, classes: int, seed: int) -> np.ndarray:
    """The labels, that share of them (rounded) drawn anew among the other classes."""
    draw = np.random.RandomState(seed)
    wrong = draw.permutation(len(labels))[: round(share * len(labels))]
    changed = labels.copy()
    changed[wrong] = (labels[wrong] + draw.randint(1, classes, len(wrong))) % classes
    return changed


def _apportioned(counts: np.ndarray, seats: int, draw: np.random.RandomState) -> np.ndarray:
    """Seats for each group in proportion to its count, by the largest remainders (Hamilton); ties by lot."""
    quota = counts / counts.sum() * seats
    given = np.floor(quota)
    remainders = quota - given
    for remainder in np.unique(remainders)[::-1]:
        left = int(seats - given.sum())
        if left == 0:
            break
        tied = np.flatnonzero(remainders == remainder)
        given[draw.choice(tied, min(len(tied), left), replace=False)] += 1
    return given.astype(int)
