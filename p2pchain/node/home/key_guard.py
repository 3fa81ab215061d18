"""A validator's key with its guard: opened at the start, doubted where its memory does not fit what is known.

A validator must not sign with a memory that is missing, empty or older than what its key has signed. The
safety log is therefore held against what lies elsewhere: the mark beside the key (``signing.standing``), and
the certificates in the chain log, which others' votes and our own are in. Where it falls short, the node does
not end: it follows the chain, signs nothing, and says how to go on.
"""

from __future__ import annotations

from typing import Final

import structlog

from p2pchain.codec.block import decode_block_record
from p2pchain.codec.safety import decode_safety_record
from p2pchain.codec.voting import vote_sign_bytes
from p2pchain.crypto import ed25519
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Corrupt, Invalid
from p2pchain.model.ids import GENESIS_HEIGHT, ChainId, Height, PublicKey
from p2pchain.model.safety import Position, SafetyRecord, SignedStep
from p2pchain.model.voting import CommitCertificate, VoteContent, VoteKind
from p2pchain.node.home.layout import Home
from p2pchain.node.home.own_records import own_record
from p2pchain.node.home.recovery import Recovered, tell_recovery
from p2pchain.signing.guard import DoubleSignGuard
from p2pchain.signing.signer import ConsensusSigner
from p2pchain.signing.standing import MarkedLog, Standing, StandingFile, Stop
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.files import DISK, FileSystem
from p2pchain.storage.safety import SafetyLog

LOOKED_BACK_MAX: Final = 10_000
"""How many of the newest blocks are searched for a signature that the safety log does not know."""

WHY: Final = {
    "SAFETY_LOG_MISSING": "its safety log is gone",
    "GUARD_STATE_EMPTY": "its safety log is empty, though this key has signed",
    "GUARD_STATE_OLD": "its safety log is older than what this key has signed",
    "GUARD_FILE_DAMAGED": "the file beside its key cannot be read",
    "GUARD_FILE_FOREIGN": "the file beside its key is that of another key or chain",
    "GUARD_RETIRED": "its key was retired here (key export-state --retire)",
    "GUARD_RESTORED": "this home was made out of a backup, which does not know what its key has signed since",
    "GUARD_SIGNATURE_FOREIGN": "its key signed what this node did not: another host uses it, or the safety "
    "log is old",
    "GUARD_KEY_ELSEWHERE": "another host has its key",
}
"""Why a validator signs nothing, for people."""
HOW: Final = (
    "go on with the newest state: p2pchain key import-state FILE, or see: p2pchain key import-state --help"
)


class Guarded:
    """One consensus key of this node; one thread at a time. ``stopped``: why it signs nothing, None where it
    signs.
    """

    def __init__(
        self,
        *,
        key: SigningKey,
        file: StandingFile,
        records: tuple[SafetyRecord, ...],
        signer: ConsensusSigner | None,
        guard: DoubleSignGuard,
        stopped: Stop | None,
    ) -> None:
        """``records``: all of the safety log; ``signer``: None where there is no log to sign into."""
        self.key = key
        self.records = records
        self.signer = signer
        self.stopped = stopped
        self._file = file
        self._guard = guard

    @property
    def floor(self) -> Height:
        """Nothing at this height or below is signed, whatever the log says."""
        floor = self._file.standing.floor
        return GENESIS_HEIGHT if floor is None else Height(floor[0])

    def reason(self) -> str | None:
        """Return in one line why this validator signs nothing, and how to go on. None where it signs."""
        if self.stopped is None:
            return None
        facts = ", ".join(f"{name}={value}" for name, value in self.stopped.facts.items())
        why = WHY.get(self.stopped.code, "its guard was told to")
        return f"signs nothing: {self.stopped.code}: {why} ({facts}); {HOW}"

    def stop(self, stop: Stop, position: Position | None) -> None:
        """Sign nothing any more, in later lives too; ``position``: a signature that told so. Blocks while the
        disk works; raises ``Corrupt("GUARD_UNWRITABLE")``.
        """
        if self.signer is not None:
            self.signer.stop(stop.code)
        if self.stopped is None:
            self.stopped = stop
        self._file.stop(stop, position)

    def close(self) -> None:
        """At a clean stop: what was signed last is remembered beside the log too, so that an older copy of
        it is known as such.
        """
        if self.stopped is None:
            self._file.mark(self._guard.latest)


