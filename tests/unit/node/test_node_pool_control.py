"""The operator's brake: drop one, take nothing of somebody, over restarts too; blocks are judged as ever."""

from __future__ import annotations

from pathlib import Path

import pytest
import structlog
from structlog.testing import capture_logs

from p2pchain.ledger.fault_containment import MachineExhausted
from p2pchain.mempool.refused_senders import NOBODY, RefusedSenders
from p2pchain.model.errors import Refused
from p2pchain.model.ids import OrgId, TxId
from p2pchain.model.messages import (
    TransactionBatch,
    TransactionsHeld,
    TransactionsRequest,
    TransactionsResponse,
)
from p2pchain.model.parameters import Parameters
from p2pchain.node.face.pool_control import PoolControl
from p2pchain.node.face.pool_metrics import OTHERS, PoolMetrics
from p2pchain.node.home.layout import Home, HomeError
from p2pchain.node.home.sender_refusals import (
    REFUSED_MAX,
    read_refused_senders,
    refuse_transaction,
    write_refused_senders,
)
from p2pchain.node.run.daemon import keep_out
from p2pchain.node.run.inbox import Inbox
from p2pchain.replica.effects import Answer, Effect, Fetch, Persist, SignVote, TransactionsDropped
from p2pchain.replica.inputs import FetchCompleted, TransactionsSubmitted
from p2pchain.telemetry.metrics import Metrics
from tests.unit.mempool.pool_transactions import a_waiting, put
from tests.unit.replica.effect_words import of
from tests.unit.replica.pool_world import HONEST, Solo, account_key, note_of, pool_genesis
from tests.unit.replica.replica_votes import PRECOMMIT
from tests.unit.replica.replica_world import PEERS, Chain, Scene


class Desk:
    """A replica of four, and its operator's desk."""

    def __init__(self, home: Path) -> None:
        self.genesis = pool_genesis(Parameters(), validators=4)
        self.scene = Scene(genesis=self.genesis)
        self.inbox = Inbox(Metrics())
        self.file = home / "refused-senders.json"
        self.control = PoolControl(replica=self.scene.replica, inbox=self.inbox, file=self.file)

    async def carry_out(self) -> list[Effect]:
        """The replica takes the order that was given."""
        return self.scene.tell(await self.inbox.take())

    def waits(self) -> dict[str, int]:
        """How many transactions wait, by organisation."""
        return {each.org: each.transactions for each in self.scene.replica.flow.pool.holdings()}


@pytest.fixture
def desk(tmp_path: Path) -> Desk:
    return Desk(tmp_path)


async def test_one_transaction_is_dropped_and_who_waits_for_it_is_told(desk: Desk) -> None:
    one, other = note_of("org-1"), note_of("org-1")
    desk.scene.tell(TransactionsSubmitted(ticket=1, transactions=(one, other)))
    assert desk.control.drop(one.tx_id) == {"tx_id": one.tx_id.hex(), "dropped": True}
    (told,) = of(TransactionsDropped, await desk.carry_out())
    assert [(each.tx_id, each.fault.code) for each in told.dropped] == [(one.tx_id, "MEMPOOL_DROPPED")]
    assert desk.waits() == {"org-1": 1}
    with pytest.raises(Refused, match="TX_UNKNOWN"):
        desk.control.drop(one.tx_id)


