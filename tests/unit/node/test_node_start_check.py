"""``config check`` and ``run`` refuse the same homes, by the same codes, and let the same ones pass."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
import trio

from p2pchain.codec.genesis import format_genesis
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Fault
from p2pchain.model.ids import PeerId
from p2pchain.node.home.config import ModulesConfig, PeerAddress, format_config
from p2pchain.node.home.layout import Home
from p2pchain.node.offline.start_check import check_start
from p2pchain.node.run import daemon
from p2pchain.signing.keyfile import write_key
from p2pchain.storage.lock import HomeLock
from tests.unit.node.guard_home import CONFIG, OTHER, OWN, a_genesis, a_home, extend

Change = Callable[[Home], None]
STRANGER = PeerAddress(peer_id=PeerId("12D3KooWB"), address="/dns4/b.example/tcp/26656")


def complete_home(directory: Path) -> Home:
    """A home with all keys of the node ``own``, and two blocks."""
    home = a_home(directory)
    write_key(home.peer_key, SigningKey(b"own".ljust(32)), "peer", None)
    extend(home, False)
    extend(home, True)
    return home


def set_to(home: Home, **settings: object) -> None:
    home.config.write_text(format_config(replace(CONFIG, **settings)))  # type: ignore[arg-type]


def write(home: Home, *, name: str, text: str) -> None:
    (home.root / name).write_text(text)


def seal(home: Home) -> None:
    write_key(home.peer_key, SigningKey(b"own".ljust(32)), "peer", b"open sesame", replace=True)


def damage(home: Home) -> None:
    """One byte of the first block; another one follows, so it is no torn tail."""
    segment = max(
        (path for path in home.chain.iterdir() if path.is_file()), key=lambda path: path.stat().st_size
    )
    data = bytearray(segment.read_bytes())
    data[len(data) // 4] ^= 1
    segment.write_bytes(data)


BAD: dict[str, Change] = {
    "no settings": lambda home: home.config.unlink(),
    "no toml": partial(write, name="config.toml", text="this is no configuration"),
    "unknown setting": partial(write, name="config.toml", text=format_config(CONFIG) + "\n[loud]\n"),
    "listen": partial(set_to, listen="127.0.0.1:1"),
    "address of a peer": partial(set_to, peers=(replace(STRANGER, address="b.example"),)),
    "group": partial(set_to, control_group="nobody-has-this-group"),
    "socket": partial(set_to, control_socket="/tmp/" + "s" * 120),
    "http": partial(set_to, http="here"),
    "percent": partial(set_to, storage=replace(CONFIG.storage, warn_free_percent=100)),
    "package": partial(set_to, modules=ModulesConfig(packages=("x-nowhere",))),
    "no genesis": lambda home: home.genesis.unlink(),
    "another genesis": partial(write, name="genesis.json", text=format_genesis(a_genesis(1_800_000_000_001))),
    "no peer key": lambda home: home.peer_key.unlink(),
    "open peer key": lambda home: home.peer_key.chmod(0o644),
    "peer key of nobody": lambda home: write_key(home.peer_key, OTHER, "peer", None, replace=True),
    "consensus key of another": lambda home: write_key(
        home.consensus_key, OTHER, "consensus", None, replace=True
    ),
    "no consensus key": lambda home: home.consensus_key.unlink(),
    "key of another kind": lambda home: write_key(home.peer_key, OWN, "account", None, replace=True),
    "damaged log": damage,
    "sealed key, wrong passphrase": seal,
}
PASSPHRASE = b"not the one"


def run_until_the_network(home: Home, monkeypatch: pytest.MonkeyPatch) -> str | None:
    """Code with which ``run`` ends before it meets the network; None where it gets so far."""
    monkeypatch.setattr(trio, "run", lambda *_: None)
    try:
        daemon.run_daemon(home, PASSPHRASE, {})
    except Fault as fault:
        return fault.code
    return None


def checked(home: Home) -> str | None:
    """Code with which the check refuses; None where all is well."""
    try:
        check_start(home, PASSPHRASE)
    except Fault as fault:
        return fault.code
    return None


@pytest.mark.parametrize("name", BAD)
def test_what_run_refuses_the_check_refuses(
    name: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = complete_home(tmp_path)
    BAD[name](home)
    code = checked(home)
    assert code is not None
    assert run_until_the_network(home, monkeypatch) == code


def stranger(home: Home) -> None:
    """A peer that no member has (yet): a new member's, whom this node is to dial once it is admitted."""
    set_to(home, peers=(STRANGER,))


@pytest.mark.parametrize("change", [lambda home: None, stranger], ids=["as it is", "stranger"])
def test_what_the_check_lets_pass_run_lets_pass(
    change: Change, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home = complete_home(tmp_path)
    change(home)
    assert (checked(home), run_until_the_network(home, monkeypatch)) == (None, None)


def test_a_later_peer_is_named_and_is_no_fault(tmp_path: Path) -> None:
    home = complete_home(tmp_path)
    stranger(home)
    start = check_start(home, None)
    assert start.strangers == (STRANGER.peer_id,)
    assert (start.height, None if start.member is None else start.member.name) == (2, "own")


def test_a_home_in_use_is_checked_as_far_as_it_can_be(tmp_path: Path) -> None:
    home = complete_home(tmp_path)
    with HomeLock(home.lock):
        start = check_start(home, None)
    assert start.member is None
    assert "the node runs" in start.notes[-1]


def test_a_sealed_key_without_a_passphrase_is_read_and_not_opened(tmp_path: Path) -> None:
    home = complete_home(tmp_path)
    seal(home)
    assert "sealed and was not opened" in check_start(home, None).notes[0]
