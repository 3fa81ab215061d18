"""Keeping the register: districts, first registration, transfers, splits and mergers of units.

All of it is the registrar's, who has the instrument and the persons at its counter; the chain holds the hash
of the one and commitments to the others. Each change makes a new revision, and suspends what is on offer of
the unit in the same block.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Annotated, Final

from p2pchain.business.title.fields import (
    DENOMINATOR,
    DISTRICT,
    MERGED,
    NUMERATORS,
    OWNER,
    OWNERS,
    REGISTERED,
    SPLIT,
    UNIT,
    UNITS_MAX,
    Revision,
    Source,
    UnitCode,
)
from p2pchain.business.title.guards import (
    REGISTRAR,
    require_bare,
    require_mortgagees,
    require_registrar,
    require_undisputed,
    require_unnoticed,
    require_unseized,
    require_unsold,
)
from p2pchain.business.title.records import DISTRICT as DISTRICT_KEY
from p2pchain.business.title.records import (
    Share,
    Title,
    end_sale,
    find,
    pending_sale,
    put_title,
    require_live,
    require_revision,
    sale_of,
)
from p2pchain.business.title.refusals import RegistrarInvalid, SharesInvalid, TitleExists, UnitsInvalid
from p2pchain.business.title.shares import divided, reduced, stated_shares
from p2pchain.business.title.unit_code import check_district, check_unit
from p2pchain.ledger.context import Context
from p2pchain.ledger.fields import Entry
from p2pchain.ledger.kinds import Array, Organisation
from p2pchain.ledger.record import Record
from p2pchain.model.ids import OrgId

CONVEYED: Final = "conveyed"
TRANSFERRED: Final = "transferred"


@dataclass(frozen=True, slots=True, kw_only=True)
class AssignDistrict:
    """The members give the register of a district to an organisation."""

    district: Annotated[str, DISTRICT, Entry(is_argument=True)]
    registrar: Annotated[str, Organisation(help="who keeps its register from now on"), Entry(option="to")]


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterTitle:
    """A unit enters the register with its owners."""

    unit: UnitCode
    owners: Annotated[tuple[bytes, ...], OWNERS, Entry(is_made=True)]
    numerators: Annotated[tuple[int, ...], NUMERATORS, Entry(is_made=True)]
    denominator: Annotated[int, DENOMINATOR, Entry(is_made=True)]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class TransferTitle:
    """An owner's share goes over to others, divided as ``owners`` and ``numerators`` say."""

    unit: UnitCode
    revision: Revision
    giver: Annotated[bytes, OWNER, Entry(option="from")]
    owners: Annotated[tuple[bytes, ...], OWNERS, Entry(is_made=True)]
    numerators: Annotated[tuple[int, ...], NUMERATORS, Entry(is_made=True)]
    denominator: Annotated[int, DENOMINATOR, Entry(is_made=True)]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitUnit:
    """Several units stand in the place of one, each with its owners."""

    unit: UnitCode
    revision: Revision
    into: Annotated[
        tuple[str, ...], Array(inner=UNIT, least=2, most=UNITS_MAX, help="codes of the new units")
    ]
    source: Source


@dataclass(frozen=True, slots=True, kw_only=True)
class MergeUnits:
    """One unit stands in the place of several that have the same owners."""

    unit: UnitCode
    of: Annotated[
        tuple[str, ...], Array(inner=UNIT, least=2, most=UNITS_MAX, help="codes of the units that end")
    ]
    source: Source


def assign_district(context: Context, message: AssignDistrict) -> None:
    """Assign the register of a district to an organisation. ``MEMBERSHIP_NO_QUORUM``, ``TTL_CODE``,
    ``TTL_REGISTRAR``.
    """
    context.call("membership", "require_quorum")
    check_district(message.district)
    if not context.call("membership", "org_has_role", message.registrar, REGISTRAR):
        raise RegistrarInvalid({"org": message.registrar})
    context.put(DISTRICT_KEY + message.district.encode(), (message.registrar,))
    context.emit("assigned", (message.district, message.registrar))


def register(context: Context, message: RegisterTitle) -> None:
    """Enter a unit. ``TTL_CODE``, what ``require_registrar`` refuses, ``TTL_EXISTS``, ``TTL_SHARES``."""
    check_unit(message.unit)
    org = require_registrar(context, message.unit).org
    if find(context, message.unit) is not None:
        raise TitleExists({"unit": message.unit})
    stated = stated_shares(context, message.unit, message.owners, message.numerators, message.denominator)
    shares, denominator = reduced(context, stated, message.denominator)
    title = new_title(message.unit, (shares, denominator), message.source, ())
    put_title(context, title, "registered", org, None)
    emit_changed(context, "registered", title, org)


