"""The gateway over real TLS: who is let in, what is verified, how each refusal is named and counted."""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
import trio

from p2pchain.client.transactions import build_transaction
from p2pchain.control.gateway.settings import GatewayConfig
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.ids import Height
from p2pchain.model.transaction import Operation, Transaction
from tests.integration.gateway_client import ServedGateway, exchange, serve_gateway
from tests.integration.ledger_node import LedgerNode
from tests.integration.small_consortium import account_key, genesis

CBOR = "application/cbor"
STRANGER = SigningKey(b"s" * 32)
BANK = account_key("bank-a")


def note(text: str, signer: SigningKey = BANK) -> Transaction:
    return build_transaction(
        chain_id=genesis().chain_id,
        valid_until=Height(100),
        signers=(signer,),
        operations=(Operation(module="note", action="put", args=(text,)),),
        nonce=text.encode().ljust(8, b".")[:8],
    )


@pytest.fixture
async def served(nursery: trio.Nursery, tmp_path: Path) -> AsyncIterator[ServedGateway]:
    yield await serve_gateway(nursery, LedgerNode(genesis()), tmp_path)
    nursery.cancel_scope.cancel()


async def test_only_tls_1_3_is_spoken(served: ServedGateway) -> None:
    tls = await served.client.connect()
    context = ssl.create_default_context(cafile=str(served.client.certificate))
    context.maximum_version = ssl.TLSVersion.TLSv1_2
    stream = await trio.open_tcp_stream("127.0.0.1", served.client.port)
    older = trio.SSLStream(stream, context, server_hostname="localhost")
    with pytest.raises(trio.BrokenResourceError):
        await older.do_handshake()
    await trio.aclose_forcefully(older)
    await trio.aclose_forcefully(tls)


async def test_everybody_reads_what_makes_a_transaction_and_submits_it(served: ServedGateway) -> None:
    """Without a signature of the request; submitting the same bytes again answers the same."""
    chain = (await served.client.ask("GET", "/v1/chain")).json
    assert (chain["chain_id"], chain["height"]) == (genesis().chain_id, 0)
    transaction = note("from afar")
    for _ in range(2):
        answer = await served.client.ask("POST", "/v1/tx?wait=1", transaction.raw, kind=CBOR)
        assert (answer.status, answer.json["tx_id"], answer.json["code"]) == (
            200,
            transaction.tx_id.hex(),
            "OK",
        )
    assert (await served.client.ask("GET", "/v1/chain")).json["height"] == 1


async def test_a_refusal_is_a_problem_with_our_code(served: ServedGateway) -> None:
    """RFC 9457, and the status of its code."""
    answer = await served.client.ask("POST", "/v1/tx", note("no", STRANGER).raw, kind=CBOR)
    problem = answer.json
    assert answer.fields["content-type"] == "application/problem+json"
    assert (answer.status, problem["status"], problem["code"]) == (422, 422, "TX_UNKNOWN_SIGNER")
    assert problem["type"] == "urn:p2pchain:code:TX_UNKNOWN_SIGNER"
    assert served.refused == ["TX_UNKNOWN_SIGNER"]
    twice = await served.client.ask("POST", "/v1/tx", b'{"tx":"00","tx":"01"}')
    assert (twice.status, twice.code) == (400, "HTTP_JSON")


async def test_who_signs_is_let_in_and_everybody_else_is_refused_by_code(served: ServedGateway) -> None:
    client, target = served.client, "/v1/validators"
    unsigned = await client.ask("GET", target)
    assert (unsigned.status, unsigned.code) == (401, "GATEWAY_UNSIGNED")
    assert unsigned.fields["accept-signature"].startswith('sig1=("@method"')
    assert (await client.ask("GET", target, key=BANK)).status == 200
    stranger = await client.ask("GET", target, key=STRANGER)
    assert (stranger.status, stranger.code) == (403, "ACCOUNT_STRANGER")
    assert (await client.ask("GET", "/v1/evidence", key=BANK)).code == "GATEWAY_AUDITORS"
    assert (await client.ask("GET", "/v1/evidence", key=account_key("buyer"))).status == 200
    assert (await client.ask("GET", "/v1/peers", key=BANK)).code == "GATEWAY_CLOSED"
    assert dict(served.gateway.refused) == {"GATEWAY_UNSIGNED": 1, "GATEWAY_CLOSED": 1}
    assert served.refused == ["ACCOUNT_STRANGER", "GATEWAY_AUDITORS"]


async def test_a_signature_counts_once_in_time_and_for_what_it_covers(served: ServedGateway) -> None:
    client, target = served.client, "/v1/validators"
    fields = client.signed(BANK, "GET", target)
    assert (await client.ask("GET", target, fields=fields)).status == 200
    again = await client.ask("GET", target, fields=fields)
    assert (again.status, again.code) == (401, "SIGNATURE_REPLAYED")
    elsewhere = await client.ask("GET", "/v1/modules", fields=client.signed(BANK, "GET", target))
    assert (elsewhere.status, elsewhere.code) == (401, "SIGNATURE_INVALID")
    for drift_s in (-301, 120):
        client.drift_s = drift_s
        late = await client.ask("GET", target, key=BANK)
        assert (late.status, late.code) == (401, "SIGNATURE_EXPIRED")
    client.drift_s = 0
    named = tuple(
        (name, value.replace(BANK.public_key.hex(), account_key("bank-b").public_key.hex()))
        for name, value in client.signed(BANK, "GET", target)
    )
    assert (await client.ask("GET", target, fields=named)).code == "SIGNATURE_INVALID"
    body = note("signed too").raw
    signed = client.signed(BANK, "POST", "/v1/tx", body, CBOR)
    assert (await client.ask("POST", "/v1/tx", note("other").raw, fields=signed)).code == "DIGEST_MISMATCH"
    assert (await client.ask("POST", "/v1/tx?wait=1", body, key=BANK, kind=CBOR)).status == 200


async def test_a_host_that_the_certificate_does_not_name(served: ServedGateway) -> None:
    """A signature for another gateway is worth nothing here, whoever passes it on."""
    tls = await served.client.connect()
    answer = await exchange(tls, "GET", "/v1/chain", b"", "gateway.bank-b.example", ())
    assert (answer.status, answer.code) == (421, "HTTP_HOST")
    await trio.aclose_forcefully(tls)


async def test_rates_and_sizes(nursery: trio.Nursery, tmp_path: Path) -> None:
    config = GatewayConfig(address_requests_per_second=2)
    served = await serve_gateway(nursery, LedgerNode(genesis()), tmp_path, config)
    large = await served.client.ask("POST", "/v1/tx", bytes(262_145), kind=CBOR)
    assert (large.status, large.code) == (413, "HTTP_BODY_TOO_LARGE")
    statuses = [(await served.client.ask("GET", "/v1/chain")).status for _ in range(12)]
    assert statuses[0] == 200
    assert 429 in statuses
    assert served.gateway.refused["GATEWAY_RATE"] == statuses.count(429)
    nursery.cancel_scope.cancel()


async def test_connections_of_one_address(nursery: trio.Nursery, tmp_path: Path) -> None:
    config = GatewayConfig(address_connections_max=2)
    served = await serve_gateway(nursery, LedgerNode(genesis()), tmp_path, config)
    held = [await served.client.connect() for _ in range(2)]
    with pytest.raises(trio.BrokenResourceError):
        await served.client.connect()
    assert served.gateway.refused["GATEWAY_CONNECTIONS"] == 1
    await trio.aclose_forcefully(held[0])
    await trio.aclose_forcefully(held[1])
    nursery.cancel_scope.cancel()
