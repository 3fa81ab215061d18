"""Answers to other modules about titles, and the signed sale that reserves a listed unit.

Two agents who sign at the same moment stand in one order: the second finds the sale of the first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.business.encumbrance.module import SOLD
from p2pchain.business.title.fields import KINDS
from p2pchain.business.title.guards import (
    registrar_of,
    require_undisputed,
    require_unnoticed,
    require_unseized,
    require_unsold,
)
from p2pchain.business.title.records import (
    Sale,
    end_sale,
    mark,
    pending_sale,
    put_sale,
    require_live,
    require_title,
    sale_of,
    standing_rights,
)
from p2pchain.business.title.unit_code import check_district, district_of
from p2pchain.ledger.context import Context, Public, View
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value


def register_of(view: View, unit: Value) -> Value:
    """The organisation that keeps the register of a unit. Raises ``TTL_CODE``, ``TTL_UNKNOWN``,
    ``TTL_NO_REGISTER``.
    """
    assert isinstance(unit, str), f"a unit, not {unit!r}"
    require_title(view, unit)
    return registrar_of(view, district_of(unit))


def register_of_district(view: View, district: Value) -> Value:
    """The organisation that keeps the register of a district. Raises ``TTL_CODE``, ``TTL_NO_REGISTER``."""
    assert isinstance(district, str), f"a district, not {district!r}"
    check_district(district)
    return registrar_of(view, district)


def state_of(view: View, unit: Value) -> Value:
    """``(revision, ownership)`` of a unit that stands. Raises ``TTL_CODE``, ``TTL_UNKNOWN``,
    ``TTL_ENDED``.
    """
    assert isinstance(unit, str), f"a unit, not {unit!r}"
    title = require_live(view, unit)
    return title.revision, title.ownership


def require_sellable(view: View, unit: Value) -> Value:
    """Refuse what cannot be offered now: ``TTL_SEIZED``, ``TTL_DISPUTED``, ``TTL_PENDING_SALE``."""
    assert isinstance(unit, str), f"a unit, not {unit!r}"
    require_unseized(view, unit)
    require_undisputed(view, unit)
    require_unsold(view, unit, ())
    return None


def summary_of(view: View, unit: Value) -> Value:
    """Count the rights on a unit by kind, with its pending sale's listing. The counts are in the order of
    ``KINDS``; the listing is null for none.
    """
    assert isinstance(unit, str), f"a unit, not {unit!r}"
    counts = tuple(len(standing_rights(view, kind, unit)) for kind in KINDS)
    sale = pending_sale(view, unit)
    return (*counts, None if sale is None else sale.listing)


def reserve(
    context: Context, unit: Value, listing: Value, agent: Value, buyer: Value, until_day: Value
) -> Value:
    """Reserve a unit for the buyer of a signed sale. Raises as ``require_sellable``, ``TTL_NOTICE`` for
    another than the one whom a notice secures, ``ENC_ACTIVE`` where another deal encumbers the unit.
    """
    match unit, listing, agent, buyer, until_day:
        case str(), bytes(), str(), bytes(), int():
            require_sellable(context, unit)
            require_unnoticed(context, unit, (buyer,))
            lapsed = sale_of(context, unit)
            if lapsed is not None:
                end_sale(context, unit, lapsed)
            mark(context, unit, SOLD, OrgId(agent))
            sale = Sale(listing=listing, agent=OrgId(agent), buyer=buyer, until_day=until_day, marked=True)
            put_sale(context, unit, sale)
            context.emit("sold", (unit, listing, agent, until_day))
            return None
    raise AssertionError(f"a sale of {unit!r} by {listing!r}")


def release(context: Context, unit: Value, listing: Value) -> Value:
    """Let go of a unit that this listing has reserved; one that it has not is no matter."""
    assert isinstance(unit, str), f"a unit, not {unit!r}"
    sale = sale_of(context, unit)
    if sale is None or sale.listing != listing:
        return False
    end_sale(context, unit, sale)
    context.emit("unsold", (unit, sale.listing, sale.agent))
    return True


PUBLICS: Final[Mapping[str, Public]] = {
    "register_of": register_of,
    "register_of_district": register_of_district,
    "state_of": state_of,
    "require_sellable": require_sellable,
    "summary_of": summary_of,
    "reserve": reserve,
    "release": release,
}
