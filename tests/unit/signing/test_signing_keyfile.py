"""Key files: read back what was written, refuse what is not private or not whole, never tell a secret."""

from __future__ import annotations

import json
import os
import stat
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.signing import keyfile
from p2pchain.signing.keyfile import KeyKind, new_key, read_key, read_key_file, write_key

SEED = bytes(range(32))
KEY = SigningKey(SEED)
PASSPHRASE = b"correct horse"


@pytest.fixture(autouse=True)
def _little_work(monkeypatch: pytest.MonkeyPatch) -> None:
    """The least work that a file may have: tests write many."""
    monkeypatch.setattr(keyfile, "SCRYPT_N", keyfile.SCRYPT_N_MIN)


def refusal(act: Callable[[], object]) -> Refused:
    """What is refused; no secret in it."""
    with pytest.raises(Refused) as fault:
        act()
    told = str(fault.value) + repr(dict(fault.value.facts))
    assert SEED.hex() not in told
    assert PASSPHRASE.decode() not in told
    assert fault.value.facts["path"]
    return fault.value


def rewritten(path: Path, change: Callable[[dict[str, Any]], object]) -> Path:
    """The same file with its members changed."""
    members = json.loads(path.read_text())
    change(members)
    path.write_text(json.dumps(members))
    return path


@pytest.mark.parametrize("passphrase", [None, PASSPHRASE])
@pytest.mark.parametrize("kind", keyfile.KINDS)
def test_what_is_written_is_read_back(tmp_path: Path, kind: KeyKind, passphrase: bytes | None) -> None:
    path = tmp_path / "some.key"
    write_key(path, KEY, kind, passphrase)
    found = read_key_file(path, passphrase, kind=kind)
    assert (found.key.seed, found.kind) == (SEED, kind)
    assert found.protection == ("none" if passphrase is None else "scrypt-chacha20poly1305")
    assert read_key(path, passphrase).public_key == KEY.public_key
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert os.listdir(tmp_path) == ["some.key"]
    assert (SEED.hex() in path.read_text()) == (passphrase is None)


