"""Records of this node's own disk."""

from __future__ import annotations

from collections.abc import Callable
from typing import TypeVar

from p2pchain.model.errors import Corrupt, Invalid

T = TypeVar("T")


def own_record(decode: Callable[[bytes], T], payload: bytes, name: str) -> T:
    """Decode a record of our own disk. Its CRC held, so what does not decode was written by something
    else: ``Corrupt("RECORD_UNREADABLE")``.
    """
    try:
        return decode(payload)
    except Invalid as fault:
        hint = "was it written by another version? use that, or p2pchain repair"
        raise Corrupt("RECORD_UNREADABLE", {"log": name, "reason": str(fault)}, hint) from fault
