"""A receivable: what a debtor owes to whoever holds it, and the records that the module keeps.

Records (keys after ``receivable/``; ``<id>`` is 16 bytes):
``item/<id>`` → the fields of ``Receivable`` in their order, but for the id (``key``);
``holder/<org>/<id>`` and ``debtor/<org>/<id>`` → ``[]``, so that an organisation's own are found in order;
``history/<id>/<page, 4 bytes>`` → ``[[height, time_ms, action, org, note | null], ...]``, a page
being followed by the next once it has ``HISTORY_PAGE`` steps or ``HISTORY_PAGE_BYTES``;
``payment/<org>/<SHA-256 of a folded payment reference>`` → ``[id]``: of a payment that ``org`` confirmed;
``backing/<document>/<debtor>`` → ``[id]``;
``undocumented/<hash of debtor, creditor, amount, currency and due day>`` → ``[[root, ...], more]``;
``policy/<id>`` → ``[k, [part, ...]]``: who has to sign what its holder does, and that of its parts;
``pooled/<id>`` → ``[module, basis]``: of the pool of another module that it is in;
``offset/<id><id>`` → ``[org that proposed it, events of the one, of the other]``;
``limits`` → ``[tenor_warn_days, tenor_days_max]``.

Amounts are integers in the minor unit of an ISO 4217 currency; days count from 1970-01-01, in UTC.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass, fields
from operator import attrgetter
from typing import Annotated, Final

from p2pchain.business.receivable.fields import (
    AMOUNT,
    CURRENCY,
    DOCUMENT,
    ID,
    OPTIONAL_ID,
    RECOURSE,
    REFERENCE,
    TERMS,
)
from p2pchain.business.receivable.payment_reference import fold_reference
from p2pchain.business.receivable.refusals import ReceivableUnknown
from p2pchain.crypto.hashing import sha256
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Amount, Array, Choice, Day, Integer, Optional, Organisation, Row
from p2pchain.ledger.record import Record
from p2pchain.model.errors import Fact
from p2pchain.model.ids import OrgId
from p2pchain.model.transaction import Value

DAY_MS: Final = 86_400_000
ENDORSEMENTS_MAX: Final = 64
"""Most holders that a receivable may have had before the present one."""
TENOR_WARN_DAYS: Final = 183
TENOR_DAYS_MAX: Final = 366
"""From issue to due day, where the members have not agreed on others."""

PROPOSED: Final = "proposed"
ACCEPTED: Final = "accepted"
REJECTED: Final = "rejected"
CANCELLED: Final = "cancelled"
SPLIT: Final = "split"
PRESENTED: Final = "presented"
PAID: Final = "paid"
SETTLED: Final = "settled"
DEFAULTED: Final = "defaulted"
STATES: Final = (PROPOSED, ACCEPTED, REJECTED, CANCELLED, SPLIT, PRESENTED, PAID, SETTLED, DEFAULTED)
STATE: Final = Choice(words=STATES)

ITEM: Final = b"item/"
HOLDER: Final = b"holder/"
DEBTOR: Final = b"debtor/"
HISTORY: Final = b"history/"
HISTORY_PAGE: Final = 64
"""Most steps that share a record: a key of the state for each would be most of them."""
HISTORY_PAGE_BYTES: Final = 4_096
"""A page of so many bytes takes no further step, so that nobody's long notes make others' steps dear."""
PAYMENT: Final = b"payment/"
BACKING: Final = b"backing/"
UNDOCUMENTED: Final = b"undocumented/"
LIMITS: Final = b"limits"
POLICY: Final = b"policy/"

Endorsement = tuple[OrgId, bool]
"""(who held it before, whether it is liable to those after it)."""
ENDORSEMENTS: Final = Array(
    inner=Row(columns=(("org", Organisation()), ("recourse", RECOURSE))),
    most=ENDORSEMENTS_MAX,
    is_distinct=False,
    help="who held it before, and whether it stays liable",
)
OFFER_PRICE: Final = Optional(inner=Amount(help="for how much a financier may take it"))


@dataclass(frozen=True, slots=True, kw_only=True)
class Receivable:
    """One receivable.

    ``root``: the one that was issued, of which this is a part, or itself. ``offer_to``: who is to take it
    over, ``offer_price``: for how much where that is financing, ``offer_recourse``: whether the holder
    stays liable. ``pledgee``: who has it as security. ``financier``: who discounted it. ``claim_on``: who
    must pay in place of the debtor. ``no_document``: who said, as its financier or pledgee, that no document
    is behind it. ``attested_by``, ``reference``: of the payment that awaits the holder's
    word. ``events``: length of its history, ``page``: its last page. ``policy_at``: the id under which the
    policy of its holder is kept, its own or that of what it is a part of; None for no policy.
    """

    key: Annotated[bytes, ID]
    state: Annotated[str, STATE]
    proposer: Annotated[OrgId, Organisation(help="who proposed it")]
    debtor: Annotated[OrgId, Organisation(help="who owes")]
    creditor: Annotated[OrgId, Organisation(help="who was owed when it was issued")]
    holder: Annotated[OrgId, Organisation(help="who is owed now")]
    amount_minor: Annotated[int, AMOUNT]
    currency: Annotated[str, CURRENCY]
    issue_day: Annotated[int, Day(help="when it was issued")]
    due_day: Annotated[int, Day(help="when it is due")]
    root: Annotated[bytes, ID]
    parent: Annotated[bytes | None, OPTIONAL_ID]
    document: Annotated[bytes | None, DOCUMENT]
    terms: Annotated[bytes | None, TERMS]
    no_document: Annotated[
        OrgId | None, Optional(inner=Organisation(help="who said that there is no invoice"))
    ]
    guarantor: Annotated[OrgId | None, Optional(inner=Organisation(help="guarantor of the debtor"))]
    endorsements: Annotated[tuple[Endorsement, ...], ENDORSEMENTS]
    offer_to: Annotated[OrgId | None, Optional(inner=Organisation(help="to whom it is offered"))]
    offer_price: Annotated[int | None, OFFER_PRICE]
    offer_recourse: Annotated[bool, RECOURSE]
    pledgee: Annotated[
        OrgId | None, Optional(inner=Organisation(help="organisation that holds it as security"))
    ]
    financier: Annotated[OrgId | None, Optional(inner=Organisation(help="who discounted it"))]
    claim_on: Annotated[
        OrgId | None, Optional(inner=Organisation(help="who must pay in place of the debtor"))
    ]
    attested_by: Annotated[OrgId | None, Optional(inner=Organisation(help="who attested the payment"))]
    reference: Annotated[str | None, Optional(inner=REFERENCE)]
    events: Annotated[int, Integer(unit="steps", help="number of steps in its history")]
    page: Annotated[int, Integer(help="last page of its history")]
    policy_at: Annotated[bytes | None, OPTIONAL_ID]

    @property
    def is_live(self) -> bool:
        """Test whether somebody still owes the amount."""
        return self.state in (ACCEPTED, PRESENTED, PAID, DEFAULTED)

    @property
    def recourse_against(self) -> OrgId | None:
        """Return the party liable beside the debtor, or None. It is the latest endorser that agreed to
        recourse, else the guarantor. Nobody is liable to itself: an organisation that got it back, or
        guaranteed what it holds now, is passed over.
        """
        for org, liable in reversed(self.endorsements):
            if liable and org != self.holder:
                return org
        return None if self.guarantor == self.holder else self.guarantor

    @property
    def payer(self) -> OrgId:
        """Return the present payer: the debtor, or the one whom the claim is on."""
        return self.claim_on or self.debtor

    @property
    def collector(self) -> OrgId:
        """Return the party entitled to the money. It is the pledgee, unless that one pays;
        else the holder.
        """
        if self.pledgee is None or self.pledgee == self.payer:
            return self.holder
        return self.pledgee


FIELDS: Final = tuple(field.name for field in fields(Receivable))[1:]
assert FIELDS[-3:] == ("events", "page", "policy_at"), "store writes these behind the others"
_VALUES: Final[Callable[[Receivable], Record]] = attrgetter(*FIELDS)


def find(view: View, id_: bytes) -> Receivable | None:
    """The receivable of this id, None where there is none."""
    record = view.get(ITEM + id_)
    return None if record is None else receivable_of(id_, record)


def require(view: View, id_: bytes) -> Receivable:
    """The receivable of this id, or ``Refused("RCV_UNKNOWN")``."""
    item = find(view, id_)
    if item is None:
        raise ReceivableUnknown({"receivable": id_.hex()})
    return item


def store(
    context: Context, before: Receivable | None, after: Receivable, action: str, org: OrgId, note: Value
) -> None:
    """Write a receivable with its indexes and a line of its history, and emit it as an event. The counts of
    its history are made here, ``events`` one more than ``after`` has. ``note``: a name,
    an amount, a reference, or an array of them; never words of ours.
    """
    full, lines = _last_page(context, after)
    policy_at = after.policy_at
    if before is None:
        context.put(DEBTOR + _index(after.debtor, after.key), ())
    if before is not None and before.holder != after.holder:
        context.delete(HOLDER + _index(before.holder, before.key))
        if policy_at == after.key:
            context.delete(POLICY + after.key)
        policy_at = None
    page = after.page + full
    if before is None or before.holder != after.holder:
        context.put(HOLDER + _index(after.holder, after.key), ())
    context.put(ITEM + after.key, (*record_of(after)[:-3], after.events + 1, page, policy_at))
    line: Record = (context.height, context.time_ms, action, org, note)
    context.put(history_key(after.key, page), (*lines, line))
    event = (after.key, after.state, org, after.holder, after.amount_minor, after.currency, note)
    context.emit(action, event)


def history_of(view: View, id_: bytes) -> Iterator[tuple[int, Record]]:
    """The lines of its history, in their order, each with its page."""
    prefix = HISTORY + id_ + b"/"
    for key, lines in view.walk(prefix):
        page = int.from_bytes(key[len(prefix) :], "big")
        for line in lines:
            assert isinstance(line, tuple), f"history record {lines!r}"
            yield page, line


def history_key(id_: bytes, page: int) -> bytes:
    """Return the state key of a history's page."""
    return HISTORY + id_ + b"/" + page.to_bytes(4, "big")


