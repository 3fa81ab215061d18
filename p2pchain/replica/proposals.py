"""The proposals of the height in progress: held until every transaction is here, then judged by executing.

A proposal arrives as a header with transaction ids. What it lacks is fetched, its sender asked first. Once
complete it is executed; only then the voting algorithm hears of it.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping

from p2pchain.consensus.types import ProposalArrived
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import BlockId, PeerId, Round, TxId
from p2pchain.model.messages import FETCH_TX_IDS_MAX, TransactionsRequest
from p2pchain.model.transaction import VerifiedTransaction
from p2pchain.model.validators import Validator
from p2pchain.model.voting import Proposal
from p2pchain.replica.blocks import Candidate
from p2pchain.replica.effects import Fetch, Notice, SetTimer
from p2pchain.replica.inputs import BodiesDue
from p2pchain.replica.now import Now
from p2pchain.replica.pending import Pending
from p2pchain.replica.surroundings import Surroundings

PROPOSALS_PER_ROUND_MAX = 2
"""How many different proposals of one round are kept; an honest proposer makes one."""
ROUNDS_AHEAD_MAX = 8
"""How far above the round in progress a proposal is taken; later ones come again with the summaries."""
BODIES_DELAY_MS = 15
"""How long missing transactions may still arrive by themselves before they are fetched."""
BODIES_DEADLINE_MS = 2_000


class Proposals:
    """Proposals by round, and the blocks among them that proved valid: the candidates."""

    def __init__(
        self,
        around: Surroundings,
        *,
        proposer: Callable[[Round], Validator],
        arrived: Callable[[ProposalArrived, Now], None],
    ) -> None:
        """``proposer``: whose turn a round is; ``arrived``: told of each judged proposal and the time."""
        self.candidates: dict[BlockId, Candidate] = {}
        self._around = around
        self._proposer = proposer
        self._arrived = arrived
        self._emit = around.emit
        self._invalid: set[BlockId] = set()
        self._pending: dict[Round, list[Pending]] = {}
        self._asking: set[BlockId] = set()

    def add(self, proposal: Proposal, sender: PeerId | None, *, current: Round, now: Now) -> bool:
        """Take a proposal; raises ``Invalid`` where its proposer did not sign it.

        ``sender`` is None for an own one, ``current`` the round in progress. Returns whether it is new.
        """
        held = self._pending.get(proposal.round, [])
        if proposal.round > current + ROUNDS_AHEAD_MAX or len(held) >= PROPOSALS_PER_ROUND_MAX:
            return False
        if any(
            each.proposal.block_id == proposal.block_id and each.proposal.valid_round == proposal.valid_round
            for each in held
        ):
            return False
        self._around.verifier.proposal(proposal, self._proposer(proposal.round).public_key)
        pending = Pending(proposal=proposal, received=now, sender=sender)
        self._pending.setdefault(proposal.round, []).append(pending)
        if not self._complete(pending, now):
            self._emit(SetTimer(timer=BodiesDue(block_id=proposal.block_id), delay_ms=BODIES_DELAY_MS))
        return True

    def bodies_arrived(
        self, transactions: Iterable[VerifiedTransaction], sender: PeerId | None, now: Now
    ) -> None:
        """Transactions that a proposal waits for came; also called with none, to look into the pool again.

        ``sender`` may be asked again: an answer is bounded, and only that peer may have the rest.
        """
        fetched = {transaction.tx_id: transaction for transaction in transactions}
        for pending in self._unjudged():
            for tx_id in pending.proposal.tx_ids if fetched else ():
                if tx_id in fetched and tx_id not in pending.bodies:
                    pending.bodies[tx_id] = fetched[tx_id]
                    pending.asked.difference_update((sender,))
            self._complete(pending, now)

    def fetch_bodies(self, block_id: BlockId, peers: Iterable[PeerId], now: Now) -> None:
        """Ask for what a proposed block still lacks: its sender first, then others, one at a time.

        One block may be proposed in many rounds: there is one question under way for all of them.
        """
        if block_id in self._asking:
            return
        for pending in self._unjudged():
            if pending.proposal.block_id != block_id or self._complete(pending, now):
                continue
            order = [pending.sender, *peers] if pending.sender is not None else list(peers)
            peer = next((each for each in order if each is not None and each not in pending.asked), None)
            if peer is None:
                pending.asked.clear()
                self._emit(SetTimer(timer=BodiesDue(block_id=block_id), delay_ms=BODIES_DEADLINE_MS))
                return
            pending.asked.add(peer)
            self._asking.add(block_id)
            tx_ids = tuple(pending.lacking(self._around.flow.pool)[:FETCH_TX_IDS_MAX])
            request = TransactionsRequest(tx_ids=tx_ids, block_id=block_id)
            self._emit(Fetch(peer=peer, request=request, deadline_ms=BODIES_DEADLINE_MS))
            return

    def answered(
        self,
        block_id: BlockId,
        transactions: Iterable[VerifiedTransaction],
        sender: PeerId,
        peers: Iterable[PeerId],
        now: Now,
    ) -> None:
        """What became of ``fetch_bodies``: take what came, and ask on for what is still lacking."""
        self._asking.discard(block_id)
        self.bodies_arrived(transactions, sender, now)
        self.fetch_bodies(block_id, peers, now)

    def lacks_bodies(self, block_id: BlockId) -> bool:
        """Whether a proposal of this block waits for transactions."""
        return any(pending.proposal.block_id == block_id for pending in self._unjudged())

    def of_round(self, round_: Round) -> tuple[Proposal, ...]:
        """Proposals held of a round, first come first."""
        return tuple(pending.proposal for pending in self._pending.get(round_, ()))

    def rounds(self) -> Iterable[Round]:
        """Rounds of which a proposal is held."""
        return self._pending.keys()

    def bodies(self) -> Mapping[TxId, VerifiedTransaction]:
        """Transactions of the blocks that were proposed at this height."""
        found: dict[TxId, VerifiedTransaction] = {}
        for candidate in self.candidates.values():
            found.update((transaction.tx_id, transaction) for transaction in candidate.block.transactions)
        for pending in self._unjudged():
            found.update(pending.bodies)
        return found

    # leaves

    def _complete(self, pending: Pending, now: Now) -> bool:
        """Judge a pending proposal if all its transactions are here; returns whether it is judged."""
        if pending.judged:
            return True
        proposal = pending.proposal
        if proposal.block_id not in self.candidates and proposal.block_id not in self._invalid:
            if pending.lacking(self._around.flow.pool):
                return False
            self._judge(pending)
        pending.judged = True
        pending.bodies.clear()
        arrived = ProposalArrived(
            round=proposal.round,
            valid_round=proposal.valid_round,
            block_id=proposal.block_id,
            valid=proposal.block_id in self.candidates and self._proposer_fits(proposal),
            timely=pending.is_timely(self._around.parameters, self._around.tip),
        )
        self._arrived(arrived, now)
        return True

    def _judge(self, pending: Pending) -> None:
        proposal = pending.proposal
        block = pending.block(self._around.flow.pool)
        try:
            self.candidates[block.block_id] = self._around.maker.judge(block, self._around.tip)
        except Invalid as fault:
            self._invalid.add(block.block_id)
            facts: dict[str, Fact] = {
                "height": proposal.header.height,
                "round": proposal.round,
                "org": self._proposer(proposal.round).org,
                "reason": str(fault),
            }
            self._emit(Notice(name="proposal.invalid", facts=tuple(facts.items())))

    def _proposer_fits(self, proposal: Proposal) -> bool:
        """A new value names the proposer of its round as its maker; a re-proposal keeps its first maker."""
        if proposal.valid_round is not None:
            return True
        return proposal.header.proposer == self._proposer(proposal.round).public_key

    def _unjudged(self) -> Iterator[Pending]:
        for held in list(self._pending.values()):
            for pending in held:
                if not pending.judged:
                    yield pending
