"""A home's chain held against everything that it claims: bytes, signatures, roots, blocks executed again.

Nothing is written, and the daemon may run meanwhile: the log is seen as it stood at a moment. What is found
wrong is told by code, place and what to do; the heights below it have been proven.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from p2pchain.codec.block import decode_block_record
from p2pchain.codec.genesis import genesis_id, genesis_validators
from p2pchain.codec.roots import results_root, validators_hash
from p2pchain.codec.safety import decode_safety_record
from p2pchain.ledger.module import Module
from p2pchain.ledger.restoration import restore
from p2pchain.ledger.state_replay import Follower
from p2pchain.ledger.versions import ModuleVersionMissing
from p2pchain.model.chain import BlockRecord, RawBlock
from p2pchain.model.errors import Corrupt, Fact, Fault, Invalid, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import FIRST_HEIGHT, GENESIS_HEIGHT, BlockId, Height, PublicKey
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import Vote
from p2pchain.node.home.layout import Home
from p2pchain.node.home.own_records import own_record
from p2pchain.node.home.snapshot_store import Snapshot, read_snapshot
from p2pchain.node.packages.software import software_of
from p2pchain.proofs.lineage import prove_final
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import BlockMaker, Tip, tip_of
from p2pchain.replica.start_state import origin_of
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import Disk, DiskFailure
from p2pchain.storage.lock import is_locked
from p2pchain.storage.safety import HEIGHTS_KEPT, SafetyLog
from p2pchain.storage.snapshots import SnapshotStore
from p2pchain.storage.watched_disk import WatchedDisk

Progress = Callable[[int, int], None]
"""Told how many heights are done, of how many."""
Place = tuple[PublicKey, int, int, int]
"""(consensus key, height, round, kind) of a vote."""
REPAIR = "stop the node, then: p2pchain repair"


@dataclass(slots=True, kw_only=True)
class Verified:
    """Verified chain of one home: up to ``height``, which ends in ``state_root``.

    ``running``: whether a process holds the home; ``tail_cut``: bytes at the end that a crash, or the running
    daemon, left unfinished; ``faults``: everything that does not hold, empty where all does.
    """

    home: Path
    genesis_id: BlockId
    running: bool
    height: Height = GENESIS_HEIGHT
    begins_after: Height = GENESIS_HEIGHT
    """Where the proof begins: a snapshot's height where older blocks are pruned."""
    state_root: bytes = b""
    transactions: int = 0
    segments: int = 0
    bytes_total: int = 0
    tail_cut: int = 0
    blocks: list[BlockId] = field(default_factory=list)
    votes: dict[Place, BlockId | None] = field(default_factory=dict)
    faults: list[Fault] = field(default_factory=list)


