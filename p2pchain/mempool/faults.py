"""Reasons for which a transaction is kept out of the pool, or dropped."""

from __future__ import annotations

from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import Height, OrgId, PublicKey, TxId


class PoolFull(Refused):
    """The pool is full, and nobody holds more of it than the sender's organisation."""

    def __init__(self, limit: str, held: int, org: OrgId, org_held: int) -> None:
        """``limit``: name of the bound that was reached; ``held``: how much there is of it; ``org_held``:
        how much of that is the organisation's.
        """
        facts: dict[str, Fact] = {"limit": limit, "held": held, "org": org, "org_held": org_held}
        super().__init__("MEMPOOL_FULL", facts, "wait for a block, then submit again")


class ShareTaken(Refused):
    """One organisation holds as much of the pool as one may, whatever the number of its accounts."""

    def __init__(self, limit: str, org: OrgId, held: int) -> None:
        """``limit``: name of the bound that was reached; ``held``: how much of it the organisation holds."""
        facts: dict[str, Fact] = {"limit": limit, "org": org, "held": held}
        super().__init__("MEMPOOL_SHARE", facts, "wait until some of what it has waiting is decided")


class RoomTaken(Refused):
    """The newest transaction of whoever held most of a full pool made room for another organisation's."""

    def __init__(self, limit: str, org: OrgId, held: int) -> None:
        """``limit``: name of the bound that was reached; ``held``: how much of it the organisation held."""
        facts: dict[str, Fact] = {"limit": limit, "org": org, "held": held, "dropped": True}
        super().__init__("MEMPOOL_SHARE", facts, "it waits here no longer; submit it again after a block")


class NonceTaken(Refused):
    """Another transaction of the same first signer waits with the same nonce; no block may hold both."""

    def __init__(self, signer: PublicKey, nonce: bytes, waiting: TxId) -> None:
        """``waiting``: the transaction that came first."""
        facts = {"signer": signer.hex(), "nonce": nonce.hex(), "waiting": waiting.hex()}
        super().__init__("TX_REPEATED", facts, "give every transaction a nonce of its own")


class AlreadyPooled(Refused):
    """The same transaction waits already."""

    def __init__(self, tx_id: TxId) -> None:
        """``tx_id``: of the transaction that waits."""
        super().__init__(
            "TX_PENDING", {"tx_id": tx_id.hex()}, "it waits to be decided; do not submit it again"
        )


class TooOld(Refused):
    """It has waited as long as a transaction may wait here, and no block took it."""

    def __init__(self, age_ms: int, age_ms_max: int) -> None:
        """Both in milliseconds."""
        facts: dict[str, Fact] = {"age_ms": age_ms, "age_ms_max": age_ms_max}
        hint = "are blocks made? see: p2pchain status; then submit the same transaction again"
        super().__init__("MEMPOOL_EXPIRED", facts, hint)


class HeightPassed(Refused):
    """No block may hold it any more."""

    def __init__(self, valid_until: Height, next_height: Height) -> None:
        """``valid_until``: as its body says."""
        facts: dict[str, Fact] = {"valid_until": valid_until, "next_height": next_height}
        super().__init__("TX_EXPIRED", facts, "sign a new one")


class TimePassed(Refused):
    """No block may hold it any more: the moment until which it is valid lies behind the last one."""

    def __init__(self, valid_until_ms: int, time_ms: int) -> None:
        """``time_ms``: the earliest that the next block can have."""
        facts: dict[str, Fact] = {"valid_until_ms": valid_until_ms, "time_ms": time_ms}
        super().__init__("TX_EXPIRED", facts, "sign a new one")


class SenderRefused(Refused):
    """The operator of this node takes nothing of this organisation or account."""

    def __init__(self, org: OrgId, account: PublicKey) -> None:
        """``account``: the first signer."""
        facts: dict[str, Fact] = {"org": org, "account": account.hex()}
        super().__init__("MEMPOOL_REFUSED", facts, "this node's operator decides; other nodes may take it")


class OperatorDropped(Refused):
    """The operator of this node dropped it."""

    def __init__(self, tx_id: TxId) -> None:
        """``tx_id``: of the transaction."""
        hint = "this node's operator decides; other nodes may still hold it"
        super().__init__("MEMPOOL_DROPPED", {"tx_id": tx_id.hex()}, hint)
