"""The registry's work behind its commands: documents are read, named and told apart here, on this side of
the socket.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.files import read_file
from p2pchain.cli.session import Session
from p2pchain.client.faults import NodeRefused
from p2pchain.client.financiers_key import keys_in_force, read_registry_keys, recorded_epochs
from p2pchain.client.node_client import NodeClient
from p2pchain.client.private_documents import PrivateDocuments
from p2pchain.client.registry import (
    FIRST_EPOCH,
    SHARE_WHOLE,
    EpochKey,
    NamedInvoice,
    financed_minor,
    key_operation,
    share_of,
)
from p2pchain.documents.amounts import amount_text, minor_units
from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.invoice import read_invoice
from p2pchain.documents.invoice_names import name_invoice
from p2pchain.documents.refusals import ExceedsDue
from p2pchain.documents.safe_xml import DOCUMENT_BYTES_MAX
from p2pchain.model.errors import Refused
from p2pchain.model.ids import HASH_BYTES, ChainId, PublicKey
from p2pchain.model.transaction import Operation

FINANCIER: Final = "financier"
DOCUMENT_CHARS: Final = 2 * HASH_BYTES
PREFIX_CHARS_MIN: Final = 8
_HEX: Final = re.compile(r"[0-9a-f]{8,64}")


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDocument:
    """An invoice that was read from a file. ``first_key``: the operation that records the financiers' key,
    where the chain knows none yet.
    """

    facts: InvoiceFacts
    named: NamedInvoice
    document: str
    first_key: Operation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDue:
    """An invoice of which less is due than its total; decimal texts."""

    due: str
    total: str
    currency: str


def part_due(facts: InvoiceFacts) -> PartDue | None:
    """Tell what is due of an invoice (BT-115), None where it is all of it."""
    if facts.payable_minor == facts.total_minor:
        return None
    due, total = (amount_text(each, facts.currency) for each in (facts.payable_minor, facts.total_minor))
    return PartDue(due=due, total=total, currency=facts.currency)


class Desk:
    """One account of a home at work with the registry."""

    def __init__(self, session: Session, client: NodeClient, account: PublicKey) -> None:
        """``account``: whoever asks and signs. ``part_due`` is that of the invoice last read or looked up."""
        self._session = session
        self._client = client
        self._account = account
        self.documents = PrivateDocuments(session.documents)
        self.part_due: PartDue | None = None

    async def read(self, path: Path) -> ReadDocument:
        """Read an invoice and name it under each key that lives.

        Its document is the one that the chain knows already under an older key, else that of the newest.
        Raises ``Refused``: what ``documents`` refuses, ``AUTH_ROLE`` where the account may not use the
        registry at all, and only then ``REG_KEY_MISSING`` or ``REG_WRONG_KEY`` where this home lacks the key
        that financiers share.
        """
        facts = read_invoice(read_file(path, DOCUMENT_BYTES_MAX, "give the XML file of an invoice"))
        keys = read_registry_keys(self._session.keys)
        if not keys:
            await self._require_financier()
        status = await self._client.status()
        chain_id = ChainId(str(status["chain_id"]))
        live = keys_in_force(await recorded_epochs(self._client), keys, chain_id, self._session.keys)
        first_key = None
        if live is None:
            live = (EpochKey(epoch=FIRST_EPOCH, key=keys[0]),)
            first_key = key_operation("set_key", FIRST_EPOCH, keys[0], chain_id)
        named = NamedInvoice(by_epoch=tuple((each, name_invoice(facts, each.key)) for each in live))
        document = await self._known(named.documents)
        self.part_due = part_due(facts)
        return ReadDocument(facts=facts, named=named, document=document.hex(), first_key=first_key)

    async def _known(self, documents: Sequence[bytes]) -> bytes:
        """Choose the id of a document that the chain knows; where it knows none, that of the newest epoch."""
        for document in documents[1:]:
            try:
                await self._client.query("registry", "show", {"document": document})
            except NodeRefused as fault:
                if fault.code != "REG_UNKNOWN_DOCUMENT":
                    raise
            else:
                return document
        return documents[0]

    async def resolve(self, given: str) -> str:
        """The document that ``given`` names: all of its 64 hexadecimal digits, or the first 8 or more
        where only one document begins so. Raises ``Refused`` ``DOCUMENT_UNKNOWN`` or ``DOCUMENT_AMBIGUOUS``.
        """
        prefix = given.lower()
        if not is_document(prefix):
            raise click.UsageError(
                f"{given!r} is no document: give {PREFIX_CHARS_MIN} to {DOCUMENT_CHARS} of its hex digits"
            )
        if len(prefix) == DOCUMENT_CHARS:
            return prefix
        found = sorted({*self.documents.starting_with(prefix), *await self._registered(prefix)})
        if not found:
            raise Refused("DOCUMENT_UNKNOWN", {"document": given}, "see: p2pchain registry list")
        if len(found) > 1:
            facts = {"document": given, "first": found[0], "second": found[1]}
            raise Refused("DOCUMENT_AMBIGUOUS", facts, "give more of its digits")
        return found[0]

    async def share(self, document: str, amount: str, invoice: Path | None) -> int:
        """The share that an amount (decimal text in the invoice's currency) is of a document's total.

        Raises ``Refused``: ``DOC_INVALID_AMOUNT``, ``REG_EXCEEDS_TOTAL``, ``REG_INVOICE_NEEDED`` where
        this home never read the document, ``REG_INVOICE_MISMATCH`` where ``invoice`` is another one.
        """
        facts = await self._facts(document, invoice)
        if facts is None:
            hint = "give its file with --invoice FILE; the chain holds no amounts"
            raise Refused("REG_INVOICE_NEEDED", {"document": document}, hint)
        return share_of(minor_units(amount, facts.currency), facts.total_minor)

    async def financed_share(self, document: str, amount: str | None, invoice: Path | None) -> int:
        """The share to finance: of an amount, or of all that is due and not financed yet (BT-115).

        Without the invoice all of the total, which the chain judges. Raises ``Refused`` as ``share``, and
        ``DOC_EXCEEDS_DUE`` where more would be financed than is due.
        """
        facts = await self._facts(document, invoice)
        self.part_due = None if facts is None else part_due(facts)
        if facts is None or self.part_due is None:
            return SHARE_WHOLE if amount is None else await self.share(document, amount, invoice)
        financed_minor = await self._financed_minor(document, facts)
        left_minor = facts.payable_minor - financed_minor
        wanted_minor = max(left_minor, 1) if amount is None else minor_units(amount, facts.currency)
        if wanted_minor > left_minor:
            raise ExceedsDue(
                amount=amount_text(wanted_minor + financed_minor, facts.currency),
                due=amount_text(facts.payable_minor, facts.currency),
                total=amount_text(facts.total_minor, facts.currency),
                currency=facts.currency,
            )
        return share_of(wanted_minor, facts.total_minor)

    async def _financed_minor(self, document: str, facts: InvoiceFacts) -> int:
        """What is financed of an invoice, or was repaid; 0 where the chain does not know it."""
        try:
            told = await self._client.query("registry", "show", {"document": bytes.fromhex(document)})
        except NodeRefused as fault:
            if fault.code != "REG_UNKNOWN_DOCUMENT":
                raise
            return 0
        return financed_minor(int(told["share"]) + int(told["repaid_share"]), facts.total_minor)

    async def _facts(self, document: str, invoice: Path | None) -> InvoiceFacts | None:
        return self.documents.find(document) if invoice is None else await self._same(document, invoice)

    async def _same(self, document: str, path: Path) -> InvoiceFacts:
        read = await self.read(path)
        if document not in [each.hex() for each in read.named.documents]:
            told = {"document": document, "found": read.document}
            raise Refused("REG_INVOICE_MISMATCH", told, "this file is another invoice")
        self.documents.keep(document, read.facts)
        return read.facts

    async def _require_financier(self) -> None:
        """Raise ``Refused`` ``AUTH_ROLE`` as the chain would; ``ACCOUNT_UNKNOWN`` where no member has the
        account.
        """
        account = await self._client.query("membership", "account", {"public_key": self._account})
        if FINANCIER not in account["roles"]:
            facts = {"role_needed": FINANCIER, "module": "registry", "account": str(account["name"])}
            raise Refused("AUTH_ROLE", facts, f"sign with an account that holds the role {FINANCIER}")

    async def _registered(self, prefix: str) -> list[str]:
        """At most two documents on the chain that begin with ``prefix``: they are listed in order, so ask
        from there.
        """
        before = int(prefix.ljust(DOCUMENT_CHARS, "0"), 16) - 1
        after = None if before < 0 else before.to_bytes(HASH_BYTES, "big")
        page = await self._client.query("registry", "list", {"after": after, "limit": 2})
        names = [str(entry["document"]) for entry in page["documents"]]
        return [name for name in names if name.startswith(prefix)]


def is_document(text: str) -> bool:
    """Whether a text may name a document: 8 to 64 hexadecimal digits."""
    return _HEX.fullmatch(text.lower()) is not None
