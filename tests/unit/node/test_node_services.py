"""The small services around the main loop: systemd's socket, the genesis watch, the index, serving blocks."""

from __future__ import annotations

import os
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import cast

import pytest
import trio
import trio.testing
from structlog.testing import capture_logs

from p2pchain.business.software import MODULES
from p2pchain.codec.block import decode_block_record
from p2pchain.codec.messages import decode_fetch_response
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.errors import Corrupt, Fault, Refused
from p2pchain.model.ids import Height, PeerId
from p2pchain.model.messages import BlocksResponse
from p2pchain.net.events import PeerRefusal
from p2pchain.net.network import Network
from p2pchain.node.face.index_upkeep import BEHIND_MAX, Indexer
from p2pchain.node.health.genesis_mismatch import disagreement
from p2pchain.node.home.index_filling import FILLED_AT_START_BLOCKS, BlockRows, genesis_owners
from p2pchain.node.peers.block_server import SERVED_AT_ONCE_MAX, BlockServer
from p2pchain.node.run.exit_codes import EndedRunning, exit_code
from p2pchain.node.run.systemd_notify import ServiceManager
from p2pchain.storage.chain import ChainLog
from p2pchain.storage.index import ChainIndex, IndexFailure
from p2pchain.storage.index_rows import Selection
from tests.patience import patient
from tests.unit.node.test_node_waiting import a_record
from tests.unit.replica.replica_world import OBSERVER, PEERS, Chain, a_genesis, a_transaction


def test_the_service_manager_hears_every_word(tmp_path: Path) -> None:
    """READY, STATUS, WATCHDOG, STOPPING over a datagram socket."""
    path = str(tmp_path / "notify")
    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as receiver:
        receiver.bind(path)
        receiver.settimeout(5)
        manager = ServiceManager({"NOTIFY_SOCKET": path, "WATCHDOG_USEC": "10000000"})
        assert manager.watchdog_ms == 10_000
        manager.ready("up")
        manager.status("height 4")
        manager.alive()
        manager.stopping()
        heard = [receiver.recv(1_000).decode() for _ in range(4)]
    assert heard == ["READY=1\nSTATUS=up", "STATUS=height 4", "WATCHDOG=1", "STOPPING=1"]


@pytest.mark.parametrize(
    "environment", [{}, {"NOTIFY_SOCKET": "/no/such/socket"}, {"NOTIFY_SOCKET": "@p2pchain-nobody-listens"}]
)
def test_without_a_service_manager_the_node_works(environment: dict[str, str]) -> None:
    """Nothing is said, nothing fails."""
    manager = ServiceManager(environment)
    manager.ready("up")
    manager.alive()
    assert manager.watchdog_ms == 0


def test_the_watchdog_of_another_process_is_not_ours() -> None:
    """``WATCHDOG_PID`` names whom it is for."""
    asked = {"WATCHDOG_USEC": "5000000", "WATCHDOG_PID": str(os.getpid() + 1)}
    assert ServiceManager(asked).watchdog_ms == 0
    assert ServiceManager({**asked, "WATCHDOG_PID": str(os.getpid())}).watchdog_ms == 5_000


def refusal(peer: PeerId, code: str = "HELLO_OTHER_GENESIS") -> PeerRefusal:
    """One that the network counted."""
    return PeerRefusal(peer=peer, code=code, detail="", count=1, ago_s=0)


def test_one_validator_alone_may_be_wrong_itself() -> None:
    """More than a third of the power must say that our genesis is another; strangers count for nothing."""
    ledger = Ledger.from_genesis(a_genesis(), MODULES)

    def judge(*refusals: PeerRefusal) -> PeerRefusal | None:
        return disagreement(refusals, ledger.members, ledger.validators)

    assert judge() is None
    assert judge(refusal(PEERS[1])) is None
    assert judge(refusal(PEERS[1]), refusal(PEERS[1], "HELLO_OTHER_CHAIN")) is None
    assert judge(refusal(PEERS[1]), refusal(OBSERVER), refusal(PeerId("stranger"))) is None
    assert judge(refusal(PEERS[1]), refusal(PEERS[2], "PEER_SILENT")) is None
    assert judge(refusal(PEERS[1]), refusal(PEERS[2])) is not None


