"""Titles and listings as somebody types them: files are read here, and only hashes and commitments leave."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from p2pchain.business.software import MODULES
from p2pchain.cli.modules.table import group_of
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.plain_words import day_text
from tests.unit.cli.module_desk import ModuleDesk
from tests.unit.ledger.ledger_world import CHAIN_ID
from tests.unit.ledger.title_steps import HOME, MEMBERS, TODAY, Town

SAMPLES = Path(__file__).parents[2] / "samples"
OWNERS, BUYER, OFFER = (
    str(SAMPLES / name) for name in ("title-owners.json", "title-buyer.json", "listing-reso.json")
)
DEED = OWNERS
"""Any file serves as an instrument: its hash is recorded."""
BUREAU, AGENT, COURT = (("--as", who) for who in ("bureau", "agent-a", "court"))


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ModuleDesk:
    groups = [group_of("title"), group_of("listing")]
    return ModuleDesk(tmp_path, capsys, Town(homes=()), Directory(MODULES), groups, MEMBERS)


def test_from_register_to_a_buyers_phone(desk: ModuleDesk, tmp_path: Path) -> None:
    kept = tmp_path / "kept.json"
    out = desk.says(
        "title", "register", HOME, "--owners", OWNERS, "--source", DEED, "--openings", str(kept), *BUREAU
    )
    assert f"{HOME}: registered by bureau, revision 1" in out
    opened = json.loads(kept.read_text("utf-8"))
    assert [owner["name"] for owner in opened["owners"]] == ["李华", "王芳"]
    assert "李华" not in out
    assert not [raw for _, raw in desk.world.ledger.walk(b"title/") if "李华".encode() in raw]
    assert "2/3" in desk.says("title", "owner", str(kept))
    until = day_text(TODAY + 90)
    mandate = ("--agent", "agent-a", "--until", until, "--source", DEED)
    desk.says("listing", "authorise", HOME, *mandate, *BUREAU)
    offered = desk.read("listing", "offer", OFFER, "--currency", "CNY", "--revision", "1", *AGENT)
    assert offered["code"] is None, offered
    listing = offered["events"][0]["fields"]["listing"]
    text = desk.read("listing", "qr", listing[:6])["text"]
    assert text == f"p2pchain:listing:{CHAIN_ID}:{listing}"
    said = desk.says("listing", "check", text)
    assert "verified, no mortgage or seizure as of now" in said
    assert "5,300,000.50 CNY" in said
    record = ("title", "record", HOME, "--kind", "seizure", "--from", day_text(TODAY), "--source", DEED)
    out = desk.says(*record, *COURT)
    assert "seizure 1 of court recorded by court, revision 2" in out
    assert "suspended by a change on record by court" in out
    assert "not verified: the home is seized" in desk.says("listing", "check", listing)
    code, _, err = desk.run("listing", "reprice", listing[:8], "--price", "5200000", *AGENT)
    assert (code, "LST_SUSPENDED" in err) == (1, True), err
    shown = desk.says("title", "show", HOME)
    assert "seizure" in shown
    assert "no standing" not in shown
    assert "seizure" in desk.says("title", "history", HOME)
    assert HOME in desk.says("title", "list")
    assert listing[:8] in desk.says("listing", "list", "--agent", "agent-a")


def test_a_sale_is_signed_and_carried_out(desk: ModuleDesk, tmp_path: Path) -> None:
    """The buyer's commitment, of the transfer and of the sale, is the one that its opening opens."""
    seller, buyer = tmp_path / "seller.json", tmp_path / "buyer.json"
    deed = ("--source", DEED)
    desk.says("title", "register", HOME, "--owners", BUYER, *deed, "--openings", str(seller), *BUREAU)
    until = day_text(TODAY + 60)
    desk.says("listing", "authorise", HOME, "--agent", "agent-a", "--until", until, *deed, *BUREAU)
    offered = desk.read("listing", "offer", OFFER, "--currency", "CNY", "--revision", "1", *AGENT)
    listing = offered["events"][0]["fields"]["listing"]
    owner = json.loads(seller.read_text("utf-8"))["owners"][0]["owner"]
    ready = tmp_path / "ready.json"
    committed = desk.says("title", "commit", BUYER, "--openings", str(ready)).split()[0]
    sale = (
        "--buyer",
        committed,
        "--price",
        "5250000",
        "--contract",
        DEED,
        "--until",
        until,
        "--revision",
        "1",
    )
    assert "sold, the contract signed by agent-a, 5,250,000.00 CNY" in desk.says(
        "listing", "sign-sale", listing, *sale, *AGENT
    )
    refused = desk.read(
        "title", "transfer", HOME, "--owners", OWNERS, "--from", owner, "--revision", "1", *deed,
        "--openings", str(buyer), *BUREAU,
    )  # fmt: skip
    assert refused["code"] == "TTL_PENDING_SALE"
    assert not buyer.exists(), "nothing to open where nothing was recorded"
    conveyed = desk.says(
        "title", "transfer", HOME, "--owners", str(ready), "--from", owner, "--revision", "1", *deed,
        "--openings", str(buyer), *BUREAU,
    )  # fmt: skip
    assert "transferred to its buyer by bureau" in conveyed
    assert "1/1" in desk.says("title", "owner", str(buyer))
    assert "closed by agent-a" in desk.says("listing", "close", listing, *AGENT)


def test_files_that_are_none(desk: ModuleDesk, tmp_path: Path) -> None:
    deed = ("--source", DEED, "--openings", str(tmp_path / "kept.json"))
    none = tmp_path / "none.json"
    none.write_text("{}")
    assert desk.read("title", "register", HOME, "--owners", str(none), *deed, *BUREAU)["code"] == "DOC_OWNERS"
    offer = ("listing", "offer", OWNERS, "--currency", "CNY", "--revision", "1", *AGENT)
    assert desk.read(*offer)["code"] == "DOC_LISTING"
    _, _, err = desk.run("title", "owner", OWNERS)
    assert "TITLE_OPENINGS" in err
