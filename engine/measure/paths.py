"""What a module is called within its model, as people and their code call it."""

WRAPPERS = ("module", "_orig_mod", "parametrizations", "original", "original1")
"""What DistributedDataParallel, torch.compile and parametrizations put into a path."""


def plain_path(name: str) -> str:
    """A path without what wrappers put into it."""
    return ".".join(part for part in name.split(".") if part not in WRAPPERS)


def code_of(path: str) -> str:
    """A layer as a line of code names it: `model.features[3]`, of "features.3 (2)"."""
    parts = path.split(" (")[0].split(".")
    return "model" + "".join(f"[{part}]" if part.isdigit() else f".{part}" for part in parts if part)
