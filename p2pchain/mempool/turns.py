"""Turns of organisations by start-time fair queuing.

The algorithm is Start-time Fair Queuing (Goyal, Vin, Cheng, SIGCOMM 1996) in the form that its authors gave
it for processors (Goyal, Guo, Vin, "A Hierarchical CPU Scheduler for Multimedia Operating Systems", OSDI
1996), where the cost of a turn is known only once it is over. Deficit round robin would have to know the cost
of a transaction, or its organisation's credit, before it runs.

Every organisation has a finish tag: how much service it has had, in virtual time. Its next turn starts at its
finish tag, or at the present virtual time where that is later, so nobody saves up service by asking for none.
The turn with the lowest start comes first; it moves its organisation's finish tag on by its cost. Two
organisations that always have something waiting so get the same service, however many accounts, transactions
or nodes each uses, and one that has little waiting is first whenever it comes.

Service is charged by blocks, not by what is chosen here: who waits is served by every proposer, and what a
transaction did is known after it was executed. So all honest nodes charge the same. Within one choice, a turn
moves on by the cost that is expected of it: its bytes, and what the organisation's last ones cost beside.

Virtual time is the lowest start among those that wait, as a waiting flow defines it; with none waiting, the
highest finish: whoever was served while nobody else asked owes nothing. It is never more than ``DEBT_MAX``
behind the highest finish, so neither a debt nor a claim grows for ever.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from p2pchain.mempool.pool_entry import Waiting
from p2pchain.model.ids import OrgId, TxId
from p2pchain.model.transaction import VerifiedTransaction

FULL: Final = 1 << 30
"""Cost of what fills a block by one measure: bytes, number, or work."""
DEBT_MAX: Final = 8 * FULL
"""Farthest that one organisation's service can lie ahead of the virtual time."""
REFUSED_COUNTS: Final = 2
"""How many times as much a transaction costs that a rule refused: it took as much of a block as another, and
did nothing for anybody.
"""
REMEMBERED_MAX: Final = 1_024
"""Organisations of which the usual cost of a transaction is remembered; the longest unseen is forgotten."""
_SMOOTHING: Final = 8


@dataclass(frozen=True, slots=True, kw_only=True)
class BlockBounds:
    """Bounds of one block: the measures by which service is shared."""

    transactions_max: int
    bytes_max: int
    work_max: int

    def cost(self, *, transactions: int = 1, size: int, work: int) -> int:
        """Return the cost of transactions of a block: their part of each measure, added."""
        number = FULL * transactions // self.transactions_max
        return number + self.cost_of_bytes(size) + FULL * work // self.work_max

    def cost_of_bytes(self, size: int) -> int:
        """Return the part of the cost that is known before execution."""
        return FULL * size // self.bytes_max


@dataclass(frozen=True, slots=True, kw_only=True)
class Served:
    """Transactions of one organisation in one block: all accepted, or all ``refused`` by a rule. ``size``:
    their bytes; ``work``: what executing them took.
    """

    transactions: int
    size: int
    work: int
    refused: bool


class Turns:
    """Service of each organisation, in virtual time."""

    def __init__(self) -> None:
        """Begin without service."""
        self._virtual = 0
        self._finish: dict[OrgId, int] = {}
        self._beside: dict[OrgId, int] = {}

    def start(self, org: OrgId) -> int:
        """Return when an organisation's next turn starts, in virtual time."""
        return max(self._virtual, self._finish.get(org, 0))

    def charge(self, org: OrgId, bounds: BlockBounds, served: Served) -> int:
        """Count the transactions of a final block that are of an organisation; return their cost."""
        cost = bounds.cost(transactions=served.transactions, size=served.size, work=served.work)
        cost *= REFUSED_COUNTS if served.refused else 1
        self._finish[org] = self.start(org) + cost
        beside = (cost - bounds.cost_of_bytes(served.size)) // served.transactions
        usual = self._beside.pop(org, beside)
        self._beside[org] = usual + (beside - usual) // _SMOOTHING
        if len(self._beside) > REMEMBERED_MAX:
            del self._beside[next(iter(self._beside))]
        return cost

    def settle(self, waiting: Iterable[OrgId]) -> None:
        """Move virtual time on, after all of a block is charged; ``waiting``: organisations with transactions
        in the pool.
        """
        highest = max(self._finish.values(), default=self._virtual)
        lowest = min(map(self.start, waiting), default=highest)
        self._virtual = max(self._virtual, lowest, highest - DEBT_MAX)
        self._finish = {org: finish for org, finish in self._finish.items() if finish > self._virtual}

    def expected(self, org: OrgId, bounds: BlockBounds, size: int) -> int:
        """Return the probable cost of a waiting transaction of this size."""
        beside = self._beside.get(org, FULL // bounds.transactions_max)
        return bounds.cost_of_bytes(size) + beside

    def order(
        self, queues: Mapping[OrgId, Mapping[TxId, Waiting]], bounds: BlockBounds
    ) -> Iterator[VerifiedTransaction]:
        """Return the waiting transactions in the order of turns; of one organisation in the order of its
        queue. The queues must not change meanwhile.
        """
        turns: list[tuple[int, int, Waiting, Iterator[Waiting]]] = []
        for org, queue in queues.items():
            rest = iter(queue.values())
            first = next(rest, None)
            if first is not None:
                turns.append((self.start(org), first.number, first, rest))
        heapq.heapify(turns)
        while turns:
            start, _, waiting, rest = turns[0]
            yield waiting.transaction
            following = next(rest, None)
            if following is None:
                heapq.heappop(turns)
                continue
            later = start + self.expected(waiting.org, bounds, waiting.size)
            heapq.heapreplace(turns, (later, following.number, following, rest))
