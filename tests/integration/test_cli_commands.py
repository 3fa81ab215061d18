"""Every command but the daemon, as a user types it: output for people and scripts, exit codes, one line on
an error.
"""

from __future__ import annotations

import json
import os
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from p2pchain.business.software import MODULES
from p2pchain.cli.main import COMMANDS, invoke
from p2pchain.client.transactions import build_transaction
from p2pchain.codec.genesis import format_genesis, parse_genesis
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height
from p2pchain.model.transaction import Operation
from p2pchain.signing.keyfile import write_key
from tests.integration.ledger_node import LedgerNode, served
from tests.integration.small_consortium import account_key, genesis
from tests.integration.small_pool import WAITS
from tests.patience import patient

Run = Callable[..., tuple[int, str, str]]
READING = ("status", "peers", "members", "consensus", "validators", "equivocations", "mempool", "block")


@pytest.fixture
def home(tmp_path: Path) -> Path:
    (tmp_path / "home" / "accounts").mkdir(parents=True)
    write_key(tmp_path / "home" / "accounts" / "bank-a.key", account_key("bank-a"), "account", None)
    return tmp_path / "home"


@pytest.fixture
def run(home: Path, capsys: pytest.CaptureFixture[str]) -> Run:
    """Run a command in the home: exit code, standard output, standard error."""

    def command(*arguments: object) -> tuple[int, str, str]:
        code = invoke(["--home", str(home), *map(str, arguments)])
        out, err = capsys.readouterr()
        assert err.count("\n") <= 1, "an error is one line"
        return code, out, err

    return command


@pytest.fixture
def node(home: Path) -> Iterator[LedgerNode]:
    made = LedgerNode(genesis())
    with served(made, [home / "control.sock"]):
        yield made


def test_reading_commands(run: Run, node: LedgerNode) -> None:
    """Each says something to people, and JSON to scripts."""
    assert run("note", "put", "hello")[0] == 0
    for command in READING:
        code, out, err = run(command)
        assert (code, err) == (0, ""), command
        assert out.strip(), command
        code, out, _ = run(command, "--json")
        assert code == 0
        assert isinstance(json.loads(out), dict | list)


def test_status_and_health(run: Run, node: LedgerNode) -> None:
    code, out, _ = run("status")
    assert (code, "healthy" in out) == (0, True)
    node.health = "stalled"
    code, out, _ = run("status")
    assert (code, "missing bank-b" in out) == (0, True)
    assert run("status", "--check")[0] == 6
    assert run("wait", "--timeout", "0.2")[0] == 5
    assert run("wait", "--height", "0", "--timeout", "1") == (0, "reached height 0\n", "")
    assert run("wait", "--height", "9", "--timeout", "0.2")[0] == 5
    node.health = "healthy"
    assert run("wait", "--healthy", "--timeout", "5", "--json")[0] == 0


def test_one_peer(run: Run, node: LedgerNode) -> None:
    code, out, _ = run("peer", "show", "buyer")
    assert (code, "1.2 MB" in out) == (0, True)
    assert json.loads(run("peer", "show", "12D3KooWB", "--json")[1])["name"] == "bank-b"
    assert run("peer", "show", "nobody")[0] == 7


def test_orders_about_a_peer(run: Run, node: LedgerNode) -> None:
    """One line each, or JSON; a ban shows in the table."""
    assert run("peer", "connect", "buyer") == (0, "buyer is connected\n", "")
    code, out, _ = run("peer", "disconnect", "buyer")
    assert (code, out.count("\n"), "p2pchain peer ban buyer" in out) == (0, 1, True)
    assert run("peer", "ban", "buyer")[:2] == (0, "buyer is banned until: p2pchain peer unban buyer\n")
    assert "banned" in run("peers")[1]
    assert json.loads(run("peer", "unban", "12D3KooWC", "--json")[1])["banned"] is False
    assert "banned" not in run("peers")[1]
    for order in ("connect", "disconnect"):
        code, out, err = run("peer", order, "bank-b")
        assert (code, out, err.count("\n")) == (1, "", 1)
    for order in ("connect", "disconnect", "ban", "unban"):
        assert run("peer", order, "no/body")[0] != 0
        code, _, err = run("peer", order, "nobody")
        assert (code, err.startswith("p2pchain: PEER_UNKNOWN")) == (7, True)


