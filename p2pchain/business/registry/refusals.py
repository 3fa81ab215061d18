"""Refusals of the registry. None of them names another organisation."""

from __future__ import annotations

from typing import Final

from p2pchain.model.refusal import Guilt, Refusal


class DocumentUnknown(Refusal):
    """The document was never registered."""

    code = "REG_UNKNOWN_DOCUMENT"
    words = "no such document is registered"
    next_step = "register it first: p2pchain registry register FILE"
    guilt = Guilt.UNKNOWN


class DocumentNotRegistered(Refusal):
    """The organisation that signs has not registered the document."""

    code = "REG_NOT_REGISTERED"
    words = "you have not registered the document"
    next_step = "register it first: p2pchain registry register FILE"


class DeclaredOtherwise(Refusal):
    """The declarations are of another document than the one that is named."""

    code = "REG_DECLARED_OTHERWISE"
    words = "the names and content given are not those of the document"
    next_step = "name it by its id"
    guilt = Guilt.INPUT


class TooManyRegistrations(Refusal):
    """As many other organisations as may have registered the document."""

    code = "REG_TOO_MANY_REGISTRATIONS"
    words = "the limit of registrations of the document is reached"
    guilt = Guilt.LIMIT


class DuplicateFinanced(Refusal):
    """The document, or another of the same invoice, is financed or claimed already."""

    code = "REG_DUPLICATE_FINANCED"
    words = "already financed"


class DocumentRepaid(Refusal):
    """The document was financed and repaid, which closes it."""

    code = "REG_REPAID"
    words = "already financed, and repaid: it is closed for ever"


class DocumentCancelled(Refusal):
    """Nobody offers the document any more."""

    code = "REG_CANCELLED"
    words = "the document is cancelled"
    next_step = "register it again"


class ExceedsTotal(Refusal):
    """The share is larger than what nobody has financed yet."""

    code = "REG_EXCEEDS_TOTAL"
    words = "that is more than is left of the total"
    guilt = Guilt.INPUT


class ExceedsFinanced(Refusal):
    """The share is larger than what the organisation finances."""

    code = "REG_EXCEEDS_FINANCED"
    words = "that is more than you finance of it"
    guilt = Guilt.INPUT


class ShareTooSmall(Refusal):
    """The share, or what would stay financed, lies below the least share."""

    code = "REG_SHARE_TOO_SMALL"
    fact_names = ("share_min",)
    words = "that is less than the least share"
    next_step = "see: p2pchain registry terms"
    guilt = Guilt.INPUT


class SimilarDocumentUnacknowledged(Refusal):
    """There are similar documents, which the financier has not acknowledged."""

    code = "REG_SIMILAR_UNACKNOWLEDGED"
    words = "another document has a name in common, or one corrects the other"
    next_step = "see: p2pchain registry check DOC; then finance with --acknowledge-similar"


class ReasonUnknown(Refusal):
    """There is no such reason for a release."""

    code = "REG_BAD_REASON"
    words = "there is no such reason for a release"
    next_step = "give withdrawn, not_funded or repaid"
    guilt = Guilt.INPUT


class DocumentNotFinanced(Refusal):
    """Nobody finances the document, so nobody lets it go."""

    code = "REG_NOT_FINANCED"
    words = "nobody finances the document"


class NotHolder(Refusal):
    """Another organisation finances the document."""

    code = "REG_NOT_HOLDER"
    words = "you do not finance the document"
    guilt = Guilt.RIGHTS


class DocumentFinanced(Refusal):
    """The document is financed, or claimed through a receivable, so its registration stays."""

    code = "REG_FINANCED"
    words = "the document is financed, so its registration stays"


class ClaimStruck(Refusal):
    """A claim of the organisation on this invoice was struck, so it makes no other."""

    code = "REG_STRUCK"
    words = "a claim of yours on this invoice was struck"
    guilt = Guilt.RIGHTS


class TooManyClaims(Refusal):
    """The organisation, or all together, have as many claims on invoices with these names as may be."""

    code = "REG_TOO_MANY_CLAIMS"
    fact_names = ("most",)
    words = "you finance too many invoices of this seller, number, date and total"
    next_step = "release one of the others of this seller and number"
    guilt = Guilt.LIMIT


class DocumentNotClaimed(Refusal):
    """The document is under no claim of another; or, to disclose it, under none of one's own."""

    code = "REG_NOT_CLAIMED"
    words = "nobody else claims the document"