def _last_page(view: View, item: Receivable) -> tuple[bool, Record]:
    """Read the last page of a history. Returns whether it is full, and the lines of the page for the next
    step.
    """
    lines, size = view.sized(history_key(item.key, item.page))
    full = len(lines) == HISTORY_PAGE or size >= HISTORY_PAGE_BYTES
    return full, () if full else lines


def today(view: View) -> int:
    """The day of the block, in UTC."""
    return view.time_ms // DAY_MS


def limits(view: View) -> tuple[int, int]:
    """(days of tenor above which an issue warns, most days that it may have)."""
    match view.get(LIMITS):
        case (int(warn_days), int(days_max)):
            return warn_days, days_max
        case _:
            return TENOR_WARN_DAYS, TENOR_DAYS_MAX


def payment_key(collector: OrgId, reference: str) -> bytes:
    """Key of a payment that arrived at ``collector``, its reference folded. Raises as ``fold_reference``."""
    return PAYMENT + _index(collector, sha256(fold_reference(reference).encode()))


def facts_of(item: Receivable, **facts: Fact) -> dict[str, Fact]:
    """Return the facts that every refusal about a known receivable has."""
    return {"receivable": item.key.hex(), "state": item.state, **facts}


def amounts_of(item: Receivable, **amounts: Fact) -> dict[str, Fact]:
    """The same with its own amount, and others in its currency."""
    return facts_of(item, amount_minor=item.amount_minor, currency=item.currency, **amounts)


def record_of(item: Receivable) -> Record:
    """The record of a receivable."""
    return _VALUES(item)


def receivable_of(id_: bytes, record: Record) -> Receivable:
    """The receivable of its record, which this module wrote."""
    assert len(record) == len(FIELDS), f"receivable record {record!r}"
    values: dict[str, Value] = dict(zip(FIELDS, record, strict=True))
    return Receivable(key=id_, **values)  # type: ignore[arg-type]


def _index(org: OrgId, id_: bytes) -> bytes:
    return org.encode() + b"/" + id_
