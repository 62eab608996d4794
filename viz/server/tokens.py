"""Tokens: who a page is, unguessable."""

import re
import secrets

TOKEN = re.compile(r"[A-Za-z0-9_-]{32}")


def new_token() -> str:
    """A name for a run that nobody can guess."""
    return secrets.token_urlsafe(24)