class NotBlocked(Refusal):
    """The claim is on another invoice than one's own document."""

    code = "REG_NOT_BLOCKED"
    words = "the claim is on another invoice and does not bar you"
    next_step = "finance with --acknowledge-similar"


class ClaimContested(Refusal):
    """The claim is contested already, or was upheld."""

    code = "REG_CONTESTED"
    fact_names = ("upheld",)
    words = "the claim is contested already, or was upheld"


class TooManyContests(Refusal):
    """As many contests of the organisation are open as may be."""

    code = "REG_TOO_MANY_CONTESTS"
    fact_names = ("document", "most")
    words = "the limit of your open contests is reached"
    next_step = "wait until auditors uphold or strike one, or finance a document whose claim lapsed"
    guilt = Guilt.LIMIT


class AlreadyDisclosed(Refusal):
    """The claimant has disclosed the document to auditors that can decide."""

    code = "REG_DISCLOSED"
    words = "you have disclosed it already"


class NotSealed(Refusal):
    """No payload of the claimant under this root is sealed for an auditor other than itself."""

    code = "REG_NOT_SEALED"
    fact_names = ("root",)
    words = "no payload of yours under this root is sealed for an auditor"
    next_step = "seal the invoice to the auditors first: p2pchain private put"
    guilt = Guilt.INPUT


class NotContested(Refusal):
    """Nobody contests the claim now; it may have been upheld."""

    code = "REG_NOT_CONTESTED"
    words = "nobody contests the claim now"


class NotDisclosed(Refusal):
    """The claimant has disclosed nothing yet, so no auditor decides."""

    code = "REG_NOT_DISCLOSED"
    fact_names = ("deadline_ms",)
    words = "the claimant has disclosed nothing yet"
    next_step = "wait for it, or for its deadline: the claim lapses by itself"


class AlreadyConfirmed(Refusal):
    """The organisation has confirmed the document before, or as many others as may have."""

    code = "REG_CONFIRMED"
    words = "you have confirmed it already, or the limit of confirmations is reached"


class KeyUnknown(Refusal):
    """No key of the financiers is recorded on the chain."""

    code = "REG_KEY_UNKNOWN"
    words = "the chain knows no key of the financiers yet"
    next_step = "p2pchain registry register records it"


class KeyWrong(Refusal):
    """A declaration was made under another key than the recorded one."""

    code = "REG_WRONG_KEY"
    fact_names = ("epoch", "key_id", "expected")
    words = "the financiers' key of this home is not the one of the chain"
    next_step = "copy keys/registry.key again from another financier"
    guilt = Guilt.INPUT


class EpochsIncomplete(Refusal):
    """The declarations are not one for each live epoch of the key."""

    code = "REG_KEY_EPOCHS"
    fact_names = ("oldest", "newest")
    words = "a document has to be named under each live key"
    next_step = "name it under all of them; see: p2pchain registry key"
    guilt = Guilt.INPUT


class EpochNotNext(Refusal):
    """The epoch of the key is not the one that can be opened or ended now."""

    code = "REG_KEY_EPOCH"
    fact_names = ("epoch",)
    words = "this epoch of the financiers' key can be neither opened nor ended now"
    next_step = "see: p2pchain registry key"


class KeyNeeded(Refusal):
    """Claimed documents are known under the older key alone."""

    code = "REG_KEY_NEEDED"
    fact_names = ("documents",)
    words = "financed documents are known under the older key alone"
    next_step = "have their financiers register them again: p2pchain registry register FILE"


REFUSALS: Final[tuple[type[Refusal], ...]] = (
    DocumentUnknown,
    DocumentNotRegistered,
    DeclaredOtherwise,
    TooManyRegistrations,
    DuplicateFinanced,
    DocumentRepaid,
    DocumentCancelled,
    ExceedsTotal,
    ExceedsFinanced,
    ShareTooSmall,
    SimilarDocumentUnacknowledged,
    ReasonUnknown,
    DocumentNotFinanced,
    NotHolder,
    DocumentFinanced,
    ClaimStruck,
    TooManyClaims,
    DocumentNotClaimed,
    NotBlocked,
    ClaimContested,
    TooManyContests,
    AlreadyDisclosed,
    NotSealed,
    NotContested,
    NotDisclosed,
    AlreadyConfirmed,
    KeyUnknown,
    KeyWrong,
    EpochsIncomplete,
    EpochNotNext,
    KeyNeeded,
)
"""All of them."""
