"""The part of private payloads in the client: keys and payloads are made on this machine."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.accounts import passphrase_from
from p2pchain.cli.argument_types import FILE
from p2pchain.cli.modules.client_part import ClientPart, FileReader, Made, Work
from p2pchain.cli.private.opening import disclose, get, verify
from p2pchain.cli.private.payload_fields import read_value
from p2pchain.client.private_terms import salted, seal
from p2pchain.codec.possession import possession_sign_bytes
from p2pchain.codec.private import PAYLOAD_BYTES_MAX, payload_root
from p2pchain.crypto.hashing import sha256
from p2pchain.model.errors import Refused
from p2pchain.model.ids import ChainId
from p2pchain.model.possession import SEALING, Possession
from p2pchain.signing.keyfile import new_key, read_key, write_key

AUDITOR: Final = "auditor"


async def enrol(work: Work) -> Made:
    """Make this home's sealing key and its proof of possession. A key that is there is kept."""
    path = work.session.keys / "sealing.key"
    if not path.exists():
        write_key(path, new_key(), "sealing", passphrase_from(os.environ))
    key = read_key(path, passphrase_from(os.environ), kind="sealing")
    org = await _own_org(work)
    statement = Possession(kind=SEALING, org=org, name=org, key=key.public_key)
    signature = key.sign(possession_sign_bytes(ChainId(await _chain_id(work)), statement))
    return Made(
        values={"public_key": key.public_key, "possession": signature},
        report={"public_key": key.public_key.hex()},
        notes=(f"{path} opens what is sealed for you; keep a copy",),
    )


async def put(work: Work) -> Made:
    """Seal the fields and let the node keep them; it lets go of them where the chain refuses the payload."""
    values = _values(work.options["files"], work.options["fields"])
    recipients = await _recipients(work, work.options["orgs"], auditors=not work.options["without_auditors"])
    owner = await _own_org(work)
    tree, envelope = seal(await _chain_id(work), owner, salted(values), recipients)
    root = payload_root(owner, tree)
    await work.client.keep_private(root, envelope)
    return Made(
        values={
            "tree": tree,
            "digest": sha256(envelope),
            "size": len(envelope),
            "recipients": tuple(sorted(recipients)),
        },
        report={"root": root.hex()},
        notes=("its recipients' nodes fetch it",),
        undo=lambda: work.client.purge_private(root),
    )


async def purge(work: Work) -> Made:
    """Unlink the node's copy. Others' copies, and what was read, stay."""
    root = work.values["root"]
    assert isinstance(root, bytes), "the field takes an id"
    await work.client.purge_private(root)
    return Made(report={"root": root.hex()})


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


async def _recipients(work: Work, orgs: tuple[str, ...], *, auditors: bool) -> dict[str, bytes]:
    """Organisation to sealing key: those named, the account's own, the auditors that the members agreed
    on, and with ``auditors`` those of that role that have a key. ``Refused("PRIV_KEY_MISSING")``.
    """
    own = await _own_org(work)
    agreed = (await work.client.query("private", "auditors", {}))["auditors"]
    keys = {org: await _key(work, org) for org in sorted({*orgs, own, *agreed})}
    members = (await work.client.query("membership", "organisations", {}))["organisations"]
    for member in members if auditors else ():
        if AUDITOR in member["roles"] and member["org"] not in keys:
            keys[str(member["org"])] = await _key(work, str(member["org"]))
    for org, key in keys.items():
        if key is None and (org in orgs or org == own):
            raise Refused("PRIV_KEY_MISSING", {"org": org}, "it has to run: p2pchain private enrol")
    return {org: key for org, key in keys.items() if key is not None}


async def _key(work: Work, org: str) -> bytes | None:
    public_key = (await work.client.query("private", "key", {"org": org}))["public_key"]
    return None if public_key is None else bytes.fromhex(public_key)


async def _own_org(work: Work) -> str:
    return str((await work.client.query("membership", "account", {"public_key": work.signer}))["org"])


async def _chain_id(work: Work) -> str:
    return str((await work.client.status())["chain_id"])


PART: Final = ClientPart(
    readers={
        "set_key": FileReader(make=enrol),
        "put": FileReader(
            make=put,
            parameters=(
                click.Argument(["files"], nargs=-1, required=False, type=FILE),
                click.Option(
                    ["--field", "fields"], metavar="NAME=VALUE", multiple=True, help="A field; several times."
                ),
                click.Option(
                    ["--to", "orgs"],
                    metavar="ORG",
                    multiple=True,
                    help="Recipient beside yourself; several times [default: nobody else].",
                ),
                click.Option(
                    ["--without-auditors"],
                    is_flag=True,
                    help="Only to the auditors that `private auditors` names.",
                ),
            ),
        ),
        "erase": FileReader(make=purge),
    },
    commands=(get, disclose, verify),
)
