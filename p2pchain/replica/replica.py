"""The whole node as one state machine: ``handle(input)`` gives the effects to carry out, in order.

Nothing here knows a clock, a socket or a disk. The daemon carries the effects out on Trio; the simulator
carries out the same effects over a clock, a network and disks of its own.
"""

from __future__ import annotations

from p2pchain.codec.messages import name_of
from p2pchain.ledger.kernel import Ledger
from p2pchain.mempool.pool import Mempool, PoolLimits
from p2pchain.mempool.refused_senders import NOBODY, RefusedSenders
from p2pchain.model.errors import Fact, Invalid, PeerFault
from p2pchain.model.ids import Height, PeerId, PublicKey
from p2pchain.model.messages import (
    BlocksRequest,
    BlocksResponse,
    CommitMessage,
    FetchRequest,
    FetchResponse,
    HeightQuestion,
    HeightStatement,
    LinkMessage,
    PolkaMessage,
    ProposalMessage,
    RoundSummary,
    TransactionBatch,
    TransactionsHeld,
    TransactionsRequest,
    TransactionsResponse,
    VoteMessage,
)
from p2pchain.model.voting import CommitCertificate, Proposal, Vote
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.blocks import BlockMaker, Tip
from p2pchain.replica.catchup import CatchUp
from p2pchain.replica.effects import (
    Broadcast,
    Effect,
    Notice,
    Penalise,
    Send,
    ServeBlocks,
    SetTimer,
)
from p2pchain.replica.executions import SLICE_UNITS, Executions
from p2pchain.replica.gossip import fill_gaps, item_of, summary_of
from p2pchain.replica.height_questions import HeightQuestions
from p2pchain.replica.height_work import HeightWork
from p2pchain.replica.heights import Heights
from p2pchain.replica.inputs import (
    AnnounceDue,
    BatchDue,
    BeginHeight,
    BodiesDue,
    CertificateAnnounced,
    ConsensusTimeout,
    ExecutionDue,
    FetchCompleted,
    FetchRequested,
    HeightSigned,
    Input,
    MessageReceived,
    OwnMessageSigned,
    PeerConnected,
    PeerDisconnected,
    PoolLimitsSet,
    SendersRefused,
    SigningRefused,
    SigningStopped,
    StandDue,
    Started,
    SummaryDue,
    SyncDue,
    Timer,
    TimerElapsed,
    TransactionsSubmitted,
    TransactionUnwanted,
)
from p2pchain.replica.invariants import TransitionCheck
from p2pchain.replica.moment import Now
from p2pchain.replica.peer_view import PeerView
from p2pchain.replica.readiness import keys_of
from p2pchain.replica.round_summary import SummaryTimes
from p2pchain.replica.start_state import Origin
from p2pchain.replica.transactions import TransactionFlow
from p2pchain.replica.vote_sightings import holders

SYNC_EVERY_MS = 500


