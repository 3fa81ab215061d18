"""Operator's view and orders of the pool: who waits, drop one, take nothing of somebody."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import structlog
import trio

from p2pchain.control.port import Json
from p2pchain.mempool.refused_senders import RefusedSenders
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.ids import PUBLIC_KEY_BYTES, OrgId, PublicKey, TxId
from p2pchain.node.home.sender_refusals import require_room, write_refused_senders
from p2pchain.node.run.clocks import read_clocks
from p2pchain.node.run.inbox import Inbox
from p2pchain.replica.inputs import SendersRefused, TransactionUnwanted
from p2pchain.replica.replica import Replica

OLDEST_SHOWN: Final = 20
"""Transactions that the view shows."""
ORGANISATIONS_SHOWN: Final = 100
"""Organisations that the view shows, those that hold most; the sums are of all."""

log = structlog.get_logger("p2pchain.node")


class PoolControl:
    """Reads the pool between two inputs of the replica; orders are inputs of the replica."""

    def __init__(self, *, replica: Replica, inbox: Inbox, file: Path) -> None:
        """``file``: keeps of whom nothing is taken."""
        self._replica = replica
        self._inbox = inbox
        self._file = file
        self._refused = replica.flow.pool.refused
        self._writing = trio.Lock()

    def show(self) -> Mapping[str, Json]:
        """See ``PoolPort``."""
        pool, now_ms = self._replica.flow.pool, read_clocks().monotonic_ms
        oldest = [waiting for waiting, _ in zip(pool, range(OLDEST_SHOWN), strict=False)]
        return {
            "transactions": len(pool),
            "transactions_max": pool.limits.transactions_max,
            "bytes": pool.bytes_held,
            "bytes_max": pool.limits.bytes_max,
            "organisation_transactions_max": pool.limits.organisation_transactions_max,
            "organisation_bytes_max": pool.limits.organisation_bytes_max,
            "age_ms_max": pool.limits.age_ms_max,
            "organisations": [
                {
                    "org": holding.org,
                    "transactions": holding.transactions,
                    "bytes": holding.bytes_held,
                    "oldest_ms": now_ms - holding.since_ms,
                }
                for holding in pool.holdings()[:ORGANISATIONS_SHOWN]
            ],
            "oldest": [
                {
                    "tx_id": waiting.tx_id.hex(),
                    "org": waiting.org,
                    "bytes": waiting.size,
                    "age_ms": now_ms - waiting.since_ms,
                }
                for waiting in oldest
            ],
            "own_block_part": 1 << self._own_halvings(),
            "dropped": dict(pool.drops),
            "unheard": dict(self._replica.flow.unheard),
            "refused": self._refused_json(),
        }

    def _own_halvings(self) -> int:
        parameters, modest = self._replica.ledger.parameters, self._replica.flow.has_modest()
        return self._replica.heights.build_size.halvings(parameters, modest=modest)

    def drop(self, tx_id: TxId) -> Mapping[str, Json]:
        """See ``PoolPort``."""
        if tx_id not in self._replica.flow.pool:
            facts: dict[str, Fact] = {"tx_id": tx_id.hex()}
            raise Refused("TX_UNKNOWN", facts, "it does not wait at this node; see: p2pchain mempool")
        self._inbox.put_urgent(TransactionUnwanted(tx_id=tx_id))
        log.warning("mempool.drop", tx_id=tx_id.hex())
        return {"tx_id": tx_id.hex(), "dropped": True}

    async def refuse(self, sender: str) -> Mapping[str, Json]:
        """See ``PoolPort``."""
        org, account = self._find(sender)
        async with self._writing:
            old = self._refused
            require_room(old)
            await self._change(
                replace(
                    old,
                    organisations=old.organisations | ({org} if account is None else set()),
                    accounts=old.accounts | ({account} if account is not None else set()),
                )
            )
        log.warning("mempool.refuse", sender=sender)
        return self._refused_json()

    async def allow(self, sender: str) -> Mapping[str, Json]:
        """See ``PoolPort``."""
        async with self._writing:
            old = self._refused
            taken_up = {tx_id for tx_id in old.transactions if tx_id.hex() == sender}
            org, account = (None, None) if taken_up else self._find_refused(sender)
            await self._change(
                RefusedSenders(
                    organisations=old.organisations - {org},
                    accounts=old.accounts - {account},
                    transactions=old.transactions - taken_up,
                )
            )
        log.warning("mempool.allow", sender=sender)
        return self._refused_json()

    def reasons(self) -> list[str]:
        """For ``status``: an operator must not forget of whom nothing is taken."""
        accounts = sorted(key.hex()[:16] for key in self._refused.accounts)
        names = [*sorted(self._refused.organisations), *accounts]
        reasons = [
            f"does not take up transaction {tx_id.hex()[:16]} again: executing it took more than this "
            "machine has (MACHINE_EXHAUSTED); see: p2pchain mempool refuse --list"
            for tx_id in sorted(self._refused.transactions)
        ]
        if names:
            reasons.append(
                f"takes no transactions of {', '.join(names)}; see: p2pchain mempool refuse --list"
            )
        return reasons

    async def _change(self, refused: RefusedSenders) -> None:
        """Write first, then do."""
        await trio.to_thread.run_sync(write_refused_senders, self._file, refused)
        self._refused = refused
        self._inbox.put_urgent(SendersRefused(refused=refused))

    def _find(self, sender: str) -> tuple[OrgId, PublicKey | None]:
        """The organisation of this name, or with its account of this public key or, where only one account
        bears it, of this name.
        """
        answer = self._replica.ledger.query("membership", "organisations", {}, None)
        organisations: Sequence[Mapping[str, Any]] = answer["organisations"]
        if any(sender == entry["org"] for entry in organisations):
            return OrgId(sender), None
        matches = [
            (OrgId(entry["org"]), PublicKey(bytes.fromhex(account["public_key"])))
            for entry in organisations
            for account in entry["accounts"]
            if sender in (account["public_key"], account["name"])
        ]
        if len(matches) == 1:
            return matches[0]
        facts: dict[str, Fact] = {"sender": sender[:80], "accounts": len(matches)}
        raise Refused("SENDER_UNKNOWN", facts, "name an organisation or a public key; see: p2pchain members")

    def _find_refused(self, sender: str) -> tuple[OrgId | None, PublicKey | None]:
        """Find the refused sender that is meant; it may be no member any more."""
        if sender in self._refused.organisations:
            return OrgId(sender), None
        if len(sender) == 2 * PUBLIC_KEY_BYTES:
            keys = [key for key in self._refused.accounts if key.hex() == sender]
        else:
            _, account = self._find(sender)
            keys = [key for key in self._refused.accounts if key == account]
        if not keys:
            facts: dict[str, Fact] = {"sender": sender[:80]}
            raise Refused("SENDER_UNKNOWN", facts, "it is not refused; see: p2pchain mempool refuse --list")
        return None, keys[0]

    def _refused_json(self) -> Mapping[str, Json]:
        return {
            "organisations": sorted(self._refused.organisations),
            "accounts": sorted(key.hex() for key in self._refused.accounts),
            "transactions": sorted(tx_id.hex() for tx_id in self._refused.transactions),
        }
