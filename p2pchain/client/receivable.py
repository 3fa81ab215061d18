"""Operations of the receivables, and how their ids, days and amounts read."""

from __future__ import annotations

import os
from datetime import date, timedelta
from typing import Final

from p2pchain.codec.receivable_ids import ISSUE_NONCE_BYTES
from p2pchain.documents.amounts import amount_text
from p2pchain.model.currencies import DECIMALS
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Operation, Value
from p2pchain.presentation.printable import printable

MODULE: Final = "receivable"
FIRST_DAY: Final = date(1970, 1, 1)
DAY_MIN: Final = (date.min - FIRST_DAY).days
DAY_MAX: Final = (date.max - FIRST_DAY).days
"""First and last day that has a date."""
EVENT_FIELDS: Final = ("receivable", "state", "org", "holder", "amount_minor", "currency", "note")
"""Fields of every event of the module but ``limits_set`` and ``offset_proposed``, in their order."""

ITEM_FIELDS: Final = (
    "state",
    "proposer",
    "debtor",
    "creditor",
    "holder",
    "amount_minor",
    "currency",
    "issue_day",
    "due_day",
    "root",
    "parent",
    "document",
    "terms",
    "no_document",
    "guarantor",
    "endorsements",
    "offer_to",
    "offer_price",
    "offer_recourse",
    "pledgee",
    "financier",
    "claim_on",
    "attested_by",
    "reference",
    "events",
    "page",
    "policy_at",
)
"""Fields of a receivable's record, in their order."""


def new_nonce() -> bytes:
    """Draw the nonce of a receivable that is to be issued; with the issuer's name it makes the id."""
    return os.urandom(ISSUE_NONCE_BYTES)


def receivable_operation(action: str, receivable: bytes, *args: Value) -> Operation:
    """An action on the receivable of an id; of ``issue``, which makes one, with a nonce in its place."""
    return Operation(module=MODULE, action=action, args=(receivable, *args))


def day_number(text: str) -> int:
    """The number of a day since 1970-01-01: ``2027-05-23`` is 20961. ``Refused("DATE_INVALID")``."""
    try:
        return (date.fromisoformat(text) - FIRST_DAY).days
    except ValueError:
        raise Refused("DATE_INVALID", {"found": text}, "a date such as 2027-05-23") from None


def day_text(number: int) -> str:
    """The day of a number: 20961 is ``2027-05-23``."""
    return (FIRST_DAY + timedelta(days=number)).isoformat()


def grouped(minor: int, currency: str) -> str:
    """An amount as people read it: 100000000 CNY is ``1,000,000.00``."""
    whole, point, fraction = amount_text(minor, currency).partition(".")
    return f"{int(whole):,}{point}{fraction}"


def amount_words(minor: object, currency: object) -> str | None:
    """``1,000,000.00 CNY``; None where this is no amount: anybody signs what he likes, and it is shown."""
    if type(minor) is not int or minor < 0 or not isinstance(currency, str) or currency not in DECIMALS:
        return None
    return f"{grouped(minor, currency)} {currency}"


def day_words(number: object) -> str | None:
    """``2027-05-23``; None where this is no day that has a date."""
    return day_text(number) if type(number) is int and DAY_MIN <= number <= DAY_MAX else None


def note_words(event: str, note: object, currency: str) -> str | None:
    """What the note of an event, or of a line of history, says to a person; None where there is none. It may
    be anybody's text, such as a reason or the reference of a payment.
    """
    words = _note_words(event, note, currency)
    return None if words is None else printable(words)


def _note_words(event: str, note: object, currency: str) -> str | None:
    match event, note:
        case _, None:
            return None
        case "issued", "long_tenor":
            return "long tenor"
        case "split", [*parts] if (amounts := [_whole(part) for part in parts]) and None not in amounts:
            return " + ".join(grouped(amount, currency) for amount in amounts if amount is not None)
        case "financed", [price, bool(recourse)] if (amount := _whole(price)) is not None:
            return f"for {grouped(amount, currency)}, {'with' if recourse else 'without'} recourse"
        case "policy_set", [needed, [*parts]] if _whole(needed) is not None:
            return f"OutOf({', '.join([str(needed), *map(str, parts)])})"
        case (("offered" | "pledged" | "finance_requested"), _):
            return f"to {note}"
        case "transferred", _:
            return f"from {note}"
        case (("recourse_taken" | "recourse_waived"), _):
            return f"on {note}"
        case "recourse_paid", _:
            return f"by {note}"
        case "set_off", _:
            return f"against {note}"
        case (("payment_attested" | "settled" | "payment_denied"), _):
            return f"reference {note}"
    return str(note)


def _whole(value: object) -> int | None:
    """An integer, which JSON may hold as text; None for anything else."""
    if isinstance(value, str) and value.isascii() and value.isdigit():
        return int(value)
    return value if type(value) is int else None
