"""``private``: contracts and prices that only their parties read, with their root on the chain."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import click
from rich.console import Console

from p2pchain.cli.accounts import passphrase_from
from p2pchain.cli.cosigners import Signing as Cosigning
from p2pchain.cli.cosigners import carry_out, cosigning_options
from p2pchain.cli.files import write_file
from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option
from p2pchain.cli.private.desk import PrivateDesk, Signing, read_value, signing, value_text, write_fields
from p2pchain.cli.screen import facts, listed, new_console, report, show_json, table
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.private_terms import (
    disclose,
    salted,
    seal,
    unseal,
    verify_disclosure,
)
from p2pchain.codec.possession import possession_sign_bytes
from p2pchain.codec.private import (
    DISCLOSURE_BYTES_MAX,
    PAYLOAD_BYTES_MAX,
    decode_disclosure,
    encode_disclosure,
    payload_root,
)
from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import HASH_BYTES, ChainId
from p2pchain.model.possession import SEALING, Possession
from p2pchain.model.private import PrivateField
from p2pchain.model.transaction import Operation
from p2pchain.presentation.printable import printable
from p2pchain.signing.keyfile import new_key, read_key, write_key

MODULE = "private"
FILE = click.Path(path_type=Path, dir_okay=False)


class RootType(click.ParamType[bytes]):
    """The root of a payload: 64 hexadecimal digits."""

    name = "root"

    def convert(self, value: object, param: click.Parameter | None, ctx: click.Context | None) -> bytes:
        """The root, or a usage error."""
        try:
            found = bytes.fromhex(str(value))
        except ValueError:
            found = b""
        if len(found) != HASH_BYTES:
            self.fail(f"{value} is no root: expected {2 * HASH_BYTES} hexadecimal digits", param, ctx)
        return found


ROOT = RootType()


@click.group(cls=Group)
def private() -> None:
    """Seal payloads to some organisations; only their root is on the chain.

    ROOT is what `put` tells. Payloads lie sealed on the nodes of their recipients, who open them with
    keys/sealing.key of their home; docs/private.md says what that protects, and what not.
    """


@private.command()
@signing
def enrol(options: Signing) -> int:
    """Make the sealing key of this home, and name it on the chain: others can seal for you from then on."""
    path = options.session.keys / "sealing.key"
    if not path.exists():
        write_key(path, new_key(), "sealing", passphrase_from(os.environ))
    key = read_key(path, passphrase_from(os.environ), kind="sealing")

    async def prepare(desk: PrivateDesk) -> tuple[Operation, bytes]:
        org = await desk.own_org()
        statement = Possession(kind=SEALING, org=org, name=org, key=key.public_key)
        said = possession_sign_bytes(ChainId(await desk.chain_id()), statement)
        args = (key.public_key, key.sign(said))
        return Operation(module=MODULE, action="set_key", args=args), key.public_key

    return options.perform(prepare, f"{path} opens what is sealed for you; keep a copy")


@private.command()
@click.argument("files", nargs=-1, type=click.Path(path_type=Path, dir_okay=False))
@click.option("--field", "fields", metavar="NAME=VALUE", multiple=True, help="A field; several times.")
@click.option("--to", "orgs", metavar="ORG", multiple=True, required=True, help="Recipient; several times.")
@click.option("--without-auditors", is_flag=True, help="Only to the auditors that `private auditors` names.")
@signing
def put(
    options: Signing,
    files: tuple[Path, ...],
    fields: tuple[str, ...],
    orgs: tuple[str, ...],
    without_auditors: bool,
) -> int:
    """Seal fields and FILES, each a field of its name, to organisations and to yourself."""
    values = _values(files, fields)

    async def prepare(desk: PrivateDesk) -> tuple[Operation, bytes]:
        recipients = await desk.recipients(orgs, auditors=not without_auditors)
        owner = await desk.own_org()
        tree, envelope = seal(await desk.chain_id(), owner, salted(values), recipients)
        root = payload_root(owner, tree)
        await desk.client.keep_private(root, envelope)
        args = (tree, sha256(envelope), len(envelope), tuple(sorted(recipients)))
        return Operation(module=MODULE, action="put", args=args), root

    return options.perform(prepare, "sealed; its recipients' nodes fetch it", keeps=True)


@private.command()
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
    told = {item.name: value_text(item.value) for item in items}
    if as_json:
        show_json({"root": root.hex(), "fields": told})
    else:
        table(new_console(), ("field", "value"), list(told.items()), empty="no fields")


@private.command("disclose")
@click.argument("root", type=ROOT)
@click.argument("name", metavar="FIELD")
@click.option("--out", type=FILE, required=True, help="File to write.")
@click.pass_obj
def disclose_(session: Session, root: bytes, name: str, out: Path) -> None:
    """Write one field for somebody else, with what proves that it is in the payload; no other is told."""

    async def disclosed(client: NodeClient) -> bytes:
        owner, items = await _opened(session, client, root)
        chain_id = str((await client.status())["chain_id"])
        return encode_disclosure(disclose(chain_id, owner, items, name))

    write_file(out, session.ask(disclosed))
    click.echo(f"wrote {out}: whoever has it reads {name}, and checks it with: p2pchain private verify {out}")


@private.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option("--root", type=ROOT, help="The root that it has to be under; else a node is asked.")
@json_option
@click.pass_obj
def verify(session: Session, file: Path, root: bytes | None, as_json: bool) -> None:
    """Check a disclosed field against the root on the chain; exit 1 where it does not hold."""
    found = decode_disclosure(read_value(file, DISCLOSURE_BYTES_MAX))
    verify_disclosure(found)
    proven = payload_root(found.owner, found.tree)
    record: Fields | None = None
    if root is None:
        chain_id, record = session.ask(lambda client: _recorded(client, proven))
        if chain_id != found.chain_id:
            differs = {"chain_id": found.chain_id, "chain_of_the_node": chain_id}
            raise Invalid("PROOF_INVALID", {"reason": "of another chain", **differs})
    elif root != proven:
        raise Invalid("PROOF_INVALID", {"reason": "another root", "root": proven.hex()})
    told = {"root": proven.hex(), "field": found.field.name, "value": value_text(found.field.value)}
    if as_json:
        show_json({**told, "payload": None if record is None else dict(record)})
        return
    click.echo(printable(f"{found.field.name}: {told['value']}"))
    by = "" if record is None else f", put by {record['owner']} at height {record['height']}"
    click.echo(f"is in the payload {proven.hex()}{by}")


@private.command()
@click.argument("root", type=ROOT)
@signing
def purge(options: Signing, root: bytes) -> int:
    """Erase this home's copy, and say so on the chain. Others' copies, and what was read, stay."""

    async def prepare(desk: PrivateDesk) -> tuple[Operation, bytes]:
        await desk.client.purge_private(root)
        return Operation(module=MODULE, action="erase", args=(root,)), root

    return options.perform(prepare, "erased on this node")


@private.command("list")
@click.option("--org", help="Only those sealed for this organisation.")
@click.option("--after", metavar="ROOT", help="The next page: `next` of the page before.")
@json_option
@click.pass_obj
def list_(session: Session, org: str | None, after: str | None, as_json: bool) -> None:
    """List payloads: who put them, for whom, and who has erased them."""
    args = {"org": org, "after": after}
    report(session, lambda client: client.query(MODULE, "list", args), _draw_list, as_json=as_json)


@private.command("set-auditors")
@click.argument("orgs", metavar="[ORG]...", nargs=-1)
@click.pass_obj
@cosigning_options
def set_auditors(session: Session, orgs: tuple[str, ...], *, signing: Cosigning) -> int:
    """Agree on organisations that read every payload from now on, or on none; more than 2/3 of the power
    sign.
    """
    return carry_out(session, signing, Operation(module=MODULE, action="set_auditors", args=(orgs,)))


@private.command()
@json_option
@click.pass_obj
def auditors(session: Session, as_json: bool) -> None:
    """Who reads every payload, as the members agreed."""
    report(session, lambda client: client.query(MODULE, "auditors", {}), _draw_auditors, as_json=as_json)


@private.command()
@click.argument("root", type=ROOT)
@json_option
@click.pass_obj
def show(session: Session, root: bytes, as_json: bool) -> None:
    """Show what the chain knows of a payload."""
    report(session, lambda client: client.query(MODULE, "show", {"root": root}), _draw_one, as_json=as_json)


async def _recorded(client: NodeClient, root: bytes) -> tuple[str, Fields]:
    """The chain of the node, and what stands on it for this root."""
    return str((await client.status())["chain_id"]), await client.query(MODULE, "show", {"root": root})


async def _opened(session: Session, client: NodeClient, root: bytes) -> tuple[str, tuple[PrivateField, ...]]:
    """Owner and fields of a payload that was sealed for this home's organisation."""
    status = await client.status()
    owner = str((await client.query(MODULE, "show", {"root": root}))["owner"])
    seed = read_key(session.keys / "sealing.key", passphrase_from(os.environ), kind="sealing").seed
    envelope = await client.read_private(root)
    return owner, unseal(str(status["chain_id"]), owner, root, envelope, str(status["org"]), seed)


