"""Optimizers on surfaces of two parameters."""
