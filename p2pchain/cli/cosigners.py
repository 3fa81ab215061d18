"""Signers of operations that concern all members: keys of this home, and others that sign a file."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import click

from p2pchain.cli.accounts import key_path, open_key, public_key_of
from p2pchain.cli.chain.tx import tell_submitted
from p2pchain.cli.cosign_file import HandedRound, cosigner_key, handing_options, write_for_others
from p2pchain.cli.exits import FAILED
from p2pchain.cli.options import Command, json_option, timeout_option
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.cli.words import readable, what_and_next
from p2pchain.client.node_client import Fields, NodeClient, Submitted
from p2pchain.client.transactions import send_operations
from p2pchain.codec.transaction import assemble_transaction
from p2pchain.model.ids import NONCE_BYTES, SIGNATURE_BYTES, ChainId, Height, PublicKey
from p2pchain.model.transaction import Operation, TransactionBody
from p2pchain.presentation.printable import printable, value_text

REHEARSED_WITHIN: Final = 10
"""Heights that a rehearsed transaction would be valid for: fewer than any chain allows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Signing:
    """Options about signers: accounts of this home, and others."""

    names: tuple[str, ...]
    key_files: tuple[Path, ...]
    handed: HandedRound
    dry_run: bool
    timeout_s: float
    as_json: bool

    def paths(self, session: Session) -> list[Path]:
        """Key files of this home that sign; the only account's where none is named."""
        named = [key_path(session, None, name) for name in self.names] + list(self.key_files)
        return named or [key_path(session, None, None)]


def cosigning_options(command: Command) -> Command:
    """Add the options of a cosigned command; it gets them as ``signing``."""

    def gathered(
        *args: object,
        names: tuple[str, ...],
        key_files: tuple[Path, ...],
        handed: HandedRound,
        dry_run: bool,
        timeout_s: float,
        as_json: bool,
        **others: object,
    ) -> object:
        signing = Signing(
            names=names,
            key_files=key_files,
            handed=handed,
            dry_run=dry_run,
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
            "--dry-run", is_flag=True, help="Only show what would be refused now, and sign nothing."
        ),
        handing_options,
    ):
        gathered = option(gathered)
    wrapped: Command = timeout_option()(json_option(gathered))
    return wrapped


def carry_out(session: Session, signing: Signing, *operations: Operation) -> int:
    """Submit the operations, write them for others to sign, or rehearse them. They are one transaction.
    Returns the exit code.
    """
    if signing.dry_run:
        return show_rehearsal(session, signing, operations)
    submitted = hand_in(session, signing, *operations)
    return 0 if submitted is None else tell_submitted(submitted, as_json=signing.as_json)


def hand_in(session: Session, signing: Signing, *operations: Operation) -> Submitted | None:
    """Submit the operations and wait; or write them for the others, and None."""
    keys = [open_key(path) for path in signing.paths(session)]
    signing.handed.require_file()
    if signing.handed.out is not None:
        session.ask(
            lambda client: write_for_others(client, operations, keys, signing.handed, as_json=signing.as_json)
        )
        return None
    return session.ask(
        lambda client: send_operations(client, operations, keys, timeout_ms=int(signing.timeout_s * 1000))
    )


def show_rehearsal(session: Session, signing: Signing, operations: Sequence[Operation]) -> int:
    """Show each operation with what would be refused of it now; 1 where something would."""
    own = [public_key_of(path) for path in signing.paths(session)]
    answer = session.ask(lambda client: _rehearsed(client, own, signing.handed.cosigners, operations))
    refusals = {refusal["operation"]: refusal for refusal in answer["refusals"]}
    if signing.as_json:
        show_json(answer)
        return FAILED if refusals else 0
    for place, operation in enumerate(operations):
        refusal = refusals.get(place)
        click.echo(f"{'ok     ' if refusal is None else 'refused'} {operation.module} {operation.action}")
        if refusal is not None:
            click.echo(f"        {_refusal_line(refusal)}")
    if None in refusals:
        click.echo(f"refused, whatever it asks for: {_refusal_line(refusals[None])}")
    if not refusals:
        click.echo(f"nothing of it would be refused at height {answer['height'] + 1}; nothing was signed")
    return FAILED if refusals else 0


async def _rehearsed(
    client: NodeClient, own: Sequence[PublicKey], cosigners: Sequence[str], operations: Sequence[Operation]
) -> Fields:
    status = await client.status()
    body = TransactionBody(
        chain_id=ChainId(str(status["chain_id"])),
        nonce=os.urandom(NONCE_BYTES),
        valid_until=Height(int(status["height"]) + REHEARSED_WITHIN),
        signers=(*own, *[await cosigner_key(client, cosigner) for cosigner in cosigners]),
        operations=tuple(operations),
    )
    return await client.rehearse(assemble_transaction(body, [bytes(SIGNATURE_BYTES)] * len(body.signers)))


def _refusal_line(refusal: Fields) -> str:
    """Words, what to do, code and facts."""
    words, then = what_and_next(refusal["code"])
    fact_words = ", ".join(
        f"{name}={value_text(value)}" for name, value in readable(refusal["facts"]).items()
    )
    return printable("; ".join(filter(None, (words, then, f"{refusal['code']}: {fact_words}"))))
