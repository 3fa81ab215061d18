"""``doctor`` names the cause and what to do; a debug bundle holds no secret of its home."""

from __future__ import annotations

import os
import socket
import tarfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from p2pchain.codec.exact_json import read_json
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.ids import PeerId
from p2pchain.node.home.config import PeerAddress, format_config
from p2pchain.node.home.layout import Home
from p2pchain.node.offline import examination
from p2pchain.node.offline.debug_bundle import listing, secrets_of, write_bundle
from p2pchain.node.offline.examination import Answers, DoctorFinding, examine
from p2pchain.signing.keyfile import write_key
from tests.unit.node.guard_home import CONFIG, OTHER
from tests.unit.node.test_node_start_check import complete_home

STATUS: dict[str, Any] = {
    "health": "degraded",
    "height": 7,
    "block_age_ms": 1_500,
    "reasons": ["validators not connected: buyer; ask their operators"],
    "warnings": [],
}


def peer(name: str, *, offset_ms: int | None = 3, connected: bool = True) -> dict[str, Any]:
    return {"name": name, "connected": connected, "clock_offset_ms": offset_ms, "software": "0.1.0"}


def page(home: Home, answers: Answers | None = None) -> list[DoctorFinding]:
    return list(examine(home, None, answers))


def bad(home: Home, answers: Answers | None = None) -> dict[str, DoctorFinding]:
    """What is not well, by the check."""
    return {finding.check: finding for finding in page(home, answers) if finding.word != "ok"}


def test_a_home_that_is_well_has_nothing_that_fails(tmp_path: Path) -> None:
    findings = page(complete_home(tmp_path))
    assert [finding for finding in findings if finding.word == "fail"] == []
    checks = {finding.check for finding in findings}
    assert checks >= {"home", "settings", "chain log", "keys", "disk", "fsync", "memory", "clock", "port"}
    assert not list((tmp_path / "home" / "data").glob(".doctor-*"))


def take_port(home: Home, holder: socket.socket) -> None:
    holder.bind(("127.0.0.1", 0))
    holder.listen()
    listen = f"/ip4/127.0.0.1/tcp/{holder.getsockname()[1]}"
    home.config.write_text(format_config(replace(CONFIG, listen=listen)))


def test_a_port_that_is_taken_is_named(tmp_path: Path) -> None:
    home = complete_home(tmp_path)
    with socket.socket() as holder:
        take_port(home, holder)
        finding = bad(home)["port"]
    assert (finding.word, "in use" in finding.what, "ss -ltnp" in finding.to_do) == ("fail", True, True)


@pytest.mark.parametrize(
    ("change", "check", "words"),
    [
        (lambda home: home.config.write_text("nonsense"), "start", "CONFIG_INVALID"),
        (lambda home: home.genesis.unlink(), "start", "GENESIS_MISSING"),
        (lambda home: home.consensus_key.unlink(), "start", "KEY_MISSING"),
        (lambda home: home.consensus_key.chmod(0o644), "keys", "others may read"),
        (
            lambda home: write_key(home.peer_key, OTHER, "peer", None, replace=True),
            "start",
            "NODE_NOT_MEMBER",
        ),
    ],
)
def test_what_keeps_a_node_from_starting_is_named(
    change: Callable[[Home], object], check: str, words: str, tmp_path: Path
) -> None:
    home = complete_home(tmp_path)
    change(home)
    finding = bad(home)[check]
    assert (finding.word, words in finding.what, bool(finding.to_do)) == ("fail", True, True)


def test_a_home_that_is_not_there(tmp_path: Path) -> None:
    (finding,) = page(Home(tmp_path / "nowhere"))
    assert (finding.check, finding.word) == ("home", "fail")


