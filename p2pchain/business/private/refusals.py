"""Refusals of private payloads."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class PayloadExists(Refusal):
    """The owner has put a payload of this root before."""

    code = "PRIV_EXISTS"
    fact_names = ("root",)
    words = "you have put this payload already"
    next_step = "seal it again with new salts"
    guilt = Guilt.STATE


class RecipientsInvalid(Refusal):
    """The recipients do not ascend, or the owner is not among them."""

    code = "PRIV_RECIPIENTS"
    words = "recipients have to be in ascending order, the owner among them"
    next_step = "sort them, the owner among them"
    guilt = Guilt.INPUT


class RecipientsFull(Refusal):
    """The payload has as many recipients as it may."""

    code = "PRIV_RECIPIENTS_FULL"
    fact_names = ("root", "most")
    words = "the limit of recipients of this payload is reached"
    next_step = "put it again for those who need it"
    guilt = Guilt.LIMIT


class AuditorMissing(Refusal):
    """An auditor that the members agreed on is not among the recipients."""

    code = "PRIV_AUDITOR_MISSING"
    fact_names = ("org", "recipients")
    words = "the members agreed that this auditor reads every payload"
    next_step = "seal it for it, too"
    guilt = Guilt.STATE


class SealingKeyMissing(Refusal):
    """An organisation is no member, or has named no sealing key."""

    code = "PRIV_KEY_MISSING"
    fact_names = ("org",)
    words = "the organisation is no member, or has no sealing key"
    next_step = "it has to run: p2pchain private enrol"
    guilt = Guilt.STATE


class PayloadUnknown(Refusal):
    """No payload of this root is on the chain."""

    code = "PRIV_UNKNOWN"
    fact_names = ("root",)
    words = "no payload of this root on the chain"
    next_step = "compare the root; see: p2pchain private list"
    guilt = Guilt.UNKNOWN


class PayloadErased(Refusal):
    """The organisation has said before that it erased its copy."""

    code = "PRIV_ERASED"
    fact_names = ("root", "org")
    words = "this organisation has erased it already"
    next_step = ""
    guilt = Guilt.STATE


REFUSALS: Final = (
    PayloadExists,
    RecipientsInvalid,
    RecipientsFull,
    AuditorMissing,
    SealingKeyMissing,
    PayloadUnknown,
    PayloadErased,
)
"""All that the rules of the module raise."""