class Replica:
    """State machine of one node. ``own_key`` is None for an observer, which follows and never votes."""

    def __init__(
        self,
        *,
        ledger: Ledger,
        verifier: Verifier,
        origin: Origin,
        own_key: PublicKey | None,
        pool_limits: PoolLimits,
        secret: bytes,
        refused: RefusedSenders = NOBODY,
        slice_units: int = SLICE_UNITS,
    ) -> None:
        """``ledger`` stands at ``origin.tip``; it is changed by this replica alone from here on. ``secret``:
        32 random bytes, drawn anew for each life; ``refused``: senders of whom the operator takes nothing;
        ``slice_units``: about how many units of execution one input does.
        """
        self.ledger = ledger
        self.peers: dict[PeerId, PeerView] = {}
        self._effects: list[Effect] = []
        self._verifier = verifier
        self._transitions = TransitionCheck(origin.tip)
        maker = BlockMaker(ledger, verifier)
        emit = self._effects.append
        self._summary_times = SummaryTimes(emit)
        pool = Mempool(pool_limits, refused)
        self.flow = TransactionFlow(ledger=ledger, verifier=verifier, pool=pool, peers=self.peers, emit=emit)
        self.catch_up = CatchUp(ledger=ledger, maker=maker, verifier=verifier, secret=secret, emit=emit)
        self.executions = Executions(emit, slice_units)
        self._questions = HeightQuestions(secret=secret, verifier=verifier, peers=self.peers, emit=emit)
        self.heights = Heights(
            ledger=ledger,
            verifier=verifier,
            maker=maker,
            origin=origin,
            own_key=own_key,
            flow=self.flow,
            catch_up=self.catch_up,
            peers=self.peers,
            executions=self.executions,
            questions=self._questions,
            emit=emit,
            receive=self._received,
        )

    @property
    def tip(self) -> Tip:
        """The last final block."""
        return self.heights.tip

    @property
    def work(self) -> HeightWork:
        """The height in progress."""
        return self.heights.work

    @property
    def height(self) -> Height:
        """The last final height."""
        return self.tip.height

    @property
    def syncing(self) -> bool:
        """Return whether a later final block is known to exist; nothing is signed meanwhile."""
        return self.heights.syncing

    def handle(self, input_: Input, now: Now) -> tuple[Effect, ...]:
        """Take one input at a moment and return what must be done, in order."""
        now = self.heights.wall_clock.read(now, self.ledger.parameters.time_precision_ms)
        self.executions.begin_input(due=isinstance(input_, ExecutionDue))
        self._dispatch(input_, now)
        self.heights.advance(now)
        self._summary_times.look(self.work, now)
        effects = tuple(self._effects)
        self._effects.clear()
        self._transitions.check(effects, self.heights, self.ledger)
        return effects

    def _dispatch(self, input_: Input, now: Now) -> None:
        match input_:
            case Started():
                self._started(now)
            case MessageReceived(peer=peer, message=message):
                self._received(peer, message, now)
            case TimerElapsed(timer=timer):
                self._elapsed(timer, now)
            case OwnMessageSigned(message=message):
                self._signed(message, now)
            case HeightSigned(statement=statement):
                self._questions.signed(statement)
            case TransactionsSubmitted(ticket=ticket, transactions=transactions):
                if self.flow.submitted(ticket, transactions, now.monotonic_ms):
                    self._transactions_wait(now)
            case TransactionUnwanted(tx_id=tx_id):
                self.flow.drop(tx_id)
            case SendersRefused(refused=refused):
                self.flow.refuse(refused)
            case PoolLimitsSet(limits=limits):
                self.flow.pool.limits = limits
            case FetchRequested(peer=peer, request_id=request_id, request=request):
                self._requested(peer, request_id, request)
            case FetchCompleted(peer=peer, request=request, response=response):
                self._fetched(peer, request, response, now)
            case PeerConnected(peer=peer, validator=validator, address=address):
                self.peers[peer] = PeerView(validator=validator, address=address)
                self._link_changed(peer)
                self._effects.append(Send(peer=peer, message=summary_of(self.work)))
                self.flow.peer_connected(peer)
                self._look_for_shared_key(peer, validator)
                if self.heights.double_sign_watch is not None:
                    self.heights.double_sign_watch.peer_proved(validator, peer, address)
            case PeerDisconnected(peer=peer):
                self._link_changed(peer)
                self.peers.pop(peer, None)
                self.flow.peer_disconnected(peer)
                self.catch_up.planner.forget(peer)
            case CertificateAnnounced(peer=peer, certificate=certificate):
                self._certificate(peer, certificate, now)
            case SigningRefused(code=code):
                self.work.signing_refused()
                self._notice("signing.refused", height=self.work.height, code=code)
            case SigningStopped():
                self.heights.stop_signing()
            case ExecutionDue():
                pass  # ``advance`` does the rest.

    def _started(self, now: Now) -> None:
        self._summary_times.start()
        self._effects.append(SetTimer(timer=SyncDue(), delay_ms=SYNC_EVERY_MS))
        self.heights.start(now)

    def _received(self, peer: PeerId, message: LinkMessage, now: Now) -> None:
        if peer not in self.peers:
            return
        try:
            match message:
                case VoteMessage(vote=vote):
                    self._for_height(vote.height, peer, message, now)
                case ProposalMessage(proposal=proposal):
                    self._for_height(proposal.header.height, peer, message, now)
                case PolkaMessage(polka=polka):
                    self._for_height(polka.height, peer, message, now)
                case CommitMessage(certificate=certificate):
                    self._certificate(peer, certificate, now)
                case RoundSummary():
                    self._summary(peer, message, now)
                case HeightQuestion():
                    own = None if self.work.own_index is None else self.work.height
                    self._questions.question(peer, message, own)
                case HeightStatement():
                    self._questions.statement(message, self.work.validators)
                case TransactionBatch(transactions=transactions):
                    if self.flow.arrived(peer, transactions, now.monotonic_ms):
                        self._transactions_wait(now)
                case TransactionsHeld(tx_ids=tx_ids):
                    self.flow.held_by(peer, tx_ids, now.monotonic_ms)
                case _:
                    fault = PeerFault("PEER_UNEXPECTED", {"message": name_of(message)})
                    self._effects.append(Penalise(peer=peer, fault=fault))
        except Invalid as fault:
            self._effects.append(Penalise(peer=peer, fault=fault))

    def _for_height(self, height: Height, peer: PeerId, message: LinkMessage, now: Now) -> None:
        """Handle a message of the voting: now, kept for the next height, or too late to matter."""
        if height == self.work.height:
            if not self.syncing:
                self._vote_message(peer, message, now)
            elif isinstance(message, ProposalMessage):
                self.work.proposal(message.proposal, peer, now)
        elif height == self.work.height + 1:
            self.peers[peer].keep_for_next(message)
        elif height == self.tip.height and isinstance(message, VoteMessage):
            self.heights.late_vote(message.vote, peer, now)

    def _vote_message(self, peer: PeerId, message: LinkMessage, now: Now) -> None:
        """Handle a message of the voting at its height. Raises ``Invalid``."""
        match message:
            case VoteMessage(vote=vote):
                self.work.vote(vote, peer, now)
            case PolkaMessage(polka=polka):
                self.work.polka(polka, now)
            case ProposalMessage(proposal=proposal):
                self.work.proposal(proposal, peer, now)

    def _certificate(self, peer: PeerId, certificate: CommitCertificate, now: Now) -> None:
        """Handle a commit certificate: it proves a height; the height in progress it decides."""
        if peer not in self.peers:
            return
        if certificate.height == self.work.height:
            try:
                self.work.commit(certificate, now)
            except Invalid as fault:
                self._effects.append(Penalise(peer=peer, fault=fault))
                return
        if certificate.height >= self.work.height:
            self.catch_up.planner.claim(peer, certificate.height)
            self.catch_up.ask(self.work.height, now)

    def _summary(self, peer: PeerId, summary: RoundSummary, now: Now) -> None:
        view = self.peers[peer]
        view.summary = summary
        view.height = summary.height
        self.catch_up.planner.claim(peer, Height(summary.height - 1))
        if summary.height == self.work.height:
            fill_gaps(peer, view, self.work, now, self._effects.append)
        elif summary.height == self.tip.height and self.tip.certificate is not None:
            if view.may_send(("tip", 0, 0, 0), now.monotonic_ms):
                self._effects.append(Send(peer=peer, message=CommitMessage(certificate=self.tip.certificate)))
        elif summary.height > self.work.height + 1:
            self.catch_up.ask(self.work.height, now)

    def _elapsed(self, timer: Timer, now: Now) -> None:
        match timer:
            case ConsensusTimeout(height=height):
                if height == self.work.height:
                    self.work.timeout(timer, now)
            case BeginHeight(height=height):
                if height == self.work.height and not self.syncing:
                    self.flow.push()
                    self.heights.begin(now)
            case SummaryDue():
                self._summary_times.again(self.work)
                self._questions.tick(ask=self.heights.waits_to_be_ready)
            case StandDue():
                self._summary_times.settled(self.work, now)
            case SyncDue():
                self.flow.look(now.monotonic_ms)
                self.catch_up.ask(self.work.height, now)
                if not self.work.started and not self.syncing:
                    # The height's beginning may have been put off for a block that then proved wrong.
                    self.heights.schedule_begin(now)
                self._effects.append(SetTimer(timer=timer, delay_ms=SYNC_EVERY_MS))
            case BatchDue():
                self.flow.push()
            case AnnounceDue():
                self.flow.announce()
            case BodiesDue(block_id=block_id):
                self.work.proposals.fetch_bodies(block_id, sorted(self.peers))

    def _signed(self, message: Proposal | Vote, now: Now) -> None:
        sent = VoteMessage(vote=message) if isinstance(message, Vote) else ProposalMessage(proposal=message)
        self._effects.append(Broadcast(message=sent))
        if self.heights.double_sign_watch is not None:
            self.heights.double_sign_watch.said(message)
        for view in self.peers.values():
            view.may_send(item_of(message), now.monotonic_ms)
        height = message.height if isinstance(message, Vote) else message.header.height
        if height == self.work.height:
            self.work.signed(message, now)

    def _requested(self, peer: PeerId, request_id: int, request: FetchRequest) -> None:
        if peer not in self.peers:
            return
        match request:
            case TransactionsRequest():
                bodies = self.work.proposals.bodies() if request.block_id else {}
                self.flow.requested(peer, request_id, request, bodies)
            case BlocksRequest(first=first, count=count):
                held = max(0, min(count, self.tip.height - first + 1))
                self._effects.append(ServeBlocks(peer=peer, request_id=request_id, first=first, count=held))

    def _fetched(self, peer: PeerId, request: FetchRequest, response: FetchResponse | None, now: Now) -> None:
        match request:
            case BlocksRequest():
                answer = response if isinstance(response, BlocksResponse) else None
                self.catch_up.answered(peer, request, answer, now)
                self.catch_up.ask(self.work.height, now)
            case TransactionsRequest(block_id=block_id):
                brought = response if isinstance(response, TransactionsResponse) else None
                if block_id is None:
                    if self.flow.fetched(peer, brought, now.monotonic_ms):
                        self._transactions_wait(now)
                    return
                bodies = self.flow.verified(peer, brought, request.tx_ids)
                self.work.proposals.answered(block_id, bodies, peer, sorted(self.peers))

    def _transactions_wait(self, now: Now) -> None:
        """Look again at proposals, and at whether to begin: transactions came."""
        self.work.proposals.bodies_arrived((), None)
        if not self.work.started:
            self.heights.schedule_begin(now)

    def _link_changed(self, peer: PeerId) -> None:
        view = self.peers.get(peer)
        if view is not None:
            for _, key in keys_of({peer: view}, self.ledger.members):
                self.heights.roll_call.link_changed(key, self.work.height)

    def _look_for_shared_key(self, peer: PeerId, key: PublicKey | None) -> None:
        """Report a consensus key that several peers hold."""
        peers = () if key is None else holders(key, self.peers, self.ledger.members)
        if key is not None and len(peers) > 1:
            others = ", ".join(
                f"{other} {self.address_of(other)}".rstrip() for other in peers if other != peer
            )
            address = self.address_of(peer)
            self._notice("validator.key_shared", key=key.hex(), peer=peer, address=address, others=others)

    def address_of(self, peer: PeerId) -> str:
        """Return the address of a peer, as people read it; empty where it is not connected."""
        view = self.peers.get(peer)
        return "" if view is None else view.address

    def _notice(self, name: str, **facts: Fact) -> None:
        self._effects.append(Notice(name=name, facts=tuple(facts.items())))
