"""Words on their way to the screen."""

import re


def plain(text: str) -> str:
    """Text that Markdown shows as it is: messages quote what a stranger may have put in a link."""
    return re.sub(r"([\\`*_{}\[\]()#+\-.!|:<>$~&])", r"\\\1", text)
