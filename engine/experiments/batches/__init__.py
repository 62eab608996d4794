"""Questions about the size of a batch."""
