"""Which documents share a weak fingerprint: how many, and the first few of them.

Record (key after ``registry/``): ``weak/<weak>`` → ``[count, [exact, ...]]``. The rules go by the count. The
list is for those who look: the least ``NAMED_MAX`` fingerprints, ascending; a document that found no place in
it when it came is counted, but not named. So what a rule costs does not grow with the number of similar ones.
"""

from __future__ import annotations

from p2pchain.ledger.context import Context, View
from p2pchain.model.transaction import Value

WEAK = b"weak/"
NAMED_MAX = 16
"""Most documents that are named under one weak fingerprint."""


def documents_under(view: View, weak: bytes) -> tuple[int, tuple[bytes, ...]]:
    """How many documents have a registration under ``weak``, and those of them that are named, ascending."""
    record = view.get(WEAK + weak)
    if record is None:
        return 0, ()
    match record:
        case (int(count), tuple(named)):
            return count, tuple(exact_of(exact) for exact in named)
        case _:
            raise AssertionError(f"weak record {record!r}")


def enter(context: Context, weak: bytes, exact: bytes) -> None:
    """Count a document that has its first registration under ``weak``."""
    count, named = documents_under(context, weak)
    context.put(WEAK + weak, (count + 1, tuple(sorted((*named, exact)))[:NAMED_MAX]))


def leave(context: Context, weak: bytes, exact: bytes) -> None:
    """Uncount a document that has lost its last registration under ``weak``."""
    count, named = documents_under(context, weak)
    if count > 1:
        context.put(WEAK + weak, (count - 1, tuple(other for other in named if other != exact)))
    else:
        context.delete(WEAK + weak)


def exact_of(value: Value) -> bytes:
    """One fingerprint of a record."""
    assert isinstance(value, bytes), f"a fingerprint, not {value!r}"
    return value
