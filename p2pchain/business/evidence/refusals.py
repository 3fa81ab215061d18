"""Refusals of the evidence: a class per reason."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class EvidenceExists(Refusal):
    """The organisation has deposited this digest before."""

    code = "EVD_EXISTS"
    fact_names = ("deposit", "height")
    words = "you have deposited exactly this already"
    next_step = "see: p2pchain evidence show DEPOSIT"
    guilt = Guilt.STATE


class EvidenceUnknown(Refusal):
    """There is no deposit of this id."""

    code = "EVD_UNKNOWN"
    fact_names = ("deposit",)
    words = "there is no such deposit"
    next_step = "see: p2pchain evidence list"
    guilt = Guilt.UNKNOWN


class EvidenceSuperseded(Refusal):
    """A newer deposit has taken the place of this one."""

    code = "EVD_SUPERSEDED"
    fact_names = ("deposit", "superseded_by")
    words = "a newer deposit has replaced it"
    next_step = "act on the newer one"
    guilt = Guilt.STATE


class SupersedesForeign(Refusal):
    """The deposit is of another organisation."""

    code = "EVD_SUPERSEDES_FOREIGN"
    fact_names = ("deposit", "org")
    words = "another organisation made that deposit; only it may supersede it"
    next_step = "make a deposit of your own"
    guilt = Guilt.RIGHTS


class EvidenceHeld(Refusal):
    """A court holds it: it stays as it is, and where it is."""

    code = "EVD_HOLD"
    fact_names = ("deposit", "payload", "org")
    words = "a court has ordered that this be kept as it is"
    next_step = "see: p2pchain evidence holds; the court has to lift its hold first"
    guilt = Guilt.STATE


class TimestampLater(Refusal):
    """The token was made after the block of the deposit."""

    code = "EVD_TIMESTAMP_LATER"
    fact_names = ("token_ms", "deposit_ms")
    words = "the token is later than the deposit, so it proves nothing that the block does not"
    next_step = "ask the authority for a token before you deposit"
    guilt = Guilt.INPUT


class EvidenceTimestamped(Refusal):
    """The token stands beside the deposit already."""

    code = "EVD_TIMESTAMPED"
    fact_names = ("deposit", "token")
    words = "this token is recorded with the deposit already"
    next_step = ""
    guilt = Guilt.STATE


class EvidenceCountersigned(Refusal):
    """The organisation has countersigned the deposit before."""

    code = "EVD_COUNTERSIGNED"
    fact_names = ("deposit", "org")
    words = "your organisation has countersigned it already"
    next_step = ""
    guilt = Guilt.STATE


class CountersignsOwn(Refusal):
    """The depositor would countersign its own deposit."""

    code = "EVD_OWN"
    fact_names = ("deposit", "org")
    words = "the depositor cannot countersign its own deposit"
    next_step = "ask another organisation"
    guilt = Guilt.RIGHTS


class CustodianInvalid(Refusal):
    """The taker is no member, or has custody already."""

    code = "EVD_CUSTODIAN"
    fact_names = ("org",)
    words = "custody can go only to another member of the consortium"
    next_step = "see: p2pchain membership show"
    guilt = Guilt.INPUT


class CustodyNotOffered(Refusal):
    """Custody was not offered to the organisation that would take it."""

    code = "EVD_NOT_OFFERED"
    fact_names = ("deposit", "org")
    words = "its custodian has not offered it to you"
    next_step = "the custodian has to run: p2pchain evidence transfer-custody"
    guilt = Guilt.STATE


class HoldUnknown(Refusal):
    """There is no hold of this id, or it was lifted."""

    code = "EVD_HOLD_UNKNOWN"
    fact_names = ("hold",)
    words = "there is no such hold"
    next_step = "see: p2pchain evidence holds"
    guilt = Guilt.UNKNOWN


class HoldExists(Refusal):
    """The court has used this nonce for a hold before."""

    code = "EVD_HOLD_EXISTS"
    fact_names = ("hold",)
    words = "you have made this hold already"
    next_step = "give another nonce"
    guilt = Guilt.STATE


class HoldSubject(Refusal):
    """The hold names nothing, several things, or what there is not."""

    code = "EVD_HOLD_SUBJECT"
    fact_names = ("subjects",)
    words = "a hold needs exactly one existing deposit, private payload or organisation"
    next_step = "give one of --deposit, --payload and --org"
    guilt = Guilt.INPUT


REFUSALS: Final = (
    EvidenceExists,
    EvidenceUnknown,
    EvidenceSuperseded,
    SupersedesForeign,
    EvidenceHeld,
    TimestampLater,
    EvidenceTimestamped,
    EvidenceCountersigned,
    CountersignsOwn,
    CustodianInvalid,
    CustodyNotOffered,
    HoldUnknown,
    HoldExists,
    HoldSubject,
)
"""All that the rules of the module raise."""
