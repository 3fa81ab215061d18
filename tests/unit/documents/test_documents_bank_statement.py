"""Statements of banks are read as banks write them; returns undo the payment that they are of."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.documents.bank_returns import merged, undone
from p2pchain.documents.bank_statement import Booking, read_bank_statement
from p2pchain.model.errors import Refused

SAMPLES = Path(__file__).parents[2] / "samples"
BATCH = SAMPLES / "bank-notification-batch.xml"
RETURN = SAMPLES / "bank-statement-return.xml"
SHARED = Path(__file__).parents[4] / "shared" / "data" / "iso20022"


def entry(
    *details: str, amount: str = "9.00", way: str = "CRDT", status: str = "BOOK", rest: str = ""
) -> str:
    """One entry as older versions have it; ``details``: contents of its ``TxDtls``."""
    inner = "".join(f"<TxDtls>{detail}</TxDtls>" for detail in details)
    return (
        f'<Ntry><Amt Ccy="EUR">{amount}</Amt><CdtDbtInd>{way}</CdtDbtInd><Sts>{status}</Sts>'
        f"<BookgDt><DtTm>2027-06-01T09:00:00</DtTm></BookgDt>{rest}<NtryDtls>{inner}</NtryDtls></Ntry>"
    )


def statement(*entries: str, version: str = "053.001.02") -> bytes:
    """A file of these entries on one account."""
    outer, inner = ("BkToCstmrStmt", "Stmt") if version < "054" else ("BkToCstmrDbtCdtNtfctn", "Ntfctn")
    account = "<Acct><Id><Othr><Id>1234</Id></Othr></Id></Acct>"
    namespace = f"urn:iso:std:iso:20022:tech:xsd:camt.{version}"
    return (
        f'<Document xmlns="{namespace}"><{outer}><{inner}>{account}{"".join(entries)}</{inner}></{outer}>'
        "</Document>"
    ).encode()


def refused(data: bytes) -> Refused:
    """Why a file is not read."""
    with pytest.raises(Refused) as refusal:
        read_bank_statement(data)
    return refusal.value


def test_a_batch_is_read_payment_by_payment() -> None:
    """NOTPROVIDED is none; a reference with a line break is one; the batch's own reference is of none."""
    first, second, third = read_bank_statement(BATCH.read_bytes())
    assert [booking.amount_minor for booking in (first, second, third)] == [40_000, 100_000_000, 50_000]
    assert (first.end_to_end_id, first.ids) == (None, ())
    assert first.creditor_references == ("RF18 5390 0754 7034",)
    assert second.end_to_end_id == "E2E-2027 /0601"
    assert (second.entry, second.payment, second.day, second.is_booked) == (1, 2, "2027-06-01", True)
    assert second.servicer_references == ("BANK-2",)
    assert third.remittance == ("Rent",)


@pytest.mark.parametrize("number", range(2, 14))
@pytest.mark.parametrize("kind", ["053", "054"])
def test_versions_2_to_13_are_read(kind: str, number: int) -> None:
    status = "BOOK" if number < 8 else "<Cd>BOOK</Cd>"
    data = statement(entry("", status=status), version=f"{kind}.001.{number:02}")
    (booking,) = read_bank_statement(data)
    assert (booking.is_booked, booking.account, booking.day) == (True, "1234", "2027-06-01")


@pytest.mark.parametrize("version", ["052.001.08", "053.001.01", "053.001.14", "053.002.08"])
def test_other_messages_and_versions_are_refused(version: str) -> None:
    assert refused(statement(entry(), version=version)).code == "BANK_STATEMENT"


def test_what_is_no_statement() -> None:
    assert refused(b"<Document/>").code == "BANK_STATEMENT"
    assert refused(b"%PDF-1.7").code == "DOC_NOT_XML"
    assert refused(b"<!DOCTYPE x><Document/>").code == "DOC_FORBIDDEN_XML"


@pytest.mark.parametrize(
    ("part", "element"),
    [
        (entry(amount="9,00"), "Amt"),
        (entry(amount="9.001"), "Amt"),
        (entry(way="UP"), "CdtDbtInd"),
        (entry('<AmtDtls><InstdAmt><Amt Ccy="XXX">1</Amt></InstdAmt></AmtDtls>'), "Amt"),
    ],
)
def test_an_entry_that_is_not_understood_is_named(part: str, element: str) -> None:
    refusal = refused(statement(entry(), part))
    assert (refusal.code, refusal.facts["entry"], refusal.facts["element"]) == (
        "BANK_STATEMENT_ENTRY",
        2,
        element,
    )


def test_a_single_payment_has_the_entrys_amount_and_direction() -> None:
    """Some banks write the other direction below the entry, or the amount before charges."""
    detail = '<Amt Ccy="USD">11.00</Amt><CdtDbtInd>CRDT</CdtDbtInd>'
    (booking,) = read_bank_statement(statement(entry(detail, way="DBIT")))
    assert (booking.amount_minor, booking.currency, booking.is_credit) == (900, "EUR", False)


