"""Tokens of time-stamping authorities, verified on this machine before they are recorded."""

from __future__ import annotations

import hashlib
import time
from collections.abc import Sequence
from pathlib import Path

from p2pchain.cli.evidence.deposited_files import facts_of_file
from p2pchain.cli.files import read_file
from p2pchain.cli.modules.client_part import Made, Work
from p2pchain.documents.timestamp_token import (
    AUTHORITY_BYTES_MAX,
    TOKEN_BYTES_MAX,
    TimestampInvalid,
    read_token,
)


async def timestamped(work: Work) -> Made:
    """Verify a token over a deposit. ``EVD_TIMESTAMP_INVALID``, ``FILE_UNREADABLE``."""
    deposit = work.values["deposit"]
    assert isinstance(deposit, bytes), "the field takes an id"
    shown = await work.client.query("evidence", "show", {"deposit": deposit})
    file: Path | None = work.options["file"]
    digest = bytes.fromhex(shown["digest"])
    if file is not None and facts_of_file(file).sha256 != digest:
        raise TimestampInvalid(reason="the file is not what was deposited")
    token = read_token(
        read_file(work.options["token_file"], TOKEN_BYTES_MAX),
        read_file(work.options["authority"], AUTHORITY_BYTES_MAX),
        imprints_of(digest, file),
        shown_ms=time.time_ns() // 1_000_000,
    )
    return Made(
        values={"token": token.token, "token_ms": token.time_ms, "certificate": token.certificate},
        report={"authority": token.authority},
        notes=(f"signed by {token.authority}",),
    )


def imprints_of(digest: bytes, file: Path | None) -> Sequence[bytes]:
    """List the imprints that a token over a deposit may have. They are its digest as it is, the hash of those
    32 bytes, or, of a single ``file`` that was deposited, its longer hashes.
    """
    hashes = ("sha256", "sha384", "sha512")
    imprints = [digest, *(hashlib.new(name, digest).digest() for name in hashes)]
    if file is not None:
        for name in hashes[1:]:
            with file.open("rb") as opened:
                imprints.append(hashlib.file_digest(opened, name).digest())
    return imprints
