"""``key rotate``: a validator's key gives its place to another."""

from __future__ import annotations

import os

import click

from p2pchain.cli.accounts import passphrase_from
from p2pchain.cli.cosigners import Signing, cosigning_options, hand_in, show_rehearsal
from p2pchain.cli.exits import FAILED
from p2pchain.cli.screen import show_json
from p2pchain.cli.session import Session
from p2pchain.codec.voting import succession_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.validators import CHANGE_DELAY
from p2pchain.model.ids import ChainId, PublicKey
from p2pchain.model.transaction import CODE_OK, Operation
from p2pchain.model.voting import Succession
from p2pchain.node.home.layout import Home
from p2pchain.signing.keyfile import new_key, read_key, write_key


@click.command()
@cosigning_options
@click.pass_obj
def rotate(session: Session, *, signing: Signing) -> int:
    """Exchange the consensus key of this running validator for a new one; admins of its organisation sign.

    One of them, or as many as `p2pchain policy own` has set: --as A --as B, or --cosigner and --out. The new
    key is made in keys/consensus.next.key. The node votes with the old one up to the block after the one that
    holds the exchange, then takes the new one up by itself and keeps the old one's files under its name.
    Doing it again after a failure goes on with the same new key.
    """
    home, passphrase = Home(session.home.absolute()), passphrase_from(os.environ)
    old = read_key(home.consensus_key, passphrase, kind="consensus")
    if not home.next_key.exists():
        write_key(home.next_key, new_key(), "consensus", passphrase)
    new = read_key(home.next_key, passphrase, kind="consensus")
    peer_key = read_key(home.peer_key, passphrase, kind="peer").public_key
    operation = _exchange(home.read_genesis().chain_id, peer_key, old, new)
    if signing.dry_run:
        return show_rehearsal(session, signing, (operation,))
    submitted = hand_in(session, signing, operation)
    if submitted is None:
        return 0
    answer = dict(
        submitted.committed or {"tx_id": submitted.tx_id.hex(), "status": "pending", "height": None}
    )
    height = answer.get("height")
    first = None if height is None else int(height) + CHANGE_DELAY
    if signing.as_json:
        show_json({**answer, "new_key": new.public_key.hex(), "votes_from": first})
    elif answer.get("code", CODE_OK) != CODE_OK:
        click.echo(
            f"refused: {answer['code']} {answer.get('facts')}; keys/consensus.next.key stays for another try"
        )
    else:
        when = "two blocks after the one that holds it" if first is None else f"height {first}"
        click.echo(f"{new.public_key.hex()} votes from {when} on; the node takes it up by itself")
    return 0 if answer.get("code", CODE_OK) == CODE_OK else FAILED


def _exchange(chain_id: ChainId, peer_key: PublicKey, old: SigningKey, new: SigningKey) -> Operation:
    statement = Succession(peer_key=peer_key, old_key=old.public_key, new_key=new.public_key)
    said = succession_sign_bytes(chain_id, statement)
    keys = (old.public_key, new.public_key)
    return Operation(
        module="membership", action="rotate_validator", args=(*keys, old.sign(said), new.sign(said))
    )