def test_a_home_of_another_user(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Found before anything else, for everything else would only say that it may not be read."""
    home = complete_home(tmp_path)
    monkeypatch.setattr(os, "geteuid", lambda: os.stat(home.root).st_uid + 1)
    (finding,) = page(home)
    assert (finding.word, "run as the user that owns the home" in finding.to_do) == ("fail", True)


def test_a_slow_disk_is_named_with_its_milliseconds(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = complete_home(tmp_path)
    for slowest_ms, word in ((80, "warn"), (900, "fail")):
        monkeypatch.setattr(examination, "_fsync_times_ms", lambda _path, ms=slowest_ms: [1, ms, 2])
        finding = bad(home)["fsync"]
        assert (finding.word, f"{slowest_ms} ms" in finding.what) == (word, True)


def test_a_peer_that_does_not_answer_is_named_by_its_address(tmp_path: Path) -> None:
    home = complete_home(tmp_path)
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        address = f"/ip4/127.0.0.1/tcp/{unused.getsockname()[1]}"
        peers = (PeerAddress(peer_id=PeerId("12D3KooWB"), address=address),)
        home.config.write_text(format_config(replace(CONFIG, peers=peers)))
        finding = bad(home)["peers"]
    assert "does not answer" in finding.what


def test_a_running_node_is_asked(tmp_path: Path) -> None:
    answers = Answers(status=STATUS, peers=[peer("bank-b"), peer("buyer", connected=False)])
    findings = bad(complete_home(tmp_path), answers)
    assert findings["health"].to_do == "ask their operators"
    assert "1 of 2 linked; not buyer" in findings["peers"].what
    assert "clock" not in findings


def test_a_clock_is_held_against_the_middle_of_the_peers(tmp_path: Path) -> None:
    rows = [peer("a", offset_ms=60_000), peer("b", offset_ms=59_000), peer("c", offset_ms=-4)]
    finding = bad(complete_home(tmp_path), Answers(status=STATUS, peers=rows))["clock"]
    assert (finding.word, "59000 ms behind" in finding.what) == ("fail", True)


def home_with_secrets(directory: Path) -> Home:
    home = complete_home(directory)
    (home.root / "accounts" / "own.key").unlink(missing_ok=True)
    write_key(home.root / "accounts" / "own.key", SigningKey(b"account".ljust(32)), "account", None)
    write_key(home.root / "accounts" / "sealed.key", SigningKey(b"s" * 32), "account", b"open sesame")
    registry = home.peer_key.with_name("registry.key")
    registry.write_text("5e" * 32 + "\n")
    registry.chmod(0o600)
    (home.root / "documents").mkdir()
    (home.root / "documents" / "invoice.json").write_text("what nobody else may read")
    return home


def test_every_secret_of_a_home_is_known(tmp_path: Path) -> None:
    """Seeds in hexadecimal and as bytes, the key of fingerprints, what a sealed file holds."""
    secrets = set(secrets_of(home_with_secrets(tmp_path)))
    for seed in (b"account".ljust(32), b"own".ljust(32), b"o" * 32, b"\x5e" * 32):
        assert {seed, seed.hex().encode()} <= secrets
    assert len(secrets) > 8


def test_a_bundle_holds_no_secret(tmp_path: Path) -> None:
    """Searched whole, as it is read back."""
    home = home_with_secrets(tmp_path)
    parts = {"files.txt": listing(home).encode(), "config.toml": home.config.read_bytes()}
    size = write_bundle(tmp_path / "bundle.tar.gz", parts, home)
    assert size == (tmp_path / "bundle.tar.gz").stat().st_size
    assert (tmp_path / "bundle.tar.gz").stat().st_mode & 0o777 == 0o600
    with tarfile.open(tmp_path / "bundle.tar.gz") as archive:
        members = {member.name: archive.extractfile(member) for member in archive.getmembers()}
    assert set(members) == {"bundle/config.toml", "bundle/files.txt"}
    assert "keys/consensus.key" in parts["files.txt"].decode()
    assert b"what nobody else may read" not in parts["files.txt"]


def test_a_secret_that_got_into_a_part_stops_the_bundle(tmp_path: Path) -> None:
    home = home_with_secrets(tmp_path)
    (secret, *_) = secrets_of(home)
    with pytest.raises(Refused) as refused:
        write_bundle(tmp_path / "bundle.tar.gz", {"journal.txt": b"key=" + secret}, home)
    assert refused.value.code == "BUNDLE_SECRET"
    assert not (tmp_path / "bundle.tar.gz").exists()
    assert read_json(b"{}") == {}
