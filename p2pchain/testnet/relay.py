"""The relay: stands between nodes of a local network, and cuts them apart on command.

It is a process of its own, of the standard library alone. For every ordered pair of nodes it listens at one
port and passes bytes both ways. Cut pairs are not closed: their bytes just no longer flow, and new
connections are not taken, as if a cable were unplugged; what was on its way arrives after healing, or ends
where a side has given up.

Orders come over a Unix socket, one JSON line each: ``{"groups": [["a", "b"], ["c"]]}`` cuts every pair of
nodes that do not share a group (a node in no group is alone), ``{"groups": null}`` heals; the answer is
``{"cut": [[a, b], ...]}``.
"""

from __future__ import annotations

import contextlib
import json
import resource
import selectors
import socket
import sys
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from p2pchain.testnet.faults import LaunchFailed
from p2pchain.testnet.places import Places
from p2pchain.testnet.plan import Plan, RelayedPair, read_plan
from p2pchain.testnet.ports import LOOPBACK

CHUNK_BYTES: Final = 262_144
"""Read at once, and held at most per direction while the other side takes no more."""
BACKLOG: Final = 16
"""Connections that the system keeps of a pair while it is cut."""
LINKS_MAX: Final = 1_400
"""Connections at one time; further ones wait in the system's queue."""
FILES_MAX: Final = 4_096
"""Open files: two per connection, one per pair, and a few."""
ORDER_BYTES_MAX: Final = 65_536
ORDER_TIMEOUT_S: Final = 5.0


@dataclass(slots=True, eq=False)
class Side:
    """One end of a connection through the relay. ``held``: bytes from the other end that it has not taken
    yet.
    """

    connection: socket.socket
    held: bytes = b""
    reads: bool = True
    """Whether more may come from here; false after its end of file."""


@dataclass(slots=True, eq=False)
class Link:
    """A connection through the relay, ``near`` to the dialler and ``far`` to the listener."""

    pair: RelayedPair
    near: Side
    far: Side

    def other(self, side: Side) -> Side:
        """Return the opposite end."""
        return self.far if side is self.near else self.near


