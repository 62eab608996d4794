"""Questions about dropout."""
