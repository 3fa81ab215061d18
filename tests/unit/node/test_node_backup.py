"""Backups: everything that nobody else can give back, and nothing that lets a key sign twice."""

from __future__ import annotations

import io
import shutil
import tarfile
from pathlib import Path

import pytest

from p2pchain.model.errors import Refused
from p2pchain.node.home.layout import Home
from p2pchain.node.home.validator_move import export_state, import_state
from p2pchain.node.offline import backup
from p2pchain.node.offline.backup import KEPT, create_backup, restore_backup
from p2pchain.signing.keyfile import write_key
from tests.unit.node.guard_home import OWN, a_home, sign, start, why


def a_validator(path: Path) -> Home:
    """A home with its key, an account, and something signed."""
    home = a_home(path)
    if not home.consensus_key.exists():
        write_key(home.consensus_key, OWN, "consensus", None)
    (home.root / "accounts").mkdir(exist_ok=True)
    (home.root / "accounts" / "own.key").write_text("{}")
    (home.root / "bans.json").write_text("[]")
    guarded = start(home)
    sign(guarded, 6)
    return home


def names(file: Path) -> set[str]:
    with tarfile.open(file) as archive:
        return set(archive.getnames())


def test_a_backup_holds_keys_and_no_data(tmp_path: Path) -> None:
    home = a_validator(tmp_path / "old")
    (home.root / "keys" / ".half.new").write_text("half")
    done = create_backup(home, tmp_path / "backup")
    assert done.validator
    assert (tmp_path / "backup").stat().st_mode & 0o777 == 0o600
    assert {"config.toml", "genesis.json", "bans.json", "accounts/own.key"} <= names(tmp_path / "backup")
    assert {name.partition("/")[0] for name in names(tmp_path / "backup")} <= set(KEPT)
    assert "keys/.half.new" not in names(tmp_path / "backup")
    with pytest.raises(Refused, match="FILE_UNWRITABLE"):
        create_backup(home, tmp_path / "backup")


def test_a_restored_validator_signs_nothing(tmp_path: Path) -> None:
    """Even where the backup was made before the key had signed anything, so that nothing in it tells."""
    home = a_validator(tmp_path / "old")
    for mark in (True, False):
        if not mark:
            home.guard_file(home.consensus_key).unlink()
        file, new = tmp_path / f"backup-{mark}", Home(tmp_path / f"new-{mark}")
        create_backup(home, file)
        done = restore_backup(file, new)
        assert done.validator
        assert why(new) == "GUARD_RESTORED"
        assert (new.root / "accounts" / "own.key").stat().st_mode & 0o777 == 0o600
        assert [path.name for path in new.root.glob(".restoring-*")] == []


def test_it_signs_again_with_the_state_of_the_host_that_signed_last(tmp_path: Path) -> None:
    home, new = a_validator(tmp_path / "old"), Home(tmp_path / "new")
    create_backup(home, tmp_path / "backup")
    guarded = start(home)
    sign(guarded, 7)
    export_state(home, OWN.public_key, tmp_path / "state", retire=True)
    restore_backup(tmp_path / "backup", new)
    import_state(new, OWN.public_key, (tmp_path / "state").read_bytes())
    there = start(new)
    assert there.stopped is None
    with pytest.raises(Refused, match="SIGN_REGRESSION"):
        sign(there, 6)


def test_a_home_that_is_there_is_not_touched(tmp_path: Path) -> None:
    home = a_validator(tmp_path / "old")
    create_backup(home, tmp_path / "backup")
    for part in (*KEPT, "data"):
        new = tmp_path / f"new-{part}"
        new.mkdir()
        (new / part).mkdir()
        with pytest.raises(Refused, match="HOME_EXISTS"):
            restore_backup(tmp_path / "backup", Home(new))
        assert [path.name for path in new.iterdir()] == [part]


@pytest.mark.parametrize(
    "name",
    ["data/safety/MANIFEST", "../keys/peer.key", "/etc/passwd", "keys/../../x", "LOCK", "", "keys"],
)
def test_what_no_backup_holds_is_refused_whole(tmp_path: Path, name: str) -> None:
    """A file from elsewhere writes nothing outside of the home, and no safety log into it."""
    file, new = tmp_path / "backup", tmp_path / "new"
    with tarfile.open(file, "w") as archive:
        for each in ("genesis.json", name):
            entry = tarfile.TarInfo(each)
            entry.size = 1
            if each == "keys":
                entry.type, entry.size, entry.linkname = tarfile.SYMTYPE, 0, "/etc"
            archive.addfile(entry, io.BytesIO(b"x"))
    with pytest.raises(Refused, match="BACKUP_INVALID"):
        restore_backup(file, Home(new))
    assert list(new.iterdir()) == []
    assert sorted(path.name for path in tmp_path.iterdir()) == ["backup", "new"]


@pytest.mark.parametrize("data", [b"", b"no archive", bytes(10_240)])
def test_another_file_is_refused(tmp_path: Path, data: bytes) -> None:
    (tmp_path / "backup").write_bytes(data)
    with pytest.raises(Refused, match="BACKUP_INVALID"):
        restore_backup(tmp_path / "backup", Home(tmp_path / "new"))
    shutil.rmtree(tmp_path / "new")
    with pytest.raises(Refused, match="FILE_UNREADABLE"):
        restore_backup(tmp_path / "none", Home(tmp_path / "new"))


def test_what_no_restore_would_take_is_backed_up_by_nobody(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """An operator learns it while the home is there, not in the night of the restore; no file is left."""
    home = a_validator(tmp_path / "old")
    monkeypatch.setattr(backup, "FILE_BYTES_MAX", 10)
    with pytest.raises(Refused, match="BACKUP_INVALID"):
        create_backup(home, tmp_path / "backup")
    assert not (tmp_path / "backup").exists()