@dataclass(slots=True, eq=False)
class Relay:
    """All listeners and links of a network, in one loop."""

    plan: Plan
    selector: selectors.BaseSelector = field(default_factory=selectors.DefaultSelector)
    cut: set[frozenset[str]] = field(default_factory=set)
    listeners: dict[RelayedPair, socket.socket] = field(default_factory=dict)
    links: set[Link] = field(default_factory=set)

    def run(self, orders: socket.socket) -> None:
        """Listen everywhere and serve for ever."""
        for pair in self.plan.pairs:
            listener = socket.create_server((LOOPBACK, pair.port), backlog=BACKLOG)
            listener.setblocking(False)
            self.listeners[pair] = listener
        self._watch(orders, selectors.EVENT_READ, lambda _: self._obey(orders))
        self._rewatch_listeners()
        while True:
            for key, mask in self.selector.select():
                if self.selector.get_map().get(key.fd) is key:
                    key.data(mask)

    def _rewatch_listeners(self) -> None:
        """Take connections of every pair that is not cut, while there is room for them."""
        for pair, listener in self.listeners.items():
            open_ = not self._is_cut(pair) and len(self.links) < LINKS_MAX
            self._watch(listener, selectors.EVENT_READ if open_ else 0, self._acceptor(pair, listener))

    def _acceptor(self, pair: RelayedPair, listener: socket.socket) -> Callable[[int], None]:
        port = next(node.port for node in self.plan.nodes if node.name == pair.listener)

        def accept(_: int) -> None:
            near, _address = listener.accept()
            far = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
            link = Link(pair=pair, near=Side(near), far=Side(far))
            self.links.add(link)
            for connection in (near, far):
                connection.setblocking(False)
                connection.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
            with contextlib.suppress(BlockingIOError):
                far.connect((LOOPBACK, port))
            self._rewatch(link)
            if len(self.links) >= LINKS_MAX:
                self._rewatch_listeners()

        return accept

    def _obey(self, orders: socket.socket) -> None:
        """Take one order and answer it; whoever sends something else gets no answer."""
        channel, _ = orders.accept()
        with channel:
            channel.settimeout(ORDER_TIMEOUT_S)
            try:
                with channel.makefile("rb") as lines:
                    groups = json.loads(lines.readline(ORDER_BYTES_MAX))["groups"]
                self.cut = cut_pairs(self.plan.names, groups)
                self._rewatch_listeners()
                for link in self.links:
                    self._rewatch(link)
                answer = {"cut": sorted(sorted(pair) for pair in self.cut)}
                channel.sendall(json.dumps(answer).encode() + b"\n")
            except (OSError, ValueError, KeyError, TypeError) as error:
                print(f"relay: order refused: {type(error).__name__}: {error}", flush=True)

    def _rewatch(self, link: Link) -> None:
        """Ask the system for the events of each end: none while the pair is cut."""
        for side in (link.near, link.far):
            mask = 0
            if not self._is_cut(link.pair):
                if side.reads and not link.other(side).held:
                    mask |= selectors.EVENT_READ
                if side.held:
                    mask |= selectors.EVENT_WRITE
            self._watch(side.connection, mask, self._mover(link, side))

    def _mover(self, link: Link, side: Side) -> Callable[[int], None]:
        def move(mask: int) -> None:
            try:
                if mask & selectors.EVENT_WRITE:
                    side.held = side.held[side.connection.send(side.held) :]
                if mask & selectors.EVENT_READ:
                    self._read(link, side)
            except BlockingIOError:
                return
            except OSError:
                self._close(link)
                return
            self._rewatch(link)

        return move

    def _read(self, link: Link, side: Side) -> None:
        """Pass on bytes that came; at their end tell the other side so, and close once both have ended."""
        other = link.other(side)
        data = side.connection.recv(CHUNK_BYTES)
        if not data:
            side.reads = False
            if not other.reads:
                raise ConnectionResetError(f"both ends of {link.pair} are done")
            other.connection.shutdown(socket.SHUT_WR)
            return
        with contextlib.suppress(BlockingIOError):
            data = data[other.connection.send(data) :]
        other.held = data

    def _close(self, link: Link) -> None:
        self.links.discard(link)
        for side in (link.near, link.far):
            self._watch(side.connection, 0, self._mover(link, side))
            side.connection.close()
        if len(self.links) == LINKS_MAX - 1:
            self._rewatch_listeners()

    def _is_cut(self, pair: RelayedPair) -> bool:
        return frozenset((pair.dialler, pair.listener)) in self.cut

    def _watch(self, connection: socket.socket, mask: int, serve: Callable[[int], None]) -> None:
        key = self.selector.get_map().get(connection)
        if key is None:
            if mask:
                self.selector.register(connection, mask, serve)
        elif not mask:
            self.selector.unregister(connection)
        elif key.events != mask:
            self.selector.modify(connection, mask, serve)


def cut_pairs(names: Iterable[str], groups: list[list[str]] | None) -> set[frozenset[str]]:
    """Return every pair of nodes that do not share a group; a node in no group is alone. None cuts
    nothing.
    """
    if groups is None:
        return set()
    together = [set(group) for group in groups]
    return {
        frozenset((one, other))
        for one in names
        for other in names
        if one < other and not any(one in group and other in group for group in together)
    }


def order(places: Places, groups: list[list[str]] | None) -> list[list[str]]:
    """Order the relay of a network to cut it into groups; return the pairs that are cut. Raises
    ``LaunchFailed``.
    """
    try:
        with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as channel:
            channel.settimeout(ORDER_TIMEOUT_S)
            channel.connect(str(places.relay_socket))
            channel.sendall(json.dumps({"groups": groups}).encode() + b"\n")
            with channel.makefile("rb") as lines:
                cut: list[list[str]] = json.loads(lines.readline())["cut"]
                return cut
    except (OSError, ValueError) as error:
        facts = {"socket": str(places.relay_socket), "problem": str(error)}
        raise LaunchFailed("RELAY_SILENT", facts, "start it again with: scripts/testnet up") from error


def main(arguments: list[str]) -> None:
    """Run the relay of the network in a directory."""
    places = Places(Path(arguments[0]))
    _, most = resource.getrlimit(resource.RLIMIT_NOFILE)
    resource.setrlimit(resource.RLIMIT_NOFILE, (min(most, FILES_MAX), most))
    places.relay_socket.unlink(missing_ok=True)
    with socket.socket(socket.AF_UNIX, socket.SOCK_STREAM) as orders:
        orders.bind(str(places.relay_socket))
        orders.listen(BACKLOG)
        Relay(plan=read_plan(places.settings)).run(orders)


if __name__ == "__main__":
    main(sys.argv[1:])
