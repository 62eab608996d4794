"""What is wrong with a run, why, and what cures it."""
