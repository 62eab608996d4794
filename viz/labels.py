"""What the controls of a run are called, what their marks and their help say, and how they write a value."""

from engine.spec import FIELDS, RunSpec

LABELS = {
    "dataset": "Data",
    "batch_size": "Batch size",
    "layers": "Layers",
    "width": "Width",
    "hidden": "Widths",
    "activation": "Activation",
    "initializer": "Weights",
    "batch_norm": "Batch norm",
    "batch_norm_momentum": "BN momentum",
    "batch_norm_input": "BN on data",
    "batch_norm_output": "BN on logits",
    "dropout": "Dropout",
    "optimizer": "Optimizer",
    "lr": "Learning rate",
    "clip": "Clipping",
    "clip_threshold": "Threshold",
    "seed": "Seed",
    "dtype": "Precision",
    "device": "Device",
}
NOTES = {
    "batch_size": "full is the full batch. Type any number.",
    "layers": "Hidden layers; the output layer comes on top.",
    "width": "Units in each hidden layer. A new value makes all of them equally wide.",
    "hidden": "300,100 is two layers; 100x10 is ten layers of 100.",
    "optimizer": "Choosing one also sets its usual learning rate.",
    "lr": "Type any number, such as 0.02 or 5e-4.",
}


def mark(field: str) -> str:
    """Whether a change of the field acts on the running net or restarts it."""
    return "_now_" if field in RunSpec.LIVE else "`restarts`"


def words(name: str) -> str:
    """The help of a control: the field's own words, and how to use the control."""
    said = RunSpec.option(name).words if name in FIELDS else ""
    return f"{said} {NOTES.get(name, '')}".strip()


def shown(text: str) -> str:
    """A written value as people write it: 1e-5 for 1e-05, 0.9, 0.999 for a pair. It reads back to the same value."""
    return ", ".join(
        part.replace("e-0", "e-").replace("e+", "e").removesuffix(".0") for part in text.split("~")
    )