def _values(files: tuple[Path, ...], fields: tuple[str, ...]) -> dict[str, bytes]:
    values: dict[str, bytes] = {}
    for text in fields:
        name, equals, value = text.partition("=")
        if not equals or not name:
            raise click.UsageError(f"{text!r} is no field: write NAME=VALUE")
        values[name] = value.encode()
    for file in files:
        values[file.name] = read_value(file, PAYLOAD_BYTES_MAX)
    if len(values) != len(files) + len(fields):
        raise click.UsageError("a field has a name of its own")
    if not values:
        raise Refused("PRIV_EMPTY", {}, "give --field NAME=VALUE, or a file")
    return values


def _draw_list(answer: Any, console: Console) -> None:
    rows = [
        (each["root"], each["owner"], listed(each["recipients"]), each["height"], listed(each["erased_by"]))
        for each in answer["payloads"]
    ]
    table(console, ("root", "by", "for", "height", "erased by"), rows, empty="no payloads")
    if answer["next"]:
        console.print(f"more: --after {answer['next']}")


def _draw_auditors(answer: Any, console: Console) -> None:
    console.print(listed(answer["auditors"]) if answer["auditors"] else "nobody; see: private set-auditors")


def _draw_one(answer: Any, console: Console) -> None:
    pairs = [(name.replace("_", " "), value) for name, value in answer.items()]
    facts(console, [(name, listed(value) if isinstance(value, list) else value) for name, value in pairs])
