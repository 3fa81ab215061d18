"""Catching up: blocks that others decided are checked as strictly as our own, and executed."""

from __future__ import annotations

from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import Block, FinalBlock
from p2pchain.model.errors import Corrupt, Fact, Invalid
from p2pchain.model.ids import Height, PeerId
from p2pchain.model.messages import BlocksRequest, BlocksResponse
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import CommitCertificate
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import BlockMaker, Candidate, Tip
from p2pchain.replica.effects import Emit, Fetch, Notice, Penalise
from p2pchain.replica.now import Now
from p2pchain.sync.planner import DEADLINE_MS, Planner


class Diverged(Corrupt):
    """A quorum signed a block that our own execution does not confirm: this node, or its state, is wrong."""

    def __init__(self, height: Height, reason: Invalid) -> None:
        """``reason``: which rule our execution found broken."""
        facts: dict[str, Fact] = {"height": height, "reason": str(reason)}
        super().__init__(
            "EXECUTION_DIVERGED", facts, "do not restart it blindly: compare versions with the others"
        )


class CatchUp:
    """Asks for blocks, checks what comes, and hands out one verified final block at a time."""

    def __init__(self, *, ledger: Ledger, maker: BlockMaker, verifier: Verifier, emit: Emit) -> None:
        """``maker`` judges upon ``ledger``."""
        self.planner = Planner()
        self._ledger = ledger
        self._maker = maker
        self._verifier = verifier
        self._emit = emit

    def ask(self, following: Height, now: Now) -> None:
        """Ask whom the plan names for what is missing from ``following`` on."""
        for ask in self.planner.plan(following, now.monotonic_ms):
            self._emit(Fetch(peer=ask.peer, request=ask.request, deadline_ms=DEADLINE_MS))

    def answered(
        self, peer: PeerId, request: BlocksRequest, response: BlocksResponse | None, now: Now
    ) -> None:
        """An answer, or its failure."""
        if response is None:
            self.planner.failed(peer, request, now.monotonic_ms)
        else:
            self.planner.answered(peer, request, response.blocks, now.monotonic_ms)

    def next_candidate(self, tip: Tip, now: Now) -> tuple[Candidate, CommitCertificate] | None:
        """The next final block, verified and executed; None where none is here or it was refused.

        Raises ``Diverged`` where a quorum signed what our execution contradicts.
        """
        arrived = self.planner.next_block(Height(tip.height + 1))
        if arrived is None:
            return None
        try:
            block = verified_final(arrived.block, self._verifier, self._ledger.validators)
        except Invalid as fault:
            self.planner.rejected(arrived.peer, now.monotonic_ms)
            self._emit(Penalise(peer=arrived.peer, fault=fault))
            return None
        try:
            candidate = self._maker.judge(block, tip)
        except Invalid as reason:
            self._emit(
                Notice(name="sync.diverged", facts=(("height", block.height), ("reason", str(reason))))
            )
            raise Diverged(block.height, reason) from reason
        return candidate, arrived.block.certificate


def verified_final(final: FinalBlock, verifier: Verifier, validators: ValidatorSet) -> Block:
    """Check certificate and signatures of a block that was fetched; ``validators``: those of its height. A
    block that a quorum signed is then one that honest nodes judged. Raises ``Invalid``.
    """
    raw, certificate = final.block, final.certificate
    if certificate.height != raw.header.height or certificate.block_id != raw.block_id:
        raise Invalid("SYNC_CERTIFICATE", {"height": raw.header.height, "stated": certificate.block_id.hex()})
    verifier.commit(certificate, validators)
    verifier.raw_block_bound(raw)
    return Block(
        header=raw.header,
        block_id=raw.block_id,
        transactions=tuple(verifier.transaction(transaction) for transaction in raw.transactions),
        evidence=raw.evidence,
        last_certificate=raw.last_certificate,
    )
