"""Events of the receivables: a line of a receivable's history each, with a note, and those of limits and
offsets.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Final

from p2pchain.business.encumbrance.module import MODULE_BYTES_MAX
from p2pchain.business.receivable.fields import (
    AMOUNT,
    CURRENCY,
    ID,
    PARTS_MAX,
    POLICY_OR_NONE,
    REASON,
    REFERENCE,
    TENOR_MOST,
    TENOR_WARN,
)
from p2pchain.business.receivable.records import STATE
from p2pchain.codec.receivable_ids import ID_BYTES
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Amount, Array, Choice, Flag, Kind, Optional, Organisation, Row, Text
from p2pchain.ledger.module import EventType
from p2pchain.model.transaction import Value

NO_NOTE: Final = Optional(inner=Text(bytes_max=0))
LONG_TENOR: Final = "long_tenor"
OTHER: Final = Organisation(help="the other organisation")
PRICE_AND_RECOURSE: Final = Row(columns=(("price", Amount()), ("recourse", Flag())))
"""For how much it was discounted, and whether the holder before stays liable."""
MODULE_NAME: Final = Text(bytes_max=MODULE_BYTES_MAX, help="module that pools it")
MATE: Final = Text(bytes_max=2 * ID_BYTES, help="id of the other, in hexadecimal")


BEFORE_NOTE: Final[Mapping[str, str]] = {
    "offered": "to",
    "transferred": "from",
    "finance_requested": "of",
    "financed": "for",
    "split": "into",
    "pledged": "to",
    "payment_attested": "reference",
    "settled": "reference",
    "payment_denied": "reference",
    "recourse_taken": "on",
    "recourse_waived": "on",
    "recourse_paid": "by",
    "set_off": "against",
    "pooled": "in",
    "unpooled": "of",
}
"""By step: the word before its note in a history."""


@dataclass(frozen=True, slots=True, kw_only=True)
class SplitAmounts(Array):
    """Amounts of the parts of a split; after an offset text: the amount set off and the rest."""

    def accepts(self, value: Value) -> bool:
        """Accept amounts, or the text of an offset."""
        return isinstance(value, str) or Array.accepts(self, value)


PARTS_NOTE: Final = SplitAmounts(inner=Amount(), most=PARTS_MAX, is_distinct=False)


def _step(name: str, done: str, note: Kind = NO_NOTE) -> EventType:
    """Declare the event of one step. ``done``: what happened, with ``{org}`` and ``{note}``."""
    return EventType(
        name=name,
        fields=(
            Field(name="receivable", kind=ID),
            Field(name="state", kind=STATE),
            Field(name="org", kind=Organisation(help="who did it")),
            Field(name="holder", kind=Organisation(help="who holds it now")),
            Field(name="amount_minor", kind=AMOUNT),
            Field(name="currency", kind=CURRENCY),
            Field(name="note", kind=note),
        ),
        sentence=f"{{receivable}}: {{amount_minor}}, {done}, held by {{holder}}, now {{state}}",
    )


EVENTS: Final = (
    _step("issued", "issued by {org}[ with {note}]", Optional(inner=Choice(words=(LONG_TENOR,)))),
    _step("accepted", "accepted by {org}"),
    _step("rejected", "rejected by {org}, reason {note}", REASON),
    _step("cancelled", "cancelled by {org}"),
    _step("guaranteed", "guaranteed by {org}"),
    _step("offered", "offered by {org} to {note}", OTHER),
    _step("transferred", "taken over by {org} from {note}", OTHER),
    _step("declined", "declined by {org}"),
    _step("withdrawn", "offer withdrawn by {org}"),
    _step("finance_requested", "financing requested by {org} of {note}", OTHER),
    _step("financed", "financed by {org} for {note}", PRICE_AND_RECOURSE),
    _step("split", "split by {org} into {note}", PARTS_NOTE),
    _step("part_made", "created as a part by {org}"),
    _step("pledged", "pledged by {org} to {note}", OTHER),
    _step("unpledged", "pledge released by {org}"),
    _step("pooled", "pooled by {org} in {note}", MODULE_NAME),
    _step("unpooled", "taken out of the pool of {note}", MODULE_NAME),
    _step("policy_set", "policy of its holder set by {org}[: {note}]", POLICY_OR_NONE),
    _step("presented", "presented by {org}"),
    _step("payment_attested", "payment attested by {org}, reference {note}", REFERENCE),
    _step("settled", "payment confirmed by {org}, reference {note}", REFERENCE),
    _step("payment_denied", "payment denied by {org}, reference {note}", REFERENCE),
    _step("defaulted", "default declared by {org}"),
    _step("recourse_taken", "recourse taken by {org} on {note}", OTHER),
    _step("recourse_waived", "recourse waived by {org} on {note}", OTHER),
    _step("recourse_paid", "payment in recourse confirmed by {org}, paid by {note}", OTHER),
    _step("set_off", "set off by {org} against {note}", MATE),
    EventType(
        name="offset_proposed",
        fields=(
            Field(name="receivable", kind=ID),
            Field(name="against", kind=ID),
            Field(name="org", kind=Organisation(help="who proposed it")),
        ),
        sentence="{receivable}: offset against {against} proposed by {org}",
    ),
    EventType(
        name="limits_set",
        fields=(
            Field(name="tenor_warn_days", kind=TENOR_WARN),
            Field(name="tenor_days_max", kind=TENOR_MOST),
        ),
        sentence="a tenor above {tenor_warn_days} gives a warning, above {tenor_days_max} it is refused",
    ),
)

NOTES: Final = tuple(
    (event.name, BEFORE_NOTE.get(event.name, ""), field.kind)
    for event in EVENTS
    for field in event.fields
    if field.name == "note"
)
"""What the note of each step is, as a history holds it."""
