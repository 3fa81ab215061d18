"""Operations of the registry, and the shares that stand on the chain in place of amounts.

The chain holds keyed fingerprints and shares of a total, never an amount: what is financed of an invoice is
``floor(amount_minor * SHARE_WHOLE / total_minor)``. Only who has the invoice can turn one into the other.
"""

from __future__ import annotations

from typing import Final

from p2pchain.documents.fingerprint import Fingerprint
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Operation

MODULE: Final = "registry"
SHARE_WHOLE: Final = 10**18
"""The whole of a document's total, in shares."""


def register_operation(fingerprint: Fingerprint) -> Operation:
    """Offer a document for financing."""
    return Operation(module=MODULE, action="register", args=(fingerprint.exact, fingerprint.weak))


def finance_operation(exact: bytes, share: int, *, acknowledge_similar: bool) -> Operation:
    """Finance a share of a document, or so much more of it."""
    return Operation(module=MODULE, action="finance", args=(exact, share, acknowledge_similar))


def release_operation(exact: bytes, share: int | None, reason: str) -> Operation:
    """Let go of a share of a document, None for all of it."""
    return Operation(module=MODULE, action="release", args=(exact, share, reason))


def cancel_operation(exact: bytes) -> Operation:
    """Take back the registration of a document."""
    return Operation(module=MODULE, action="cancel", args=(exact,))


def share_of(amount_minor: int, total_minor: int) -> int:
    """The share that an amount is of a total, both in minor units.

    ``Refused`` ``REG_EXCEEDS_TOTAL`` where it is more than the total, ``REG_SHARE_TOO_SMALL`` where
    nothing is left of it (totals above 10^18 minor units alone).
    """
    assert amount_minor > 0, f"amount {amount_minor}"
    if amount_minor > total_minor:
        raise Refused("REG_EXCEEDS_TOTAL", {"match": None}, "finance at most the total of the invoice")
    share = amount_minor * SHARE_WHOLE // total_minor
    if share == 0:
        raise Refused("REG_SHARE_TOO_SMALL", {"share_whole": SHARE_WHOLE}, "finance a larger part at once")
    return share


def financed_minor(share: int, total_minor: int) -> int:
    """The amount whose share this is: the inverse of ``share_of``, for totals below 10^17 minor units."""
    return -(-share * total_minor // SHARE_WHOLE)


def remaining_minor(share: int, total_minor: int) -> int:
    """The amount that a remaining share leaves room for, for totals below 10^17 minor units."""
    return share * total_minor // SHARE_WHOLE
