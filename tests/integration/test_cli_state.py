"""``state get`` as a person types it: words of the declaration, JSON, absence."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2pchain.cli.main import invoke
from tests.integration.ledger_node import LedgerNode, served
from tests.integration.small_consortium import account_key, genesis


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    home.mkdir()
    with served(LedgerNode(genesis()), [home / "control.sock"]):
        yield home


def test_a_record_in_the_words_of_its_declaration(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    def run(*arguments: str) -> tuple[int, str]:
        code = invoke(["--home", str(home), *arguments])
        out, err = capsys.readouterr()
        return code, out or err

    code, out = run("state", "get", "membership/organisation/bank-a")
    assert (code, "bank-a is a member" in out, "membership.organisation" in out) == (0, True, True)
    key = account_key("bank-a").public_key.hex()
    shown = json.loads(run("state", "get", f"membership/account/{key}", "--json")[1])
    assert shown["record"] == "membership.account"
    assert (shown["fields"]["org"], shown["fields"]["public_key"]) == ("bank-a", key)
    assert shown["readable"] == f"membership/account/{key}"
    assert json.loads(run("state", "get", "--hex", shown["key"], "--json")[1]) == shown
    code, out = run("state", "get", "system/parameters")
    assert (code, "values" in out) == (0, True)
    code, out = run("state", "get", "membership/organisation/nobody")
    assert (code, "nothing stands under this key" in out) == (7, True)
    assert run("state", "get", "--hex", "zz")[0] == 2


def test_a_node_without_jobs(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["--home", str(home), "jobs"]) == 0
    assert capsys.readouterr().out == "no job since the node started\n"
    assert invoke(["--home", str(home), "jobs", "verify-1"]) == 7
