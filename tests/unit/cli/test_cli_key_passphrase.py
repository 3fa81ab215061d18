"""Keys of a home get another passphrase, all of them or none, and a half-done change is completed."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.cli.main import invoke
from p2pchain.model.errors import Refused
from p2pchain.signing.keyfile import read_key, read_key_file, write_key


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A home whose keys are sealed under ``old``."""
    (tmp_path / "old").write_text("old\n")
    (tmp_path / "new").write_text("new\n")
    monkeypatch.setenv("P2PCHAIN_PASSPHRASE_FILE", str(tmp_path / "old"))
    assert invoke(["--home", str(tmp_path / "home"), "init", "--name", "solo"]) == 0
    return tmp_path / "home"


def change(home: Path, *options: str) -> int:
    """Type the command."""
    return invoke(["--home", str(home), "key", "change-passphrase", *options])


def test_all_keys_are_sealed_anew(home: Path) -> None:
    before = read_key(home / "keys" / "consensus.key", b"old")
    assert change(home, "--new-passphrase-file", str(home.parent / "new")) == 0
    for path in (home / "keys" / "peer.key", home / "keys" / "consensus.key", home / "accounts" / "solo.key"):
        with pytest.raises(Refused):
            read_key(path, b"old")
        read_key(path, b"new")
        assert path.stat().st_mode & 0o777 == 0o600
    assert read_key(home / "keys" / "consensus.key", b"new").public_key == before.public_key


def test_a_key_that_does_not_open_keeps_all_as_they_are(
    home: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    other = read_key_file(home / "accounts" / "solo.key", b"old")
    write_key(home / "accounts" / "other.key", other.key, "account", b"another")
    assert change(home, "--new-passphrase-file", str(home.parent / "new")) != 0
    assert "KEY_PASSPHRASE" in capsys.readouterr().err
    read_key(home / "keys" / "peer.key", b"old")


def test_an_interrupted_change_is_completed(home: Path) -> None:
    """The first key was written before the machine went down."""
    path = home / "accounts" / "solo.key"
    write_key(path, read_key(path, b"old"), "account", b"new", replace=True)
    assert change(home, "--new-passphrase-file", str(home.parent / "new")) == 0
    read_key(home / "keys" / "consensus.key", b"new")
    read_key(path, b"new")


def test_seals_are_removed_when_that_is_said(home: Path) -> None:
    assert change(home, "--remove") == 0
    assert read_key_file(home / "keys" / "consensus.key", None).protection == "none"


def test_nobody_is_asked_where_there_is_no_terminal(home: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert change(home) == 2
    assert "--new-passphrase-file" in capsys.readouterr().err
