"""Proof beside a run: was it luck, and which cure helps; trained where nobody watches, told where somebody does."""
