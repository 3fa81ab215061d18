"""Clients of the simulated chain: they sign small transactions of both modules."""

from __future__ import annotations

from collections.abc import Sequence
from random import Random

from p2pchain.codec.transaction import assemble_transaction, encode_body, transaction_sign_bytes
from p2pchain.model.ids import ChainId, Height
from p2pchain.model.transaction import Operation, Transaction, TransactionBody
from tests.simulation.keys import StandInKey
from tests.unit.ledger.registering import SET_KEY, doc, register

DOCUMENTS = 20
"""How few documents the clients quarrel about."""


class Client:
    """One account."""

    def __init__(self, key: StandInKey, chain_id: ChainId) -> None:
        self.public_key = key.public_key
        self.key = key
        self.chain_id = chain_id

    def note(self, random: Random, *, valid_until: int) -> Transaction:
        """A note, a registration or a financing, as chance has it."""
        text = str(random.randrange(DOCUMENTS))
        steps: tuple[Operation, ...]
        match random.randrange(3):
            case 0:
                steps = (Operation(module="note", action="put", args=(f"note {random.random()}",)),)
            case 1:
                steps = (SET_KEY, register(text, "weak"))
            case _:
                steps = (Operation(module="registry", action="finance", args=(doc(text), 10**18, True)),)
        return signed_together([self], steps, random, valid_until=valid_until)


def signed_together(
    clients: Sequence[Client], operations: Sequence[Operation], random: Random, *, valid_until: int
) -> Transaction:
    """Operations, signed by all of these."""
    chain_id = clients[0].chain_id
    body = TransactionBody(
        chain_id=chain_id,
        nonce=random.randbytes(8),
        valid_until=Height(valid_until),
        signers=tuple(client.public_key for client in clients),
        operations=tuple(operations),
    )
    statement = transaction_sign_bytes(chain_id, encode_body(body))
    return assemble_transaction(body, [client.key.sign(statement) for client in clients])
