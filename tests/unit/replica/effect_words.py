"""Reading effects: those of a kind, what is to be signed, what goes out."""

from __future__ import annotations

from collections.abc import Iterable
from typing import TypeVar

from p2pchain.model.ids import BlockId, PeerId
from p2pchain.replica.effects import Broadcast, Effect, Send, SignProposal, SignVote

E = TypeVar("E")
Word = tuple[str, int, BlockId | None]
"""What is to be signed: word, round, value."""


def of(kind: type[E], effects: Iterable[object]) -> list[E]:
    """Those effects that are of a kind."""
    return [effect for effect in effects if isinstance(effect, kind)]


def words(effects: Iterable[Effect]) -> list[Word]:
    """What is to be signed."""
    told: list[Word] = []
    for effect in effects:
        match effect:
            case SignVote(content=content):
                told.append((content.kind.name.lower(), int(content.round), content.block_id))
            case SignProposal(proposal=proposal):
                told.append(("proposal", int(proposal.round), proposal.block_id))
            case _:
                continue
    return told


def sent(kind: type[E], effects: Iterable[Effect], peer: PeerId | None = None) -> list[E]:
    """Messages of a kind that go out: to one peer, or to anybody where ``peer`` is None."""
    found = []
    for effect in effects:
        match effect:
            case Send(peer=target, message=message) if peer is None or target == peer:
                found.append(message)
            case Broadcast(message=message) if peer is None:
                found.append(message)
            case _:
                continue
    return of(kind, found)
