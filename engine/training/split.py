"""Which samples are trained on and which are held back, each class in the same shares."""

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
