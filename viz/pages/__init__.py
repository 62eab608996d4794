"""One module a page; each arranges what controls, figures and the live view provide."""
