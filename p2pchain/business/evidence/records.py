"""Deposits as they stand in the state.

A deposit is a digest: the SHA-256 of one file, or the root of the tree (RFC 6962) over up to ``FILES_MAX``
files, whose leaves the depositor keeps. Its id is made of the organisation and the digest, so nobody takes
the id of another's deposit; the same digest may be deposited by several organisations, and the state keeps
their order.

Records (keys after ``evidence/``): ``deposit/<id>`` → the fields of ``Deposit``; ``digest/<digest>`` →
``[count, org, height, time_ms]``: how many deposited it, and who first; ``order/<digest>/<place>`` →
``[org, deposit, height, time_ms]``, places from 0; ``countersign/<id>/<org>`` → ``[height, time_ms,
statement]``; ``timestamp/<id>/<token>`` → ``[token_ms, certificate, height, time_ms]``;
``custody/<id>/<number>`` → ``[org, height, time_ms]``. Those of holds: ``holds.py``.
"""

from __future__ import annotations

from dataclasses import dataclass, fields, replace
from typing import Final

from p2pchain.business.evidence.refusals import EvidenceSuperseded, EvidenceUnknown
from p2pchain.codec.evidence_file import deposit_id
from p2pchain.ledger.context import Context, View
from p2pchain.model.transaction import Value

NAME: Final = "evidence"
CLERK: Final = "clerk"
COURT: Final = "court"
STATEMENT_BYTES_MAX: Final = 500
"""Longest statement of how something was collected."""
PLACE_BYTES: Final = 4
PLACE_MAX: Final = 4_294_967_295
DEPOSIT: Final = b"deposit/"
DIGEST: Final = b"digest/"
ORDER: Final = b"order/"
COUNTERSIGN: Final = b"countersign/"
TIMESTAMP: Final = b"timestamp/"
CUSTODY: Final = b"custody/"


@dataclass(frozen=True, slots=True, kw_only=True)
class Deposit:
    """A deposit. ``count``: files under the root that ``digest`` is, None where it is the hash of one file;
    ``custodian``: who keeps what was deposited, ``offered_to``: to whom custody is offered; ``handovers``:
    how often it changed.
    """

    org: str
    digest: bytes
    count: int | None
    statement: str
    height: int
    time_ms: int
    custodian: str
    offered_to: str | None
    handovers: int
    supersedes: bytes | None
    superseded_by: bytes | None
    countersigned: int
    timestamped: int

    @property
    def key(self) -> bytes:
        """Its id."""
        return deposit_id(self.org, self.digest)


def find(view: View, id_: bytes) -> Deposit | None:
    """A deposit, None where there is none."""
    record = view.get(DEPOSIT + id_)
    if record is None:
        return None
    named = {field.name: value for field, value in zip(fields(Deposit), record, strict=True)}
    return Deposit(**named)  # type: ignore[arg-type]


def require(view: View, id_: bytes) -> Deposit:
    """A deposit, or ``EVD_UNKNOWN``."""
    item = find(view, id_)
    if item is None:
        raise EvidenceUnknown({"deposit": id_.hex()})
    return item


def require_current(view: View, id_: bytes) -> Deposit:
    """A deposit that no newer one superseded; ``EVD_UNKNOWN``, ``EVD_SUPERSEDED``."""
    item = require(view, id_)
    if item.superseded_by is not None:
        raise EvidenceSuperseded({"deposit": id_.hex(), "superseded_by": item.superseded_by.hex()})
    return item


def store(context: Context, item: Deposit) -> None:
    """Write a deposit."""
    context.put(DEPOSIT + item.key, tuple(getattr(item, field.name) for field in fields(Deposit)))


def enter(context: Context, item: Deposit) -> int:
    """Write a new deposit behind all others of the same digest; its place among them, from 0."""
    store(context, item)
    own: tuple[Value, ...] = (item.org, item.height, item.time_ms)
    match context.get(DIGEST + item.digest):
        case None:
            place, first = 0, own
        case (int(place), *first):
            pass
        case record:
            raise AssertionError(f"digest record {record!r}")
    context.put(DIGEST + item.digest, (place + 1, *first))
    key = ORDER + item.digest + b"/" + place.to_bytes(PLACE_BYTES)
    context.put(key, (item.org, item.key, item.height, item.time_ms))
    enter_custody(context, item)
    return place


def enter_custody(context: Context, item: Deposit) -> None:
    """Write who has custody from now on."""
    key = CUSTODY + item.key + b"/" + item.handovers.to_bytes(PLACE_BYTES)
    context.put(key, (item.custodian, context.height, context.time_ms))


def handed_over(item: Deposit, org: str) -> Deposit:
    """The deposit in the custody of another organisation."""
    return replace(item, custodian=org, offered_to=None, handovers=item.handovers + 1)
