"""What every test starts from: one thread, so that sums come out the same on every machine, English, and no dice."""

import os

import pytest
from hypothesis import settings

os.environ["LANGUAGE"] = "en"  # what is compared is English, whatever the machine's language

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """What is long is slow too, so that who leaves out the slow tests leaves it out."""
    for item in items:
        if item.get_closest_marker("long"):
            item.add_marker(pytest.mark.slow)


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    import torch

    torch.set_num_threads(1)
