import pytest

from engine import RunSpec
from viz.words.language import speaking
from viz.workers.train.record import record

pytestmark = pytest.mark.slow

MOST = 3_000_000


@pytest.mark.long
@pytest.mark.parametrize(
    "spec",
    [
        RunSpec(activation="sigmoid"),
        RunSpec(activation="relu", initializer="he_normal", batch_norm="before"),
    ],
    ids=["that does not learn", "that learns"],
)
def test_a_thousand_steps_of_a_net_of_ten_layers_take_less_than_three_megabytes(spec):
    with speaking("zh"):  # whose texts come on top
        assert len(record(spec, 1000, "A run").encode()) < MOST
