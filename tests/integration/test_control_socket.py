"""The control server on real sockets: what it serves, whom it turns away, and that nothing ends it."""

from __future__ import annotations

import json
import random
import socket
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any

import h11
import pytest
import trio

from p2pchain.client.transactions import build_transaction
from p2pchain.codec.cbor import pack
from p2pchain.control.faces import TCP_CONNECTIONS_MAX
from p2pchain.control.server import ControlConfig, serve_control
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.errors import Refused
from p2pchain.model.ids import Height
from p2pchain.model.transaction import Operation, Transaction
from tests.integration.ledger_node import LedgerNode
from tests.integration.small_consortium import account_key, genesis
from tests.patience import patient

JSON = "application/json"
CBOR = "application/cbor"
STRANGER = SigningKey(b"s" * 32)


def note(text: str, *, signer: SigningKey | None = None, valid_until: int = 100) -> Transaction:
    return build_transaction(
        chain_id=genesis().chain_id,
        valid_until=Height(valid_until),
        signers=(signer or account_key("bank-a"),),
        operations=(Operation(module="note", action="put", args=(text,)),),
        nonce=text.encode().ljust(8, b".")[:8],
    )


class Served:
    """A node that is being served at ``socket``."""

    def __init__(self, node: LedgerNode, path: Path) -> None:
        self.node = node
        self.path = path

    async def ask(self, method: str, target: str, body: bytes = b"", kind: str = JSON) -> tuple[int, Any]:
        """Status and JSON of one request over a new connection."""
        stream = await trio.open_unix_socket(str(self.path))
        return await exchange(stream, method, target, body, kind)


async def exchange(
    stream: trio.SocketStream,
    method: str,
    target: str,
    body: bytes = b"",
    kind: str = JSON,
    host: str = "localhost",
) -> tuple[int, Any]:
    """One request, and the connection is closed."""
    http = h11.Connection(h11.CLIENT)
    headers = [
        ("host", host),
        ("connection", "close"),
        ("content-length", str(len(body))),
        ("content-type", kind),
    ]
    events: Sequence[h11.Event] = (
        h11.Request(method=method, target=target, headers=headers),
        h11.Data(data=body),
        h11.EndOfMessage(),
    )
    async with stream:
        await stream.send_all(b"".join(http.send(event) or b"" for event in events))
        answer = b""
        while part := await stream.receive_some(65_536):
            answer += part
    head, _, told = answer.partition(b"\r\n\r\n")
    return int(head.split()[1]), json.loads(told) if b"json" in head else told


@pytest.fixture
async def served(nursery: trio.Nursery, tmp_path: Path) -> Served:
    node = LedgerNode(genesis())
    path = tmp_path / "control.sock"
    config = ControlConfig(socket=path, group=None, http=None, refused=node.refused.append)
    await nursery.start(serve_control, node, config)
    return Served(node, path)


async def test_reading_routes(served: Served) -> None:
    status, routes = await served.ask("GET", "/v1/")
    assert status == 200
    assert {"GET /v1/status", "POST /v1/txs"} <= {f"{route['method']} {route['path']}" for route in routes}
    assert all(route["description"] for route in routes)
    for target in ("status", "peers", "consensus", "validators", "evidence", "members", "mempool"):
        assert (await served.ask("GET", f"/v1/{target}"))[0] == 200
    assert await served.ask("GET", "/metrics") == (200, b"p2pchain_height 0\n")
    assert (await served.ask("GET", "/v1/query/membership/organisations"))[1]["organisations"]
    assert served.node.refused == []


async def test_orders_about_a_peer(served: Served) -> None:
    status, told = await served.ask("POST", "/v1/peers/buyer/ban")
    assert (status, told["banned"], served.node.banned) == (200, True, {"12D3KooWC"})
    status, told = await served.ask("POST", "/v1/peers/12D3KooWC/unban")
    assert (status, told["banned"], served.node.banned) == (200, False, set())
    assert (await served.ask("POST", "/v1/peers/buyer/connect"))[1]["connected"] is True
    assert (await served.ask("POST", "/v1/peers/bank-b/connect"))[0] == 422
    status, told = await served.ask("POST", "/v1/peers/nobody/disconnect")
    assert (status, told["error"]["code"]) == (404, "PEER_UNKNOWN")
    assert (await served.ask("GET", "/v1/peers/buyer/ban"))[0] == 405


