"""Members that state on the ledger where they are dialled are dialled there."""

from __future__ import annotations

from dataclasses import replace

import trio
from trio.testing import wait_all_tasks_blocked

from p2pchain.model.genesis import Member
from p2pchain.model.ids import PeerId
from p2pchain.net.config import NetConfig
from tests.integration.net_nodes import id_of, members_of, start_node

CONFIG = NetConfig(listen="/ip4/127.0.0.1/tcp/0", peers={})
NOT_DIALLING = replace(CONFIG, dial_members=False)
NO_REDIAL = replace(CONFIG, redial_first_ms=600_000, redial_max_ms=600_000)
QUIET_S = 0.05
"""A dial over loopback has begun by then."""


def state(members: dict[PeerId, Member], name: str, address: str | None) -> None:
    """Let the ledger say where a member is dialled."""
    members[id_of(name)] = replace(members[id_of(name)], address=address)


async def test_a_member_is_dialled_at_the_address_that_it_states_and_configured_ones_come_first() -> None:
    members = members_of(("alice", "bob"))
    async with trio.open_nursery() as nursery:
        alice = await start_node(nursery, "alice", members_of(("alice", "bob")))
        bob = await start_node(nursery, "bob", members)
        silent = await start_node(nursery, "bob", members, config=NOT_DIALLING)
        state(members, "alice", alice.address)
        silent.network.members_changed()
        assert silent.network.addressed == frozenset()
        bob.network.members_changed()
        assert bob.network.addressed == {id_of("alice")}
        await alice.until_linked("bob")
        bob.network.readdress({id_of("alice"): "/ip4/127.0.0.1/tcp/1"})
        state(members, "alice", None)
        bob.network.members_changed()
        assert bob.network.addressed == {id_of("alice")}, "it is still configured"
        bob.network.readdress({})
        assert bob.network.addressed == frozenset()
        assert alice.linked() == {"bob"}, "a link that is up stays"
        nursery.cancel_scope.cancel()


async def test_a_member_that_states_other_addresses_is_not_dialled_more_often() -> None:
    """It is dialled at once when it first states one, then when its turn comes, which is in ten minutes."""
    members = members_of(("alice", "bob"))
    dialled: list[trio.SocketStream] = []

    async def accept(stream: trio.SocketStream) -> None:
        dialled.append(stream)
        await stream.aclose()

    async with trio.open_nursery() as nursery:
        listeners = await trio.open_tcp_listeners(0, host="127.0.0.1")
        nursery.start_soon(trio.serve_listeners, accept, listeners)
        address = f"/ip4/127.0.0.1/tcp/{listeners[0].socket.getsockname()[1]}"
        bob = await start_node(nursery, "bob", members, config=NO_REDIAL)
        state(members, "alice", address)
        bob.network.members_changed()
        await bob.until(lambda: len(dialled) == 1)
        for stated in (None, address, None, address):
            state(members, "alice", stated)
            bob.network.members_changed()
            await wait_all_tasks_blocked(QUIET_S)
        assert len(dialled) == 1
        nursery.cancel_scope.cancel()
