"""The client against a real control server, a silent one, a lying one, and none."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path

import pytest
import trio

from p2pchain.client.faults import AnswerInvalid, DaemonNotRunning, NodeRefused, NotPermitted, TimedOut
from p2pchain.client.node_client import NodeClient
from p2pchain.client.transactions import build_transaction, send_operations
from p2pchain.control.server import ControlConfig, serve_control
from p2pchain.model.errors import Fault
from p2pchain.model.ids import Height, TxId
from p2pchain.model.transaction import Operation
from tests.integration.ledger_node import LedgerNode
from tests.integration.small_consortium import account_key, genesis
from tests.lacking import needs

KEY = account_key("bank-a")
NOBODY = 65_534


def note(text: str) -> Operation:
    return Operation(module="note", action="put", args=(text,))


async def start(nursery: trio.Nursery, node: LedgerNode, path: Path) -> None:
    config = ControlConfig(socket=path, group=None, http=None, refused=node.refused.append)
    await nursery.start(serve_control, node, config)


async def test_every_question(nursery: trio.Nursery, tmp_path: Path) -> None:
    node, path = LedgerNode(genesis()), tmp_path / "control.sock"
    await start(nursery, node, path)
    async with NodeClient(path) as client:
        assert (await client.status())["chain_id"] == "test"
        assert len(await client.peers()) == 2
        assert len(await client.validators()) == 3
        assert (await client.consensus())["step"] == "prevote"
        assert await client.evidence() == []
        assert {row["org"] for row in await client.members()} == {"bank-a", "bank-b", "buyer"}
        assert (await client.mempool())["transactions"] == 1
        submitted = await send_operations(client, (note("a"),), (KEY,))
        assert submitted.committed is not None
        assert submitted.committed["code"] == "OK"
        assert (await client.tx(submitted.tx_id)) == submitted.committed
        assert (await client.wait_for_tx(submitted.tx_id, timeout_ms=1_000)) == submitted.committed
        assert (await client.block())["height"] == (await client.block(Height(1)))["height"] == 1
        told = await client.query("note", "show", {"public_key": KEY.public_key}, KEY)
        assert told["count"] == 1
        unwaited = await send_operations(client, (note("b"),), (KEY,), wait=False)
        assert unwaited.committed is None
        with pytest.raises(NodeRefused) as caught:
            await client.tx(TxId(bytes(32)))
        assert (caught.value.code, caught.value.status) == ("TX_UNKNOWN", 404)
        with pytest.raises(TimedOut):
            await client.wait_for_tx(TxId(bytes(32)), timeout_ms=10)


async def test_a_batch(nursery: trio.Nursery, tmp_path: Path) -> None:
    node, path = LedgerNode(genesis()), tmp_path / "control.sock"
    await start(nursery, node, path)
    raws = [
        build_transaction(
            chain_id=genesis().chain_id,
            valid_until=Height(9),
            signers=(KEY,),
            operations=(note("x"),),
            nonce=bytes(7) + bytes((index,)),
        ).raw
        for index in range(3)
    ]
    async with NodeClient(path) as client:
        told = await client.submit_many([*raws, b"\xff"], wait=True)
        assert told[:3] == [("OK", 1)] * 3
        assert told[3] == ("CODEC_MALFORMED", None)
        assert await client.submit_many(raws, wait=False) == [("TX_REPEATED", None)] * 3


async def test_a_chain_with_a_shorter_life_of_transactions(nursery: trio.Nursery, tmp_path: Path) -> None:
    node, path = LedgerNode(genesis(tx_lifetime=10)), tmp_path / "control.sock"
    await start(nursery, node, path)
    async with NodeClient(path) as client:
        submitted = await send_operations(client, (note("a"),), (KEY,))
    assert submitted.committed is not None
    assert node.refused == ["TX_TOO_FAR_AHEAD"]


async def test_not_final_in_time(nursery: trio.Nursery, tmp_path: Path) -> None:
    node, path = LedgerNode(genesis()), tmp_path / "control.sock"
    node.mute = True
    await start(nursery, node, path)
    async with NodeClient(path) as client:
        with pytest.raises(TimedOut) as caught:
            await send_operations(client, (note("a"),), (KEY,), timeout_ms=10)
    assert caught.value.facts["timeout_ms"] == 10


async def test_the_node_restarts_between_two_questions(tmp_path: Path) -> None:
    """A connection that went stale is renewed; a node that is gone is told."""
    node, path = LedgerNode(genesis()), tmp_path / "control.sock"
    async with NodeClient(path) as client:
        for _ in range(2):
            async with trio.open_nursery() as serving:
                await start(serving, node, path)
                assert (await client.status())["height"] == 0
                serving.cancel_scope.cancel()
        with pytest.raises(DaemonNotRunning):
            await client.status()


Talk = Callable[[trio.SocketStream], Awaitable[None]]


async def say(data: bytes, stream: trio.SocketStream) -> None:
    await stream.receive_some(65_536)
    await stream.send_all(data)
    await stream.aclose()


async def say_nothing(stream: trio.SocketStream) -> None:
    await trio.sleep_forever()


def http(body: bytes, status: bytes = b"200 OK") -> bytes:
    return b"HTTP/1.1 %s\r\ncontent-length: %d\r\n\r\n%s" % (status, len(body), body)


@pytest.mark.parametrize(
    ("talk", "fault"),
    [
        (say_nothing, TimedOut),
        (partial(say, b""), DaemonNotRunning),
        (partial(say, b"HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nabc"), DaemonNotRunning),
        (partial(say, b"SSH-2.0-OpenSSH\r\n\r\n"), AnswerInvalid),
        (partial(say, http(b"not json")), AnswerInvalid),
        (partial(say, http(b"[1]")), AnswerInvalid),
        (partial(say, http(b"{}", b"500 Oops")), AnswerInvalid),
        (
            partial(say, http(b'{"error":{"code":"NOT_PERMITTED","hint":"","details":{}}}', b"403 No")),
            NotPermitted,
        ),
    ],
)
async def test_strange_servers(nursery: trio.Nursery, tmp_path: Path, talk: Talk, fault: type[Fault]) -> None:
    path = tmp_path / "control.sock"
    sock = trio.socket.socket(trio.socket.AF_UNIX)
    await sock.bind(str(path))
    sock.listen()
    nursery.start_soon(trio.serve_listeners, talk, [trio.SocketListener(sock)])
    async with NodeClient(path, answer_timeout_ms=200) as client:
        with pytest.raises(fault):
            await client.status()
    nursery.cancel_scope.cancel()


async def test_no_socket(tmp_path: Path) -> None:
    async with NodeClient(tmp_path / "control.sock") as client:
        with pytest.raises(DaemonNotRunning) as caught:
            await client.status()
    assert "p2pchain run" in caught.value.hint


@contextmanager
def as_nobody() -> Iterator[None]:
    """Be nobody for a while: the kernel judges and reports the effective user."""
    os.setegid(NOBODY)
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)
        os.setegid(0)


@needs("root")
async def test_what_a_stranger_may(nursery: trio.Nursery) -> None:
    """Whoever cannot open the socket is told so; whoever can, but is not of its group, may only look."""
    with tempfile.TemporaryDirectory() as directory:
        path = Path(directory, "control.sock")
        os.chmod(directory, 0o755)
        await start(nursery, LedgerNode(genesis()), path)
        async with NodeClient(path) as client:
            with as_nobody(), pytest.raises(NotPermitted):
                await client.status()
            os.chmod(path, 0o666)
            groups = os.getgroups()
            os.setgroups([])
            with as_nobody():
                assert (await client.status())["height"] == 0
            os.setgroups(groups)
            with pytest.raises(NotPermitted):
                await send_operations(client, (note("a"),), (KEY,))
            with pytest.raises(NotPermitted):
                await client.query("registry", "list", {}, KEY)
            assert (await client.query("registry", "list", {}))["documents"] == []
        nursery.cancel_scope.cancel()