async def test_health_is_a_status(served: Served) -> None:
    assert await served.ask("GET", "/health") == (200, {"health": "healthy", "reasons": []})
    served.node.health = "degraded"
    assert (await served.ask("GET", "/health"))[0] == 200
    served.node.health = "stalled"
    assert (await served.ask("GET", "/health"))[0] == 503


async def test_submitting_one(served: Served) -> None:
    first, second = note("first"), note("second")
    status, told = await served.ask("POST", "/v1/tx?wait=1", first.raw, CBOR)
    assert (status, told["code"], told["height"]) == (200, "OK", 1)
    assert (await served.ask("GET", f"/v1/tx/{first.tx_id.hex()}"))[1] == told
    body = json.dumps({"tx": second.raw.hex()}).encode()
    assert (await served.ask("POST", "/v1/tx", body, "application/json; charset=utf-8"))[0] == 202
    status, block = await served.ask("GET", "/v1/block/latest")
    assert (status, block["height"], block["transactions"][0]["tx_id"]) == (200, 2, second.tx_id.hex())
    assert (await served.ask("GET", "/v1/block/1"))[1]["height"] == 1


async def test_submitting_again_is_harmless(served: Served) -> None:
    raw = note("once").raw
    first = await served.ask("POST", "/v1/tx?wait=1", raw, CBOR)
    assert await served.ask("POST", "/v1/tx?wait=1", raw, CBOR) == first
    assert served.node.ledger.height == 1


async def test_waiting_ends(served: Served) -> None:
    served.node.mute = True
    transaction = note("late")
    status, told = await served.ask("POST", "/v1/tx?wait=1&timeout_ms=20", transaction.raw, CBOR)
    assert (status, told["status"], told["tx_id"]) == (202, "pending", transaction.tx_id.hex())


async def test_a_batch(served: Served) -> None:
    good, bad, late = note("good"), note("bad", signer=STRANGER), note("late", valid_until=10_000)
    batch = pack((good.raw, b"\xff", bad.raw, late.raw))
    status, told = await served.ask("POST", "/v1/txs?wait=1", batch, CBOR)
    assert status == 200
    assert told[0] == ["OK", 1]
    assert told[1][0].startswith("CODEC_")
    assert [told[2], told[3]] == [["TX_UNKNOWN_SIGNER", None], ["TX_TOO_FAR_AHEAD", None]]
    assert (await served.ask("POST", "/v1/txs", pack((note("later").raw,)), CBOR))[1] == [[None, None]]
    assert (await served.ask("POST", "/v1/txs", pack(()), CBOR))[1] == []
    many = pack(tuple(note(f"n{index}").raw for index in range(500)))
    _, told = await served.ask("POST", "/v1/txs?wait=1", many, CBOR)
    assert told == [["OK", 3]] * 500


@pytest.mark.parametrize(
    ("fault", "status"),
    [
        (Refused("MEMPOOL_FULL", {"limit": "bytes_max"}), 503),
        (Refused("MEMPOOL_SHARE", {"limit": "organisation_transactions_max"}), 429),
    ],
)
async def test_a_full_mempool_is_told(served: Served, fault: Refused, status: int) -> None:
    served.node.full = fault
    assert (await served.ask("POST", "/v1/tx", note("x").raw, CBOR))[0] == status
    assert (await served.ask("POST", "/v1/txs", pack((note("x").raw,)), CBOR))[1] == [[fault.code, None]]


