"""Links between well-behaved nodes: they come up, carry messages, heal, and end when they should.

Two to four real networks over loopback within one trio run.
"""

from __future__ import annotations

import itertools
import socket
import time
from dataclasses import replace

import pytest
import trio

from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height, PeerId, Round, TxId
from p2pchain.model.messages import (
    Announcement,
    BlocksRequest,
    BlocksResponse,
    LinkMessage,
    RoundSummary,
    TransactionsHeld,
    TransactionsRequest,
    TransactionsResponse,
)
from p2pchain.net.config import NetConfig
from p2pchain.net.events import FetchArrived, FetchFailed, LinkReceived, PeerDown, PeerUp
from p2pchain.net.rates import Rate, RatedKind
from tests.integration.net_nodes import (
    Node,
    announcement_of,
    hello_of,
    id_of,
    members_of,
    pair,
    start_node,
)
from tests.patience import patient

FOUR = ("alice", "bob", "carol", "dave")
CONFIG = NetConfig(listen="/ip4/127.0.0.1/tcp/0", peers={})
GENESIS_B = b"\x22" * 32


def summary(height: int) -> RoundSummary:
    return RoundSummary(height=Height(height), round=Round(0), step=0, rounds=())


def held(count: int) -> TransactionsHeld:
    return TransactionsHeld(tx_ids=tuple(TxId(number.to_bytes(32, "big")) for number in range(1, count + 1)))


async def start_four(nursery: trio.Nursery) -> list[Node]:
    """Four nodes, each with the addresses of those before it."""
    members, nodes = members_of(FOUR), list[Node]()
    for name in FOUR:
        addresses = {node.name: node.address for node in nodes}
        nodes.append(await start_node(nursery, name, members, addresses))
    for node in nodes:
        await node.until_linked(*(set(FOUR) - {node.name}))
    return nodes


async def test_four_nodes_link_and_a_broadcast_reaches_the_others_in_order() -> None:
    async with trio.open_nursery() as nursery:
        alice, bob, carol, dave = await start_four(nursery)
        sent: list[LinkMessage] = [summary(height) for height in range(1, 201)]
        for message in sent:
            alice.network.broadcast(message, except_peer=carol.network.peer_id)
        await bob.until(lambda: len(bob.received()) == 200)
        await dave.until(lambda: len(dave.received()) == 200)
        assert bob.received() == dave.received() == sent
        assert carol.received() == []
        nursery.cancel_scope.cancel()


async def test_up_tells_who_and_statistics_tell_how() -> None:
    async with pair() as (alice, bob):
        await bob.until(lambda: bool(bob.ups()))
        [up] = bob.ups()
        assert isinstance(bob.events[0], PeerUp)
        assert (up.peer, up.outbound, up.address) == (alice.network.peer_id, True, alice.address)
        assert up.hello == hello_of("alice")
        bob.network.send(alice.network.peer_id, summary(1))
        await bob.until(lambda: bob.network.statistics()[0].rtt_ms is not None)
        [told] = bob.network.statistics()
        assert (told.name, told.org, told.direction) == ("alice", "alice", "outbound")
        assert told.peer_id == alice.network.peer_id
        assert told.rx_bytes > 0
        assert told.tx_bytes > 0
        assert alice.network.statistics()[0].direction == "inbound"


async def test_big_frames_arrive_whole_and_votes_overtake_waiting_transactions() -> None:
    async with pair() as (alice, bob):
        big = held(2_000)
        for _ in range(100):
            alice.network.send(bob.network.peer_id, big)
        alice.network.send(bob.network.peer_id, summary(7))
        await bob.until(lambda: len(bob.received()) == 101)
        assert bob.received().count(big) == 100
        assert bob.received()[0] == summary(7)


