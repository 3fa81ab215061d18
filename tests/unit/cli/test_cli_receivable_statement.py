"""Payments found in a bank's statement by a command, and what is refused before anything is sent."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from p2pchain.business.software import MODULES
from p2pchain.cli.modules.table import group_of
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.plain_words import day_text
from tests.unit.cli.module_desk import ModuleDesk
from tests.unit.ledger.receivable_steps import BANKS, FIRMS, TODAY, Market

SAMPLES = Path(__file__).parents[2] / "samples"
BATCH = str(SAMPLES / "bank-notification-batch.xml")
RETURN = str(SAMPLES / "bank-statement-return.xml")
QR = "210000000003139471430009017"


class Desk(ModuleDesk):
    """A market whose receivables are presented."""

    days = 0

    def presented(self, amount: str) -> str:
        """A receivable of the buyer, held by the supplier and due."""
        assert isinstance(self.world, Market)
        self.days += 1
        due = day_text(TODAY + self.days)
        line = ("--to", "supplier", "--amount", amount, "--currency", "CNY", "--due", due, "--as", "buyer")
        issued = self.read("receivable", "issue", *line)
        receivable = str(issued["events"][0]["fields"]["receivable"])
        self.says("receivable", "accept", receivable, "--as", "buyer")
        self.world.later(1)
        self.says("receivable", "present", receivable, "--as", "supplier")
        return receivable

    def attests(self, receivable: str, *typed: str, by: str = "bank-a") -> dict[str, Any]:
        """What an attestation tells a program."""
        return self.read("receivable", "attest-payment", receivable, *typed, "--as", by)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> Desk:
    return Desk(tmp_path, capsys, Market(), Directory(MODULES), [group_of("receivable")], (*BANKS, *FIRMS))


@pytest.fixture
def million(desk: Desk) -> str:
    return desk.presented("1000000.00")


@pytest.mark.parametrize(
    ("reference", "why"),
    [
        ("e2e-2027/0601", "its EndToEndId is the reference e2e-2027/0601"),
        ("BANK-2", "its bank's reference is the reference BANK-2"),
        (QR, f"its remittance names the reference {QR}"),
        (f"{QR[:2]} {QR[2:7]} {QR[7:12]} {QR[12:]}", "its remittance names the reference 21 00000 00003"),
    ],
)
def test_the_entry_that_pays_is_found_by_its_reference(
    desk: Desk, million: str, reference: str, why: str
) -> None:
    done = desk.attests(million, "--statement", BATCH, "--reference", reference)
    assert done["code"] is None
    payment = done["payment"]
    assert (payment["entry"], payment["payment"], payment["reference"]) == (1, 2, reference)
    assert payment["why"].startswith(why)


def test_a_person_reads_which_entry_and_why(desk: Desk, million: str) -> None:
    line = ("--statement", BATCH, "--reference", "BANK-2", "--as", "bank-a")
    out = desk.says("receivable", "attest-payment", million, *line)
    assert "paid by entry 1, payment 2 of bank-notification-batch.xml, booked 2027-06-01: its bank's" in out
    assert "1000000.00 CNY; reference BANK-2" in out
    assert "payment attested by bank-a, reference BANK-2" in out


def test_an_iso_11649_reference_is_one_however_it_is_spelled(desk: Desk) -> None:
    small = desk.presented("400.00")
    done = desk.attests(small, "--statement", BATCH, "--reference", "rf18539007547034")
    assert (done["code"], done["payment"]["payment"]) == (None, 1)


def named(tmp_path: Path, text: str, *, way: str = "CRDT") -> str:
    """The batch with another remittance than rent, or of the other direction."""
    file = tmp_path / "named.xml"
    data = Path(BATCH).read_text("utf-8").replace(">Rent<", f">{text}<").replace("CRDT", way)
    file.write_text(data, "utf-8")
    return str(file)


def test_an_entry_that_names_the_receivable_needs_no_reference(desk: Desk, tmp_path: Path) -> None:
    """By the first digits of its id; the bank's reference is attested where the payer gave none."""
    rent = desk.presented("500.00")
    refused = desk.attests(rent, "--statement", BATCH)
    assert (refused["code"], refused["facts"]["of_amount"]) == ("PAY_ENTRY_NONE", 1)
    refused = desk.attests(rent, "--statement", named(tmp_path, f"for {rent[:11]}"))
    assert refused["code"] == "PAY_ENTRY_NONE"
    done = desk.attests(rent, "--statement", named(tmp_path, f"for {rent[:12]}, thanks"))
    assert (done["code"], done["payment"]["reference"]) == (None, "BANK-3")
    assert done["payment"]["why"] == "its remittance names the id of the receivable"


def test_the_payer_shows_what_left_its_account(desk: Desk, million: str, tmp_path: Path) -> None:
    line = ("--reference", "BANK-2", "--statement")
    refused = desk.attests(million, *line, BATCH, by="buyer")
    assert refused["code"] == "PAY_ENTRY_NONE"
    done = desk.attests(million, *line, named(tmp_path, "Rent", way="DBIT"), by="buyer")
    assert (done["code"], done["payment"]["direction"]) == (None, "DBIT")


def test_what_was_returned_is_not_attested(desk: Desk, million: str) -> None:
    line = ("--reference", "E2E-2027/0601", "--statement", BATCH)
    refused = desk.attests(million, *line, "--statement", RETURN)
    assert (refused["code"], refused["facts"]["returned_day"]) == ("PAY_ENTRY_RETURNED", "2027-06-02")
    assert desk.attests(million, *line)["code"] is None
    confirm = ("receivable", "confirm", million, "--statement", BATCH, "--as", "supplier")
    refused = desk.read(*confirm, "--statement", RETURN)
    assert refused["code"] == "PAY_ENTRY_RETURNED"
    assert desk.read(*confirm)["code"] is None


def test_none_several_pending_and_without_a_reference(desk: Desk, million: str, tmp_path: Path) -> None:
    line = ("--statement", str(tmp_path / "named.xml"), "--reference")
    named(tmp_path, "Rent")
    refused = desk.attests(million, *line, "BANK-1")
    assert (refused["code"], refused["facts"]["of_name"]) == ("PAY_ENTRY_NONE", 1)
    refused = desk.attests(million, *line, "NOTPROVIDED")
    assert refused["code"] == "PAY_REF_UNUSABLE"
    whole = Path(BATCH).read_text("utf-8")
    start, end = whole.index("<Ntry>"), whole.index("</Ntry>") + len("</Ntry>")
    entry = whole[start:end]
    file = tmp_path / "named.xml"
    file.write_text(whole[:start] + entry + entry.replace("BANK-2", "BANK-4") + whole[end:], "utf-8")
    refused = desk.attests(million, *line, "E2E-2027/0601")
    assert refused["code"] == "PAY_ENTRY_SEVERAL"
    file.write_text(whole.replace(">BOOK<", ">PDNG<"), "utf-8")
    assert desk.attests(million, *line, "BANK-2")["code"] == "PAY_ENTRY_PENDING"
    bare = whole.replace("<Refs><AcctSvcrRef>BANK-3</AcctSvcrRef></Refs>", "")
    rent = desk.presented("500.00")
    file.write_text(bare.replace(">Rent<", f">{rent}<"), "utf-8")
    refused = desk.attests(rent, "--statement", str(file))
    assert refused["code"] == "PAY_ENTRY_UNREFERENCED"
