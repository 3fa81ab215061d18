"""Files that are deposited: read and hashed on this machine, each with an evidence file written for later."""

from __future__ import annotations

import hashlib
import shutil
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.files import read_file, write_new_file
from p2pchain.cli.modules.client_part import Made, Work
from p2pchain.client.evidence_files import (
    FileFacts,
    evidence_of_file,
    evidence_of_files,
    salted_files,
)
from p2pchain.codec.evidence_file import (
    EVIDENCE_FILE_BYTES_MAX,
    FILES_MAX,
    NAME_BYTES_MAX,
    decode_evidence_file,
    encode_evidence_file,
    is_evidence_file,
)
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.evidence_file import EvidenceFile
from p2pchain.model.ids import HASH_BYTES

SUFFIX: Final = ".evidence"
FOLDER: Final = "evidence"
"""In the home: a folder for each deposit, named by its digest."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadDeposit:
    """Files of a deposit, each with its evidence file."""

    digest: bytes
    count: int | None
    evidence: Sequence[EvidenceFile]


async def deposited(work: Work) -> Made:
    """Hash the files, write their evidence files, and make a deposit's fields. The evidence files are removed
    where the chain refuses it. ``EVD_EMPTY``, ``EVD_TOO_MANY_FILES``, ``EVD_FILE_NAME``, ``FILE_UNREADABLE``,
    ``FILE_UNWRITABLE``.
    """
    status = await work.client.status()
    account = await work.client.query("membership", "account", {"public_key": work.signer})
    paths: Sequence[Path] = work.options["files"]
    made = _read(str(status["chain_id"]), str(account["org"]), paths, is_sealed=work.options["sealed"])
    chosen: Path | None = work.options["directory"]
    directory = chosen or work.session.home / FOLDER / made.digest.hex()
    is_new = not directory.exists()
    if is_new or chosen is not None:
        for evidence in made.evidence:
            _write(directory / (evidence.file.name + SUFFIX), encode_evidence_file(evidence))

    async def undo() -> None:
        if is_new:
            shutil.rmtree(directory, ignore_errors=True)

    written = f"{len(made.evidence)} evidence files" if len(made.evidence) > 1 else "an evidence file"
    return Made(
        values={"digest": made.digest, "count": made.count},
        report={"digest": made.digest.hex(), "files": len(made.evidence), "directory": str(directory)},
        notes=(f"wrote {written} to {directory}; keep what is there beside the files",),
        undo=undo,
    )


async def sought(work: Work) -> Made:
    """Make the digest that is looked for: of a file, of an evidence file, or as it was typed."""
    return Made(values={"digest": digest_of(work.options["which"])})


def digest_of(which: str) -> bytes:
    """Compute the digest of a file or evidence file, or read the digest typed."""
    path = Path(which)
    if path.is_file():
        evidence = evidence_in(path)
        return facts_of_file(path).sha256 if evidence is None else evidence.digest
    try:
        digest = bytes.fromhex(which)
    except ValueError:
        digest = b""
    if len(digest) != HASH_BYTES:
        raise click.UsageError(f"{which} is neither a file nor a digest of {2 * HASH_BYTES} digits")
    return digest


def evidence_in(path: Path) -> EvidenceFile | None:
    """The evidence file at a path; None where it is another file. ``FILE_UNREADABLE``, ``Invalid``."""
    data = read_file(path, EVIDENCE_FILE_BYTES_MAX)
    return decode_evidence_file(data) if is_evidence_file(data) else None


def facts_of_file(path: Path, name: str = "") -> FileFacts:
    """Size and SHA-256 of a file, read piece by piece. ``FILE_UNREADABLE``."""
    try:
        with path.open("rb") as file:
            digest = hashlib.file_digest(file, "sha256").digest()
            size = file.tell()
    except OSError as error:
        raise Refused("FILE_UNREADABLE", {"file": str(path), "reason": error.strerror}) from error
    return FileFacts(name=name or path.name, size=size, sha256=digest)


def _read(chain_id: str, org: str, paths: Sequence[Path], *, is_sealed: bool) -> ReadDeposit:
    files = [facts_of_file(path, name) for path, name in _named(paths)]
    for name, times in Counter(file.name for file in files).items():
        if not 0 < len(name.encode()) <= NAME_BYTES_MAX or times > 1:
            raise Refused("EVD_FILE_NAME", {"file": name}, "a file has a name of its own; deposit a folder")
    leaves = salted_files(files)
    if len(leaves) == 1 and not is_sealed and paths[0].is_file():
        evidence = [evidence_of_file(chain_id, org, leaves[0])]
    else:
        evidence = evidence_of_files(chain_id, org, leaves)
    return ReadDeposit(digest=evidence[0].digest, count=evidence[0].count, evidence=evidence)


def _named(paths: Sequence[Path]) -> list[tuple[Path, str]]:
    """Files with their names, in a folder by their way from it. ``EVD_EMPTY``, ``EVD_TOO_MANY_FILES``."""
    named: list[tuple[Path, str]] = []
    for path, name in _walked(paths):
        if len(named) == FILES_MAX:
            facts: dict[str, Fact] = {"most": FILES_MAX}
            raise Refused("EVD_TOO_MANY_FILES", facts, "deposit them in parts, each with its own root")
        named.append((path, name))
    if not named:
        raise Refused("EVD_EMPTY", {"files": 0}, "name files, or a folder that has some")
    return named


def _walked(paths: Sequence[Path]) -> Iterator[tuple[Path, str]]:
    for path in paths:
        if path.is_dir():
            for below in sorted(path.rglob("*")):
                if below.is_file():
                    yield below, below.relative_to(path).as_posix()
        else:
            yield path, path.name


def _write(path: Path, data: bytes) -> None:
    try:
        path.parent.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused("FILE_UNWRITABLE", {"file": str(path), "reason": error.strerror}) from error
    write_new_file(path, data)
