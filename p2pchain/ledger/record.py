"""A record of a module, as the state holds it."""

from __future__ import annotations

from p2pchain.codec.cbor import decode_own
from p2pchain.model.errors import Invalid
from p2pchain.model.transaction import Value

Record = tuple[Value, ...]
"""What a module keeps under a key."""


def read_record(raw: bytes) -> Record:
    """A record as it was written; one that does not decode was written by a bug of ours."""
    try:
        record = decode_own(raw)
    except Invalid as fault:
        raise AssertionError(f"a record of the state does not decode: {fault}") from fault
    assert isinstance(record, tuple), f"a record is an array, not {type(record).__name__}"
    return record
