"""A simulated node: the real replica, ledger, logs and signer, over a machine that fails."""

from __future__ import annotations

from collections import Counter, deque
from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol, cast

from p2pchain.codec.block import (
    decode_final_block,
    encode_block_record,
    final_block_bytes,
)
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.chain import BlockRecord
from p2pchain.model.errors import Corrupt, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import BlockId, ChainId, Height, PeerId
from p2pchain.model.messages import (
    FETCH_BLOCKS_MAX,
    BlocksResponse,
    LinkMessage,
)
from p2pchain.model.transaction import Transaction
from p2pchain.proofs.verifier import Verifier
from p2pchain.replica.effects import (
    Broadcast,
    Committed,
    ContinueExecution,
    Effect,
    Fetch,
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
)
from p2pchain.replica.executions import SLICE_UNITS
from p2pchain.replica.inputs import (
    ExecutionDue,
    HeightSigned,
    Input,
    OwnMessageSigned,
    SigningRefused,
    Started,
    Timer,
    TimerElapsed,
    TransactionsSubmitted,
)
from p2pchain.replica.moment import Now
from p2pchain.replica.replica import Replica
from p2pchain.signing.guard import DoubleSignGuard
from p2pchain.signing.signer import ConsensusSigner
from p2pchain.storage.files import DiskFailure
from p2pchain.storage.simulated import PowerLost
from tests.simulation.behaviour import Behaviour
from tests.simulation.checkers import Checkers
from tests.simulation.home import Home
from tests.simulation.keys import StandInKey, check
from tests.simulation.links import Links
from tests.simulation.machine import Machine
from tests.simulation.network import Network

EPOCH_MS = 1_800_000_000_000
HELD_MAX = 4_096
"""Inputs kept for a paused process: what its sockets would hold."""
SLICES_UNITS = (1, 600, 3_000, SLICE_UNITS)
"""Units of execution in one input; each life has one of these. With the last, small blocks are done at once.
"""
SLICE_DELAY_MAX_MS = 6
"""At most so long one slice of an execution waits for its turn."""
BACK_AFTER_MS = 4_000
"""At most so long after its end a node is started again."""


class Around(Protocol):
    """What a node needs of its world."""

    now_ms: int
    random: Random
    network: Network
    tally: Counter[str]
    checkers: Checkers
    genesis: Genesis
    genesis_id: BlockId
    peer_ids: list[PeerId]
    numbers: dict[PeerId, int]

    @property
    def nodes(self) -> Sequence[SimulatedNode]: ...

    @property
    def trace(self) -> Callable[[int, str], None] | None: ...

    def after(self, delay_ms: int, action: Callable[..., None], *arguments: object) -> None: ...