def test_new_files_have_the_work_that_is_stated(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    assert keyfile.SCRYPT_N >= 2**15
    write_key(tmp_path / "a.key", KEY, "peer", PASSPHRASE)
    stated = json.loads((tmp_path / "a.key").read_text())["scrypt"]
    assert (stated["n"], stated["r"], stated["p"]) == (keyfile.SCRYPT_N, 8, 1)
    assert read_key(tmp_path / "a.key", PASSPHRASE).seed == SEED


def test_two_files_of_one_key_share_neither_salt_nor_nonce(tmp_path: Path) -> None:
    for name in ("a.key", "b.key"):
        write_key(tmp_path / name, KEY, "peer", PASSPHRASE)
    one, other = (json.loads((tmp_path / name).read_text()) for name in ("a.key", "b.key"))
    assert one["scrypt"]["salt"] != other["scrypt"]["salt"]
    assert one["nonce"] != other["nonce"]
    assert one["sealed"] != other["sealed"]


def test_a_wrong_missing_or_empty_passphrase_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    assert refusal(lambda: write_key(path, KEY, "peer", b"")).code == "KEY_PASSPHRASE"
    assert not path.exists()
    write_key(path, KEY, "peer", PASSPHRASE)
    for wrong in (None, b"", b"wrong", PASSPHRASE + b" "):
        assert refusal(lambda wrong=wrong: read_key(path, wrong)).code == "KEY_PASSPHRASE"  # type: ignore[misc]


@pytest.mark.parametrize("mode", [0o640, 0o604, 0o660, 0o601, 0o644, 0o777, 0o620])
def test_a_file_that_others_can_touch_is_refused(tmp_path: Path, mode: int) -> None:
    path = tmp_path / "a.key"
    write_key(path, KEY, "peer", None)
    path.chmod(mode)
    fault = refusal(lambda: read_key(path, None))
    assert (fault.code, fault.facts["mode"]) == ("KEY_PERMISSIONS", f"{mode:04o}")
    path.chmod(0o400)
    assert read_key(path, None).seed == SEED


def test_what_is_no_file_is_refused_without_waiting(tmp_path: Path) -> None:
    assert refusal(lambda: read_key(tmp_path / "none.key", None)).code == "KEY_MISSING"
    pipe = tmp_path / "pipe.key"
    os.mkfifo(pipe, 0o600)
    assert refusal(lambda: read_key(pipe, None)).code == "KEY_DAMAGED"
    folder = tmp_path / "folder.key"
    folder.mkdir(mode=0o700)
    assert refusal(lambda: read_key(folder, None)).code == "KEY_DAMAGED"


def test_a_key_is_never_overwritten_unless_told(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    write_key(path, KEY, "account", None)
    other = new_key()
    assert refusal(lambda: write_key(path, other, "account", None)).code == "KEY_EXISTS"
    assert read_key(path, None).seed == SEED
    write_key(path, other, "account", PASSPHRASE, replace=True)
    assert read_key(path, PASSPHRASE).public_key == other.public_key
    assert os.listdir(tmp_path) == ["a.key"]


def test_what_cannot_be_written_is_told(tmp_path: Path) -> None:
    assert refusal(lambda: write_key(tmp_path / "no" / "a.key", KEY, "peer", None)).code == "KEY_UNWRITABLE"


def test_another_kind_than_asked_for_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    write_key(path, KEY, "account", None)
    fault = refusal(lambda: read_key(path, None, kind="consensus"))
    assert (fault.code, fault.facts["found"]) == ("KEY_KIND", "account")


def test_kind_and_public_key_are_bound_to_the_seal(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    for change in ({"kind": "consensus"}, {"public_key": new_key().public_key.hex()}):
        write_key(path, KEY, "account", PASSPHRASE, replace=True)
        rewritten(path, lambda members, change=change: members.update(change))  # type: ignore[misc]
        assert refusal(lambda: read_key(path, PASSPHRASE)).code == "KEY_PASSPHRASE"


def test_a_plain_file_with_another_public_key_is_damaged(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    write_key(path, KEY, "account", None)
    rewritten(path, lambda members: members.update(public_key=new_key().public_key.hex()))
    assert refusal(lambda: read_key(path, None)).code == "KEY_DAMAGED"


DAMAGED: tuple[tuple[str, Callable[[dict[str, Any]], object]], ...] = (
    ("format", lambda m: m.update(format="other")),
    ("version", lambda m: m.update(version=2)),
    ("version", lambda m: m.update(version=True)),
    ("kind", lambda m: m.update(kind="root")),
    ("kind", lambda m: m.update(kind=["peer"])),
    ("public_key", lambda m: m.update(public_key="00")),
    ("public_key", lambda m: m.update(public_key="zz" * 32)),
    ("public_key", lambda m: m.update(public_key=5)),
    ("protection", lambda m: m.update(protection="rot13")),
    ("protection", lambda m: m.update(protection=["none"])),
    ("file", lambda m: m.update(protection="none")),
    ("file", lambda m: m.pop("nonce")),
    ("file", lambda m: m.update(extra=1)),
    ("scrypt", lambda m: m.update(scrypt=5)),
    ("scrypt", lambda m: m["scrypt"].pop("salt")),
    ("scrypt.n", lambda m: m["scrypt"].update(n=2**30)),
    ("scrypt.n", lambda m: m["scrypt"].update(n=2**10)),
    ("scrypt.n", lambda m: m["scrypt"].update(n=2**15 + 1)),
    ("scrypt.n", lambda m: m["scrypt"].update(n="32768")),
    ("scrypt", lambda m: m["scrypt"].update(r=2**20)),
    ("scrypt", lambda m: m["scrypt"].update(p=2**20)),
    ("salt", lambda m: m["scrypt"].update(salt="00")),
    ("nonce", lambda m: m.update(nonce="00" * 11)),
    ("sealed", lambda m: m.update(sealed="00")),
)


@pytest.mark.parametrize(
    ("field", "change"), DAMAGED, ids=[f"{i}-{case[0]}" for i, case in enumerate(DAMAGED)]
)
def test_damage_is_named_by_its_field(
    tmp_path: Path, field: str, change: Callable[[dict[str, Any]], object]
) -> None:
    path = tmp_path / "a.key"
    write_key(path, KEY, "peer", PASSPHRASE)
    fault = refusal(lambda: read_key(rewritten(path, change), PASSPHRASE))
    assert (fault.code, fault.facts["field"]) == ("KEY_DAMAGED", field)


@pytest.mark.parametrize(
    "data", [b"", b"{", b"[]", b"null", b"\xff", b"[" * 10_000, b" " * 20_000, b'{"format": 5}']
)
def test_what_is_no_key_file_is_damaged(tmp_path: Path, data: bytes) -> None:
    path = tmp_path / "a.key"
    path.write_bytes(data)
    path.chmod(0o600)
    assert refusal(lambda: read_key(path, None)).code == "KEY_DAMAGED"


def test_every_changed_byte_of_a_sealed_seed_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "a.key"
    write_key(path, KEY, "peer", PASSPHRASE)
    sealed = bytes.fromhex(json.loads(path.read_text())["sealed"])
    for index in range(0, len(sealed), 12):
        changed = sealed[:index] + bytes([sealed[index] ^ 1]) + sealed[index + 1 :]
        rewritten(path, lambda members, changed=changed: members.update(sealed=changed.hex()))  # type: ignore[misc]
        assert refusal(lambda: read_key(path, PASSPHRASE)).code == "KEY_PASSPHRASE"


def test_a_directory_is_synced_after_the_name_is_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The order that survives a crash: data, name, directory."""
    path = tmp_path / "a.key"
    steps: list[str] = []
    real_sync, real_link = os.fsync, os.link

    def sync(descriptor: int) -> None:
        steps.append("directory" if stat.S_ISDIR(os.fstat(descriptor).st_mode) else "data")
        real_sync(descriptor)

    def link(source: Path, target: Path) -> None:
        steps.append("name")
        real_link(source, target)

    monkeypatch.setattr(os, "fsync", sync)
    monkeypatch.setattr(os, "link", link)
    write_key(path, KEY, "peer", None)
    assert steps == ["data", "name", "directory"]