def test_the_pool_and_its_brake(run: Run, node: LedgerNode) -> None:
    """Who waits, by organisation; one dropped; nothing taken of somebody, listed, and taken again."""
    code, out, _ = run("mempool")
    assert (code, "bank-b" in out, WAITS.hex() in out, "1/4" in out) == (0, True, True, True)
    assert json.loads(run("mempool", "--json")[1])["organisations"][0]["org"] == "bank-b"
    assert run("mempool", "drop", WAITS.hex())[0] == 0
    assert json.loads(run("mempool", "--json")[1])["transactions"] == 0
    assert run("mempool", "drop", WAITS.hex())[0] == 7
    assert run("mempool", "drop", "xy")[0] == 2
    assert run("mempool", "refuse", "--list")[:2] == (0, "takes transactions of everybody\n")
    assert run("mempool", "refuse", "bank-b")[:2] == (0, "takes nothing of bank-b\n")
    assert "takes nothing of" in run("mempool")[1]
    assert json.loads(run("mempool", "refuse", "--list", "--json")[1])["organisations"] == ["bank-b"]
    assert run("mempool", "refuse", "bank-b", "--clear")[:2] == (0, "takes transactions of everybody\n")
    for order in ((), ("--clear",)):
        code, _, err = run("mempool", "refuse", "nobody", *order)
        assert (code, err.startswith("p2pchain: SENDER_UNKNOWN")) == (7, True)
    for wrong in ((), ("--list", "bank-b"), ("--list", "--clear")):
        assert run("mempool", "refuse", *wrong)[0] == 2
    assert run("mempool", "--json", "refuse", "--list")[0] == 2


def test_transactions(run: Run, node: LedgerNode, tmp_path: Path) -> None:
    code, out, _ = run("note", "put", "hello", "--as", "bank-a", "--json")
    told = json.loads(out)
    assert (code, told["code"], told["height"]) == (0, None, 1)
    shown = json.loads(run("tx", "show", told["tx_id"], "--json")[1])
    assert (shown["code"], shown["height"]) == ("OK", 1)
    assert run("tx", "wait", told["tx_id"])[0] == 0
    assert told["tx_id"] in run("block", "1")[1]
    transaction = build_transaction(
        chain_id=genesis().chain_id,
        valid_until=Height(50),
        signers=(account_key("bank-a"),),
        operations=(Operation(module="registry", action="cancel", args=(bytes(32),)),),
        nonce=bytes(8),
    )
    file = tmp_path / "tx"
    file.write_text(transaction.raw.hex() + "\n")
    code, out, _ = run("tx", "submit", file)
    assert (code, "REG_UNKNOWN_DOCUMENT" in out) == (1, True)
    file.write_bytes(transaction.raw)
    assert run("tx", "submit", file, "--json")[0] == 1
    assert run("tx", "wait", transaction.tx_id.hex())[0] == 1
    file.write_bytes(b"junk")
    assert run("tx", "submit", file)[0] == 1
    assert run("tx", "submit", tmp_path / "missing")[0] == 1
    assert run("tx", "show", "ab" * 32)[0] == 7
    assert run("tx", "show", "xy")[0] == 2
    assert run("block", "9")[0] == 7
    node.mute = True
    code, _, err = run("note", "put", "late", "--timeout", "0.1")
    assert (code, err.startswith("p2pchain: TIMEOUT")) == (5, True)
    code, out, _ = run("note", "put", "later", "--no-wait", "--json")
    assert (code, json.loads(out)["height"]) == (0, None)


