"""The optimizer race: computed at once in a process of its own, sent once, animated in the browser."""
