"""What is seen: pages, controls, figures, and the live view."""
