"""What one takes home of a run: a file that plays it, its numbers, a script that needs nothing of ours."""
