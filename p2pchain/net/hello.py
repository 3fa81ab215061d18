"""The first frame both ways: who speaks, of which chain, from which genesis, with which consensus key."""

from __future__ import annotations

from collections.abc import Callable

from p2pchain.codec.messages import decode_link, name_of
from p2pchain.model.errors import PeerFault, Refused
from p2pchain.model.ids import PeerId
from p2pchain.model.messages import FRAME_BYTES_MAX, Hello
from p2pchain.net.config import HELLO_BYTES_MAX
from p2pchain.net.events import LinkLost
from p2pchain.net.frames import FrameSplitter
from p2pchain.net.pipe import Pipe

NAME_SHOWN_CHARS = 64
VerifyHello = Callable[[Hello, PeerId], None]
"""Checks that the signature binds the consensus key to the peer id, or raises ``Refused``."""


async def read_hello(pipe: Pipe, splitter: FrameSplitter) -> Hello:
    """Read the peer's first frame. ``PeerFault`` if it is no hello, ``LinkLost`` if the stream ends before.

    ``splitter`` keeps what came after it and takes frames of the usual size from then on.
    """
    splitter.bytes_max = HELLO_BYTES_MAX
    while True:
        chunk = await pipe.read()
        if not chunk:
            raise LinkLost("PEER_CLOSED", {"while": "hello"})
        frames = splitter.feed(chunk)
        payload = next(frames, None)
        frames.close()
        if payload is not None:
            break
    splitter.bytes_max = FRAME_BYTES_MAX
    try:
        message = decode_link(payload)
    except Refused as refused:
        raise PeerFault("NET_BAD_MESSAGE", {"reason": str(refused), "while": "hello"}) from refused
    if not isinstance(message, Hello):
        raise PeerFault("NET_NO_HELLO", {"found": name_of(message)})
    return message


def check_hello(hello: Hello, *, own: Hello, peer: PeerId, name: str | None, verify: VerifyHello) -> None:
    """Check that protocol, chain and genesis agree, the name is that of the ledger, and the consensus key is
    proved; ``PeerFault`` says what differs. ``name``: of the peer's node, None where it is no member any
    more.

    Whether the ledger knows that key is not asked here: a node that catches up has an older ledger than its
    peer, and must be able to talk to it all the same.
    """
    if hello.version != own.version:
        raise PeerFault("HELLO_OTHER_VERSION", {"own": own.version, "peer": hello.version})
    if hello.chain_id != own.chain_id:
        raise PeerFault("HELLO_OTHER_CHAIN", {"own": own.chain_id, "peer": hello.chain_id})
    if hello.genesis_id != own.genesis_id:
        facts = {"own": own.genesis_id.hex(), "peer": hello.genesis_id.hex()}
        raise PeerFault("HELLO_OTHER_GENESIS", facts, "compare genesis.json of the two nodes")
    if name is not None and hello.node != name:
        raise PeerFault("HELLO_OTHER_NAME", {"own": name, "peer": hello.node[:NAME_SHOWN_CHARS]})
    try:
        verify(hello, peer)
    except Refused as refused:
        raise PeerFault("HELLO_BAD_PROOF", {"reason": str(refused)}) from refused
