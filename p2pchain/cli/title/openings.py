"""Openings of the commitments to a unit's owners: names, identity numbers and salts, in a file that stays
with whoever keeps it. ``title owner FILE`` checks it against the chain.
"""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any, Final

import click

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import read_file, write_new_file
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import new_console, show_json, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.codec.exact_json import read_json, write_json
from p2pchain.codec.title_ids import OWNER_SALT_BYTES, owner_commitment
from p2pchain.documents.listings import OWNERS_BYTES_MAX, Owner, read_owners
from p2pchain.model.errors import Refused
from p2pchain.presentation.printable import printable

OPENINGS_BYTES_MAX: Final = 2 * OWNERS_BYTES_MAX
HINT: Final = "give the file that `p2pchain title register --openings FILE` wrote"


def commit_owners(
    owners: Sequence[Owner], denominator: int
) -> tuple[tuple[bytes, ...], list[dict[str, str]]]:
    """Commit to owners, under fresh salts where they have none yet; what opens the commitments."""
    openings = [
        {
            "name": owner.name,
            "identity": owner.identity,
            "share": f"{owner.numerator}/{denominator}",
            "salt": (owner.salt or os.urandom(OWNER_SALT_BYTES)).hex(),
        }
        for owner in owners
    ]
    commitments = tuple(commitment_of(opening) for opening in openings)
    for opening, commitment in zip(openings, commitments, strict=True):
        opening["owner"] = commitment.hex()
    return commitments, openings


def openings_bytes(unit: str, openings: list[dict[str, str]]) -> bytes:
    """Write a file of openings."""
    return (write_json({"unit": unit, "owners": openings}, indent=2) + "\n").encode()


def commitment_of(opening: dict[str, str]) -> bytes:
    """Make the commitment that an opening opens."""
    return owner_commitment(bytes.fromhex(opening["salt"]), opening["name"], opening["identity"])


def read_openings(path: Path) -> tuple[str, list[dict[str, str]]]:
    """Read a file of openings: the unit, and who its owners are. Raises ``TITLE_OPENINGS``."""
    document = read_json(read_file(path, OPENINGS_BYTES_MAX, HINT))
    match document:
        case {"unit": str(unit), "owners": [*owners]} if all(map(_is_opening, owners)):
            return unit, owners
    raise Refused("TITLE_OPENINGS", {"file": str(path)}, HINT)


def _is_opening(item: Any) -> bool:
    match item:
        case {"name": str(), "identity": str(), "salt": str(salt)}:
            try:
                return len(bytes.fromhex(salt)) == OWNER_SALT_BYTES
            except ValueError:
                return False
    return False


@click.command()
@click.argument("file", type=FILE)
@json_option
@click.pass_obj
def owner(session: Session, file: Path, as_json: bool) -> None:
    """Show which shares of a unit the persons in FILE have now: their names, opened here, are held against
    the commitments on the chain.
    """
    unit, openings = read_openings(file)

    async def asked(client: NodeClient) -> Fields:
        return await client.query("title", "show", {"unit": unit})

    shown = session.ask(asked)
    shares = {row["owner"]: row["numerator"] for row in shown["shares"]}
    rows = [
        (opening["name"], _share(shares.get(commitment_of(opening).hex()), shown["denominator"]))
        for opening in openings
    ]
    if as_json:
        show_json({"unit": unit, "owners": [{"name": name, "share": share} for name, share in rows]})
    else:
        table(new_console(), ("owner", f"share of {unit}"), rows, empty="nobody")


@click.command()
@click.argument("owners", type=FILE)
@click.option(
    "--openings",
    type=FILE,
    required=True,
    help="Write here who they are, with their salts; a new file.",
)
def commit(owners: Path, openings: Path) -> None:
    """Commit to the persons in OWNERS before a sale is signed: its buyer is the commitment that is printed,
    and the transfer names the same one with `--owners` and the file of openings.
    """
    persons, denominator = read_owners(
        read_file(owners, OWNERS_BYTES_MAX, "give the JSON file of the owners")
    )
    commitments, opened = commit_owners(persons, denominator)
    write_new_file(openings, openings_bytes("", opened))
    for person, commitment in zip(persons, commitments, strict=True):
        click.echo(f"{commitment.hex()}  {printable(person.name)}")


def _share(numerator: int | None, denominator: int) -> str:
    return "none" if numerator is None else f"{numerator}/{denominator}"