async def test_nodes_that_dial_each_other_at_once_keep_one_link() -> None:
    members = members_of(("alice", "bob"))
    with socket.socket() as one, socket.socket() as two:
        one.bind(("127.0.0.1", 0))
        two.bind(("127.0.0.1", 0))
        ports = one.getsockname()[1], two.getsockname()[1]
    at = {name: f"/ip4/127.0.0.1/tcp/{port}" for name, port in zip(("alice", "bob"), ports, strict=True)}
    config = replace(CONFIG, yield_ms=0)
    async with trio.open_nursery() as nursery:
        nodes = [await start_node(nursery, name, members, at, listen=at[name], config=config) for name in at]
        for node, other in itertools.permutations(nodes):
            await node.until_linked(other.name)
        await trio.sleep(1.5)  # Long enough for a second connection to have met the first.
        for node in nodes:
            assert len(node.network.statistics()) == 1
            assert len(node.ups()) - len(node.downs()) == 1
        one_side, other_side = (node.network.statistics()[0].direction for node in nodes)
        assert {one_side, other_side} == {"outbound", "inbound"}
        nodes[0].network.send(nodes[1].network.peer_id, summary(3))
        await nodes[1].until(lambda: nodes[1].received() == [summary(3)])
        nursery.cancel_scope.cancel()


async def test_a_restarted_node_is_linked_again_within_two_seconds() -> None:
    async with trio.open_nursery() as nursery:
        nodes = await start_four(nursery)
        alice, bob = nodes[0], nodes[1]
        bob.scope.cancel()
        await alice.until(lambda: alice.downs() == ["PEER_CLOSED"])
        again = await start_node(nursery, "bob", members_of(FOUR), {}, listen=bob.address)
        began = time.monotonic()
        await again.until_linked("carol", "dave", deadline_s=2)
        addresses = {node.name: node.address for node in nodes if node is not bob}
        again.scope.cancel()
        await alice.until(lambda: "bob" not in alice.linked())
        last = await start_node(nursery, "bob", members_of(FOUR), addresses, listen=bob.address)
        began = time.monotonic()
        await last.until_linked("alice", "carol", "dave", deadline_s=2)
        assert time.monotonic() - began < patient(2)
        await alice.until(
            lambda: isinstance([e for e in alice.events if isinstance(e, PeerUp | PeerDown)][-1], PeerUp)
        )
        nursery.cancel_scope.cancel()


async def test_fetch_both_ways_deadline_and_no_peer() -> None:
    def answer(event: FetchArrived) -> BlocksResponse | TransactionsResponse | None:
        match event.request:
            case BlocksRequest(first=99):
                return None
            case BlocksRequest():
                return BlocksResponse(blocks=())
            case TransactionsRequest():
                return TransactionsResponse(transactions=())
            case _:
                raise AssertionError(event.request)

    async with pair() as (alice, bob):
        alice.answer = bob.answer = answer
        for asker, peer in ((alice, bob.network.peer_id), (bob, alice.network.peer_id)):
            blocks = await asker.network.fetch(peer, BlocksRequest(first=Height(1), count=4), 5_000)
            assert blocks == BlocksResponse(blocks=())
            ids = TransactionsRequest(tx_ids=held(3).tx_ids, block_id=None)
            assert await asker.network.fetch(peer, ids, 5_000) == TransactionsResponse(transactions=())
        with pytest.raises(FetchFailed) as late:
            await bob.network.fetch(alice.network.peer_id, BlocksRequest(first=Height(99), count=4), 200)
        assert late.value.code == "FETCH_DEADLINE"
        with pytest.raises(FetchFailed) as unknown:
            await bob.network.fetch(id_of("nobody"), BlocksRequest(first=Height(1), count=1), 200)
        assert unknown.value.code == "FETCH_NO_PEER"
        assert bob.downs() == alice.downs() == []


async def test_a_fetch_fails_when_its_peer_goes() -> None:
    async with pair() as (alice, bob), trio.open_nursery() as nursery:

        async def stop_alice() -> None:
            await alice.until(lambda: any(isinstance(event, FetchArrived) for event in alice.events))
            alice.scope.cancel()

        nursery.start_soon(stop_alice)
        with pytest.raises(FetchFailed) as caught:
            await bob.network.fetch(alice.network.peer_id, BlocksRequest(first=Height(1), count=1), 60_000)
        assert caught.value.code == "FETCH_PEER_LOST"


