"""Runs that many questions begin from."""

from engine.spec import RunSpec

LEARNS = RunSpec(hidden=(100, 100), activation="elu", initializer="he_normal", lr=0.03, batch_size=32)
"""A small net that learns the digits with any batch size."""


CHAPTER = RunSpec(
    dataset="digits",
    batch_size=200,
    hidden=(300, 100),
    activation="elu",
    initializer="he_normal",
    batch_norm="before",
    batch_norm_output=True,
    batch_norm_momentum=0.1,  # 0.9 as the chapter counts: the share that stays
    optimizer="sgd",
    lr=0.01,
)
"""Géron, Hands-On Machine Learning, chapter 11: batch norm before every ELU and on the logits, SGD at 0.01, batches of
200, 20 epochs. The chapter runs it on MNIST (784-300-100-10); digits (64-300-100-10) need no network."""


DIVERGES = RunSpec(hidden=(100,) * 5, activation="relu", initializer="he_normal", lr=1.0)
"""A rate ten times too high: unclipped it diverges at step 8, and with either clipping it learns the digits."""


KILLER = RunSpec(
    activation="relu", initializer="he_normal", hidden=(100,) * 5, optimizer="adam", lr=0.03, batch_size=128
)
"""The recipe that kills half of a net, which learns nevertheless: Adam at thirty times its usual rate."""
