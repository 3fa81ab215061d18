"""Rights on a unit: recorded, and discharged by those who hold them.

=============  =================  ======================================  ===================================
kind           recorded by        keeps from                              discharged by
=============  =================  ======================================  ===================================
``mortgage``   registrar          transfer without the mortgagee's        the mortgagee
                                  signature; split, merger
``seizure``    registrar, court   all but what other courts or the        the court
                                  registrar record, unless it signs
``objection``  registrar, court   any disposal                            who holds it, or by its last day
``notice``     registrar          any disposal but to its holder          who holds it, or by its last day
``lease``,     registrar          split, merger                           who holds it, or by its last day
``residence``
=============  =================  ======================================  ===================================

Where no member holds a right, the registrar discharges it; so it does with whatever has lapsed, which stands
in nobody's way any more. A mortgage has no last day: it stands until it is discharged.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.encumbrance.module import MORTGAGED, SEIZED
from p2pchain.business.title.fields import (
    CURRENCY,
    FROM_DAY,
    HOLDER_ORG,
    KIND,
    MORTGAGE,
    NOTICE,
    NUMBER,
    OWNER,
    RANK,
    RIGHTS_MAX,
    SECURED,
    SEIZURE,
    UNTIL_DAY,
    Source,
    UnitCode,
)
from p2pchain.business.title.guards import (
    COURT,
    RESTRICTIONS,
    require_holder,
    require_registrar,
    require_undisputed,
    require_unnoticed,
    require_unseized,
    require_unsold,
    signs,
)
from p2pchain.business.title.records import (
    Right,
    Title,
    is_free,
    is_lapsed,
    mark,
    put_rights,
    put_title,
    require_live,
    rights_of,
    today,
    unmark,
)
from p2pchain.business.title.refusals import RankTaken, RightDays, RightInvalid, RightsFull, RightUnknown
from p2pchain.business.title.register import follow
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Optional
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId

MORTGAGE_FIELDS: Final = ("rank", "amount_minor", "currency")


@dataclass(frozen=True, slots=True, kw_only=True)
class RecordRight:
    """A right on a unit is recorded."""

    unit: UnitCode
    kind: Annotated[str, KIND]
    holder: Annotated[bytes | None, Optional(inner=OWNER, help="person that holds it, as a commitment")]
    org: Annotated[str | None, HOLDER_ORG]
    rank: Annotated[int | None, Optional(inner=RANK, help=RANK.help)]
    amount_minor: Annotated[int | None, Optional(inner=SECURED, help=SECURED.help)]
    currency: Annotated[str | None, Optional(inner=CURRENCY, help=CURRENCY.help)]
    from_day: Annotated[int, FROM_DAY, Entry(option="from")]
    until_day: Annotated[int | None, Optional(inner=UNTIL_DAY, help=UNTIL_DAY.help), Entry(option="until")]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class DischargeRight:
    """A right on a unit ends."""

    unit: UnitCode
    kind: Annotated[str, KIND]
    right: Annotated[int, NUMBER]
    source: Source


def record(context: Context, message: RecordRight) -> None:
    """Record a right. ``TTL_CODE``, ``TTL_UNKNOWN``, ``TTL_ENDED``, what ``require_recorder`` refuses,
    ``TTL_RIGHT``, ``TTL_DAYS``, what ``require_recordable`` refuses, ``TTL_RIGHTS_FULL``,
    ``TTL_RANK_TAKEN``; ``ENC_ACTIVE`` for a mortgage of what another deal encumbers.
    """
    title = require_live(context, message.unit)
    org, holder = require_recorder(context, title, message)
    require_complete(message, holder)
    require_days(context, message)
    if message.kind not in RESTRICTIONS:
        require_recordable(context, title.unit)
    rights = rights_of(context, message.kind, title.unit)
    if len(rights) == RIGHTS_MAX:
        facts: dict[str, Fact] = {"unit": title.unit, "kind": message.kind}
        raise RightsFull({**facts, "most": RIGHTS_MAX})
    if message.kind == MORTGAGE and any(right.rank == message.rank for right in rights):
        raise RankTaken({"unit": title.unit, "rank": message.rank})
    right = Right(
        number=title.rights + 1,
        holder=message.holder,
        org=holder,
        rank=message.rank,
        amount_minor=message.amount_minor,
        currency=message.currency,
        from_day=message.from_day,
        until_day=message.until_day,
        source=message.source,
        marked=is_marked(context, message.kind, title.unit, holder or org),
    )
    put_rights(context, message.kind, title.unit, (*rights, right))
    change(context, replace(title, rights=right.number, source=message.source), message.kind, right, org)


def discharge(context: Context, message: DischargeRight) -> None:
    """Discharge a right. ``TTL_CODE``, ``TTL_UNKNOWN``, ``TTL_ENDED``, ``TTL_RIGHT_UNKNOWN``; where a member
    holds it what ``require_holder`` refuses, else, and of what has lapsed, what ``require_registrar``
    refuses.
    """
    title = require_live(context, message.unit)
    rights = rights_of(context, message.kind, title.unit)
    right = next((right for right in rights if right.number == message.right), None)
    if right is None:
        facts: dict[str, Fact] = {"unit": title.unit, "kind": message.kind}
        raise RightUnknown({**facts, "right": message.right})
    is_held = right.org is not None and context.call("membership", "is_member", right.org) is True
    is_standing = not is_lapsed(right, today(context))
    if is_held and (is_standing or signs(context, message.kind, right)):
        org = require_holder(context, title.unit, message.kind, right).org
    else:
        org = require_registrar(context, title.unit).org
    if right.marked:
        unmark(context, title.unit)
    put_rights(context, message.kind, title.unit, tuple(kept for kept in rights if kept is not right))
    change(context, replace(title, source=message.source), "discharged", right, org, message.kind)


def require_recorder(context: Context, title: Title, message: RecordRight) -> tuple[OrgId, OrgId | None]:
    """Return the recording organisation and the member that will hold the right. A court records seizures and
    objections, and holds them itself; the registrar all kinds, for a member or for nobody. Raises as
    ``require_registrar``, and ``TTL_RIGHT`` for a holder that is no member, or another than the court that
    signs.
    """
    court = context.role_holder(COURT)
    if court is not None and message.kind in RESTRICTIONS:
        if message.org not in (None, court.org):
            raise RightInvalid({"kind": message.kind, "field": "org"})
        return court.org, court.org
    org = require_registrar(context, title.unit).org
    if message.org is None:
        return org, None
    if not context.call("membership", "is_member", message.org):
        raise RightInvalid({"kind": message.kind, "field": "org"})
    return org, OrgId(message.org)


def require_complete(message: RecordRight, org: OrgId | None) -> None:
    """Refuse with ``TTL_RIGHT`` a mortgage without rank, amount and currency, another right with one of them,
    a mortgage with a last day, a notice without holder, and a right that nobody holds but for objections and
    seizures.
    """
    if message.kind == MORTGAGE and message.until_day is not None:
        raise RightInvalid({"kind": message.kind, "field": "until_day"})
    values = (message.rank, message.amount_minor, message.currency)
    for name, value in zip(MORTGAGE_FIELDS, values, strict=True):
        if (value is None) == (message.kind == MORTGAGE):
            raise RightInvalid({"kind": message.kind, "field": name})
    if message.holder is None and (
        message.kind == NOTICE or (message.kind not in RESTRICTIONS and org is None)
    ):
        raise RightInvalid({"kind": message.kind, "field": "holder"})


def require_days(context: Context, message: RecordRight) -> None:
    """Refuse with ``TTL_DAYS`` a right that ends before it begins, or has lapsed."""
    until_day, now = message.until_day, today(context)
    if until_day is not None and (until_day < message.from_day or until_day < now):
        facts: dict[str, Fact] = {"from_day": message.from_day, "until_day": until_day}
        raise RightDays({**facts, "today": now})


def require_recordable(context: Context, unit: str) -> None:
    """Refuse rights that an owner grants while it may not dispose: ``TTL_SEIZED`` unless the courts sign,
    ``TTL_DISPUTED``, ``TTL_NOTICE``, ``TTL_PENDING_SALE``.
    """
    require_unseized(context, unit)
    require_undisputed(context, unit)
    require_unnoticed(context, unit, ())
    require_unsold(context, unit, ())


def is_marked(context: Context, kind: str, unit: str, org: OrgId) -> bool:
    """Mark the unit in the index of encumbrances, for a mortgage always, for a seizure where it is free;
    whether it was. Raises ``ENC_ACTIVE`` for a mortgage.
    """
    if kind == MORTGAGE or (kind == SEIZURE and is_free(context, unit)):
        mark(context, unit, MORTGAGED if kind == MORTGAGE else SEIZED, org)
        return True
    return False


def change(
    context: Context, title: Title, action: str, right: Right, org: OrgId, kind: str | None = None
) -> None:
    """Write the next revision of a title whose rights have changed, and let its listings follow."""
    after = replace(title, revision=title.revision + 1)
    put_title(context, after, action, org, right.number)
    name = "recorded" if kind is None else "discharged"
    values = (after.unit, after.revision, kind or action, right.number, right.org, right.rank)
    context.emit(name, (*values, right.until_day, org))
    follow(context, after, action, None)