class SimulatedNode:
    """One node over all its lives."""

    def __init__(
        self, world: Around, number: int, key: StandInKey, machine: Machine, behaviour: Behaviour | None
    ) -> None:
        """``behaviour``: None for an honest node."""
        self.up = False
        self.paused = False
        self.number = number
        self.key = key
        self.machine = machine
        self.behaviour = behaviour
        self.height = Height(0)
        self.life = 0
        self._world = world
        self._timers: dict[Timer, int] = {}
        self._timer_count = 0
        self._held: deque[Input] = deque(maxlen=HELD_MAX)
        self.links = Links(world, self)
        self.home = Home(machine.disk, world.genesis, world.genesis_id, world.random.randbytes)

    @property
    def honest(self) -> bool:
        """Whether it runs the real node and nothing else."""
        return self.behaviour is None

    @property
    def chain_id(self) -> ChainId:
        """The chain."""
        return self._world.genesis.chain_id

    @property
    def random(self) -> Random:
        """The world's chance."""
        return self._world.random

    def others(self) -> Sequence[int]:
        """Numbers of all other nodes."""
        return [other.number for other in self._world.nodes if other is not self]

    def wall_ms(self) -> int:
        """Its clock, ms since 1970."""
        return EPOCH_MS + self._world.now_ms + self.machine.skew_ms

    @property
    def now(self) -> Now:
        """Its two clocks."""
        return Now(wall_ms=self.wall_ms(), monotonic_ms=self._world.now_ms)

    # life and death

    def start(self) -> None:
        """Read the disk and begin; where that fails, be started again later."""
        if self.up:
            return
        try:
            self._open()
        except PowerLost:
            self._ended(power=True)
        except DiskFailure:
            self._ended(power=False)
        except Corrupt as damage:
            self._repair(damage)

    def crash(self, *, power: bool = True) -> None:
        """Lose power, or just the process."""
        if self.up:
            self._end(power=power)

    def pause(self) -> None:
        """Do nothing until ``resume``; what arrives waits."""
        self.paused = True

    def resume(self) -> None:
        """Go on, with all that waited."""
        self.paused = False
        while self.up and self._held and not self.paused:
            self.take(self._held.popleft())

    def submit(self, transaction: Transaction) -> None:
        """A client hands in a transaction."""
        self.take(TransactionsSubmitted(ticket=0, transactions=(transaction,)))

    def _open(self) -> None:
        world = self._world
        opened = self.home.open()
        tip = opened.origin.tip
        world.checkers.recovered(self.number, tip.block_id, tip.height)
        self._chain = opened.chain
        self.replica = Replica(
            ledger=opened.ledger,
            verifier=Verifier(world.genesis.chain_id, check),
            origin=opened.origin,
            own_key=self.key.public_key,
            pool_limits=PoolLimits(),
            secret=world.random.randbytes(32),
            slice_units=world.random.choice(SLICES_UNITS),
        )
        self._signer = ConsensusSigner(
            key=cast(SigningKey, self.key),
            chain_id=world.genesis.chain_id,
            guard=DoubleSignGuard(opened.signed, tip.height),
            log=opened.safety,
            check=check,
        )
        self.up, self.paused = True, False
        self.life += 1
        self.height = tip.height
        self._timers.clear()
        self._held.clear()
        self.links.begin()
        self.take(Started())
        if self.behaviour is not None:
            self.behaviour.started(self)
        for number in self.others():
            if self.up:
                self.links.connect(number)

    def _repair(self, damage: Corrupt) -> None:
        """What ``p2pchain repair`` does: the chain log is set aside, and the chain fetched again."""
        self.trace(f"refuses to start: {damage}")
        self._world.tally["damage refused by name"] += 1
        self._world.checkers.set_aside(self.number)
        self.machine.mend()
        self.home.repair()
        self._start_later()

    def _end(self, *, power: bool) -> None:
        self.up = False
        self.links.end()
        self._ended(power=power, restart=False)

    def _ended(self, *, power: bool, restart: bool = True) -> None:
        self.trace("loses power" if power else "ends")
        if power:
            self.machine.lose_power()
        else:
            self.machine.end_process()
        if restart:
            self._start_later()

    def _start_later(self) -> None:
        self._world.after(self._world.random.randint(1, BACK_AFTER_MS), self.start)

    # inputs and effects

    def take(self, given: Input) -> None:
        """One input, its effects, and the own signatures that follow from it."""
        if not self.up:
            return
        if self.paused:
            self._held.append(given)
            return
        if self._world.trace is not None and not isinstance(given, TimerElapsed):
            self.trace(f"takes {given}")
        try:
            own = self._handle(given)
            while own:
                own = [further for each in own for further in self._handle(each)]
        except PowerLost:
            self._end(power=True)
            self._start_later()
        except (DiskFailure, Corrupt) as failure:
            self.trace(f"ends with {failure}")
            self._end(power=False)
            self._start_later()

    def _handle(self, given: Input) -> list[Input]:
        own: list[Input] = []
        for effect in self.replica.handle(given, self.now):
            signed = self._carry_out(effect)
            if signed is not None:
                own.append(signed)
        return own

    def _carry_out(self, effect: Effect) -> Input | None:
        world = self._world
        self.machine.boundary()
        match effect:
            case Send(peer=peer, message=message):
                self.links.say(world.numbers[peer], message)
            case Broadcast(message=message):
                for number in range(len(world.nodes)):
                    if number != self.number:
                        self.links.say(number, message)
            case SetTimer(timer=timer, delay_ms=delay_ms):
                self._timer_count += 1
                self._timers[timer] = self._timer_count
                world.after(delay_ms, self._elapse, timer, self._timer_count, self.life)
            case ContinueExecution():
                # Whatever arrives meanwhile comes in between.
                world.tally["executions continued"] += 1
                world.after(world.random.randint(0, SLICE_DELAY_MAX_MS), self._continue, self.life)
            case SignVote() | SignProposal():
                return self._sign(effect)
            case SignHeight(height=height, challenge=challenge):
                return HeightSigned(statement=self._signer.sign_height(height, challenge))
            case Persist(record=record):
                self._chain.append(record.block.height, encode_block_record(record))
                self._chain.sync()
                world.checkers.durable(self.number, record.block)
                self.machine.boundary()
            case Committed(record=record):
                self._committed(record)
            case StopSigning(code=code):
                # Who runs twice with one key hears of it, and goes on all the same.
                world.checkers.stopped(self.number, code)
            case Fetch():
                self.links.fetch(effect)
            case Respond(peer=peer, request_id=request_id, response=response):
                self.links.respond(world.numbers[peer], request_id, response)
            case ServeBlocks(peer=peer, request_id=request_id, first=first, count=count):
                self.links.respond(world.numbers[peer], request_id, self.serve(first, count))
            case Penalise(peer=peer, fault=fault):
                self.links.penalise(world.numbers[peer], str(fault))
            case Notice(name=name, facts=facts):
                self.trace(f"notes {name} {dict(facts)}")
            case _:
                return None
        return None

    def _committed(self, record: BlockRecord) -> None:
        self._signer.committed(record.block.height)
        self.height = record.block.height
        # One input may commit two blocks: the state is that of the last.
        ledger = self.replica.ledger
        root = ledger.state_root if ledger.height == self.height else None
        self._world.checkers.committed(self.number, record, root, self.replica)

    def _sign(self, effect: SignVote | SignProposal) -> Input:
        signer = self._signer
        try:
            if isinstance(effect, SignVote):
                signed = OwnMessageSigned(
                    message=signer.sign_vote(
                        effect.content,
                        validator=effect.validator,
                        lock=effect.lock,
                        block=effect.block,
                        polka=effect.polka,
                    )
                )
            else:
                signed = OwnMessageSigned(
                    message=signer.sign_proposal(
                        effect.proposal, lock=effect.lock, block=effect.block, polka=effect.polka
                    )
                )
        except Refused as refusal:
            self.trace(f"may not sign: {refusal}")
            return SigningRefused(code=refusal.code)
        self._world.checkers.signed(self.number, signed.message)
        self.machine.boundary()
        return signed

    def _elapse(self, timer: Timer, number: int, life: int) -> None:
        if self.life == life and self.up and self._timers.get(timer) == number:
            del self._timers[timer]
            self.take(TimerElapsed(timer=timer))

    def _continue(self, life: int) -> None:
        if self.life == life and self.up:
            self.take(ExecutionDue())

    # messages

    def after(self, delay_ms: int, action: Callable[..., None], *arguments: object) -> None:
        """Act later, unless this life has ended by then."""
        self._world.after(delay_ms, self._act, self.life, action, arguments)

    def _act(self, life: int, action: Callable[..., None], arguments: tuple[object, ...]) -> None:
        if self.up and self.life == life and not self.paused:
            action(*arguments)

    def send(self, target: int, message: LinkMessage) -> None:
        """Put a message on the wire as it is."""
        self.links.send(target, message)

    def serve(self, first: int, count: int) -> BlocksResponse:
        """Final blocks out of the chain log; raises ``Corrupt`` where it is damaged there."""
        heights = range(first, min(first + min(count, FETCH_BLOCKS_MAX), self._chain.tip + 1))
        return BlocksResponse(
            blocks=tuple(
                decode_final_block(final_block_bytes(self._chain.read(height))) for height in heights
            )
        )

    def trace(self, what: str) -> None:
        """A line of the transcript, if one is kept."""
        if self._world.trace is not None:
            self._world.trace(self.number, what)