async def test_a_final_transaction_is_found_at_once_and_later(tmp_path: Path) -> None:
    """First in memory, then in the index."""
    index = ChainIndex(tmp_path / "index.sqlite", b"chain")
    indexer = indexer_of(index)
    one, other = a_transaction(), a_transaction()
    indexer.committed(a_record(one, other))
    assert await indexer.find(other.tx_id) == (1, 1)
    assert index.height == 0
    async with trio.open_nursery() as nursery:
        nursery.start_soon(indexer.run)
        with trio.fail_after(5):
            while index.height < 1:
                await trio.lowlevel.checkpoint()
        nursery.cancel_scope.cancel()
    assert await indexer.find(other.tx_id) == (1, 1)
    assert await indexer.find(a_transaction().tx_id) is None
    index.close()


async def test_an_index_that_was_left_behind_reads_the_log(tmp_path: Path) -> None:
    """Past its bound blocks are not kept in memory; a list waits until they are in, in order."""
    chain = Chain(a_genesis())
    count = BEHIND_MAX + 40
    for _ in range(count):
        chain.commit(chain.make(transactions=[a_transaction(valid_until=count + 9)]))
    records = [decode_block_record(payload) for payload in chain.records]
    index = ChainIndex(tmp_path / "index.sqlite", b"chain")
    indexer = indexer_of(index, chain)
    for record in records:
        indexer.committed(record)
    async with trio.open_nursery() as nursery:
        nursery.start_soon(indexer.run)
        with trio.fail_after(patient(20)):
            blocks, height = await indexer.read(lambda index: index.blocks(Selection(limit=count + 1)))
        assert height == count
        assert [row.height for row in blocks] == list(range(count, 0, -1))
        last = records[-1].block.transactions[0].tx_id
        assert await indexer.find(last) == (count, 0)
        nursery.cancel_scope.cancel()
    index.close()


def indexer_of(index: ChainIndex, chain: Chain | None = None) -> Indexer:
    """Keeps ``index``, over the log of a chain."""
    log = StandInLog(chain.records if chain else [])
    return Indexer(index, BlockRows(genesis_owners(a_genesis())), cast(ChainLog, log))


class StandInLog:
    """The records of a chain that was decided elsewhere."""

    def __init__(self, records: list[bytes]) -> None:
        self._records = records
        self.first, self.tip = 1, 0

    def read(self, height: int) -> bytes:
        return self._records[height - 1]

    def blocks(self, first: int) -> Iterator[tuple[int, bytes]]:
        yield from enumerate(self._records[first - 1 :], start=first)


class StandInNetwork:
    """Keeps what would be sent."""

    def __init__(self) -> None:
        self.answers: list[BlocksResponse] = []

    def respond(self, peer: PeerId, request_id: int, response: BlocksResponse) -> None:
        self.answers.append(response)

    def respond_encoded(self, peer: PeerId, request_id: int, payload: bytes) -> None:
        response = decode_fetch_response(payload)
        assert isinstance(response, BlocksResponse)
        self.answers.append(response)


async def test_blocks_are_served_out_of_their_records() -> None:
    """What arrives is what was decided, certificate and all."""
    chain = Chain(a_genesis())
    chain.extend(3)
    network = StandInNetwork()
    server = BlockServer(cast(ChainLog, StandInLog(chain.records)), cast(Network, network))
    async with trio.open_nursery() as nursery:
        server.serve(nursery, peer=PEERS[1], request_id=1, first=Height(2), count=2)
        server.serve(nursery, peer=PEERS[1], request_id=2, first=Height(4), count=0)
    assert sorted(network.answers, key=lambda each: len(each.blocks)) == [
        BlocksResponse(blocks=()),
        BlocksResponse(blocks=tuple(chain.finals[1:3])),
    ]


async def test_only_a_few_answers_are_read_at_once() -> None:
    """Past it the asker gets nothing, and asks another; afterwards there is room again."""
    chain = Chain(a_genesis())
    chain.extend(1)
    network = StandInNetwork()
    server = BlockServer(cast(ChainLog, StandInLog(chain.records)), cast(Network, network))
    async with trio.open_nursery() as nursery:
        for request_id in range(SERVED_AT_ONCE_MAX + 3):
            server.serve(nursery, peer=PEERS[1], request_id=request_id, first=Height(1), count=1)
        assert network.answers == [BlocksResponse(blocks=())] * 3
    assert len(network.answers) == SERVED_AT_ONCE_MAX + 3
    async with trio.open_nursery() as nursery:
        server.serve(nursery, peer=PEERS[1], request_id=9, first=Height(1), count=1)
    assert len(network.answers[-1].blocks) == 1


