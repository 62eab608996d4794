"""Which samples a step sees: full batch, mini-batches, or one sample at a time."""

import torch


class Batches:
    """Indices of successive batches, each epoch in a new random order drawn from a generator of its own.

    Every batch has exactly `size` samples: what is left over at the end of an epoch is skipped, because a smaller
    batch would change the statistics (and batch norm cannot train on one sample). size None is the full batch.
    """

    def __init__(self, samples: int, size: int | None, seed: int):
        self.samples = samples
        self.generator = torch.Generator().manual_seed(seed)
        self.order = torch.empty(0, dtype=torch.int64)
        self.position = self.begun = 0
        self.resize(size)

    def resize(self, size: int | None) -> None:
        """Use batches of another size from the next one on."""
        self.size = None if size is None or size >= self.samples else size

    def draw(self) -> torch.Tensor | None:
        """The next batch's indices [size], or None for all samples in their own order."""
        if self.size is None:
            self.begun += 1
            return None
        if not self._left:
            self.order = torch.randperm(self.samples, generator=self.generator)
            self.position = 0
            self.begun += 1
        self.position += self.size
        return self.order[self.position - self.size : self.position]

    def draw_several(self, count: int) -> torch.Tensor:
        """The next batches' indices [count, size]; the full batch's too."""
        drawn = (self.draw() for _ in range(count))
        return torch.stack([torch.arange(self.samples) if each is None else each for each in drawn])

    @property
    def epochs(self) -> int:
        """How many are over: of each every batch was drawn."""
        return self.begun - (self._left > 0)

    def until(self, epochs: int) -> int:
        """How many batches are still to be drawn before so many epochs are over."""
        missing = epochs - self.begun
        of_one = 1 if self.size is None else self.samples // self.size
        return max(0, missing * of_one + self._left)

    @property
    def _left(self) -> int:
        """Batches of the order in hand that were not drawn."""
        return 0 if self.size is None else (len(self.order) - self.position) // self.size

    def state(self) -> dict:
        """Everything that decides the batches still to come, and how many epochs were begun."""
        return {
            "generator": self.generator.get_state(),
            "order": self.order,
            "position": self.position,
            "begun": self.begun,
        }

    def restore(self, state: dict) -> None:
        """Go on where `state` was taken."""
        self.generator.set_state(state["generator"])
        self.order, self.position, self.begun = state["order"], state["position"], state["begun"]
