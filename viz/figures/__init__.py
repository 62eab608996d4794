"""Pictures that stand still: arrays in, `go.Figure` out. No training, no widgets, nothing mutated."""