@pytest.mark.parametrize(
    ("method", "target", "body", "kind", "status", "code"),
    [
        ("GET", "/v1/nothing", b"", JSON, 404, "HTTP_UNKNOWN_PATH"),
        ("POST", "/v1/status", b"", JSON, 405, "HTTP_METHOD"),
        ("GET", "/v1/block/9", b"", JSON, 404, "BLOCK_UNKNOWN"),
        ("GET", "/v1/block/0", b"", JSON, 400, "HTTP_ARGUMENT"),
        ("GET", "/v1/block/" + "9" * 65, b"", JSON, 400, "HTTP_ARGUMENT"),
        ("GET", "/v1/tx/" + "ab" * 32, b"", JSON, 404, "TX_UNKNOWN"),
        ("GET", "/v1/tx/xyz", b"", JSON, 400, "HTTP_ARGUMENT"),
        ("GET", "/v1/query/registry/nothing", b"", JSON, 404, "QUERY_UNKNOWN"),
        ("GET", "/v1/query/registry/show?document=12", b"", JSON, 400, "QUERY_INVALID_ARGS"),
        ("GET", "/v1/query/registry/check?account=zz", b"", JSON, 400, "HTTP_ARGUMENT"),
        ("GET", f"/v1/query/registry/check?account={'ab' * 32}", b"", JSON, 400, "HTTP_ARGUMENT"),
        ("POST", "/v1/tx", b"{", JSON, 400, "HTTP_JSON"),
        ("POST", "/v1/tx", b"[" * 100_000, JSON, 400, "HTTP_JSON"),
        ("POST", "/v1/tx", b'{"tx": "00", "more": 1}', JSON, 400, "HTTP_JSON"),
        ("POST", "/v1/tx", b'{"tx": "zz"}', JSON, 400, "HTTP_ARGUMENT"),
        ("POST", "/v1/tx", b'{"tx": "00"}', "text/plain", 415, "HTTP_MEDIA_TYPE"),
        ("POST", "/v1/tx?wait=2", b"\x00", CBOR, 400, "HTTP_ARGUMENT"),
        ("POST", "/v1/tx?wait=1&timeout_ms=999999999", b"\x00", CBOR, 400, "HTTP_ARGUMENT"),
        ("POST", "/v1/tx", b"\xff", CBOR, 400, None),
        ("POST", "/v1/tx", b"\x9f\xff", CBOR, 400, None),
        ("POST", "/v1/txs", b"\x9b" + b"\xff" * 8, CBOR, 400, None),
        ("POST", "/v1/txs", b"\x81" * 1_000_000, CBOR, 400, None),
        ("POST", "/v1/txs", pack((1, 2)), CBOR, 400, "CODEC_TYPE"),
    ],
)
async def test_what_is_refused(
    served: Served, method: str, target: str, body: bytes, kind: str, status: int, code: str | None
) -> None:
    found, told = await served.ask(method, target, body, kind)
    assert found == status
    assert told["error"]["code"] == code or (code is None and told["error"]["code"].startswith("CODEC_"))
    assert served.node.refused == [told["error"]["code"]]
    assert (await served.ask("GET", "/v1/status"))[0] == 200


async def test_random_bytes_end_nothing(served: Served) -> None:
    source = random.Random(1)
    for _ in range(50):
        stream = await trio.open_unix_socket(str(served.path))
        async with stream:
            try:
                await stream.send_all(source.randbytes(source.randrange(1, 5_000)))
                await stream.send_eof()
                while await stream.receive_some(65_536):
                    pass
            except trio.BrokenResourceError:
                continue
    assert (await served.ask("GET", "/v1/status"))[0] == 200
    assert served.node.refused