async def test_a_revoked_member_is_dropped_at_once_and_back_when_readmitted() -> None:
    members = members_of(("alice", "bob"))
    bob_member = members[id_of("bob")]
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members)
        bob = await start_node(nursery, "bob", members_of(("alice", "bob")), {"alice": alice.address})
        await alice.until_linked("bob")
        del members[id_of("bob")]
        alice.network.members_changed()
        await alice.until(lambda: alice.downs() == ["PEER_REVOKED"], 1)
        await alice.until(lambda: alice.network.totals().refused_handshakes > 0)
        assert alice.linked() == set()
        members[id_of("bob")] = bob_member
        alice.network.members_changed()
        await alice.until_linked("bob")
        await bob.until_linked("alice")
        nursery.cancel_scope.cancel()


async def test_a_stranger_is_refused_at_the_handshake_counted_and_named() -> None:
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members_of(("alice", "bob")))
        both = members_of(("alice", "mallory"))
        mallory = await start_node(nursery, "mallory", both, {"alice": alice.address})
        await alice.until(lambda: alice.network.totals().refused_handshakes >= 2)
        [refusal] = alice.network.totals().refusals
        assert (refusal.peer, refusal.code) == (id_of("mallory"), "PEER_STRANGER")
        assert refusal.count >= 2
        assert refusal.detail.startswith("127.0.0.1:")
        assert alice.events == mallory.events == []
        nursery.cancel_scope.cancel()


async def test_another_genesis_is_refused_and_both_ids_are_named() -> None:
    members = members_of(("alice", "bob"))
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members)
        bob = await start_node(nursery, "bob", members, {"alice": alice.address}, genesis=GENESIS_B)
        for node in (alice, bob):
            await node.until(lambda node=node: node.network.totals().refused_hellos > 0)  # type: ignore[misc]
        [refusal] = [each for each in alice.network.totals().refusals if each.code.startswith("HELLO")]
        assert refusal.code == "HELLO_OTHER_GENESIS"
        assert "11" * 32 in refusal.detail
        assert "22" * 32 in refusal.detail
        assert alice.events == bob.events == []
        nursery.cancel_scope.cancel()


async def test_a_port_in_use_is_said_before_anything_runs() -> None:
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members_of(("alice", "bob")))
        with pytest.raises(Refused) as caught:
            await start_node(nursery, "bob", members_of(("alice", "bob")), listen=alice.address)
        assert caught.value.code == "PORT_IN_USE"
        assert caught.value.facts["address"] == alice.address
        nursery.cancel_scope.cancel()


async def test_a_bad_peer_address_is_said_at_construction() -> None:
    async with trio.open_nursery() as nursery:
        with pytest.raises(Refused) as caught:
            await start_node(nursery, "alice", members_of(("alice", "bob")), {"bob": "localhost:4001"})
        assert caught.value.code == "NET_BAD_ADDRESS"


async def test_a_peer_named_by_dns_is_reached() -> None:
    members = members_of(("alice", "bob"))
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members)
        named = alice.address.replace("/ip4/127.0.0.1/", "/dns4/localhost/")
        bob = await start_node(nursery, "bob", members, {"alice": named})
        await bob.until_linked("alice")
        nursery.cancel_scope.cancel()


async def test_drop_ends_the_link_and_the_peer_comes_back() -> None:
    async with pair() as (alice, bob):
        alice.network.drop(id_of("bob"), "vote twice")
        await alice.until(lambda: alice.downs() == ["PEER_DROPPED"])
        assert any("vote twice" in each.detail for each in alice.network.totals().refusals)
        await bob.until(lambda: len(bob.ups()) == 2, 10)
        assert alice.network.totals().peer_faults == 1


async def test_a_slow_node_does_not_look_dead_and_loses_only_transactions() -> None:
    endless = Rate(per_s=1e9, burst=1e9, bytes_per_s=1e12, bytes_burst=1e12)
    quick = replace(
        CONFIG,
        ping_interval_ms=100,
        silence_max_ms=600,
        inbox_bulk_bytes_max=20_000,
        rates=lambda: dict.fromkeys(RatedKind, endless),
    )
    members = members_of(("alice", "bob"))
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members, config=quick)
        bob = await start_node(nursery, "bob", members, {"alice": alice.address}, config=quick)
        await alice.until_linked("bob")
        alice.busy.set()
        for height in range(1, 2_001):
            bob.network.send(alice.network.peer_id, summary(height))
        for _ in range(200):
            bob.network.send(alice.network.peer_id, held(100))
        await trio.sleep(2)
        assert bob.downs() == []
        await alice.until(lambda: alice.network.totals().messages_dropped_in > 0, 20)
        alice.wake()
        await alice.until(lambda: sum(isinstance(m, RoundSummary) for m in alice.received()) == 2_000)
        nursery.cancel_scope.cancel()


