"""The chapter's techniques, each at work on the net of the sidebar: one module a technique.

A section has TITLE, its name in the row of choices, and `show(spec)`, which draws it from the top.
"""

from types import ModuleType

from viz.techniques import activations, batch_norm, batches, chapter, clipping, dropout, units

SECTIONS: dict[str, ModuleType] = {
    "batch_norm": batch_norm,
    "activations": activations,
    "units": units,
    "dropout": dropout,
    "clipping": clipping,
    "batches": batches,
    "chapter": chapter,
}
"""name in the address -> section, in the order of the row."""
