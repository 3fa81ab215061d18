"""Succession in a pool, where a party has left the consortium.

Nobody can sign for an organisation that is no member any more. Without a successor nothing would be reported,
verified, released or closed again, and the assets would stay encumbered for ever. The members name one.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated

from p2pchain.business.securitisation.fields import PoolId
from p2pchain.business.securitisation.parties import (
    ORIGINATOR,
    PART,
    SERVICER,
    TRUSTEE,
    party_of,
    require_apart,
    require_member,
)
from p2pchain.business.securitisation.pool import require, store_new, without_party
from p2pchain.business.securitisation.refusals import PartiesInvalid
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Organisation


@dataclass(frozen=True, slots=True, kw_only=True)
class ReplaceParty:
    """The members give the part of an organisation that has left to another."""

    pool: PoolId
    part: Annotated[str, PART, Entry(is_argument=True)]
    to: Annotated[str, Organisation(help="organisation that has the role from now on")]


def replace_party(context: Context, message: ReplaceParty) -> None:
    """Name a successor; needs the organisations with more than 2/3 of the power. ``SEC_UNKNOWN``,
    ``MEMBERSHIP_NO_QUORUM``, ``SEC_PARTY`` where the one that has the part is still a member, the successor
    is none, or the trustee would be originator or servicer.
    """
    pool = require(context, message.pool)
    context.call("membership", "require_quorum")
    before = party_of(pool, message.part)
    if context.call("membership", "is_member", before):
        facts = {"part": message.part, "org": before}
        raise PartiesInvalid(facts, "it is a member still: nobody takes its part from it")
    to = require_member(context, message.to, message.part)
    after = replace(
        pool,
        originator=to if message.part == ORIGINATOR else pool.originator,
        servicer=to if message.part == SERVICER else pool.servicer,
        trustee=to if message.part == TRUSTEE else pool.trustee,
    )
    require_apart(after.originator, after.servicer, after.trustee)
    without_party(context, pool)
    store_new(context, after)
    context.emit("party_replaced", (pool.key, message.part, before, to))
