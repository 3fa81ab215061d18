"""Schedule of the private payloads that a node still lacks: whose is fetched next, and when again.

An organisation may put payloads on the chain that nobody ever gives. So each owner has a queue of its own and
at most ``OWNER_IN_FLIGHT_MAX`` fetches under way; the owner that was served longest ago comes next (round
robin), and owners whose last payloads could not be had share half of the places, so that one whose payloads
come always finds one. An attempt asks one holder; once all were asked in vain the payload rests, each time
twice as long. What rests lies in a heap by the time at which it is due, so no call looks at a whole queue.
"""

from __future__ import annotations

from collections import OrderedDict
from dataclasses import dataclass, field
from heapq import heapify, heappop, heappush
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
    """Payloads that one owner wants: ``ready`` in the order of their turn, ``resting`` until they are due."""

    ready: OrderedDict[bytes, Wanted] = field(default_factory=OrderedDict)
    resting: dict[bytes, Wanted] = field(default_factory=dict)
    in_flight: int = 0
    failing: bool = False
    _by_due: list[tuple[float, bytes]] = field(default_factory=list)

    def __contains__(self, root: bytes) -> bool:
        return root in self.ready or root in self.resting

    def __len__(self) -> int:
        return len(self.ready) + len(self.resting)

    def rest(self, wanted: Wanted) -> None:
        """Let it wait until it is due, then behind the others."""
        self.resting[wanted.root] = wanted
        heappush(self._by_due, (wanted.due_s, wanted.root))
        if len(self._by_due) > 2 * OWNER_WANTED_MAX:  # Most of it was dropped meanwhile.
            self._by_due = [(payload.due_s, root) for root, payload in self.resting.items()]
            heapify(self._by_due)

    def drop(self, root: bytes) -> None:
        """Let it wait no longer."""
        self.ready.pop(root, None)
        self.resting.pop(root, None)

    def take(self, now_s: float) -> Wanted | None:
        """Take the one whose turn it is, None where none is due."""
        self.due_after(now_s)
        return self.ready.popitem(last=False)[1] if self.ready else None

    def due_after(self, now_s: float) -> float | None:
        """Make ready what is due now; when the next one is, None where no other rests."""
        while self._by_due:
            due_s, root = self._by_due[0]
            wanted = self.resting.get(root)
            if wanted is not None and wanted.due_s == due_s:  # Else it was dropped.
                if due_s > now_s:
                    return due_s
                self.ready[root] = self.resting.pop(root)
            heappop(self._by_due)
        return None


class WantedPayloads:
    """Wanted payloads by owner; ``next_due`` hands one out, ``succeeded`` or ``failed`` takes it back."""

    def __init__(self) -> None:
        self._owners: OrderedDict[OrgId, _Owner] = OrderedDict()
        self._in_flight: dict[bytes, Wanted] = {}

    def __contains__(self, root: bytes) -> bool:
        return root in self._in_flight or any(root in owner for owner in self._owners.values())

    def add(self, root: bytes, owner: OrgId) -> None:
        """Want a payload, unless it is wanted already or its owner's queue is full."""
        queue = self._owners.setdefault(owner, _Owner())
        if root not in self._in_flight and root not in queue and len(queue) < OWNER_WANTED_MAX:
            queue.ready[root] = Wanted(root=root, owner=owner)

    def drop(self, root: bytes) -> None:
        """Want a payload no longer; a fetch under way is not asked for again."""
        self._in_flight.pop(root, None)
        for owner in self._owners.values():
            owner.drop(root)

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
            wanted = owner.take(now_s)
            if wanted is not None:
                owner.in_flight += 1
                self._in_flight[wanted.root] = wanted
                self._owners.move_to_end(org)
                return wanted
        return None

    def due_in_s(self, now_s: float) -> float | None:
        """Seconds until the next resting payload is due, None where none rests. What is due already waits for
        a place, which only an end of a fetch makes free.
        """
        due = [due_s for owner in self._owners.values() if (due_s := owner.due_after(now_s)) is not None]
        return min(due) - now_s if due else None

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
        owner.rest(wanted)

    def _land(self, wanted: Wanted) -> _Owner:
        owner = self._owners[wanted.owner]
        owner.in_flight -= 1
        assert owner.in_flight >= 0, "as many land as were handed out"
        return owner
