"""Attestations: another organisation countersigns a deposit, and a time-stamping authority's token stands
beside it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.evidence.records import (
    CLERK,
    COUNTERSIGN,
    STATEMENT_BYTES_MAX,
    TIMESTAMP,
    require_current,
    store,
)
from p2pchain.business.evidence.refusals import (
    CountersignsOwn,
    EvidenceCountersigned,
    EvidenceTimestamped,
    TimestampLater,
)
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Hash, Id, Moment, Optional, Text
from p2pchain.ledger.refusals import ControllerMissing
from p2pchain.model.ids import HASH_BYTES

DEPOSIT_KIND = Id(of="evidence.deposit", size=HASH_BYTES, help="id of the deposit")


@dataclass(frozen=True, slots=True, kw_only=True)
class Countersign:
    """A deposit that another organisation vouches for, and in which sense."""

    deposit: Annotated[bytes, DEPOSIT_KIND]
    statement: Annotated[
        str | None, Optional(inner=Text(bytes_max=STATEMENT_BYTES_MAX), help="what was witnessed or checked")
    ]


@dataclass(frozen=True, slots=True, kw_only=True)
class AddTimestamp:
    """A token over what was deposited (RFC 3161): its hash, its time, and who signed it."""

    deposit: Annotated[bytes, DEPOSIT_KIND]
    token: Annotated[bytes, Hash(help="SHA-256 of the token"), Entry(is_made=True)]
    token_ms: Annotated[
        int, Moment(label="time of the token", help="the time that it gives"), Entry(is_made=True)
    ]
    certificate: Annotated[
        bytes, Hash(help="SHA-256 of the certificate of the authority that signed it"), Entry(is_made=True)
    ]


def countersign(context: Context, message: Countersign) -> None:
    """Countersign a deposit of another organisation, once. ``EVD_UNKNOWN``, ``EVD_SUPERSEDED``, ``EVD_OWN``,
    ``EVD_COUNTERSIGNED``.
    """
    item = require_current(context, message.deposit)
    org = context.accounts[0].org
    if org == item.org:
        raise CountersignsOwn({"deposit": message.deposit.hex(), "org": org})
    key = COUNTERSIGN + message.deposit + b"/" + org.encode()
    if context.get(key) is not None:
        raise EvidenceCountersigned({"deposit": message.deposit.hex(), "org": org})
    context.put(key, (context.height, context.time_ms, message.statement))
    store(context, replace(item, countersigned=item.countersigned + 1))
    context.emit("countersigned", (message.deposit, org, message.statement))


def add_timestamp(context: Context, message: AddTimestamp) -> None:
    """Put a token beside a deposit of one's own. The chain does not see the token: whoever relies on it
    verifies it again. ``AUTH_ROLE``, ``EVD_UNKNOWN``, ``EVD_SUPERSEDED``, ``AUTH_CONTROLLER``,
    ``EVD_TIMESTAMP_LATER``, ``EVD_TIMESTAMPED``.
    """
    org = context.require_role(CLERK).org
    item = require_current(context, message.deposit)
    if org != item.org:
        raise ControllerMissing({"deposit": message.deposit.hex(), "needed": "depositor", "org": item.org})
    if message.token_ms > item.time_ms:
        raise TimestampLater({"token_ms": message.token_ms, "deposit_ms": item.time_ms})
    key = TIMESTAMP + message.deposit + b"/" + message.token
    if context.get(key) is not None:
        raise EvidenceTimestamped({"deposit": message.deposit.hex(), "token": message.token.hex()})
    context.put(key, (message.token_ms, message.certificate, context.height, context.time_ms))
    store(context, replace(item, timestamped=item.timestamped + 1))
    context.emit("timestamped", (message.deposit, message.token_ms, message.token, message.certificate))
