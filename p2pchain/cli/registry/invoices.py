"""Invoices as the registry's commands read them: from a file, and from what this home keeps of those that it
has read. Names and shares are made here, on this side of the socket.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any, Final

from p2pchain.business.registry.fields import DOCUMENT_ID
from p2pchain.cli.files import read_file
from p2pchain.cli.modules.arguments import resolve_id
from p2pchain.cli.modules.client_part import Made, Work
from p2pchain.client.faults import NodeRefused
from p2pchain.client.financiers_key import keys_in_force, read_registry_keys, recorded_epochs
from p2pchain.client.private_documents import PrivateDocuments
from p2pchain.client.registry import (
    FIRST_EPOCH,
    SHARE_WHOLE,
    EpochKey,
    NamedInvoice,
    encoded,
    financed_minor,
    key_operation,
    share_of,
)
from p2pchain.documents.amounts import amount_text, minor_units
from p2pchain.documents.facts import InvoiceFacts
from p2pchain.documents.financeable import name_document, read_document
from p2pchain.documents.goods import GoodsFacts
from p2pchain.documents.invoice import check_unassigned
from p2pchain.documents.refusals import ExceedsDue
from p2pchain.documents.safe_xml import DOCUMENT_BYTES_MAX
from p2pchain.model.errors import Refused
from p2pchain.model.ids import ChainId
from p2pchain.model.transaction import Operation

FINANCIER: Final = "financier"


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadInvoice:
    """An invoice, or another document, that was read from a file. ``document``: its id; ``first_key``: the
    operation that records the financiers' key, where the chain knows none yet.
    """

    facts: InvoiceFacts | GoodsFacts
    named: NamedInvoice
    document: bytes
    first_key: Operation | None


@dataclass(frozen=True, slots=True, kw_only=True)
class PartDue:
    """An invoice of which less is due than its total; decimal texts."""

    due: str
    total: str
    currency: str

    @property
    def note(self) -> str:
        """Return the note for a person."""
        return f"{self.due} {self.currency} of {self.total} is due (BT-115): no more can be financed"


async def register(work: Work) -> Made:
    """Read the invoice and keep its facts in this home. Raises as ``read``, and ``DOC_ASSIGNED``."""
    invoice = await read(work, work.options["file"])
    facts, part = invoice.facts, None
    if isinstance(facts, InvoiceFacts):
        if not work.options["acknowledge_assigned"]:
            check_unassigned(facts)
        _documents(work).keep(invoice.document.hex(), facts)
        part = part_due(facts)
    return Made(
        values={"document": invoice.document, "declarations": invoice.named.declarations},
        before=() if invoice.first_key is None else (invoice.first_key,),
        report={"document": invoice.document.hex(), "kind": facts.kind, **_report(part)},
        notes=_notes(part),
    )


async def finance(work: Work) -> Made:
    """Make the share to finance: of an amount, or of all that is due and not financed yet (BT-115).

    Without the invoice all of the total, which the chain judges. Raises ``Refused``: ``DOC_INVALID_AMOUNT``,
    ``REG_EXCEEDS_TOTAL``, ``REG_INVOICE_NEEDED`` where this home never read the document,
    ``REG_INVOICE_MISMATCH`` where the file is another one, ``DOC_EXCEEDS_DUE`` where more would be financed
    than is due.
    """
    document, amount = _document(work), work.options["amount"]
    facts = await _facts(work, document)
    part = None if facts is None else part_due(facts)
    if facts is None or part is None:
        share = SHARE_WHOLE if amount is None else _share(document, amount, facts)
    else:
        share = await _share_due(work, document, amount, facts)
    report = {"document": document.hex(), **_report(part)}
    return Made(values={"share": share}, report=report, notes=_notes(part))


async def release(work: Work) -> Made:
    """Make the share to let go of, null for all of it. Raises as ``finance`` for an amount."""
    document, amount = _document(work), work.options["amount"]
    share = None if amount is None else _share(document, amount, await _facts(work, document))
    return Made(values={"share": share}, report={"document": document.hex()})


async def check(work: Work) -> Made:
    """Name the document that is asked about: by its id, or by the invoice in a file."""
    which: str = work.options["which"]
    if _is_file(which):
        invoice = await read(work, Path(which))
        return Made(
            values={"document": invoice.document, "declarations": encoded(invoice.named.declarations)}
        )
    document = await resolve_id(work.directory, work.client, DOCUMENT_ID, which)
    return Made(values={"document": document, "declarations": None})


async def read(work: Work, path: Path) -> ReadInvoice:
    """Read an invoice and name it under each key that lives.

    Its document is the one that the chain knows already under an older key, else that of the newest.
    Raises ``Refused``: what ``documents`` refuses, ``AUTH_ROLE`` where the account may not use the
    registry at all, and only then ``REG_KEY_MISSING`` or ``REG_WRONG_KEY`` where this home lacks the key
    that financiers share.
    """
    facts = read_document(read_file(path, DOCUMENT_BYTES_MAX, "give the file of the document"))
    directory = work.session.keys
    keys = read_registry_keys(directory)
    if not keys:
        await _require_financier(work)
    chain_id = ChainId(str((await work.client.status())["chain_id"]))
    live = keys_in_force(await recorded_epochs(work.client), keys, chain_id, directory)
    first_key = None
    if live is None:
        live = (EpochKey(epoch=FIRST_EPOCH, key=keys[0]),)
        first_key = key_operation("set_key", FIRST_EPOCH, keys[0], chain_id)
    named = NamedInvoice(by_epoch=tuple((epoch, name_document(facts, epoch.key)) for epoch in live))
    document = await _known(work, named.documents)
    return ReadInvoice(facts=facts, named=named, document=document, first_key=first_key)


def part_due(facts: InvoiceFacts) -> PartDue | None:
    """Return the part of an invoice that is due (BT-115), None where it is all of it."""
    if facts.payable_minor == facts.total_minor:
        return None
    due, total = (amount_text(minor, facts.currency) for minor in (facts.payable_minor, facts.total_minor))
    return PartDue(due=due, total=total, currency=facts.currency)


async def _known(work: Work, documents: Sequence[bytes]) -> bytes:
    """Choose the id of a document that the chain knows; where it knows none, that of the newest epoch."""
    for document in documents[1:]:
        if await _shown(work, document) is not None:
            return document
    return documents[0]


async def _share_due(work: Work, document: bytes, amount: str | None, facts: InvoiceFacts) -> int:
    """The share of an invoice that is due in part: of the amount, or of all that is left."""
    shown = await _shown(work, document)
    shares = 0 if shown is None else int(shown["share"]) + int(shown["repaid_share"])
    already_minor = financed_minor(shares, facts.total_minor)
    left_minor = facts.payable_minor - already_minor
    wanted_minor = max(left_minor, 1) if amount is None else minor_units(amount, facts.currency)
    if wanted_minor > left_minor:
        raise ExceedsDue(
            amount=amount_text(wanted_minor + already_minor, facts.currency),
            due=amount_text(facts.payable_minor, facts.currency),
            total=amount_text(facts.total_minor, facts.currency),
            currency=facts.currency,
        )
    return share_of(wanted_minor, facts.total_minor)


def _share(document: bytes, amount: str, facts: InvoiceFacts | None) -> int:
    """Compute an amount's share of the invoice's total; decimal text in the invoice's currency."""
    if facts is None:
        hint = "give the invoice's file with --invoice FILE, the chain holds no amounts; of goods finance all"
        raise Refused("REG_INVOICE_NEEDED", {"document": document.hex()}, hint)
    return share_of(minor_units(amount, facts.currency), facts.total_minor)


