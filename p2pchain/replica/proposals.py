"""The proposals of the height in progress: held until every transaction is here, then judged by executing.

A proposal arrives as a header with transaction ids. What it lacks is fetched, its sender asked first. Once
complete it is executed, in its turn: those of the round in progress alone, first come first. Only then the
voting algorithm hears of it. That it came in time is told by when it came, not by when it was executed.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Iterator, Mapping

from p2pchain.consensus.height import PROPOSALS_PER_ROUND_MAX
from p2pchain.consensus.types import ProposalArrived
from p2pchain.model.chain import Block
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import BlockId, PeerId, Round, TxId
from p2pchain.model.messages import FETCH_TX_IDS_MAX, SUMMARY_ROUNDS_MAX, TransactionsRequest
from p2pchain.model.transaction import VerifiedTransaction
from p2pchain.model.validators import Validator
from p2pchain.model.voting import Proposal
from p2pchain.replica.candidates import Candidate, Candidates
from p2pchain.replica.effects import Fetch, Notice, SetTimer
from p2pchain.replica.height_context import HeightContext
from p2pchain.replica.inputs import BodiesDue
from p2pchain.replica.moment import Now
from p2pchain.replica.pending_proposal import Pending

ROUNDS_AHEAD_MAX = 8
"""How far above the round in progress a proposal is taken; later ones come again with the summaries."""
ROUNDS_KEPT_MAX = SUMMARY_ROUNDS_MAX
"""How far below the round in progress proposals are kept: peers are told of no more rounds either."""
BODIES_DELAY_MS = 15
"""How long missing transactions may still arrive by themselves before they are fetched."""
BODIES_DEADLINE_MS = 2_000
BODIES_ASKED_MAX = 128
"""Transactions asked for at once: verifying the answer is one turn, and nobody waits long for it."""

assert BODIES_ASKED_MAX <= FETCH_TX_IDS_MAX, "a request names no more"
assert BODIES_DELAY_MS < BODIES_DEADLINE_MS, "what may come by itself is waited for less than an answer"


class Proposals:
    """Proposals by round, and the blocks among them that proved valid: the candidates."""

    def __init__(
        self,
        context: HeightContext,
        *,
        candidates: Candidates,
        proposer: Callable[[Round], Validator],
        arrived: Callable[[ProposalArrived, Now], None],
    ) -> None:
        """``candidates``: where verdicts are kept; ``proposer``: whose turn a round is; ``arrived``: called
        with each judged proposal of the round in progress, and the time.
        """
        self._candidates = candidates
        self._context = context
        self._proposer = proposer
        self._arrived = arrived
        self._emit = context.emit
        self._pending: dict[Round, list[Pending]] = {}
        self._asking: set[BlockId] = set()

    def add(self, proposal: Proposal, sender: PeerId | None, *, current: Round, now: Now) -> bool:
        """Take a proposal; raises ``Invalid`` where its proposer did not sign it.

        ``sender`` is None for an own one, ``current`` the round in progress. Returns whether it is new.
        """
        held = self._pending.get(proposal.round, [])
        if not current - ROUNDS_KEPT_MAX <= proposal.round <= current + ROUNDS_AHEAD_MAX:
            return False
        if len(held) >= PROPOSALS_PER_ROUND_MAX:
            return False
        if any(
            other.proposal.block_id == proposal.block_id
            and other.proposal.valid_round == proposal.valid_round
            for other in held
        ):
            return False
        self._context.verifier.proposal(proposal, self._proposer(proposal.round).public_key)
        pending = Pending(proposal=proposal, received=now, sender=sender)
        self._pending.setdefault(proposal.round, []).append(pending)
        if not self._complete(pending):
            self._emit(SetTimer(timer=BodiesDue(block_id=proposal.block_id), delay_ms=BODIES_DELAY_MS))
        return True

    def bodies_arrived(self, transactions: Iterable[VerifiedTransaction], sender: PeerId | None) -> None:
        """Add transactions that a proposal waits for; also called with none, to look into the pool again.

        ``sender`` may be asked again: an answer is bounded, and only that peer may have the rest.
        """
        fetched = {transaction.tx_id: transaction for transaction in transactions}
        for pending in self._incomplete():
            for tx_id in pending.proposal.tx_ids if fetched else ():
                if tx_id in fetched and tx_id not in pending.bodies:
                    pending.bodies[tx_id] = fetched[tx_id]
                    pending.asked.difference_update((sender,))
            self._complete(pending)

    def fetch_bodies(self, block_id: BlockId, peers: Iterable[PeerId]) -> None:
        """Fetch the transactions that a proposed block still lacks: from its sender first, then others, one
        at a time.

        One block may be proposed in many rounds: there is one question under way for all of them.
        """
        if block_id in self._asking:
            return
        for pending in self._incomplete():
            if pending.proposal.block_id != block_id or self._complete(pending):
                continue
            order = [pending.sender, *peers] if pending.sender is not None else list(peers)
            peer = next(
                (
                    candidate
                    for candidate in order
                    if candidate is not None and candidate not in pending.asked
                ),
                None,
            )
            if peer is None:
                pending.asked.clear()
                self._emit(SetTimer(timer=BodiesDue(block_id=block_id), delay_ms=BODIES_DEADLINE_MS))
                return
            pending.asked.add(peer)
            self._asking.add(block_id)
            tx_ids = tuple(pending.lacking(self._context.flow.pool)[:BODIES_ASKED_MAX])
            request = TransactionsRequest(tx_ids=tx_ids, block_id=block_id)
            self._emit(Fetch(peer=peer, request=request, deadline_ms=BODIES_DEADLINE_MS))
            return

    def answered(
        self,
        block_id: BlockId,
        transactions: Iterable[VerifiedTransaction],
        sender: PeerId,
        peers: Iterable[PeerId],
    ) -> None:
        """Take the answer to ``fetch_bodies``, and ask on for what is still lacking."""
        self._asking.discard(block_id)
        self.bodies_arrived(transactions, sender)
        self.fetch_bodies(block_id, peers)

    def lacks_bodies(self, block_id: BlockId) -> bool:
        """Return whether a proposal of this block waits for transactions."""
        return any(pending.proposal.block_id == block_id for pending in self._incomplete())

    def of_round(self, round_: Round) -> tuple[Proposal, ...]:
        """Return the proposals of a round, first come first."""
        return tuple(pending.proposal for pending in self._pending.get(round_, ()))

    def rounds(self) -> Iterable[Round]:
        """Return the rounds of which a proposal is held."""
        return self._pending.keys()

    def bodies(self) -> Mapping[TxId, VerifiedTransaction]:
        """Return the transactions of the blocks that were proposed at this height."""
        bodies: dict[TxId, VerifiedTransaction] = {}
        waiting = (pending.block for pending in self._unjudged())
        for block in (*self._candidates.blocks(), *waiting):
            if block is not None:
                bodies.update((transaction.tx_id, transaction) for transaction in block.transactions)
        for pending in self._incomplete():
            bodies.update(pending.bodies)
        return bodies

    def forget_below(self, current: Round, needed: Collection[Round]) -> None:
        """Forget proposals of rounds far below the one in progress, but those of ``needed``."""
        for round_ in [kept for kept in self._pending if kept < current - ROUNDS_KEPT_MAX]:
            if round_ not in needed:
                del self._pending[round_]

    def block(self, block_id: BlockId) -> Block | None:
        """Return a proposed block of any round that is complete and was not judged; None where there is
        none.
        """
        for pending in self._unjudged():
            if pending.proposal.block_id == block_id and pending.block is not None:
                return pending.block
        return None

    def awaits_verdict(self, round_: Round) -> bool:
        """Return whether a complete proposal of the round waits for its execution."""
        return self.next_unjudged(round_) is not None

    def next_unjudged(self, round_: Round) -> Pending | None:
        """R"""
        held = self._pending.get(round_, ())
        return next((pending for pending in held if pending.complete and not pending.judged), None)

    def report_verdicts(self, round_: Round, now: Now) -> None:
        """Hand the voting the verdicts on proposals of a round, first come first, up to one that must be
        executed.
        """
        while (pending := self.next_unjudged(round_)) is not None:
            proposal = pending.proposal
            verdict = self._candidates.verdict(proposal.block_id)
            if verdict is None and pending.block is not None:
                return
            if verdict and pending.block is not None:
                self._candidates.keep(pending.block)
            pending.judged = True
            pending.block = None
            arrived = ProposalArrived(
                round=proposal.round,
                valid_round=proposal.valid_round,
                block_id=proposal.block_id,
                valid=verdict is True and self._proposer_fits(proposal),
                timely=pending.is_timely(self._context.parameters, self._context.tip),
            )
            self._arrived(arrived, now)

    def judged(self, proposal: Proposal, result: Candidate | Invalid) -> None:
        """Keep the verdict on a proposal's block."""
        if isinstance(result, Candidate):
            self._candidates.add(result)
            return
        self._candidates.refuse(proposal.block_id)
        facts: dict[str, Fact] = {
            "height": proposal.header.height,
            "round": proposal.round,
            "org": self._proposer(proposal.round).org,
            "reason": str(result),
        }
        self._emit(Notice(name="proposal.invalid", facts=tuple(facts.items())))

    # leaves

    def _complete(self, pending: Pending) -> bool:
        """Assemble a proposed block if all its transactions are here; return whether nothing is lacking."""
        if pending.complete:
            return True
        block_id = pending.proposal.block_id
        if self._candidates.verdict(block_id) is not False:
            pending.block = self._candidates.block(block_id) or self.block(block_id)
            if pending.block is None:
                if pending.lacking(self._context.flow.pool):
                    return False
                pending.block = pending.assembled(self._context.flow.pool)
        pending.complete = True
        pending.bodies.clear()
        return True

    def _proposer_fits(self, proposal: Proposal) -> bool:
        """Return whether a new value names the proposer of its round as its maker; a re-proposal keeps its
        first maker.
        """
        if proposal.valid_round is not None:
            return True
        return proposal.header.proposer == self._proposer(proposal.round).public_key

    def _unjudged(self) -> Iterator[Pending]:
        for held in list(self._pending.values()):
            for pending in held:
                if not pending.judged:
                    yield pending

    def _incomplete(self) -> Iterator[Pending]:
        return (pending for pending in self._unjudged() if not pending.complete)
