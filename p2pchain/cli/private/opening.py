"""``private get``, ``disclose`` and ``verify``: open a payload, and hand on or check a field of it, with what
lies on this machine.
"""

from __future__ import annotations

import os
from pathlib import Path

import click

from p2pchain.cli.accounts import passphrase_from
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import write_file
from p2pchain.cli.options import json_option
from p2pchain.cli.private.payload_fields import read_value, value_text, write_fields
from p2pchain.cli.screen import new_console, show_json, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.private_terms import disclose as disclosed_field
from p2pchain.client.private_terms import unseal, verify_disclosure
from p2pchain.codec.private import DISCLOSURE_BYTES_MAX, decode_disclosure, encode_disclosure, payload_root
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import HASH_BYTES
from p2pchain.model.private import PrivateField
from p2pchain.presentation.printable import printable
from p2pchain.signing.keyfile import read_key

MODULE = "private"


class RootType(click.ParamType[bytes]):
    """The root of a payload: 64 hexadecimal digits."""

    name = "root"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """The root, or a usage error."""
        try:
            root = bytes.fromhex(str(value))
        except ValueError:
            root = b""
        if len(root) != HASH_BYTES:
            self.fail(f"{value} is no root: expected {2 * HASH_BYTES} hexadecimal digits", param, ctx)
        return root


ROOT = RootType()


@click.command()
@click.argument("root", type=ROOT)
@click.option(
    "--dir", "directory", type=click.Path(path_type=Path, file_okay=False), help="Write the fields here."
)
@json_option
@click.pass_obj
def get(session: Session, root: bytes, directory: Path | None, as_json: bool) -> None:
    """Open a payload that was sealed for this home's organisation."""
    _, items = session.ask(lambda client: _opened(session, client, root))
    if directory is not None:
        write_fields(directory, {item.name: item.value for item in items})
    fields = {item.name: value_text(item.value) for item in items}
    if as_json:
        show_json({"root": root.hex(), "fields": fields})
    else:
        table(new_console(), ("field", "value"), list(fields.items()), empty="no fields")


@click.command()
@click.argument("root", type=ROOT)
@click.argument("name", metavar="FIELD")
@click.option("--out", type=FILE, required=True, help="File to write.")
@click.pass_obj
def disclose(session: Session, root: bytes, name: str, out: Path) -> None:
    """Write one field for somebody else, with what proves that it is in the payload; no other is told."""

    async def disclosed(client: NodeClient) -> bytes:
        owner, items = await _opened(session, client, root)
        chain_id = str((await client.status())["chain_id"])
        return encode_disclosure(disclosed_field(chain_id, owner, items, name))

    write_file(out, session.ask(disclosed))
    click.echo(f"wrote {out}: whoever has it reads {name}, and checks it with: p2pchain private verify {out}")


@click.command()
@click.argument("file", type=FILE)
@click.option("--root", type=ROOT, help="The root that it has to be under; else a node is asked.")
@json_option
@click.pass_obj
def verify(session: Session, file: Path, root: bytes | None, as_json: bool) -> None:
    """Check a disclosed field against the root on the chain; exit 1 where it does not hold."""
    disclosure = decode_disclosure(read_value(file, DISCLOSURE_BYTES_MAX))
    verify_disclosure(disclosure)
    proven = payload_root(disclosure.owner, disclosure.tree)
    record: Fields | None = None
    if root is None:
        chain_id, record = session.ask(lambda client: _recorded(client, proven))
        if chain_id != disclosure.chain_id:
            differs = {"chain_id": disclosure.chain_id, "chain_of_the_node": chain_id}
            raise Invalid("PROOF_INVALID", {"reason": "of another chain", **differs})
    elif root != proven:
        raise Invalid("PROOF_INVALID", {"reason": "another root", "root": proven.hex()})
    shown = {
        "root": proven.hex(),
        "field": disclosure.field.name,
        "value": value_text(disclosure.field.value),
    }
    if as_json:
        show_json({**shown, "payload": None if record is None else dict(record)})
        return
    click.echo(printable(f"{disclosure.field.name}: {shown['value']}"))
    by = "" if record is None else f", put by {record['owner']} at height {record['height']}"
    click.echo(f"is in the payload {proven.hex()}{by}")


async def _recorded(client: NodeClient, root: bytes) -> tuple[str, Fields]:
    """Return the node's chain id, and the chain's record of this root."""
    return str((await client.status())["chain_id"]), await client.query(MODULE, "show", {"root": root})


async def _opened(session: Session, client: NodeClient, root: bytes) -> tuple[str, tuple[PrivateField, ...]]:
    """Return owner and fields of a payload sealed for this home's organisation."""
    status = await client.status()
    owner = str((await client.query(MODULE, "show", {"root": root}))["owner"])
    seed = read_key(session.keys / "sealing.key", passphrase_from(os.environ), kind="sealing").seed
    envelope, org = await client.read_private(root), str(status["org"])
    later = (await client.query(MODULE, "resealed", {"root": root, "org": org}))["sealed_key"]
    resealed = None if later is None else bytes.fromhex(str(later))
    return owner, unseal(str(status["chain_id"]), owner, root, envelope, org, seed, resealed)
