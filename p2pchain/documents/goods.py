"""Documents of goods: bills of lading and warehouse receipts. What they say, and what they are called.

Such a document is of one issuer (carrier, warehouse), who numbers it, and stands for goods, not for an
amount. It is named as an invoice is (``names``): a strong name by an issuer that one identifier names, the
loose number and the issuer's name beside. Across kinds:

- A bill bears a name by its number alone, and one for each purchase order of its shipper that it names; an
  order bears the latter, too. Whoever refers to a bill or an order refers to these names, so that two
  invoices that refer to one order have nothing to do with each other, and each meets the order.
- A bill or receipt refers to the invoices of its shipper or depositor that bear a number that it states.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, replace
from typing import Final

from p2pchain.documents.folding import fold_number, loosen_number, name_forms
from p2pchain.documents.identities import PartyIdentity
from p2pchain.documents.names import (
    NAMES_MAX,
    DocumentNames,
    InvoiceName,
    goods_digest,
    name_digest,
)

BILL: Final = "bill"
RECEIPT: Final = "receipt"
ORDER: Final = "order"
NAME: Final = "name"
REFERENCES_MAX: Final = 8
"""Most names of other documents that one refers to across kinds, and most orders that a bill bears."""


@dataclass(frozen=True, slots=True, kw_only=True)
class GoodsFacts:
    """A document of goods. ``kind``: ``BILL`` or ``RECEIPT``; ``issuer``: identities of who numbers it;
    ``content``: what else it says that makes it this one; ``owner``: shipper or depositor; ``orders``,
    ``bills``, ``numbers``: of documents that it names, ``numbers`` where it does not say of which kind.
    """

    kind: str
    number: str
    issuer: tuple[PartyIdentity, ...]
    content: tuple[str, ...]
    owner: str | None = None
    orders: tuple[str, ...] = ()
    bills: tuple[str, ...] = ()
    numbers: tuple[str, ...] = ()


def name_goods(facts: GoodsFacts, key: bytes) -> DocumentNames:
    """Name a document of goods under ``key``. Raises ``FingerprintKeyTooShort``."""
    number, loose = fold_number(facts.number), loosen_number(facts.number)
    of_kind = [_of_kind(facts.kind, identity) for identity in facts.issuer]
    weakly = [replace(identity, strong=False, apart=False) for identity in of_kind if identity.main]
    names = [named(identity, number, key) for identity in of_kind]
    names += [named(identity, loose, key) for identity in weakly]
    bears: list[bytes] = []
    if facts.kind == BILL:
        bears = [name_digest(key, BILL, "", number), *orders_of(facts.owner, facts.orders, key)]
    names = [*names[: NAMES_MAX - REFERENCES_MAX - 1], *(weak(digest) for digest in bears)]
    refers = [
        *(bills_of(facts.bills, key) if facts.kind != BILL else ()),
        *orders_of(facts.owner, facts.orders, key),
        *_invoices_of(facts.owner, facts.numbers, key),
    ]
    return DocumentNames(
        names=tuple({name.digest: name for name in reversed(names)}.values())[::-1],
        content=goods_digest(key, facts.kind, facts.content),
        corrects=tuple(dict.fromkeys(refers))[:NAMES_MAX],
    )


def bills_of(numbers: Iterable[str], key: bytes) -> tuple[bytes, ...]:
    """Digests of the names of bills of these numbers."""
    folded = dict.fromkeys(number for text in numbers if (number := fold_number(text)))
    return tuple(name_digest(key, BILL, "", number) for number in folded)[:REFERENCES_MAX]


def orders_of(seller: str | None, numbers: Iterable[str], key: bytes) -> tuple[bytes, ...]:
    """Digests of the names of purchase orders of these numbers to a seller."""
    return tuple(_of_owner(ORDER, seller, numbers, key))[:REFERENCES_MAX]


def named(identity: PartyIdentity, number: str, key: bytes) -> InvoiceName:
    """The name by an identity and a number."""
    return InvoiceName(
        scheme=identity.scheme,
        strong=identity.strong,
        apart=identity.apart,
        digest=name_digest(key, identity.scheme, identity.text, number),
    )


def weak(digest: bytes) -> InvoiceName:
    """A weak name of a document that others refer to."""
    return InvoiceName(scheme="", strong=False, apart=False, digest=digest)


def _invoices_of(owner: str | None, numbers: Iterable[str], key: bytes) -> Iterator[bytes]:
    """Digests of the names by the seller's name of invoices of these numbers."""
    return _of_owner(NAME, owner, numbers, key)


def _of_owner(scheme: str, owner: str | None, numbers: Iterable[str], key: bytes) -> Iterator[bytes]:
    folded = dict.fromkeys(number for text in numbers if (number := fold_number(text)))
    for number in folded:
        for form in name_forms(owner or "")[:1]:
            yield name_digest(key, scheme, form, number)


def _of_kind(kind: str, identity: PartyIdentity) -> PartyIdentity:
    return replace(identity, scheme=f"{kind}:{identity.scheme}")
