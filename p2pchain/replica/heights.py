"""Height after height: the last final block, the work on the next, when that begins, and how it ends."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from itertools import chain

from p2pchain.ledger.kernel import Ledger
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import Height, PeerId, PublicKey
from p2pchain.model.messages import LinkMessage
from p2pchain.model.voting import CommitCertificate, Vote
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import BlockMaker, tip_of
from p2pchain.replica.build_size import BuildSize
from p2pchain.replica.candidates import Candidate
from p2pchain.replica.catchup import CatchUp
from p2pchain.replica.charges import part_filled
from p2pchain.replica.clock import ClockWatch, WallClock
from p2pchain.replica.double_sign_watch import double_sign_watch_of
from p2pchain.replica.effects import Announce, Committed, Emit, Persist, SetTimer
from p2pchain.replica.evidence import EvidencePool
from p2pchain.replica.executions import Executions, Task
from p2pchain.replica.height_context import HeightContext
from p2pchain.replica.height_pace import begin_timer, begins_in_ms
from p2pchain.replica.height_questions import HeightQuestions
from p2pchain.replica.height_work import HeightWork
from p2pchain.replica.inputs import SyncDue
from p2pchain.replica.module_faults import ModuleFaults
from p2pchain.replica.moment import Now
from p2pchain.replica.peer_view import PeerView
from p2pchain.replica.readiness import Readiness, stated_heights
from p2pchain.replica.roll_call import RollCall
from p2pchain.replica.start_state import Origin
from p2pchain.replica.transactions import TransactionFlow
from p2pchain.replica.vote_sightings import Sightings
from p2pchain.sync.planner import Arrived

Receive = Callable[[PeerId, LinkMessage, Now], None]
"""Takes a peer's message at a moment."""