async def test_a_flood_waits_in_its_own_link_and_is_dropped_and_named() -> None:
    """Tens of thousands of summaries at once: the other peer's messages are taken meanwhile, and what is read
    of the flood is its burst and its rate.
    """
    members = members_of(("alice", "bob", "eve"))
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members)
        bob = await start_node(nursery, "bob", members, {"alice": alice.address})
        eve = await start_node(nursery, "eve", members, {"alice": alice.address})
        await alice.until_linked("bob", "eve")
        for height in range(1, 8_000):
            eve.network.send(alice.network.peer_id, summary(height))
        for height in range(1_000_000, 1_000_050):
            bob.network.send(alice.network.peer_id, summary(height))
        await alice.until(lambda: sum(m == summary(1_000_049) for m in alice.received()) == 1, 5)
        assert "eve" in alice.linked()
        await alice.until(lambda: "eve" not in alice.linked(), 60)
        assert any("PEER_FLOODS" in each.code for each in alice.network.totals().refusals)
        assert sum(isinstance(m, RoundSummary) for m in alice.received()) < 3_000
        assert "bob" in alice.linked()
        nursery.cancel_scope.cancel()


async def test_announcements_reach_who_is_not_linked_to_their_origin_once_and_thinned() -> None:
    members = members_of(("alice", "bob", "carol"))
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members)
        bob = await start_node(nursery, "bob", members, {"alice": alice.address})
        carol = await start_node(nursery, "carol", members, {"bob": bob.address})
        await bob.until_linked("alice", "carol")
        heights = itertools.count(1)
        with trio.fail_after(patient(10)):
            while not carol.announced():  # The mesh forms with GossipSub's heartbeat.
                alice.network.announce(announcement_of(next(heights)))
                await trio.sleep(0.3)
        assert carol.linked() == {"bob"}
        for height in range(1_001, 1_051):
            alice.network.announce(announcement_of(height))
        await carol.until(lambda: carol.announced()[-1].header.height == 1_050)
        for node in (alice, bob, carol):
            node.network.announce(announcement_of(1_050))
        alice.network.announce(announcement_of(1_051))
        await carol.until(lambda: carol.announced()[-1].header.height == 1_051)
        heights_heard = [int(each.header.height) for each in carol.announced() if each.header.height > 1_000]
        assert len(heights_heard) <= 4
        assert heights_heard.count(1_050) == 1
        nursery.cancel_scope.cancel()


async def test_a_refused_announcement_is_counted_and_not_forwarded() -> None:
    async def refuse(announcement: Announcement) -> None:
        raise Refused("CERT_TOO_FEW", {"height": announcement.header.height})

    members = members_of(("alice", "bob", "carol"))
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members)
        bob = await start_node(nursery, "bob", members, {"alice": alice.address}, check=refuse)
        carol = await start_node(nursery, "carol", members, {"bob": bob.address})
        await bob.until_linked("alice", "carol")
        heights = itertools.count(1)
        with trio.fail_after(patient(10)):
            while bob.network.totals().announcements_refused < 3:
                alice.network.announce(announcement_of(next(heights)))
                await trio.sleep(0.1)
        assert bob.announced() == carol.announced() == []
        assert "TOPIC_CERT_TOO_FEW" in {each.code for each in bob.network.totals().refusals}
        assert bob.downs() == []
        nursery.cancel_scope.cancel()


async def test_sending_to_nobody_does_nothing() -> None:
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members_of(("alice", "bob")))
        alice.network.send(PeerId("nobody"), summary(1))
        alice.network.broadcast(summary(1))
        alice.network.respond(PeerId("nobody"), 3, BlocksResponse(blocks=()))
        alice.network.drop(PeerId("nobody"), "")
        alice.network.announce(announcement_of(1))
        assert not any(isinstance(event, LinkReceived) for event in alice.events)
        nursery.cancel_scope.cancel()
