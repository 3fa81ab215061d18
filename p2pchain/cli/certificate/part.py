"""The certificates' part of the client: a meter's file becomes periods, a statement a root, a proof file an
import.
"""

from __future__ import annotations

from pathlib import Path
from typing import Final

import click

from p2pchain.business.certificate.fields import PERIODS_MAX
from p2pchain.business.certificate.passage import FOREIGN, PROOF_BYTES_MAX
from p2pchain.business.certificate.records import ITEM
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import read_file, write_new_file
from p2pchain.cli.modules.client_part import ClientPart, FileReader, Made, Work
from p2pchain.client.private_terms import salted
from p2pchain.codec.exact_json import read_json
from p2pchain.codec.private import decode_payload, encode_payload, payload_tree
from p2pchain.documents.meter_readings import (
    BY,
    READINGS_BYTES_MAX,
    periods_of,
    read_meter_csv,
    readings_root,
)
from p2pchain.documents.meter_refusals import MeterTooLarge
from p2pchain.model.errors import Refused
from p2pchain.model.ids import HASH_BYTES

STATEMENT_BYTES_MAX: Final = 16_384
STATEMENT_FORM: Final = (
    'write a JSON object of texts, such as {"beneficiary": "...", "purpose": "...", "year": "2026"}'
)


async def issue(work: Work) -> Made:
    """Read the meter's file. Raises the refusals of ``meter_refusals``."""
    readings = read_meter_csv(read_file(work.options["readings"], READINGS_BYTES_MAX))
    periods = periods_of(readings, work.options["by"])
    if len(periods) > PERIODS_MAX:
        raise MeterTooLarge({"periods": len(periods), "periods_max": PERIODS_MAX})
    metered_wh = sum(reading.wh for reading in readings)
    report = {"rows": len(readings), "periods": len(periods), "metered_wh": metered_wh}
    return Made(
        values={"periods": periods, "readings": readings_root(readings)},
        report=report,
        notes=(f"{len(readings)} rows, {len(periods)} periods, {metered_wh} Wh",),
    )


async def cancel(work: Work) -> Made:
    """Salt the statement, and write what opens it. ``CRT_STATEMENT``."""
    fields = salted(_statement(read_file(work.options["statement"], STATEMENT_BYTES_MAX)))
    write_new_file(work.options["openings"], encode_payload(fields))
    return Made(values={"statement": payload_tree(fields)}, report={"statement": payload_tree(fields).hex()})


async def import_proof(work: Work) -> Made:
    """Read the proof file. ``CRT_PROOF_SIZE`` where no transaction carries it."""
    proof = read_file(work.options["file"], PROOF_BYTES_MAX)
    if len(proof) > PROOF_BYTES_MAX:
        hint = "have the members trust a newer block of that ledger, and ask for a file from there"
        raise Refused("CRT_PROOF_SIZE", {"bytes_max": PROOF_BYTES_MAX}, hint)
    return Made(values={"proof": proof})


@click.command("statement")
@click.argument("openings", type=FILE)
def show_statement(openings: Path) -> None:
    """Show what a cancellation was for, and the root expected on the chain."""
    fields = decode_payload(read_file(openings, STATEMENT_BYTES_MAX))
    for field in fields:
        click.echo(f"{field.name}: {field.value.decode('utf-8', 'replace')}")
    click.echo(f"root: {payload_tree(fields).hex()}")


@click.command("key")
@click.argument("certificate", metavar="CERTIFICATE")
@click.option("--exported", is_flag=True, help="Of the record that another ledger imports.")
def show_key(certificate: str, exported: bool) -> None:
    """Show the key of a certificate's record, for: p2pchain proof get --hex KEY."""
    try:
        name = bytes.fromhex(certificate)
    except ValueError:
        name = b""
    if len(name) != HASH_BYTES:
        raise click.UsageError(f"{certificate!r} is no whole id: 64 hexadecimal digits")
    click.echo(((FOREIGN if exported else b"certificate/" + ITEM) + name).hex())


def _statement(data: bytes) -> dict[str, bytes]:
    try:
        stated = read_json(data)
    except Refused as fault:
        raise Refused("CRT_STATEMENT", {}, STATEMENT_FORM) from fault
    if not isinstance(stated, dict) or not stated:
        raise Refused("CRT_STATEMENT", {}, STATEMENT_FORM)
    for name, value in stated.items():
        if not name or not isinstance(value, str):
            raise Refused("CRT_STATEMENT", {"field": name}, STATEMENT_FORM)
    return {name: value.encode() for name, value in stated.items()}


PART: Final = ClientPart(
    readers={
        "issue": FileReader(
            make=issue,
            parameters=(
                click.Option(
                    ["--readings"], type=FILE, metavar="FILE", required=True, help="The meter's CSV file."
                ),
                click.Option(
                    ["--by"],
                    type=click.Choice(BY),
                    default="row",
                    help="A certificate of each [default: row].",
                ),
            ),
        ),
        "cancel": FileReader(
            make=cancel,
            parameters=(
                click.Option(
                    ["--statement"], type=FILE, metavar="FILE", required=True, help="For whom and what, JSON."
                ),
                click.Option(
                    ["--openings"],
                    type=FILE,
                    metavar="FILE",
                    required=True,
                    help="Where to write what opens it.",
                ),
            ),
        ),
        "import": FileReader(make=import_proof, parameters=(click.Argument(["file"], type=FILE),)),
    },
    commands=(show_statement, show_key),
)
