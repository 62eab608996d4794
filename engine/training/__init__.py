"""A run: the net, its data, its optimizer, and the steps."""
