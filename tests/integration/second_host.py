"""A second host with a validator's key, as a process: it signs against whatever the first host signs.

Argument: a home with settings, genesis and keys. It proves the consensus key in its hello, asks for the votes
of the height in progress by saying that it has none, and answers every vote of its key for a block with a
vote for nil at the same place. It keeps no guard and believes everybody.
"""

from __future__ import annotations

import logging
import sys
from pathlib import Path

import structlog
import trio

from p2pchain.business.software import MODULES
from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.codec.voting import hello_sign_bytes, vote_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.ids import FIRST_HEIGHT, Height, PeerId, Round
from p2pchain.model.messages import Announcement, Hello, RoundSummary, VoteMessage
from p2pchain.model.voting import Vote, VoteContent
from p2pchain.net.config import PROTOCOL_VERSION, NetConfig
from p2pchain.net.events import LinkReceived, NetEvent
from p2pchain.net.network import Network
from p2pchain.node.home.layout import Home
from p2pchain.signing.keyfile import read_key

EVENTS_MAX = 1_000
ASK_EVERY_S = 0.005


class SecondHost:
    """The network of one home, and its key."""

    def __init__(self, home: Home) -> None:
        genesis, config = home.read_genesis(), home.read_config()
        peer_key = read_key(home.peer_key, None)
        self._key: SigningKey = read_key(home.consensus_key, None)
        self._chain_id = genesis.chain_id
        ledger = Ledger.from_genesis(genesis, MODULES)
        self._index = ledger.validators.index_of(self._key.public_key)
        members = {member.peer_id: member for member in ledger.members}
        own_id, chain = peer_id_of(peer_key.public_key), genesis_id(genesis)
        hello = Hello(
            version=PROTOCOL_VERSION,
            software="0.1.0",
            chain_id=genesis.chain_id,
            genesis_id=chain,
            node=config.name,
            consensus_key=self._key.public_key,
            signature=self._key.sign(hello_sign_bytes(genesis.chain_id, chain, own_id)),
            modules=(),
        )
        send, self._events = trio.open_memory_channel[NetEvent](EVENTS_MAX)
        self._network = Network(
            config=NetConfig(
                listen=config.listen, peers={peer.peer_id: peer.address for peer in config.peers}
            ),
            peer_key=peer_key,
            hello=hello,
            verify_hello=_believe,
            members=lambda: members,
            check_announcement=_accept,
            events=send,
        )
        self._height = FIRST_HEIGHT

    async def run(self) -> None:
        """Until killed."""
        async with trio.open_nursery() as nursery:
            await nursery.start(self._network.run)
            nursery.start_soon(self._ask)
            async for event in self._events:
                match event:
                    case LinkReceived(message=RoundSummary(height=height)):
                        self._height = max(self._height, height)
                    case LinkReceived(message=VoteMessage(vote=vote)):
                        self._contradict(vote)

    async def _ask(self) -> None:
        while True:
            nothing = RoundSummary(height=Height(self._height), round=Round(0), step=1, rounds=())
            self._network.broadcast(nothing)
            await trio.sleep(ASK_EVERY_S)

    def _contradict(self, vote: Vote) -> None:
        if vote.validator != self._index or vote.block_id is None:
            return
        content = VoteContent(kind=vote.kind, height=vote.height, round=vote.round, block_id=None)
        other = Vote(
            kind=vote.kind,
            height=vote.height,
            round=vote.round,
            block_id=None,
            validator=vote.validator,
            signature=self._key.sign(vote_sign_bytes(self._chain_id, content)),
        )
        self._network.broadcast(VoteMessage(vote=other))


def _believe(hello: Hello, peer: PeerId) -> None:
    """Whoever it is."""


async def _accept(announcement: Announcement) -> None:
    """Whatever it is."""


async def main() -> None:
    """Run the host of a home until killed."""
    await SecondHost(Home(Path(sys.argv[1]))).run()


if __name__ == "__main__":
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    trio.run(main)
