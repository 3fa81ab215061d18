"""A member with valid keys that wants to stop, starve or drown the others, as a process.

Arguments: a home (its keys, its settings, its genesis) and what to send. It greets as a member does, and
then keeps no manners: it writes frames of one kind as fast as its connections take them, comes again whenever
it is dropped, and stops by itself after ``--seconds``.
"""

from __future__ import annotations

import itertools
import logging
import os
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Final

import click
import structlog
import trio
import trio.lowlevel

from p2pchain.business.software import MODULES
from p2pchain.client.transactions import build_transaction
from p2pchain.codec.genesis import genesis_id
from p2pchain.codec.messages import decode_link, encode_fetch_request, encode_link
from p2pchain.codec.peer_id import peer_id_of
from p2pchain.codec.voting import hello_sign_bytes, vote_sign_bytes
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.ids import BlockId, Height, PeerId, Round, TxId
from p2pchain.model.messages import (
    FRAME_BYTES_MAX,
    BlocksRequest,
    Hello,
    LinkMessage,
    Ping,
    RoundSummary,
    TransactionBatch,
    TransactionsHeld,
    VoteMessage,
)
from p2pchain.model.transaction import Operation
from p2pchain.model.voting import Vote, VoteContent, VoteKind
from p2pchain.net.addresses import endpoint_of
from p2pchain.net.config import FETCH_PROTOCOL, LINK_PROTOCOL, PROTOCOL_VERSION, NetConfig, block_topic
from p2pchain.net.frames import REQUEST, FrameSplitter, fetch_frame, frame
from p2pchain.net.pipe import Pipe
from p2pchain.net.stack import Stack, StackOwner, Wire
from p2pchain.node.home.layout import Home
from p2pchain.signing.keyfile import read_key
from tests.torture.hostile_wire import READS_NOTHING, WIRE_FLOODS, Victim

WRITE_BYTES: Final = 65_536
AGAIN_S: Final = 0.2
CLAIM_EVERY_S: Final = 0.1
BATCH: Final = 200
NOTE_HEIGHTS: Final = 500
FRAME_FLOODS: Final = (
    "summaries",
    "votes",
    "held",
    "batches",
    "invalid-batches",
    "pings",
    "requests",
    "bytes",
)
FLOODS: Final = (*FRAME_FLOODS, *WIRE_FLOODS)
LYING_HEIGHTS: Final = 1_000
"""How far above the others a summary claims to be."""
KINDS: Final = ("claims", *FLOODS)


