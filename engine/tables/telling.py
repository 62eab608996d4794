"""Messages for a browser: English text, and beside it the sentences that it is of, to be said in another language."""

from collections.abc import Mapping
from typing import Any

from engine.tables.wording import Sentence, Writer


def told(message: Any, called: Mapping[str, str] | None = None) -> Any:
    """The message as JSON knows it: beside each key whose value is a `Sentence`, `sentences` has it with its values.

    called: field -> the English label that a page has for it.
    """
    if isinstance(message, list | tuple):
        return [told(each, called) for each in message]
    if not isinstance(message, dict):
        return message
    sentences = {name: each for name, each in message.items() if isinstance(each, Sentence)}
    plain = {
        name: each.said(Writer(called)) if isinstance(each, Sentence) else told(each, called)
        for name, each in message.items()
    }
    if sentences:
        of = {name: each.to_dict(called) for name, each in sentences.items()}
        plain["sentences"] = message.get("sentences", {}) | of
    return plain


def heard(message: Mapping[str, Any], key: str) -> str | None:
    """What a message that was `told` says under a key, its `Sentence` where it is one; None where it says nothing."""
    sentence = message.get("sentences", {}).get(key)
    return Sentence.of_dict(sentence) if sentence else message.get(key)