async def _facts(work: Work, document: bytes) -> InvoiceFacts | None:
    """The facts of a document: of the file that is given, else as this home keeps them."""
    path: Path | None = work.options["invoice"]
    if path is None:
        return _documents(work).find(document.hex())
    invoice = await read(work, path)
    if document not in invoice.named.documents:
        differs = {"document": document.hex(), "found": invoice.document.hex()}
        raise Refused("REG_INVOICE_MISMATCH", differs, "give the file of this document")
    if not isinstance(invoice.facts, InvoiceFacts):
        return None
    _documents(work).keep(document.hex(), invoice.facts)
    return invoice.facts


async def _shown(work: Work, document: bytes) -> Mapping[str, Any] | None:
    """Return the chain's record of a document, or None."""
    try:
        return await work.client.query("registry", "show", {"document": document})
    except NodeRefused as fault:
        if fault.code != "REG_UNKNOWN_DOCUMENT":
            raise
    return None


async def _require_financier(work: Work) -> None:
    """Raise ``Refused`` ``AUTH_ROLE`` as the chain would; ``ACCOUNT_UNKNOWN`` where no member has the
    account.
    """
    account = await work.client.query("membership", "account", {"public_key": work.signer})
    if FINANCIER not in account["roles"]:
        facts = {"role_needed": FINANCIER, "module": "registry", "account": str(account["name"])}
        raise Refused("AUTH_ROLE", facts, f"sign with an account that holds the role {FINANCIER}")


def _document(work: Work) -> bytes:
    document = work.values["document"]
    assert isinstance(document, bytes), "the field takes an id"
    return document


def _documents(work: Work) -> PrivateDocuments:
    return PrivateDocuments(work.session.documents)


def _report(part: PartDue | None) -> Mapping[str, Any]:
    return {} if part is None else {"part_due": asdict(part)}


def _notes(part: PartDue | None) -> tuple[str, ...]:
    return () if part is None else (part.note,)


def _is_file(text: str) -> bool:
    """Tell a file's name from the beginning of an id."""
    return Path(text).exists() or any(digit not in "0123456789abcdef" for digit in text.lower())
