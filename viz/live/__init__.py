"""The data plane: an engine process that trains, a host that keeps its frames, and the routes that stream them."""
