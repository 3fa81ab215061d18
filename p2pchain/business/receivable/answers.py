"""Fields of the answers to questions about receivables."""

from __future__ import annotations

from dataclasses import replace
from typing import Final

from p2pchain.business.receivable.fields import ID, TENOR_MOST, TENOR_WARN
from p2pchain.business.receivable.record_types import NOTE, STEP_BYTES_MAX
from p2pchain.business.receivable.records import Receivable
from p2pchain.ledger.consortium.policy.rules import WORD_BYTES_MAX
from p2pchain.ledger.consortium.policy.signers import PARTS_MAX
from p2pchain.ledger.fields import Field, fields_of
from p2pchain.ledger.kinds import Flag, Height, Integer, Moment, Optional, Organisation, Row, Text

POLICY_WORDS_MAX: Final = (PARTS_MAX + 1) * (WORD_BYTES_MAX + 2) + 16
"""Longest policy in words."""
_HELD: Final = {field.name: field for field in fields_of(Receivable)}

COLUMNS: Final = (
    "receivable",
    "state",
    "debtor",
    "holder",
    "amount_minor",
    "currency",
    "due_day",
    "overdue",
    "offer_to",
    "pledgee",
    "financier",
)
"""What a table of receivables has room for."""

SHOWN: Final = (
    Field(name="receivable", kind=ID),
    *(
        _HELD[name]
        for name in (
            "state",
            "debtor",
            "creditor",
            "holder",
            "amount_minor",
            "currency",
            "issue_day",
            "due_day",
        )
    ),
    Field(name="overdue", kind=Flag(help="its due day has passed, and it is owed")),
    *(_HELD[name] for name in ("root", "parent", "document", "terms", "no_document", "guarantor")),
    _HELD["endorsements"],
    Field(
        name="recourse_against",
        kind=Optional(inner=Organisation(help="who is liable to the holder beside the debtor")),
    ),
    *(_HELD[name] for name in ("offer_to", "offer_price", "pledgee", "financier", "claim_on")),
    Field(
        name="policy",
        kind=Optional(
            inner=Text(bytes_max=POLICY_WORDS_MAX, help="signatures that the holder's actions need")
        ),
    ),
    *(_HELD[name] for name in ("attested_by", "reference")),
)
"""A receivable, as ``show`` and ``list`` answer it."""

LISTED: Final = tuple(replace(field, is_shown=field.name in COLUMNS) for field in SHOWN)
"""The same in a list."""

LINE: Final = (
    Field(name="time_ms", kind=Moment(label="time (UTC)")),
    Field(name="height", kind=Height()),
    Field(name="receivable", kind=ID),
    Field(
        name="number", kind=Integer(help="place of the step in the history of its receivable"), is_shown=False
    ),
    Field(name="page", kind=Integer(help="page of the history that holds it"), is_shown=False),
    Field(name="org", kind=Organisation(label="by", help="who did it")),
    Field(name="action", kind=Text(label="step", bytes_max=STEP_BYTES_MAX)),
    Field(name="note", kind=NOTE),
)
"""A step of a history."""

WITH_HISTORY: Final = (
    Field(name="receivable", kind=Row(columns=tuple((field.name, field.kind) for field in SHOWN))),
)
LIMITS_NOW: Final = (
    Field(name="tenor_warn_days", kind=TENOR_WARN),
    Field(name="tenor_days_max", kind=TENOR_MOST),
)
