"""The receivables' commands that read files of this machine."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, Final

import click

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import read_file
from p2pchain.cli.modules.client_part import Beside, ClientPart, FileReader, Made, Work
from p2pchain.cli.receivable.month import statement
from p2pchain.cli.receivable.statement_payment import WantedPayment, find_payment, folded
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields
from p2pchain.client.private_documents import PrivateDocuments
from p2pchain.documents.amounts import amount_text
from p2pchain.documents.bank_returns import merged
from p2pchain.documents.bank_statement import read_bank_statement
from p2pchain.documents.safe_xml import DOCUMENT_BYTES_MAX
from p2pchain.documents.statements import TERM_CHARS_MAX
from p2pchain.ledger.fields import Field
from p2pchain.ledger.kinds import Optional, Text
from p2pchain.model.errors import Refused

STATEMENTS_MAX: Final = 16
"""Most files of one command."""


async def attest_payment(work: Work) -> Made:
    """Take the reference as given, or of the entry that pays. Raises as ``find_payment``."""
    reference, files = work.options["reference"], work.options["statements"]
    if not files:
        if reference is None:
            raise click.UsageError("give --reference TEXT, or the bank's file with --statement FILE")
        return Made(values={"reference": reference})
    item = await _shown(work)
    account = await work.client.query("membership", "account", {"public_key": work.signer})
    payer = item["debtor"] if item["claim_on"] is None else item["claim_on"]
    return _payment_of(work, item, files, reference, is_credit=False if account["org"] == payer else None)


async def confirm(work: Work) -> Made:
    """Check that the attested payment is in the bank's file, where one is given. Raises as
    ``find_payment``.
    """
    files = work.options["statements"]
    item = await _shown(work) if files else {}
    if not item.get("reference"):
        return Made()
    made = _payment_of(work, item, files, item["reference"], is_credit=True)
    return Made(report=made.report, notes=made.notes)


async def _shown(work: Work) -> Mapping[str, Any]:
    receivable = work.values["receivable"]
    assert isinstance(receivable, bytes), "the field takes an id"
    return await work.client.query("receivable", "show", {"receivable": receivable})


def _payment_of(
    work: Work,
    item: Mapping[str, Any],
    files: Sequence[Path],
    reference: str | None,
    *,
    is_credit: bool | None,
) -> Made:
    """Return the paying entry of the files as values, report and a line."""
    if len(files) > STATEMENTS_MAX:
        raise click.UsageError(f"give at most {STATEMENTS_MAX} statements")
    hint = "give the bank's camt.053 or camt.054 file"
    read = [read_bank_statement(read_file(file, DOCUMENT_BYTES_MAX, hint)) for file in files]
    bookings = merged(read)
    amount, currency = int(item["amount_minor"]), str(item["currency"])
    wanted = WantedPayment(
        amount_minor=amount,
        currency=currency,
        is_credit=is_credit,
        reference=reference,
        names=_names(work, item, reference),
        id_digits=str(item["receivable"]).upper(),
    )
    paying = find_payment([booking for _, booking in bookings], wanted)
    number, booking = bookings[paying.place]
    report = {
        "file": str(files[number]),
        "entry": booking.entry,
        "payment": booking.payment,
        "day": booking.day,
        "direction": "CRDT" if booking.is_credit else "DBIT",
        "reference": paying.reference,
        "why": paying.why,
    }
    line = (
        f"paid by entry {booking.entry}, payment {booking.payment} of {files[number].name}, booked "
        f"{booking.day}: {paying.why}, {amount_text(amount, currency)} {currency}; "
        f"reference {paying.reference}"
    )
    return Made(values={"reference": paying.reference}, report={"payment": report}, notes=(line,))


def _names(work: Work, item: Mapping[str, Any], reference: str | None) -> dict[str, str]:
    """Map folded texts by which a payment may name the receivable. The values say what they are.
    ``PAY_REF_UNUSABLE``.
    """
    if reference is not None:
        name = folded(reference)
        if name is None:
            hint = "give the text that the bank's file has, in ASCII, not NOTPROVIDED"
            raise Refused("PAY_REF_UNUSABLE", {"reference": reference}, hint)
        return {name: f"the reference {reference}"}
    if item["document"] is None:
        return {}
    facts = PrivateDocuments(work.session.documents).find(str(item["document"]))
    number = None if facts is None else folded(facts.number)
    return {} if facts is None or number is None else {number: f"the number {facts.number} of its invoice"}


def _invoice_number(session: Session, row: Fields) -> Mapping[str, Any]:
    """The number of the invoice behind a receivable, where this home read it."""
    document = row["document"]
    facts = None if document is None else PrivateDocuments(session.documents).find(str(document))
    return {"invoice": None if facts is None else facts.number}


INVOICE: Final = Beside(
    fields=(Field(name="invoice", kind=Optional(inner=Text(bytes_max=TERM_CHARS_MAX))),), add=_invoice_number
)


def _statements(help_: str) -> click.Option:
    return click.Option(["--statement", "statements"], type=FILE, metavar="FILE", multiple=True, help=help_)


PART: Final = ClientPart(
    readers={
        "attest_payment": FileReader(
            make=attest_payment,
            parameters=(
                click.Option(
                    ["--reference"],
                    metavar="TEXT",
                    help="Of the bank's statement, at most 35 characters; one payment's.",
                ),
                _statements("The bank's camt.053 or camt.054 file with the payment; several times."),
            ),
        ),
        "confirm": FileReader(
            make=confirm,
            parameters=(
                _statements("The bank's file: the payment must be in it, and not returned; several times."),
            ),
        ),
    },
    beside={"list": INVOICE, "show": INVOICE},
    commands=(statement,),
)