def test_a_failure_after_a_submission_names_it(run: Run, node: LedgerNode, home: Path) -> None:
    """Whoever takes the command for failed, and repeats it, would do twice what is final already."""
    with open("/dev/full", "w") as full:
        line = ["--home", str(home), "note", "put", "x"]
        done = subprocess.run(
            [sys.executable, "-m", "p2pchain.cli", *line],
            stdout=full,
            stderr=subprocess.PIPE,
            text=True,
            check=False,
        )
    tx_id = json.loads(run("block", "--json")[1])["transactions"][0]["tx_id"]
    assert done.stderr.startswith("p2pchain: OUTPUT_UNWRITABLE")
    assert f"perhaps final: {tx_id}; before you repeat it, see: p2pchain tx wait {tx_id}\n" in done.stderr
    node.full = Refused("MEMPOOL_FULL", {}, "wait")
    assert "perhaps final" not in run("note", "put", "x")[2]
    node.full, node.mute = None, True
    err = run("note", "put", "x", "--timeout", "0.1")[2]
    assert (err.startswith("p2pchain: TIMEOUT"), "perhaps final" in err) == (True, False), (
        "named in the facts"
    )


def test_a_file_that_goes_round_names_its_signers(run: Run, home: Path, tmp_path: Path) -> None:
    """By account and organisation: as the node knows them, or the genesis where it does not answer. Who is
    not known is a key.
    """
    file, stranger = tmp_path / "round.json", "ab" * 32
    bank_a, buyer = (account_key(org).public_key.hex() for org in ("bank-a", "buyer"))
    with served(LedgerNode(genesis()), [home / "control.sock"]):
        assert run("note", "put", "x", "--cosigner", buyer, "--cosigner", stranger, "--out", file)[0] == 0
        lines = run("tx", "show", file)[1].splitlines()
        assert lines[1:3] == [
            f"signed by bank-a of bank-a ({bank_a})",
            f"to be signed by buyer of buyer ({buyer})",
        ]
        assert lines[3] == f"to be signed by {stranger}"
        signers = json.loads(run("tx", "show", file, "--json")[1])["signers"]
        assert [signer["org"] for signer in signers] == ["bank-a", "buyer", None]
    assert f"signed by {bank_a}" in run("tx", "show", file)[1]
    (home / "genesis.json").write_text(format_genesis(genesis()))
    assert f"to be signed by buyer of buyer at genesis ({buyer})" in run("tx", "show", file)[1]


def test_a_file_is_good_for_no_longer_than_the_chain_allows(run: Run, home: Path, tmp_path: Path) -> None:
    """Asked for more, the command names the bound; one of less than a week shortens what is usual."""
    day_ms = 86_400_000
    strict = replace(genesis(), parameters=replace(genesis().parameters, tx_valid_ms_max=day_ms))
    with served(LedgerNode(strict), [home / "control.sock"]):
        code, _, err = run("note", "put", "x", "--out", tmp_path / "a.json", "--valid-for", "25h")
        assert (code, "this chain allows at most 1 d 0 h" in err) == (2, True)
        assert run("note", "put", "x", "--out", tmp_path / "b.json", "--valid-for", "24h")[0] == 0
        before_ms = time.time_ns() // 1_000_000
        out = run("note", "put", "x", "--out", tmp_path / "c.json", "--json")[1]
        after_ms = time.time_ns() // 1_000_000
        assert before_ms + day_ms <= json.loads(out)["valid_until_ms"] <= after_ms + day_ms


