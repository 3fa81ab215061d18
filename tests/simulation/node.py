"""A simulated node: the real replica, ledger and signer, over a disk that forgets what was not synced."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol, cast

from p2pchain.codec.block import decode_block_record, decode_block_replay, encode_block_record
from p2pchain.codec.safety import decode_safety_record
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.chain import FinalBlock, RawBlock
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import BlockId, Height, PeerId
from p2pchain.model.messages import BlocksResponse, FetchResponse, LinkMessage
from p2pchain.model.transaction import Transaction
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.effects import (
    Announce,
    Answer,
    Broadcast,
    Committed,
    Effect,
    Fetch,
    Notice,
    Penalise,
    Persist,
    Respond,
    Send,
    ServeBlocks,
    SetTimer,
    SignProposal,
    SignVote,
)
from p2pchain.replica.inputs import (
    FetchCompleted,
    FetchRequested,
    Input,
    MessageReceived,
    PeerConnected,
    PeerDisconnected,
    Signed,
    SigningRefused,
    Started,
    Timer,
    TimerElapsed,
    TransactionsSubmitted,
)
from p2pchain.replica.origin import origin_of
from p2pchain.replica.replica import Replica
from p2pchain.signing.guard import DoubleSignGuard
from p2pchain.signing.signer import ConsensusSigner
from tests.simulation.checkers import Checkers
from tests.simulation.keys import StandInKey, check
from tests.simulation.network import Network

EPOCH_MS = 1_800_000_000_000
BLOCKS_SERVED_MAX = 20


class Around(Protocol):
    """What a node needs of its world."""

    now_ms: int
    random: Random
    network: Network
    checkers: Checkers
    genesis: Genesis
    genesis_id: BlockId
    peer_ids: list[PeerId]
    nodes: list[SimulatedNode]

    def after(self, delay_ms: int, action: Callable[[], None]) -> None: ...


class _PowerCut(Exception):
    """The node stops between two effects."""


class Disk:
    """What survives a crash. Every append is synced before it returns, or the crash takes it away."""

    def __init__(self) -> None:
        self.blocks: list[bytes] = []
        self.safety: list[tuple[int, bytes]] = []

    def append(self, height: int, payload: bytes) -> None:
        """A safety record, durable."""
        self.safety = [kept for kept in self.safety if kept[0] >= height - 1]
        self.safety.append((height, payload))


class SimulatedNode:
    """One node over all its lives."""

    def __init__(self, world: Around, number: int, key: StandInKey, *, skew_ms: int) -> None:
        self.up = False
        self.height = Height(0)
        self.crash_inside_permille = 0
        self.penalties: list[str] = []
        self.notices: list[str] = []
        self._world = world
        self._number = number
        self._key = key
        self._skew_ms = skew_ms
        self._disk = Disk()
        self._life = 0
        self._timers: dict[Timer, int] = {}
        self._timer_count = 0
        self._fetches: dict[int, Fetch] = {}
        self._fetch_count = 0
        self._tip_before = BlockId(world.genesis_id)

    # life and death

    def start(self) -> None:
        """Read the disk and begin."""
        if self.up:
            return
        world = self._world
        blocks = self._disk.blocks
        ledger = Ledger.restored(world.genesis, map(decode_block_replay, blocks))
        last = decode_block_record(blocks[-1]) if blocks else None
        signed = [decode_safety_record(payload) for _, payload in self._disk.safety]
        origin = origin_of(world.genesis_id, world.genesis.time_ms, ledger, last, signed)
        world.checkers.recovered(self._number, self._tip_before, origin.tip.block_id, origin.tip.height)
        verifier = Verifier(world.genesis.chain_id, check)
        self.replica = Replica(
            ledger=ledger,
            verifier=verifier,
            origin=origin,
            own_key=self._key.public_key,
            pool_limits=PoolLimits(),
        )
        self._signer = ConsensusSigner(
            key=cast(SigningKey, self._key),
            chain_id=world.genesis.chain_id,
            guard=DoubleSignGuard(signed, ledger.height),
            log=self._disk,
            check=check,
        )
        self.up = True
        self._life += 1
        self._timers.clear()
        self._fetches.clear()
        self._take(Started())
        for other in self._others():
            if other.up and self.up:
                self._take(PeerConnected(peer=self._peer(other)))
                other._take(PeerConnected(peer=world.peer_ids[self._number]))

    def crash(self) -> None:
        """Lose all that is not on the disk."""
        if not self.up:
            return
        self.up = False
        for other in self._others():
            if other.up:
                other._take(PeerDisconnected(peer=self._world.peer_ids[self._number]))

    def submit(self, transaction: Transaction) -> None:
        """A client hands in a transaction."""
        self._take(TransactionsSubmitted(ticket=0, transactions=(transaction,)))

    # inputs and effects

    def _take(self, given: Input) -> None:
        if not self.up:
            return
        waiting = deque([given])
        try:
            while waiting:
                for effect in self.replica.handle(
                    waiting.popleft(), EPOCH_MS + self._world.now_ms + self._skew_ms
                ):
                    own = self._carry_out(effect)
                    if own is not None:
                        waiting.append(own)
        except _PowerCut:
            self.crash_inside_permille = 0
            self.crash()
            self._world.after(self._world.random.randint(1, 4_000), self.start)

    def _maybe_cut(self) -> None:
        if self.crash_inside_permille and self._world.random.randrange(1000) < self.crash_inside_permille:
            raise _PowerCut

    def _carry_out(self, effect: Effect) -> Input | None:
        self._maybe_cut()
        world = self._world
        match effect:
            case Send(peer=peer, message=message):
                self._send(world.peer_ids.index(peer), message)
            case Broadcast(message=message):
                for other in self._others():
                    self._send(other._number, message)
            case SetTimer(timer=timer, delay_ms=delay_ms):
                self._set_timer(timer, delay_ms)
            case SignVote() | SignProposal():
                return self._sign(effect)
            case Persist(record=record):
                self._disk.blocks.append(encode_block_record(record))
                self._tip_before = record.block.block_id
                self._maybe_cut()
            case Committed(record=record):
                self._signer.committed(record.block.height)
                self.height = record.block.height
                # One input may commit two blocks: the state is that of the last.
                ledger = self.replica.ledger
                root = ledger.state_root if ledger.height == self.height else None
                world.checkers.committed(self._number, record, root)
            case Fetch():
                self._fetch(effect)
            case Respond(peer=peer, request_id=request_id, response=response):
                self._respond(world.peer_ids.index(peer), request_id, response)
            case ServeBlocks(peer=peer, request_id=request_id, first=first, count=count):
                self._respond(world.peer_ids.index(peer), request_id, self._blocks(first, count))
            case Penalise(fault=fault):
                self.penalties.append(str(fault))
            case Notice(name=name, facts=facts):
                self.notices.append(f"{world.now_ms} {name} {dict(facts)}")
            case Announce() | Answer():
                return None
        return None

    def _sign(self, effect: SignVote | SignProposal) -> Input:
        try:
            if isinstance(effect, SignVote):
                message = self._signer.sign_vote(
                    effect.content,
                    validator=effect.validator,
                    lock=effect.lock,
                    block=effect.block,
                    polka=effect.polka,
                )
                signed = Signed(message=message)
            else:
                proposal = self._signer.sign_proposal(
                    effect.proposal, lock=effect.lock, block=effect.block, polka=effect.polka
                )
                signed = Signed(message=proposal)
        except Refused as refusal:
            return SigningRefused(code=refusal.code)
        self._world.checkers.signed(self._key.public_key, signed.message)
        self._maybe_cut()
        return signed

    def _send(self, target: int, message: LinkMessage) -> None:
        world, source, life = self._world, self._number, self._life
        receiver = world.nodes[target]
        if not receiver.up:
            return
        receiver_life = receiver._life

        def arrive() -> None:
            if receiver.up and receiver._life == receiver_life and self._life == life:
                receiver._take(MessageReceived(peer=world.peer_ids[source], message=message))

        for delay_ms in world.network.delays(source, target):
            world.after(delay_ms, arrive)

    def _set_timer(self, timer: Timer, delay_ms: int) -> None:
        self._timer_count += 1
        mine, life = self._timer_count, self._life
        self._timers[timer] = mine

        def elapse() -> None:
            if self._life == life and self.up and self._timers.get(timer) == mine:
                del self._timers[timer]
                self._take(TimerElapsed(timer=timer))

        self._world.after(delay_ms, elapse)

    def _fetch(self, effect: Fetch) -> None:
        world, life = self._world, self._life
        self._fetch_count += 1
        number = self._fetch_count
        self._fetches[number] = effect
        target = world.nodes[world.peer_ids.index(effect.peer)]

        def ask() -> None:
            asked = FetchRequested(
                peer=world.peer_ids[self._number], request_id=number, request=effect.request
            )
            target._take(asked)

        def give_up() -> None:
            if self._life == life:
                self._complete(number, None)

        for delay_ms in world.network.delays(self._number, target._number)[:1]:
            world.after(delay_ms, ask)
        world.after(effect.deadline_ms, give_up)

    def _respond(self, target: int, number: int, response: FetchResponse) -> None:
        world = self._world
        asker = world.nodes[target]
        life = asker._life

        def arrive() -> None:
            if asker._life == life:
                asker._complete(number, response)

        for delay_ms in world.network.delays(self._number, target)[:1]:
            world.after(delay_ms, arrive)

    def _complete(self, number: int, response: FetchResponse | None) -> None:
        fetch = self._fetches.pop(number, None)
        if fetch is not None:
            self._take(FetchCompleted(peer=fetch.peer, request=fetch.request, response=response))

    def _blocks(self, first: int, count: int) -> BlocksResponse:
        found: list[FinalBlock] = []
        for payload in self._disk.blocks[first - 1 : first - 1 + min(count, BLOCKS_SERVED_MAX)]:
            record = decode_block_record(payload)
            raw = RawBlock(
                header=record.block.header,
                block_id=record.block.block_id,
                transactions=tuple(verified.transaction for verified in record.block.transactions),
                evidence=record.block.evidence,
                last_certificate=record.block.last_certificate,
            )
            found.append(FinalBlock(block=raw, certificate=record.certificate))
        return BlocksResponse(blocks=tuple(found))

    def _others(self) -> Sequence[SimulatedNode]:
        return [other for other in self._world.nodes if other is not self]

    def _peer(self, other: SimulatedNode) -> PeerId:
        return self._world.peer_ids[other._number]
