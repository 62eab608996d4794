"""Runs worth seeing, each with the number to expect."""

from engine.spec import RunSpec

OPENING = RunSpec(activation="sigmoid", initializer="glorot_normal", hidden=(100,) * 10, optimizer="sgd", lr=0.1)
"""Where the page opens: the gradient vanishes on its way back, so the loss stays flat."""
