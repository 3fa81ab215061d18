"""Catching up: blocks that others decided are checked as strictly as our own, and executed."""

from __future__ import annotations

from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import Block, FinalBlock
from p2pchain.model.errors import Corrupt, Fact, Invalid
from p2pchain.model.ids import Height, PeerId
from p2pchain.model.messages import BlocksRequest, BlocksResponse
from p2pchain.model.steps import Steps, finish
from p2pchain.model.transaction import VerifiedTransaction
from p2pchain.model.validators import ValidatorSet
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import CHECK_UNITS, TRANSACTION_UNITS, BlockMaker, Tip
from p2pchain.replica.candidates import Candidate, Candidates
from p2pchain.replica.effects import Emit, Fetch, Notice, Penalise
from p2pchain.replica.moment import Now
from p2pchain.sync.planner import DEADLINE_MS, Arrived, Planner


class Diverged(Corrupt):
    """A quorum signed a block that our own execution does not confirm: this node, or its state, is wrong."""

    def __init__(self, height: Height, reason: Invalid) -> None:
        """``reason``: the rule that our execution found broken."""
        facts: dict[str, Fact] = {"height": height, "reason": str(reason)}
        super().__init__(
            "EXECUTION_DIVERGED", facts, "do not restart it blindly: compare versions with the others"
        )


class CatchUp:
    """Fetching of blocks that others decided: asks, checks, and hands out one verified final block at a time.

    ``applying``: the block that is being checked and executed now.
    """

    def __init__(
        self, *, ledger: Ledger, maker: BlockMaker, verifier: Verifier, secret: bytes, emit: Emit
    ) -> None:
        """``maker`` judges upon ``ledger``; ``secret``: drawn anew for this life."""
        self.planner = Planner(secret)
        self.applying: Arrived | None = None
        self._ledger = ledger
        self._maker = maker
        self._verifier = verifier
        self._emit = emit

    def ask(self, following: Height, now: Now) -> None:
        """Ask the peers of the plan for blocks from ``following`` on."""
        if self.applying is not None:
            following = Height(following + 1)  # That block is here.
        for ask in self.planner.plan(following, now.monotonic_ms):
            self._emit(Fetch(peer=ask.peer, request=ask.request, deadline_ms=DEADLINE_MS))

    def answered(
        self, peer: PeerId, request: BlocksRequest, response: BlocksResponse | None, now: Now
    ) -> None:
        """Take an answer, or its failure."""
        if response is None:
            self.planner.failed(peer, request, now.monotonic_ms)
        else:
            self.planner.answered(peer, request, response.blocks, now.monotonic_ms)
        if response is None or not response.blocks:
            facts: tuple[tuple[str, Fact], ...] = (("peer", peer), ("height", request.first))
            self._emit(Notice(name="sync.not_given", facts=(*facts, ("answered", response is not None))))

    def take(self, following: Height) -> Arrived | None:
        """Return the block to apply next, which is the one ``applying`` until ``rejected`` or ``applied``."""
        assert self.applying is None, "one block at a time"
        self.applying = self.planner.next_block(following)
        return self.applying

    def candidate(self, arrived: Arrived, tip: Tip, known: Candidates) -> Steps[Candidate]:
        """Verify and execute a final block, unless it is ``known`` by its proposal; raises ``Invalid`` where
        its sender is guilty.

        Raises ``Diverged`` where a quorum signed what our execution contradicts.
        """
        block = yield from verify_final_steps(arrived.block, self._verifier, self._ledger.validators)
        if (executed := known.executed(block.block_id)) is not None:
            return executed
        try:
            return (yield from self._maker.judge_steps(block, tip))
        except Invalid as reason:
            self._emit(
                Notice(name="sync.diverged", facts=(("height", block.height), ("reason", str(reason))))
            )
            raise Diverged(block.height, reason) from reason

    def applied(self) -> None:
        """Forget the block that was being applied: it, or another of its height, is committed."""
        self.applying = None

    def rejected(self, fault: Invalid, now: Now) -> None:
        """Blame the sender of the block that was being applied: the block is wrong."""
        assert self.applying is not None, "a block was being applied"
        peer, self.applying = self.applying.peer, None
        self.planner.rejected(peer, now.monotonic_ms)
        self._emit(Penalise(peer=peer, fault=fault))


def verified_final(final: FinalBlock, verifier: Verifier, validators: ValidatorSet) -> Block:
    """Check a fetched block all at once: ``verify_final_steps`` to its end."""
    return finish(verify_final_steps(final, verifier, validators))


def verify_final_steps(final: FinalBlock, verifier: Verifier, validators: ValidatorSet) -> Steps[Block]:
    """Check certificate and signatures of a fetched block, in steps; ``validators``: those of its height. A
    block that a quorum signed is then one that honest nodes judged. Raises ``Invalid``.
    """
    raw, certificate = final.block, final.certificate
    if certificate.height != raw.header.height or certificate.block_id != raw.block_id:
        raise Invalid("SYNC_CERTIFICATE", {"height": raw.header.height, "stated": certificate.block_id.hex()})
    verifier.commit(certificate, validators)
    yield len(certificate.signatures) * CHECK_UNITS
    verifier.raw_block_bound(raw)
    yield len(raw.transactions) * TRANSACTION_UNITS
    verified: list[VerifiedTransaction] = []
    for transaction in raw.transactions:
        verified.append(verifier.transaction(transaction))
        yield len(transaction.signatures) * CHECK_UNITS
    return Block(
        header=raw.header,
        block_id=raw.block_id,
        transactions=tuple(verified),
        evidence=raw.evidence,
        last_certificate=raw.last_certificate,
    )
