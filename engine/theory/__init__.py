"""What should pass through a net, before it is trained."""
