"""Recalls: whoever made a lot, or an authority, stops it; and lets it go on."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated

from p2pchain.business.trace.fields import AUTHORITY, REASON, TRACER, LotId
from p2pchain.business.trace.lots import MARKS_MAX, Lot, Mark, marks_of, require_lot, store_marks
from p2pchain.business.trace.refusals import LotForeign, NotRecalled, RecalledBefore
from p2pchain.ledger.context import Context
from p2pchain.ledger.kinds import Flag
from p2pchain.model.ids import OrgId


@dataclass(frozen=True, slots=True, kw_only=True)
class Recall:
    """A lot is stopped. ``returns``: custodians may ship it back to whoever recalls it."""

    lot: LotId
    reason: Annotated[str, REASON]
    returns: Annotated[bool, Flag(help="custodians may ship it to you")]


@dataclass(frozen=True, slots=True, kw_only=True)
class Lift:
    """A recall ends."""

    lot: LotId


def recall(context: Context, message: Recall) -> None:
    """Stop a lot and all that is made of it. ``TRC_LOT_UNKNOWN``, ``AUTH_ROLE``, ``TRC_LOT_FOREIGN``,
    ``TRC_RECALLED_BEFORE``.
    """
    lot = require_lot(context, message.lot)
    org = recaller(context, lot)
    marks = marks_of(context, lot.key)
    if any(mark.org == org for mark in marks) or len(marks) == MARKS_MAX:
        raise RecalledBefore({"lot": lot.key.hex(), "org": org, "recalls": len(marks)})
    mark = Mark(org=org, reason=message.reason, returns=message.returns, height=context.height)
    store_marks(context, lot.key, (*marks, mark))
    context.emit("recalled", (lot.key, org, message.reason, message.returns))


def lift(context: Context, message: Lift) -> None:
    """End one's own recall, or, as an authority, that of a former member. ``TRC_LOT_UNKNOWN``,
    ``AUTH_ROLE``, ``TRC_LOT_FOREIGN``, ``TRC_NOT_RECALLED``.
    """
    lot = require_lot(context, message.lot)
    org = recaller(context, lot)
    marks = marks_of(context, lot.key)
    kept = tuple(mark for mark in marks if not _may_lift(context, mark, org))
    if len(kept) == len(marks):
        raise NotRecalled({"lot": lot.key.hex(), "org": org})
    store_marks(context, lot.key, kept)
    context.emit("lifted", (lot.key, org, bool(kept)))


def recaller(context: Context, lot: Lot) -> OrgId:
    """The organisation that may recall the lot: an authority, else its maker. ``AUTH_ROLE``,
    ``TRC_LOT_FOREIGN``.
    """
    authority = context.role_holder(AUTHORITY)
    if authority is not None:
        return authority.org
    org = context.require_role(TRACER).org
    if org != lot.maker:
        raise LotForeign({"lot": lot.key.hex(), "maker": lot.maker})
    return org


def _may_lift(context: Context, mark: Mark, org: OrgId) -> bool:
    if mark.org == org:
        return True
    is_authority = context.role_holder(AUTHORITY) is not None
    return is_authority and not context.call("membership", "is_member", mark.org)
