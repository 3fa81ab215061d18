"""The height in progress: its proposals, and the voting algorithm that decides among the valid ones.

What the algorithm wants said goes out as ``SignVote`` and ``SignProposal``, and counts only once it comes
back signed and durable.

Blocks are executed beside the voting, in slices (``executions.py``). A timeout may so come while the block
that it waits for is being executed: it is then waited for once more, and no longer, for a machine may be too
slow for its neighbours.
"""

from __future__ import annotations

from collections.abc import Iterable

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
    TimeoutKind,
    ValueBuilt,
    VoteArrived,
)
from p2pchain.model.chain import Block
from p2pchain.model.errors import Fact, Invalid
from p2pchain.model.ids import BlockId, Height, PeerId, PublicKey, Round, Signature
from p2pchain.model.safety import LockState, SafetyRecord
from p2pchain.model.validators import Validator
from p2pchain.model.voting import (
    CommitCertificate,
    PolkaCertificate,
    Proposal,
    Vote,
    VoteContent,
)
from p2pchain.replica.candidates import Candidate, Candidates
from p2pchain.replica.effects import Notice, SetTimer, SignProposal, SignVote
from p2pchain.replica.evidence import EvidencePool
from p2pchain.replica.executions import Task
from p2pchain.replica.height_context import HeightContext
from p2pchain.replica.inputs import ConsensusTimeout
from p2pchain.replica.moment import Now
from p2pchain.replica.proposals import Proposals
from p2pchain.replica.start_state import restored_from

NO_SIGNATURE = Signature(b"")


