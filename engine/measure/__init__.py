"""What passes through any module: probes, statistics and what is kept of them."""
