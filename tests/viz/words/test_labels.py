"""What the pages call the fields of a run."""

import pytest

from engine.spec import RunSpec
from engine.tables.option import Option, SpecError
from viz.words.labels import in_labels
from viz.words.numbers import read


@pytest.mark.parametrize(
    ("message", "shown"),
    [
        ("clip_threshold: 0 is not allowed.", "Threshold: 0 is not allowed."),
        ("hidden: a width of 1025 is too much.", "Widths: a width of 1025 is too much."),
        ("activation_options, alpha: -1 is not allowed.", "Activation, alpha: -1 is not allowed."),
        ("give a batch_size of at most 76", "give a batch size of at most 76"),
        ("batch_size: 1 <= batch_size <= 65536", "Batch size: 1 <= batch size <= 65536"),
        (
            "there is no 'batch_nrom'; Did you mean 'batch_norm'?",
            "there is no 'batch_nrom'; Did you mean 'batch_norm'?",
        ),
        ("lr: 1e+30 is not allowed.", "Learning rate: 1e30 is not allowed."),
        ("Did you mean leaky_relu: yes", "Did you mean leaky_relu: yes"),
    ],
)
def test_messages_call_a_field_as_its_control_does(message, shown):
    assert in_labels(message) == shown


def test_a_typed_number_is_read_as_people_write_it():
    share = Option("share", 0.0, 0.0, 1.0)
    assert (read(share, " 1e-3 "), read(share, ".5")) == (0.001, 0.5)
    assert read(RunSpec.option("hidden"), "300, 100x2") == (300, 100, 100)


@pytest.mark.parametrize(
    ("text", "hint"), [("0,05", " Did you mean 0.05?"), ("1,5", ""), ("0,0,5", ""), ("many", "")]
)
def test_a_decimal_comma_is_refused_with_the_number_that_is_meant(text, hint):
    with pytest.raises(SpecError) as refused:
        read(Option("share", 0.0, 0.0, 1.0), text, "of_it")
    assert str(refused.value).endswith(f"is not allowed; give a number with 0 <= share <= 1.{hint}")
    assert refused.value.brief == f"{text!r} is not allowed; give a number from 0 to 1.{hint}"
    assert (refused.value.field, refused.value.option) == ("of_it", "share")
