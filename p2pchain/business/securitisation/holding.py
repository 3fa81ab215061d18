"""Holdings of organisations in a tranche, and the payments they received.

A tranche is held in units of one minor unit of what it was issued for. What it pays is credited to whoever
holds it then: a holding remembers up to which sum of the tranche's payments it was credited, and so no list
of holders is ever gone through. The credit is exact, whole minor units and a fraction whose denominator is
the tranche's units: over all holders the credits sum up to what was paid, whatever changed hands when.

Record (key after ``securitisation/``): ``holding/<pool>/<number of the tranche, 1 byte>/<org>`` →
``[tranche, currency, units_minor, seen_minor, paid_minor, fraction]``.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.securitisation.fields import ISSUED, TRANCHE, PoolId, typed
from p2pchain.business.securitisation.parties import require_member, require_state
from p2pchain.business.securitisation.pool import (
    Deal,
    Ledgered,
    Pool,
    account_of,
    amounts_of,
    deal_of,
    facts_of,
    require,
)
from p2pchain.business.securitisation.refusals import Oversold, PartiesInvalid, TrancheUnknown
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Organisation
from p2pchain.ledger.refusals import ControllerMissing
from p2pchain.model.ids import OrgId

HOLDING: Final = b"holding/"


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferUnits:
    """A holder gives units of a tranche to another organisation."""

    pool: PoolId
    tranche: Annotated[str, TRANCHE, Entry(is_argument=True)]
    holder: Annotated[
        str, Organisation(help="who gives them"), Entry(option="from", is_own_organisation=True)
    ]
    to: Annotated[str, Organisation(help="who gets them")]
    amount_minor: Annotated[int, typed("how much of what it was issued for"), Entry(option="amount")]


@dataclass(frozen=True, slots=True, kw_only=True)
class TrancheHolding:
    """Holding of one organisation in a tranche. ``seen_minor``: the tranche's payments when this holding was
    last credited; ``paid_minor`` and ``fraction``, of the tranche's units: the holding's payments.
    """

    units: int
    seen_minor: int
    paid_minor: int
    fraction: int


def transfer_units(context: Context, message: TransferUnits) -> None:
    """Hand units over. ``SEC_STATE``, ``SEC_TRANCHE_UNKNOWN``, ``AUTH_CONTROLLER``, ``SEC_PARTY``,
    ``SEC_OVERSOLD`` above what the holder has.
    """
    pool = require(context, message.pool)
    require_state(pool, ISSUED)
    deal, account = deal_of(context, pool), account_of(context, pool)
    number = tranche_number(pool, deal, message.tranche)
    if not any(account_.org == message.holder for account_ in context.accounts):
        facts = facts_of(pool, needed="holder", org=message.holder)
        raise ControllerMissing(facts, "the holder has to sign this")
    to = require_member(context, message.to, "to")
    if to == message.holder:
        raise PartiesInvalid({"part": "to", "org": to}, "nobody gives to itself")
    whole = deal.tranches[number][1]
    paid_minor = account.tranches[number][2]
    giver = credited(holding_of(context, pool, number, message.holder), whole, paid_minor)
    if message.amount_minor > giver.units:
        facts = amounts_of(pool, amount_minor=message.amount_minor, most_minor=giver.units)
        raise Oversold({**facts, "tranche": message.tranche})
    taker = credited(holding_of(context, pool, number, to), whole, paid_minor)
    units = message.amount_minor
    less, more = replace(giver, units=giver.units - units), replace(taker, units=taker.units + units)
    store_holding(context, pool, number, message.tranche, OrgId(message.holder), less)
    store_holding(context, pool, number, message.tranche, to, more)
    context.emit("units_transferred", (pool.key, message.tranche, message.holder, to, units, pool.currency))


def tranche_number(pool: Pool, deal: Deal, name: str) -> int:
    """Give the number of a tranche from 0, or ``SEC_TRANCHE_UNKNOWN``."""
    for number, (tranche, _, _) in enumerate(deal.tranches):
        if tranche == name:
            return number
    raise TrancheUnknown(facts_of(pool, tranche=name))


def first_holding(context: Context, pool: Pool, number: int, tranche: str, units: int) -> None:
    """Give a tranche that is issued to the originator, who sells it."""
    whole = TrancheHolding(units=units, seen_minor=0, paid_minor=0, fraction=0)
    store_holding(context, pool, number, tranche, pool.originator, whole)


def credited(holding: TrancheHolding, whole: int, tranche_paid_minor: int) -> TrancheHolding:
    """Credit a holding with its part of what the tranche has paid since. ``whole``: units of the tranche."""
    since = tranche_paid_minor - holding.seen_minor
    assert since >= 0, "what was paid is never taken back"
    more, fraction = divmod(holding.units * since + holding.fraction, whole)
    return replace(
        holding, seen_minor=tranche_paid_minor, paid_minor=holding.paid_minor + more, fraction=fraction
    )


def credited_now(
    view: View, pool: Pool, deal: Deal, account: Ledgered, number: int, org: str
) -> TrancheHolding:
    """Read a holding as it stands after the last distribution."""
    holding = holding_of(view, pool, number, org)
    return credited(holding, deal.tranches[number][1], account.tranches[number][2])


def holding_of(view: View, pool: Pool, number: int, org: str) -> TrancheHolding:
    """Read what an organisation holds of a tranche: nothing where it never had any."""
    units = seen_minor = paid_minor = fraction = 0
    match view.get(holding_key(pool.key, number, org)):
        case (str(), str(), int(units), int(seen_minor), int(paid_minor), int(fraction)):
            pass
    return TrancheHolding(units=units, seen_minor=seen_minor, paid_minor=paid_minor, fraction=fraction)


def store_holding(
    context: Context, pool: Pool, number: int, tranche: str, org: OrgId, holding: TrancheHolding
) -> None:
    """Write a holding; one of nothing that got nothing is none."""
    key = holding_key(pool.key, number, org)
    if holding.units or holding.paid_minor or holding.fraction:
        credit = (holding.units, holding.seen_minor, holding.paid_minor, holding.fraction)
        context.put(key, (tranche, pool.currency, *credit))
    else:
        context.delete(key)


def holding_key(pool: bytes, number: int, org: str) -> bytes:
    """Give the key of a holding."""
    return HOLDING + pool + b"/" + bytes((number,)) + b"/" + org.encode()
