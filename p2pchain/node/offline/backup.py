"""Backup of a home: what no other member can give back, in one file; and a home out of such a file.

The chain comes back from the other members, so ``data/`` stays out. Most of all ``data/safety``: it says what
this validator has signed, and an older copy of it lets the key sign again what it has signed since. So a home
that is restored signs nothing (``GUARD_RESTORED``) until it is told how far its key has signed.
"""

from __future__ import annotations

import io
import os
import shutil
import tarfile
import tempfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Final

from p2pchain.codec.genesis import genesis_id
from p2pchain.model.errors import Fact, Refused
from p2pchain.node.home.layout import PRIVATE_DIRECTORY_MODE, Home, make_logs
from p2pchain.signing.keyfile import read_public_key
from p2pchain.signing.standing import Standing, StandingFile, Stop
from p2pchain.storage.lock import HomeLock

RESTORED: Final = "GUARD_RESTORED"
KEPT: Final = (
    *("keys", "accounts", "documents", "config.toml", "genesis.json"),
    *("bans.json", "refused-senders.json"),
)
"""What a backup holds, in this order, of what is there."""
FILE_MODE: Final = 0o600
FILES_MAX: Final = 100_000
FILE_BYTES_MAX: Final = 268_435_456
"""Of one file in a backup."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BackedUp:
    """``files``: how many went over; ``parts``: of the home; ``validator``: with a consensus key."""

    files: int
    parts: tuple[str, ...]
    validator: bool


def create_backup(home: Home, file: Path) -> BackedUp:
    """Write a home's backup to ``file``, which must not exist, mode 0600; the node may run. Raises
    ``Refused``: ``HOME_MISSING``, ``HOME_PERMISSION``, ``FILE_UNWRITABLE``; ``BACKUP_INVALID`` for what no
    restore would take.
    """
    parts = tuple(part for part in KEPT if (home.root / part).exists())
    if not parts:
        hint = "name it with --home DIR"
        raise Refused("HOME_MISSING", {"home": str(home.root)}, hint)
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, FILE_MODE)
    except OSError as error:
        hint = "name another file, or move that one away" if isinstance(error, FileExistsError) else ""
        raise Refused("FILE_UNWRITABLE", {"file": str(file), "reason": error.strerror}, hint) from error
    try:
        with os.fdopen(descriptor, "wb") as opened:
            count = _write(home, parts, opened)
            opened.flush()
            os.fsync(descriptor)
    except Refused:
        file.unlink(missing_ok=True)
        raise
    except OSError as error:
        file.unlink(missing_ok=True)
        facts: dict[str, Fact] = {"file": str(error.filename or file), "reason": error.strerror}
        if isinstance(error, PermissionError):
            raise Refused("HOME_PERMISSION", facts, "run as the user that owns the home") from error
        raise Refused("FILE_UNWRITABLE", facts) from error
    return BackedUp(files=count, parts=parts, validator=home.consensus_key.exists())


def restore_backup(file: Path, home: Home) -> BackedUp:
    """Make a home out of a backup, where there is none. Its validator's key signs nothing until its state is
    imported. Raises ``Refused``: ``FILE_UNREADABLE``, ``BACKUP_INVALID``, ``HOME_EXISTS``,
    ``HOME_UNWRITABLE``, and what reading the genesis raises; then nothing was changed.
    """
    occupied = [part for part in (*KEPT, "data") if (home.root / part).exists()]
    if occupied:
        facts: dict[str, Fact] = {"home": str(home.root), "holds": ", ".join(occupied)}
        raise Refused("HOME_EXISTS", facts, "restore into a directory without these: --home DIR")
    try:
        home.root.mkdir(mode=PRIVATE_DIRECTORY_MODE, parents=True, exist_ok=True)
        aside = Path(tempfile.mkdtemp(prefix=".restoring-", dir=home.root))
    except OSError as error:
        facts = {"home": str(home.root), "reason": error.strerror}
        raise Refused("HOME_UNWRITABLE", facts, "choose a directory that this user may write") from error
    try:
        count = _extract(file, aside)
        restored = Home(aside)
        if restored.genesis.exists():
            _make_unsigning_data(restored)
        with HomeLock(home.lock):
            for part in sorted(aside.iterdir()):
                if part.name != home.lock.name:
                    os.rename(part, home.root / part.name)
            os.sync()  # the names of all files and directories, too: most of all that of the stop file
    finally:
        shutil.rmtree(aside)
    parts = tuple(part for part in KEPT if (home.root / part).exists())
    return BackedUp(files=count, parts=parts, validator=home.consensus_key.exists())


def _make_unsigning_data(home: Home) -> None:
    """Empty logs, and the word that a validator's key may have signed what they do not hold."""
    genesis = home.read_genesis()
    make_logs(home, genesis_id(genesis), fresh=True)
    if home.consensus_key.exists():
        blank = Standing(
            chain_id=genesis.chain_id,
            genesis_id=genesis_id(genesis),
            public_key=read_public_key(home.consensus_key),
        )
        standing = StandingFile(
            home.guard_file(home.consensus_key), home.stop_file(home.consensus_key), blank
        )
        standing.stop(Stop(code=RESTORED, facts={"home": str(home.root.parent)}), None)


