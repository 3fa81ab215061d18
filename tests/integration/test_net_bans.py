"""What an operator orders about one peer, between real networks: a ban drops the link and keeps both
directions shut, an end to it opens them within seconds, and an order to connect does not wait its turn.

Two networks over loopback within one trio run.
"""

from __future__ import annotations

import time
from dataclasses import replace

import pytest
import trio

from p2pchain.model.errors import Refused
from p2pchain.net.config import NetConfig
from tests.integration.net_nodes import DEADLINE_S, Node, id_of, members_of, pair, start_node
from tests.patience import patient

BACK_S = 8.0
"""The longest wait between two dials, and the dial."""
PATIENT = NetConfig(
    listen="/ip4/127.0.0.1/tcp/0", peers={}, redial_first_ms=60_000, redial_max_ms=60_000, yield_ms=0
)
AT_ONCE_S = 5.0


def refusals_of(node: Node) -> dict[str, int]:
    return {each.code: each.count for each in node.network.totals().refusals}


async def test_a_ban_drops_the_link_and_refuses_at_the_gate_until_it_ends() -> None:
    async with pair() as (alice, bob):
        alice.network.ban(id_of("bob"))
        await alice.until(lambda: alice.downs() == ["PEER_BANNED"], 1)
        await alice.until(lambda: refusals_of(alice).get("PEER_BANNED", 0) >= 2)
        assert alice.linked() == set()
        assert alice.network.totals().peer_faults == 0, "a ban is no fault of the peer"
        assert alice.network.totals().refused_handshakes >= 2
        alice.network.unban(id_of("bob"))
        await bob.until_linked("alice", deadline_s=BACK_S)
        await alice.until_linked("bob")
        assert refusals_of(alice) == {}


async def test_a_banned_peer_is_not_dialled_and_at_once_when_unbanned() -> None:
    """Only the banning side knows an address, and would wait a minute for its next turn."""
    members = members_of(("alice", "bob"))
    async with trio.open_nursery() as nursery:
        bob = await start_node(nursery, "bob", members)
        alice = await start_node(
            nursery, "alice", members, {"bob": bob.address}, config=PATIENT, banned=("bob",)
        )
        await trio.sleep(0.5)  # Long enough for the dial that must not be made.
        assert bob.ups() == []
        assert bob.network.totals().failed_handshakes == 0
        with pytest.raises(Refused) as caught:
            alice.network.connect(id_of("bob"))
        assert caught.value.code == "PEER_BANNED"
        alice.network.unban(id_of("bob"))
        await alice.until_linked("bob", deadline_s=AT_ONCE_S)
        nursery.cancel_scope.cancel()


async def test_a_connection_that_passed_the_gate_before_the_ban_gets_no_link() -> None:
    """The dialling side does not ask the gate: banned while the dial is under way."""
    members = members_of(("alice", "bob"))
    async with trio.open_nursery() as nursery:
        bob = await start_node(nursery, "bob", members)
        alice = await start_node(nursery, "alice", members, {"bob": bob.address}, config=PATIENT)
        with trio.fail_after(patient(DEADLINE_S)):
            while alice.network.totals().counts.get("PEER_BANNED", 0) == 0:
                alice.network.unban(id_of("bob"))
                await trio.sleep(0.01)  # The dial takes longer than this.
                alice.network.ban(id_of("bob"))
                await alice.until(lambda: not alice.linked() and not alice.network._links._greeting)
                await trio.sleep(0.1)  # Long enough for the rest of the dial.
                assert alice.linked() == set()
        nursery.cancel_scope.cancel()


async def test_disconnect_ends_the_link_without_blame_and_it_comes_back() -> None:
    async with pair() as (alice, bob):
        alice.network.disconnect(id_of("bob"))
        await alice.until(lambda: alice.downs() == ["PEER_DISCONNECTED"], 1)
        assert alice.network.totals().peer_faults == 0
        with pytest.raises(Refused) as caught:
            alice.network.disconnect(id_of("nobody"))
        assert caught.value.code == "PEER_NOT_CONNECTED"
        await bob.until(lambda: len(bob.ups()) == 2, BACK_S)


async def test_connect_does_not_wait_for_the_backoff() -> None:
    members = members_of(("alice", "bob", "carol"))
    async with trio.open_nursery() as nursery:
        bob = await start_node(nursery, "bob", members)
        listen = bob.address
        bob.scope.cancel()
        alice = await start_node(nursery, "alice", members, {"bob": listen}, config=PATIENT)
        await alice.until(lambda: refusals_of(alice).get("DIAL_FAILED", 0) == 1)
        again = await start_node(nursery, "bob", members, listen=listen)
        began = time.monotonic()
        alice.network.connect(id_of("bob"))
        await alice.until_linked("bob", deadline_s=AT_ONCE_S)
        assert time.monotonic() - began < patient(AT_ONCE_S)
        alice.network.connect(id_of("bob"))
        for whom, code in (("carol", "PEER_NO_ADDRESS"), ("mallory", "PEER_STRANGER")):
            with pytest.raises(Refused) as caught:
                alice.network.connect(id_of(whom))
            assert caught.value.code == code
        again.network.connect(id_of("alice"))  # Linked already, so that no address is needed.
        nursery.cancel_scope.cancel()


async def test_connect_ends_a_penalty() -> None:
    members = members_of(("alice", "bob"))
    short = replace(PATIENT, redial_first_ms=10, redial_max_ms=10)
    async with trio.open_nursery() as nursery:
        bob = await start_node(nursery, "bob", members)
        alice = await start_node(nursery, "alice", members, {"bob": bob.address}, config=short)
        for fault in range(1, 4):  # The third penalty is 4 s long.
            await alice.until_linked("bob")
            alice.network.drop(id_of("bob"), "test")
            await alice.until(lambda fault=fault: len(alice.downs()) == fault)  # type: ignore[misc]
        alice.network.connect(id_of("bob"))
        await alice.until_linked("bob", deadline_s=3)
        nursery.cancel_scope.cancel()
