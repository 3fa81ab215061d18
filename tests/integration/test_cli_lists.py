"""``tx list``, ``block list``, and short ids, as a person types them."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path

import pytest

from p2pchain.cli.main import invoke
from p2pchain.signing.keyfile import write_key
from tests.integration.ledger_node import LedgerNode, served
from tests.integration.small_consortium import account_key, genesis


@pytest.fixture
def home(tmp_path: Path) -> Iterator[Path]:
    home = tmp_path / "home"
    (home / "accounts").mkdir(parents=True)
    write_key(home / "accounts" / "bank-a.key", account_key("bank-a"), "account", None)
    with served(LedgerNode(genesis()), [home / "control.sock"]):
        yield home


def test_lists_by_pages_and_what_they_show_can_be_typed_again(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    def run(*arguments: object) -> tuple[int, str]:
        code = invoke(["--home", str(home), *map(str, arguments)])
        out, err = capsys.readouterr()
        return code, out or err

    assert run("tx", "list", "--limit", 2) == (0, "no transaction yet\n")
    for number in range(5):
        assert run("note", "put", f"number {number}")[0] == 0
    code, out = run("tx", "list", "--limit", 2, "--org", "bank-a", "--module", "note")
    head, newest, _, more = out.splitlines()
    assert (code, head.split()[0], newest.split()[1]) == (0, "transaction", "5")
    assert more == "more: p2pchain tx list --before 4:0"
    short = newest.split()[0]
    assert len(short) == 12
    shown = json.loads(run("tx", "show", short, "--json")[1])
    assert shown["tx_id"].startswith(short)
    assert run("tx", "list", "--full", "--limit", 1)[1].splitlines()[1].split()[0] == shown["tx_id"]
    page = json.loads(run("tx", "list", "--before", "4:0", "--limit", 2, "--json")[1])
    assert [row["height"] for row in page["transactions"]] == [3, 2]
    assert page["next"] == "2:0"
    assert run("tx", "list", "--org", "buyer")[1] == "no transaction of this kind\n"
    day = run("tx", "list", "--limit", 1)[1].splitlines()[1].split()[2]
    assert len(run("tx", "list", "--from", day, "--to", day)[1].splitlines()) == 6
    assert run("tx", "list", "--to", "1999-12-31")[1] == "no transaction of this kind\n"
    assert run("tx", "show", "0" * 12)[0] == 7
    for wrong in ("tx show abc", "tx list --from tomorrow", "tx list --limit 101"):
        assert run(*wrong.split())[0] == 2
    code, out = run("block", "list", "--limit", 2)
    assert (code, [line.split()[0] for line in out.splitlines()]) == (0, ["height", "5", "4", "more:"])
    block_id = out.splitlines()[1].split()[1]
    assert json.loads(run("block", block_id, "--json")[1])["height"] == 5
    assert json.loads(run("block", "show", "3", "--json")[1])["height"] == 3
    assert json.loads(run("block", "--json")[1])["height"] == 5
    assert run("block", "0")[0] == 2
    assert run("block", "f" * 12)[0] == 7
