"""The height in progress: its proposals, its candidate blocks, and the voting algorithm that decides among
them.

A proposal arrives as a header with transaction ids. It is *pending* until every transaction is here, then
judged by executing it; only then the voting algorithm hears of it. What the algorithm wants said goes out as
``SignVote`` and ``SignProposal``, and counts only once it comes back signed and durable.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass

from p2pchain.consensus.height import HeightConsensus
from p2pchain.consensus.types import (
    CommitArrived,
    Decided,
    Equivocated,
    GetValue,
    Input,
    Output,
    PolkaArrived,
    ProposalArrived,
    RoundEntered,
    ScheduleTimeout,
    SendProposal,
    SendVote,
    Start,
    TimeoutElapsed,
    ValueBuilt,
    VoteArrived,
)
from p2pchain.mempool.pool import Mempool
from p2pchain.model.chain import Block
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import BlockId, Height, PeerId, PublicKey, Round, Signature, TxId
from p2pchain.model.messages import FETCH_TX_IDS_MAX, TransactionsRequest
from p2pchain.model.parameters import Parameters
from p2pchain.model.safety import LockState, SafetyRecord
from p2pchain.model.transaction import VerifiedTransaction
from p2pchain.model.validators import ValidatorSet
from p2pchain.model.voting import (
    CommitCertificate,
    PolkaCertificate,
    Proposal,
    Vote,
    VoteContent,
)
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import BlockMaker, Candidate, Tip
from p2pchain.replica.effects import Emit, Fetch, Notice, SetTimer, SignProposal, SignVote
from p2pchain.replica.evidence import EvidencePool
from p2pchain.replica.inputs import BodiesDue, ConsensusTimeout
from p2pchain.replica.origin import restored_from
from p2pchain.replica.pending import Pending

PROPOSALS_PER_ROUND_MAX = 2
"""How many different proposals of one round are kept; an honest proposer makes one."""
ROUNDS_AHEAD_MAX = 8
"""How far above the round in progress a proposal is taken; later ones come again with the summaries."""
BODIES_DELAY_MS = 15
"""How long missing transactions may still arrive by themselves before they are fetched."""
BODIES_DEADLINE_MS = 2_000
NO_SIGNATURE = Signature(b"")


@dataclass(frozen=True, slots=True, kw_only=True)
class Surroundings:
    """What the work on one height needs from the rest of the replica; fixed for that height."""

    tip: Tip
    validators: ValidatorSet
    parameters: Parameters
    maker: BlockMaker
    verifier: Verifier
    pool: Mempool
    emit: Emit


class HeightWork:
    """All that is known and done about one height until it is decided."""

    def __init__(
        self,
        around: Surroundings,
        *,
        own_key: PublicKey | None,
        records: Iterable[SafetyRecord],
        evidence: EvidencePool,
    ) -> None:
        """``own_key``: consensus key, None for an observer; ``records``: what was signed at this height in an
        earlier life; ``evidence``: the replica's pool, to which equivocations found here are added.
        """
        self.height = Height(around.tip.height + 1)
        self.tip = around.tip
        self.validators = around.validators
        self.own_index = None if own_key is None else around.validators.index_of(own_key)
        self.proposer_order = around.maker.rotation()
        self.started = False
        self.decided: CommitCertificate | None = None
        self.candidates: dict[BlockId, Candidate] = {}
        self._around = around
        self._emit = around.emit
        self._evidence = evidence
        self._invalid: set[BlockId] = set()
        self._polkas_kept: set[Round] = set()
        self._blocks_kept: set[BlockId] = set()
        self._pending: dict[Round, list[Pending]] = {}
        self._records = tuple(record for record in records if record.height == self.height)
        self.consensus = HeightConsensus(
            height=self.height,
            validators=around.validators,
            own_index=self.own_index,
            parameters=around.parameters,
            proposer=self.proposer_index,
            restored=restored_from(self._records),
        )

    def proposer_index(self, round_: Round) -> int:
        """Index of the validator whose turn it is in a round of this height."""
        return self.proposer_order.proposer_index(self.validators, self.height, round_)

    @property
    def resumes(self) -> bool:
        """Whether something was signed at this height in an earlier life."""
        return bool(self._records)

    def begin(self, now_ms: int) -> None:
        """Enter round 0, or where an earlier life stopped; what that life signed is fed in again."""
        if self.started:
            return
        self.started = True
        self._feed(Start(), now_ms)
        for record in self._records:
            self._recover_block(record)
        for record in self._records:
            if record.polka is not None:
                self.polka(record.polka, now_ms)
                self._polkas_kept.add(record.polka.round)
            self.signed(record.message, now_ms)

    def proposal(self, proposal: Proposal, sender: PeerId | None, now_ms: int) -> bool:
        """Take a proposal; raises ``Invalid`` where its proposer did not sign it. Returns whether
        it is new.
        """
        held = self._pending.get(proposal.round, [])
        if proposal.round > self.consensus.round + ROUNDS_AHEAD_MAX or len(held) >= PROPOSALS_PER_ROUND_MAX:
            return False
        if any(
            each.proposal.block_id == proposal.block_id and each.proposal.valid_round == proposal.valid_round
            for each in held
        ):
            return False
        proposer = self.validators[self.proposer_index(proposal.round)].public_key
        self._around.verifier.proposal(proposal, proposer)
        pending = Pending(proposal=proposal, received_ms=now_ms, sender=sender)
        self._pending.setdefault(proposal.round, []).append(pending)
        if not self._complete(pending, now_ms):
            self._emit(SetTimer(timer=BodiesDue(block_id=proposal.block_id), delay_ms=BODIES_DELAY_MS))
        return True

    def vote(self, vote: Vote, now_ms: int) -> None:
        """Take a vote of this height; raises ``Invalid`` where the signature does not hold."""
        if self.consensus.vote(vote.round, vote.kind, vote.validator) == vote:
            return
        self._around.verifier.vote(vote, self.validators)
        self._feed(VoteArrived(vote=vote), now_ms)

    def polka(self, polka: PolkaCertificate, now_ms: int) -> None:
        """Take a polka certificate of this height; raises ``Invalid``."""
        if self.consensus.polka(polka.round) is not None:
            return
        self._around.verifier.polka(polka, self.validators)
        self._feed(PolkaArrived(polka=polka), now_ms)

    def commit(self, certificate: CommitCertificate, now_ms: int) -> None:
        """Take a commit certificate of this height; raises ``Invalid``."""
        if self.decided is not None:
            return
        self._around.verifier.commit(certificate, self.validators)
        self._feed(CommitArrived(certificate=certificate), now_ms)

    def timeout(self, elapsed: ConsensusTimeout, now_ms: int) -> None:
        """A timeout of this height."""
        self._feed(TimeoutElapsed(kind=elapsed.kind, round=elapsed.round), now_ms)

    def signing_refused(self) -> None:
        """What was to be durable with the message is not: it goes with the next one."""
        self._blocks_kept.clear()
        self._polkas_kept.clear()

    def signed(self, message: Proposal | Vote, now_ms: int) -> None:
        """An own message is durable: now it counts."""
        match message:
            case Vote():
                self.vote(message, now_ms)
            case Proposal():
                self.proposal(message, None, now_ms)

    def bodies_arrived(
        self, transactions: Iterable[VerifiedTransaction], sender: PeerId | None, now_ms: int
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
            self._complete(pending, now_ms)

    def fetch_bodies(self, block_id: BlockId, peers: Iterable[PeerId], now_ms: int) -> None:
        """Ask for what a pending proposal still lacks: its sender first, then others, one at a time."""
        for pending in self._unjudged():
            if pending.proposal.block_id != block_id or self._complete(pending, now_ms):
                continue
            order = [pending.sender, *peers] if pending.sender is not None else list(peers)
            peer = next((each for each in order if each is not None and each not in pending.asked), None)
            if peer is None:
                pending.asked.clear()
                self._emit(SetTimer(timer=BodiesDue(block_id=block_id), delay_ms=BODIES_DEADLINE_MS))
                continue
            pending.asked.add(peer)
            tx_ids = tuple(pending.lacking(self._around.pool)[:FETCH_TX_IDS_MAX])
            request = TransactionsRequest(tx_ids=tx_ids, block_id=block_id)
            self._emit(Fetch(peer=peer, request=request, deadline_ms=BODIES_DEADLINE_MS))

    def lacks_bodies(self, block_id: BlockId) -> bool:
        """Whether a proposal of this block waits for transactions."""
        return any(pending.proposal.block_id == block_id for pending in self._unjudged())

    def proposals_of(self, round_: Round) -> tuple[Proposal, ...]:
        """Proposals held of a round, first come first."""
        return tuple(pending.proposal for pending in self._pending.get(round_, ()))

    def proposal_rounds(self) -> Iterable[Round]:
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

    def _feed(self, given: Input, now_ms: int) -> None:
        for output in self.consensus.handle(given):
            self._carry_out(output, now_ms)

    def _carry_out(self, output: Output, now_ms: int) -> None:
        match output:
            case RoundEntered(round=round_):
                if round_ > 0:
                    self._notice("round.entered", height=self.height, round=round_)
            case GetValue(round=round_):
                self._build(round_, now_ms)
            case SendProposal():
                self._sign_proposal(output)
            case SendVote(kind=kind, round=round_, block_id=block_id, lock=lock):
                assert self.own_index is not None, "only a validator votes"
                content = VoteContent(kind=kind, height=self.height, round=round_, block_id=block_id)
                block, polka = self._new_block(lock), self._new_polka(lock)
                self._emit(
                    SignVote(content=content, validator=self.own_index, lock=lock, block=block, polka=polka)
                )
            case ScheduleTimeout(kind=kind, round=round_, delay_ms=delay_ms):
                timer = ConsensusTimeout(height=self.height, kind=kind, round=round_)
                self._emit(SetTimer(timer=timer, delay_ms=delay_ms))
            case Decided(certificate=certificate):
                self.decided = certificate
            case Equivocated(first=first, second=second):
                guilty = self.validators[first.validator]
                self._evidence.add(guilty.public_key, first, second)
                self._notice("evidence.found", height=self.height, round=first.round, org=guilty.org)

    def _new_block(self, lock: LockState) -> Block | None:
        """The block of the lock's valid value, if it is not durable yet: it goes with the next record."""
        if lock.valid_block is None or lock.valid_block in self._blocks_kept:
            return None
        candidate = self.candidates.get(lock.valid_block)
        if candidate is None:
            return None
        self._blocks_kept.add(lock.valid_block)
        return candidate.block

    def _new_polka(self, lock: LockState) -> PolkaCertificate | None:
        """The polka of the lock's valid round, if it is not durable yet: it goes with the next record."""
        if lock.valid_round is None or lock.valid_round in self._polkas_kept:
            return None
        self._polkas_kept.add(lock.valid_round)
        return self.consensus.polka(lock.valid_round)

    def _build(self, round_: Round, now_ms: int) -> None:
        assert self.own_index is not None, "only a validator proposes"
        maker = self._around.maker
        candidate = maker.build(
            self.tip,
            proposer=self.validators[self.own_index].public_key,
            now_ms=now_ms,
            transactions=maker.select(self._around.pool, self.tip.height),
            evidence=maker.usable_evidence(self._evidence, self.tip.height),
        )
        self.candidates[candidate.block.block_id] = candidate
        self._feed(ValueBuilt(round=round_, block_id=candidate.block.block_id), now_ms)

    def _sign_proposal(self, wanted: SendProposal) -> None:
        candidate = self.candidates.get(wanted.block_id)
        if candidate is None:
            self._notice("proposal.body_missing", height=self.height, round=wanted.round)
            return
        block = candidate.block
        proposal = Proposal(
            round=wanted.round,
            valid_round=wanted.valid_round,
            header=block.header,
            block_id=block.block_id,
            tx_ids=tuple(transaction.tx_id for transaction in block.transactions),
            evidence=block.evidence,
            last_certificate=block.last_certificate,
            signature=NO_SIGNATURE,
        )
        self._blocks_kept.add(block.block_id)
        self._emit(
            SignProposal(proposal=proposal, lock=wanted.lock, block=block, polka=self._new_polka(wanted.lock))
        )

    def _complete(self, pending: Pending, now_ms: int) -> bool:
        """Judge a pending proposal if all its transactions are here; returns whether it is judged."""
        if pending.judged:
            return True
        proposal = pending.proposal
        if proposal.block_id not in self.candidates and proposal.block_id not in self._invalid:
            if pending.lacking(self._around.pool):
                return False
            self._judge(pending)
        pending.judged = True
        pending.bodies.clear()
        arrived = ProposalArrived(
            round=proposal.round,
            valid_round=proposal.valid_round,
            block_id=proposal.block_id,
            valid=proposal.block_id in self.candidates and self._proposer_fits(proposal),
            timely=pending.is_timely(self._around.parameters),
        )
        self._feed(arrived, now_ms)
        return True

    def _judge(self, pending: Pending) -> None:
        proposal = pending.proposal
        block = pending.block(self._around.pool)
        try:
            self.candidates[block.block_id] = self._around.maker.judge(block, self.tip)
        except Invalid as fault:
            self._invalid.add(block.block_id)
            proposer = self.validators[self.proposer_index(proposal.round)]
            self._notice(
                "proposal.invalid",
                height=self.height,
                round=proposal.round,
                org=proposer.org,
                reason=str(fault),
            )

    def _proposer_fits(self, proposal: Proposal) -> bool:
        """A new value names the proposer of its round as its maker; a re-proposal keeps its first maker."""
        if proposal.valid_round is not None:
            return True
        return proposal.header.proposer == self.validators[self.proposer_index(proposal.round)].public_key

    def _unjudged(self) -> Iterator[Pending]:
        for held in list(self._pending.values()):
            for pending in held:
                if not pending.judged:
                    yield pending

    def _recover_block(self, record: SafetyRecord) -> None:
        block = record.block
        if block is None:
            return
        self._blocks_kept.add(block.block_id)
        if block.block_id not in self.candidates:
            self.candidates[block.block_id] = self._around.maker.judge(block, self.tip)

    def _notice(self, name: str, **facts: Fact) -> None:
        self._emit(Notice(name=name, facts=tuple(facts.items())))
