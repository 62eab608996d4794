"""Experiments that take a while: run in a process of their own, drawn on a page while they grow.

experiments.py is the table of what can be asked, worker.py the process, host.py the process as the server sees it,
payload.py a result as bytes, and page.py what a page calls.
"""

from viz.workbench.page import progressively

__all__ = ["progressively"]