async def test_an_index_that_fails_costs_look_ups_and_not_the_node(tmp_path: Path) -> None:
    """It is told once, in the log and as a reason of the status; memory does not grow. One that is exchanged
    for it has what was missed."""
    chain = Chain(a_genesis())
    for _ in range(3):
        chain.commit(chain.make(transactions=[a_transaction()]))
    records = [decode_block_record(payload) for payload in chain.records]
    index = ChainIndex(tmp_path / "index.sqlite", b"chain")
    indexer = indexer_of(index, chain)
    index.close()  # Whatever SQLite is asked now fails.
    wanted = records[2].block.transactions[0].tx_id
    with capture_logs() as logs, trio.fail_after(patient(5)):
        async with trio.open_nursery() as nursery:
            nursery.start_soon(indexer.run)
            indexer.committed(records[0])
            with pytest.raises(IndexFailure, match="INDEX_FAILED"):
                await indexer.read(lambda index: index.height)
            with pytest.raises(IndexFailure, match="INDEX_FAILED"):
                await indexer.find(wanted)
            (reason,) = indexer.reasons()
            assert "INDEX_FAILED" in reason
            for record in records[1:]:
                indexer.committed(record)
            assert indexer.reasons() == [reason]
            await indexer.exchange(lambda: ChainIndex(tmp_path / "another.sqlite", b"chain"))
            _, height = await indexer.read(lambda index: index.height)
            assert height == 3
            assert await indexer.find(wanted) == (3, 0)
            assert indexer.reasons() == []
            nursery.cancel_scope.cancel()
    failed = [each["code"] for each in logs if each["event"] == "index.failed"]
    assert failed == ["INDEX_FAILED"]
    indexer.close()


async def test_an_index_that_lacks_too_much_waits_for_a_new_one(tmp_path: Path) -> None:
    """Until then it says that nobody can know, rather than that there is nothing."""
    chain = Chain(a_genesis())
    chain.commit(chain.make(transactions=[a_transaction()]))
    log = StandInLog(chain.records)
    log.tip = FILLED_AT_START_BLOCKS + 1
    rows = BlockRows(genesis_owners(a_genesis()))
    indexer = Indexer(ChainIndex(tmp_path / "index.sqlite", b"chain"), rows, cast(ChainLog, log))
    record = decode_block_record(chain.records[0])
    assert indexer.is_held
    indexer.committed(record)
    for question in (
        indexer.find(record.block.transactions[0].tx_id),
        indexer.read(lambda index: index.height),
    ):
        with pytest.raises(Refused, match="INDEX_BEHIND"):
            await question
    assert "made anew" in indexer.reasons()[0]
    async with trio.open_nursery() as nursery:
        nursery.start_soon(indexer.run)
        await indexer.exchange(lambda: ChainIndex(tmp_path / "another.sqlite", b"chain"))
        with trio.fail_after(patient(5)):
            assert (await indexer.read(lambda index: index.height))[1] == 1
        nursery.cancel_scope.cancel()
    assert not indexer.is_held
    indexer.close()


@pytest.mark.parametrize(
    ("fault", "before", "running"),
    [
        (Refused("HEIGHT_PRUNED"), 78, 70),
        (Corrupt("LOG_CORRUPT"), 65, 65),
        (Refused("HOME_LOCKED"), 75, 75),
        (Corrupt("EXECUTION_DIVERGED"), 70, 70),
        (Refused("GENESIS_DIFFERS"), 78, 78),
    ],
)
def test_what_ends_a_running_node_is_no_wrong_setting(fault: Fault, before: int, running: int) -> None:
    """78 is not started again by the service manager; 70 is."""
    assert (exit_code(fault), exit_code(EndedRunning(fault))) == (before, running)
    assert str(EndedRunning(fault)) == str(fault)


async def test_pruned_blocks_are_not_served_and_end_nothing() -> None:
    """A peer that asks for them gets what is left, from the first it asked for on: nothing."""

    class Pruned(StandInLog):
        def read(self, height: int) -> bytes:
            if height < 3:
                raise Refused("HEIGHT_PRUNED", {"height": height})
            return super().read(height)

    chain = Chain(a_genesis())
    chain.extend(4)
    network = StandInNetwork()
    server = BlockServer(cast(ChainLog, Pruned(chain.records)), cast(Network, network))
    async with trio.open_nursery() as nursery:
        server.serve(nursery, peer=PEERS[1], request_id=1, first=Height(2), count=2)
        server.serve(nursery, peer=PEERS[1], request_id=2, first=Height(3), count=2)
    answers = sorted(network.answers, key=lambda each: len(each.blocks))
    assert answers == [BlocksResponse(blocks=()), BlocksResponse(blocks=tuple(chain.finals[2:4]))]
