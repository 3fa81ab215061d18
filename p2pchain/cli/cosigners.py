"""Who signs what touches everybody: keys of this home, and others that sign a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import click

from p2pchain.cli.accounts import key_path, open_key
from p2pchain.cli.commands.tx import draw_tx
from p2pchain.cli.exits import FAILED
from p2pchain.cli.options import Command, json_option, timeout_option
from p2pchain.cli.screen import new_console, show_json
from p2pchain.cli.session import Session
from p2pchain.client.cosigning import format_cosigned, prepared, signed_by
from p2pchain.client.node_client import NodeClient
from p2pchain.client.transactions import VALID_HEIGHTS, send_operations
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.ids import NONCE_BYTES, ChainId, Height, PublicKey
from p2pchain.model.transaction import CODE_OK, Operation


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """What the options said: accounts of this home, other organisations, and where a file goes."""

    names: tuple[str, ...]
    key_files: tuple[Path, ...]
    organisations: tuple[str, ...]
    out: Path | None
    timeout_s: float
    as_json: bool


def cosigning_options(command: Command) -> Command:
    """Options of a command that several may have to sign, told to it as ``signing``."""

    def gathered(
        *args: object,
        names: tuple[str, ...],
        key_files: tuple[Path, ...],
        organisations: tuple[str, ...],
        out: Path | None,
        timeout_s: float,
        as_json: bool,
        **others: object,
    ) -> object:
        signing = Signing(
            names=names,
            key_files=key_files,
            organisations=organisations,
            out=out,
            timeout_s=timeout_s,
            as_json=as_json,
        )
        return command(*args, signing=signing, **others)

    gathered.__doc__, gathered.__name__ = command.__doc__, command.__name__
    file = click.Path(path_type=Path, dir_okay=False)
    for option in (
        click.option("--as", "names", metavar="NAME", multiple=True, help="Account here; several times."),
        click.option("--key", "key_files", type=file, multiple=True, help="Key file; several times."),
        click.option(
            "--cosigner",
            "organisations",
            metavar="ORG",
            multiple=True,
            help="Organisation whose admin signs the file of --out later; several times.",
        ),
        click.option("--out", type=file, help="Write the transaction for others to sign; submit nothing."),
    ):
        gathered = option(gathered)
    wrapped: Command = timeout_option()(json_option(gathered))
    return wrapped


def carry_out(session: Session, signing: Signing, operation: Operation) -> int:
    """Submit the operation, or write it for the others. The exit code."""
    named = [key_path(session, None, name) for name in signing.names] + list(signing.key_files)
    keys = [open_key(path) for path in named or [key_path(session, None, None)]]
    if signing.out is not None:
        return session.ask(lambda client: _write(client, signing, keys, operation))
    if signing.organisations:
        raise click.UsageError("--cosigner needs --out: others sign the file")
    submitted = session.ask(
        lambda client: send_operations(client, (operation,), keys, timeout_ms=int(signing.timeout_s * 1000))
    )
    answer = submitted.committed or {"tx_id": submitted.tx_id.hex(), "status": "pending", "height": None}
    if signing.as_json:
        show_json(answer)
    else:
        draw_tx(answer, new_console())
    return 0 if answer.get("code", CODE_OK) == CODE_OK else FAILED


async def _write(
    client: NodeClient, signing: Signing, keys: Sequence[SigningKey], operation: Operation
) -> int:
    out = signing.out
    assert out is not None, "there is a file to write"
    status = await client.status()
    others = [await _admin_of(client, org) for org in signing.organisations]
    cosigned = prepared(
        chain_id=ChainId(str(status["chain_id"])),
        valid_until=Height(int(status["height"]) + VALID_HEIGHTS),
        signers=[*(key.public_key for key in keys), *others],
        operations=(operation,),
        nonce=os.urandom(NONCE_BYTES),
    )
    for key in keys:
        cosigned = signed_by(cosigned, key)
    out.write_text(format_cosigned(cosigned))
    if signing.as_json:
        show_json({"file": str(out), "missing": [key.hex() for key in cosigned.missing]})
    else:
        click.echo(f"wrote {out}; {len(cosigned.missing)} have yet to sign: p2pchain tx sign {out}")
        click.echo(f"then: p2pchain tx submit {out}, before height {cosigned.body.valid_until}")
    return 0


async def _admin_of(client: NodeClient, org: str) -> PublicKey:
    """The first admin account of an organisation."""
    found = await client.query("membership", "organisations", {})
    for each in found["organisations"]:
        for account in each["accounts"]:
            if each["org"] == org and "admin" in account["roles"]:
                return PublicKey(bytes.fromhex(account["public_key"]))
    raise Refused("MEMBERSHIP_UNKNOWN", {"org": org}, "see: p2pchain members")