@pytest.mark.parametrize("which", ["organisation", "account", "name"])
async def test_nothing_is_taken_of_a_refused_sender_on_any_path(desk: Desk, which: str) -> None:
    """Neither of a client, nor pushed, nor fetched; what waits goes; an account's colleagues are not meant by
    its name. It stands in the status and in the file.
    """
    scene, key = desk.scene, account_key("org-1").public_key
    scene.tell(TransactionsSubmitted(ticket=1, transactions=(note_of("org-1"), note_of(HONEST))))
    names = {"organisation": "org-1", "account": key.hex(), "name": "client-1-0"}
    await desk.control.refuse(names[which])
    await desk.carry_out()
    assert desk.waits() == {HONEST: 1}
    (told,) = of(Answer, scene.tell(TransactionsSubmitted(ticket=2, transactions=(note_of("org-1"),))))
    assert [fault and fault.code for fault in told.results] == ["MEMPOOL_REFUSED"]
    scene.hear(TransactionBatch(transactions=(note_of("org-1"),)), 1)
    announced = note_of("org-1")
    (fetch,) = of(Fetch, scene.hear(TransactionsHeld(tx_ids=(announced.tx_id,)), 2))
    response = TransactionsResponse(transactions=(announced,))
    scene.tell(FetchCompleted(peer=fetch.peer, request=fetch.request, response=response))
    assert desk.waits() == {HONEST: 1}
    scene.hear(TransactionBatch(transactions=(note_of("org-1", 1),)), 1)
    assert desk.waits() == ({HONEST: 1} if which == "organisation" else {HONEST: 1, "org-1": 1})
    (reason,) = desk.control.reasons()
    assert ("org-1" if which == "organisation" else key.hex()[:16]) in reason
    assert read_refused_senders(desk.file).covers(OrgId("org-1"), key, TxId(bytes(32)))
    await desk.control.allow(names[which])
    await desk.carry_out()
    assert (desk.control.reasons(), read_refused_senders(desk.file)) == ([], NOBODY)
    scene.hear(TransactionBatch(transactions=(note_of("org-1"),)), 1)
    assert "org-1" in desk.waits()


async def test_a_transaction_that_ended_the_node_is_not_taken_up_again(desk: Desk) -> None:
    """From whomever it comes, until the operator says so; others of its sender are taken."""
    deadly, other = note_of("org-1"), note_of("org-1")
    refuse_transaction(desk.file, deadly.tx_id)
    refuse_transaction(desk.file, deadly.tx_id)
    desk.scene.replica.flow.refuse(read_refused_senders(desk.file))
    desk.control = PoolControl(replica=desk.scene.replica, inbox=desk.inbox, file=desk.file)
    desk.scene.tell(TransactionsSubmitted(ticket=1, transactions=(deadly, other)))
    desk.scene.hear(TransactionBatch(transactions=(deadly,)), 1)
    assert desk.waits() == {"org-1": 1}
    (reason,) = desk.control.reasons()
    assert f"transaction {deadly.tx_id.hex()[:16]} again" in reason
    await desk.control.allow(deadly.tx_id.hex())
    await desk.carry_out()
    assert (desk.control.reasons(), read_refused_senders(desk.file)) == ([], NOBODY)
    desk.scene.tell(TransactionsSubmitted(ticket=2, transactions=(deadly,)))
    assert desk.waits() == {"org-1": 2}


def test_what_ended_the_node_is_written_down_and_a_failure_of_that_hides_nothing(tmp_path: Path) -> None:
    home, deadly = Home(tmp_path), note_of("org-1").tx_id
    fault = MachineExhausted(deadly, MemoryError())
    with capture_logs() as logged:
        keep_out(home, fault, structlog.get_logger())
    assert logged == []
    assert read_refused_senders(home.refused_senders).transactions == {deadly}
    full = frozenset(TxId(number.to_bytes(32, "big")) for number in range(REFUSED_MAX))
    write_refused_senders(home.refused_senders, RefusedSenders(transactions=full))
    with capture_logs() as logged:
        keep_out(home, fault, structlog.get_logger())
    assert [entry["code"] for entry in logged] == ["SENDERS_TOO_MANY"]
    home.refused_senders.write_text("no list")
    with capture_logs() as logged:
        keep_out(home, fault, structlog.get_logger())
    assert [entry["code"] for entry in logged] == ["SENDERS_INVALID"]


async def test_blocks_of_others_are_judged_as_ever(desk: Desk) -> None:
    """A block with transactions of a refused organisation gets our prevote, and is final here."""
    await desk.control.refuse("org-1")
    await desk.carry_out()
    scene = desk.scene
    transaction = note_of("org-1")
    chain = Chain(desk.genesis)
    block = chain.make(transactions=[transaction]).block
    told = scene.propose(block)
    request = TransactionsRequest(tx_ids=(transaction.tx_id,), block_id=block.block_id)
    response = TransactionsResponse(transactions=(transaction,))
    told += scene.tell(FetchCompleted(peer=PEERS[1], request=request, response=response))
    assert block.block_id in [effect.content.block_id for effect in of(SignVote, told)]
    assert of(Persist, scene.votes(PRECOMMIT, block.block_id, 1, 2, 3))


