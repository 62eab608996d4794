"""The process that answers a race's questions."""
