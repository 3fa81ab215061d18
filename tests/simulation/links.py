"""The links and fetches of one simulated node: what it sends, what arrives, whom it turned away."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Protocol

from p2pchain.model.ids import PeerId
from p2pchain.model.messages import FetchRequest, FetchResponse, LinkMessage
from p2pchain.replica.effects import Fetch
from p2pchain.replica.inputs import (
    FetchCompleted,
    FetchRequested,
    Input,
    MessageReceived,
    PeerConnected,
    PeerDisconnected,
)
from tests.simulation.behaviour import Behaviour, Host
from tests.simulation.checkers import Checkers
from tests.simulation.machine import Machine
from tests.simulation.network import Network

LINK_BACK_MS = 2_000
"""How long a penalised peer is not linked."""


class End(Host, Protocol):
    """A node at one end of links."""

    up: bool
    life: int
    behaviour: Behaviour | None
    machine: Machine

    @property
    def links(self) -> Links: ...

    def take(self, given: Input) -> None: ...

    def trace(self, what: str) -> None: ...


class Ends(Protocol):
    """The world, as links see it."""

    network: Network
    checkers: Checkers
    peer_ids: list[PeerId]
    numbers: dict[PeerId, int]

    @property
    def nodes(self) -> Sequence[End]: ...

    def after(self, delay_ms: int, action: Callable[..., None], *arguments: object) -> None: ...


class Links:
    """One node's links to all others."""

    def __init__(self, world: Ends, node: End) -> None:
        """Nothing is under way."""
        self._world = world
        self._node = node
        self._turned_away: set[int] = set()
        self._fetches: dict[int, Fetch] = {}
        self._fetch_count = 0

    def begin(self) -> None:
        """A life begins: nothing of the last one is under way."""
        self._turned_away.clear()
        self._fetches.clear()

    def end(self) -> None:
        """A life ends: the others see their links close."""
        mine = self._world.peer_ids[self._node.number]
        for other in self._world.nodes:
            if other is not self._node and other.up and self._node.number not in other.links._turned_away:
                other.take(PeerDisconnected(peer=mine))

    def connect(self, number: int) -> None:
        """Link with another node, if both are up."""
        other = self._world.nodes[number]
        if frozenset((self._node.number, number)) in self._world.network.missing:
            self._turned_away.add(number)
            return
        if self._node.up and other.up:
            self._turned_away.discard(number)
            other.links._turned_away.discard(self._node.number)
            self._node.take(self._connected(other))
            other.take(self._connected(self._node))

    def say(self, target: int, message: LinkMessage) -> None:
        """What the replica wants sent, after the node's behaviour had its way with it."""
        self._node.machine.boundary()
        behaviour = self._node.behaviour
        if behaviour is None:
            self.send(target, message)
            return
        for changed in behaviour.outgoing(self._node, target, message):
            self.send(target, changed)

    def send(self, target: int, message: LinkMessage) -> None:
        """Put a message on the wire as it is."""
        world, node = self._world, self._node
        receiver = world.nodes[target]
        if not receiver.up or target in self._turned_away:
            return
        for delay_ms in world.network.delays(node.number, target):
            world.after(delay_ms, receiver.links.arrive, node, node.life, receiver.life, message)

    def arrive(self, sender: End, sent_life: int, life: int, message: LinkMessage) -> None:
        """A message is here; it is lost with the link if either end has ended since."""
        node = self._node
        if not node.up or node.life != life or sender.life != sent_life or sender.number in self._turned_away:
            return
        if node.behaviour is None or node.behaviour.incoming(node, sender.number, message):
            node.take(MessageReceived(peer=self._world.peer_ids[sender.number], message=message))

    def fetch(self, effect: Fetch) -> None:
        """Ask a peer."""
        world, node = self._world, self._node
        self._fetch_count += 1
        number = self._fetch_count
        self._fetches[number] = effect
        target = world.nodes[world.numbers[effect.peer]]
        asked = FetchRequested(peer=world.peer_ids[node.number], request_id=number, request=effect.request)
        for delay_ms in world.network.delays(node.number, target.number)[:1]:
            world.after(delay_ms, target.take, asked)
        world.after(effect.deadline_ms, self.complete, number, node.life, None)

    def respond(self, target: int, number: int, response: FetchResponse) -> None:
        """Answer a peer's request, after the node's behaviour had its way with it."""
        world, node = self._world, self._node
        asker = world.nodes[target]
        answered: FetchResponse | None = response
        if node.behaviour is not None:
            request = asker.links.asked(number)
            answered = None if request is None else node.behaviour.answer(node, target, request, response)
        if answered is not None:
            for delay_ms in world.network.delays(node.number, target)[:1]:
                world.after(delay_ms, asker.links.complete, number, asker.life, answered)

    def asked(self, number: int) -> FetchRequest | None:
        """The request of this number, if it is still under way."""
        fetch = self._fetches.get(number)
        return None if fetch is None else fetch.request

    def complete(self, number: int, life: int, response: FetchResponse | None) -> None:
        """An answer, or its deadline."""
        if self._node.life == life and (fetch := self._fetches.pop(number, None)) is not None:
            self._node.take(FetchCompleted(peer=fetch.peer, request=fetch.request, response=response))

    def penalise(self, number: int, fault: str) -> None:
        """The link is closed, and opened again after a while."""
        world, node = self._world, self._node
        peer = world.nodes[number]
        node.trace(f"penalises node {number}: {fault}")
        world.checkers.penalised(node.number, number, fault)
        if number in self._turned_away:
            return
        self._turned_away.add(number)
        peer.links._turned_away.add(node.number)
        world.after(0, node.take, PeerDisconnected(peer=world.peer_ids[number]))
        world.after(0, peer.take, PeerDisconnected(peer=world.peer_ids[node.number]))
        world.after(LINK_BACK_MS, self.connect, number)

    def _connected(self, other: End) -> PeerConnected:
        peer = self._world.peer_ids[other.number]
        return PeerConnected(peer=peer, validator=other.key.public_key, address=f"node-{other.number}")
