"""Room for private payloads, shared between those who put them.

Whoever puts a payload on the chain names who fetches and keeps it, and a put costs next to nothing. So a
node keeps no more of another owner than it has room left for all: one that puts without end gets half of the
room, two get a third each, and one of which nothing is kept yet finds what is left. This is the dynamic
threshold of Choudhury and Hahne ("Dynamic Queue Length Thresholds for Shared-Memory Packet Switches",
IEEE/ACM Transactions on Networking 6(2), 1998). What our own organisation puts is bounded by the whole alone.
"""

from __future__ import annotations

from collections import Counter

from p2pchain.model.ids import OrgId


class PayloadShares:
    """Bytes of the payloads that a node keeps, by owner."""

    def __init__(self, own: OrgId) -> None:
        """``own``: whose node this is."""
        self._own = own
        self._kept: dict[bytes, tuple[OrgId, int]] = {}
        self._bytes: Counter[OrgId] = Counter()

    def keep(self, root: bytes, owner: OrgId, size: int) -> None:
        """Count a payload that is kept now; once, however often it is kept."""
        self.drop(root)
        self._kept[root] = owner, size
        self._bytes[owner] += size

    def drop(self, root: bytes) -> None:
        """Count a payload no more, where it was counted."""
        if (counted := self._kept.pop(root, None)) is not None:
            owner, size = counted
            self._bytes[owner] -= size

    def has_room(self, owner: OrgId, size: int, free_bytes: int) -> bool:
        """Test whether a further payload of an owner would be kept. ``free_bytes`` are left for all."""
        return size <= free_bytes and (owner == self._own or self._bytes[owner] + size <= free_bytes)
