"""``membership admit-member --without-votes`` and then ``--votes``, typed, on the real rules."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path

import pytest

from p2pchain.cli.main import invoke
from p2pchain.model.genesis import Genesis
from p2pchain.signing.keyfile import write_key
from tests.integration.ledger_node import LedgerNode, served
from tests.integration.small_consortium import ORGS, account_key, genesis

MEMBERS = [word for org in ORGS for word in ("--as", org)]


def with_admins() -> Genesis:
    """The small consortium, whose accounts may speak for their organisations."""
    begun = genesis()
    organisations = tuple(
        replace(
            organisation,
            roles=(*organisation.roles, "admin"),
            accounts=tuple(
                replace(account, roles=(*account.roles, "admin")) for account in organisation.accounts
            ),
        )
        for organisation in begun.organisations
    )
    return replace(begun, organisations=organisations)


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    (home / "accounts").mkdir(parents=True)
    for org in ORGS:
        write_key(home / "accounts" / f"{org}.key", account_key(org), "account", None)
    with served(LedgerNode(with_admins()), [home / "control.sock"]):
        yield home


def test_a_member_follows_first_and_votes_later(
    home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)

    def run(*words: str, at: Path = home) -> tuple[int, str]:
        code = invoke(["--home", str(at), *words])
        out, err = capsys.readouterr()
        return code, out or err

    def voters() -> set[str]:
        return {row["org"] for row in json.loads(run("validators", "--json")[1])}

    named = "--chain-id test --org new-bank --role financier --address /dns4/new-bank.example/tcp/26656"
    code, said = run(
        "genesis", "new", *named.split(), "--legal-name", "New Bank AG", at=tmp_path / "new-bank"
    )
    assert (code, said.startswith("wrote member-new-bank.json")) == (0, True), said
    admit = ("membership", "admit-member", "member-new-bank.json")
    assert run(*admit, "--votes", "--without-votes", *MEMBERS)[0] == 2
    code, said = run(*admit, "--votes", *MEMBERS)
    assert (code, "MEMBERSHIP_UNKNOWN" in said) == (7, True), said
    code, said = run(*admit, "--without-votes", *MEMBERS)
    assert code == 0, said
    assert "new-bank" in {row["org"] for row in json.loads(run("members", "--json")[1])}
    assert [run("note", "put", "a block", "--as", "bank-a")[0] for _ in range(2)] == [0, 0]
    assert voters() == set(ORGS)
    code, said = run(*admit, "--votes", *MEMBERS)
    assert code == 0, said
    assert [run("note", "put", "a block", "--as", "bank-a")[0] for _ in range(2)] == [0, 0]
    assert voters() == {*ORGS, "new-bank"}
