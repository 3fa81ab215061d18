"""The pool of a node that decides at once, for tests of the commands: one transaction waits for ever."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.control.port import Json
from p2pchain.model.errors import Refused
from p2pchain.model.ids import TxId

WAITS: Final = TxId(b"\xcd" * 32)
"""The one that waits until it is dropped."""


class SmallPool:
    """Implements ``PoolPort``; it knows the organisation ``bank-b`` and no account."""

    def __init__(self) -> None:
        self._waits = True
        self._refused: set[str] = set()

    def show(self) -> Mapping[str, Json]:
        """See ``PoolPort``."""
        waiting: Mapping[str, Json] = {"tx_id": WAITS.hex(), "org": "bank-b", "bytes": 300, "age_ms": 1_500}
        holding: Mapping[str, Json] = {"org": "bank-b", "transactions": 1, "bytes": 300, "oldest_ms": 1_500}
        return {
            "transactions": int(self._waits),
            "transactions_max": 10,
            "bytes": 300 * self._waits,
            "bytes_max": 1_000,
            "organisation_transactions_max": 5,
            "organisation_bytes_max": 500,
            "age_ms_max": 600_000,
            "organisations": (holding,) * self._waits,
            "oldest": (waiting,) * self._waits,
            "own_block_part": 4,
            "dropped": {},
            "unheard": {},
            "refused": self._refused_json(),
        }

    def drop(self, tx_id: TxId) -> Mapping[str, Json]:
        """See ``PoolPort``."""
        if tx_id != WAITS or not self._waits:
            raise Refused("TX_UNKNOWN", {"tx_id": tx_id.hex()})
        self._waits = False
        return {"tx_id": tx_id.hex(), "dropped": True}

    async def refuse(self, sender: str) -> Mapping[str, Json]:
        """See ``PoolPort``."""
        if sender != "bank-b":
            raise Refused("SENDER_UNKNOWN", {"sender": sender})
        self._refused.add(sender)
        return self._refused_json()

    async def allow(self, sender: str) -> Mapping[str, Json]:
        """See ``PoolPort``."""
        if sender not in self._refused:
            raise Refused("SENDER_UNKNOWN", {"sender": sender})
        self._refused.remove(sender)
        return self._refused_json()

    def _refused_json(self) -> Mapping[str, Json]:
        return {"organisations": sorted(self._refused), "accounts": [], "transactions": []}
