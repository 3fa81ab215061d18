"""Two connections of one pair meet: which one stays, decided alike on both sides."""

from __future__ import annotations

from dataclasses import dataclass
from types import SimpleNamespace
from typing import cast

import pytest
import trio
import trio.testing

from p2pchain.model.errors import Fault
from p2pchain.model.ids import PeerId
from p2pchain.net.config import NetConfig
from p2pchain.net.events import NetEvent
from p2pchain.net.links import REPLACE_AFTER_S, Links
from p2pchain.net.refusals import Refusals
from p2pchain.net.session import PeerSession
from tests.integration.net_nodes import hello_of, members_of, verify_nothing

LOW, HIGH = PeerId("aaa"), PeerId("bbb")


@dataclass(frozen=True)
class Meeting:
    """A connection of which only its direction matters."""

    outbound: bool


class Session(SimpleNamespace):
    """What the decision looks at: who dialled, and since when it is up."""

    def end(self, fault: Fault) -> None:
        """Ended: gone at once."""
        self.fault = fault
        self.gone.set()
        self.links.sessions.pop(self.peer, None)


def links_of(own: PeerId) -> Links:
    send, _ = trio.open_memory_channel[NetEvent](1)
    return Links(
        config=NetConfig(listen="/ip4/127.0.0.1/tcp/0", peers={}),
        own_id=own,
        hello=hello_of("alice"),
        verify_hello=verify_nothing,
        members=lambda: members_of(("alice",)),
        events=send,
        refusals=Refusals(1),
    )


def session_of(links: Links, peer: PeerId, dialler: PeerId) -> PeerSession:
    wire = Meeting(outbound=dialler != peer)
    session = Session(
        peer=peer, wire=wire, up_at=trio.current_time(), gone=trio.Event(), fault=None, links=links
    )
    return cast(PeerSession, session)


@pytest.mark.parametrize("own", [LOW, HIGH])
@pytest.mark.parametrize("order", [(LOW, HIGH), (HIGH, LOW)])
async def test_of_two_young_links_the_one_that_the_lower_id_dialled_stays(
    own: PeerId, order: tuple[PeerId, PeerId]
) -> None:
    links, peer = links_of(own), HIGH if own == LOW else LOW
    first, second = (session_of(links, peer, dialler) for dialler in order)
    assert await links._take_place(first)
    assert await links._take_place(second) == (order[1] == LOW)
    assert links.sessions[peer] is (first if order[0] == LOW else second)


@pytest.mark.parametrize("dialler", [LOW, HIGH])
async def test_an_old_link_gives_way_to_any_new_one(
    dialler: PeerId, autojump_clock: trio.testing.MockClock
) -> None:
    links = links_of(LOW)
    old = session_of(links, HIGH, LOW)
    assert await links._take_place(old)
    await trio.sleep(REPLACE_AFTER_S + 0.1)
    new = session_of(links, HIGH, dialler)
    assert await links._take_place(new)
    assert links.sessions[HIGH] is new
    assert old.fault is not None
    assert old.fault.code == "PEER_REPLACED"


@pytest.mark.parametrize("dialler", [LOW, HIGH])
async def test_who_dials_twice_has_lost_the_first(dialler: PeerId) -> None:
    links = links_of(LOW)
    first, second = session_of(links, HIGH, dialler), session_of(links, HIGH, dialler)
    assert await links._take_place(first)
    assert await links._take_place(second)
    assert links.sessions[HIGH] is second
