"""Schedule of the private payloads that a node still lacks: whose is fetched next, and when again.

An organisation may put payloads on the chain that nobody ever gives. So each owner has a queue of its own and
at most ``OWNER_IN_FLIGHT_MAX`` fetches under way; the owner that was served longest ago comes next (round
robin), and owners whose last payloads could not be had share half of the places, so that one whose payloads
come always finds one. An attempt asks one holder; once all were asked in vain the payload rests, each time
twice as long.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from typing import Final

from p2pchain.model.ids import OrgId

IN_FLIGHT_MAX: Final = 8
OWNER_IN_FLIGHT_MAX: Final = 2
FAILING_IN_FLIGHT_MAX: Final = IN_FLIGHT_MAX // 2
"""Fetches under way for owners whose newest attempt failed."""
OWNER_WANTED_MAX: Final = 10_000
"""Payloads of one owner that are wanted at a time; the others are found at the next start."""
REST_S: Final = 5.0
REST_MAX_S: Final = 600.0


@dataclass(slots=True, kw_only=True)
class Wanted:
    """One payload that is lacking. ``attempts``: holders asked so far; ``due_s``: when the next may be."""

    root: bytes
    owner: OrgId
    attempts: int = 0
    due_s: float = 0.0


@dataclass(slots=True, kw_only=True)
class _Owner:
    waiting: OrderedDict[bytes, Wanted] = field(default_factory=OrderedDict)
    in_flight: int = 0
    failing: bool = False


class WantedPayloads:
    """What is wanted, by owner; ``next_due`` hands one out, ``succeeded`` or ``failed`` takes it back."""

    def __init__(self) -> None:
        self._owners: OrderedDict[OrgId, _Owner] = OrderedDict()
        self._in_flight: dict[bytes, Wanted] = {}

    def __contains__(self, root: bytes) -> bool:
        return root in self._in_flight or any(root in owner.waiting for owner in self._owners.values())

    def add(self, root: bytes, owner: OrgId) -> None:
        """Want a payload, unless it is wanted already or its owner's queue is full."""
        queue = self._owners.setdefault(owner, _Owner())
        if root not in self._in_flight and len(queue.waiting) < OWNER_WANTED_MAX:
            queue.waiting.setdefault(root, Wanted(root=root, owner=owner))

    def drop(self, root: bytes) -> None:
        """Want a payload no longer; a fetch under way is not asked for again."""
        self._in_flight.pop(root, None)
        for owner in self._owners.values():
            owner.waiting.pop(root, None)

    def next_due(self, now_s: float) -> Wanted | None:
        """Hand out the next payload to fetch, None where none is due or no place is free."""
        flying = sum(owner.in_flight for owner in self._owners.values())
        failing = sum(owner.in_flight for owner in self._owners.values() if owner.failing)
        if flying >= IN_FLIGHT_MAX:
            return None
        for org, owner in self._owners.items():
            if owner.in_flight >= OWNER_IN_FLIGHT_MAX:
                continue
            if owner.failing and failing >= FAILING_IN_FLIGHT_MAX:
                continue
            wanted = next((each for each in owner.waiting.values() if each.due_s <= now_s), None)
            if wanted is not None:
                del owner.waiting[wanted.root]
                owner.in_flight += 1
                self._in_flight[wanted.root] = wanted
                self._owners.move_to_end(org)
                return wanted
        return None

    def due_in_s(self, now_s: float) -> float | None:
        """Seconds until the next resting payload is due, None where none rests. What is due already waits for
        a place, which only an end of a fetch makes free.
        """
        due = [each.due_s for owner in self._owners.values() for each in owner.waiting.values()]
        return min((due_s - now_s for due_s in due if due_s > now_s), default=None)

    def succeeded(self, wanted: Wanted) -> None:
        """Take note that a payload is here, or no longer wanted."""
        self._land(wanted).failing = False
        self._in_flight.pop(wanted.root, None)

    def failed(self, wanted: Wanted, now_s: float, holders: int) -> None:
        """Take note that one holder of ``holders`` did not give it; it goes behind its owner's others."""
        owner = self._land(wanted)
        owner.failing = True
        if self._in_flight.pop(wanted.root, None) is None:
            return  # Dropped meanwhile.
        wanted.attempts += 1
        rounds, in_round = divmod(wanted.attempts, max(1, holders))
        rest_s = 0.0 if in_round else min(REST_MAX_S, REST_S * 2.0 ** min(rounds - 1, 16))
        wanted.due_s = now_s + rest_s
        owner.waiting[wanted.root] = wanted

    def _land(self, wanted: Wanted) -> _Owner:
        owner = self._owners[wanted.owner]
        owner.in_flight -= 1
        assert owner.in_flight >= 0, "as many land as were handed out"
        return owner
