"""Snapshots of the state as this node keeps them: what is written, and what is read back at its start."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import structlog

from p2pchain.codec.snapshot import (
    decode_chunk,
    decode_head,
    decode_validator_link,
    decode_window,
    encode_head,
    encode_validator_link,
    encode_window,
)
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.replay_window import WindowBlock
from p2pchain.ledger.restoration import Base
from p2pchain.ledger.snapshot import Frozen, chunks
from p2pchain.model.chain import FinalHeader
from p2pchain.model.errors import Corrupt, Invalid
from p2pchain.model.snapshot import SnapshotHead, ValidatorLink
from p2pchain.storage.snapshots import KIND_CHUNK, KIND_HEAD, KIND_LINK, KIND_WINDOW, SnapshotStore


@dataclass(frozen=True, slots=True, kw_only=True)
class Snapshot:
    """The whole of one: the frozen state after the block of ``final``, and the links up to there."""

    final: FinalHeader
    links: tuple[ValidatorLink, ...]
    frozen: Frozen

    @property
    def base(self) -> Base:
        """Return the base from which a ledger begins with it."""
        return Base(header=self.final.header, frozen=self.frozen)


def records_of(snapshot: Snapshot) -> Iterator[tuple[int, bytes]]:
    """Its records in their order, made one by one; the whole state is walked while they are taken."""
    for link in snapshot.links:
        yield KIND_LINK, encode_validator_link(link)
    for last_height, keys in snapshot.frozen.window:
        yield KIND_WINDOW, encode_window(last_height, keys)
    digests: list[bytes] = []
    for chunk in chunks(snapshot.frozen.values):
        digests.append(sha256(chunk))
        yield KIND_CHUNK, chunk
    yield KIND_HEAD, encode_head(SnapshotHead(final=snapshot.final, digests=tuple(digests)))


def read_snapshot(store: SnapshotStore, height: int) -> Snapshot:
    """One of our own. Raises ``Corrupt("SNAPSHOT_CORRUPT")``; whether the state has the root that the header
    names is seen by whoever restores a ledger from it.
    """
    links: list[ValidatorLink] = []
    window: list[WindowBlock] = []
    values: dict[bytes, bytes] = {}
    digests: list[bytes] = []
    head: SnapshotHead | None = None
    try:
        for kind, payload in store.read(height):
            if kind == KIND_LINK:
                links.append(decode_validator_link(payload))
            elif kind == KIND_WINDOW:
                window.append(decode_window(payload))
            elif kind == KIND_CHUNK:
                digests.append(sha256(payload))
                values.update(decode_chunk(payload))
            else:
                head = decode_head(payload)
    except Invalid as fault:
        raise Corrupt("SNAPSHOT_CORRUPT", {"height": height, "reason": str(fault)}) from fault
    if head is None or head.height != height or head.digests != tuple(digests):
        raise Corrupt("SNAPSHOT_CORRUPT", {"height": height, "reason": "its head names other chunks"})
    frozen = Frozen(height=head.height, values=values, window=tuple(window))
    return Snapshot(final=head.final, links=tuple(links), frozen=frozen)


def newest_snapshot(
    store: SnapshotStore, lowest: int, highest: int, log: structlog.typing.FilteringBoundLogger
) -> Snapshot | None:
    """The newest of a height within these bounds that can be read; a damaged one is told and passed over."""
    for height in reversed(store.heights()):
        if lowest <= height <= highest:
            try:
                return read_snapshot(store, height)
            except Corrupt as fault:
                log.warning("snapshot.unreadable", code=fault.code, **fault.facts)
    return None
