"""What an operator met in a bad night: each said something else than was the case."""

from __future__ import annotations

import codecs
from pathlib import Path
from typing import cast

import pytest
import trio
from click.testing import CliRunner

from p2pchain.cli.cosign_file import HandedRound, write_for_others
from p2pchain.cli.exits import one_line
from p2pchain.cli.main import invoke
from p2pchain.cli.session import Session
from p2pchain.client.node_client import NodeClient
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Operation
from p2pchain.signing.keyfile import write_key
from p2pchain.testnet.__main__ import main as network


def test_the_socket_is_found_behind_a_byte_order_mark(tmp_path: Path) -> None:
    text = b'[control]\nsocket = "/run/it.sock"\n'
    (tmp_path / "config.toml").write_bytes(codecs.BOM_UTF8 + text)
    assert Session(home=tmp_path, given_socket=None).socket == Path("/run/it.sock")


def test_keys_are_shown_beside_the_financiers_next_key(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    """While the financiers' key is rotated, both lie there: neither is a key of this software's kind."""
    (tmp_path / "keys").mkdir(mode=0o700)
    write_key(tmp_path / "keys" / "peer.key", SigningKey(bytes(32)), "peer", None)
    for name in ("registry.key", "registry.next.key"):
        (tmp_path / "keys" / name).write_text("ab" * 32)
    assert invoke(["--home", str(tmp_path), "key", "show"]) == 0
    told = capsys.readouterr().out
    assert "peer" in told
    assert "registry" not in told


def test_what_the_registry_refuses_has_words_in_every_command() -> None:
    assert one_line(Refused("REG_KEY_NEEDED", {"documents": 1})) == (
        "p2pchain: REG_KEY_NEEDED: financed documents are known under the older key alone (documents=1); "
        "have their financiers register them again: p2pchain registry register FILE"
    )


def test_what_is_neither_file_nor_id(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["tx", "show", "absent.json"]) == 2
    assert "absent.json is no file that is there, and no id: give 12 or more" in capsys.readouterr().err


def test_signatures_of_others_are_not_overwritten(tmp_path: Path) -> None:
    class Node:
        async def status(self) -> dict[str, object]:
            return {"chain_id": "hands", "block_time_ms": 0}

    async def written() -> None:
        operations = (Operation(module="note", action="put", args=("hello",)),)
        handed = HandedRound(cosigners=(), out=tmp_path / "round.json", valid_for_ms=None)
        key = SigningKey(bytes(32))
        await write_for_others(cast("NodeClient", Node()), operations, [key], handed, as_json=True)

    trio.run(written)
    first = (tmp_path / "round.json").read_bytes()
    with pytest.raises(Refused, match="FILE_UNWRITABLE"):
        trio.run(written)
    assert (tmp_path / "round.json").read_bytes() == first


def test_the_directory_of_a_network_may_stand_before_the_command(tmp_path: Path) -> None:
    before = CliRunner().invoke(network, ["--dir", str(tmp_path / "a"), "status"])
    after = CliRunner().invoke(
        network, ["--dir", str(tmp_path / "a"), "status", "--dir", str(tmp_path / "b")]
    )
    assert f"directory={tmp_path / 'a'}" in before.output
    assert f"directory={tmp_path / 'b'}" in after.output