def test_own_blocks_hold_nothing_of_a_refused_sender() -> None:
    """It waits no longer, so no proposal of ours takes it."""
    solo = Solo()
    solo.submit(note_of("org-1"), note_of(HONEST))
    solo.replica.flow.refuse(RefusedSenders(organisations=frozenset({OrgId("org-1")})))
    assert solo.block() == [HONEST]


async def test_who_is_meant_must_be_clear(desk: Desk) -> None:
    """And there is an end to the list."""
    for order in (desk.control.refuse, desk.control.allow):
        with pytest.raises(Refused, match="SENDER_UNKNOWN"):
            await order("nobody")
    with pytest.raises(Refused, match="SENDER_UNKNOWN"):
        await desk.control.allow("org-1")
    gone = frozenset(OrgId(f"gone-{number}") for number in range(REFUSED_MAX))
    desk.scene.replica.flow.refuse(RefusedSenders(organisations=gone))
    full = PoolControl(replica=desk.scene.replica, inbox=desk.inbox, file=desk.file)
    with pytest.raises(Refused, match="SENDERS_TOO_MANY"):
        await full.refuse("org-1")
    await full.allow("gone-7")
    await full.refuse("org-1")
    assert read_refused_senders(desk.file).organisations == gone - {"gone-7"} | {"org-1"}


async def test_the_view_tells_who_waits_for_how_long(desk: Desk) -> None:
    """By organisation, most bytes first."""
    waiting = tuple(note_of(org) for org in ("org-1", "org-1", HONEST))
    desk.scene.tell(TransactionsSubmitted(ticket=1, transactions=waiting))
    told = desk.control.show()
    assert [(each["org"], each["transactions"]) for each in told["organisations"]] == [  # type: ignore[union-attr,index,call-overload]
        ("org-1", 2),
        (HONEST, 1),
    ]
    assert told["oldest"][0]["tx_id"] == waiting[0].tx_id.hex()  # type: ignore[index,call-overload]
    assert told["own_block_part"] == 16, "a burst begins with small blocks"


@pytest.mark.parametrize(
    "text",
    [
        "",
        "[]",
        '{"organisations": []}',
        '{"organisations": [1], "accounts": [], "transactions": []}',
        '{"organisations": [], "accounts": ["zz"], "transactions": []}',
        '{"organisations": [], "accounts": ["' + "zz" * 32 + '"], "transactions": []}',
        '{"organisations": [], "accounts": [], "transactions": [], "more": 1}',
        " " * 300_000,
    ],
)
def test_a_file_that_cannot_be_read_is_not_taken_for_none(tmp_path: Path, text: str) -> None:
    """The node does not start with it."""
    file = tmp_path / "refused-senders.json"
    file.write_text(text)
    with pytest.raises(HomeError, match="SENDERS_INVALID"):
        read_refused_senders(file)


def test_the_file_comes_back_as_it_was_written(tmp_path: Path) -> None:
    """Readable by its owner alone; where there is none, nobody is refused."""
    file = tmp_path / "refused-senders.json"
    assert read_refused_senders(file) == NOBODY
    refused = RefusedSenders(
        organisations=frozenset({OrgId("org-1")}), accounts=frozenset({account_key("org-2").public_key})
    )
    write_refused_senders(file, refused)
    assert read_refused_senders(file) == refused
    assert file.stat().st_mode & 0o777 == 0o600


def test_metrics_of_organisations_are_bounded_and_drops_are_counted_by_cause(desk: Desk) -> None:
    """Sixteen labels, and one for the rest."""
    flow, metrics = desk.scene.replica.flow, Metrics()
    for number in range(20):
        put(flow.pool, a_waiting(number, signer=f"{number}"), f"org-{number:02}")
    measured = PoolMetrics(flow, metrics)
    for _ in range(2):
        measured.measure()
    text = metrics.text().decode()
    assert text.count("p2pchain_mempool_organisation_bytes{") == 17
    assert f'p2pchain_mempool_organisation_transactions{{org="{OTHERS}"}} 4.0' in text
    flow.drop(a_waiting(3, signer="3").tx_id)
    flow.drop(TxId(bytes(32)))
    measured.measure()
    assert 'p2pchain_mempool_dropped_total{cause="operator"} 1.0' in metrics.text().decode()
