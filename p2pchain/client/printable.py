"""Text of strangers, as it may be shown: it can neither steer a terminal nor look like another line."""

from __future__ import annotations


def printable(text: str) -> str:
    """The text with a space for every character that is not printable: line ends, escapes, marks that turn
    the direction of writing.
    """
    return "".join(character if character.isprintable() else " " for character in text)
