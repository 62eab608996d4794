"""Questions about batch normalization."""
