"""The run of the sidebar: its settings, its link, its lessons, its details."""
