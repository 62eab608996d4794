"""What a visitor keeps: runs, comparisons and races, on a shelf that outlives the server."""
