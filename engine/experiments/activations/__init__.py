"""Questions about activations."""
