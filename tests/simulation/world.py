"""One seeded world: a clock, a network, nodes, clients and faults.

The same seed gives the same run to the last event.
"""

from __future__ import annotations

import heapq
import itertools
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from random import Random

from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import ChainId, OrgId
from p2pchain.model.parameters import Parameters
from tests.simulation.changing import SetChanges
from tests.simulation.checkers import Checkers, Violation
from tests.simulation.clients import Client
from tests.simulation.faults import Faults
from tests.simulation.keys import StandInKey
from tests.simulation.machine import Machine
from tests.simulation.network import Network
from tests.simulation.node import EPOCH_MS, SimulatedNode
from tests.simulation.profiles import Profile
from tests.simulation.settling import demand_settled

EVENTS_MAX = 2_000_000
FAULTS_MAX_MS = 240_000
"""The time of faults ends after so long, even if the wanted height was not reached."""
LOOK_EVERY_MS = 100
CHAIN = ChainId("simulated")

Trace = Callable[[int, int, str], None]
"""Told the time (ms), a node's number, and what happened there."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What a world came to. ``settled_ms``: how long after the faults all was well."""

    heights: int
    events: int
    rounds: int
    simulated_ms: int
    settled_ms: int
    tally: dict[str, int]


class World:
    """A running simulation of ``nodes`` validators."""

    def __init__(
        self,
        seed: int,
        profile: Profile,
        *,
        nodes: int = 4,
        trace: Trace | None = None,
        parameters: Parameters | None = None,
    ) -> None:
        self.random = Random(seed)
        self.profile = profile
        self.now_ms = 0
        self.events = 0
        self.tally: Counter[str] = Counter()
        self.faulty_max = (nodes - 1) // 3
        self.network = Network(random=Random(seed + 1), weather=profile.weather, tally=self.tally)
        if profile.links_missing:
            self.network.cut_links(nodes)
        self._order = itertools.count()
        self._queue: list[tuple[int, int, Callable[..., None], tuple[object, ...]]] = []
        self._trace = trace
        self._settled_ms = 0
        members = nodes + profile.spare
        keys = [StandInKey(f"node-{number}") for number in range(members)]
        peers = [StandInKey(f"peer-{number}") for number in range(members + profile.twins)]
        if profile.attack is not None:  # Ids can be chosen: those of hostile nodes sort first.
            peers[:nodes] = sorted(peers[:nodes], key=lambda peer: peer_id_of(peer.public_key), reverse=True)
        self.clients = [Client(StandInKey(f"client-{number}"), CHAIN) for number in range(members)]
        self.genesis = _genesis(keys, peers[:members], self.clients, parameters, validators=nodes)
        self.genesis_id = genesis_id(self.genesis)
        self.peer_ids = [peer_id_of(peer.public_key) for peer in peers]
        self.numbers = {peer: number for number, peer in enumerate(self.peer_ids)}
        hostile = range(nodes - self.faulty_max, nodes) if profile.attack is not None else range(0)
        honest = {
            number: keys[number].public_key
            for number in range(profile.twins, members)
            if number not in hostile
        }
        self.checkers = Checkers(self.genesis, self.genesis_id, honest)
        self.nodes: list[SimulatedNode] = []
        for number in range(members + profile.twins):
            skew_ms = self.random.randint(-profile.skew_max_ms, profile.skew_max_ms)
            machine = Machine(self.random, self.tally, skew_ms=skew_ms)
            behaviour = None
            if number in hostile and profile.attack is not None:
                behaviour = profile.attack(self.random)
            self.nodes.append(SimulatedNode(self, number, keys[number % members], machine, behaviour))
        self.honest = [node for node in self.nodes if node.number in honest]
        self.faults = Faults(self, profile)
        if profile.spare:
            SetChanges(self, list(zip(keys[nodes:], peers[nodes:members], strict=True))).begin()
        for node in self.nodes:
            self.after(self.random.randint(0, 500), node.start)
        self.after(1_000, self._submit)

    @property
    def trace(self) -> Callable[[int, str], None] | None:
        """Where nodes write their lines, if a transcript is kept."""
        return None if self._trace is None else self._note

    def after(self, delay_ms: int, action: Callable[..., None], *arguments: object) -> None:
        """Do something later."""
        heapq.heappush(self._queue, (self.now_ms + delay_ms, next(self._order), action, arguments))

    def run_until(self, end_ms: int) -> None:
        """Let the world run to a time."""
        queue = self._queue
        while queue and queue[0][0] <= end_ms:
            self.now_ms, _, action, arguments = heapq.heappop(queue)
            self.events += 1
            if self.events > EVENTS_MAX:
                raise Violation(f"{EVENTS_MAX} events and no end: a message storm")
            action(*arguments)
        self.now_ms = end_ms

    def run(self, heights: int) -> Outcome:
        """Faults until ``heights`` are decided; then calm, and all must be well again soon."""
        for _ in self.steps(heights):
            continue
        self.tally["equivocations proven in blocks"] = self.checkers.evidence.total()
        for code, count in self.checkers.penalties.items():
            self.tally[f"penalties {code}"] = count
        return Outcome(
            heights=self.checkers.highest,
            events=self.events,
            rounds=self.checkers.rounds,
            simulated_ms=self.now_ms,
            settled_ms=self._settled_ms,
            tally=dict(self.tally),
        )

    def steps(self, heights: int) -> Iterator[None]:
        """``run``, a little at a time."""
        self.faults.begin()
        while self.checkers.highest < heights and self.now_ms < FAULTS_MAX_MS:
            self.run_until(self.now_ms + LOOK_EVERY_MS)
            yield
        self.faults.end()
        self._settled_ms = yield from demand_settled(self)

    def _submit(self) -> None:
        node = self.random.choice(self.nodes)
        client = self.random.choice(self.clients)
        if node.up:
            node.submit(client.note(self.random, valid_until=node.height + 100))
        self.after(self.random.randint(1, 2 * self.profile.submit_every_ms), self._submit)

    def _note(self, node: int, what: str) -> None:
        if self._trace is not None:
            self._trace(self.now_ms, node, what)


def _genesis(
    keys: list[StandInKey],
    peers: list[StandInKey],
    clients: list[Client],
    parameters: Parameters | None,
    *,
    validators: int,
) -> Genesis:
    """An organisation for each key, of which the first ``validators`` validate; where there are more, they
    may change that.
    """
    organisations = []
    roles = ("financier", "admin") if len(keys) > validators else ("financier",)
    for number, (key, peer, client) in enumerate(zip(keys, peers, clients, strict=True)):
        name = f"org-{number:02}"
        account = GenesisAccount(name=name, public_key=client.public_key, roles=roles)
        validates = number < validators
        node = GenesisNode(
            name=name,
            peer_key=peer.public_key,
            consensus_key=key.public_key if validates else None,
            power=int(validates),
        )
        organisations.append(
            GenesisOrganisation(
                org=OrgId(name),
                legal_name=f"Organisation {number}",
                roles=(*roles, "validator"),
                accounts=(account,),
                nodes=(node,),
            )
        )
    return Genesis(
        chain_id=CHAIN,
        time_ms=EPOCH_MS,
        parameters=parameters or Parameters(),
        organisations=tuple(organisations),
    )
