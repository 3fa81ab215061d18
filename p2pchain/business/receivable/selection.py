"""Which receivables a list shows, and in which order.

In the order of ids a page goes on where the one before stopped, however many there are. Any other order needs
all that are asked for at once: it is sorted anew for each page, within the work that a query may do
(``QUERY_WORK_EXCEEDED``), which is some 30,000 receivables of one organisation. ``after`` is an id in every
order: the page begins behind where that receivable stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Final

from p2pchain.business.receivable.fields import CURRENCY, DOCUMENT, ID, REASON_BYTES_MAX
from p2pchain.business.receivable.records import STATES, Receivable, require
from p2pchain.ledger.context import View
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Amount, Choice, Day, Flag, Integer, Kind, Optional, Organisation, Text
from p2pchain.model.errors import Refused, listed
from p2pchain.model.transaction import Value

PAGE_MAX: Final = 500
BY_ID: Final = "id"
_Key = Callable[[Receivable, bool], tuple[Value, ...]]
"""What a receivable is sorted by; the flag says that they are those of one debtor."""

_KEYS: Final[Mapping[str, _Key]] = {
    BY_ID: lambda item, _: (item.key,),
    "due": lambda item, _: (item.due_day, item.key),
    "amount": lambda item, _: (item.currency, item.amount_minor, item.key),
    "counterparty": lambda item, of_debtor: (item.holder if of_debtor else item.debtor, item.key),
    "invoice": lambda item, _: (item.document is None, item.document or b"", item.key),
}
ORDERS: Final = tuple(_KEYS)


def _field(name: str, inner: Kind, option: str = "") -> Field:
    return Field(name=name, kind=Optional(inner=inner), entry=Entry(option=option))


FIELDS: Final = (
    _field("holder", Organisation(help="only what this organisation holds")),
    _field("debtor", Organisation(help="only what this organisation owes")),
    _field("state", Text(bytes_max=REASON_BYTES_MAX, help="only these"), "status"),
    _field("currency", CURRENCY),
    _field("amount_least", Amount(help="only of this amount and more; needs a currency"), "least"),
    _field("amount_most", Amount(help="only up to this amount; needs a currency"), "most"),
    _field("due_from", Day(help="only what is due from this day on")),
    _field("due_to", Day(help="only what is due up to this day")),
    Field(name="document", kind=DOCUMENT, entry=Entry(option="invoice")),
    _field(
        "order",
        Choice(words=ORDERS, help="sorted by this; the counterparty is a debtor's holder, else the debtor"),
    ),
    _field("descending", Flag(help="the last first")),
    _field("after", ID),
    _field("limit", Integer(low=1, high=PAGE_MAX, help="at most so many")),
)
"""Fields of the query ``list``."""


def selects(args: Mapping[str, Value]) -> Callable[[Receivable], bool]:
    """Make the test whether a receivable is asked for. ``Refused("QUERY_INVALID_ARGS")``."""
    state = args["state"]
    if state is not None and state not in STATES:
        raise Refused("QUERY_INVALID_ARGS", {"argument": "state", "expected": listed(STATES)})
    if args["currency"] is None and (args["amount_least"], args["amount_most"]) != (None, None):
        raise Refused("QUERY_INVALID_ARGS", {"argument": "currency"})
    equal = {
        name: args[name] for name in ("debtor", "state", "currency", "document") if args[name] is not None
    }
    ranges = [
        (name, args[least], args[most])
        for name, least, most in (
            ("amount_minor", "amount_least", "amount_most"),
            ("due_day", "due_from", "due_to"),
        )
    ]

    def is_asked_for(item: Receivable) -> bool:
        return all(getattr(item, name) == value for name, value in equal.items()) and all(
            _within(getattr(item, name), least, most) for name, least, most in ranges
        )

    return is_asked_for


def ordered(view: View, items: Iterable[Receivable], args: Mapping[str, Value]) -> list[Receivable]:
    """Sort receivables, and leave out those up to ``after``, an id of one of them."""
    order, after = args["order"], args["after"]
    key, of_debtor = _KEYS[str(order or BY_ID)], args["holder"] is None and args["debtor"] is not None
    is_last_first = args["descending"] is True
    kept = sorted(items, key=lambda item: key(item, of_debtor), reverse=is_last_first)
    if not isinstance(after, bytes):
        return kept
    last = require(view, after)
    bound = key(last, of_debtor)
    if is_last_first:
        return [item for item in kept if key(item, of_debtor) < bound]
    return [item for item in kept if key(item, of_debtor) > bound]


def _within(number: int, least: Value, most: Value) -> bool:
    above = not isinstance(least, int) or number >= least
    return above and (not isinstance(most, int) or number <= most)