def test_who_signs(run: Run, node: LedgerNode, home: Path, tmp_path: Path) -> None:
    """The only account signs unless another is named; with two, one must be named."""
    assert run("note", "put", "x")[0] == 0
    write_key(tmp_path / "other.key", account_key("buyer"), "account", None)
    assert run("note", "put", "x", "--key", tmp_path / "other.key")[0] == 0
    assert run("note", "put", "x", "--key", tmp_path / "none.key")[0] == 7
    assert run("note", "put", "x", "--as", "nobody")[0] == 7
    assert run("note", "put", "x", "--as", "../bank-a")[0] == 2
    write_key(home / "accounts" / "second.key", account_key("bank-b"), "account", None)
    assert run("note", "put", "x")[0] == 2
    (home / "accounts" / "second.key").chmod(0o644)
    assert run("note", "put", "x", "--as", "second")[0] == 4


def test_errors_are_one_line(run: Run, home: Path, tmp_path: Path) -> None:
    code, _, err = run("status")
    assert (code, err.startswith("p2pchain: DAEMON_NOT_RUNNING")) == (3, True)
    assert "p2pchain run" in err
    assert run("note", "put", "x")[0] == 3
    code, _, err = run("statsu")
    assert (code, err) == (2, "p2pchain: no command 'statsu', did you mean 'status'?; see: p2pchain --help\n")
    assert run("registry", "regster")[0] == 2
    assert run("status", "--nothing")[0] == 2
    assert invoke(["--home", str(tmp_path / "nowhere"), "status"]) == 3


def test_the_socket_is_where_the_settings_say(run: Run, home: Path, tmp_path: Path) -> None:
    elsewhere = tmp_path / "elsewhere.sock"
    (home / "config.toml").write_text(f'[control]\nsocket = "{elsewhere}"\n[log]\nlevel = "misspelt"\n')
    with served(LedgerNode(genesis()), [elsewhere]):
        assert run("status", "--json")[0] == 0
        assert run("--socket", tmp_path / "none.sock", "status")[0] == 3


def test_keys(run: Run, home: Path) -> None:
    code, out, _ = run("key", "new", "clerk", "--json")
    made = json.loads(out)
    assert (code, made["kind"], made["protection"]) == (0, "account", "none")
    assert (home / "accounts" / "clerk.key").stat().st_mode & 0o777 == 0o600
    assert run("key", "new", "clerk")[0] == 1
    assert run("key", "new", "No Name")[0] == 2
    names = {entry["name"] for entry in json.loads(run("key", "show", "--json")[1])}
    assert names == {"bank-a", "clerk"}
    assert made["public_key"] in run("key", "show", "clerk")[1]
    assert run("key", "show", "nobody")[0] == 7


