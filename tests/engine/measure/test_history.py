import numpy as np
import pytest

from engine.measure.history import NUMBERS, History
from engine.measure.statistics import COLUMNS

LAYERS = 3


def append(history: History, step: int) -> None:
    """A row in which every number tells its step, its column and its layer."""
    scalars = {name: step + 0.01 * k for k, name in enumerate(NUMBERS)} | {"step": step}
    history.append(scalars, step + np.arange(LAYERS)[:, None] * 0.1 + np.arange(len(COLUMNS)) * 0.001)


def filled(steps: int, capacity: int | None = None) -> History:
    history = History(LAYERS, capacity)
    for step in range(1, steps + 1):
        append(history, step)
    return history


def assert_rows_are_whole(history: History) -> None:
    steps = history["step"]
    for k, name in enumerate(NUMBERS[1:], start=1):
        np.testing.assert_array_equal(history[name], steps + 0.01 * k)
    for k, name in enumerate(COLUMNS):
        np.testing.assert_allclose(
            history[name], steps[:, None] + np.arange(LAYERS) * 0.1 + k * 0.001, rtol=1e-14
        )


def test_columns_by_name_are_steps_by_layers():
    history = filled(5)
    assert len(history) == 5
    assert history["loss"].shape == (5,)
    assert history["gradient_rms"].shape == (5, LAYERS)
    assert history["gradient_rms"].dtype == history["loss"].dtype == np.float64
    np.testing.assert_array_equal(history["step"], [1, 2, 3, 4, 5])
    assert_rows_are_whole(history)


def test_every_column_is_a_key_and_an_attribute():
    history = filled(2)
    assert history.keys() == (*NUMBERS, *COLUMNS)
    for name in (*NUMBERS, *COLUMNS):
        assert name in history
        np.testing.assert_array_equal(getattr(history, name), history[name])


def test_unknown_column_names_the_ones_there_are():
    history = filled(1)
    assert "gradient_rsm" not in history
    with pytest.raises(
        KeyError, match=r"unknown column 'gradient_rsm'; choose from: step, loss, .*gradient_rms, "
    ):
        history["gradient_rsm"]
    with pytest.raises(AttributeError, match="gradient_rsm"):
        history.gradient_rsm  # noqa: B018


def test_history_grows_without_losing_a_row():
    history = filled(1000)
    np.testing.assert_array_equal(history["step"], np.arange(1, 1001))
    assert_rows_are_whole(history)


@pytest.mark.parametrize("capacity", [2, 3, 10, 64, 101])
def test_full_history_keeps_its_first_row_and_its_order_in_bounded_memory(capacity):
    history = History(LAYERS, capacity)
    for step in range(1, 3001):
        append(history, step)
        assert len(history) <= capacity
        assert history["step"][0] == 1
        assert history["step"][-1] == step
    assert (np.diff(history["step"]) > 0).all()
    assert_rows_are_whole(history)
    assert len(history._tables) <= max(64, 2 * capacity)


def test_full_history_spans_the_whole_run_evenly():
    steps = filled(20_000, capacity=100)["step"]
    sixths = np.histogram(steps, bins=6, range=(0, 20_000))[0]
    assert (sixths >= 3).all()
    assert np.diff(steps).max() < 20_000 / 12


def test_capacity_below_two_rows_is_refused():
    with pytest.raises(ValueError, match=r"^capacity must be None or at least 2 rows; got 1$"):
        History(LAYERS, 1)


@pytest.mark.parametrize(("steps", "capacity"), [(0, None), (7, None), (250, 100), (64, 64)])
def test_restored_history_goes_on_like_the_first(steps, capacity):
    history = filled(steps, capacity)
    twin = History.restored(history.state())
    for step in range(steps + 1, steps + 300):
        append(history, step)
        append(twin, step)
    assert twin.capacity == history.capacity
    for name in (*NUMBERS, *COLUMNS):
        np.testing.assert_array_equal(twin[name], history[name])


def test_state_of_a_history_does_not_change_with_it():
    history = filled(3)
    state = history.state()
    append(history, 4)
    history["loss"][0] = -1
    assert_rows_are_whole(History.restored(state))
    assert len(History.restored(state)) == 3
