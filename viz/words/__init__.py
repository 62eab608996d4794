"""What things are called, for people."""
