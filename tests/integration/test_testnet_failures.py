"""Nodes die, alone, in pairs and all at once: the others go on, and nothing committed is lost.

How: four daemons, ended by signals as a crash or an operator would, under notes handed in over the control
sockets. Deadlines are those that the project promises.
"""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest
import trio

from p2pchain.client.node_client import NodeClient
from p2pchain.model.errors import Fault
from p2pchain.model.ids import ChainId
from p2pchain.model.parameters import Parameters
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.mixes.notes import notes
from p2pchain.testnet.network_files import account_key
from p2pchain.testnet.stock import Stock
from tests.integration.testnet_driving import count_notes, leave_note, state_roots
from tests.patience import patient

GO_ON_S = patient(3.0)
BACK_AT_TIP_S = patient(10.0)
TWO_TIMEOUTS_S = patient(5.0)
STOP_S = patient(2.0)
UNDER_LOAD_S = patient(60.0)
BATCH = 50
LIFETIME = Parameters().tx_lifetime
COMMITTED_BEFORE_KILL = 300


@pytest.fixture
def whole(network: Launcher) -> Iterator[Launcher]:
    """The module's network, every node running and at one height before and after."""
    yield network
    network.start()
    height = max(network.height(name) for name in network.names)
    network.wait_for_height(height)


def at_tip(network: Launcher, name: str, other: str) -> bool:
    """Whether a node is as high as another, and knows it."""
    status, reference = network.status(name), network.status(other)
    if status is None or reference is None:
        return False
    return int(status["height"]) >= int(reference["height"]) and not status["syncing"]


@pytest.mark.parametrize("victim", ["supplier", "bank-a"])
def test_one_killed_others_go_on_and_it_comes_back(whole: Launcher, victim: str) -> None:
    other = "bank-b"
    leave_note(whole, other)
    whole.kill(victim)
    killed = time.monotonic()
    for text in ("first", "second", "third"):
        height = leave_note(whole, other, text)
        assert text != "first" or time.monotonic() - killed < GO_ON_S
    whole.wait_until("somebody misses it", lambda: _health(whole, other) == "degraded", GO_ON_S)
    whole.start([victim])
    whole.wait_until("back at the tip", lambda: at_tip(whole, victim, other), BACK_AT_TIP_S)
    assert whole.height(victim) >= height
    assert len(state_roots(whole, height)) == 1


def test_two_down_no_block_one_back_blocks(whole: Launcher) -> None:
    leave_note(whole, "bank-a")
    whole.kill("buyer", "supplier")
    whole.wait_until("it says so", lambda: _health(whole, "bank-a") == "stalled", GO_ON_S)
    status = whole.status("bank-a")
    assert status is not None
    assert any("buyer" in reason and "supplier" in reason for reason in status["reasons"]), status
    assert status["faults_tolerated"] == 0
    before = whole.height("bank-a")
    whole.start(["buyer"])
    whole.wait_until("buyer connected", lambda: _health(whole, "bank-a") != "stalled", BACK_AT_TIP_S)
    began = time.monotonic()
    assert leave_note(whole, "buyer") > before
    assert time.monotonic() - began < TWO_TIMEOUTS_S


def test_a_paused_node_is_noticed_and_comes_back(whole: Launcher) -> None:
    whole.pause("supplier")
    try:
        for _ in range(3):
            leave_note(whole, "bank-a")
        assert whole.report("supplier").state == "paused"
    finally:
        whole.resume("supplier")
    whole.wait_until("back at the tip", lambda: at_tip(whole, "supplier", "bank-a"), BACK_AT_TIP_S)


def test_all_killed_under_load_lose_nothing(whole: Launcher) -> None:
    """Every note of which a client was told that it is final is in the ledger of every node afterwards."""
    for _ in range(2):
        before = {name: count_notes(whole, "bank-a", name) for name in whole.names}
        told = trio.run(_load_until_killed, whole, whole.height("bank-a"))
        assert sum(told.values()) >= COMMITTED_BEFORE_KILL
        began = time.monotonic()
        whole.start()
        whole.wait_for_height(1)
        height = leave_note(whole, "bank-a", "after the crash")
        assert time.monotonic() - began < BACK_AT_TIP_S
        whole.wait_for_height(height)
        assert len(state_roots(whole, height)) == 1
        for name in whole.names:
            assert count_notes(whole, name, "bank-b") >= before["bank-b"] + told["bank-b"]
            assert count_notes(whole, name, "buyer") >= before["buyer"] + told["buyer"]


def test_sigterm_stops_within_two_seconds(whole: Launcher) -> None:
    began = time.monotonic()
    killed = whole.stop(["supplier"], timeout_s=STOP_S)
    assert not killed, f"still there after {time.monotonic() - began:.1f} s: {whole.log_tail('supplier')}"
    assert whole.process("supplier").exit_code == 0
    leave_note(whole, "bank-a")


def _health(network: Launcher, name: str) -> str:
    status = network.status(name)
    return "" if status is None else str(status["health"])


async def _load_until_killed(network: Launcher, tip: int) -> dict[str, int]:
    """Put load on two nodes, kill all four in the midst of it; per organisation, how many it was told of."""
    told = {"bank-b": 0, "buyer": 0}
    enough = trio.Event()
    async with trio.open_nursery() as nursery:
        for name in told:
            nursery.start_soon(_send_until_silent, network, name, told, tip, enough)
        with trio.fail_after(UNDER_LOAD_S):
            await enough.wait()
        network.kill(*network.names)
    return told


async def _send_until_silent(
    network: Launcher, name: str, told: dict[str, int], tip: int, enough: trio.Event
) -> None:
    stock = Stock(ChainId(network.plan.chain_id), notes([account_key(network.plan.seed, name)]), LIFETIME)
    async with NodeClient(network.places.control_socket(name)) as client:
        while True:
            stock.sign(BATCH, tip)
            try:
                outcomes = await client.submit_many(stock.take(BATCH, tip), wait=True)
            except Fault:
                return
            told[name] += sum(code == "OK" and height is not None for code, height in outcomes)
            if sum(told.values()) >= COMMITTED_BEFORE_KILL:
                enough.set()
