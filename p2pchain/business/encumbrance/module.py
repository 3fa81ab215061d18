"""The one index of what is encumbered, for all modules: a thing that is encumbered anywhere cannot be
encumbered elsewhere.

A thing is whatever a module names by its sort and its id: an invoice (``document/<32 bytes>``), a record of
a module (``receivable/<16 bytes>``), or anything else with an identity of 32 bytes (``contract/...``,
``collateral/...``, ``asset/...``, ``title/...``, ``warehouse-receipt/...``: ``thing_of``). One asset may have
an identity in several sorts; ``take_all`` takes it in each of them, or in none. An encumbrance
belongs to a ``basis``: the deal that it serves, named by the module that made it. Parts of one receivable
are one basis of the invoice behind it, so each part may be financed; anything else that would finance the
invoice is another basis, and is refused with ``ENC_ACTIVE``. The module has no actions: other modules take
and free encumbrances for what they themselves decide, and it is theirs to ask who may: a thing is taken by
whoever names it first. What an invoice is called elsewhere is the registry's
business, which takes and frees invoices for all modules (``registry.claims``).

Record (key after ``encumbrance/``): ``<thing>`` → ``[module, basis, kind, count, org]``; ``count``: how
often the basis has taken it and not freed it yet; ``org``: organisation for which it was encumbered first.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Final

from p2pchain.business.encumbrance.refusals import EncumbranceActive
from p2pchain.codec.receivable_ids import ID_BYTES
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.fields import Entry, Field
from p2pchain.ledger.kinds import Blob, Choice, Flag, Hash, Id, Integer, Optional, Organisation, Text
from p2pchain.ledger.module import Json, Module, Query, RecordType
from p2pchain.model.errors import Fact
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.transaction import Value

NAME = "encumbrance"
MODULE_BYTES_MAX = 32
SORT_CHARS_MAX: Final = 32
"""Longest name of a sort: letters of ASCII in lower case, digits and hyphens, a letter first."""
LETTERS: Final = "abcdefghijklmnopqrstuvwxyz"
FURTHER: Final = "0123456789-"
THINGS_MAX: Final = 1_500
"""Most things that are taken or freed at once; what an operation's budget of work allows may be less."""
PLEDGED = "pledged"
FINANCED = "financed"
LEASED = "leased"
LOCKED = "locked"
MORTGAGED = "mortgaged"
POOLED = "pooled"
RETIRED = "retired"
SEIZED = "seized"
SOLD = "sold"
DOCUMENT = b"document/"
RECEIVABLE = b"receivable/"

KIND: Final = Choice(
    words=(FINANCED, LEASED, LOCKED, MORTGAGED, PLEDGED, POOLED, RETIRED, SEIZED, SOLD),
    help="how it is encumbered",
)
SORT: Final = Field(
    name="sort",
    kind=Text(bytes_max=SORT_CHARS_MAX, help="sort of the thing, such as contract or collateral"),
    entry=Entry(is_argument=True),
)
INVOICE: Final = Field(
    name="document",
    kind=Id(of="registry.document", size=HASH_BYTES, help="the invoice, by the id of its document"),
    entry=Entry(is_argument=True),
)
CLAIM: Final = Field(
    name="receivable", kind=Id(of="receivable.receivable", size=ID_BYTES, help="the receivable")
)
THING: Final = Field(name="thing", kind=Hash(help="the thing, by its id"))
ID: Final = Field(
    name="id", kind=Blob(bytes_max=HASH_BYTES, help="id of the thing"), entry=Entry(is_argument=True)
)
ENCUMBERED_AS: Final = Field(name="encumbrance", kind=Optional(inner=KIND))
ENCUMBRANCE: Final = (
    Field(name="module", kind=Text(bytes_max=MODULE_BYTES_MAX, help="module that encumbers it")),
    Field(name="basis", kind=Blob(bytes_max=HASH_BYTES, help="the deal that it serves")),
    Field(name="encumbrance", kind=KIND),
    Field(name="count", kind=Integer(low=1, unit="times", help="times that it was encumbered")),
    Field(name="org", kind=Organisation(help="organisation for which it was encumbered first")),
)

Held = tuple[str, bytes, str, int, str]
"""(module, basis, kind, count, organisation) of what holds a thing."""


def thing_of(sort: str, id_: bytes) -> bytes:
    """Name a thing by its sort and the 32 bytes of its id."""
    assert is_sort(sort), f"a sort, not {sort!r}"
    assert len(id_) == HASH_BYTES, f"an id of {len(id_)} bytes"
    return sort.encode() + b"/" + id_