def test_a_batch_whose_payments_are_elsewhere_is_no_payment() -> None:
    batch = entry(rest="<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch></NtryDtls>")
    lump = entry("", rest="<NtryDtls><Btch><NbOfTxs>2</NbOfTxs></Btch></NtryDtls>")
    several = entry("", '<Amt Ccy="EUR">4.00</Amt>')
    assert [booking.amount_minor for booking in read_bank_statement(statement(batch, lump, several))] == [400]


def test_what_is_pending_is_not_booked() -> None:
    bookings = read_bank_statement(
        statement(entry(status="PDNG"), entry(status="INFO"), entry(status="BOOK"))
    )
    assert [booking.is_booked for booking in bookings] == [False, False, True]


@pytest.mark.parametrize(
    "rest",
    [
        "<RvslInd>true</RvslInd>",
        "<RvslInd>1</RvslInd>",
        "<BkTxCd><Domn><Fmly><SubFmlyCd>UPDD</SubFmlyCd></Fmly></Domn></BkTxCd>",
    ],
)
def test_a_return_is_marked_by_the_entry(rest: str) -> None:
    (booking,) = read_bank_statement(statement(entry(rest=rest)))
    assert booking.is_return


def of(id_: str, way: str, *, rest: str = "", amount: str = "9.00") -> str:
    """An entry of one payment with this id."""
    return entry(f"<Refs><EndToEndId>{id_}</EndToEndId></Refs>", way=way, rest=rest, amount=amount)


def gone(*entries: str) -> list[int]:
    """Places of the payments that were undone."""
    return sorted(undone(read_bank_statement(statement(*entries))))


def test_a_return_undoes_the_latest_payment_of_its_id() -> None:
    """Also one that no bank marked, and one that is less by a charge; what is paid again stands."""
    assert gone(of("A", "CRDT"), of("A", "DBIT", rest="<RvslInd>true</RvslInd>")) == [0]
    assert gone(of("A", "DBIT"), of("A", "CRDT", amount="8.00")) == [0]
    assert gone(of("A", "CRDT"), of("A", "DBIT"), of("A", "CRDT")) == [0]
    assert gone(of("A", "CRDT"), of("A", "CRDT"), of("A", "DBIT")) == [1]
    assert gone(of("A", "CRDT"), of("B", "DBIT")) == []
    assert gone(of("A", "DBIT", rest="<RvslInd>true</RvslInd>"), of("A", "CRDT")) == []


def test_a_marked_return_is_known_by_the_creditors_reference_too() -> None:
    reference = "<RmtInf><Strd><CdtrRefInf><Ref>RF1</Ref></CdtrRefInf></Strd></RmtInf>"
    paid = entry(reference)
    assert gone(paid, entry(reference, way="DBIT", rest="<RvslInd>true</RvslInd>")) == [0]
    assert gone(paid, entry(reference, way="DBIT", amount="8.00", rest="<RvslInd>true</RvslInd>")) == []
    assert gone(paid, entry(reference, way="DBIT")) == []


def test_a_return_in_a_later_file_undoes_it() -> None:
    """Whatever the order of the files."""
    notice, back = (read_bank_statement(file.read_bytes()) for file in (BATCH, RETURN))
    for files in ((notice, back), (back, notice)):
        bookings = [booking for _, booking in merged(files)]
        (place,) = undone(bookings)
        assert bookings[place].end_to_end_id == "E2E-2027 /0601"


def test_what_statement_and_notification_both_report_is_one() -> None:
    """As the file has it that knows more; within one file equal payments are two."""
    short = entry(rest="<AcctSvcrRef>R-1</AcctSvcrRef>")
    long = entry(
        "<Refs><EndToEndId>A</EndToEndId></Refs>",
        rest="<AcctSvcrRef>R-1</AcctSvcrRef>",
    )
    one, other = read_bank_statement(statement(short)), read_bank_statement(statement(long))
    for files in ((one, other), (other, one)):
        ((_, booking),) = merged(files)
        assert booking.end_to_end_id == "A"
    assert len(merged((read_bank_statement(statement(short, short)),))) == 2


def test_samples_of_banks() -> None:
    """PostFinance's and those of Finnish banks, where they are beside the repository: counts of payments, and
    the return among them.
    """
    read: dict[str, tuple[Booking, ...]] = {}
    for file in sorted(SHARED.glob("*.xml")):
        if file.name.startswith("valid_auth"):
            assert refused(file.read_bytes()).code == "BANK_STATEMENT"
        else:
            read[file.name] = read_bank_statement(file.read_bytes())
    counts = sorted(len(bookings) for bookings in read.values())
    assert counts in ([], [1, 1, 1, 2, 5, 6, 6, 8, 13])
    booked = [b for bookings in read.values() for b in bookings if b.is_booked and b.is_return]
    assert len(booked) == (1 if read else 0)
    assert all("\n" not in id_ for bookings in read.values() for b in bookings for id_ in b.ids)
