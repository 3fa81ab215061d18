"""Deposits: a digest gets its place in the order of the chain, and a newer one takes its place."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.evidence.holds import require_free
from p2pchain.business.evidence.records import (
    CLERK,
    STATEMENT_BYTES_MAX,
    Deposit,
    enter,
    find,
    require_current,
    store,
)
from p2pchain.business.evidence.refusals import EvidenceExists, SupersedesForeign
from p2pchain.codec.evidence_file import FILES_MAX, deposit_id
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Hash, Id, Integer, Optional, Text
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.transaction import Value

DIGEST_KIND = Hash(help="SHA-256 of the one file, or root of the tree over the files")
COUNT_KIND = Optional(
    inner=Integer(low=1, high=FILES_MAX, unit="files"),
    help="files under the root; null for the hash of one file",
)
STATEMENT_KIND = Text(bytes_max=STATEMENT_BYTES_MAX, help="how it was collected, by which means, and when")


@dataclass(frozen=True, slots=True, kw_only=True)
class DepositFiles:
    """The digest of what is deposited, and how that was collected."""

    digest: Annotated[bytes, DIGEST_KIND, Entry(is_made=True)]
    count: Annotated[int | None, COUNT_KIND, Entry(is_made=True)]
    statement: Annotated[str, STATEMENT_KIND]


@dataclass(frozen=True, slots=True, kw_only=True)
class Supersede:
    """A deposit, and the newer one that takes its place."""

    deposit: Annotated[bytes, Id(of="evidence.deposit", size=HASH_BYTES, help="the older deposit")]
    digest: Annotated[bytes, DIGEST_KIND, Entry(is_made=True)]
    count: Annotated[int | None, COUNT_KIND, Entry(is_made=True)]
    statement: Annotated[str, STATEMENT_KIND]


def deposit(context: Context, message: DepositFiles) -> None:
    """Deposit a digest. ``AUTH_ROLE``, ``EVD_EXISTS``."""
    _enter_new(context, context.require_role(CLERK).org, message, supersedes=None)


def supersede(context: Context, message: Supersede) -> None:
    """Deposit a digest in the place of an older deposit of the same organisation. ``AUTH_ROLE``,
    ``EVD_UNKNOWN``, ``EVD_SUPERSEDES_FOREIGN``, ``EVD_SUPERSEDED``, ``EVD_HOLD``, ``EVD_EXISTS``.
    """
    org = context.require_role(CLERK).org
    older = require_current(context, message.deposit)
    if older.org != org:
        raise SupersedesForeign({"deposit": message.deposit.hex(), "org": older.org})
    require_free(context, message.deposit)
    newer = _enter_new(context, org, message, supersedes=message.deposit)
    store(context, replace(older, superseded_by=newer.key))


def _enter_new(
    context: Context, org: str, message: DepositFiles | Supersede, *, supersedes: bytes | None
) -> Deposit:
    before = find(context, deposit_id(org, message.digest))
    if before is not None:
        raise EvidenceExists({"deposit": before.key.hex(), "height": before.height})
    made = Deposit(
        org=org,
        digest=message.digest,
        count=message.count,
        statement=message.statement,
        height=context.height,
        time_ms=context.time_ms,
        custodian=org,
        offered_to=None,
        handovers=0,
        supersedes=supersedes,
        superseded_by=None,
        countersigned=0,
        timestamped=0,
    )
    place = enter(context, made)
    fields: tuple[Value, ...] = (made.key, org, made.digest, made.count, made.statement, place, supersedes)
    context.emit("deposited", fields)
    return made
