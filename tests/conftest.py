"""What every test starts from: one thread, so that sums come out the same on every machine."""

import pytest


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    import torch

    torch.set_num_threads(1)
