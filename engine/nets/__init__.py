"""Modules of our own, and any net in its modes; knows no spec."""