class _Judge:
    """The rules that every block must keep, one block after another. ``deep``: it is also executed."""

    def __init__(
        self, genesis: Genesis, snapshot: Snapshot | None, modules: Sequence[Module], *, deep: bool
    ) -> None:
        """``snapshot``: where to begin; it is proven from genesis' validators on, and has its root;
        ``modules``: all that the node of the home has. Raises ``Fault`` where it does not hold.
        """
        self._verifier = Verifier(genesis.chain_id)
        base = None if snapshot is None else snapshot.base
        if snapshot is not None:
            first, own_id = genesis_validators(genesis), genesis_id(genesis)
            prove_final(snapshot.final, snapshot.links, first, self._verifier, genesis_id=own_id)
        self._follower = Follower(genesis, modules, base=base)
        ledger = restore(genesis, (), base=base, modules=modules)
        self._ledger = ledger if deep else None
        self._maker = BlockMaker(ledger, self._verifier)
        last = None if snapshot is None else snapshot.final
        self._tip: Tip = origin_of(genesis_id(genesis), genesis.time_ms, ledger, last, ()).tip

    @property
    def state_root(self) -> bytes:
        return self._follower.state_root

    def validators_at(self, height: int) -> ValidatorSet:
        return self._follower.validators_at(height)

    def take(self, record: BlockRecord) -> None:
        """Accept the next block, or raise ``Fault``."""
        block, certificate = record.block, record.certificate
        validators = self._follower.validators_at(block.height)
        self._check_links(record, validators)
        raw = RawBlock(
            header=block.header,
            block_id=block.block_id,
            transactions=tuple(transaction.transaction for transaction in block.transactions),
            evidence=block.evidence,
            last_certificate=block.last_certificate,
        )
        self._verifier.raw_block_bound(raw)
        for transaction in raw.transactions:
            self._verifier.transaction(transaction)
        self._verifier.commit(certificate, validators)
        if self._ledger is not None:
            execution = self._maker.judge(block, self._tip).execution
            if (execution.receipts, execution.changes) != (record.receipts, record.changes):
                hint = f"compare versions with the other members; if only this node differs, {REPAIR}"
                raise Corrupt("EXECUTION_DIFFERS", {"height": block.height}, hint)
            self._ledger.commit(execution)
        self._follower.follow(record.replay)
        self._tip = tip_of(block, certificate, validators)

    def _check_links(self, record: BlockRecord, validators: ValidatorSet) -> None:
        header, certificate = record.block.header, record.certificate
        after = validators_hash(self._follower.validators_at(header.height + 1))
        for field_name, stated, computed in (
            ("parent_id", header.parent_id, self._tip.block_id),
            ("validators_hash", header.validators_hash, validators_hash(validators)),
            ("next_validators_hash", header.next_validators_hash, after),
            ("results_root", header.results_root, results_root(record.receipts)),
            ("certificate", certificate.block_id, record.block.block_id),
        ):
            if stated != computed:
                facts: dict[str, Fact] = {
                    "height": header.height,
                    "field": field_name,
                    "stated": stated.hex(),
                    "found": computed.hex(),
                }
                raise Corrupt("BLOCK_UNBOUND", facts, REPAIR)
        if header.time_ms <= self._tip.time_ms or certificate.height != header.height:
            raise Corrupt("BLOCK_OUT_OF_ORDER", {"height": header.height, "time_ms": header.time_ms}, REPAIR)


def verify_home(home: Home, *, deep: bool, progress: Progress) -> Verified:
    """Read a home's whole chain and say what holds. Raises ``HomeError`` where the home lacks its genesis,
    ``DiskFailure`` where the disk cannot be read.
    """
    genesis = home.read_genesis()
    own_id = genesis_id(genesis)
    verified = Verified(home=home.root, genesis_id=own_id, running=is_locked(home.lock))
    files = WatchedDisk(Disk())
    try:
        chain_log = ChainLog.open(files, home.chain, genesis=own_id)
        snapshot = _oldest_snapshot(files, home, chain_log, own_id)
        judge = _Judge(genesis, snapshot, software_of(home), deep=deep)
    except (Corrupt, Refused) as fault:
        verified.faults.append(fault)
        return verified
    except FileNotFoundError as gone:
        verified.faults.append(_moved(gone, verified.height + 1))
        return verified
    if snapshot is not None:
        verified.height = verified.begins_after = snapshot.final.header.height
    recovery, statistics = chain_log.recovery, chain_log.statistics()
    verified.tail_cut = 0 if recovery is None else recovery.bytes_cut
    verified.segments, verified.bytes_total = statistics.segments, statistics.bytes_total
    try:
        _take_blocks(chain_log, judge, verified, progress)
        chain_log.verify()
    except ModuleVersionMissing as fault:
        verified.faults.append(fault)
    except (Corrupt, Refused) as fault:
        verified.faults.append(_placed(fault, verified.height + 1))
    except FileNotFoundError as gone:
        verified.faults.append(_moved(gone, verified.height + 1))
    verified.state_root = judge.state_root
    verified.votes = dict(_votes(files, home, judge, verified))
    return verified


def compare(homes: Sequence[Verified]) -> tuple[Fault, ...]:
    """List contradictions between homes: two blocks at one height, two votes of one key at one place."""
    return (*_forks(homes), *_double_votes(homes))


