"""What a hostile node does differently. It runs the real replica too; its behaviour stands between that and
the world.

A behaviour may change, hold back or multiply what leaves, hide what arrives, answer fetches falsely, and act
by itself at any time with the node's key (see ``Host``). The checkers look at honest nodes only.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from random import Random
from typing import Protocol

from p2pchain.model.ids import ChainId
from p2pchain.model.messages import FetchRequest, FetchResponse, LinkMessage
from p2pchain.replica.replica import Replica
from tests.simulation.keys import StandInKey


class Host(Protocol):
    """What a behaviour may use of the node that it drives."""

    @property
    def number(self) -> int:
        """Its number in the world."""

    @property
    def key(self) -> StandInKey:
        """Its consensus key, for signing whatever it likes."""

    @property
    def chain_id(self) -> ChainId:
        """The chain."""

    @property
    def random(self) -> Random:
        """The world's chance."""

    @property
    def replica(self) -> Replica:
        """Its own honest replica."""

    def others(self) -> Sequence[int]:
        """Numbers of all other nodes."""

    def wall_ms(self) -> int:
        """Its clock, ms since 1970."""

    def send(self, target: int, message: LinkMessage) -> None:
        """Put a message on the wire as it is."""

    def after(self, delay_ms: int, action: Callable[..., None], *arguments: object) -> None:
        """Act later, unless this life has ended by then."""


class Behaviour:
    """As it stands, that of an honest node; each attack overrides what it needs."""

    def started(self, node: Host) -> None:
        """A life of the node began."""

    def outgoing(self, node: Host, target: int, message: LinkMessage) -> Sequence[LinkMessage]:
        """What goes to a node (by number) in place of what the replica sends."""
        return (message,)

    def incoming(self, node: Host, source: int, message: LinkMessage) -> bool:
        """Whether the replica hears of a message."""
        return True

    def answer(
        self, node: Host, asker: int, request: FetchRequest, response: FetchResponse
    ) -> FetchResponse | None:
        """What is answered in place of ``response``; None: nothing, for ever."""
        return response
