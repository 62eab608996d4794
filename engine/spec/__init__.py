"""What a run is: its settings, checked, compared and written as a link; nothing here needs torch."""

from engine.spec.run import FIELDS, RunSpec, SpecError

__all__ = ["FIELDS", "RunSpec", "SpecError"]
