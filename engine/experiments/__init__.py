"""One question each, answered by training or measuring nets."""
