"""Terms of the registry that the members agree on: the least share, and the time for a disclosure.

Record (key after ``registry/``): ``terms`` → ``[share_min, disclosure_days]``; absent: as they begin.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Annotated, Final

from p2pchain.business.registry.fields import DAYS
from p2pchain.business.registry.fields import SHARE_MIN as SHARE_MIN_FIELD
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry

TERMS: Final = b"terms"
SHARE_MIN: Final = 10**16
"""The least share that may be financed, 1 % of the whole, where the members have not agreed on another."""
DISCLOSURE_DAYS: Final = 14
"""Days within which whoever is contested discloses, likewise."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SetTerms:
    """Agree on another least share, of ``SHARE_WHOLE``, and another number of days."""

    share_min: Annotated[int, SHARE_MIN_FIELD.kind, Entry(option="least-percent")]
    disclosure_days: Annotated[int, DAYS]


def set_terms(context: Context, message: SetTerms) -> None:
    """Set the terms; needs the organisations with more than 2/3 of the power (``MEMBERSHIP_NO_QUORUM``)."""
    context.call("membership", "require_quorum")
    context.put(TERMS, (message.share_min, message.disclosure_days))
    context.emit("terms_set", (message.share_min, message.disclosure_days))


def terms(view: View) -> tuple[int, int]:
    """(least share, days for a disclosure) as they are now."""
    match view.get(TERMS):
        case (int(share_min), int(disclosure_days)):
            return share_min, disclosure_days
    return SHARE_MIN, DISCLOSURE_DAYS
