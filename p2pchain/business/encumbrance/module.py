"""The one index of what is pledged or financed, for all modules: a thing that is encumbered anywhere cannot
be encumbered elsewhere.

A thing is an invoice (``document/<id>``) or a record of a module (``receivable/<id>``). An encumbrance
belongs to a ``basis``: the deal that it serves, named by the module that made it. Parts of one receivable
are one basis of the invoice behind it, so each part may be financed; anything else that would finance the
invoice is another basis, and is refused with ``ENC_ACTIVE``. The module has no actions: other modules take
and free encumbrances for what they themselves decide. What an invoice is called elsewhere is the registry's
business, which takes and frees invoices for all modules (``registry.claims``).

Record (key after ``encumbrance/``): ``<thing>`` → ``[module, basis, kind, count, org]``; ``count``: how
often the basis has taken it and not freed it yet; ``org``: for whom it was taken first.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from p2pchain.business.encumbrance.refusals import EncumbranceActive
from p2pchain.codec.receivable_ids import ID_BYTES
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Blob, Choice, Id, Integer, Optional, Organisation, Text
from p2pchain.ledger.module import Json, Module, Query, RecordType
from p2pchain.model.errors import Fact
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.transaction import Value

NAME = "encumbrance"
MODULE_BYTES_MAX = 32
PLEDGED = "pledged"
FINANCED = "financed"
DOCUMENT = b"document/"
RECEIVABLE = b"receivable/"

SORT: Final = Choice(words=(FINANCED, PLEDGED), help="how it is encumbered")
INVOICE: Final = Field(
    name="document",
    kind=Id(of="registry.document", size=HASH_BYTES, help="the invoice, by the id of its document"),
    entry=Entry(is_argument=True),
)
CLAIM: Final = Field(
    name="receivable", kind=Id(of="receivable.receivable", size=ID_BYTES, help="the receivable")
)
ENCUMBRANCE: Final = (
    Field(name="module", kind=Text(bytes_max=MODULE_BYTES_MAX, help="module that encumbers it")),
    Field(name="basis", kind=Blob(bytes_max=HASH_BYTES, help="the deal that it serves")),
    Field(name="encumbrance", kind=SORT),
    Field(name="count", kind=Integer(low=1, unit="times", help="how often it was taken")),
    Field(name="org", kind=Organisation(help="for whom it was taken first")),
)


def take(context: Context, thing: Value, module: Value, basis: Value, kind: Value, org: Value) -> Value:
    """Encumber a thing for a basis of ``module``; how often the basis holds it now.

    ``EncumbranceActive`` where another basis holds it. One that holds it already holds it once more, as
    the newer ``kind``.
    """
    assert isinstance(thing, bytes), f"a thing, not {thing!r}"
    held = record_of(context, thing)
    if held is not None and held[:2] != (module, basis):
        raise active(thing, held[2])
    count, first = (1, org) if held is None else (held[3] + 1, held[4])
    context.put(thing, (module, basis, kind, count, first))
    return count


def free(context: Context, thing: Value, module: Value, basis: Value) -> Value:
    """Take back one encumbrance of this basis; how often it still holds the thing. One that it does not hold
    any more, since it was dropped, is no matter.
    """
    assert isinstance(thing, bytes), f"a thing, not {thing!r}"
    held = record_of(context, thing)
    if held is None or held[:2] != (module, basis):
        return None
    if held[3] == 1:
        context.delete(thing)
    else:
        context.put(thing, (*held[:3], held[3] - 1, held[4]))
    return held[3] - 1


def drop(context: Context, thing: Value) -> Value:
    """Take back all encumbrances of a thing, whatever its basis."""
    assert isinstance(thing, bytes), f"a thing, not {thing!r}"
    context.delete(thing)
    return None


def holder_of(view: View, thing: Value) -> Value:
    """(module, basis, kind, organisation) of what holds a thing, None where nothing does."""
    assert isinstance(thing, bytes), f"a thing, not {thing!r}"
    held = record_of(view, thing)
    return None if held is None else (*held[:3], held[4])


def active(thing: bytes, kind: str) -> EncumbranceActive:
    """The refusal of what is encumbered already; it does not tell by whom."""
    sort, _, name = thing.partition(b"/")
    facts: dict[str, Fact] = {sort.decode(): name.hex(), "encumbrance": kind}
    return EncumbranceActive(facts)


def record_of(view: View, thing: bytes) -> tuple[str, bytes, str, int, str] | None:
    """(module, basis, kind, count, organisation) of what holds a thing, or None."""
    record = view.get(thing)
    if record is None:
        return None
    match record:
        case (str(module), bytes(basis), str(kind), int(count), str(org)):
            return module, basis, kind, count, org
        case _:
            raise AssertionError(f"encumbrance record {record!r}")


def answer_document(view: View, args: Mapping[str, Value]) -> Json:
    """``{"document", "encumbrance": kind | null}`` of an invoice; nobody is named."""
    document = args["document"]
    assert isinstance(document, bytes), "the field takes bytes"
    held = record_of(view, DOCUMENT + document)
    return {"document": document.hex(), "encumbrance": None if held is None else held[2]}


MODULE = Module(
    name=NAME,
    source=__name__,
    refusals=(EncumbranceActive,),
    does="Keep what is pledged or financed anywhere from being so elsewhere",
    records=(
        RecordType(
            name="document",
            prefix=DOCUMENT,
            key=(INVOICE,),
            fields=ENCUMBRANCE,
            sentence="the invoice {document} is {encumbrance} for {org}, by {module}, for the deal {basis}, "
            "{count}",
        ),
        RecordType(
            name="receivable",
            prefix=RECEIVABLE,
            key=(CLAIM,),
            fields=ENCUMBRANCE,
            sentence="the receivable {receivable} is {encumbrance} for {org}, by {module}, for the deal "
            "{basis}, {count}",
        ),
    ),
    queries=(
        Query(
            name="document",
            fields=(INVOICE,),
            answer=answer_document,
            does="Show whether an invoice is pledged or financed, naming nobody",
            returns=(INVOICE, Field(name="encumbrance", kind=Optional(inner=SORT))),
        ),
    ),
    publics={"take": take, "free": free, "drop": drop, "holder_of": holder_of},
)
