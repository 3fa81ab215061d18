"""Refusals of a file of events: one class per reason."""

from __future__ import annotations

from p2pchain.documents.refusals import quoted
from p2pchain.model.errors import Fact, Refused


class NotEpcis(Refused):
    """The file is no EPCIS 2.0 document with events."""

    def __init__(self, *, reason: str, hint: str = "send events in EPCIS 2.0, as JSON-LD or XML") -> None:
        """``reason``: what is missing or wrong."""
        super().__init__("EPCIS_INVALID", {"reason": quoted(reason)}, hint)


class EventsTooMany(Refused):
    """The file has more events, or an event more entries, than are read at once."""

    def __init__(self, *, measure: str, maximum: int) -> None:
        """``measure``: what there is too much of; ``maximum``: the bound that was passed."""
        super().__init__(
            "EPCIS_TOO_LARGE", {"measure": measure, "maximum": maximum}, "send several files, each of fewer"
        )


class EventUnclear(Refused):
    """An event says too little, or something else, to move custody by it."""

    def __init__(self, *, number: int, reason: str, text: str = "") -> None:
        """``number``: its place in the file, from 1; ``reason``: what is missing; ``text``: what is there."""
        facts: dict[str, Fact] = {"event": number, "reason": quoted(reason)}
        if text:
            facts["found"] = quoted(text)
        super().__init__("EPCIS_UNCLEAR", facts, "correct the event, or capture the file with --root-only")