@pytest.fixture
async def over_tcp(nursery: trio.Nursery, tmp_path: Path) -> tuple[Served, int]:
    """A node that is served on a Unix socket and on a TCP port."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    node = LedgerNode(genesis())
    path = tmp_path / "control.sock"
    config = ControlConfig(socket=path, group=None, http=f":{port}", refused=node.refused.append)
    await nursery.start(serve_control, node, config)
    return Served(node, path), port


async def test_idle_strangers_on_tcp_shut_nobody_out(over_tcp: tuple[Served, int]) -> None:
    """Many more than TCP takes, and beginnings of requests among them: neither an operator on the Unix socket
    nor the next one on TCP is turned away, for whoever was idle for longest makes room.
    """
    served, port = over_tcp
    held = [await trio.open_tcp_stream("127.0.0.1", port) for _ in range(TCP_CONNECTIONS_MAX * 5)]
    for stream in held[::2]:
        with suppress(trio.BrokenResourceError):
            await stream.send_all(b"GET /v1/st")
    assert (await served.ask("GET", "/v1/status"))[0] == 200
    stream = await trio.open_tcp_stream("127.0.0.1", port)
    assert (await exchange(stream, "GET", "/health", host=f"127.0.0.1:{port}"))[0] == 200
    for each in held:
        await trio.aclose_forcefully(each)


async def test_a_page_of_somebody_else_cannot_ask_by_a_name_of_its_own(over_tcp: tuple[Served, int]) -> None:
    """DNS rebinding: the browser connects to this address, and says whose name it took it for."""
    served, port = over_tcp
    for host, expected in (
        ("rebound.example", 421),
        ("localhost.rebound.example", 421),
        (f"localhost:{port}", 200),
        (f"127.0.0.1:{port}", 200),
        (f"[::1]:{port}", 200),
    ):
        stream = await trio.open_tcp_stream("127.0.0.1", port)
        status, told = await exchange(stream, "GET", "/v1/status", host=host)
        assert status == expected, host
        if expected == 421:
            assert told["error"]["code"] == "HTTP_HOST"
    assert served.node.refused == ["HTTP_HOST", "HTTP_HOST"]
    assert (await served.ask("GET", "/v1/status"))[0] == 200, "over the Unix socket any name will do"


async def test_over_tcp_one_may_only_look(nursery: trio.Nursery, tmp_path: Path) -> None:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = probe.getsockname()[1]
    node = LedgerNode(genesis())
    config = ControlConfig(
        socket=tmp_path / "control.sock", group=None, http=f":{port}", refused=node.refused.append
    )
    await nursery.start(serve_control, node, config)

    async def ask(method: str, target: str, body: bytes = b"") -> tuple[int, Any]:
        return await exchange(await trio.open_tcp_stream("127.0.0.1", port), method, target, body, CBOR)

    assert (await ask("GET", "/v1/status"))[0] == 200
    assert (await ask("GET", "/health"))[0] == 200
    account = f"{account_key('bank-a').public_key.hex()}&until=1&nonce={'00' * 8}&signature={'00' * 64}"
    for method, target in (
        ("POST", "/v1/tx"),
        ("POST", "/v1/txs"),
        ("GET", f"/v1/query/registry/list?account={account}"),
    ):
        status, told = await ask(method, target, note("x").raw if method == "POST" else b"")
        assert (status, told["error"]["code"]) == (403, "NOT_PERMITTED")
    with pytest.raises(Refused) as caught, trio.fail_after(patient(5)):
        await serve_control(
            node,
            ControlConfig(
                socket=tmp_path / "2.sock", group=None, http=f":{port}", refused=node.refused.append
            ),
        )
    assert caught.value.code == "PORT_IN_USE"
    assert not (tmp_path / "2.sock").exists()


async def test_the_socket_file(nursery: trio.Nursery, tmp_path: Path) -> None:
    """Mode 0660; a stale one is replaced, a live one or another file is left alone; at the end it is
    removed.
    """
    path = tmp_path / "control.sock"
    with socket.socket(socket.AF_UNIX) as dead:
        dead.bind(str(path))
    node = LedgerNode(genesis())
    config = ControlConfig(socket=path, group=None, http=None, refused=node.refused.append)
    async with trio.open_nursery() as serving:
        await serving.start(serve_control, node, config)
        assert stat.S_IMODE(path.stat().st_mode) == 0o660
        with pytest.raises(Refused) as caught, trio.fail_after(patient(5)):
            await serve_control(node, config)
        assert (caught.value.code, caught.value.facts["reason"]) == (
            "CONTROL_SOCKET",
            "another daemon serves it",
        )
        assert (await Served(node, path).ask("GET", "/v1/status"))[0] == 200
        serving.cancel_scope.cancel()
    assert not path.exists()


@pytest.mark.parametrize("case", ["file", "no directory", "too long", "no such group", "bad http"])
async def test_where_it_cannot_serve(tmp_path: Path, case: str) -> None:
    path = tmp_path / "control.sock"
    group, http = None, None
    match case:
        case "file":
            path.write_text("mine")
        case "no directory":
            path = tmp_path / "missing" / "control.sock"
        case "too long":
            path = tmp_path / ("x" * 120)
        case "no such group":
            group = "no-such-group-here"
        case _:
            http = "127.0.0.1:many"
    config = ControlConfig(socket=path, group=group, http=http, refused=lambda _: None)
    with pytest.raises(Refused) as caught, trio.fail_after(patient(5)):
        await serve_control(LedgerNode(genesis()), config)
    assert caught.value.code == "CONTROL_SOCKET"
    assert caught.value.hint
    if case == "file":
        assert path.read_text() == "mine"