def _take_blocks(chain_log: ChainLog, judge: _Judge, verified: Verified, progress: Progress) -> None:
    for height, payload in chain_log.blocks(verified.begins_after + 1):
        record = own_record(decode_block_record, payload, "chain")
        judge.take(record)
        verified.height = Height(height)
        verified.transactions += len(record.block.transactions)
        verified.blocks.append(record.block.block_id)
        progress(height, chain_log.tip)


def _oldest_snapshot(files: WatchedDisk, home: Home, chain_log: ChainLog, own_id: BlockId) -> Snapshot | None:
    """Find the start of the proof: genesis where its blocks are there, else the oldest snapshot that the log
    reaches down to.
    """
    if chain_log.first <= FIRST_HEIGHT:
        return None
    store = SnapshotStore(files, home.snapshots, genesis=own_id)
    for height in store.heights():
        if chain_log.first - 1 <= height <= chain_log.tip:
            return read_snapshot(store, height)
    facts: dict[str, Fact] = {"first": chain_log.first, "tip": chain_log.tip}
    raise Corrupt("SNAPSHOT_MISSING", facts, REPAIR)


def _moved(gone: FileNotFoundError, height: int) -> Corrupt:
    facts: dict[str, Fact] = {"height": height, "file": str(gone.filename)}
    return Corrupt("LOG_MOVED", facts, "the log was moved or pruned meanwhile: verify again")


def _placed(fault: Fault, height: int) -> Fault:
    """The fault with the height at which the proof ended, where it does not name one, and with what to do."""
    facts = {"height": height, **fault.facts} if "height" not in fault.facts else fault.facts
    return Corrupt(fault.code, facts, fault.hint or REPAIR)


def _votes(
    files: WatchedDisk, home: Home, judge: _Judge, verified: Verified
) -> Iterator[tuple[Place, BlockId | None]]:
    """Read this home key's newest votes from its safety log. Older ones it still holds by chance only."""
    try:
        log = SafetyLog.open(files, home.safety, genesis=verified.genesis_id, chain_height=verified.height)
        messages = [decode_safety_record(entry.payload).message for entry in log.records()]
    except (Corrupt, Invalid, DiskFailure) as fault:
        if fault.code != "SAFETY_LOG_MISSING":
            verified.faults.append(fault)
        return
    for message in messages:
        if (
            isinstance(message, Vote)
            and verified.height - HEIGHTS_KEPT <= message.height <= verified.height + 1
        ):
            members = judge.validators_at(message.height).members
            if message.validator < len(members):
                key = members[message.validator].public_key
                yield (key, message.height, message.round, message.kind), message.block_id


def _forks(homes: Iterable[Verified]) -> Iterator[Fault]:
    agreed: dict[Height, tuple[BlockId, Path]] = {}
    for home in homes:
        for height, block_id in enumerate(home.blocks, start=home.begins_after + 1):
            first, at = agreed.setdefault(Height(height), (block_id, home.home))
            if first != block_id:
                facts: dict[str, Fact] = {
                    "height": height,
                    "home": str(at),
                    "block_id": first.hex(),
                    "other_home": str(home.home),
                    "other_block_id": block_id.hex(),
                }
                yield Corrupt(
                    "CHAINS_DIFFER", facts, "stop both nodes and call the other members: this is a fork"
                )
                break


def _double_votes(homes: Iterable[Verified]) -> Iterator[Fault]:
    said: dict[Place, tuple[BlockId | None, Path]] = {}
    for home in homes:
        for place, block_id in home.votes.items():
            first, at = said.setdefault(place, (block_id, home.home))
            if first != block_id:
                key, height, round_, _ = place
                facts: Mapping[str, Fact] = {
                    "public_key": key.hex(),
                    "height": height,
                    "round": round_,
                    "home": str(at),
                    "other_home": str(home.home),
                }
                yield Corrupt("SIGNED_TWICE", facts, "one key runs in two places: stop one of them")