class Heights:
    """The tip, and the work on the height above it."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        verifier: Verifier,
        maker: BlockMaker,
        origin: Origin,
        own_key: PublicKey | None,
        flow: TransactionFlow,
        catch_up: CatchUp,
        peers: Mapping[PeerId, PeerView],
        questions: HeightQuestions,
        executions: Executions,
        emit: Emit,
        receive: Receive,
    ) -> None:
        """``peers``: the replica's own view of its peers, shared; ``receive`` takes the messages that came
        too early, once their height is there.
        """
        self.tip = origin.tip
        self.last_commit_ms = 0
        self.wall_clock = WallClock()
        self.clock = ClockWatch()
        self.build_size = BuildSize()
        self.readiness = Readiness()
        self.double_sign_watch = None if own_key is None else double_sign_watch_of(own_key, origin, emit)
        self._ledger = ledger
        self._verifier = verifier
        self._maker = maker
        self._own_key = own_key
        self._floor = origin.floor
        self._records = origin.records
        self._flow = flow
        self._catch_up = catch_up
        self._peers = peers
        self._questions = questions
        self._executions = executions
        self._emit = emit
        self._receive = receive
        self._evidence = EvidencePool()
        self.sightings = Sightings(peers)
        self.module_faults = ModuleFaults(emit=emit)
        self.roll_call = RollCall()
        self._previous: HeightWork | None = None
        self._applied = False
        self.work = self._new_work()

    @property
    def syncing(self) -> bool:
        """Return whether a later final block is known to exist; nothing is signed meanwhile."""
        decided_without_block = self.work.decided is not None
        applies = self._catch_up.applying is not None
        return decided_without_block or applies or self._catch_up.planner.holds(Height(self.tip.height + 1))

    @property
    def waits_to_be_ready(self) -> bool:
        """Return whether this is a validator that does not know yet where the chain stands."""
        return self.work.own_index is not None and not self.readiness.ready

    def start(self, now: Now) -> None:
        """Begin the first height of this life."""
        self.last_commit_ms = now.monotonic_ms - max(0, now.wall_ms - self.tip.time_ms)
        self.schedule_begin(now)

    def begin(self, now: Now) -> None:
        """Enter the height; a validator that does not know yet where the chain stands only listens, and
        nobody begins a chain before its genesis.
        """
        if (self.readiness.ready or self.work.own_index is None) and not begins_in_ms(self.work, now):
            self.work.begin(now)

    def stop_signing(self) -> None:
        """Go on as an observer: the own key signs nothing any more."""
        self._own_key = self.double_sign_watch = None
        self.work.own_index = None

    def late_vote(self, vote: Vote, sender: PeerId, now: Now) -> None:
        """Compare a late vote of the last final height: it decides nothing, but may contradict one that was
        heard before. Raises ``Invalid``.
        """
        if self._previous is not None:
            self._previous.vote(vote, sender, now)

    def schedule_begin(self, now: Now) -> None:
        """Set the timer that begins the height. Evidence is no work that hurries: who votes twice at every
        height would else keep an idle chain busy.
        """
        busy = bool(len(self._flow.pool))
        parameters, last_ms = self._ledger.parameters, self.last_commit_ms
        self._emit(begin_timer(self.work, parameters, busy=busy, last_commit_ms=last_ms, now=now))

    def advance(self, now: Now) -> None:
        """Advance after an input: execute, commit what is decided, apply one block that came, begin what was
        put off, and execute for that.
        """
        self._applied = False
        self._execute(now)
        if self._ledger.edition.missing:
            return
        self._begin_if_ready(now)
        if not self.work.started and self.work.is_justified and not self.syncing:
            self.begin(now)
        self._execute(now)

    # leaves

    def _execute(self, now: Now) -> None:
        """Execute as far as this input may, and commit the decided block."""
        going_on = True
        while going_on:
            while (own := self.work.decided_candidate()) is not None:
                parent_ms, round_ = self.tip.time_ms, own[1].round
                self._measure(*own, now)
                self._commit(*own, now)
                self._compare_clocks(parent_ms, round_, now)
            if self._ledger.edition.missing:
                return
            self.work.report_verdicts(now)
            going_on = not self._applied and self._executions.advance(lambda: self._next_task(now), now)

    def _next_task(self, now: Now) -> Task | None:
        """Return the next execution; what ends the height comes first: the block that was decided here, or
        one that others gave.
        """
        task = self.work.next_task(now)
        if task is None or self.work.decided is None:
            arrived = self._catch_up.take(self.work.height)
            return task if arrived is None else self._applying(arrived)
        return task

    def _applying(self, arrived: Arrived) -> Task:
        work, certificate = self.work, arrived.block.certificate

        def applied(result: Candidate | Invalid, now: Now) -> None:
            if isinstance(result, Candidate):
                self._applied = True
                self._commit(result, certificate, now)
                return
            self._catch_up.rejected(result, now)
            if not work.started:
                self.schedule_begin(now)  # It was put off; this height is still to be decided.

        steps = self._catch_up.candidate(arrived, self.tip, work.candidates)
        return Task(steps=steps, wanted=lambda: True, done=applied)

    def _commit(self, candidate: Candidate, certificate: CommitCertificate, now: Now) -> None:
        block, execution = candidate.block, candidate.execution
        assert block.header.parent_id == self.tip.block_id, "committed upon the tip, once"
        decided = self.work.decided
        assert decided is None or decided.block_id == block.block_id, f"two blocks of {block.height}"
        self._executions.drop()
        self._catch_up.applied()
        if self.double_sign_watch is not None:
            self.double_sign_watch.final(block, certificate, self.work.own_index)
        validators = self._ledger.validators
        self._ledger.commit(execution)
        record = BlockRecord(
            block=block, certificate=certificate, receipts=execution.receipts, changes=execution.changes
        )
        self._emit(Persist(record=record))
        self._emit(Committed(record=record))
        self.module_faults.committed(execution)
        self._emit(Announce(header=block.header, certificate=certificate))
        self._flow.committed(block, execution)
        self.build_size.decided(certificate.round)
        self._evidence.keep(lambda evidence: self._maker.is_usable(evidence, block.height))
        self.tip = tip_of(block, certificate, validators)
        self.last_commit_ms = now.monotonic_ms
        self._records = tuple(record for record in self._records if record.height > self.tip.height)
        self.sightings.final(block.height)
        if self._previous is not None and self._previous.decided is not None:
            self.roll_call.decided(self._previous)
        self._previous, self.work = self.work, self._new_work()
        for view in self._peers.values():
            view.height_began()
        if self._ledger.edition.missing:
            return  # Our software cannot judge the next height: with what was emitted the node ends.
        if not self._catch_up.planner.holds(self.work.height):
            self.schedule_begin(now)
            self._replay_kept(now)
        else:
            self._emit(SetTimer(timer=SyncDue(), delay_ms=0))

    def _measure(self, candidate: Candidate, certificate: CommitCertificate, now: Now) -> None:
        """Learn how long a height took, if it began here and the first round decided it."""
        if certificate.round == 0 and self.work.started:
            filled = part_filled(candidate, self._ledger.parameters)
            self.build_size.measured(now.monotonic_ms - self.work.began_ms, filled)

    def _compare_clocks(self, parent_ms: int, round_: int, now: Now) -> None:
        """Compare the own clocks with the block that was just decided; the least time that could follow its
        parent was nobody's clock.
        """
        block_ms, parameters = self.tip.time_ms, self._ledger.parameters
        if block_ms > parent_ms + 1:
            self.clock.decided(block_time_ms=block_ms, round_=round_, now_ms=now.wall_ms)
            self.wall_clock.decided(block_time_ms=block_ms, round_=round_, now=now, parameters=parameters)

    def _replay_kept(self, now: Now) -> None:
        for peer in sorted(self._peers):
            kept, self._peers[peer].future = self._peers[peer].future, []
            for message in kept:
                self._receive(peer, message, now)

    def _begin_if_ready(self, now: Now) -> None:
        """Begin the height that was put off when the readiness gate opens."""
        work = self.work
        if work.own_index is None or self.readiness.ready or self.syncing:
            return
        heights = chain(stated_heights(self._peers, self._ledger.members), self._questions.stated())
        if self.readiness.consider(work.validators, work.own_index, heights, work.height):
            self.schedule_begin(now)

    def _new_work(self) -> HeightWork:
        own_key = self._own_key if self.tip.height >= self._floor else None
        context = HeightContext(
            tip=self.tip,
            validators=self._ledger.validators,
            parameters=self._ledger.parameters,
            maker=self._maker,
            verifier=self._verifier,
            flow=self._flow,
            build_size=self.build_size,
            emit=self._emit,
            double_sign_watch=self.double_sign_watch,
            sightings=self.sightings,
        )
        return HeightWork(context, own_key=own_key, records=self._records, evidence=self._evidence)
