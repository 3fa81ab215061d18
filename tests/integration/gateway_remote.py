"""A client of a gateway in another network namespace: it prints what became of each request, in JSON.

``python -m tests.integration.gateway_remote ADDRESS PORT CERTIFICATE``
"""

from __future__ import annotations

import json
import sys
from pathlib import Path

import trio

from p2pchain.client.transactions import build_transaction
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.ids import Height
from tests.integration.gateway_client import GatewayClient
from tests.unit.ledger.ledger_world import CHAIN_ID, operation, signing_key
from tests.unit.ledger.receivable_steps import issue, name

CBOR = "application/cbor"


async def visit(client: GatewayClient) -> dict[str, object]:
    """Submit and wait, follow, then everything that has to be refused."""
    buyer, rival, clerk = (signing_key(org) for org in ("buyer", "bank-b", "bank-a-clerk"))
    transaction = build_transaction(
        chain_id=CHAIN_ID,
        valid_until=Height(15),
        signers=(buyer,),
        operations=(issue(name("bill")), operation("note", "put", "from afar")),
        nonce=b"12345678",
    )
    final = await client.ask("POST", "/v1/tx?wait=1", transaction.raw, key=buyer, kind=CBOR)
    events = await client.ask("GET", "/v1/events", key=buyer)
    target = f"/v1/tx/{transaction.tx_id.hex()}"
    fields = client.signed(buyer, "GET", target)
    answers = [await client.ask("GET", target, fields=fields) for _ in range(2)]
    client.drift_s = -400
    expired = await client.ask("GET", target, key=buyer)
    client.drift_s = 0
    return {
        "final": final.json["code"],
        "followed": [json.loads(line)["name"] for line in events.body.splitlines()],
        "read": answers[0].status,
        "replay": answers[1].code,
        "expired": expired.code,
        "stranger": (await client.ask("GET", target, key=SigningKey(b"s" * 32))).code,
        "wrong account": (await client.ask("GET", target, key=rival)).code,
        "frozen": (await client.ask("GET", target, key=clerk)).code,
        "unsigned": (await client.ask("GET", target)).code,
    }


if __name__ == "__main__":
    host, port, certificate = sys.argv[1:]
    client_ = GatewayClient(int(port), Path(certificate), host=host, address=host)
    print(json.dumps(trio.run(visit, client_)))
