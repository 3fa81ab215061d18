"""Refusals of governance."""

from __future__ import annotations

from typing import Final

from p2pchain.ledger.refusals import ParameterInvalid
from p2pchain.model.refusal import Guilt, Refusal


class ProposalClosed(Refusal):
    """The proposal is executed or cancelled."""

    code = "GOV_CLOSED"
    fact_names = ("number", "state")
    words = "the proposal is decided or cancelled"
    next_step = "propose it anew"
    guilt = Guilt.STATE


class ProposalExpired(Refusal):
    """The proposal's last height or time has passed."""

    code = "GOV_EXPIRED"
    fact_names = ("number", "expires", "expires_ms")
    words = "the proposal is open no more"
    next_step = "propose it anew"
    guilt = Guilt.STATE


class ExpiryInvalid(Refusal):
    """A proposal would end in the past, or too far ahead."""

    code = "GOV_EXPIRY"
    fact_names = ("expires", "height", "expires_ms", "time_ms")
    words = "no proposal may end there"
    next_step = "at most 1,000,000 heights and 92 days ahead"
    guilt = Guilt.INPUT


class ProposalNested(Refusal):
    """A proposal may not contain another proposal, a vote, a cancellation or a software declaration."""

    code = "GOV_NESTED"
    fact_names = ("action",)
    words = "a proposal cannot propose, vote, cancel, or say what an organisation's nodes have"
    next_step = "propose what is to be done itself; an organisation speaks for its own nodes"
    guilt = Guilt.INPUT


class ParameterFixed(Refusal):
    """The parameter is fixed for the life of the chain."""

    code = "GOV_PARAMETER_FIXED"
    fact_names = ("parameter",)
    words = "this parameter holds for the life of the chain"
    next_step = "leave it as it is"
    guilt = Guilt.STATE


class ProposalsTooMany(Refusal):
    """As many proposals of the organisation are open as ``proposals_per_org`` allows."""

    code = "GOV_TOO_MANY"
    fact_names = ("org", "open", "most")
    words = "as many proposals of yours are open as may be"
    next_step = "have one decided, or cancel it"
    guilt = Guilt.LIMIT


class ProposalUnknown(Refusal):
    """No proposal has this number."""

    code = "GOV_UNKNOWN"
    fact_names = ("number",)
    words = "no proposal of this number"
    next_step = "see: p2pchain governance list"
    guilt = Guilt.UNKNOWN


class ModuleNeeded(Refusal):
    """A module is to be suspended without which nothing could be decided."""

    code = "GOV_MODULE_NEEDED"
    fact_names = ("module",)
    words = "without this module nobody could decide anything, not even to resume it"
    next_step = "suspend the module that does harm, or schedule another version"
    guilt = Guilt.STATE


class ModuleNotInForce(Refusal):
    """No module of this name is in force."""

    code = "GOV_MODULE_UNKNOWN"
    fact_names = ("module",)
    words = "no such module is in force"
    next_step = "see: p2pchain governance modules"
    guilt = Guilt.UNKNOWN


class SuspendedAlready(Refusal):
    """The module is suspended already."""

    code = "GOV_MODULE_SUSPENDED"
    fact_names = ("module",)
    words = "the module is suspended already"
    next_step = "see: p2pchain governance modules"
    guilt = Guilt.STATE


class NotSuspended(Refusal):
    """The module is to be resumed and is not suspended."""

    code = "GOV_MODULE_NOT_SUSPENDED"
    fact_names = ("module",)
    words = "the module is not suspended"
    next_step = "see: p2pchain governance modules"
    guilt = Guilt.STATE


class VersionTooSoon(Refusal):
    """The version's height is past or less than 100 heights ahead."""

    code = "GOV_VERSION_HEIGHT"
    fact_names = ("module", "version", "height", "earliest")
    words = "members need time to install it"
    next_step = "choose a later height"
    guilt = Guilt.INPUT


class VersionNotNext(Refusal):
    """The version does not follow the one in force."""

    code = "GOV_VERSION_NOT_NEXT"
    fact_names = ("module", "version", "in_force", "next")
    words = "a module goes from version to version"
    next_step = "see: p2pchain governance modules"
    guilt = Guilt.STATE


class VersionNotScheduled(Refusal):
    """The version to be taken back was never scheduled, or is in force."""

    code = "GOV_VERSION_NOT_SCHEDULED"
    fact_names = ("module", "version", "in_force", "scheduled")
    words = "no such version is scheduled"
    next_step = "see: p2pchain governance modules"
    guilt = Guilt.STATE


REFUSALS: Final[tuple[type[Refusal], ...]] = (
    ProposalClosed,
    ProposalExpired,
    ExpiryInvalid,
    ProposalNested,
    ParameterInvalid,
    ParameterFixed,
    ProposalsTooMany,
    ProposalUnknown,
    ModuleNeeded,
    ModuleNotInForce,
    SuspendedAlready,
    NotSuspended,
    VersionTooSoon,
    VersionNotNext,
    VersionNotScheduled,
)
"""All that the rules of the module raise of their own, and a parameter that the kernel does not take."""
