"""Carries out what the replica wants, in order: the one loop of the daemon."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Sequence
from typing import Protocol

import structlog
import trio

from p2pchain.codec.block import encode_block_record
from p2pchain.codec.messages import name_of
from p2pchain.mempool.pool_entry import Dropped
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Fault, Refused
from p2pchain.model.ids import Height
from p2pchain.model.messages import Announcement
from p2pchain.model.transaction import CODE_MODULE_FAULT
from p2pchain.model.voting import Proposal, Vote
from p2pchain.net.events import FetchFailed
from p2pchain.net.network import Network
from p2pchain.node.face.pool_metrics import PoolMetrics
from p2pchain.node.face.transaction_waits import Waiters
from p2pchain.node.home.key_guard import Guarded
from p2pchain.node.home.prune_limit import Pruner
from p2pchain.node.peers.block_server import BlockServer
from p2pchain.node.run.block_summary import BlockSummary
from p2pchain.node.run.clocks import read_clocks
from p2pchain.node.run.inbox import Inbox
from p2pchain.node.run.timers import Timers
from p2pchain.replica.effects import (
    Announce,
    Answer,
    Broadcast,
    Committed,
    ContinueExecution,
    Effect,
    Fetch,
    LeaveOut,
    Notice,
    Penalise,
    Persist,
    Respond,
    Send,
    ServeBlocks,
    SetTimer,
    SignHeight,
    SignProposal,
    SignVote,
    StopSigning,
    TransactionsDropped,
)
from p2pchain.replica.inputs import (
    BeginHeight,
    BodiesDue,
    FetchCompleted,
    HeightSigned,
    Input,
    OwnMessageSigned,
    SigningRefused,
    SigningStopped,
    Timer,
    TimerElapsed,
)
from p2pchain.replica.replica import Replica
from p2pchain.signing.standing import Stop
from p2pchain.storage.chain import ChainLog
from p2pchain.telemetry.metrics import Metrics

FETCHES_MAX = 64
"""Most questions to peers that are under way at once; past it a question fails at once and is asked again
later.
"""

FETCH_REFUSED_AFTER_S = 0.1
"""How long such a question takes to fail, so that asking again at once is not a busy loop."""


class CommitListener(Protocol):
    """Whoever wants to know of final, durable blocks."""

    def committed(self, record: BlockRecord) -> None:
        """Must not block."""
        ...


class Interpreter:
    """The replica, and the hands that it lacks."""

    def __init__(
        self,
        *,
        replica: Replica,
        network: Network,
        chain_log: ChainLog,
        guarded: Guarded | None,
        server: BlockServer,
        pruner: Pruner,
        inbox: Inbox,
        waiters: Waiters,
        metrics: Metrics,
        listeners: tuple[CommitListener, ...],
        log: structlog.typing.FilteringBoundLogger,
    ) -> None:
        """``guarded``: the own consensus key, None for an observer."""
        self.replica = replica
        self.last_input = trio.current_time()
        self._network = network
        self._chain_log = chain_log
        self._guarded = guarded
        self._server = server
        self._pruner = pruner
        self._inbox = inbox
        self._waiters = waiters
        self._metrics = metrics
        self._listeners = listeners
        self._log = log
        self._pool_metrics = PoolMetrics(replica.flow, metrics)
        self._fetches = 0
        self._last_commit: float | None = None
        self._blocks = BlockSummary(log, trio.current_time())
        self._members = replica.ledger.members
        self.timers = Timers(self._timer_elapsed)

    async def run(self, nursery: trio.Nursery, first: Input) -> None:
        """Take inputs for ever; long work goes into ``nursery``."""
        await self._take(first, nursery)
        while True:
            input_ = await self._inbox.take()
            if isinstance(input_, TimerElapsed):
                await self._take_pushes_before(input_.timer, nursery)
            await self._take(input_, nursery)
            await trio.lowlevel.checkpoint()

    async def _take_pushes_before(self, timer: Timer, nursery: trio.Nursery) -> None:
        """Look into batches that wait here already: before a proposal's missing transactions are fetched into
        all, before a height begins into one of each peer and of clients, so that its block may hold them.
        """
        if isinstance(timer, BodiesDue):
            proposals = self.replica.work.proposals
            while proposals.lacks_bodies(timer.block_id) and (push := self._inbox.take_push()) is not None:
                await self._take(push, nursery)
        elif isinstance(timer, BeginHeight):
            for batch in self._inbox.take_one_of_each():
                await self._take(batch, nursery)

    async def _take(self, input_: Input, nursery: trio.Nursery) -> None:
        """One input, and the own signatures that follow from it, before anything else."""
        waiting = deque([input_])
        while waiting:
            self.last_input = trio.current_time()
            for effect in self.replica.handle(waiting.popleft(), read_clocks()):
                own = await self._carry_out(effect, nursery)
                if own is not None:
                    waiting.append(own)

    async def _carry_out(self, effect: Effect, nursery: trio.Nursery) -> Input | None:
        match effect:
            case Send(peer=peer, message=message):
                self._network.send(peer, message)
            case Broadcast(message=message):
                self._network.broadcast(message)
            case SetTimer(timer=timer, delay_ms=delay_ms):
                self.timers.set(timer, delay_ms)
            case ContinueExecution():
                self._inbox.put_execution()
            case SignVote() | SignProposal():
                return await self._sign(effect)
            case SignHeight(height=height, challenge=challenge):
                return self._sign_height(height, challenge)
            case StopSigning():
                return await self._stop_signing(effect)
            case Persist(record=record):
                await self._persist(record)
            case Committed(record=record):
                self._committed(record)
            case Announce(header=header, certificate=certificate):
                self._network.announce(Announcement(header=header, certificate=certificate))
            case Fetch():
                self._fetch(effect, nursery)
            case Respond(peer=peer, request_id=request_id, response=response):
                self._network.respond(peer, request_id, response)
            case ServeBlocks(peer=peer, request_id=request_id, first=first, count=count):
                self._server.serve(nursery, peer=peer, request_id=request_id, first=first, count=count)
            case Answer(ticket=ticket, results=results):
                self._answer(ticket, results)
            case TransactionsDropped(dropped=dropped):
                self._dropped(dropped)
            case Penalise(peer=peer, fault=fault):
                self._metrics.penalties.labels(fault.code).inc()
                self._log.warning("peer.fault", peer=peer, code=fault.code, **fault.facts)
                self._network.drop(peer, str(fault))
            case LeaveOut(peer=peer, for_ms=for_ms):
                self._inbox.forget_pushes(peer)
                self._network.leave_out(peer, for_ms)
            case Notice(name=name, facts=facts):
                self._log.warning(name, **dict(facts))
        return None

    async def _sign(self, effect: SignVote | SignProposal) -> Input:
        """Guard, sign and write in a thread: the disk must not hold up the sockets."""
        signer = None if self._guarded is None else self._guarded.signer
        assert signer is not None, "an observer is never asked to sign"

        def sign() -> Vote | Proposal:
            if isinstance(effect, SignVote):
                return signer.sign_vote(
                    effect.content,
                    validator=effect.validator,
                    lock=effect.lock,
                    block=effect.block,
                    polka=effect.polka,
                )
            return signer.sign_proposal(
                effect.proposal, lock=effect.lock, block=effect.block, polka=effect.polka
            )

        try:
            return OwnMessageSigned(message=await trio.to_thread.run_sync(sign))
        except Refused as refusal:
            self._log.error("signing.refused", code=refusal.code, **refusal.facts)
            return SigningRefused(code=refusal.code)

    def _sign_height(self, height: Height, challenge: bytes) -> Input | None:
        signer = None if self._guarded is None else self._guarded.signer
        assert signer is not None, "an observer is never asked to sign"
        try:
            return HeightSigned(statement=signer.sign_height(height, challenge))
        except Refused as refusal:
            self._log.error("signing.refused", code=refusal.code, **refusal.facts)
            return None

    async def _stop_signing(self, effect: StopSigning) -> Input:
        """Durable before anything that follows."""
        guarded = self._guarded
        assert guarded is not None, "an observer signs nothing"
        stop = Stop(code=effect.code, facts=dict(effect.facts))
        await trio.to_thread.run_sync(guarded.stop, stop, effect.position)
        self._log.error("signing.stopped", code=stop.code, hint=guarded.reason(), **stop.facts)
        return SigningStopped()

    async def _persist(self, record: BlockRecord) -> None:
        began = trio.current_time()

        def write() -> None:
            self._chain_log.append(record.block.height, encode_block_record(record))
            self._chain_log.sync()
            self._pruner.prune(record.block.height)

        await trio.to_thread.run_sync(write)
        self._metrics.persist_ms.observe((trio.current_time() - began) * 1000)

    def _committed(self, record: BlockRecord) -> None:
        block, metrics = record.block, self._metrics
        if self._guarded is not None and self._guarded.signer is not None:
            self._guarded.signer.committed(block.height)
        self._waiters.committed(record)
        members = self.replica.ledger.members
        if members is not self._members:
            self._members = members
            self._network.members_changed()
        accepted = sum(receipt.code == "OK" for receipt in record.receipts)
        metrics.transactions.labels("accepted").inc(accepted)
        metrics.transactions.labels("refused").inc(len(record.receipts) - accepted)
        metrics.module_faults.inc(sum(receipt.code == CODE_MODULE_FAULT for receipt in record.receipts))
        metrics.height.set(block.height)
        self._pool_metrics.measure()
        self._inbox.measure()
        committed_at = trio.current_time()
        if self._last_commit is not None:
            metrics.commit_ms.observe((committed_at - self._last_commit) * 1000)
        self._last_commit = committed_at
        self._blocks.committed(record, committed_at)
        for listener in self._listeners:  # Last: one of them may end the run.
            listener.committed(record)

    def _answer(self, ticket: int, results: tuple[Fault | None, ...]) -> None:
        for fault in results:
            if fault is not None:
                self._metrics.refused.labels(fault.code).inc()
        self._waiters.answered(ticket, results)

    def _dropped(self, dropped: Sequence[Dropped]) -> None:
        counts = Counter(drop.fault.code for drop in dropped)
        self._log.warning("mempool.dropped", **counts)
        self._waiters.dropped(dropped)

    def _fetch(self, effect: Fetch, nursery: trio.Nursery) -> None:
        if self._fetches >= FETCHES_MAX:
            failed = FetchCompleted(peer=effect.peer, request=effect.request, response=None)
            nursery.start_soon(self._fail_later, failed)
            return
        self._fetches += 1
        nursery.start_soon(self._fetch_from, effect)

    async def _fetch_from(self, effect: Fetch) -> None:
        peer, request = effect.peer, effect.request
        try:
            response = await self._network.fetch(peer, request, effect.deadline_ms)
        except FetchFailed as failure:
            self._log.info("fetch.failed", peer=peer, request=name_of(request), reason=str(failure))
            response = None
        finally:
            self._fetches -= 1
        self._inbox.put_urgent(FetchCompleted(peer=peer, request=request, response=response))

    async def _fail_later(self, failed: FetchCompleted) -> None:
        await trio.sleep(FETCH_REFUSED_AFTER_S)
        self._inbox.put_urgent(failed)

    def _timer_elapsed(self, timer: Timer) -> None:
        self._inbox.put_urgent(TimerElapsed(timer=timer))