def transfer(context: Context, message: TransferTitle) -> None:
    """Hand an owner's share on. What ``require_registrar`` refuses, ``TTL_STALE``, ``TTL_SEIZED`` unless the
    courts sign, ``TTL_DISPUTED``, ``TTL_MORTGAGED`` unless the mortgagees sign, ``TTL_NOTICE`` and
    ``TTL_PENDING_SALE`` unless all goes to the one who is secured or has bought, ``TTL_SHARES``.
    """
    title = require_live(context, message.unit)
    org = require_registrar(context, title.unit).org
    require_revision(title, message.revision)
    require_unseized(context, title.unit)
    require_undisputed(context, title.unit)
    require_mortgagees(context, title.unit)
    require_unnoticed(context, title.unit, message.owners)
    require_unsold(context, title.unit, message.owners)
    division = stated_shares(context, title.unit, message.owners, message.numerators, message.denominator)
    held = (title.shares, title.denominator)
    shares, denominator = divided(context, title.unit, held, message.giver, (division, message.denominator))
    after = replace(
        title,
        shares=shares,
        denominator=denominator,
        source=message.source,
        revision=title.revision + 1,
        ownership=title.ownership + 1,
    )
    put_title(context, after, TRANSFERRED, org, None)
    emit_changed(context, TRANSFERRED, after, org)
    conveyed = end_fulfilled_sale(context, after)
    follow(context, after, TRANSFERRED if conveyed is None else CONVEYED, conveyed)


def split(context: Context, message: SplitUnit) -> None:
    """Put several units in the place of one. What ``require_registrar`` refuses, ``TTL_STALE``, what
    ``require_bare`` refuses, ``TTL_CODE``, ``TTL_UNITS``, ``TTL_EXISTS``.
    """
    title = require_live(context, message.unit)
    org = require_registrar(context, title.unit).org
    require_revision(title, message.revision)
    require_bare(context, title)
    require_one_district(message.into, title.unit)
    for unit in message.into:
        if find(context, unit) is not None:
            raise TitleExists({"unit": unit})
    end_unit(context, title, SPLIT, message.source, message.into, org)
    for unit in message.into:
        part = new_title(unit, (title.shares, title.denominator), message.source, (title.unit,))
        put_title(context, part, "made", org, None)
        emit_changed(context, "made", part, org)


def merge(context: Context, message: MergeUnits) -> None:
    """Put one unit in the place of several. ``TTL_CODE``, what ``require_registrar`` refuses, ``TTL_UNITS``,
    ``TTL_EXISTS``, for each of them what ``require_bare`` refuses, ``TTL_SHARES`` unless all have the same
    owners with the same shares.
    """
    check_unit(message.unit)
    org = require_registrar(context, message.unit).org
    require_one_district(message.of, message.unit)
    if find(context, message.unit) is not None:
        raise TitleExists({"unit": message.unit})
    merged = [require_live(context, unit) for unit in message.of]
    first = merged[0]
    for title in merged:
        require_bare(context, title)
        if (title.shares, title.denominator) != (first.shares, first.denominator):
            raise SharesInvalid({"unit": title.unit, "reason": "owners"})
    for title in merged:
        end_unit(context, title, MERGED, message.source, (message.unit,), org)
    whole = new_title(message.unit, (first.shares, first.denominator), message.source, message.of)
    put_title(context, whole, "made", org, None)
    emit_changed(context, "made", whole, org)


def new_title(
    unit: str, owned: tuple[tuple[Share, ...], int], source: bytes, predecessors: tuple[str, ...]
) -> Title:
    """The title of a unit in its first revision. ``owned``: shares and denominator."""
    return Title(
        unit=unit,
        state=REGISTERED,
        revision=1,
        ownership=1,
        rights=0,
        shares=owned[0],
        denominator=owned[1],
        source=source,
        predecessors=predecessors,
        successors=(),
    )


def end_unit(
    context: Context, title: Title, state: str, source: bytes, successors: tuple[str, ...], org: OrgId
) -> None:
    """End a unit for others that stand in its place, with the lapsed sale that may be left of it."""
    sale = sale_of(context, title.unit)
    if sale is not None:
        end_sale(context, title.unit, sale)
    after = replace(title, state=state, source=source, successors=successors, revision=title.revision + 1)
    put_title(context, after, state, org, None)
    emit_changed(context, state, after, org)
    follow(context, after, state, None)


def end_fulfilled_sale(context: Context, title: Title) -> bytes | None:
    """End the sale of a unit whose buyer owns all of it now, or that has lapsed; the listing of the former,
    None for none.
    """
    sale, pending = sale_of(context, title.unit), pending_sale(context, title.unit)
    is_fulfilled = pending is not None and title.shares == ((pending.buyer, title.denominator),)
    if sale is not None and (is_fulfilled or pending is None):
        end_sale(context, title.unit, sale)
    return pending.listing if pending is not None and is_fulfilled else None


def require_one_district(units: tuple[str, ...], beside: str) -> None:
    """Refuse codes that are none (``TTL_CODE``), and units of other districts or ``beside`` itself
    (``TTL_UNITS``).
    """
    district = check_unit(beside)
    for unit in units:
        if check_unit(unit) != district or unit == beside:
            raise UnitsInvalid({"unit": unit})


def emit_changed(context: Context, name: str, title: Title, org: OrgId) -> None:
    """Emit what happened to a title as a whole."""
    values: Record = (title.unit, title.revision, title.shares, title.denominator, org)
    if name in (SPLIT, MERGED):
        values = (title.unit, title.revision, title.successors, org)
    context.emit(name, values)


def follow(context: Context, title: Title, cause: str, conveyed: bytes | None) -> None:
    """Let the listings of the unit follow its change, in this transaction: what was on offer is suspended.
    ``conveyed``: the listing whose sale this transfer fulfils.
    """
    values = (title.unit, title.revision, title.ownership, cause, conveyed)
    context.call("listing", "follow_title", *values)
