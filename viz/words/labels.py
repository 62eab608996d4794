"""What the controls of a run are called, what their help says, and how they write and read a value."""

import re
from collections.abc import Mapping
from difflib import get_close_matches

from engine.spec import FIELDS, RunSpec
from engine.tables.wording import Sentence, simplified
from viz.words.language import language, paragraph, say, spoken

LABELS = {
    "dataset": "Data",
    "input_scale": "Inputs",
    "input_factor": "Input factor",
    "label_noise": "Label noise",
    "class_share": "First class",
    "batch_size": "Batch size",
    "layers": "Layers",
    "width": "Width",
    "hidden": "Widths",
    "activation": "Activation",
    "initializer": "Weights",
    "bias": "Biases",
    "bias_value": "Bias value",
    "output": "Output",
    "outputs": "One output",
    "output_gain": "Output gain",
    "loss": "Loss",
    "batch_norm": "Batch norm",
    "batch_norm_momentum": "BN momentum",
    "batch_norm_input": "BN on data",
    "batch_norm_output": "BN on logits",
    "layer_norm": "Layer norm",
    "layer_norm_kind": "Norm kind",
    "residual": "Residual",
    "residual_every": "Block depth",
    "norm_place": "Norm place",
    "dropout": "Dropout",
    "optimizer": "Optimizer",
    "lr": "Learning rate",
    "schedule": "Schedule",
    "schedule_steps": "Schedule steps",
    "warmup": "Warmup",
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
    "dataset": "A set of numbers, a regression, also sets the mean squared error.",
    "loss": "Choosing binary cross-entropy also ends the net in a sigmoid.",
    "input_factor": "255 stretches every input; 1x63,1000 only the last of 64.",
    "class_share": "all leaves every sample in; 0.9 makes nine of ten samples the first class's.",
    "optimizer": "Choosing one also sets its usual learning rate.",
    "lr": "Type any number, such as 0.02 or 5e-4.",
}
IN_SENTENCES = {name: label.lower().replace("bn ", "BN ") for name, label in LABELS.items()}
"""The same where they stand in the middle of a sentence: "batch norm", "BN momentum"."""
OUTPUT = "out"  # a run's last layer, where layers have short names
SHAPES = ("layers", "width", "depth")  # a net's shape by other names: `hidden` says it all


def label(name: str) -> Sentence:
    """What a field is called by itself: as its control is, or in plain words where it has none."""
    return Sentence(LABELS.get(name, name.replace("_", " ")))


def layer_names(label: str) -> str:
    """What a run's layers are called, one or several in a row ("1", "2–10", "10–out"), in the visitor's language."""
    return label.replace(OUTPUT, say(OUTPUT))


def called(name: str) -> Sentence:
    """What a setting is called in the middle of a sentence: an option of an entry by its name."""
    return Sentence(IN_SENTENCES.get(name, name.replace("_", " ")))


def words(name: str) -> str:
    """The help of a control: the field's own words, and how to use the control."""
    return paragraph(say(RunSpec.option(name).words if name in FIELDS else ""), say(NOTES.get(name, "")))


def in_labels(said: str, called: Mapping[str, str] = LABELS) -> str:
    """What the engine says in the visitor's language, with its fields called as the controls are: "Batch size: 0 is
    not allowed ...".

    What is no `Sentence` stays as it is; the text of a SpecError, `str(error)`, is one. called: field -> its label,
    where a page has others than those of a run.
    """
    return said.said(spoken(language(), with_options(called))) if isinstance(said, Sentence) else say(said)


def cited(source: str) -> str:
    """Who found something, in the visitor's language: references stand in no catalog, and yet an "and" is a word."""
    said = say(source)
    if said != source or language() == "en":
        return said
    first, *others = [_reference(each) for each in source.split("; ")]
    for each in others:
        first = say("{one}; {next}", one=first, next=each)
    return first


def _reference(text: str) -> str:
    who, _, when = text.rpartition(", ")
    is_dated = when[:4].isdigit() and len(when) == 4
    return say("{names}, {year}", names=re.split(", | and ", who), year=when) if is_dated else text


def with_options(called: Mapping[str, str]) -> dict[str, str]:
    """The same labels, where the options of an entry are called as the field that holds the entry."""
    return {f"{of}_options": label for of, label in called.items()} | dict(called)


def field_called(name: str) -> str | None:
    """The field that somebody means who calls it by its label, initials, beginning or nearly so; None for none."""
    plain, names = simplified(name), _names()
    if plain in names:
        return names[plain]
    begins = [
        each for each in names if plain.startswith(f"{each}_") or (len(plain) > 2 and each.startswith(plain))
    ]
    close = begins or get_close_matches(plain, names, n=1, cutoff=0.85)
    return names[close[0]] if close else None


def _names() -> dict[str, str]:
    """name -> field: labels, the fields themselves, their initials (bn) and what a net's shape is called."""
    labels = {simplified(label): field for field, label in LABELS.items()}
    initials = {"".join(word[0] for word in field.split("_")): field for field in FIELDS if "_" in field}
    return labels | dict(zip(FIELDS, FIELDS, strict=True)) | initials | dict.fromkeys(SHAPES, "hidden")