class HostileMember:
    """The keys of one home, and frames without end."""

    def __init__(self, home: Home, kind: str, account: SigningKey) -> None:
        """``kind``: one of ``KINDS``; ``account``: signs what is to be valid."""
        genesis, config = home.read_genesis(), home.read_config()
        self._peer_key: SigningKey = read_key(home.peer_key, None)
        self._key: SigningKey = read_key(home.consensus_key, None)
        self._account = account
        self._chain_id = genesis.chain_id
        self._kind = kind
        self._highest = 1
        ledger = Ledger.from_genesis(genesis, MODULES)
        self._index = ledger.validators.index_of(self._key.public_key) or 0
        self._peers = {peer.peer_id: peer.address for peer in config.peers}
        own_id, chain = peer_id_of(self._peer_key.public_key), genesis_id(genesis)
        self._hello = Hello(
            version=PROTOCOL_VERSION,
            software="0.1.0",
            chain_id=genesis.chain_id,
            genesis_id=chain,
            node=config.name,
            consensus_key=self._key.public_key,
            signature=self._key.sign(hello_sign_bytes(genesis.chain_id, chain, own_id)),
            modules=(),
        )

    async def run(self) -> None:
        """Attack every configured peer until cancelled."""
        owner = StackOwner(
            admit=lambda _peer, _address: None,
            accepted=lambda _wire: None,
            opened=lambda _wire, _protocol, _pipe: None,
            announced=_take_announcement,
            charged=lambda _peer, _units, _size: 0.0,
            stream_charged=lambda _peer: None,
            failed=lambda _whom, _code, _detail: None,
        )
        config = NetConfig(listen="/ip4/0.0.0.0/tcp/0", peers={})
        stack = Stack(config=config, peer_key=self._peer_key, topic=block_topic(self._chain_id), owner=owner)
        async with trio.open_nursery() as nursery:
            await nursery.start(stack.run)
            for peer, address in self._peers.items():
                attack = self._drip if self._kind == "bytes" else self._attack
                nursery.start_soon(attack, stack, peer, address)

    # leaves

    async def _attack(self, stack: Stack, peer: PeerId, address: str) -> None:
        while True:
            try:
                wire = await stack.dial(peer, address)
                await self._flood(stack, wire)
            except Exception:  # noqa: BLE001
                await trio.sleep(AGAIN_S)  # Whatever the library says: dropped, refused, gone. Come again.

    async def _flood(self, stack: Stack, wire: Wire) -> None:
        link = await stack.open(wire, LINK_PROTOCOL)
        fetch = await stack.open(wire, FETCH_PROTOCOL)
        await link.write(frame(encode_link(self._hello)))
        async with trio.open_nursery() as nursery:
            if self._kind not in READS_NOTHING:
                nursery.start_soon(self._listen, link)
                nursery.start_soon(_drain, fetch)
            if self._kind in WIRE_FLOODS:
                await link.write(_framed(self._lying_summary()))
                topic = block_topic(self._chain_id)
                victim = Victim(stack=stack, topic=topic, wire=wire, link=link, fetch=fetch)
                await WIRE_FLOODS[self._kind](victim)
            chosen = fetch if self._kind == "requests" else link
            frames = self._frames()
            while True:
                data = bytearray()
                while len(data) < (1 if self._kind == "claims" else WRITE_BYTES):
                    data += next(frames)
                await chosen.write(bytes(data))
                if self._kind == "claims":
                    await trio.sleep(CLAIM_EVERY_S)

    async def _listen(self, link: Pipe) -> None:
        """Take what the peer says, and remember the highest height that it works on: that is claimed."""
        splitter = FrameSplitter(FRAME_BYTES_MAX)
        while chunk := await link.read():
            for payload in splitter.feed(chunk):
                message = decode_link(payload)
                if isinstance(message, RoundSummary):
                    self._highest = max(self._highest, message.height)

    def _frames(self) -> Iterator[bytes]:
        make = self._makers()[self._kind]
        return (make(number) for number in itertools.count(1))

    def _makers(self) -> dict[str, Callable[[int], bytes]]:
        return {
            "claims": lambda number: _framed(
                RoundSummary(height=Height(self._highest + 1), round=Round(0), step=1, rounds=())
            ),
            "summaries": lambda number: _framed(
                RoundSummary(height=Height(number % 9 + 1), round=Round(0), step=1, rounds=())
            ),
            "votes": lambda number: _framed(self._vote(number)),
            "held": lambda number: _framed(
                TransactionsHeld(tx_ids=tuple(TxId(os.urandom(32)) for _ in range(BATCH)))
            ),
            "batches": lambda number: _framed(self._batch(valid=True)),
            "invalid-batches": lambda number: _framed(self._batch(valid=False)),
            "pings": lambda number: _framed(Ping(token=number)),
            "requests": lambda number: fetch_frame(
                REQUEST, number, encode_fetch_request(BlocksRequest(first=Height(1), count=64))
            ),
        }

    def _lying_summary(self) -> RoundSummary:
        """We claim to be far above everybody."""
        height = Height(self._highest + LYING_HEIGHTS)
        return RoundSummary(height=height, round=Round(0), step=1, rounds=())

    def _vote(self, number: int) -> VoteMessage:
        """A vote of our own key that is far enough ahead to be kept, if anybody kept it."""
        content = VoteContent(
            kind=VoteKind.PREVOTE, height=Height(number), round=Round(number % 5), block_id=BlockId(bytes(32))
        )
        vote = Vote(
            kind=content.kind,
            height=content.height,
            round=content.round,
            block_id=content.block_id,
            validator=self._index,
            signature=self._key.sign(vote_sign_bytes(self._chain_id, content)),
        )
        return VoteMessage(vote=vote)

    def _batch(self, *, valid: bool) -> TransactionBatch:
        """Notes of our account; not valid: they live to a height that is long past."""
        until = self._highest + NOTE_HEIGHTS if valid else 1
        return TransactionBatch(
            transactions=tuple(
                build_transaction(
                    chain_id=self._chain_id,
                    valid_until=Height(until),
                    signers=(self._account,),
                    operations=(Operation(module="note", action="put", args=("drown",)),),
                    nonce=os.urandom(8),
                )
                for _ in range(BATCH)
            )
        )

    async def _drip(self, stack: Stack, peer: PeerId, address: str) -> None:
        """Six connections that send single bytes, beginnings of handshakes."""
        host, port = endpoint_of(address)

        async def one() -> None:
            while True:
                try:
                    async with await trio.open_tcp_stream(host, port) as stream:
                        while True:
                            await stream.send_all(b"\x13")
                            await trio.lowlevel.checkpoint()
                except (OSError, trio.BrokenResourceError):
                    await trio.sleep(0.01)

        async with trio.open_nursery() as nursery:
            for _ in range(6):
                nursery.start_soon(one)


def _framed(message: LinkMessage) -> bytes:
    return frame(encode_link(message))


async def _drain(pipe: Pipe) -> None:
    while await pipe.read():
        pass


async def _take_announcement(peer: PeerId, data: bytes) -> bool:
    return True


@click.command()
@click.argument("home", type=click.Path(path_type=Path))
@click.argument("kind", type=click.Choice(KINDS))
@click.option("--seconds", default=60.0, type=float, help="Stop after so long.")
def main(home: Path, kind: str, seconds: float) -> None:
    """Attack the peers of a home as its member."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    account: SigningKey = read_key(home / "accounts" / f"{home.name}.key", None)
    member = HostileMember(Home(home), kind, account)

    async def for_a_while() -> None:
        with trio.move_on_after(seconds):
            await member.run()

    trio.run(for_a_while)


if __name__ == "__main__":
    main()
