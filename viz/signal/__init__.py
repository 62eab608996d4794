"""What the Signal page measures and says."""
