"""What may be set of a run's loss, output, inputs, biases, rate and labels: an option for each field."""

from collections.abc import Sequence
from itertools import groupby

import numpy as np

from engine.spec.fields import EntryOptions, TableChoice
from engine.tables.option import Choice, Number, Option, Whole
from engine.tables.schedules import SCHEDULES
from engine.tables.wording import Sentence, meant

MOST_STEPS = 1_000_000


class Outputs(Option):
    """1, or None for as many as there are classes; in a URL "all"."""

    @property
    def allowed(self) -> Sentence:
        return Sentence("1, or None for as many as there are classes")

    @property
    def span(self) -> Sentence:
        return Sentence("1, or all for as many as there are classes")

    def _taken(self, value: object) -> int | None:
        return None if value is None else _ONE._taken(value)

    def _hint(self, value: object) -> str:
        return meant(None) if isinstance(value, int) and not isinstance(value, bool) and value > 1 else ""

    def write(self, value: int | None) -> str:
        return "all" if value is None else str(value)

    def _parsed(self, text: str) -> object:
        return None if text == "all" else int(text)


_ONE = Whole("outputs", 1, 1, 1)


class Factor(Option):
    """A number from 0, or one for each feature: "255", "1x4,1000" in a URL."""

    @property
    def allowed(self) -> Sentence:
        return Sentence("a number from 0 to {most}, or one for each feature", most="1e9")

    @property
    def span(self) -> Sentence:
        return Sentence("a number from 0 to {most}, or one for each feature, such as 1x4,1000", most="1e9")

    def _taken(self, value: object) -> float | tuple[float, ...]:
        if isinstance(value, np.ndarray):
            value = value.tolist()
        if isinstance(value, Sequence) and not isinstance(value, str | bytes):
            if not value:
                raise ValueError
            return tuple(_FACTOR._taken(one) for one in value)
        return _FACTOR._taken(value)

    def write(self, value: float | tuple[float, ...]) -> str:
        if isinstance(value, float):
            return repr(value)
        runs = ((factor, len(list(same))) for factor, same in groupby(value))
        written = ",".join(f"{factor!r}x{count}" if count > 1 else repr(factor) for factor, count in runs)
        return written if len(value) > 1 else f"{value[0]!r}x1"

    def _parsed(self, text: str) -> object:
        if "x" not in text and "," not in text:
            return _FACTOR._parsed(text)
        factors: list[float] = []
        for part in text.split(","):
            factor, _, count = part.partition("x")
            if int(count or 1) > MOST_FEATURES:
                raise ValueError
            factors += [float(factor)] * int(count or 1)
        return factors


MOST_FEATURES = 100_000
_FACTOR = Number("input_factor", 1.0, 0.0, 1e9)

LOSS = Choice(
    "loss", "cross_entropy", choices=("cross_entropy", "mse", "bce"),
    words="What is made small: cross-entropy, which takes the outputs as logits; the mean squared error, to targets "
    "of 1 for the right class and 0 for the others, or to numbers; or binary cross-entropy, of each output by itself.",
)  # fmt: skip
OUTPUT = Choice(
    "output", "linear", choices=("linear", "sigmoid", "tanh", "relu", "softmax"),
    words="What the last layer does to its linear map before the loss sees it.",
)  # fmt: skip
OUTPUTS = Outputs(
    "outputs",
    None,
    words="Units of the last layer: one for each class, or a single one, for the second of two, or for more taken for "
    "numbers.",
)
OUTPUT_GAIN = Number(
    "output_gain", 1.0, 0.0, 1e6, log=True,
    words="Factor on the first weights of the last layer alone: a large one makes the first loss large.",
)  # fmt: skip
INPUT_SCALE = Choice(
    "input_scale", "standard", choices=("standard", "raw"),
    words="Inputs of mean 0 and variance 1, or as the data have them.",
)  # fmt: skip
INPUT_FACTOR = Factor(
    "input_factor",
    1.0,
    words="Times the inputs, after they were scaled: one number, or one for each feature.",
)
BIAS = Choice(
    "bias", "default", choices=("default", "zeros", "normal", "constant"),
    words="Where the biases start: as the weights' law has it, at 0, standard normal, or all at one value.",
)  # fmt: skip
BIAS_VALUE = Number("bias_value", 0.0, -1e6, 1e6, words="The value of constant biases.")
SCHEDULE = TableChoice(
    "schedule", "constant", table=SCHEDULES, words="How the learning rate changes while the net trains."
)
SCHEDULE_OPTIONS = EntryOptions("schedule_options", "schedule", "The schedule's own options.")
SCHEDULE_STEPS = Whole(
    "schedule_steps", 1000, 1, MOST_STEPS, words="Steps that the schedule takes; afterwards the rate holds."
)
WARMUP = Whole(
    "warmup", 0, 0, MOST_STEPS,
    words="Steps over which the rate grows in a straight line to what the schedule says; 0 is none.",
)  # fmt: skip
LABEL_NOISE = Number(
    "label_noise",
    0.0,
    0.0,
    1.0,
    words="Share of the training labels that are drawn anew among the other classes.",
)


class Share(Number):
    """A share between 0 and 1; None, "all" in a URL, leaves all samples in."""

    @property
    def allowed(self) -> Sentence:
        return Sentence("{some}, or None for all samples", some=super().allowed)

    @property
    def span(self) -> Sentence:
        return Sentence("{some}, or all for all samples", some=super().span)

    def check(self, value: object, field: str | None = None) -> float | None:
        return None if value is None else super().check(value, field)

    def write(self, value: float | None) -> str:
        return "all" if value is None else super().write(value)

    def read(self, text: str, field: str | None = None) -> float | None:
        return None if text == "all" else super().read(text, field)


CLASS_SHARE = Share(
    "class_share", None, 0.0, 1.0, open_low=True, open_high=True,
    words="Share of the samples that are of the first class, by leaving out others.",
)  # fmt: skip
