"""The entry of a bank's statement that pays a receivable: which it is, and why.

A payment pays a receivable if it names it and has its amount and currency. It names it by the reference that
somebody gives, folded as the chain folds it; without one by the id of the receivable (all digits, or 12 and
more of the first) or the number of its invoice, wherever the payer wrote it. What was returned, or is not
booked yet, pays nothing.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from p2pchain.business.receivable.fields import REFERENCE
from p2pchain.business.receivable.payment_reference import fold_reference
from p2pchain.documents.amounts import amount_text
from p2pchain.documents.bank_returns import undone
from p2pchain.documents.bank_statement import Booking
from p2pchain.model.errors import Fact, Refused, listed

ID_CHARS_MIN: Final = 12
"""So many of the first digits of an id name a receivable in a payment."""
WORDS_MAX: Final = 40
"""Most words of one line of remittance that are looked at."""
NAME_CHARS_MIN: Final = 4
"""Shortest number that names an invoice within a line of remittance."""
_WORDS: Final = re.compile(r"[ ,;]+")
_TAG: Final = re.compile(r"/?R(?:FB|OC|EF)/", re.ASCII | re.IGNORECASE)
"""Tags before a reference in remittance, as banks write them."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WantedPayment:
    """Terms of the wanted payment. ``is_credit``: None for either direction; ``reference``: as somebody gave
    it; ``names``: folded text to what it is the name of; ``id_digits``: of the receivable, in capitals.
    """

    amount_minor: int
    currency: str
    is_credit: bool | None
    reference: str | None
    names: Mapping[str, str]
    id_digits: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Paying:
    """The entry that pays. ``place``: among the bookings; ``reference``: what is attested."""

    place: int
    why: str
    reference: str


def find_payment(bookings: Sequence[Booking], wanted: WantedPayment) -> Paying:
    """Find the one booking that pays. Raises ``Refused``: ``PAY_ENTRY_NONE``, ``PAY_ENTRY_PENDING``,
    ``PAY_ENTRY_RETURNED``, ``PAY_ENTRY_SEVERAL``, ``PAY_ENTRY_UNREFERENCED``.
    """
    incoming = [
        (place, booking)
        for place, booking in enumerate(bookings)
        if not booking.is_return and wanted.is_credit in (None, booking.is_credit)
    ]
    naming = [(place, why) for place, booking in incoming if (why := _why(booking, wanted)) is not None]
    paying = [(place, why) for place, why in naming if _paid(bookings[place]) == _owed(wanted)]
    if not paying:
        raise _none(bookings, incoming, naming, wanted)
    booked = [(place, why) for place, why in paying if bookings[place].is_booked]
    if not booked:
        raise Refused("PAY_ENTRY_PENDING", _at(bookings[paying[0][0]]), "wait until the bank has booked it")
    gone = undone(bookings)
    left = [(place, why) for place, why in booked if place not in gone]
    if not left:
        place, _ = booked[-1]
        by = gone[place]
        facts: dict[str, Fact] = {**_at(bookings[place]), "returned_day": by.day, "returned_entry": by.entry}
        raise Refused("PAY_ENTRY_RETURNED", facts, "it is not paid: ask the payer to pay again")
    if len(left) > 1:
        references = [_reference(bookings[place]) or "-" for place, _ in left[:8]]
        hint = "give the bank's own reference of the one that is meant with --reference"
        raise Refused("PAY_ENTRY_SEVERAL", {"entries": len(left), "references": listed(references)}, hint)
    place, why = left[0]
    reference = wanted.reference or _reference(bookings[place])
    if reference is None:
        hint = "give the reference that the bank has for it with --reference"
        raise Refused("PAY_ENTRY_UNREFERENCED", _at(bookings[place]), hint)
    return Paying(place=place, why=why, reference=reference)


def folded(text: str) -> str | None:
    """Fold a reference as the chain does; None where it takes none such."""
    try:
        return fold_reference(text)
    except Refused:
        return None


def _none(
    bookings: Sequence[Booking],
    incoming: Sequence[tuple[int, Booking]],
    naming: Sequence[tuple[int, str]],
    wanted: WantedPayment,
) -> Refused:
    alike = [booking for _, booking in incoming if _paid(booking) == _owed(wanted)]
    facts: dict[str, Fact] = {
        "amount": amount_text(wanted.amount_minor, wanted.currency),
        "currency": wanted.currency,
        "reference": wanted.reference,
        "of_amount": len(alike),
        "of_name": len(naming),
    }
    if naming:
        other = _paid(bookings[naming[0][0]])
        stated = f"{amount_text(*other)} {other[1]}"
        hint = f"the entry that names it is of {stated}: a receivable is paid as a whole"
        return Refused("PAY_ENTRY_NONE", facts, hint)
    if alike and wanted.reference is None:
        references = listed([_reference(booking) or "-" for booking in alike[:8]])
        hint = f"no entry names it; if one of these of its amount is meant, give --reference: {references}"
        return Refused("PAY_ENTRY_NONE", facts, hint)
    return Refused("PAY_ENTRY_NONE", facts, "compare account and days of the statement")


def _owed(wanted: WantedPayment) -> tuple[int, str]:
    return wanted.amount_minor, wanted.currency


def _paid(booking: Booking) -> tuple[int, str]:
    """Return the amount that the payee received, or was to receive."""
    if not booking.is_credit and booking.instructed is not None:
        return booking.instructed
    return booking.amount_minor, booking.currency


def _why(booking: Booking, wanted: WantedPayment) -> str | None:
    """Say by what a booking names the receivable, or return None."""
    for label, text in _fields(booking):
        name = folded(text)
        meant = None if name is None else _meant(name, wanted)
        if meant is not None:
            return f"its {label} is {meant}"
    for line in booking.remittance:
        for name in _runs(line):
            meant = _meant(name, wanted)
            if meant is not None and (wanted.reference is not None or len(name) >= NAME_CHARS_MIN):
                return f"its remittance names {meant}"
    return None


def _meant(name: str, wanted: WantedPayment) -> str | None:
    if name in wanted.names:
        return wanted.names[name]
    is_id = wanted.reference is None and len(name) >= ID_CHARS_MIN and wanted.id_digits.startswith(name)
    return "the id of the receivable" if is_id else None


def _fields(booking: Booking) -> Iterator[tuple[str, str]]:
    for label, texts in (
        ("EndToEndId", () if booking.end_to_end_id is None else (booking.end_to_end_id,)),
        ("creditor reference", booking.creditor_references),
        ("bank's reference", booking.servicer_references),
        ("transaction id", booking.ids),
    ):
        for text in texts:
            yield label, text


def _runs(line: str) -> Iterator[str]:
    """Folds of a line of remittance, without its tag: all of it, and each run of its words."""
    words = [word for word in _WORDS.split(_TAG.sub(" ", line)) if word][:WORDS_MAX]
    for start in range(len(words)):
        for end in range(len(words), start, -1):
            name = folded(" ".join(words[start:end]))
            if name is not None:
                yield name


def _reference(booking: Booking) -> str | None:
    """The reference to attest: the payer's, else the bank's own, else the creditor's."""
    ours = () if booking.end_to_end_id is None else (booking.end_to_end_id,)
    texts = (*ours, *booking.servicer_references, *booking.creditor_references)
    return next((text for text in texts if REFERENCE.accepts(text) and folded(text) is not None), None)


def _at(booking: Booking) -> dict[str, Fact]:
    return {"entry": booking.entry, "payment": booking.payment, "day": booking.day}
