"""``consent deliver`` and ``serve``: the payload of a granted access is sealed to whoever was granted it.

The controller's sealing key lies in its home and is read here alone, beside the daemon. Nothing is decided
here: what is sealed comes into a transaction that the chain refuses without a granted access.
"""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Final

import click
import trio

from p2pchain.business.consent.module import MODULE
from p2pchain.cli.accounts import key_path, open_key, passphrase_from
from p2pchain.cli.declarations import declarations
from p2pchain.cli.exits import one_line
from p2pchain.cli.modules.client_part import FileReader, Made, Work
from p2pchain.cli.options import account_options
from p2pchain.cli.session import Session
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.client.private_terms import reseal
from p2pchain.client.transactions import send_operations
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import CODE_OK, Operation
from p2pchain.signing.keyfile import read_key

LOOK_S: Final = 1.0
PAGE: Final = 100


async def deliver(work: Work) -> Made:
    """Seal the payload's key to whoever was granted access."""
    access = work.values["access"]
    assert isinstance(access, bytes), "the field takes an id"
    granted = await work.client.query(MODULE.name, "show_access", {"access": access})
    return Made(values={"sealed_key": await _sealed_key(work.session, work.client, granted)})


@click.command()
@click.option("--once", is_flag=True, help="Deliver what is due now, and end.")
@account_options
@click.pass_obj
def serve(session: Session, once: bool, key_file: Path | None, name: str | None) -> None:
    """Deliver the payload of every access that is granted, as the controller, until it is ended."""
    key = open_key(key_path(session, key_file, name))
    session.ask(lambda client: _served(session, client, key, once=once))


async def _served(session: Session, client: NodeClient, key: SigningKey, *, once: bool) -> None:
    account = await client.query("membership", "account", {"public_key": key.public_key})
    controller = str(account["org"])
    said: set[str] = set()
    while True:
        for granted in await _due(client, controller):
            try:
                line = await _delivered(session, client, key, granted)
            except Refused as fault:
                line = one_line(fault, directory=declarations())
            access = str(granted["access"])
            if line is not None and (access + line) not in said:
                said.add(access + line)
                click.echo(f"{access}: {line}", err=not line.startswith("delivered"))
        sys.stdout.flush()
        if once:
            return
        await trio.sleep(LOOK_S)


async def _due(client: NodeClient, controller: str) -> list[Fields]:
    """All accesses whose payload may be delivered now."""
    due: list[Fields] = []
    after: str | None = None
    while True:
        asked = {"controller": controller, "after": after, "limit": PAGE}
        page = await client.query(MODULE.name, "due", asked)
        due.extend(page["accesses"])
        after = page["next"]
        if after is None:
            return due


async def _delivered(session: Session, client: NodeClient, key: SigningKey, granted: Fields) -> str | None:
    sealed_key = await _sealed_key(session, client, granted)
    args = (bytes.fromhex(str(granted["access"])), sealed_key)
    done = await send_operations(
        client, [Operation(module=MODULE.name, action="deliver", args=args)], [key], wait=True
    )
    answer = done.committed or {}
    code = str(answer.get("code", CODE_OK))
    if code != CODE_OK:
        return one_line(Refused(code, answer["facts"]), directory=declarations())
    return f"delivered {granted['root']} to {granted['org']}"


async def _sealed_key(session: Session, client: NodeClient, granted: Fields) -> bytes:
    """Seal an access's payload key to the organisation with the grant. ``CNS_NOT_LINKED``,
    ``PRIV_KEY_MISSING``, and the refusals of reading and opening the payload.
    """
    if granted["root"] is None:
        hint = "it names no payload"
        raise Refused("CNS_NOT_LINKED", {"consent": str(granted["consent"]), "root": None}, hint)
    root, org = bytes.fromhex(str(granted["root"])), str(granted["org"])
    status = await client.status()
    owner = str((await client.query("private", "show", {"root": root}))["owner"])
    public_key = (await client.query("private", "key", {"org": org}))["public_key"]
    if public_key is None:
        raise Refused("PRIV_KEY_MISSING", {"org": org}, "it has to run: p2pchain private enrol")
    seed = read_key(session.keys / "sealing.key", passphrase_from(os.environ), kind="sealing").seed
    envelope = await client.read_private(root)
    chain_id, own = str(status["chain_id"]), str(status["org"])
    return reseal(chain_id, owner, root, envelope, own, seed, (org, bytes.fromhex(str(public_key))))


READERS: Final = {"deliver": FileReader(make=deliver)}
