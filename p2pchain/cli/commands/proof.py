"""``proof``: records of the state in a file that proves them, and the check of such a file without a node."""

from __future__ import annotations

from pathlib import Path

import click

from p2pchain.cli.groups import Group
from p2pchain.cli.options import json_option
from p2pchain.cli.receivable_desk import resolve
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.client.node_client import NodeClient
from p2pchain.client.proofs import describe, receivable_keys
from p2pchain.codec.genesis import GENESIS_BYTES_MAX, parse_genesis
from p2pchain.model.errors import Refused
from p2pchain.proofs.proof_file import PROOF_FILE_BYTES_MAX, verify_proof_file
from p2pchain.proofs.trust import TrustedBlock, parse_trusted


@click.group(cls=Group)
def proof() -> None:
    """Prove records of the state to somebody who trusts the genesis, or a block, and nothing else."""


class TrustedType(click.ParamType[TrustedBlock]):
    """``HEIGHT:BLOCK_ID``."""

    name = "trusted"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> TrustedBlock:
        """The block, or a usage error."""
        try:
            return parse_trusted(str(value))
        except Refused as fault:
            self.fail(f"{value} is no block: {fault.hint}", param, ctx)


trusted_option = click.option(
    "--trusted",
    type=TrustedType(),
    metavar="HEIGHT:BLOCK_ID",
    help="A block that whoever verifies trusts, in place of the genesis.",
)


@proof.command()
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@click.option("--hex", "as_hex", is_flag=True, help="Keys are hexadecimal, not text.")
@click.option("--receivable", "which", metavar="ID", help="A receivable with its whole history.")
@click.option("--out", type=click.Path(path_type=Path, dir_okay=False), required=True, help="File to write.")
@trusted_option
@json_option
@click.pass_obj
def get(
    session: Session,
    keys: tuple[str, ...],
    as_hex: bool,
    which: str | None,
    out: Path,
    trusted: TrustedBlock | None,
    as_json: bool,
) -> None:
    """Write the proof of keys of the state, or that they are absent, as of the newest block."""
    if not keys and which is None:
        raise click.UsageError("name keys of the state, or --receivable ID")
    wanted = [_key(text, as_hex) for text in keys]

    async def proven(client: NodeClient) -> tuple[int, bytes]:
        if which is not None:
            wanted.extend(await receivable_keys(client, await resolve(client, which)))
        return len(wanted), await client.prove(wanted, trusted)

    count, data = session.ask(proven)
    out.write_bytes(data)
    if as_json:
        show_json({"file": str(out), "bytes": len(data), "keys": count})
    else:
        click.echo(f"wrote {out}: {'1 key' if count == 1 else f'{count} keys'} proven in {len(data)} bytes")
        trust = "--genesis genesis.json" if trusted is None else f"--trusted {trusted}"
        click.echo(f"to check it, with no node: p2pchain proof verify {out} {trust}")


@proof.command()
@click.argument("file", type=click.Path(path_type=Path, dir_okay=False))
@click.option(
    "--genesis", type=click.Path(path_type=Path, dir_okay=False), help="genesis.json, if you trust that."
)
@trusted_option
@json_option
def verify(file: Path, genesis: Path | None, trusted: TrustedBlock | None, as_json: bool) -> None:
    """Say what FILE proves, and as of when, to whoever trusts the genesis, or a block that was proven before.
    Needs no node and no network; exit 1 where it proves nothing.
    """
    if (genesis is None) == (trusted is None):
        raise click.UsageError("say what you trust: --genesis FILE, or --trusted HEIGHT:BLOCK_ID")
    trust = trusted if genesis is None else parse_genesis(_read(genesis, GENESIS_BYTES_MAX))
    assert trust is not None, "one of them is given"
    proven = verify_proof_file(_read(file, PROOF_FILE_BYTES_MAX), trust)
    if not as_json:
        click.echo("\n".join(describe(proven)))
        return
    header = proven.final.header
    show_json(
        {
            "chain_id": proven.chain_id,
            "trusted": None if proven.base is None else str(proven.base),
            "proven": str(proven.block),
            "height": header.height,
            "time_ms": header.time_ms,
            "block_id": proven.final.certificate.block_id.hex(),
            "state_root": header.state_root.hex(),
            "signers": list(proven.signers),
            "power": proven.power,
            "total_power": proven.total_power,
            "values": {
                key.hex(): None if value is None else value.hex() for key, value in proven.values.items()
            },
        }
    )


def _key(text: str, as_hex: bool) -> bytes:
    if not as_hex:
        return text.encode()
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is not hexadecimal") from None


def _read(file: Path, most: int) -> bytes:
    try:
        with file.open("rb") as opened:
            return opened.read(most + 1)
    except OSError as error:
        raise Refused("FILE_UNREADABLE", {"file": str(file), "reason": error.strerror}) from error