class HeightWork:
    """State and rules of one height until it is decided."""

    def __init__(
        self,
        context: HeightContext,
        *,
        own_key: PublicKey | None,
        records: Iterable[SafetyRecord],
        evidence: EvidencePool,
    ) -> None:
        """``own_key``: consensus key, None for an observer; ``records``: messages signed at this height in an
        earlier life; ``evidence``: the replica's pool, to which equivocations found here are added.
        """
        self.height = Height(context.tip.height + 1)
        self.tip = context.tip
        self.validators = context.validators
        self.own_index = None if own_key is None else context.validators.index_of(own_key)
        self.proposer_order = context.maker.rotation()
        self.started = False
        self.began_ms = 0
        self.decided: CommitCertificate | None = None
        self.candidates = Candidates(self._pinned)
        self.proposals = Proposals(
            context, candidates=self.candidates, proposer=self._proposer, arrived=self._judged
        )
        self._proposed = False
        self._context = context
        self._emit = context.emit
        self._evidence = evidence
        self._value_wanted: Round | None = None
        self._propose_timeout: SetTimer | None = None
        self._polkas_kept: set[Round] = set()
        self._blocks_kept: set[BlockId] = set()
        self._records = tuple(record for record in records if record.height == self.height)
        self.consensus = HeightConsensus(
            height=self.height,
            validators=context.validators,
            own_index=self.own_index,
            parameters=context.parameters,
            proposer=self.proposer_index,
            restored=restored_from(self._records),
        )

    def proposer_index(self, round_: Round) -> int:
        """Return the index of the validator whose turn it is in a round of this height."""
        return self.proposer_order.proposer_index(self.validators, self.height, round_)

    @property
    def resumes(self) -> bool:
        """Return whether something was signed at this height in an earlier life."""
        return bool(self._records)

    @property
    def is_justified(self) -> bool:
        """Return whether the height may begin before its time: its proposer has made a valid, timely block,
        or more than 1/3 of the power voted. The words of fewer prove nothing, or one could keep an idle chain
        busy.
        """
        return self._proposed or self.consensus.is_honest_voice()

    def begin(self, now: Now) -> None:
        """Enter round 0, or where an earlier life stopped; what that life signed is fed in again."""
        if self.started:
            return
        self.started, self.began_ms = True, now.monotonic_ms
        self._feed(Start(), now)
        for record in self._records:
            self._recover_block(record)
        for record in self._records:
            if record.polka is not None:
                self.polka(record.polka, now)
                self._polkas_kept.add(record.polka.round)
            self._own(record.message, now)

    def proposal(self, proposal: Proposal, sender: PeerId | None, now: Now) -> bool:
        """Take a proposal; raises ``Invalid`` where its proposer did not sign it. Returns whether
        it is new.
        """
        new = self.proposals.add(proposal, sender, current=self.consensus.round, now=now)
        if new and self.proposer_index(proposal.round) == self.own_index:
            self._heard_own(proposal, sender)
        return new

    def vote(self, vote: Vote, sender: PeerId | None, now: Now) -> None:
        """Take a vote of this height, an own one where ``sender`` is None; raises ``Invalid`` where the
        signature does not hold.
        """
        if self.consensus.vote(vote.round, vote.kind, vote.validator) == vote:
            return
        self._context.verifier.vote(vote, self.validators)
        self._context.sightings.heard(vote, sender)
        if vote.validator == self.own_index:
            self._heard_own(vote, sender)
        self._feed(VoteArrived(vote=vote), now)

    def polka(self, polka: PolkaCertificate, now: Now) -> None:
        """Take a polka certificate of this height; raises ``Invalid``."""
        if self.consensus.polka(polka.round) is not None:
            return
        self._context.verifier.polka(polka, self.validators)
        self._certified(polka)
        self._feed(PolkaArrived(polka=polka), now)

    def commit(self, certificate: CommitCertificate, now: Now) -> None:
        """Take a commit certificate of this height; raises ``Invalid``."""
        if self.decided is not None:
            return
        self._context.verifier.commit(certificate, self.validators)
        self._certified(certificate)
        self._feed(CommitArrived(certificate=certificate), now)

    def timeout(self, elapsed: ConsensusTimeout, now: Now) -> None:
        """Handle a timeout of this height. Where it waits for a proposal that is being executed, it waits as
        long once more.
        """
        again = self._propose_timeout
        if again is not None and again.timer == elapsed and self.proposals.awaits_verdict(elapsed.round):
            self._propose_timeout = None
            self._emit(again)
            return
        self._feed(TimeoutElapsed(kind=elapsed.kind, round=elapsed.round), now)

    def signing_refused(self) -> None:
        """Keep the block and polka that were to be durable with a refused message: they go with the
        next one.
        """
        self._blocks_kept.clear()
        self._polkas_kept.clear()

    def signed(self, message: Proposal | Vote, now: Now) -> None:
        """Count an own message that has just been signed and is durable. The signature is not verified; what
        an earlier life signed is, for it comes from a disk.
        """
        if self.own_index is not None:
            self._context.verifier.just_signed(message, self.validators[self.own_index].public_key)
        self._own(message, now)

    def _own(self, message: Proposal | Vote, now: Now) -> None:
        match message:
            case Vote():
                self.vote(message, None, now)
            case Proposal():
                self.proposal(message, None, now)

    def report_verdicts(self, now: Now) -> None:
        """Hand the voting the known verdicts on proposals of the round in progress."""
        round_: Round | None = None
        while round_ != self.consensus.round and self.decided is None:
            round_ = self.consensus.round
            self.proposals.report_verdicts(round_, now)

    def next_task(self, now: Now) -> Task | None:
        """Return the next execution, if any: the block that was decided; or else a proposal of the round in
        progress, or our own for it, unless our key made one already.
        """
        if self.decided is not None:
            block = self._block(self.decided.block_id)
            return None if block is None else self._execution_of_decided(block)
        pending = self.proposals.next_unjudged(self.consensus.round)
        if pending is not None and pending.block is not None:
            return self._judging(pending.proposal, pending.block)
        if self._value_wanted == self.consensus.round and self.own_index is not None:
            return self._building(self.consensus.round, self.own_index, now)
        return None

    def decided_candidate(self) -> tuple[Candidate, CommitCertificate] | None:
        """Return the block to commit, once it is decided and executed."""
        candidate = None if self.decided is None else self.candidates.executed(self.decided.block_id)
        return None if self.decided is None or candidate is None else (candidate, self.decided)

    # leaves

    def _building(self, round_: Round, own_index: int, now: Now) -> Task:
        context, maker, flow = self._context, self._context.maker, self._context.flow
        halvings = context.build_size.halvings(context.parameters, modest=flow.has_modest())

        def built(result: Candidate | Invalid, now: Now) -> None:
            assert isinstance(result, Candidate), f"our own block is invalid: {result}"
            self._value_wanted = None
            self.candidates.add(result)
            self._feed(ValueBuilt(round=round_, block_id=result.block.block_id), now)

        return Task(
            steps=maker.build_steps(
                self.tip,
                proposer=self.validators[own_index].public_key,
                now_ms=now.wall_ms,
                transactions=maker.select(flow.in_turn(), self.tip.height, halvings),
                evidence=maker.usable_evidence(self._evidence, self.tip.height),
                halvings=halvings,
            ),
            wanted=lambda: self.decided is None and round_ == self._value_wanted == self.consensus.round,
            done=built,
        )

    def _judging(self, proposal: Proposal, block: Block) -> Task:
        def wanted() -> bool:
            if self.decided is not None:
                return self.decided.block_id == block.block_id
            return proposal.round == self.consensus.round

        return Task(
            steps=self._context.maker.judge_steps(block, self.tip),
            wanted=wanted,
            done=lambda result, _now: self.proposals.judged(proposal, result),
        )

    def _execution_of_decided(self, block: Block) -> Task | None:
        """Execute the decided block; None where it is invalid for us: then the others' block is fetched, and
        the node ends where that proves the same.
        """
        if self.candidates.verdict(block.block_id) is False:
            return None

        def executed(result: Candidate | Invalid, _now: Now) -> None:
            if isinstance(result, Candidate):
                self.candidates.add(result)
            else:
                self.candidates.refuse(block.block_id)
                self._notice("proposal.invalid", height=self.height, reason=str(result))

        steps = self._context.maker.judge_steps(block, self.tip)
        return Task(steps=steps, wanted=lambda: True, done=executed)

    def _block(self, block_id: BlockId) -> Block | None:
        return self.candidates.block(block_id) or self.proposals.block(block_id)

    def _pinned(self) -> tuple[BlockId, ...]:
        """Return the blocks that may still be proposed again or committed."""
        lock = self.consensus.lock
        decided = None if self.decided is None else self.decided.block_id
        return tuple(
            block_id for block_id in (lock.locked_block, lock.valid_block, decided) if block_id is not None
        )

    def _heard_own(self, message: Proposal | Vote, sender: PeerId | None) -> None:
        """Pass a message that our key signed to the double-sign watch."""
        if sender is not None and self._context.double_sign_watch is not None:
            self._context.double_sign_watch.heard(message, sender)

    def _certified(self, certificate: PolkaCertificate | CommitCertificate) -> None:
        if self._context.double_sign_watch is not None:
            self._context.double_sign_watch.certified(certificate, self.own_index)

    def _judged(self, proposal: ProposalArrived, now: Now) -> None:
        """Consider a proposal that is complete and was executed. One of a later round is no reason to begin:
        everybody is the proposer of some round.
        """
        if proposal.valid and proposal.timely and proposal.round == self.consensus.round:
            self._proposed = True
        self._feed(proposal, now)

    def _feed(self, input_: Input, now: Now) -> None:
        for output in self.consensus.handle(input_):
            self._carry_out(output, now)

    def _carry_out(self, output: Output, now: Now) -> None:
        match output:
            case GetValue() | SendProposal() | SendVote() if self.own_index is None:
                return  # Signing was stopped in the midst of the height.
            case RoundEntered(round=round_):
                lock = self.consensus.lock
                needed = [kept for kept in (lock.locked_round, lock.valid_round) if kept is not None]
                self.proposals.forget_below(round_, needed)
                if round_ > 0:
                    self._context.build_size.round_failed()
                    self._notice("round.entered", height=self.height, round=round_)
            case GetValue(round=round_):
                self._value_wanted = round_
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
                set_timer = SetTimer(timer=timer, delay_ms=delay_ms)
                if kind is TimeoutKind.PROPOSE:
                    self._propose_timeout = set_timer
                self._emit(set_timer)
            case Decided(certificate=certificate):
                self.decided = certificate
            case Equivocated(first=first, second=second):
                guilty = self.validators[first.validator]
                self._evidence.add(guilty.public_key, first, second)
                double_vote = self._context.sightings.voted_twice(guilty, first, second)
                self._emit(Notice(name="evidence.found", facts=double_vote.facts()))

    def _proposer(self, round_: Round) -> Validator:
        return self.validators[self.proposer_index(round_)]

    def _new_block(self, lock: LockState) -> Block | None:
        """Return the block of the valid value, if it is not durable yet: it goes with the next record."""
        if lock.valid_block is None or lock.valid_block in self._blocks_kept:
            return None
        block = self.candidates.block(lock.valid_block)
        if block is not None:
            self._blocks_kept.add(lock.valid_block)
        return block

    def _new_polka(self, lock: LockState) -> PolkaCertificate | None:
        """Return the polka of the valid round, if it is not durable yet: it goes with the next record."""
        if lock.valid_round is None or lock.valid_round in self._polkas_kept:
            return None
        self._polkas_kept.add(lock.valid_round)
        return self.consensus.polka(lock.valid_round)

    def _sign_proposal(self, wanted: SendProposal) -> None:
        block = self.candidates.block(wanted.block_id)
        if block is None:
            self._notice("proposal.body_missing", height=self.height, round=wanted.round)
            return
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

    def _recover_block(self, record: SafetyRecord) -> None:
        """Keep a block that was durable with a signature of ours: it was valid then, upon the same state."""
        if record.block is not None:
            self._blocks_kept.add(record.block.block_id)
            self.candidates.keep(record.block)

    def _notice(self, name: str, **facts: Fact) -> None:
        self._emit(Notice(name=name, facts=tuple(facts.items())))
