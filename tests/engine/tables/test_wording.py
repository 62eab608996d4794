"""How messages write numbers and names."""

import pytest

from engine.tables.wording import percent, readable, simplified


@pytest.mark.parametrize(
    ("number", "text"),
    [
        (2.4e-6, "2.4e-6"),
        (1e9, "1e9"),
        (1e-12, "1e-12"),
        (2.5e30, "2.5e30"),
        (0.1, "0.1"),
        (4294967295, "4294967295"),
    ],
)
def test_numbers_read_as_people_write_them(number, text):
    assert readable(number) == text


@pytest.mark.parametrize(
    ("share", "text"),
    [(0.0, "0%"), (0.0004, "0.04%"), (0.005, "0.5%"), (0.006, "1%"), (0.58, "58%"), (1.0, "100%")],
)
def test_no_share_of_something_is_written_as_none_of_it(share, text):
    assert percent(share) == text


def test_a_name_is_compared_as_tables_write_theirs():
    assert simplified(" Leaky-ReLU of Maas") == "leaky_relu_of_maas"
