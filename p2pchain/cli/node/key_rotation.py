"""``key rotate``: a validator's key gives its place to another."""

from __future__ import annotations

import os

import click

from p2pchain.cli.accounts import passphrase_from
from p2pchain.cli.submission import Prepared, Submission, dry_run_option, submitting
from p2pchain.client.node_client import NodeClient
from p2pchain.codec.voting import succession_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.ids import ChainId, PublicKey
from p2pchain.model.transaction import Operation
from p2pchain.model.voting import Succession
from p2pchain.node.home.layout import Home
from p2pchain.signing.keyfile import new_key, read_key, write_key


@click.command()
@dry_run_option
@submitting
def rotate(submission: Submission) -> int:
    """Exchange the consensus key of this running validator for a new one; admins of its organisation sign.

    One of them, or as many as `p2pchain policy own` has set: --as A --as B, or --cosigner and --out. The new
    key is made in keys/consensus.next.key. The node votes with the old one up to the block after the one that
    holds the exchange, then takes the new one up by itself and keeps the old one's files under its name.
    Doing it again after a failure goes on with the same new key.
    """

    async def prepare(_client: NodeClient, _signer: PublicKey) -> Prepared:
        home, passphrase = Home(submission.session.home.absolute()), passphrase_from(os.environ)
        old = read_key(home.consensus_key, passphrase, kind="consensus")
        is_new = not home.next_key.exists()
        new = new_key() if is_new else read_key(home.next_key, passphrase, kind="consensus")
        if is_new and not submission.is_dry:
            write_key(home.next_key, new, "consensus", passphrase)
        peer_key = read_key(home.peer_key, passphrase, kind="peer").public_key
        return Prepared(
            operations=(_exchange(home.read_genesis().chain_id, peer_key, old, new),),
            report={"new_key": new.public_key.hex()},
            notes=("the node takes the new key up by itself, two blocks after the one that holds this",),
        )

    return submission.perform(prepare)


def _exchange(chain_id: ChainId, peer_key: PublicKey, old: SigningKey, new: SigningKey) -> Operation:
    statement = Succession(peer_key=peer_key, old_key=old.public_key, new_key=new.public_key)
    said = succession_sign_bytes(chain_id, statement)
    keys = (old.public_key, new.public_key)
    return Operation(
        module="membership", action="rotate_validator", args=(*keys, old.sign(said), new.sign(said))
    )
