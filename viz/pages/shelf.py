"""What was kept: to see again, to compare, to take along."""

from viz.shelf.page import page

__all__ = ["page"]
