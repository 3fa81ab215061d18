"""The digest of a module's code: one number for the sources of one version.

Nodes that run other code under one version number come to different blocks. So each version of a module has
a digest, the same on every machine and under every Python, by which members name the code that they agree on.

Sources are the files ``*.py`` of the module's folder, at any depth. Line ends are read as the interpreter
reads them, so a checkout that turned them around has the same digest; file times, modes, compiled files and
where the folder lies do not count. A folder ``vN`` in the module's folder holds what version ``N`` needs
beyond those before it: it counts for version ``N`` and later ones, so a release that brings version 2 leaves
the digest of version 1 as it was. ``docs/formats.md`` defines it for others, who need no more than
``sha256sum``.
"""

from __future__ import annotations

from collections.abc import Mapping

from p2pchain.codec.decimal_text import decimal
from p2pchain.crypto.hashing import sha256

DIGEST_BYTES = 32
VERSION_FOLDER = "v"
"""Followed by its number: of what a version needs beyond those before it."""
DIGITS = "0123456789"


def module_digest(sources: Mapping[str, bytes], version: int) -> bytes:
    """Compute the 32-byte digest of a module version from its folder's sources.

    ``sources``: contents by path below the folder, parts separated by ``/``. SHA-256 over one line for each
    source of the version, ascending by the bytes of the path: SHA-256 of the content in hex, two spaces, the
    path, a line feed.
    """
    assert not any("\n" in path for path in sources), "a path is one line"
    lines = sorted(
        (path.encode(), sha256(_with_line_feeds(content)).hex().encode())
        for path, content in sources.items()
        if _first_version(path) <= version
    )
    return sha256(b"".join(content + b"  " + path + b"\n" for path, content in lines))


def _with_line_feeds(content: bytes) -> bytes:
    return content.replace(b"\r\n", b"\n").replace(b"\r", b"\n")


def _first_version(path: str) -> int:
    """The first version that a source belongs to: ``N`` of a folder ``vN`` that it lies in, else 1."""
    folder, slash, _ = path.partition("/")
    number = folder.removeprefix(VERSION_FOLDER)
    is_numbered = slash and folder == VERSION_FOLDER + number and all(digit in DIGITS for digit in number)
    return decimal(number) if is_numbered and number[:1] > "0" else 1
