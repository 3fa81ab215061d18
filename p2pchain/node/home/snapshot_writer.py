"""A snapshot made of files alone: the newest older one, and the changes of the blocks since.

Pairs lie in a snapshot in the order of the hashes of their keys, so the old one is read chunk by chunk and
merged with the changes, and a new one comes out: in memory are the changes since, never the state. Nothing of
the running node is looked at, nor does it wait: a process of its own does this (``snapshot_process.py``).

Blocks below a snapshot may be pruned for its sake, so it must be right: the root of what is written is
compared with the header's before the file gets its name.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import partial
from heapq import merge

from p2pchain.business.software import MODULES
from p2pchain.codec.block import decode_block_record, decode_block_replay
from p2pchain.codec.genesis import genesis_validators
from p2pchain.codec.snapshot import (
    decode_chunk,
    decode_validator_link,
    decode_window,
    encode_head,
    encode_validator_link,
    encode_window,
)
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.genesis_state import genesis_values
from p2pchain.ledger.replay_window import ReplayWindow
from p2pchain.ledger.snapshot import cut
from p2pchain.ledger.sorted_root import SortedRoot
from p2pchain.ledger.system import PARAMETERS_KEY, VALIDATORS, decode_parameters
from p2pchain.ledger.validator_lineage import Lineage
from p2pchain.ledger.validators import sets_in
from p2pchain.ledger.versions import Software
from p2pchain.model.chain import FinalHeader
from p2pchain.model.errors import Corrupt, Fact, Invalid, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import FIRST_HEIGHT
from p2pchain.model.snapshot import SnapshotHead
from p2pchain.model.voting import CommitCertificate
from p2pchain.node.home.own_records import own_record
from p2pchain.proofs.verifier import Verifier
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.snapshots import KIND_CHUNK, KIND_HEAD, KIND_LINK, KIND_WINDOW, SnapshotStore

Entry = tuple[bytes, bytes, bytes]
"""(SHA-256 of the key, key, value)."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Written:
    """A snapshot that is durable: its height, its bytes and the keys of the state in it."""

    height: int
    size: int
    keys: int


