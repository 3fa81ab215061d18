"""The listings' part of the client: listings, mandates and contracts are read on this machine."""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import read_file
from p2pchain.cli.modules.client_part import ClientPart, FileReader, Made, Work
from p2pchain.cli.title.part import file_digest, hash_source, source_option
from p2pchain.documents.amounts import minor_units
from p2pchain.documents.listings import LISTING_BYTES_MAX, read_listing


async def offer(work: Work) -> Made:
    """Read a listing. Raises ``DOC_LISTING``, ``CODEC_JSON``, ``DOC_INVALID_AMOUNT``, ``FILE_UNREADABLE``."""
    path: Path = work.options["file"]
    facts = read_listing(read_file(path, LISTING_BYTES_MAX, "give the listing as RESO JSON"))
    return Made(
        values={
            "unit": facts.unit,
            "price_minor": minor_units(facts.price, str(work.values["currency"])),
            "until_day": facts.until_day,
            "document": facts.digest,
        },
        report={"unit": facts.unit},
    )


async def hash_contract(work: Work) -> Made:
    """Hash the contract."""
    return Made(values={"contract": file_digest(work.options["contract"])})


PART: Final = ClientPart(
    readers={
        "offer": FileReader(make=offer, parameters=(click.Argument(["file"], type=FILE),)),
        "authorise": FileReader(
            make=hash_source, parameters=(source_option("What the owners signed; its hash is recorded."),)
        ),
        "sign_sale": FileReader(
            make=hash_contract,
            parameters=(
                click.Option(
                    ["--contract"],
                    type=FILE,
                    metavar="FILE",
                    required=True,
                    help="The signed contract; its hash is recorded.",
                ),
            ),
        ),
    }
)
