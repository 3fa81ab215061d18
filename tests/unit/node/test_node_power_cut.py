"""A power cut below the daemon: what it told a client is there afterwards, whatever the disk lost.

The daemon's own parts, as its assembly joins them (recovery, guard, replica, main loop, chain log and safety
log), over a disk that forgets all that was not fsynced. Nobody counts calls: the power goes, the home is read
again as at any start, and the blocks are there or not. One validator, so that it decides alone; the network
has nobody to talk to.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

import pytest
import trio
from structlog import get_logger

from p2pchain.client.transactions import build_transaction
from p2pchain.codec.block import decode_block_record
from p2pchain.codec.genesis import genesis_id
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.mempool.pool import PoolLimits
from p2pchain.model.errors import Refused
from p2pchain.model.genesis import Genesis, GenesisAccount, GenesisNode, GenesisOrganisation
from p2pchain.model.ids import NONCE_BYTES, ChainId, Height, OrgId, Round, TxId
from p2pchain.model.parameters import Parameters
from p2pchain.model.safety import NO_LOCK
from p2pchain.model.transaction import Operation, Transaction
from p2pchain.model.voting import VoteContent, VoteKind
from p2pchain.node.home.config import NodeConfig
from p2pchain.node.home.identity import identify
from p2pchain.node.home.key_guard import Guarded, open_guard
from p2pchain.node.home.layout import Home
from p2pchain.node.home.recovery import Recovered, recover
from p2pchain.node.run.assembly import Parts, assemble
from p2pchain.node.run.log_setup import Logging
from p2pchain.replica.inputs import Started
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.safety import SafetyLog
from p2pchain.storage.simulated import PowerLost, SimulatedDisk
from p2pchain.telemetry.log_stream import LogStream

PEER, CONSENSUS, ACCOUNT = (SigningKey(letter * 32) for letter in (b"p", b"c", b"a"))
CHAIN = ChainId("alone")
CONFIG: Final = NodeConfig(
    name="alone",
    listen="/ip4/127.0.0.1/tcp/0",
    peers=(),
    control_socket=None,
    control_group=None,
    http=None,
    log_level="critical",
    log_format="text",
    pool=PoolLimits(),
)
GENESIS: Final = Genesis(
    chain_id=CHAIN,
    time_ms=1_700_000_000_000,
    parameters=Parameters(block_interval_min_ms=1, empty_block_interval_ms=60_000),
    organisations=(
        GenesisOrganisation(
            org=OrgId("alone"),
            legal_name="Alone Ltd",
            roles=("financier", "validator"),
            accounts=(GenesisAccount(name="alone", public_key=ACCOUNT.public_key, roles=("financier",)),),
            nodes=(
                GenesisNode(
                    name="alone", peer_key=PEER.public_key, consensus_key=CONSENSUS.public_key, power=1
                ),
            ),
        ),
    ),
)
SUBMITTED: Final = 3
DEADLINE_S: Final = 20
Choose = Callable[[int], int]


def nothing_survives(_count: int) -> int:
    """Of what was not fsynced the disk has nothing."""
    return 0


def all_survives(count: int) -> int:
    """The kernel had written everything by itself."""
    return count - 1


@dataclass(slots=True)
class Power:
    """Goes after ``left`` more operations of the disk; None: it stays."""

    left: int | None = None

    def watch(self, operation: str, _path: Path) -> None:
        """Told every change."""
        if self.left is not None and operation != "mkdir":
            self.left -= 1
            if self.left < 0:
                raise PowerLost


@dataclass(slots=True)
class Machine:
    """A home whose logs lie on a simulated disk, over all its lives. ``told``: what clients were told is
    final, with the height.
    """

    home: Home
    power: Power = field(default_factory=Power)
    told: dict[TxId, int] = field(default_factory=dict)
    disk: SimulatedDisk = field(init=False)

    def __post_init__(self) -> None:
        self.disk = SimulatedDisk(watch=self.power.watch)
        for directory in (*reversed(self.home.chain.parents), self.home.chain.parent):
            self.disk.make_directory(directory)
        self.home.chain.parent.mkdir(parents=True)
        (self.home.root / "keys").mkdir()
        ChainLog.create(self.disk, self.home.chain, genesis=genesis_id(GENESIS))
        SafetyLog.create(self.disk, self.home.safety, genesis=genesis_id(GENESIS))

    def start(self) -> tuple[Parts, Recovered, Guarded]:
        """Everything up to the first input, as the daemon does it."""
        recovered = recover(self.home, GENESIS, get_logger(), files=self.disk)
        identity = identify(
            ledger=recovered.ledger,
            chain_id=CHAIN,
            genesis_id=recovered.genesis_id,
            peer_key=PEER,
            consensus_key=CONSENSUS,
        )
        guarded = open_guard(self.home, CONSENSUS, recovered, get_logger(), self.disk)
        found = (recovered, identity, guarded)
        logging = Logging(stream=LogStream(2), priorities=False)
        return assemble(self.home, CONFIG, found, logging), recovered, guarded

    async def live(self, transactions: list[Transaction]) -> Guarded | None:
        """Run, and submit one after the other, until all are final or the power goes; None where it goes
        before the node has begun.
        """
        try:
            parts, recovered, guarded = self.start()
        except PowerLost:
            return None
        try:
            with trio.fail_after(DEADLINE_S):
                await self._serve(parts, transactions)
        except* PowerLost:
            pass
        finally:
            recovered.index.close()
        return guarded

    async def _serve(self, parts: Parts, transactions: list[Transaction]) -> None:
        async with trio.open_nursery() as nursery:
            nursery.start_soon(parts.interpreter.timers.run)
            nursery.start_soon(parts.indexer.run)
            nursery.start_soon(parts.interpreter.run, nursery, Started())
            for transaction in transactions:
                (outcome,) = await parts.view.submit([transaction], wait=True, timeout_ms=60_000)
                assert outcome.committed is not None, outcome
                self.told[transaction.tx_id] = int(str(outcome.committed["height"]))
            nursery.cancel_scope.cancel()

    def lose_power(self, choose: Choose) -> None:
        """And have it again."""
        self.power.left = None
        self.disk.crash(choose)

    def lacks(self) -> dict[TxId, int]:
        """What was told to be final, and is not there after a start."""
        _, recovered, guarded = self.start()
        assert guarded.reason() is None, "it goes on to sign"
        log = recovered.chain_log
        heights = range(log.first, log.tip + 1)
        held = {
            each.tx_id: height
            for height in heights
            for each in decode_block_record(log.read(height)).block.transactions
        }
        recovered.index.close()
        return {tx_id: height for tx_id, height in self.told.items() if held.get(tx_id) != height}


def a_note(number: int) -> Transaction:
    """The transaction of this number."""
    return build_transaction(
        chain_id=CHAIN,
        valid_until=Height(100),
        signers=[ACCOUNT],
        operations=[Operation(module="note", action="put", args=(f"note {number}",))],
        nonce=number.to_bytes(NONCE_BYTES, "big"),
    )


NOTES: Final = [a_note(number) for number in range(SUBMITTED)]
NEXT: Final = a_note(SUBMITTED)


async def test_what_was_told_to_be_final_is_there_after_a_power_cut(tmp_path: Path) -> None:
    """The power goes as soon as the client has its answer, again and again, and the disk keeps no more than
    it promised.
    """
    machine = Machine(home=Home(tmp_path / "home"))
    for number in range(SUBMITTED):
        await machine.live([a_note(number)])
        machine.lose_power(nothing_survives)
        assert machine.lacks() == {}
    assert len(set(machine.told.values())) == SUBMITTED


@pytest.mark.parametrize("choose", [nothing_survives, all_survives])
async def test_the_power_may_go_at_any_operation_of_the_disk(tmp_path: Path, choose: Choose) -> None:
    """Cut after the first write, the first fsync, and so on to the last; what was told until then is there,
    and the validator goes on from there: the rest is final in its next life.
    """
    cut, whole = 0, False
    while not whole:
        machine = Machine(home=Home(tmp_path / f"home-{cut}"))
        machine.power.left = cut
        await machine.live(NOTES)
        whole = len(machine.told) == SUBMITTED
        machine.lose_power(choose)
        assert machine.lacks() == {}, f"the power went after {cut} operations"
        await machine.live([NEXT])
        assert NEXT.tx_id in machine.told
        cut += 2
    assert cut > 2 * SUBMITTED, "the power went in the midst of it"


async def test_the_guard_hears_of_every_height_that_is_final(tmp_path: Path) -> None:
    """What was signed last lies below a later round of the height, so only the height speaks against it."""
    machine = Machine(home=Home(tmp_path / "home"))
    guarded = await machine.live(NOTES)
    assert guarded is not None
    assert guarded.signer is not None
    for height in machine.told.values():
        vote = VoteContent(kind=VoteKind.PREVOTE, height=Height(height), round=Round(7), block_id=None)
        with pytest.raises(Refused, match="SIGN_REGRESSION") as caught:
            guarded.signer.sign_vote(vote, validator=0, lock=NO_LOCK, block=None, polka=None)
        assert caught.value.facts["committed_height"] == max(machine.told.values())
