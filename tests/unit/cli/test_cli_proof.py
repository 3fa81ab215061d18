"""``proof verify`` as somebody types it: exit codes, words and JSON, of the files that are kept in
``tests/vectors/proof_files.json``.
"""

from __future__ import annotations

import json
from dataclasses import replace
from pathlib import Path
from typing import Any, Final

import pytest

from p2pchain.cli.main import invoke
from p2pchain.codec.genesis import format_genesis, genesis_id, parse_genesis
from p2pchain.model.ids import ChainId
from tests.unit.proofs.capture_proof_files import FIRST

VECTORS = json.loads((Path(__file__).parents[2] / "vectors" / "proof_files.json").read_text("utf-8"))
FILES: Final[dict[str, Any]] = {each["name"]: each for each in VECTORS["files"]}
GENESIS = parse_genesis(VECTORS["genesis"].encode())


def written(where: Path, name: str, place: int | None = None) -> str:
    """A file of the vectors; ``place``: where one bit of it is another."""
    data = bytearray.fromhex(FILES[name]["bytes"])
    if place is not None:
        data[place] ^= 1
    file = where / f"{name}.proof"
    file.write_bytes(data)
    return str(file)


def genesis_file(where: Path, chain_id: str = GENESIS.chain_id) -> str:
    file = where / f"{chain_id}.json"
    file.write_text(format_genesis(replace(GENESIS, chain_id=ChainId(chain_id))))
    return str(file)


def trusted(name: str) -> str:
    return str(FILES[name]["trusted"])


def test_it_says_on_what_it_rests(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    genesis = genesis_file(tmp_path)
    for name, trust, rests in (
        ("records-from-genesis", ["--genesis", genesis], f"genesis {genesis_id(GENESIS).hex()}"),
        ("records-from-a-block", ["--trusted", trusted("records-from-a-block")], "block "),
    ):
        assert invoke(["proof", "verify", written(tmp_path, name), *trust]) == 0
        told = capsys.readouterr().out.splitlines()
        assert told[1].startswith(f"resting on {rests}")
        assert told[-1] == f"to be trusted the next time, as --trusted: {FILES[name]['proven']}"
        assert invoke(["proof", "verify", written(tmp_path, name), *trust, "--json"]) == 0
        fields = json.loads(capsys.readouterr().out)
        assert (fields["trusted"], fields["proven"]) == (FILES[name]["trusted"], FILES[name]["proven"])
        assert fields["genesis_id"] == genesis_id(GENESIS).hex()
        assert fields["validator_changes"] == FILES[name]["changes"]


def test_one_byte_changed_is_exit_1(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Also with --json: there is nothing on standard output that a script could read."""
    for name, flag in (("records-from-genesis", []), ("refused-from-a-block", ["--json"])):
        begin = FILES[name]["trusted"]
        trust = ["--trusted", begin] if begin else ["--genesis", genesis_file(tmp_path)]
        for place in (0, 40, 200, 500, -1):
            assert invoke(["proof", "verify", written(tmp_path, name, place), *trust, *flag]) == 1
            told = capsys.readouterr()
            begins = '{"error":{"code":"PROOF_INVALID"' if flag else "p2pchain:PROOF_INVALID:"
            assert (told.out, told.err.replace(" ", "")[: len(begins)]) == ("", begins)


def test_a_block_and_the_genesis_beside_it(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """The proof rests on the block alone; the genesis names the accounts, and must be of the same chain."""
    file, block = written(tmp_path, "refused-from-a-block"), trusted("refused-from-a-block")
    both = ["--trusted", block, "--genesis"]
    assert invoke(["proof", "verify", file, *both, genesis_file(tmp_path)]) == 0
    told = capsys.readouterr().out
    assert f"resting on block {block}" in told
    assert f"\nnames of accounts are those of genesis {genesis_id(GENESIS).hex()}\n" in told
    assert "at genesis the account supplier of supplier" in told
    assert invoke(["proof", "verify", file, *both, genesis_file(tmp_path, "other")]) == 1
    assert "PROOF_OTHER_TRUST" in capsys.readouterr().err
    same_name = tmp_path / "same-name.json"
    same_name.write_text(format_genesis(replace(GENESIS, time_ms=GENESIS.time_ms + 1)))
    assert invoke(["proof", "verify", file, *both, str(same_name)]) == 1
    assert "begins=a block of another genesis" in capsys.readouterr().err
    from_genesis = written(tmp_path, "refused-from-genesis")
    assert invoke(["proof", "verify", from_genesis, *both, genesis_file(tmp_path)]) == 1
    assert "begins=genesis, trusted=block" in capsys.readouterr().err


def test_what_begins_at_a_block_is_for_who_trusts_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """Nobody is told which id would do."""
    name = "records-from-a-block"
    height, block_id = trusted(name).split(":")
    file = written(tmp_path, name)
    for trust in (["--genesis", genesis_file(tmp_path)], ["--trusted", f"{height}:{'ab' * 32}"]):
        assert invoke(["proof", "verify", file, *trust]) == 1
        told = capsys.readouterr()
        assert "PROOF_OTHER_TRUST" in told.err
        assert block_id not in told.err + told.out
    assert invoke(["proof", "verify", file]) == 2
    assert "say what you trust" in capsys.readouterr().err


def test_a_refused_one_is_told_whatever_was_signed(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """In a currency that there is none of, with a note that looks like a line of ours; due before any day."""
    genesis = genesis_file(tmp_path)
    for name, kept in (
        ("refused-from-genesis", "amount=123456789 minor units, currency=ZZZ"),
        ("refused-of-no-day", "due day=1970-01-01"),
    ):
        assert invoke(["proof", "verify", written(tmp_path, name), "--genesis", genesis]) == 0
        told = capsys.readouterr().out
        assert f"transaction {FILES[name]['transaction']['tx_id']}: REFUSED" in told
        assert kept in told
        assert ": ACCEPTED," not in told
        assert not [line for line in told.splitlines() if line.lstrip().startswith(("did", "event"))]


def test_an_event_has_an_amount_as_people_write_it(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    file = written(tmp_path, "accepted-from-genesis")
    assert invoke(["proof", "verify", file, "--genesis", genesis_file(tmp_path)]) == 0
    told = capsys.readouterr().out
    name = FIRST.hex()
    words = "1,234,567.89 CNY, issued by supplier, held by supplier, now proposed"
    assert f"  event: receivable issued {name}: {words}\n" in told
