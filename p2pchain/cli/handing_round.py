"""A transaction that is written to a file, for others to sign before it is submitted."""

from __future__ import annotations

import os
import re
from collections.abc import Sequence
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.files import write_file
from p2pchain.cli.screen import show_json
from p2pchain.client.cosigning import format_cosigned, prepared, signed_by
from p2pchain.client.node_client import NodeClient
from p2pchain.client.transactions import VALID_HEIGHTS
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.ids import NONCE_BYTES, PUBLIC_KEY_BYTES, ChainId, Height, PublicKey
from p2pchain.model.transaction import Operation

_KEY: Final = re.compile(rf"[0-9a-f]{{{2 * PUBLIC_KEY_BYTES}}}")

cosigner_option = click.option(
    "--cosigner",
    "cosigners",
    metavar="ORG|KEY",
    multiple=True,
    help="Who signs the file of --out later: an organisation's first admin, or a public key; several times.",
)
out_option = click.option(
    "--out",
    type=click.Path(path_type=Path, dir_okay=False),
    help="Write the transaction for others to sign; submit nothing.",
)


def require_file(cosigners: Sequence[str], out: Path | None) -> None:
    """A usage error where others are to sign, and there is nothing for them to sign."""
    if cosigners and out is None:
        raise click.UsageError("--cosigner needs --out: others sign the file")


async def write_for_others(
    client: NodeClient,
    operations: Sequence[Operation],
    keys: Sequence[SigningKey],
    cosigners: Sequence[str],
    out: Path,
    *,
    as_json: bool,
) -> None:
    """Sign with ``keys``, write the file, and say who has yet to sign. ``cosigners``: organisations, or
    public keys in hexadecimal; ``Refused("MEMBERSHIP_UNKNOWN")``.
    """
    status = await client.status()
    others = [await _account_of(client, each) for each in cosigners]
    cosigned = prepared(
        chain_id=ChainId(str(status["chain_id"])),
        valid_until=Height(int(status["height"]) + VALID_HEIGHTS),
        signers=[*(key.public_key for key in keys), *others],
        operations=operations,
        nonce=os.urandom(NONCE_BYTES),
    )
    for key in keys:
        cosigned = signed_by(cosigned, key)
    write_file(out, format_cosigned(cosigned).encode())
    if as_json:
        show_json({"file": str(out), "missing": [key.hex() for key in cosigned.missing]})
        return
    missing = len(cosigned.missing)
    if missing:
        have = "has" if missing == 1 else "have"
        click.echo(f"wrote {out}; {missing} {have} yet to sign: p2pchain tx sign {out}")
    else:
        click.echo(f"wrote {out}; all have signed")
    click.echo(f"then: p2pchain tx submit {out}, before height {cosigned.body.valid_until}")


async def _account_of(client: NodeClient, cosigner: str) -> PublicKey:
    """The key that is given, or that of the first admin of the organisation."""
    if _KEY.fullmatch(cosigner):
        return PublicKey(bytes.fromhex(cosigner))
    found = await client.query("membership", "organisations", {})
    for each in found["organisations"]:
        for account in each["accounts"]:
            if each["org"] == cosigner and "admin" in account["roles"]:
                return PublicKey(bytes.fromhex(account["public_key"]))
    raise Refused("MEMBERSHIP_UNKNOWN", {"org": cosigner}, "see: p2pchain membership show")
