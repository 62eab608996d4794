"""Recurrent nets unrolled: what is compared, its link, its controls, and what is said of it."""
