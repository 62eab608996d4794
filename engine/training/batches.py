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
        self.position = 0
        self.resize(size)

    def resize(self, size: int | None) -> None:
        """Use batches of another size from the next one on."""
        self.size = None if size is None or size >= self.samples else size

    def draw(self) -> torch.Tensor | None:
        """The next batch's indices [size], or None for all samples in their own order."""
        if self.size is None:
            return None
        if self.position + self.size > len(self.order):
            self.order = torch.randperm(self.samples, generator=self.generator)
            self.position = 0
        self.position += self.size
        return self.order[self.position - self.size : self.position]

    def state(self) -> dict:
        """Everything that decides the batches still to come."""
        return {"generator": self.generator.get_state(), "order": self.order, "position": self.position}

    def restore(self, state: dict) -> None:
        """Go on where `state` was taken."""
        self.generator.set_state(state["generator"])
        self.order, self.position = state["order"], state["position"]
