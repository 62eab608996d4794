"""Nets unrolled in time."""