def _write(home: Home, parts: tuple[str, ...], opened: io.BufferedWriter) -> int:
    """Files of these parts, in the order of their names; what is half-written or no file stays out."""
    count = 0
    with tarfile.open(fileobj=opened, mode="w") as archive:
        for part in parts:
            for path in _files(home.root / part):
                data = path.read_bytes()
                if len(data) > FILE_BYTES_MAX or count >= FILES_MAX:
                    facts: dict[str, Fact] = {"file": str(path), "bytes": len(data), "files": count + 1}
                    raise Refused("BACKUP_INVALID", facts, "no backup may hold it: move it out of the home")
                entry = tarfile.TarInfo(str(PurePosixPath(path.relative_to(home.root))))
                entry.size, entry.mode, entry.mtime = len(data), FILE_MODE, int(path.stat().st_mtime)
                archive.addfile(entry, io.BytesIO(data))
                count += 1
    return count


def _files(path: Path) -> Iterator[Path]:
    if path.is_dir():
        for child in sorted(path.iterdir()):
            if not child.name.startswith("."):
                yield from _files(child)
    elif path.is_file():
        yield path


def _extract(file: Path, target: Path) -> int:
    """Write the files of a backup below ``target``; how many."""
    count = 0
    try:
        with tarfile.open(file, mode="r:") as archive:
            for entry in archive:
                count += 1
                path = PurePosixPath(entry.name)
                known = path.parts[:1] and path.parts[0] in KEPT and ".." not in path.parts
                if not known or not entry.isreg() or entry.size > FILE_BYTES_MAX or count > FILES_MAX:
                    raise _invalid(file, f"it holds {entry.name[:100]!a}")
                data = archive.extractfile(entry)
                assert data is not None, "it is a regular file"
                place = target.joinpath(*path.parts)
                place.parent.mkdir(mode=PRIVATE_DIRECTORY_MODE, parents=True, exist_ok=True)
                descriptor = os.open(place, os.O_WRONLY | os.O_CREAT | os.O_EXCL, FILE_MODE)
                with os.fdopen(descriptor, "wb") as opened:
                    shutil.copyfileobj(data, opened)
                    opened.flush()
                    os.fsync(descriptor)
    except tarfile.TarError as error:
        raise _invalid(file, str(error)) from error
    except OSError as error:
        raise Refused("FILE_UNREADABLE", {"file": str(file), "reason": error.strerror}) from error
    if not count:
        raise _invalid(file, "it holds nothing")
    return count


def _invalid(file: Path, reason: str) -> Refused:
    hint = "give the file that `p2pchain backup create` wrote"
    return Refused("BACKUP_INVALID", {"file": str(file), "reason": reason}, hint)
