"""What was seen, as one file that plays it again: no server, no network, the same canvas."""
