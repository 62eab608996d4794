"""References, which stand in every language as their authors wrote them."""

import re

_WORD = r"(?:[A-Z][\w-]*|and|et al\.|for|by)"
_ONE = rf"{_WORD}(?:,? {_WORD})*, \d{{4}}(?:, ch\. [\d.]+)?|IEEE 754|scikit-learn, \w+|torch[\w.]+"
CITATION = re.compile(f"(?:{_ONE})(?:; (?:{_ONE}))*")


def is_citation(text: str) -> bool:
    """Whether a text is who and when alone: "Glorot and Bengio, 2010; He et al., 2015"."""
    return bool(CITATION.fullmatch(text))
