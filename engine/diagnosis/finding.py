"""One thing that is wrong with a run."""

from dataclasses import dataclass, field

import numpy as np

from engine.diagnosis.cures import Cure


@dataclass(frozen=True)
class Finding:
    """One thing that is wrong.

    layer: 1 is the first, the output layer the last, None for the whole net. step: where it was seen. evidence: the
    numbers behind it, by name. rule, source: why that is a disease. cure: fields of a RunSpec; cure_words: the same
    for a button. cause: in words, what led to it, where the history shows that.
    """

    name: str
    layer: int | None
    step: int
    words: str
    rule: str
    source: str
    cure: Cure
    cure_words: str
    evidence: dict[str, float | int] = field(default_factory=dict)
    cause: str = ""

    def __post_init__(self):
        """Only numbers are evidence: what is infinite or missing is said in words."""
        object.__setattr__(self, "evidence", {k: v for k, v in self.evidence.items() if np.isfinite(v)})
