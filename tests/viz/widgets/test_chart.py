"""What a chart's title is in words of the page."""

import pytest

from viz.widgets.chart import _in_words


@pytest.mark.parametrize(
    ("title", "words"),
    [
        ("Loss < 1", "Loss &lt; 1"),
        ("Active<br><sup>Red: p < 0.1</sup>", "Active<br><small>Red: p &lt; 0.1</small>"),
    ],
)
def test_a_second_line_of_a_title_is_small_and_no_markup_is_read_out(title, words):
    assert _in_words(title) == words
