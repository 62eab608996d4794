"""What one takes home of a run: a script that needs nothing of ours."""
