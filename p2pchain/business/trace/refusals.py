"""Refusals of the traced goods: a class per reason."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class ThingDuplicate(Refusal):
    """The name, or the capture, is on the ledger already."""

    code = "TRC_DUPLICATE"
    fact_names = ("thing", "root")
    words = "this was brought in already"
    next_step = "compare the identifier; what was brought in first stands"


class NotCustodian(Refusal):
    """Somebody else has the thing in custody."""

    code = "TRC_NOT_CUSTODIAN"
    fact_names = ("thing", "org", "custodian")
    words = "you do not have this in custody"
    next_step = "its custodian has to sign this"
    guilt = Guilt.RIGHTS


class ThingInTransit(Refusal):
    """The thing is on its way."""

    code = "TRC_IN_TRANSIT"
    fact_names = ("thing", "to")
    words = "this is on its way to another organisation"
    next_step = "wait until it is received or refused, or withdraw the shipment"


class ThingPacked(Refusal):
    """The thing is packed in another one, or holds others."""

    code = "TRC_PACKED"
    fact_names = ("thing", "parent", "children")
    words = "this is packed, or something is packed in it"
    next_step = "unpack first"


class LotRecalled(Refusal):
    """The lot was recalled, or one of which it is made or that is packed within."""

    code = "TRC_RECALLED"
    fact_names = ("thing", "lot", "recalled", "by")
    words = "this is recalled, or holds or was made of what is recalled"
    next_step = "keep it where it is, and see: p2pchain trace lot"


class ThingEnded(Refusal):
    """The thing was destroyed, or used up in a transformation."""

    code = "TRC_DESTROYED"
    fact_names = ("thing", "ended")
    words = "this has ended"
    next_step = "compare the identifier"


class EventOrder(Refusal):
    """The event lies before the last one of the thing, or ahead of the chain."""

    code = "TRC_TIME_ORDER"
    fact_names = ("thing", "time_ms", "last_ms", "now_ms")
    words = "the time of this event is impossible"
    next_step = "give the time at which it happened, not before the last event of the thing"


class MassBalance(Refusal):
    """More comes out than goes in, or more is taken than there is."""

    code = "TRC_MASS_BALANCE"
    fact_names = ("thing", "inputs", "outputs", "available", "certified")
    words = "more comes out than goes in"
    next_step = "compare the quantities; certified output needs as much certified input"


class UnitOther(Refusal):
    """Quantities of one transformation are in different units."""

    code = "TRC_UNIT"
    fact_names = ("thing", "unit", "unit_needed")
    words = "the quantities are in different units"
    next_step = "bring the goods in by the unit in which they are balanced"
    guilt = Guilt.INPUT


class ErrorForeign(Refusal):
    """The event was captured by another organisation."""

    code = "TRC_ERROR_FOREIGN"
    fact_names = ("root", "captured_by")
    words = "another organisation captured this event"
    next_step = "ask it to declare the error"
    guilt = Guilt.RIGHTS


class ThingUnknown(Refusal):
    """No thing has this id."""

    code = "TRC_UNKNOWN"
    fact_names = ("thing",)
    words = "nobody has brought this in"
    next_step = "compare the identifier"
    guilt = Guilt.UNKNOWN


class LotUnknown(Refusal):
    """No lot has this id."""

    code = "TRC_LOT_UNKNOWN"
    fact_names = ("lot",)
    words = "there is no such lot"
    next_step = "compare the identifier"
    guilt = Guilt.UNKNOWN


class LotForeign(Refusal):
    """The lot is another organisation's."""

    code = "TRC_LOT_FOREIGN"
    fact_names = ("lot", "maker")
    words = "this lot is another organisation's"
    next_step = "the maker of the lot, or an authority, has to sign this"
    guilt = Guilt.RIGHTS


class CaptureUnknown(Refusal):
    """The organisation has captured no such root."""

    code = "TRC_CAPTURE_UNKNOWN"
    fact_names = ("root",)
    words = "there is no capture of this root"
    next_step = "compare the file with the one that was captured"
    guilt = Guilt.UNKNOWN


