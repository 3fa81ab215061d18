"""Warehouse receipts as JSON of this project's own making.

No open format of warehouse receipts was found: the UNCITRAL/UNIDROIT Model Law on Warehouse Receipts (2024)
and GB/T 30332-2013 list what one states, and no syntax. So the file holds those statements under plain names:
``{"warehouse_receipt": {"number", "issued", "warehouse": {"name", "vat", "registration": {"scheme",
"number"}, "country"}, "depositor", "place", "goods": [{"description", "quantity", "unit", "lot"}], "bills":
[...], "orders": [...], "invoices": [...]}}``.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from p2pchain.codec.exact_json import read_decimal_json
from p2pchain.documents.facts import Party, SchemedId
from p2pchain.documents.folding import fold_name, fold_number
from p2pchain.documents.goods import RECEIPT, GoodsFacts
from p2pchain.documents.goods_json import ROWS_MAX, GoodsInvalid, day, mapping, rows, text
from p2pchain.documents.identities import PartyIdentity, identities_of
from p2pchain.documents.statements import plain_text

ROOT: Final = "warehouse_receipt"


def read_receipt(data: bytes) -> GoodsFacts:
    """Read a warehouse receipt. Raises ``GoodsInvalid``, ``Invalid`` for what is no strict JSON."""
    receipt = mapping(mapping(read_decimal_json(data), "file").get(ROOT), ROOT)
    number = text(receipt, "number")
    if not fold_number(number):
        raise GoodsInvalid(field="number", text=number, expected="a number")
    goods = rows(receipt, "goods")
    if not goods:
        raise GoodsInvalid(field="goods", text="", expected="what lies in the warehouse")
    return GoodsFacts(
        kind=RECEIPT,
        number=number,
        issuer=_warehouse(mapping(receipt.get("warehouse"), "warehouse")),
        content=(day(receipt, "issued"), *sorted(map(_goods, goods))),
        owner=text(receipt, "depositor", needed=False) or None,
        orders=_texts(receipt, "orders"),
        bills=_texts(receipt, "bills"),
        numbers=_texts(receipt, "invoices"),
    )


def _warehouse(tree: Mapping[str, Any]) -> tuple[PartyIdentity, ...]:
    registration = tree.get("registration")
    legal = None if registration is None else mapping(registration, "registration")
    identities = identities_of(
        Party(
            name=text(tree, "name"),
            vat_id=text(tree, "vat", needed=False) or None,
            legal_id=None
            if legal is None
            else SchemedId(scheme=text(legal, "scheme", needed=False), text=text(legal, "number")),
            country=text(tree, "country", needed=False) or None,
        )
    )
    if not identities:
        raise GoodsInvalid(field="warehouse", text=text(tree, "name"), expected="who keeps the goods")
    return identities


def _goods(row: Mapping[str, Any]) -> str:
    """A lot of goods, folded."""
    words = (fold_name(text(row, name, needed=False)) for name in ("description", "unit", "lot"))
    return "\n".join((str(row.get("quantity", "")), *words))


def _texts(tree: Mapping[str, Any], name: str) -> tuple[str, ...]:
    value = tree.get(name) or []
    if not isinstance(value, list) or len(value) > ROWS_MAX or not all(isinstance(row, str) for row in value):
        raise GoodsInvalid(field=name, text=str(value), expected="a list of texts")
    return tuple(plain_text(row) for row in value)
