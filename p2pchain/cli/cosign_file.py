"""Transaction file that others sign before it is submitted."""

from __future__ import annotations

import functools
import os
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.argument_types import FILE
from p2pchain.cli.files import write_new_file
from p2pchain.cli.options import Command
from p2pchain.cli.screen import show_json
from p2pchain.cli.validity import (
    VALID_FOR_DEFAULT_MS,
    VALID_FOR_MAX_MS,
    now_ms,
    span_text,
    until_text,
    valid_for_option,
)
from p2pchain.client.cosigning import format_cosigned, prepared, signed_by
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.ids import NONCE_BYTES, PUBLIC_KEY_BYTES, ChainId, PublicKey
from p2pchain.model.transaction import ANY_HEIGHT, Operation

_KEY: Final = re.compile(rf"[0-9a-f]{{{2 * PUBLIC_KEY_BYTES}}}")

_cosigner_option = click.option(
    "--cosigner",
    "cosigners",
    metavar="ORG|KEY",
    multiple=True,
    help="Who signs the file of --out later: an organisation's first admin, or a public key; several times.",
)
_out_option = click.option(
    "--out",
    type=FILE,
    help="Write the transaction for others to sign; submit nothing.",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class HandedRound:
    """Options about other signers: ``out``: the file, None where the command submits."""

    cosigners: tuple[str, ...]
    out: Path | None
    valid_for_ms: int | None

    def require_file(self) -> None:
        """Require a file where others are to sign; else a usage error."""
        if self.out is None and self.cosigners:
            raise click.UsageError("--cosigner needs --out: others sign the file")
        if self.out is None and self.valid_for_ms is not None:
            raise click.UsageError("--valid-for needs --out: what is submitted now need not last")


def handing_options(command: Command) -> Command:
    """``--cosigner``, ``--out`` and ``--valid-for``, told to the command as ``handed``."""

    def gathered(
        *args: object,
        cosigners: tuple[str, ...],
        out: Path | None,
        valid_for_ms: int | None,
        **others: object,
    ) -> object:
        handed = HandedRound(cosigners=cosigners, out=out, valid_for_ms=valid_for_ms)
        return command(*args, handed=handed, **others)

    functools.update_wrapper(gathered, command)
    wrapped: Command = _cosigner_option(_out_option(valid_for_option(gathered)))
    return wrapped


async def write_for_others(
    client: NodeClient,
    operations: Sequence[Operation],
    keys: Sequence[SigningKey],
    handed: HandedRound,
    *,
    as_json: bool,
) -> None:
    """Sign with ``keys``, write the file, and report who has yet to sign. It also says until when the file is
    valid. Cosigners are organisations, or public keys in hexadecimal; ``Refused("MEMBERSHIP_UNKNOWN")``. A
    file that is there may hold signatures of others: ``Refused("FILE_UNWRITABLE")``.
    """
    out = handed.out
    assert out is not None, "there is a file to write"
    status = await client.status()
    others = [await cosigner_key(client, cosigner) for cosigner in handed.cosigners]
    cosigned = prepared(
        chain_id=ChainId(str(status["chain_id"])),
        valid_until=ANY_HEIGHT,
        valid_until_ms=_valid_until_ms(status, handed.valid_for_ms),
        signers=[*(key.public_key for key in keys), *others],
        operations=operations,
        nonce=os.urandom(NONCE_BYTES),
    )
    for key in keys:
        cosigned = signed_by(cosigned, key)
    write_new_file(out, format_cosigned(cosigned).encode())
    if as_json:
        show_json(
            {
                "file": str(out),
                "missing": [key.hex() for key in cosigned.missing],
                "valid_until_ms": cosigned.body.valid_until_ms,
            }
        )
        return
    missing = len(cosigned.missing)
    if missing:
        have = "has" if missing == 1 else "have"
        click.echo(f"wrote {out}; {missing} {have} yet to sign: p2pchain tx sign {out}")
    else:
        click.echo(f"wrote {out}; all have signed")
    click.echo(f"then: p2pchain tx submit {out}; {until_text(cosigned.body, now_ms())}")


def _valid_until_ms(status: Fields, valid_for_ms: int | None) -> int:
    """The last moment at which the file is good: as long as was asked for, or as is usual and the chain
    allows. A usage error where more is asked for than it allows.
    """
    most_ms = int(status.get("tx_valid_ms_max", VALID_FOR_MAX_MS))
    if valid_for_ms is not None and valid_for_ms > most_ms:
        raise click.UsageError(f"--valid-for: this chain allows at most {span_text(most_ms)}")
    begins_ms = max(now_ms(), int(status["block_time_ms"] or 0))
    return begins_ms + min(valid_for_ms or VALID_FOR_DEFAULT_MS, most_ms)


async def cosigner_key(client: NodeClient, cosigner: str) -> PublicKey:
    """Return the named key, or that of the organisation's first admin. ``Refused("MEMBERSHIP_UNKNOWN")``."""
    if _KEY.fullmatch(cosigner):
        return PublicKey(bytes.fromhex(cosigner))
    answer = await client.query("membership", "organisations", {})
    for organisation in answer["organisations"]:
        for account in organisation["accounts"]:
            if organisation["org"] == cosigner and "admin" in account["roles"]:
                return PublicKey(bytes.fromhex(account["public_key"]))
    raise Refused("MEMBERSHIP_UNKNOWN", {"org": cosigner}, "see: p2pchain membership show")
