"""Bank statements and notifications of ISO 20022 (camt.053, camt.054, versions .02 to .13) as bookings.

An entry (``Ntry``) is one movement on an account; a batch booking holds the single payments below it
(``TxDtls``). Each payment becomes one booking. What has to be known of the files that banks write:

- ``Sts`` is text up to version .07 and ``Sts/Cd`` from .08 on; only ``BOOK`` has moved money.
- The amount of a payment in a batch is ``TxDtls/Amt``, in the oldest versions ``AmtDtls/TxAmt/Amt``. A
  payment that is alone in its entry has the entry's amount and direction: that is what moved on the account,
  and some banks write the other direction below it.
- A batch whose payments are in another file is no payment.
- References are broken by lines and tabs; ``NOTPROVIDED`` stands where there is none (SEPA rulebooks).
- A reversal (``RvslInd``), a reason of a return (``RtrInf``) or a code of one makes a booking a return: it
  undoes a payment, and is none itself.
"""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final
from xml.etree.ElementTree import Element

from p2pchain.documents.amounts import signed_minor_units
from p2pchain.documents.bank_refusals import NotBankStatement, StatementEntryInvalid
from p2pchain.documents.characters import ascii_lower
from p2pchain.documents.refusals import InvalidAmount
from p2pchain.documents.safe_xml import parse_xml
from p2pchain.documents.statements import plain_text

BOOKED: Final = "BOOK"
NONE_PROVIDED: Final = frozenset({"", "notprovided", "nonref"})
"""Texts, in lower case, that stand where there is no reference."""
TEXTS_MAX: Final = 64
"""Most references of one sort, and most lines of remittance, that are read of one payment."""

_NAMESPACE: Final = re.compile(r"urn:iso:std:iso:20022:tech:xsd:camt\.05[34]\.001\.(?:0[2-9]|1[0-3])")
_REPORTS: Final = ("BkToCstmrStmt/Stmt", "BkToCstmrDbtCdtNtfctn/Ntfctn")
_CREDIT: Final = {"CRDT": True, "DBIT": False}
_RETURN_CODES: Final = frozenset({"RRTN", "RPCR", "PRDD", "UPDD", "RCDD"})
"""Bank transaction sub-families that undo a payment: returned, cancelled, reversed or unpaid."""
_SUB_FAMILY: Final = "BkTxCd/Domn/Fmly/SubFmlyCd"
_NOUN: Final = "bank statement"


@dataclass(frozen=True, slots=True, kw_only=True)
class Booking:
    """One payment on an account.

    ``entry``, ``payment``: places in the file and in the entry, from 1. ``instructed``: what the payer
    ordered, where that is another amount or currency. ``ids``: what a return repeats of the payment that it
    undoes. ``servicer_references``: the bank's own, of this payment alone.
    """

    entry: int
    payment: int
    account: str
    is_credit: bool
    is_booked: bool
    is_return: bool
    day: str
    amount_minor: int
    currency: str
    instructed: tuple[int, str] | None
    end_to_end_id: str | None
    ids: tuple[str, ...]
    creditor_references: tuple[str, ...]
    servicer_references: tuple[str, ...]
    remittance: tuple[str, ...]


def read_bank_statement(data: bytes) -> tuple[Booking, ...]:
    """Read the payments of a statement or notification, in the order of the file.

    Raises as ``parse_xml``, ``NotBankStatement``, ``StatementEntryInvalid``.
    """
    root = parse_xml(data, _NOUN)
    namespace, _, local = root.tag.removeprefix("{").rpartition("}")
    if local != "Document" or _NAMESPACE.fullmatch(namespace) is None:
        raise NotBankStatement(root=local, namespace=namespace)
    reader = _Reader(namespace)
    reports = [report for path in _REPORTS for report in reader.all(root, path)]
    if not reports:
        raise NotBankStatement(
            root=root[0].tag.rpartition("}")[2] if len(root) else local, namespace=namespace
        )
    number = 0
    bookings: list[Booking] = []
    for report in reports:
        account = reader.text(report, "Acct/Id/IBAN") or reader.text(report, "Acct/Id/Othr/Id")
        for entry in reader.all(report, "Ntry"):
            number += 1
            bookings.extend(reader.bookings(entry, number, account))
    return tuple(bookings)


