"""The double-sign guard: no key signs two different messages for one height, round and step.

A signed message has a position (height, round, step), and positions of one key only grow. So one comparison
decides: what lies above the latest position may be signed; what lies at a position signed before must be the
very same message, and then gets the very same signature; everything else is refused. What the guard knows
comes from the safety log, and it learns of a new message only after that log made it durable.
"""

from __future__ import annotations

from collections.abc import Iterable
from typing import Final

from p2pchain.codec.safety import position_of
from p2pchain.model.errors import Corrupt, Fact, Refused
from p2pchain.model.safety import Position, SafetyRecord
from p2pchain.model.voting import Proposal, ProposalContent, Vote, VoteContent

Message = Proposal | Vote
Content = ProposalContent | VoteContent

SIGNED_MAX: Final = 256
"""Latest messages remembered in full; an older one at the same height is refused, even the same again."""


class DoubleSignGuard:
    """Guard of one key: the messages that it signed, and so those that it may sign; one thread at a time."""

    def __init__(
        self, records: Iterable[SafetyRecord], committed_height: int, floor: Position | None = None
    ) -> None:
        """``records``: all of the safety log in its order; ``committed_height``: the chain log's, 0 at first;
        ``floor``: nothing at or below it is signed, not even again what the log holds.

        Raises ``Corrupt("SAFETY_LOG_ORDER")`` where positions do not grow: two processes wrote this log, or
        one that had no guard.
        """
        self._signed: dict[Position, Message] = {}
        self._latest: Position | None = None
        self._committed_height = committed_height
        self._floor = floor
        for record in records:
            position = position_of(record.message)
            if self._latest is not None and position <= self._latest:
                facts = {"found": str(position), "after": str(self._latest)}
                raise Corrupt("SAFETY_LOG_ORDER", facts, "never run one consensus key in two places")
            self.remember(record.message)

    @property
    def signed(self) -> tuple[Message, ...]:
        """The messages remembered in full, in the order of their positions; at most ``SIGNED_MAX``."""
        return tuple(self._signed.values())

    @property
    def latest(self) -> Position | None:
        """Position of the last signed message."""
        return self._latest

    def check(self, position: Position, content: Content) -> Message | None:
        """Return None where ``content`` may be signed; the message signed before where that says the same.

        Raises ``Refused``: ``SIGN_CONFLICT`` where something else was signed at this position,
        ``SIGN_REGRESSION`` where the position lies below the latest one, not above the floor, or its height
        is decided.
        """
        height = position[0]
        facts = place_facts(position)
        if height <= self._committed_height:
            raise Refused("SIGN_REGRESSION", {**facts, "committed_height": self._committed_height})
        if self._floor is not None and position <= self._floor:
            raise Refused("SIGN_REGRESSION", {**facts, "floor": str(self._floor)})
        before = self._signed.get(position)
        if before is not None:
            if before.content == content:
                return before
            raise Refused(
                "SIGN_CONFLICT",
                {**facts, "signed": _content_words(before.content), "asked": _content_words(content)},
            )
        if self._latest is not None and position <= self._latest:
            raise Refused("SIGN_REGRESSION", {**facts, "latest": str(self._latest)})
        return None

    def remember(self, message: Message) -> None:
        """Remember a message that is durable now; its position lies above the latest."""
        position = position_of(message)
        assert self._latest is None or position > self._latest, f"{position} signed after {self._latest}"
        self._signed[position] = message
        self._latest = position
        if len(self._signed) > SIGNED_MAX:
            del self._signed[next(iter(self._signed))]

    def committed(self, height: int) -> None:
        """Refuse from now on to sign at this final height or below."""
        self._committed_height = max(self._committed_height, height)
        for position in [position for position in self._signed if position[0] <= self._committed_height]:
            del self._signed[position]


def place_facts(position: Position) -> dict[str, Fact]:
    """Return height, round and step as facts of an error."""
    height, round_number, step = position
    return {"height": height, "round": round_number, "step": step.name.lower()}


def _content_words(content: Content) -> str:
    block_id = "nil" if content.block_id is None else content.block_id.hex()
    match content:
        case ProposalContent(valid_round=valid_round):
            return f"{block_id} valid_round {valid_round}"
        case VoteContent():
            return block_id
