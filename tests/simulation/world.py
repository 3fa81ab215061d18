"""One seeded world: a clock, a network, nodes, clients and faults; the same seed gives the same run to the
last event.
"""

from __future__ import annotations

import heapq
import itertools
from collections.abc import Callable
from dataclasses import dataclass
from random import Random

from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import ChainId, OrgId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Transaction
from tests.simulation.checkers import Checkers, Violation
from tests.simulation.clients import Client
from tests.simulation.keys import StandInKey
from tests.simulation.network import CALM, Network, Weather
from tests.simulation.node import SimulatedNode

EPOCH_MS = 1_800_000_000_000
EVENTS_MAX = 2_000_000
SETTLE_MS = 40_000
"""After the faults end: time in which every node must be at the tip and the chain must have moved."""
LOOK_EVERY_MS = 250
PROGRESS = 3
"""Blocks above the highest of the time of faults that must come then."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """What happens in a world. Periods in milliseconds, 0 for never."""

    nodes: int
    duration_ms: int = 30_000
    weather: Weather = CALM
    crash_every_ms: int = 0
    crash_inside: bool = False
    """Crashes fall between two effects of one input instead of between inputs."""
    down_max_ms: int = 5_000
    down_at_once: int = 1
    partition_every_ms: int = 0
    submit_every_ms: int = 400
    skew_max_ms: int = 100


class World:
    """A running simulation."""

    def __init__(self, seed: int, profile: Profile) -> None:
        self.random = Random(seed)
        self.profile = profile
        self.now_ms = 0
        self.network = Network(random=Random(seed + 1), weather=profile.weather)
        self.checkers = Checkers()
        self.events = 0
        self._order = itertools.count()
        self._queue: list[tuple[int, int, Callable[[], None]]] = []
        keys = [StandInKey(f"node-{number}") for number in range(profile.nodes)]
        peers = [StandInKey(f"peer-{number}") for number in range(profile.nodes)]
        self.clients = [Client(StandInKey(f"client-{number}"), CHAIN) for number in range(profile.nodes)]
        self.genesis = _genesis(keys, peers, self.clients)
        self.genesis_id = genesis_id(self.genesis)
        self.peer_ids = [peer_id_of(peer.public_key) for peer in peers]
        self.nodes = [
            SimulatedNode(
                self, number, key, skew_ms=self.random.randint(-profile.skew_max_ms, profile.skew_max_ms)
            )
            for number, key in enumerate(keys)
        ]
        for node in self.nodes:
            self.after(self.random.randint(0, 500), node.start)

    def after(self, delay_ms: int, action: Callable[[], None]) -> None:
        """Do something later."""
        heapq.heappush(self._queue, (self.now_ms + delay_ms, next(self._order), action))

    def run_until(self, end_ms: int) -> None:
        """Let the world run to a time."""
        while self._queue and self._queue[0][0] <= end_ms:
            self.now_ms, _, action = heapq.heappop(self._queue)
            self.events += 1
            if self.events > EVENTS_MAX:
                raise Violation(f"{EVENTS_MAX} events and no end: a message storm")
            action()
        self.now_ms = end_ms

    def run(self) -> None:
        """Faults for the profile's time, then calm; then progress, agreement and equal heights are
        demanded.
        """
        self._plan_faults()
        self.run_until(self.profile.duration_ms)
        self.network.heal()
        for node in self.nodes:
            node.crash_inside_permille = 0
            if not node.up:
                node.start()
        reached = max(self.checkers.blocks, default=0)
        while self.now_ms < self.profile.duration_ms + SETTLE_MS and not self._settled(reached):
            self.run_until(self.now_ms + LOOK_EVERY_MS)
        heights = [node.height for node in self.nodes]
        if max(heights) < reached + PROGRESS:
            raise Violation(f"no progress after healing: {heights}, reached {reached} before")
        if max(heights) - min(heights) > 1:
            raise Violation(f"not all at the tip after healing: {heights}")

    def _settled(self, reached: int) -> bool:
        heights = [node.height for node in self.nodes]
        return min(heights) >= reached + PROGRESS and max(heights) - min(heights) <= 1

    def _plan_faults(self) -> None:
        profile = self.profile
        self.after(1_000, self._submit)
        if profile.crash_every_ms:
            self.after(self.random.randint(1, profile.crash_every_ms), self._crash)
        if profile.partition_every_ms:
            self.after(self.random.randint(1, profile.partition_every_ms), self._partition)

    def _submit(self) -> None:
        node = self.random.choice(self.nodes)
        client = self.random.choice(self.clients)
        if node.up:
            node.submit(self._transaction(client, node))
        if self.now_ms < self.profile.duration_ms + SETTLE_MS:
            self.after(self.random.randint(1, 2 * self.profile.submit_every_ms), self._submit)

    def _transaction(self, client: Client, node: SimulatedNode) -> Transaction:
        return client.note(self.random, valid_until=node.height + 100)

    def _crash(self) -> None:
        if self.now_ms >= self.profile.duration_ms:
            return
        victims = self.random.sample(self.nodes, self.random.randint(1, self.profile.down_at_once))
        for victim in victims:
            if not victim.up:
                continue
            if self.profile.crash_inside:
                victim.crash_inside_permille = 50
            else:
                victim.crash()
                self.after(self.random.randint(1, self.profile.down_max_ms), victim.start)
        self.after(self.random.randint(1, 2 * self.profile.crash_every_ms), self._crash)

    def _partition(self) -> None:
        if self.now_ms >= self.profile.duration_ms:
            return
        numbers = list(range(self.profile.nodes))
        self.random.shuffle(numbers)
        match self.random.randrange(4):
            case 0:
                self.network.groups, self.network.one_way = [], set()
            case 1:
                self.network.one_way = {(numbers[0], other) for other in numbers[1:]}
            case _:
                cut = self.random.randint(1, len(numbers) - 1)
                self.network.groups = [set(numbers[:cut]), set(numbers[cut:])]
        self.after(self.random.randint(1, 2 * self.profile.partition_every_ms), self._partition)


CHAIN = ChainId("simulated")


def _genesis(keys: list[StandInKey], peers: list[StandInKey], clients: list[Client]) -> Genesis:
    organisations = []
    for number, (key, peer, client) in enumerate(zip(keys, peers, clients, strict=True)):
        name = f"org-{number:02}"
        roles = ("financier", "validator")
        account = GenesisAccount(name=name, public_key=client.public_key, roles=("financier",))
        node = GenesisNode(name=name, peer_key=peer.public_key, consensus_key=key.public_key, power=1)
        organisations.append(
            GenesisOrganisation(
                org=OrgId(name),
                legal_name=f"Organisation {number}",
                roles=roles,
                accounts=(account,),
                nodes=(node,),
            )
        )
    return Genesis(
        chain_id=CHAIN, time_ms=EPOCH_MS, parameters=Parameters(), organisations=tuple(organisations)
    )
