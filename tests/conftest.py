"""What every test starts from: one thread, so that sums come out the same on every machine, and no dice."""

import pytest
from hypothesis import settings

WITH_PROCESSES = {
    "test_compiled_kernels",
    "test_readme",
    "test_app",
    "test_routes",
    "test_engine_process",
    "test_page",
    "test_activations_section",
    "test_units_section",
    "test_clipping_and_batches_sections",
    "test_batch_norm_and_dropout_sections",
}
"""Tests that start the server, the process of an experiment, or another Python."""

WITH_WHOLE_RUNS = {
    "test_references",
    "test_references_of_training",
    "test_lessons",
    "test_diagnosis_of_long_runs",
    "test_batch_sizes",
    "test_chapter",
    "test_clipping_effect",
    "test_maxout_unit",
}
"""Tests that repeat experiments, published or the pages' own, the lessons and runs that go nowhere to their end."""

settings.register_profile("steady", deadline=None, derandomize=True)
settings.load_profile("steady")


@pytest.fixture(autouse=True, scope="session")
def one_thread() -> None:
    import torch

    torch.set_num_threads(1)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    for item in items:
        if item.path.stem in WITH_PROCESSES | WITH_WHOLE_RUNS:
            item.add_marker(pytest.mark.slow)
