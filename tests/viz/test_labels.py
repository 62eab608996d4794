"""What the pages call the fields of a run."""

import pytest

from viz.labels import in_labels


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
        ("Did you mean leaky_relu: yes", "Did you mean leaky_relu: yes"),
    ],
)
def test_messages_call_a_field_as_its_control_does(message, shown):
    assert in_labels(message) == shown
