"""Nets of somebody's own as the server sees them: scripts that are watched, and files of what was watched."""
