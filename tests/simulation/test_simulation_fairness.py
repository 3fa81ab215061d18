"""Four nodes, three organisations that flood all of them, and one that hands in a transaction now and then.
That is decided within a bound that is counted in blocks, whatever the flood is made of.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from random import Random

import pytest

from p2pchain.crypto.hashing import sha256
from p2pchain.model.ids import TxId
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Transaction
from tests.simulation.clients import Client, signed_together
from tests.simulation.network import Weather
from tests.simulation.profiles import Profile
from tests.simulation.world import World

BLOCK_TRANSACTIONS_MAX = 8
FLOOD_EVERY_MS = 50
FLOOD = 2
"""Transactions of each flooding organisation, to each node, each time: many times what blocks hold."""
ASK_EVERY_MS = 500
LASTS_MS = 9_000
BLOCKS_MAX = 3
"""The block under way when the transaction comes, one that was built before it arrived, and the next."""
CALM = Profile(weather=Weather(), submit_every_ms=10**9)
SHAKY = replace(CALM, weather=Weather(loss=20, repeat=10, delay_max_ms=40))
"""A lost batch is announced half a second later: some blocks more."""
SHAKY_BLOCKS_MAX = 12

Made = Callable[[Client, Random, int], Transaction]


def a_note(client: Client, random: Random, valid_until: int) -> Transaction:
    """Accepted."""
    operation = Operation(module="note", action="put", args=(f"{random.random()}",))
    return signed_together([client], (operation,), random, valid_until=valid_until)


def a_refusal(client: Client, random: Random, valid_until: int) -> Transaction:
    """Nobody registered the document."""
    document = sha256(random.randbytes(8))
    operation = Operation(module="registry", action="finance", args=(document, 10**18, True))
    return signed_together([client], (operation,), random, valid_until=valid_until)


def either(client: Client, random: Random, valid_until: int) -> Transaction:
    """As chance has it."""
    return random.choice((a_note, a_refusal))(client, random, valid_until)


class Flooded:
    """A world under a flood, and how many blocks each honest transaction took."""

    def __init__(self, seed: int, profile: Profile, made: Made) -> None:
        parameters = Parameters(block_transactions_max=BLOCK_TRANSACTIONS_MAX)
        self.world = World(seed, profile, parameters=parameters)
        self.random = Random(seed)
        self.made = made
        self.asked: dict[TxId, int] = {}
        self.world.after(1_000, self.flood)
        self.world.after(3_000, self.ask)

    def flood(self) -> None:
        """Clients of the first three organisations, each at every node."""
        world = self.world
        for node in world.nodes:
            if node.up:
                for client in world.clients[:3]:
                    for _ in range(FLOOD):
                        node.submit(self.made(client, self.random, node.height + 400))
        world.after(FLOOD_EVERY_MS, self.flood)

    def ask(self) -> None:
        """One honest transaction, at its organisation's node."""
        node, client = self.world.nodes[3], self.world.clients[3]
        transaction = a_note(client, self.random, node.height + 400)
        node.submit(transaction)
        self.asked[transaction.tx_id] = node.height
        self.world.after(ASK_EVERY_MS, self.ask)

    def waited(self) -> list[int]:
        """Blocks from the one that was final when it was handed in to the one that holds it."""
        self.world.run_until(LASTS_MS)
        node, final = self.world.nodes[0], dict[TxId, int]()
        for height in range(1, node.height + 1):
            (served,) = node.serve(height, 1).blocks
            final.update((transaction.tx_id, height) for transaction in served.block.transactions)
        last = self.world.checkers.highest
        return [final.get(tx_id, last + 99) - asked for tx_id, asked in list(self.asked.items())[:-2]]


@pytest.mark.parametrize("made", [a_note, a_refusal, either])
@pytest.mark.parametrize("seed", range(2))
def test_an_honest_transaction_is_decided_within_three_blocks(seed: int, made: Made) -> None:
    """In a calm net, whatever the others send."""
    flooded = Flooded(seed, CALM, made)
    waited = flooded.waited()
    assert len(waited) >= 8
    assert max(waited) <= BLOCKS_MAX, waited
    assert flooded.world.checkers.highest > 30, "the flood stops no block"


def test_losses_delay_it_by_what_an_announcement_takes() -> None:
    """Not by the length of the flood's queue, which grows all the time."""
    waited = Flooded(3, SHAKY, either).waited()
    assert max(waited) <= SHAKY_BLOCKS_MAX, waited