class EventNotCaptured(Refusal):
    """The event does not lie under the root."""

    code = "TRC_EVENT"
    fact_names = ("root", "event", "index")
    words = "this event is not in that capture"
    next_step = "give the file that was captured, unchanged"
    guilt = Guilt.INPUT


class PrefixForeign(Refusal):
    """Another organisation speaks for the company prefix, or nobody."""

    code = "TRC_PREFIX"
    fact_names = ("prefix", "owner")
    words = "you do not speak for this company prefix"
    next_step = "its owner brings the goods in; those of no member are adopted, with an authority"
    guilt = Guilt.RIGHTS


class PartnerInvalid(Refusal):
    """The other organisation cannot have this part."""

    code = "TRC_PARTY"
    fact_names = ("org",)
    words = "this organisation cannot take this role"
    next_step = "name another member"
    guilt = Guilt.INPUT


class NotInTransit(Refusal):
    """The thing is not on its way."""

    code = "TRC_NOT_SHIPPED"
    fact_names = ("thing",)
    words = "this is not on its way"
    next_step = "its custodian has to ship it first"


class NotConsignee(Refusal):
    """The thing is on its way to somebody else."""

    code = "TRC_NOT_CONSIGNEE"
    fact_names = ("thing", "to", "org")
    words = "this is on its way to somebody else"
    next_step = "the organisation to which it was shipped has to sign this"
    guilt = Guilt.RIGHTS


class NotInside(Refusal):
    """The thing is not packed in this container."""

    code = "TRC_NOT_PACKED"
    fact_names = ("thing", "parent")
    words = "this is not packed in that container"
    next_step = "see: p2pchain trace where"


class TooDeep(Refusal):
    """Too many containers in one another."""

    code = "TRC_TOO_DEEP"
    fact_names = ("thing", "levels", "levels_max")
    words = "too many containers lie in one another"
    next_step = "unpack some of them first"
    guilt = Guilt.LIMIT


class TooManyLots(Refusal):
    """A container would hold things of too many lots."""

    code = "TRC_LOTS"
    fact_names = ("thing", "lots", "lots_max")
    words = "a container cannot hold things of so many lots"
    next_step = "use several containers"
    guilt = Guilt.LIMIT


class LineageTooLong(Refusal):
    """A lot would descend from too many lots."""

    code = "TRC_LINEAGE"
    fact_names = ("lot", "lots", "lots_max")
    words = "a lot cannot be made of so many lots, for a recall must reach it"
    next_step = "make several lots, each of fewer"
    guilt = Guilt.LIMIT


class NotRecalled(Refusal):
    """The organisation has not recalled this lot."""

    code = "TRC_NOT_RECALLED"
    fact_names = ("lot", "org")
    words = "you have not recalled this lot"
    next_step = "whoever recalled it has to lift it"


class RecalledBefore(Refusal):
    """The organisation has recalled this lot before, or too many have."""

    code = "TRC_RECALLED_BEFORE"
    fact_names = ("lot", "org", "recalls")
    words = "this recall stands already"
    next_step = "see: p2pchain trace lot"


class ClaimOther(Refusal):
    """Another organisation certified the thing, or nobody did."""

    code = "TRC_CERTIFIED"
    fact_names = ("thing", "claim")
    words = "another certificate, or none, stands on this"
    next_step = "see: p2pchain trace where"


REFUSALS: Final[tuple[type[Refusal], ...]] = (
    ThingDuplicate,
    NotCustodian,
    ThingInTransit,
    ThingPacked,
    LotRecalled,
    ThingEnded,
    EventOrder,
    MassBalance,
    UnitOther,
    ErrorForeign,
    ThingUnknown,
    LotUnknown,
    LotForeign,
    CaptureUnknown,
    EventNotCaptured,
    PrefixForeign,
    PartnerInvalid,
    NotInTransit,
    NotConsignee,
    NotInside,
    TooDeep,
    TooManyLots,
    LineageTooLong,
    NotRecalled,
    RecalledBefore,
    ClaimOther,
)