def open_guard(
    home: Home,
    key: SigningKey,
    recovered: Recovered,
    log: structlog.typing.FilteringBoundLogger,
    files: FileSystem = DISK,
) -> Guarded:
    """Open a key's safety log and standing, checked against the chain log. ``files``: the disk of the safety
    log, another one only in tests.

    Raises ``Corrupt`` where the log is damaged, or holds what this key has not signed.
    """
    chain_id, genesis_id = recovered.genesis.chain_id, recovered.genesis_id
    blank = Standing(chain_id=chain_id, genesis_id=genesis_id, public_key=key.public_key)
    file = StandingFile(home.guard_file(home.consensus_key), home.stop_file(home.consensus_key), blank)
    safety_log, missing = _open_log(home, recovered, log, files)
    records = _records(safety_log)
    guard = DoubleSignGuard(records, recovered.ledger.height, file.standing.floor)
    known = file.standing.signed_to(guard.latest)
    file.mark(_own_signature(recovered.chain_log, chain_id, key.public_key, known))
    stopped = file.fault or file.standing.stop or missing or file.standing.doubt(guard.latest)
    signer = None
    if safety_log is not None:
        signer = ConsensusSigner(key=key, chain_id=chain_id, guard=guard, log=MarkedLog(safety_log, file))
    if stopped is None:
        file.mark(guard.latest)
    else:
        log.error("signing.stopped", code=stopped.code, why=WHY.get(stopped.code), hint=HOW, **stopped.facts)
        if signer is not None:
            signer.stop(stopped.code)
    return Guarded(key=key, file=file, records=records, signer=signer, guard=guard, stopped=stopped)


def _open_log(
    home: Home, recovered: Recovered, log: structlog.typing.FilteringBoundLogger, files: FileSystem
) -> tuple[SafetyLog | None, Stop | None]:
    try:
        safety_log = SafetyLog.open(
            files, home.safety, genesis=recovered.genesis_id, chain_height=recovered.chain_log.tip
        )
    except Corrupt as fault:
        if fault.code != "SAFETY_LOG_MISSING":
            raise
        return None, Stop(code=fault.code, facts=fault.facts)
    tell_recovery(log, "safety", safety_log.recovery)
    return safety_log, None


def _records(safety_log: SafetyLog | None) -> tuple[SafetyRecord, ...]:
    entries = () if safety_log is None else safety_log.records()
    return tuple(own_record(decode_safety_record, entry.payload, "safety") for entry in entries)


def _own_signature(
    chain_log: ChainLog, chain_id: ChainId, key: PublicKey, known: Position | None
) -> Position | None:
    """Find the key's newest signature in the chain log's certificates, above ``known``."""
    lowest = max(chain_log.first, chain_log.tip - LOOKED_BACK_MAX + 1, 1 if known is None else known[0])
    for height in range(chain_log.tip, lowest - 1, -1):
        record = own_record(decode_block_record, chain_log.read(height), "chain")
        for certificate in (record.certificate, record.block.last_certificate):
            if certificate is None or not _signed_by(certificate, chain_id, key):
                continue
            signed = (certificate.height, certificate.round, SignedStep.PRECOMMIT)
            if known is None or signed > known:
                return signed
    return None


def _signed_by(certificate: CommitCertificate, chain_id: ChainId, key: PublicKey) -> bool:
    """Test whether one of the signatures is the key's, at any index."""
    content = VoteContent(
        kind=VoteKind.PRECOMMIT,
        height=certificate.height,
        round=certificate.round,
        block_id=certificate.block_id,
    )
    said = vote_sign_bytes(chain_id, content)
    for _, signature in certificate.signatures:
        try:
            ed25519.verify(key, signature, said)
        except Invalid:
            continue
        return True
    return False
