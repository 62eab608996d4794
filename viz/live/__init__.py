"""The data plane: an engine process that trains, a host that keeps its frames, routes that stream them."""
