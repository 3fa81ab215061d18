"""Writing of a debug bundle: what an engineer needs, and a last look that no secret of the home is in it."""

from __future__ import annotations

import io
import os
import stat
import tarfile
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Final

from p2pchain.codec.exact_json import read_json
from p2pchain.model.errors import Invalid, Refused
from p2pchain.node.home.layout import Home
from p2pchain.signing.atomic import write_secret

FILES_LISTED_MAX: Final = 10_000
SECRET_FILES_MAX: Final = 1_000
SECRET_FILE_BYTES_MAX: Final = 65_536
SECRET_CHARS_LEAST: Final = 32
"""A shorter text in a key file is no secret: a name, a kind, a version."""
PUBLIC: Final = ("format", "kind", "public_key", "protection")
_MODE: Final = 0o600


def write_bundle(path: Path, parts: Mapping[str, bytes], home: Home) -> int:
    """Write parts as a ``tar.gz`` of mode 0600, and return its size. Raises ``Refused``: ``BUNDLE_SECRET``
    where a part holds a secret of the home, and as ``write_secret``.
    """
    secrets = tuple(secrets_of(home))
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w:gz") as archive:
        for name, data in sorted(parts.items()):
            if any(secret in data for secret in secrets):
                hint = "a setting, or the log, holds a key of this home: remove it there, and change the key"
                raise Refused("BUNDLE_SECRET", {"part": name}, hint)
            entry = tarfile.TarInfo(f"{path.name.removesuffix('.tar.gz')}/{name}")
            entry.size, entry.mode = len(data), _MODE
            archive.addfile(entry, io.BytesIO(data))
    write_secret(path, packed.getvalue(), replace=True)
    return len(packed.getvalue())


def secrets_of(home: Home) -> Iterator[bytes]:
    """Secrets in the home's key files, as they stand there and as bytes."""
    for directory in (home.peer_key.parent, home.root / "accounts"):
        for path in sorted(directory.glob("*.key"))[:SECRET_FILES_MAX]:
            try:
                with path.open("rb") as file:
                    data = file.read(SECRET_FILE_BYTES_MAX)
            except OSError:
                continue
            yield from _secrets_in(data)


def listing(home: Home) -> str:
    """Names, sizes, modes and owners of the home's files: what lies there, not what is in it."""
    lines: list[str] = []
    for directory, _, names in os.walk(home.root):
        for name in sorted(names):
            path = Path(directory, name)
            try:
                status = path.lstat()
            except OSError:
                continue
            mode = stat.filemode(status.st_mode)
            lines.append(f"{mode} {status.st_uid}:{status.st_gid} {status.st_size:>12} {path}")
            if len(lines) == FILES_LISTED_MAX:
                return "\n".join([*lines, "... (more)\n"])
    return "\n".join([*lines, ""])


def _secrets_in(data: bytes) -> Iterator[bytes]:
    """Texts of a key file that are none of its public fields; all of a file that is no JSON."""
    try:
        members = read_json(data)
    except Invalid:
        members = {"all": data.decode("utf-8", "replace").strip()}
    if not isinstance(members, dict):
        return
    for name, value in members.items():
        if name not in PUBLIC and isinstance(value, str) and len(value) >= SECRET_CHARS_LEAST:
            yield value.encode()
            try:
                yield bytes.fromhex(value)
            except ValueError:
                continue
