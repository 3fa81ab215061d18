"""Refusals of the titles: a class per reason. None of them names a person."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class UnitCodeInvalid(Refusal):
    """The text is no code of a unit as GB/T 37346 makes them."""

    code = "TTL_CODE"
    fact_names = ("unit", "level")
    words = "this is no code of a real property unit (GB/T 37346)"
    next_step = "compare it with the title: 28 characters, as 310115001001GB00012F00030501"
    guilt = Guilt.INPUT


class TitleUnknown(Refusal):
    """The unit was never registered."""

    code = "TTL_UNKNOWN"
    fact_names = ("unit",)
    words = "no title of this unit is registered"
    next_step = "compare its code with the title"
    guilt = Guilt.UNKNOWN


class TitleExists(Refusal):
    """The unit was registered before; a code is used once, even after a split or a merger."""

    code = "TTL_EXISTS"
    fact_names = ("unit",)
    words = "a title of this unit is registered, or was"
    next_step = "see: p2pchain title show"


class TitleEnded(Refusal):
    """The unit was split or merged: others stand in its place."""

    code = "TTL_ENDED"
    fact_names = ("unit", "state")
    words = "the unit was split or merged"
    next_step = "name the units that stand in its place: p2pchain title show"


class TitleChanged(Refusal):
    """The title has changed since the revision that the sender looked at."""

    code = "TTL_STALE"
    fact_names = ("unit", "revision", "expected")
    words = "the title has changed since you looked at it"
    next_step = "look again: p2pchain title show, and give its revision"


class DistrictUnassigned(Refusal):
    """No organisation keeps the register of the district."""

    code = "TTL_NO_REGISTER"
    fact_names = ("district",)
    words = "nobody keeps the register of this district"
    next_step = "the members assign it: p2pchain title assign DISTRICT --to ORG"


class RegistrarInvalid(Refusal):
    """A register is given to an organisation that holds no role ``registrar``."""

    code = "TTL_REGISTRAR"
    fact_names = ("org",)
    words = "this organisation is no registrar of the chain"
    next_step = "name a member that holds the role registrar"
    guilt = Guilt.INPUT


class TitleSeized(Refusal):
    """A seizure stands on the unit."""

    code = "TTL_SEIZED"
    fact_names = ("unit", "right", "org")
    words = "the unit is seized"
    next_step = "the court that seized it has to sign this, or to discharge the seizure"


class TitleDisputed(Refusal):
    """An objection to the title stands."""

    code = "TTL_DISPUTED"
    fact_names = ("unit", "right", "org")
    words = "an objection to this title is recorded"
    next_step = "the objection has to be discharged, or to lapse"


class TitleMortgaged(Refusal):
    """A mortgage stands on the unit, and its holder does not sign."""

    code = "TTL_MORTGAGED"
    fact_names = ("unit", "right", "org")
    words = "the unit is mortgaged"
    next_step = "the mortgagee has to sign this, or to discharge the mortgage"


class NoticeStands(Refusal):
    """An advance notice secures the unit for somebody else."""

    code = "TTL_NOTICE"
    fact_names = ("unit", "right")
    words = "an advance notice secures the unit for somebody else"
    next_step = "transfer it to the one whom the notice secures, or have it discharged"


class RightStands(Refusal):
    """A unit that is to be split or merged bears a right."""

    code = "TTL_RIGHT_STANDS"
    fact_names = ("unit", "right", "kind")
    words = "a right is recorded on the unit"
    next_step = "discharge it first: p2pchain title discharge"


class RankTaken(Refusal):
    """Another mortgage of the unit has this rank."""

    code = "TTL_RANK_TAKEN"
    fact_names = ("unit", "rank")
    words = "another mortgage has this rank"
    next_step = "choose a free one: p2pchain title show"


class SharesInvalid(Refusal):
    """Shares do not sum to one, are not the giver's, or are too fine or too many to be kept."""

    code = "TTL_SHARES"
    fact_names = ("unit", "reason")
    words = "these shares are invalid: they have to sum to one, each of an owner of its own"
    next_step = "give a numerator for each owner, and the denominator that they sum to"
    guilt = Guilt.INPUT


class SalePending(Refusal):
    """A signed sale of the unit stands."""

    code = "TTL_PENDING_SALE"
    fact_names = ("unit", "listing", "until_day")
    words = "a signed sale of the unit stands"
    next_step = "it ends by the transfer to its buyer, by withdrawal of its listing, or after its day"


class RightUnknown(Refusal):
    """No right of this kind and number stands on the unit."""

    code = "TTL_RIGHT_UNKNOWN"
    fact_names = ("unit", "kind", "right")
    words = "no such right stands on the unit"
    next_step = "see: p2pchain title show"
    guilt = Guilt.UNKNOWN


class RightInvalid(Refusal):
    """A right lacks what its kind needs, or has what its kind knows not."""

    code = "TTL_RIGHT"
    fact_names = ("kind", "field")
    words = "this right needs that field, or knows none"
    next_step = (
        "a mortgage has rank, amount and currency, a notice a holder; others have no rank and no amount"
    )
    guilt = Guilt.INPUT


class RightDays(Refusal):
    """A right ends before it begins, or has lapsed already."""

    code = "TTL_DAYS"
    fact_names = ("from_day", "until_day", "today")
    words = "the right would end before it begins, or has lapsed already"
    next_step = "give days that follow each other"
    guilt = Guilt.INPUT


class RightsFull(Refusal):
    """As many rights of a kind stand on the unit as may."""

    code = "TTL_RIGHTS_FULL"
    fact_names = ("unit", "kind", "most")
    words = "as many rights of this kind stand on the unit as may"
    next_step = "discharge those that have lapsed"
    guilt = Guilt.LIMIT


class UnitsInvalid(Refusal):
    """Units of a split or merger repeat, or lie in other districts."""

    code = "TTL_UNITS"
    fact_names = ("unit",)
    words = "units of one split or merger are different ones of one district"
    next_step = "compare their codes"
    guilt = Guilt.INPUT


REFUSALS: Final[tuple[type[Refusal], ...]] = (
    UnitCodeInvalid,
    RightDays,
    TitleDisputed,
    TitleEnded,
    TitleExists,
    TitleMortgaged,
    NoticeStands,
    DistrictUnassigned,
    SalePending,
    RankTaken,
    RegistrarInvalid,
    RightInvalid,
    RightsFull,
    RightStands,
    RightUnknown,
    TitleSeized,
    SharesInvalid,
    TitleChanged,
    UnitsInvalid,
    TitleUnknown,
)
