"""The rules of the diagnosis, by what they judge; each looks at a `Run` and returns a `Finding` or None."""
