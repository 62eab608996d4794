"""One thing that is wrong with a run."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any

import numpy as np

from engine.diagnosis.remedies import Remedy
from engine.tables.wording import Sentence

NO_ADVICE = Sentence("")


def advised(what: Sentence, code: str) -> Sentence:
    """What to do, and below it a line of code, which every language writes alike."""
    return Sentence("{what}\n{code}", what=what, code=code)


@dataclass(frozen=True, kw_only=True)
class Finding:
    """One thing that is wrong.

    says: what, with its numbers. because: the rule, why that is a disease; source: who says so. reason: what happens
    inside this net; formula: what was compared with what. cause: what led to it, where the history shows that. layer:
    1 is the first, the output layer the last, None for the whole net. step: where it was seen; began: from which step
    on it was called wrong; ended: where it no longer was, None while it is. remark: whether it is certain of the
    settings and not yet of the run, which may learn all the same: no alarm. evidence: the numbers behind it, by name,
    those of its sentences among them. remedies: what helps, best first; cures: the same as fields of a RunSpec, {} to
    start anew; cure_says: for a button; advice: words and a line of code, for any net.
    """

    name: str
    says: Sentence
    because: Sentence
    source: str
    step: int
    layer: int | None = None
    cause: Sentence | None = None
    reason: Sentence | None = None
    formula: Sentence | None = None
    remedies: tuple[Remedy, ...] = ()
    evidence: Mapping[str, float | int] = field(default_factory=dict)
    began: int = 0
    ended: int | None = None
    remark: bool = False
    cures: tuple[dict[str, object], ...] = ()
    cure_says: tuple[Sentence, ...] = ()
    advice: Sentence = NO_ADVICE

    def __post_init__(self):
        """Only numbers are evidence: what is infinite or missing is said in words."""
        named = self.says.numbers() | self.because.numbers() | dict(self.evidence)
        finite = {name: value for name, value in named.items() if np.isfinite(value)}
        object.__setattr__(self, "evidence", finite)
        object.__setattr__(self, "began", self.began or self.step)

    @property
    def words(self) -> str:
        """What is wrong, in English."""
        return str(self.says)

    @property
    def rule(self) -> str:
        """Why that is a disease, in English."""
        return str(self.because)

    @property
    def cure(self) -> dict[str, object]:
        """The first cure, for `spec.replace(**cure)`; {} where there is none."""
        return self.cures[0] if self.cures else {}

    @property
    def cure_words(self) -> str:
        """The first cure in English, for a button; "" where there is none."""
        return str(self.cure_says[0]) if self.cure_says else ""

    def replace(self, **fields: Any) -> "Finding":
        """The same finding with some fields changed."""
        return replace(self, **fields)

    def to_dict(self, called: Mapping[str, str] | None = None) -> dict[str, Any]:
        """The finding as JSON knows it; `sentences` holds its templates with their values, for other languages.

        called: field -> the label that stands there for its name.
        """
        said = {"words": self.says, "rule": self.because, "cause": self.cause}
        said |= {"reason": self.reason, "formula": self.formula, "advice": self.advice}
        return {
            "name": self.name,
            "layer": self.layer,
            "step": self.step,
            "began": self.began,
            "ended": self.ended,
            "remark": self.remark,
            "words": self.words,
            "rule": self.rule,
            "reason": str(self.reason or ""),
            "formula": str(self.formula or ""),
            "source": self.source,
            "cause": str(self.cause) if self.cause else "",
            "evidence": dict(self.evidence),
            "cure": self.cure,
            "cure_words": self.cure_words,
            "cures": [
                {
                    "fields": fields,
                    "anew": not fields,
                    "words": str(words),
                    "sentences": {"words": words.to_dict(called)},
                }
                for fields, words in zip(self.cures, self.cure_says, strict=True)
            ],
            "advice": str(self.advice),
            "sentences": {name: sentence.to_dict(called) for name, sentence in said.items() if sentence},
        }