def is_sort(sort: str) -> bool:
    """Decide whether a text may name a sort of things."""
    return (
        0 < len(sort) <= SORT_CHARS_MAX
        and sort[0] in LETTERS
        and all(char in LETTERS or char in FURTHER for char in sort)
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
    return _enter(context, thing, held, (module, basis, kind, org))


def take_all(context: Context, things: Value, module: Value, basis: Value, kind: Value, org: Value) -> Value:
    """Encumber several things for a basis of ``module``, all or none; how many they are.

    ``EncumbranceActive`` with the first of them that another basis holds, before anything is written. One
    that stands twice among them is taken once. At most ``THINGS_MAX``.
    """
    held = {thing: record_of(context, thing) for thing in _things(things)}
    for thing, record in held.items():
        if record is not None and record[:2] != (module, basis):
            raise active(thing, record[2])
    for thing, record in held.items():
        _enter(context, thing, record, (module, basis, kind, org))
    return len(held)


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


def free_all(context: Context, things: Value, module: Value, basis: Value) -> Value:
    """Take back one encumbrance of this basis on each of several things; how many of them it held."""
    held = [free(context, thing, module, basis) for thing in dict.fromkeys(_things(things))]
    return len(held) - held.count(None)


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


def held_elsewhere(view: View, things: Value, module: Value, basis: Value) -> Value:
    """((place, kind), ...) of those of several things that another basis holds, by their places from 0."""
    held = [record_of(view, thing) for thing in _things(things)]
    return tuple(
        (place, record[2])
        for place, record in enumerate(held)
        if record is not None and record[:2] != (module, basis)
    )


def active(thing: bytes, kind: str) -> EncumbranceActive:
    """The refusal of what is encumbered already; it does not tell by whom."""
    sort, _, name = thing.partition(b"/")
    facts: dict[str, Fact] = {sort.decode(): name.hex(), "encumbrance": kind}
    return EncumbranceActive(facts)


def record_of(view: View, thing: bytes) -> Held | None:
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


def answer_show(view: View, args: Mapping[str, Value]) -> Json:
    """``{"sort", "id", "free", "encumbrance": kind | null}`` of any thing; nobody is named."""
    sort, id_ = args["sort"], args["id"]
    assert isinstance(sort, str), "the field takes text"
    assert isinstance(id_, bytes), "the field takes bytes"
    held = record_of(view, sort.encode() + b"/" + id_) if is_sort(sort) else None
    is_free = held is None
    return {"sort": sort, "id": id_.hex(), "free": is_free, "encumbrance": None if held is None else held[2]}


def _enter(context: Context, thing: bytes, held: Held | None, taken: tuple[Value, ...]) -> int:
    """Write that a basis holds a thing once more; how often now. ``taken``: (module, basis, kind, org)."""
    module, basis, kind, org = taken
    assert KIND.accepts(kind), f"a kind of encumbrance, not {kind!r}"
    count, first = (1, org) if held is None else (held[3] + 1, held[4])
    context.put(thing, (module, basis, kind, count, first))
    return count


def _things(things: Value) -> Sequence[bytes]:
    assert isinstance(things, tuple), f"things, not {things!r}"
    assert len(things) <= THINGS_MAX, f"{len(things)} things at once"
    return tuple(thing for thing in things if isinstance(thing, bytes))


MODULE = Module(
    name=NAME,
    source=__name__,
    refusals=(EncumbranceActive,),
    does="Prevent an asset from being pledged, financed, pooled or seized twice",
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
        RecordType(
            name="thing",
            prefix=b"",
            key=(SORT, THING),
            fields=ENCUMBRANCE,
            sentence="the {sort} {thing} is {encumbrance} for {org}, by {module}, for the deal {basis}, "
            "{count}",
        ),
    ),
    queries=(
        Query(
            name="document",
            fields=(INVOICE,),
            answer=answer_document,
            does="Show whether an invoice is encumbered, naming nobody",
            returns=(INVOICE, ENCUMBERED_AS),
        ),
        Query(
            name="show",
            fields=(SORT, ID),
            answer=answer_show,
            does="Show whether a thing of any sort is encumbered, naming nobody",
            returns=(SORT, ID, Field(name="free", kind=Flag(help="nothing encumbers it")), ENCUMBERED_AS),
        ),
    ),
    publics={
        "take": take,
        "take_all": take_all,
        "free": free,
        "free_all": free_all,
        "drop": drop,
        "holder_of": holder_of,
        "held_elsewhere": held_elsewhere,
    },
)
