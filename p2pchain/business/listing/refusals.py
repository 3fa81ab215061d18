"""Refusals of the listings: a class per reason."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class ListingUnknown(Refusal):
    """There is no listing of this id."""

    code = "LST_UNKNOWN"
    fact_names = ("listing",)
    words = "no such listing"
    next_step = "compare the code; whoever shows it to you may have made it up"
    guilt = Guilt.UNKNOWN


class ListingCodeInvalid(Refusal):
    """The text of a QR is none of a listing, or of a listing of another chain."""

    code = "LST_CODE"
    fact_names = ("expected",)
    words = "this is no code of a listing of this chain"
    next_step = "scan it again, or give the 32 hexadecimal digits of the listing"
    guilt = Guilt.INPUT


class ListingExists(Refusal):
    """The agent has used this nonce before."""

    code = "LST_EXISTS"
    fact_names = ("listing",)
    words = "a listing with this id exists already"
    next_step = "give another nonce"


class AgentUnlicensed(Refusal):
    """The agent has no licence for the district that lasts."""

    code = "LST_UNLICENSED"
    fact_names = ("district", "agent")
    words = "the agent has no licence in this district"
    next_step = "the registrar of the district licenses it: p2pchain listing license"
    guilt = Guilt.RIGHTS


class MandateMissing(Refusal):
    """The owners have not authorised the agent, or not for so long."""

    code = "LST_MANDATE"
    fact_names = ("unit", "agent", "until_day")
    words = "the owners have not authorised this agent, or not for so long"
    next_step = "the registrar records what the owners say at its counter: p2pchain listing authorise"
    guilt = Guilt.RIGHTS


class MandateExclusive(Refusal):
    """Another agent is authorised alone; or others are, where one is to be alone."""

    code = "LST_EXCLUSIVE"
    fact_names = ("unit", "agent")
    words = "another agent is authorised, and one of the two exclusively"
    next_step = "revoke its mandate first: p2pchain listing revoke"


class MandatesFull(Refusal):
    """As many agents are authorised for a unit as may be."""

    code = "LST_MANDATES_FULL"
    fact_names = ("unit", "most")
    words = "the limit of agents authorised for this unit is reached"
    next_step = "revoke a mandate first: p2pchain listing revoke"
    guilt = Guilt.LIMIT


class ListingDuplicate(Refusal):
    """The agent has a listing of this unit that lasts."""

    code = "LST_DUPLICATE"
    fact_names = ("unit", "listing")
    words = "you have a listing of this unit already"
    next_step = "reprice or renew that one, or withdraw it"


class ListingStale(Refusal):
    """The title has changed since the agent looked at it, or the unit has other owners now."""

    code = "LST_STALE"
    fact_names = ("unit", "revision", "expected")
    words = "the title has changed since you looked at it"
    next_step = "look again: p2pchain title show; of a unit with other owners make a new listing"


class ListingExpired(Refusal):
    """The last day of the listing has passed."""

    code = "LST_EXPIRED"
    fact_names = ("listing", "until_day", "today")
    words = "the listing has expired"
    next_step = "renew it: p2pchain listing renew"


class ListingSuspended(Refusal):
    """The listing is suspended, since its title has changed."""

    code = "LST_SUSPENDED"
    fact_names = ("listing", "cause")
    words = "the listing is suspended, since its title has changed"
    next_step = "look at the title, then renew the listing: p2pchain listing renew"


class ListingState(Refusal):
    """The listing is in a state in which this is not done."""

    code = "LST_STATE"
    fact_names = ("listing", "state")
    words = "the state of the listing does not allow this"
    next_step = "see: p2pchain listing show"


class ListingDays(Refusal):
    """A last day has passed, or lies too far ahead."""

    code = "LST_DAYS"
    fact_names = ("until_day", "today", "most_day")
    words = "this last day has passed, or lies too far ahead"
    next_step = "give a day between"
    guilt = Guilt.INPUT


class ListingCurrency(Refusal):
    """The currency is none of ISO 4217."""

    code = "LST_CURRENCY"
    fact_names = ("currency",)
    words = "this is no currency of ISO 4217"
    next_step = "give a currency code of ISO 4217"
    guilt = Guilt.INPUT


class AgentInvalid(Refusal):
    """The organisation to license or authorise is no agent of the chain."""

    code = "LST_AGENT"
    fact_names = ("agent",)
    words = "this organisation is no agent of the chain"
    next_step = "name a member that holds the role agent"
    guilt = Guilt.INPUT


REFUSALS: Final[tuple[type[Refusal], ...]] = (
    AgentInvalid,
    ListingCodeInvalid,
    ListingCurrency,
    ListingDays,
    ListingDuplicate,
    MandateExclusive,
    ListingExists,
    ListingExpired,
    MandateMissing,
    MandatesFull,
    ListingStale,
    ListingState,
    ListingSuspended,
    ListingUnknown,
    AgentUnlicensed,
)
