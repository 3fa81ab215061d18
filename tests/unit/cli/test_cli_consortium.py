"""Commands of membership and governance, derived but for what they read on this disk, against a ledger."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from p2pchain.business.software import MODULES
from p2pchain.cli.exits import NOT_PERMITTED
from p2pchain.cli.modules.table import group_of
from p2pchain.codec.possession import possession_sign_bytes
from p2pchain.model.possession import ACCOUNT, NODE, Possession
from p2pchain.presentation.directory import Directory
from tests.unit.cli.module_desk import ModuleDesk
from tests.unit.ledger.ledger_world import CHAIN_ID, World, signing_key
from tests.unit.ledger.receivable_steps import BANKS, FIRMS, a_market

ORGS = (*BANKS, *FIRMS)
QUORUM = tuple(word for org in ORGS if org != "buyer" for word in ("--as", org))
"""Admins of all but one organisation."""


@pytest.fixture
def desk(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> ModuleDesk:
    """All accounts of the market in one home."""
    groups = [group_of("membership"), group_of("governance")]
    return ModuleDesk(tmp_path, capsys, World(a_market()), Directory(MODULES), groups, ORGS)


def statement(path: Path, kind: str, org: str, name: str) -> str:
    """Write the statement of a new key, as ``key prove`` does."""
    key = signing_key(f"{org} {name}")
    possession = Possession(kind=kind, org=org, name=name, key=key.public_key)
    signature = key.sign(possession_sign_bytes(CHAIN_ID, possession))
    said = {"kind": kind, "org": org, "name": name, "public_key": key.public_key.hex()}
    path.write_text(json.dumps({**said, "possession": signature.hex()}))
    return str(path)


def test_an_account_comes_by_the_statement_of_its_key(desk: ModuleDesk, tmp_path: Path) -> None:
    """Its fields are those of the file; a statement of another kind is none of an account."""
    file = statement(tmp_path / "treasury.json", ACCOUNT, "bank-a", "treasury")
    adding = ("membership", "add-account", file, "--role", "admin", "--as", "bank-a")
    report = desk.read(*adding)
    assert (report["code"], report["events"][0]["event"]) == (None, "account_added")
    assert "treasury" in desk.says("membership", "show")
    assert desk.read(*adding)["code"] == "MEMBERSHIP_KEY_USED"
    node = statement(tmp_path / "node.json", NODE, "bank-a", "bank-a-2")
    assert desk.read("membership", "add-account", node, "--as", "bank-a")["code"] == "FILE_UNREADABLE"
    assert desk.read("membership", "add-node", node, *QUORUM)["code"] is None


def test_organisation_and_account_are_given_by_their_place(desk: ModuleDesk) -> None:
    """As the operator's guide has them; a missing right ends with its exit code."""
    assert desk.read("membership", "freeze", "buyer", "buyer", *QUORUM)["code"] is None
    assert "buyer (frozen)" in desk.says("membership", "show")
    assert desk.read("membership", "unfreeze", "buyer", "buyer", *QUORUM)["code"] is None
    code, _, err = desk.run("membership", "admit", "tier-9", "--legal-name", "Tier 9 Ltd", "--as", "bank-a")
    assert code == NOT_PERMITTED
    assert "MEMBERSHIP_NO_QUORUM" in err


def test_a_vote_says_yes_or_no(desk: ModuleDesk) -> None:
    """Whoever says neither has not voted."""
    with pytest.raises(click.UsageError, match="yes"):
        desk.run("governance", "vote", "0", "--as", "bank-a")
    assert desk.read("governance", "vote", "0", "--yes", "--as", "bank-a")["code"] == "GOV_UNKNOWN"


def test_what_another_command_shows_has_none_of_its_own() -> None:
    """And a command of the client's part stands in place of the derived one."""
    membership, governance = group_of("membership"), group_of("governance")
    assert not {"organisations", "validators", "rotate-validator"} & set(membership.commands)
    assert governance.commands["show"].help == "Show a proposal: what it would do, and who is in favour."
