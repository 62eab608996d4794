"""The process that experiments run in."""
