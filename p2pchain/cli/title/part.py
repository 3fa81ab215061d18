"""The titles' part of the client: owners and instruments are read on this machine; hashes leave it."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import read_file, write_new_file
from p2pchain.cli.modules.client_part import ClientPart, FileReader, Made, Work
from p2pchain.cli.title.openings import commit, commit_owners, openings_bytes, owner
from p2pchain.crypto.hashing import sha256
from p2pchain.documents.listings import OWNERS_BYTES_MAX, read_owners
from p2pchain.model.errors import Refused

INSTRUMENT_BYTES_MAX: Final = 67_108_864


async def hash_source(work: Work) -> Made:
    """Hash the instrument."""
    return Made(values={"source": file_digest(work.options["source"])})


async def commit_to_owners(work: Work) -> Made:
    """Commit to the owners, and keep the openings in a new file. It is removed where the chain refuses.
    Raises ``DOC_OWNERS``, ``CODEC_JSON``, ``FILE_UNREADABLE``, ``FILE_UNWRITABLE``.
    """
    path, kept = work.options["owners"], work.options["openings"]
    owners, denominator = read_owners(read_file(path, OWNERS_BYTES_MAX, "give the JSON file of the owners"))
    source = file_digest(work.options["source"])
    commitments, openings = commit_owners(owners, denominator)
    write_new_file(kept, openings_bytes(str(work.values["unit"]), openings))

    async def undo() -> None:
        kept.unlink(missing_ok=True)

    return Made(
        values={
            "owners": commitments,
            "numerators": tuple(held.numerator for held in owners),
            "denominator": denominator,
            "source": source,
        },
        report={"openings": str(kept), "owners": [commitment.hex() for commitment in commitments]},
        notes=(f"{kept} opens who the owners are; keep it, and give each its own",),
        undo=undo,
    )


def file_digest(path: Path) -> bytes:
    """Hash a file. Raises ``FILE_UNREADABLE``."""
    data = read_file(path, INSTRUMENT_BYTES_MAX)
    if len(data) > INSTRUMENT_BYTES_MAX:
        facts = {"file": str(path), "reason": f"more than {INSTRUMENT_BYTES_MAX} bytes"}
        raise Refused("FILE_UNREADABLE", facts, "give a smaller scan of the instrument")
    return sha256(data)


def source_option(help_: str = "The instrument; its hash is recorded.") -> click.Option:
    """Make the option that names the instrument."""
    return click.Option(["--source"], type=FILE, metavar="FILE", required=True, help=help_)


OWNERS: Final = FileReader(
    make=commit_to_owners,
    parameters=(
        click.Option(
            ["--owners"], type=FILE, metavar="FILE", required=True, help="Who owns it then, as JSON."
        ),
        source_option(),
        click.Option(
            ["--openings"],
            type=FILE,
            metavar="FILE",
            required=True,
            help="Write here who the owners are, with their salts; a new file.",
        ),
    ),
)
INSTRUMENT: Final = FileReader(make=hash_source, parameters=(source_option(),))

PART: Final = ClientPart(
    readers={
        "register": OWNERS,
        "transfer": OWNERS,
        "split": INSTRUMENT,
        "merge": INSTRUMENT,
        "record": INSTRUMENT,
        "discharge": INSTRUMENT,
    },
    commands=(commit, owner),
)
