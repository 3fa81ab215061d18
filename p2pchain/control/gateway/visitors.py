"""Connections of the gateway: how many at once, of one address, and who makes room for a newcomer."""

from __future__ import annotations

import ipaddress
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from operator import itemgetter
from typing import Final

import trio

IPV6_SITE_BITS: Final = 64
"""One site has a /64 of IPv6 (RFC 6177), so whoever has one address of it has them all."""


class GatewayVisitor:
    """One connection. ``idle_since`` tells since when it has no whole request, None while one is answered."""

    __slots__ = ("address", "idle_since", "scope")

    def __init__(self, address: str, now_s: float) -> None:
        """``address``: the site, as ``site_of`` says it; ``now_s``: when it came."""
        self.address = address
        self.idle_since: Callable[[], float | None] = lambda: now_s
        self.scope = trio.CancelScope()


class Visitors:
    """Connections at once, within two limits."""

    __slots__ = ("_address_max", "_by_address", "_most", "_present")

    def __init__(self, most: int, address_max: int) -> None:
        """``most`` of all, ``address_max`` of one address."""
        self._most = most
        self._address_max = address_max
        self._present: set[GatewayVisitor] = set()
        self._by_address: Counter[str] = Counter()

    def __len__(self) -> int:
        return len(self._present)

    @contextmanager
    def enter(self, address: str) -> Iterator[GatewayVisitor | None]:
        """Take in a connection, None where it finds no room: its address has too many, or all are busy."""
        if self._by_address[address] >= self._address_max or not self._has_room():
            yield None
            return
        visitor = GatewayVisitor(address, trio.current_time())
        self._present.add(visitor)
        self._by_address[address] += 1
        try:
            with visitor.scope:
                yield visitor
        finally:
            self._leave(visitor)

    def _has_room(self) -> bool:
        """Return whether there is room, having ended the connection that has been idle for longest."""
        if len(self._present) < self._most:
            return True
        idle = [(since, visitor) for visitor in self._present if (since := visitor.idle_since()) is not None]
        if not idle:
            return False
        _, longest = min(idle, key=itemgetter(0))
        longest.scope.cancel()
        self._leave(longest)
        return True

    def _leave(self, visitor: GatewayVisitor) -> None:
        if visitor not in self._present:
            return
        self._present.discard(visitor)
        self._by_address[visitor.address] -= 1
        if not self._by_address[visitor.address]:
            del self._by_address[visitor.address]


def site_of(host: str) -> str:
    """Return what counts as one address: an IPv4 address, or the /64 of an IPv6 one."""
    address = ipaddress.ip_address(host.partition("%")[0])
    if isinstance(address, ipaddress.IPv6Address):
        if address.ipv4_mapped is not None:
            return str(address.ipv4_mapped)
        return str(ipaddress.ip_network((address, IPV6_SITE_BITS), strict=False))
    return str(address)
