"""Experiments that take a while: run in a process of their own, drawn on a page while they grow.

host.py is the process as the server sees it, page.py what a page calls. The process itself is viz/workers/bench.
"""

from viz.workbench.page import is_known, progressively

__all__ = ["is_known", "progressively"]
