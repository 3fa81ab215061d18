"""``--dry-run``: what would be refused of a transaction now, operation by operation; nothing is signed."""

from __future__ import annotations

import os
from collections.abc import Sequence
from typing import Final

import click

from p2pchain.cli.cosign_file import cosigner_key
from p2pchain.cli.declarations import Declarations
from p2pchain.cli.exits import FAILED
from p2pchain.cli.screen import show_json
from p2pchain.cli.words import refusal_words
from p2pchain.client.node_client import Fields, NodeClient
from p2pchain.codec.transaction import assemble_transaction
from p2pchain.model.ids import NONCE_BYTES, SIGNATURE_BYTES, ChainId, Height, PublicKey
from p2pchain.model.transaction import Operation, TransactionBody
from p2pchain.presentation.printable import printable

REHEARSED_WITHIN: Final = 10
"""Heights that a rehearsed transaction would be valid for: fewer than any chain allows."""


async def rehearse(
    client: NodeClient, own: Sequence[PublicKey], cosigners: Sequence[str], operations: Sequence[Operation]
) -> Fields:
    """Ask the node what it would refuse, were the operations signed by these keys and cosigners. Raises as
    ``NodeClient.rehearse`` and ``cosigner_key``.
    """
    status = await client.status()
    body = TransactionBody(
        chain_id=ChainId(str(status["chain_id"])),
        nonce=os.urandom(NONCE_BYTES),
        valid_until=Height(int(status["height"]) + REHEARSED_WITHIN),
        signers=(*own, *[await cosigner_key(client, cosigner) for cosigner in cosigners]),
        operations=tuple(operations),
    )
    return await client.rehearse(assemble_transaction(body, [bytes(SIGNATURE_BYTES)] * len(body.signers)))


def show_rehearsal(
    directory: Declarations, answer: Fields, operations: Sequence[Operation], *, as_json: bool
) -> int:
    """Show each operation with what would be refused of it; the exit code is 1 where something would."""
    refusals = {refusal["operation"]: refusal for refusal in answer["refusals"]}
    if as_json:
        show_json(answer)
        return FAILED if refusals else 0
    for place, operation in enumerate(operations):
        refusal = refusals.get(place)
        click.echo(f"{'ok     ' if refusal is None else 'refused'} {operation.module} {operation.action}")
        if refusal is not None:
            click.echo(printable(f"        {refusal_words(refusal['code'], refusal['facts'], directory)}"))
    if None in refusals:
        whole = refusals[None]
        words = refusal_words(whole["code"], whole["facts"], directory)
        click.echo(printable(f"refused, whatever it asks for: {words}"))
    if not refusals:
        click.echo(f"nothing of it would be refused at height {answer['height'] + 1}; nothing was signed")
    return FAILED if refusals else 0