class SnapshotWriter:
    """Writes snapshots of a chain log into a store; both may be in use by a running node."""

    def __init__(
        self,
        *,
        genesis: Genesis,
        chain_log: ChainLog,
        store: SnapshotStore,
        going_on: Callable[[], None],
    ) -> None:
        """``chain_log`` is only read; ``going_on`` is called now and then, and may raise to end it."""
        self._genesis = genesis
        self._chain_log = chain_log
        self._store = store
        self._going_on = going_on

    def write(self, height: int) -> Written:
        """Write the snapshot of a height of the log, durably.

        Raises ``DiskFailure``, ``Corrupt``, ``Refused("HEIGHT_...")``; nothing unfinished is left then.
        """
        try:
            state = self._state_below(height)
            final = self._follow(state, height)
            root = SortedRoot()
            size = self._store.write(height, self._records(state, final, root))
        except BaseException:
            self._store.discard_unfinished()
            raise
        return Written(height=height, size=size, keys=root.keys)

    def _state_below(self, height: int) -> _State:
        """The newest older snapshot that is whole, or genesis."""
        for older in reversed([stored for stored in self._store.heights() if stored < height]):
            if older >= self._chain_log.first - 1:
                try:
                    return self._read(older)
                except (Corrupt, FileNotFoundError):
                    continue  # Whoever starts with it says so; here an older one will do.
        if self._chain_log.first > FIRST_HEIGHT:
            facts: dict[str, Fact] = {"first": self._chain_log.first, "height": height}
            raise Corrupt("SNAPSHOT_MISSING", facts, "the blocks below are pruned; run: p2pchain repair")
        verifier = Verifier(self._genesis.chain_id)
        values = genesis_values(self._genesis, Software(MODULES).at_genesis, verifier)
        return _State(
            height=0,
            entries=lambda: iter(sorted((sha256(key), key, value) for key, value in values.items())),
            lineage=Lineage((), (genesis_validators(self._genesis),)),
            window=ReplayWindow(),
            lifetime=decode_parameters(values[PARAMETERS_KEY]).tx_lifetime,
        )

    def _read(self, height: int) -> _State:
        """All of an older snapshot but its pairs, which are looked through: every checksum is checked."""
        links, blocks = [], []
        kernel: dict[bytes, bytes] = {}
        try:
            for kind, payload in self._store.read(height):
                self._going_on()
                if kind == KIND_LINK:
                    links.append(decode_validator_link(payload))
                elif kind == KIND_WINDOW:
                    blocks.append(decode_window(payload))
                elif kind == KIND_CHUNK:
                    kernel.update(pair for pair in decode_chunk(payload) if pair[0].startswith(KERNEL))
        except Invalid as fault:
            raise Corrupt("SNAPSHOT_CORRUPT", {"height": height, "reason": str(fault)}) from fault
        window = ReplayWindow()
        window.restore(blocks)
        return _State(
            height=height,
            entries=lambda: self._entries(height),
            lineage=Lineage(links, sets_in(kernel)),
            window=window,
            lifetime=decode_parameters(kernel[PARAMETERS_KEY]).tx_lifetime,
        )

    def _entries(self, height: int) -> Iterator[Entry]:
        for kind, payload in self._store.read(height):
            if kind == KIND_CHUNK:
                self._going_on()
                for key, value in decode_chunk(payload):
                    yield sha256(key), key, value

    def _follow(self, state: _State, height: int) -> FinalHeader:
        """Apply the blocks above an older state up to ``height``. Returns the header there."""
        reached, payload = state.height, b""
        for reached, payload in self._chain_log.blocks(state.height + 1):
            self._going_on()
            replay = own_record(decode_block_replay, payload, "chain")
            state.window.commit(reached, replay.replay_keys, state.lifetime)
            state.lineage.follow(replay.header, replay.changes, partial(_certificate_in, payload))
            state.changes.update(replay.changes)
            parameters = state.changes.get(PARAMETERS_KEY)
            if parameters is not None:
                state.lifetime = decode_parameters(parameters).tx_lifetime
            if reached == height:
                return own_record(decode_block_record, payload, "chain").final_header
        facts: dict[str, Fact] = {"height": height, "tip": reached}
        raise Refused("HEIGHT_UNKNOWN", facts, "it is not decided here yet; see: p2pchain status")

    def _records(self, state: _State, final: FinalHeader, root: SortedRoot) -> Iterator[tuple[int, bytes]]:
        """The records of the new snapshot. Raises ``Corrupt("STATE_ROOT_MISMATCH")`` instead of its head."""
        for link in state.lineage.links:
            yield KIND_LINK, encode_validator_link(link)
        for last_height, keys in state.window.frozen():
            yield KIND_WINDOW, encode_window(last_height, keys)

        def pairs() -> Iterator[tuple[bytes, bytes]]:
            for key_hash, key, value in state.merged():
                root.add(key_hash, value)
                yield key, value

        digests: list[bytes] = []
        for chunk in cut(pairs()):
            self._going_on()
            digests.append(sha256(chunk))
            yield KIND_CHUNK, chunk
        header = final.header
        if root.root() != header.state_root:
            facts: dict[str, Fact] = {"expected": header.state_root.hex(), "computed": root.root().hex()}
            raise Corrupt("STATE_ROOT_MISMATCH", {"height": header.height, **facts})
        yield KIND_HEAD, encode_head(SnapshotHead(final=final, digests=tuple(digests)))


KERNEL = (PARAMETERS_KEY, VALIDATORS)
"""Beginnings of the keys that are read beside the merging."""


class _State:
    """A state as files hold it, with what blocks since have changed."""

    def __init__(
        self,
        *,
        height: int,
        entries: Callable[[], Iterator[Entry]],
        lineage: Lineage,
        window: ReplayWindow,
        lifetime: int,
    ) -> None:
        """``entries``: all pairs, ascending by the hash of the key; ``lifetime``: the chain's
        ``tx_lifetime``.
        """
        self.height = height
        self.lineage = lineage
        self.window = window
        self.lifetime = lifetime
        self.changes: dict[bytes, bytes | None] = {}
        self._entries = entries

    def merged(self) -> Iterator[Entry]:
        """All pairs after the changes, ascending by the hash of the key."""
        changes = self.changes
        fresh = sorted((sha256(key), key, value) for key, value in changes.items() if value is not None)
        held = (entry for entry in self._entries() if entry[1] not in changes)
        return merge(held, fresh)


def _certificate_in(payload: bytes) -> CommitCertificate:
    return own_record(decode_block_record, payload, "chain").certificate
