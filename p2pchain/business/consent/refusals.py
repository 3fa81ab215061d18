"""Refusals of the consents: a class per reason."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class ConsentNone(Refusal):
    """There is no consent of this id, or it was never activated, or it was entered in error."""

    code = "CNS_NONE"
    fact_names = ("consent", "state")
    words = "no consent is in force here"
    next_step = "have the patient activate it, or see: p2pchain consent list"
    guilt = Guilt.UNKNOWN


class ConsentRevoked(Refusal):
    """The consent was revoked in an earlier block, or earlier in this one."""

    code = "CNS_REVOKED"
    fact_names = ("consent", "ended_ms")
    words = "this consent was revoked"
    next_step = "ask the patient for another one"
    guilt = Guilt.STATE


class ConsentExpired(Refusal):
    """The time until which the consent was given has passed."""

    code = "CNS_EXPIRED"
    fact_names = ("consent", "until_ms", "now_ms")
    words = "this consent has expired"
    next_step = "have it amended, and activated by the patient"
    guilt = Guilt.STATE


class ConsentNotYet(Refusal):
    """The consent is given for a later time."""

    code = "CNS_NOT_YET"
    fact_names = ("consent", "from_ms", "now_ms")
    words = "this consent begins later"
    next_step = "ask again then"
    guilt = Guilt.STATE


class PurposeOther(Refusal):
    """The consent was given for other purposes."""

    code = "CNS_PURPOSE"
    fact_names = ("consent", "purpose")
    words = "it was not given for this purpose"
    next_step = "see: p2pchain consent show"
    guilt = Guilt.RIGHTS


class CategoryOther(Refusal):
    """The consent was given for other data, or no category was named."""

    code = "CNS_CATEGORY"
    fact_names = ("consent", "category")
    words = "it was not given for data of this category, or none was named"
    next_step = "see: p2pchain consent show"
    guilt = Guilt.RIGHTS


class NotGrantee(Refusal):
    """No signer belongs to an organisation to which the consent was given."""

    code = "CNS_NOT_GRANTEE"
    fact_names = ("consent", "org")
    words = "it was not given to this organisation"
    next_step = "sign with an account of a grantee"
    guilt = Guilt.RIGHTS


class AccessDenied(Refusal):
    """A provision denies it, or none permits what is denied otherwise."""

    code = "CNS_DENIED"
    fact_names = ("consent", "provision")
    words = "the patient has denied this"
    next_step = "see: p2pchain consent show"
    guilt = Guilt.RIGHTS


class ProvisionTooDeep(Refusal):
    """A provision stands deeper than two levels, or in no provision of the level above."""

    code = "CNS_TOO_DEEP"
    fact_names = ("level", "most", "provision")
    words = "provisions are nested at most two levels deep, each after the one that encloses it"
    next_step = "write the form with fewer levels, and have it signed anew"
    guilt = Guilt.INPUT


class ReviewOverdue(Refusal):
    """A break-glass of this organisation was not reviewed within seven days."""

    code = "CNS_REVIEW_OVERDUE"
    fact_names = ("org", "access", "deadline_ms")
    words = "the review of an earlier break-glass of this organisation is overdue"
    next_step = "have a reviewer of another organisation judge it: p2pchain consent review"
    guilt = Guilt.STATE


class TooManyGlasses(Refusal):
    """As many break-glasses of this organisation await their review as may at a time."""

    code = "CNS_GLASSES_OPEN"
    fact_names = ("org", "most")
    words = "too many break-glasses of this organisation await their review"
    next_step = "have a reviewer of another organisation judge some: p2pchain consent review"
    guilt = Guilt.LIMIT


class ConsentExists(Refusal):
    """The nonce was used before for a consent or access of this organisation."""

    code = "CNS_EXISTS"
    fact_names = ("id",)
    words = "this id is in use already"
    next_step = "do it again with a new nonce"
    guilt = Guilt.STATE


class ConsentPartyInvalid(Refusal):
    """An organisation cannot have this part in a consent."""

    code = "CNS_PARTY"
    fact_names = ("part", "org")
    words = "this organisation cannot take this role"
    next_step = "name another member: neither controller nor grantee stands in for the patient"
    guilt = Guilt.INPUT


class PeriodReversed(Refusal):
    """A period ends before it begins."""

    code = "CNS_PERIOD"
    fact_names = ("from_ms", "until_ms")
    words = "it ends before it begins"
    next_step = "give a later end"
    guilt = Guilt.INPUT


class ActivationUnproven(Refusal):
    """Neither the patient's key nor the representative has signed this."""

    code = "CNS_NOT_PATIENT"
    fact_names = ("consent", "needed")
    words = "neither the patient's key nor the representative has signed this"
    next_step = "have the patient sign it: p2pchain consent sign"
    guilt = Guilt.RIGHTS


class NothingPending(Refusal):
    """No proposal or amendment with these terms awaits the patient."""

    code = "CNS_NOT_PENDING"
    fact_names = ("consent", "terms")
    words = "no proposal with these terms awaits the patient"
    next_step = "see: p2pchain consent show"
    guilt = Guilt.STATE


class ConsentEnded(Refusal):
    """The consent was revoked, or entered in error, and changes no more."""

    code = "CNS_ENDED"
    fact_names = ("consent", "state")
    words = "this consent has ended for good"
    next_step = "propose another one"
    guilt = Guilt.STATE


class NotLinked(Refusal):
    """The payload is not linked to the consent, or the access names no payload."""

    code = "CNS_NOT_LINKED"
    fact_names = ("consent", "root")
    words = "no such payload is linked to this consent"
    next_step = "the controller links it: p2pchain consent link"
    guilt = Guilt.UNKNOWN


class AccessUnknown(Refusal):
    """No access of this id was granted."""

    code = "CNS_ACCESS_UNKNOWN"
    fact_names = ("access",)
    words = "no access of this id was granted"
    next_step = "compare the id; give all its digits"
    guilt = Guilt.UNKNOWN


class AlreadyDelivered(Refusal):
    """The payload was delivered for this access."""

    code = "CNS_DELIVERED"
    fact_names = ("access",)
    words = "the payload was delivered for this access"
    next_step = ""
    guilt = Guilt.STATE


class NotReviewable(Refusal):
    """The access was no break-glass, or was reviewed before."""

    code = "CNS_NOT_REVIEWABLE"
    fact_names = ("access", "verdict")
    words = "it was no break-glass, or was reviewed already"
    next_step = "see: p2pchain consent reviews"
    guilt = Guilt.STATE


REFUSALS: Final = (
    ConsentNone,
    ConsentRevoked,
    ConsentExpired,
    ConsentNotYet,
    PurposeOther,
    CategoryOther,
    NotGrantee,
    AccessDenied,
    ProvisionTooDeep,
    ReviewOverdue,
    TooManyGlasses,
    ConsentExists,
    ConsentPartyInvalid,
    PeriodReversed,
    ActivationUnproven,
    NothingPending,
    ConsentEnded,
    NotLinked,
    AccessUnknown,
    AlreadyDelivered,
    NotReviewable,
)
"""All that the rules of the module raise."""
