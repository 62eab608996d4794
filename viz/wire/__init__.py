"""The formats that both ends know, Python and JavaScript side by side."""