def test_encrypted_keys(
    run: Run, node: LedgerNode, home: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passphrase = tmp_path / "passphrase"
    passphrase.write_text("open sesame\n")
    (home / "accounts" / "bank-a.key").unlink()
    write_key(home / "accounts" / "bank-a.key", account_key("bank-a"), "account", b"open sesame")
    code, _, err = run("note", "put", "x")
    assert (code, "KEY_PASSPHRASE" in err) == (1, True)
    monkeypatch.setenv("P2PCHAIN_PASSPHRASE_FILE", str(passphrase))
    assert run("note", "put", "x")[0] == 0
    assert json.loads(run("key", "new", "sealed", "--json")[1])["protection"] != "none"
    assert json.loads(run("key", "new", "plain", "--force-plain-keys", "--json")[1])["protection"] == "none"
    passphrase.write_text("")
    assert run("note", "put", "x", "--as", "bank-a")[0] == 1


def test_init_makes_a_chain_of_one(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    home = tmp_path / "solo"
    assert invoke(["--home", str(home), "init", "--name", "solo", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    made = parse_genesis((home / "genesis.json").read_bytes())
    assert (made.chain_id, told["genesis_id"] != "") == ("solo-chain", True)
    assert len(Ledger.from_genesis(made, MODULES).validators) == 1
    for secret in ("keys/peer.key", "keys/consensus.key", "keys/registry.key", "accounts/solo.key"):
        assert (home / secret).stat().st_mode & 0o777 == 0o600
    assert invoke(["--home", str(home), "config", "check"]) == 0
    assert capsys.readouterr().out.startswith("ok: node solo of chain solo-chain")
    key = (home / "keys" / "registry.key").rename(home / "registry.key")
    assert invoke(["--home", str(home), "config", "check"]) == 0
    lines = capsys.readouterr().out.splitlines()
    assert lines[1].startswith(f"missing: {home}/keys/registry.key; solo is a financier")
    assert invoke(["--home", str(home), "config", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out)["financiers_key"] == "missing"
    key.rename(home / "keys" / "registry.key")
    before = (home / "keys" / "consensus.key").read_bytes()
    assert invoke(["--home", str(home), "init"]) == 1
    assert "HOME_EXISTS" in capsys.readouterr().err
    assert (home / "keys" / "consensus.key").read_bytes() == before
    (home / "config.toml").write_text("[node]\nname = 1\n")
    assert invoke(["--home", str(home), "config", "check"]) == 1
    assert "node.name" in capsys.readouterr().err


def test_init_joins_a_chain(capsys: pytest.CaptureFixture[str], tmp_path: Path) -> None:
    """First the keys, which the others put into the genesis, then the home."""
    home, other = tmp_path / "new", tmp_path / "founder"
    assert invoke(["--home", str(home), "init", "--name", "new", "--keys-only", "--json"]) == 0
    keys = json.loads(capsys.readouterr().out)
    assert keys["made"] == "keys"
    assert not (home / "config.toml").exists()
    assert invoke(["--home", str(other), "init", "--name", "founder"]) == 0
    document: dict[str, Any] = json.loads((other / "genesis.json").read_text())
    file = tmp_path / "genesis.json"
    file.write_text(json.dumps(document))
    join = ["--home", str(home), "init", "--genesis", str(file)]
    assert invoke([*join]) == 1
    assert "NODE_NOT_MEMBER" in capsys.readouterr().err
    document["organisations"].append(
        {
            "org": "new",
            "legal_name": "New",
            "roles": ["validator"],
            "accounts": [],
            "nodes": [
                {
                    "name": "new",
                    "peer_key": keys["peer_key"],
                    "consensus_key": keys["consensus_key"],
                    "power": 1,
                }
            ],
        }
    )
    file.write_text(json.dumps(document))
    assert invoke([*join, "--peer", "nobody=/ip4/192.0.2.1/tcp/1"]) == 7
    assert invoke([*join, "--peer", "founder"]) == 2
    assert invoke([*join, "--peer", "founder=/ip4/192.0.2.1/tcp/26656"]) == 0
    assert invoke(["--home", str(home), "config", "check", "--json"]) == 0
    assert json.loads(capsys.readouterr().out.splitlines()[-1])["peers"] == 1
    assert invoke(["--home", str(home), "init", "--genesis", str(tmp_path / "none.json")]) == 1


def test_every_command_has_help(capsys: pytest.CaptureFixture[str]) -> None:
    for name in (*COMMANDS, "note", "encumbrance"):
        assert invoke([name, "--help"]) == 0
        assert "Usage: p2pchain" in capsys.readouterr().out
    assert invoke(["version"]) == 0


def test_reading_commands_import_little(home: Path, node: LedgerNode) -> None:
    """Whoever only asks must not wait for libp2p, cryptography or the ledger to be imported."""
    heavy = ("libp2p", "cryptography", "p2pchain.node", "p2pchain.ledger", "p2pchain.storage", "structlog")
    script = (
        "import sys; from p2pchain.cli.main import invoke; code = invoke(sys.argv[1:]);"
        f"print([name for name in {heavy!r} if name in sys.modules], code)"
    )
    command = [sys.executable, "-c", script, "--home", str(home), "status", "--json"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=True, timeout=patient(60), env=os.environ
    )
    assert done.stdout.splitlines()[-1] == "[] 0"
