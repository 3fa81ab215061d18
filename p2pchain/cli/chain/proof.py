"""``proof``: records of the state, or a transaction, in a file that proves them, and the check of such a file
without a node.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import click

from p2pchain.business.receivable.fields import ID
from p2pchain.cli.argument_types import FILE, TrustedType, TxIdType
from p2pchain.cli.declarations import event_text, operation_text, readable_modules
from p2pchain.cli.files import read_file, write_new_file
from p2pchain.cli.groups import Group
from p2pchain.cli.modules.arguments import resolve_id
from p2pchain.cli.options import json_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.cli.words import readable, what_and_next
from p2pchain.client.node_client import NodeClient
from p2pchain.client.proofs import describe, receivable_keys
from p2pchain.client.proven_transactions import Wording, transaction_fields
from p2pchain.codec.genesis import GENESIS_BYTES_MAX, genesis_id, parse_genesis
from p2pchain.model.block import Header
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import TxId
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.proven_records import record_lines
from p2pchain.proofs.proof_file import PROOF_FILE_BYTES_MAX, Proven, decode_proof_file, verify_proof_file
from p2pchain.proofs.trust import TrustedBlock, block_named, parse_trusted


@click.group(cls=Group)
def proof() -> None:
    """Prove records or transactions to somebody who trusts the genesis, or a block, and nothing else."""


class BeginningType(click.ParamType[TrustedBlock | Header]):
    """Type of ``HEIGHT:BLOCK_ID`` or a block's proof file. A node need not have the file's header any
    more.
    """

    name = "beginning"

    def convert(
        self, value: object, param: click.Parameter | None, ctx: click.Context | None
    ) -> TrustedBlock | Header:
        """The block by its name or its header, or a usage error."""
        file = Path(str(value))
        try:
            return (
                decode_proof_file(read_file(file, PROOF_FILE_BYTES_MAX)).final.header
                if file.is_file()
                else parse_trusted(str(value))
            )
        except Refused as fault:
            self.fail(f"{value} is neither a proof file nor HEIGHT:BLOCK_ID: {fault}", param, ctx)


@proof.command()
@click.argument("keys", metavar="[KEY]...", nargs=-1)
@click.option("--hex", "as_hex", is_flag=True, help="Keys are hexadecimal, not text.")
@click.option("--receivable", "which", metavar="ID", help="A receivable with its whole history.")
@click.option("--tx", "tx_id", type=TxIdType(), metavar="ID", help="A final transaction with its receipt.")
@click.option("--out", type=FILE, required=True, help="File to write, a new one.")
@click.option(
    "--trusted",
    "beginning",
    type=BeginningType(),
    metavar="HEIGHT:BLOCK_ID|FILE",
    help="The block that whoever verifies trusts, in place of the genesis; or an earlier proof file of it.",
)
@json_option
@click.pass_obj
def get(
    session: Session,
    keys: tuple[str, ...],
    as_hex: bool,
    which: str | None,
    tx_id: TxId | None,
    out: Path,
    beginning: TrustedBlock | Header | None,
    as_json: bool,
) -> None:
    """Write the proof of keys of the state, or that they are absent, as of the newest block; or of a
    transaction, accepted or refused, in its block.
    """
    about_state = bool(keys) or which is not None
    if about_state == (tx_id is not None):
        raise click.UsageError("name keys of the state or --receivable ID, or else --tx ID")
    wanted = [_key(text, as_hex) for text in keys]

    async def proven(client: NodeClient) -> bytes:
        if tx_id is not None:
            return await client.prove_transaction(tx_id, beginning)
        if which is not None:
            wanted.extend(
                await receivable_keys(
                    client, await resolve_id(Directory(readable_modules()), client, ID, which)
                )
            )
        return await client.prove(wanted, beginning)

    data = session.ask(proven)
    write_new_file(out, data)
    about = {"keys": len(wanted)} if tx_id is None else {"tx_id": tx_id.hex()}
    if as_json:
        show_json({"file": str(out), "bytes": len(data), **about})
        return
    named = "1 key" if len(wanted) == 1 else f"{len(wanted)} keys"
    subject = named if tx_id is None else f"transaction {tx_id.hex()}"
    click.echo(f"wrote {out}: {subject} proven in {len(data)} bytes")
    trust = "--genesis genesis.json" if beginning is None else f"--trusted {block_named(beginning)}"
    click.echo(f"to check it, with no node: p2pchain proof verify {out} {trust}")


@proof.command()
@click.argument("file", type=FILE)
@click.option(
    "--genesis",
    type=FILE,
    help="genesis.json; what you trust, unless --trusted is given as well.",
)
@click.option(
    "--trusted",
    type=TrustedType(),
    metavar="HEIGHT:BLOCK_ID",
    help="A block that you trust: the proof rests on it alone.",
)
@json_option
def verify(file: Path, genesis: Path | None, trusted: TrustedBlock | None, as_json: bool) -> None:
    """Verify what FILE proves, and as of when, for whoever trusts the genesis or an earlier proven block.
    Needs no node and no network; exit 1 where it proves nothing. That a transaction was refused is proven
    like any other: read what is said.
    """
    known = None if genesis is None else parse_genesis(read_file(genesis, GENESIS_BYTES_MAX))
    trust = trusted or known
    if trust is None:
        raise click.UsageError("say what you trust: --genesis FILE, or --trusted HEIGHT:BLOCK_ID")
    proven = verify_proof_file(read_file(file, PROOF_FILE_BYTES_MAX), trust)
    if known is not None and genesis_id(known) != proven.genesis_id:
        named = {"begins": "a block of another genesis", "trusted": f"genesis {genesis_id(known).hex()}"}
        raise Invalid("PROOF_OTHER_TRUST", named, "the block and the genesis are of two chains")
    if as_json:
        show_json(_fields(proven))
    else:
        lines = list(describe(proven, wording_of(known)))
        if known is not None and trusted is not None:
            lines.insert(2, f"names of accounts are those of genesis {genesis_id(known).hex()}")
        click.echo("\n".join(lines))


def _fields(proven: Proven) -> Mapping[str, object]:
    header, about = proven.final.header, proven.transaction
    return {
        "chain_id": proven.chain_id,
        "trusted": None if proven.base is None else str(proven.base),
        "genesis_id": proven.genesis_id.hex(),
        "validator_changes": proven.changes,
        "proven": str(proven.block),
        "height": header.height,
        "time_ms": header.time_ms,
        "block_id": proven.final.certificate.block_id.hex(),
        "state_root": header.state_root.hex(),
        "signers": list(proven.signers),
        "power": proven.power,
        "total_power": proven.total_power,
        "values": {key.hex(): None if value is None else value.hex() for key, value in proven.values.items()},
        "transaction": None if about is None else transaction_fields(about),
    }


def wording_of(genesis: Genesis | None) -> Wording:
    """The words of this software; accounts by the names that they had at genesis."""
    accounts = {
        account.public_key: f"at genesis the account {account.name} of {organisation.org}"
        for organisation in (() if genesis is None else genesis.organisations)
        for account in organisation.accounts
    }
    return Wording(
        operation=operation_text,
        event=event_text,
        refusal=lambda code: what_and_next(code)[0],
        facts=readable,
        signer=lambda public_key: accounts.get(public_key, ""),
        records=lambda records: record_lines(Directory(readable_modules()), records),
    )


def _key(text: str, as_hex: bool) -> bytes:
    if not as_hex:
        return text.encode()
    try:
        return bytes.fromhex(text)
    except ValueError:
        raise click.UsageError(f"{text!r} is not hexadecimal") from None
