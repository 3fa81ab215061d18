"""Bills of lading as JSON: the ``TransportDocument`` of DCSA's Bill of Lading API 3.0, alone or as the
``document`` of an issuance request.

Read are ``transportDocumentReference``, ``transportDocumentTypeCode`` (``BOL``; a sea waybill is no document
of title), ``transportDocumentStatus``, ``carrierCode`` with ``carrierCodeListProvider``,
``shippedOnBoardDate``, ``receivedForShipmentDate`` or ``issueDate``, ``documentParties.shipper.partyName``,
``references`` (of the document and of its consignment items) and the containers.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from typing import Any, Final

from p2pchain.codec.exact_json import read_decimal_json
from p2pchain.documents.folding import fold_identifier, fold_name, fold_number
from p2pchain.documents.goods import BILL, GoodsFacts
from p2pchain.documents.goods_json import GoodsInvalid, day, mapping, rows, text
from p2pchain.documents.identities import PartyIdentity

ORDERS: Final = frozenset({"SPO", "CPO"})
"""References of DCSA to a purchase order, as the shipper or the consignee calls it."""
OWN: Final = frozenset({"SI", "CR", "CSI", "AAO"})
"""References that shippers and consignees use for the number of an invoice, among others."""
NOT_ISSUED: Final = ("DRAFT", "APPROVED", "VOIDED", "SURRENDERED")
"""How the status of a bill begins that is not in force."""
_DATES: Final = ("shippedOnBoardDate", "receivedForShipmentDate", "issueDate")
_CODE: Final = re.compile(r"[A-Z0-9]{2,4}")


def read_bill(data: bytes) -> GoodsFacts:
    """Read a bill of lading. Raises ``GoodsInvalid``, ``Invalid`` for what is no strict JSON."""
    tree = mapping(read_decimal_json(data), "file")
    bill = mapping(tree["document"], "document") if "document" in tree else tree
    type_code = text(bill, "transportDocumentTypeCode")
    if type_code != "BOL":
        raise GoodsInvalid(
            field="transportDocumentTypeCode", text=type_code, expected="BOL, a bill of lading"
        )
    status = text(bill, "transportDocumentStatus", needed=False)
    if status.startswith(NOT_ISSUED):
        raise GoodsInvalid(field="transportDocumentStatus", text=status, expected="a bill that is in force")
    number = text(bill, "transportDocumentReference")
    if not fold_number(number):
        raise GoodsInvalid(field="transportDocumentReference", text=number, expected="a number")
    parties = mapping(bill.get("documentParties", {}), "documentParties")
    shipper = mapping(parties.get("shipper", {}), "shipper")
    references = tuple(_references(bill))
    return GoodsFacts(
        kind=BILL,
        number=number,
        issuer=(_carrier(bill),),
        content=(_date(bill), *sorted(_containers(bill))),
        owner=text(shipper, "partyName", needed=False) or None,
        orders=tuple(value for code, value in references if code in ORDERS),
        numbers=tuple(value for code, value in references if code in OWN),
    )


def _carrier(bill: Mapping[str, Any]) -> PartyIdentity:
    code, provider = text(bill, "carrierCode"), text(bill, "carrierCodeListProvider")
    if _CODE.fullmatch(code) is None:
        raise GoodsInvalid(field="carrierCode", text=code, expected="a code of SMDG or NMFTA")
    scheme = fold_name(provider)
    return PartyIdentity(scheme=scheme, text=fold_name(code), strong=True, apart=True, main=True)


def _date(bill: Mapping[str, Any]) -> str:
    for name in _DATES:
        if text(bill, name, needed=False):
            return day(bill, name)
    raise GoodsInvalid(field=_DATES[0], text="", expected="a day on which the goods were taken over")


def _references(bill: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    holders = [bill, *rows(bill, "consignmentItems")]
    for holder in holders:
        for row in rows(holder, "references"):
            yield text(row, "type"), text(row, "value")


def _containers(bill: Mapping[str, Any]) -> Iterator[str]:
    for row in rows(bill, "utilizedTransportEquipments"):
        equipment = mapping(row.get("equipment", row), "equipment")
        reference = fold_identifier(text(equipment, "equipmentReference", needed=False))
        if reference:
            yield reference
