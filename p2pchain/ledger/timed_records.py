"""Transactions that are valid until a time, not a height: their replay records, which lie in the state.

A file that goes from hand to hand between organisations needs days, and a height says nothing about days: an
idle chain makes 600 blocks in 40 minutes, a busy one in one. So a body may name a moment instead, in
milliseconds since 1970: a block may hold it as long as the block's own time is not after that moment.

Times of blocks rise strictly. So once a block lies after the moment no later block can hold the transaction,
and its record may go; until then the record refuses its (first signer, nonce) to every transaction, whatever
that says about its own validity. The records are part of the state: a restart, a snapshot and a proof have
them like anything else. What they cost is bounded: so many of one organisation live at a time, so many enter
a block, and a block takes away so many of those that have passed, the oldest first, by an index.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from itertools import islice
from typing import Final

from p2pchain.codec.cbor import encode
from p2pchain.ledger.record import read_record
from p2pchain.ledger.state import Overlay, Reader
from p2pchain.model.errors import Refused
from p2pchain.model.ids import OrgId, PublicKey
from p2pchain.model.transaction import TransactionBody

PAIR: Final = b"system/timed/pair/"
"""+ first signer (32 bytes), nonce (8) → ``[time in ms, organisation]``: until when the pair is used, and
whose it is.
"""
UNTIL: Final = b"system/timed/until/"
"""+ time (8 bytes, big-endian), first signer, nonce → ``[]``: the same in the order of time."""
HELD: Final = b"system/timed/held/"
"""+ organisation → ``[count]``: how many records it has."""
BLOCK_MAX: Final = 256
"""Most transactions of one block that are valid until a time."""
FORGOTTEN_MAX: Final = 2 * BLOCK_MAX
"""Most records that a block takes away: twice as many as one can bring, so that none pile up."""
TIME_BYTES: Final = 8

OrgOf = Callable[[Iterable[PublicKey]], OrgId | None]
"""The organisation of the first of these keys that has an account in the committed state."""


class TimedRecords:
    """Records of timed transactions before a block, and those the block adds. There is one for each block."""

    __slots__ = ("_org_of", "_reader", "_taken")

    def __init__(self, reader: Reader, org_of: OrgOf) -> None:
        """``reader``: the committed state."""
        self._reader = reader
        self._org_of = org_of
        self._taken: Counter[OrgId] = Counter()

    def used(self, replay_key: bytes) -> bool:
        """Test whether a transaction that is valid until a time used this pair."""
        return self._reader.get(PAIR + replay_key) is not None

    def fault(self, body: TransactionBody, most: int) -> Refused | None:
        """Return the reason against one more of this organisation's; ``most``: records that one may have."""
        org = self._org_of(body.signers[:1])
        if org is None:
            return Refused("TX_UNKNOWN_SIGNER", {"signer": body.signers[0].hex()})
        held = self._held(org) + self._taken[org]
        if held >= most:
            hint = "wait until others of yours have passed, or let this one be valid until a height"
            return Refused("TX_TIMED_FULL", {"org": org, "held": held, "most": most}, hint)
        if self._taken.total() >= BLOCK_MAX:
            return Refused("TX_TIMED_BLOCK_FULL", {"most": BLOCK_MAX}, "wait for the next block")
        return None

    def take(self, body: TransactionBody) -> None:
        """Count a transaction that the block holds."""
        if body.valid_until_ms is not None and (org := self._org_of(body.signers[:1])) is not None:
            self._taken[org] += 1

    def write(self, overlay: Overlay, bodies: Iterable[TransactionBody], time_ms: int) -> None:
        """Take passed records away, and remember a block's transactions; ``time_ms``: its time."""
        changed: Counter[OrgId] = Counter()
        for key in tuple(islice(self._passed(time_ms), FORGOTTEN_MAX)):
            pair = PAIR + key[len(UNTIL) + TIME_BYTES :]
            changed[_owner(self._reader, pair)] -= 1
            overlay.set(key, None)
            overlay.set(pair, None)
        for body in bodies:
            if body.valid_until_ms is None:
                continue
            org = self._org_of(body.signers[:1])
            assert org is not None, "the block was admitted"
            overlay.set(PAIR + body.replay_key, encode((body.valid_until_ms, org)))
            moment = body.valid_until_ms.to_bytes(TIME_BYTES, "big")
            overlay.set(UNTIL + moment + body.replay_key, encode(()))
            changed[org] += 1
        for org, change in changed.items():
            count = self._held(org) + change
            assert count >= 0, f"{count} records of {org}"
            overlay.set(HELD + org.encode(), encode((count,)) if count else None)

    def _passed(self, time_ms: int) -> Iterator[bytes]:
        """Keys of the index whose time lies before a moment, ascending."""
        for key in self._reader.walk(UNTIL):
            if int.from_bytes(key[len(UNTIL) : len(UNTIL) + TIME_BYTES], "big") >= time_ms:
                return
            yield key

    def _held(self, org: OrgId) -> int:
        raw = self._reader.get(HELD + org.encode())
        if raw is None:
            return 0
        (count,) = read_record(raw)
        assert isinstance(count, int), "a count"
        return count


def _owner(reader: Reader, pair: bytes) -> OrgId:
    raw = reader.get(pair)
    assert raw is not None, "the index names a record"
    _, org = read_record(raw)
    assert isinstance(org, str), "an organisation"
    return OrgId(org)
