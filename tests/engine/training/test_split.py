import numpy as np
import pytest
from sklearn.model_selection import train_test_split

from engine.tables.datasets import DATASETS
from engine.training.split import stratified

UNEVEN = np.repeat([3, 0, 7], [11, 4, 26])


@pytest.mark.parametrize("seed", [0, 1, 5, 42, 2**32 - 1])
@pytest.mark.parametrize("name", ["digits", "spirals", "uneven"])
def test_the_split_is_that_of_scikit_learn(name, seed):
    labels = UNEVEN if name == "uneven" else DATASETS[name].draw(seed)[1]
    share = 0.25 if name == "uneven" else 0.2
    everyone = np.arange(len(labels))
    theirs = train_test_split(everyone, test_size=share, random_state=seed, stratify=labels)
    for ours, their in zip(stratified(labels, share, seed), theirs, strict=True):
        np.testing.assert_array_equal(ours, their)


def test_each_sample_is_in_one_part():
    train, test = stratified(UNEVEN, 0.25, seed=3)
    assert sorted([*train, *test]) == list(range(len(UNEVEN)))
    assert np.unique(UNEVEN[test], return_counts=True)[1].tolist() == [1, 3, 7]
