"""Receivables and policies as somebody types them: their commands are derived from the declarations."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.business.software import MODULES
from p2pchain.cli.modules.table import group_of
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.plain_words import day_text
from tests.unit.cli.module_desk import ModuleDesk
from tests.unit.ledger.receivable_steps import BANKS, FIRMS, TODAY, Market

DUE = day_text(TODAY + 90)
QUORUM = [word for name in (*BANKS, *FIRMS) for word in ("--as", name)]
ISSUE = (
    "receivable",
    "issue",
    "--to",
    "supplier",
    "--amount",
    "1000000.00",
    "--currency",
    "CNY",
    "--due",
    DUE,
)


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ModuleDesk:
    groups = [group_of("receivable"), group_of("policy")]
    return ModuleDesk(tmp_path, capsys, Market(), Directory(MODULES), groups, (*BANKS, *FIRMS))


@pytest.fixture
def whole(desk: ModuleDesk) -> str:
    """The id of one that the buyer accepted."""
    issued = desk.read(*ISSUE, "--as", "buyer")
    assert issued["code"] is None
    receivable = str(issued["events"][0]["fields"]["receivable"])
    desk.says("receivable", "accept", receivable[:6], "--as", "buyer")
    return receivable


def test_a_life_is_typed_and_read(desk: ModuleDesk, whole: str) -> None:
    """Sentences, tables, facts and a history, each with amounts, days and names."""
    out = desk.says("receivable", "split", whole[:8], "600000.00", "400000.00", "--as", "supplier")
    first, *_ = [line.partition(":")[0] for line in out.splitlines() if "created as a part" in line]
    assert f"{whole}: 1,000,000.00 CNY, split by supplier into 600,000.00 CNY, 400,000.00 CNY" in out
    out = desk.says(
        "receivable", "request-finance", first, "--by", "bank-a", "--price", "591000.00", "--as", "supplier"
    )
    assert "financing requested by supplier of bank-a" in out
    out = desk.says("receivable", "finance", first, "--no-document", "--as", "bank-a")
    assert "financed by bank-a for 591,000.00 CNY no recourse" in out
    listed = desk.says("receivable", "list", "--holder", "bank-a", "--status", "accepted")
    assert all(word in listed for word in (first[:12], "600,000.00 CNY", DUE, "overdue", "financier"))
    assert "currency" not in listed
    assert whole[:12] not in listed
    shown = desk.says("receivable", "show", first[:8])
    assert "supplier no recourse" in shown
    assert whole in shown
    steps = desk.says("receivable", "history", first)
    assert "into 600,000.00 CNY, 400,000.00 CNY" in steps
    assert "for 591,000.00 CNY no recourse" in steps


def test_what_is_left_out_follows_from_the_record(desk: ModuleDesk, whole: str) -> None:
    """Of a payment the whole amount, of a receivable the own organisation."""
    out = desk.says("receivable", "guarantee", whole, "--as", "bank-b")
    assert "guaranteed by bank-b" in out
    assert isinstance(desk.world, Market)
    desk.world.later(90)
    desk.says("receivable", "present", whole, "--as", "supplier")
    out = desk.says("receivable", "attest-payment", whole, "--reference", "E2E", "--as", "buyer")
    assert "payment attested by buyer, reference E2E" in out


def test_a_flag_that_says_no_has_one_form(desk: ModuleDesk) -> None:
    _, out, _ = desk.run("receivable", "finance", "--help")
    assert "--no-document" in out
    assert "--no-no-document" not in out
    assert "--recourse / --no-recourse" in desk.run("receivable", "transfer", "--help")[1]


def test_refusals_are_json_with_json_and_end_by_their_guilt(desk: ModuleDesk, whole: str) -> None:
    """Also those before anything is sent."""
    line = ("receivable", "transfer", "0000000000", "--to", "bank-b", "--as", "supplier")
    code, _, err = desk.run(*line)
    assert (code, "ID_UNKNOWN" in err, "p2pchain receivable list" in err) == (7, True, True)
    assert desk.read(*line) == {
        "tx_id": None,
        "height": None,
        "code": "ID_UNKNOWN",
        "facts": {"receivable": "0000000000"},
        "events": [],
    }
    code, _, err = desk.run("receivable", "cancel", whole, "--as", "buyer")
    assert (code, "RCV_IRREVOCABLE" in err) == (1, True)
    code, _, err = desk.run(*ISSUE[:-1], "tomorrow", "--as", "buyer")
    assert (code, "a day such as 2027-05-23" in err) == (1, True)


def test_policies_are_set_listed_and_taken_away(desk: ModuleDesk) -> None:
    two = "OutOf(2, buyer.issuer, bank-a.financier)"
    out = desk.says("policy", "set", "receivable", "accept", two, *QUORUM)
    assert f"policy of receivable accept: {two}" in out
    desk.says("policy", "own", "buyer", "1", "--as", "buyer")
    listed = desk.says("policy", "list")
    assert two in listed
    refused = desk.read("policy", "set", "receivable", "accept", "--as", "buyer")
    assert refused["code"] == "MEMBERSHIP_NO_QUORUM"
    desk.says("policy", "set", "receivable", "accept", *QUORUM)
    assert two not in desk.says("policy", "list")
    code, _, err = desk.run("policy", "set", "receivable", "accept", "both", *QUORUM)
    assert (code, "a policy such as OutOf(2" in err) == (1, True)