class _Reader:
    """Reads elements of one version's namespace."""

    def __init__(self, namespace: str) -> None:
        self._names = {"": namespace}

    def all(self, element: Element, path: str) -> list[Element]:
        return element.findall(path, self._names)

    def text(self, element: Element, path: str) -> str:
        inner = element.find(path, self._names)
        return "" if inner is None else plain_text(inner.text or "")

    def bookings(self, entry: Element, number: int, account: str) -> Iterator[Booking]:
        """The payments of an entry; itself where it lists none and is no batch."""
        details = self.all(entry, "NtryDtls/TxDtls")
        counts = [self.text(batch, "NbOfTxs") for batch in self.all(entry, "NtryDtls/Btch")]
        stated = sum(int(count) for count in counts if re.fullmatch("[0-9]{1,15}", count))
        is_single = len(details) <= 1 and stated <= 1
        if len(details) <= 1 and not is_single:
            return
        if not details:
            yield self._booking(entry, None, number, 1, account, is_single=True)
        for place, detail in enumerate(details, 1):
            if is_single or self._amount_of(detail) is not None:
                yield self._booking(entry, detail, number, place, account, is_single=is_single)

    def _booking(
        self,
        entry: Element,
        detail: Element | None,
        number: int,
        place: int,
        account: str,
        *,
        is_single: bool,
    ) -> Booking:
        part = entry if detail is None else detail
        own = None if is_single else self._amount_of(part)
        amount = own if own is not None else entry.find("Amt", self._names)
        minor, currency = self._amount(amount, number)
        instructed = part.find("AmtDtls/InstdAmt/Amt", self._names)
        ids = self._references(part, "Refs/EndToEndId", "Refs/UETR", "Refs/TxId", "Refs/InstrId")
        entry_reference = self._references(entry, "AcctSvcrRef") if is_single else ()
        end_to_end = self._references(part, "Refs/EndToEndId")
        return Booking(
            entry=number,
            payment=place,
            account=account,
            is_credit=self._is_credit(entry, None if is_single else detail, number),
            is_booked=BOOKED in (self.text(entry, "Sts"), self.text(entry, "Sts/Cd")),
            is_return=self._is_return(entry, part),
            day=self.text(entry, "BookgDt/Dt") or self.text(entry, "BookgDt/DtTm")[:10],
            amount_minor=minor,
            currency=currency,
            instructed=None if instructed is None else self._amount(instructed, number),
            end_to_end_id=end_to_end[0] if end_to_end else None,
            ids=ids,
            creditor_references=self._references(part, "RmtInf/Strd/CdtrRefInf/Ref"),
            servicer_references=tuple(
                dict.fromkeys((*self._references(part, "Refs/AcctSvcrRef"), *entry_reference))
            ),
            remittance=self._references(part, "RmtInf/Ustrd"),
        )

    def _is_credit(self, entry: Element, detail: Element | None, number: int) -> bool:
        stated = "" if detail is None else self.text(detail, "CdtDbtInd")
        stated = stated or self.text(entry, "CdtDbtInd")
        if stated not in _CREDIT:
            raise StatementEntryInvalid(entry=number, element="CdtDbtInd", stated=stated)
        return _CREDIT[stated]

    def _is_return(self, entry: Element, part: Element) -> bool:
        codes = {self.text(element, _SUB_FAMILY) for element in (entry, part)}
        is_reversal = self.text(entry, "RvslInd") in ("true", "1")
        return is_reversal or part.find("RtrInf", self._names) is not None or bool(codes & _RETURN_CODES)

    def _amount_of(self, detail: Element) -> Element | None:
        own = detail.find("Amt", self._names)
        return own if own is not None else detail.find("AmtDtls/TxAmt/Amt", self._names)

    def _amount(self, element: Element | None, number: int) -> tuple[int, str]:
        text = "" if element is None else plain_text(element.text or "")
        currency = "" if element is None else element.get("Ccy", "")
        try:
            return signed_minor_units(text, currency), currency
        except InvalidAmount as error:
            stated = f"{text} {currency}"
            raise StatementEntryInvalid(entry=number, element="Amt", stated=stated) from error

    def _references(self, element: Element, *paths: str) -> tuple[str, ...]:
        texts = (
            plain_text(inner.text or "") for path in paths for inner in self.all(element, path)[:TEXTS_MAX]
        )
        return tuple(dict.fromkeys(text for text in texts if ascii_lower(text) not in NONE_PROVIDED))
