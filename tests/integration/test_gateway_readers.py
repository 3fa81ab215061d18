"""Readers over the gateway: one test per row of the table in ``docs/gateway.md``, among rival banks.

The buyer owes the supplier, who sold to bank-a; bank-a has a document registered, too. bank-b is the rival,
the auditor reads everything.
"""

from __future__ import annotations

import json
from collections.abc import AsyncIterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import trio

from p2pchain.client.transactions import build_transaction
from p2pchain.codec.cbor import pack
from p2pchain.control.readers import Readers
from p2pchain.control.routes import ROUTES
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.ids import Height
from p2pchain.model.transaction import Operation
from tests.integration.gateway_client import Answer, ServedGateway, serve_gateway
from tests.integration.ledger_node import LedgerNode
from tests.unit.ledger.ledger_world import CHAIN_ID, operation, organisation, signing_key
from tests.unit.ledger.receivable_steps import a_market, issue, name
from tests.unit.ledger.registering import SET_KEY, doc, register

CBOR = "application/cbor"
BILL = name("bill")
PAGE = Path(__file__).parents[2] / "docs" / "gateway.md"


class Market:
    """A served market, and the transactions that made it."""

    def __init__(self, served: ServedGateway) -> None:
        self.served = served
        self.made: dict[str, str] = {}
        self._nonce = 0

    async def do(self, org: str, word: str, *operations: Operation) -> Answer:
        """Submit operations of an organisation, and wait."""
        self._nonce += 1
        transaction = build_transaction(
            chain_id=CHAIN_ID,
            valid_until=Height(15),
            signers=(signing_key(org),),
            operations=operations,
            nonce=self._nonce.to_bytes(8),
        )
        self.made[word] = transaction.tx_id.hex()
        return await self.served.client.ask("POST", "/v1/tx?wait=1", transaction.raw, kind=CBOR)

    async def get(self, org: str | None, target: str, *fields: tuple[str, str]) -> Answer:
        """Ask as an account of an organisation, or as nobody."""
        if org is None:
            return await self.served.client.ask("GET", target, fields=fields)
        signed = self.served.client.signed(signing_key(org), "GET", target)
        return await self.served.client.ask("GET", target, fields=(*signed, *fields))

    async def codes(self, target: str, *orgs: str | None) -> list[str]:
        """Code of each one's answer, empty where it is given."""
        return [(await self.get(org, target)).code for org in orgs]


@pytest.fixture
async def market(nursery: trio.Nursery, tmp_path: Path) -> AsyncIterator[Market]:
    genesis = a_market()
    auditor = organisation("auditor", ("auditor", "validator"))
    genesis = replace(genesis, organisations=(*genesis.organisations, auditor))
    market = Market(await serve_gateway(nursery, LedgerNode(genesis), tmp_path))
    for org, word, done in (
        ("buyer", "issued", issue(BILL)),
        ("bank-a", "key", SET_KEY),
        ("bank-a", "registered", register("x")),
        ("bank-a", "noted", operation("note", "put", "hello")),
    ):
        answer = await market.do(org, word, done)
        assert answer.json["code"] == "OK", answer.json
    yield market
    nursery.cancel_scope.cancel()


ALL = (None, "bank-b", "supplier", "auditor")


async def test_everybody(market: Market) -> None:
    """Headers, members, parameters; a block names its transactions, and tells what became of them to auditors
    alone.
    """
    for target in ("/v1/", "/v1/chain", "/v1/members", "/v1/parameters", "/v1/block/1"):
        assert await market.codes(target, None) == [""], target
    block = (await market.get("bank-b", "/v1/block/1")).json
    assert block["transactions"] == [{"tx_id": market.made["issued"], "code": None}]
    assert (await market.get("auditor", "/v1/block/1")).json["transactions"][0]["code"] == "OK"


async def test_accounts(market: Market) -> None:
    for target in ("/v1/validators", "/v1/modules"):
        assert await market.codes(target, *ALL) == ["GATEWAY_UNSIGNED", "", "", ""], target


async def test_auditors(market: Market) -> None:
    expected = ["GATEWAY_UNSIGNED", "GATEWAY_AUDITORS", "GATEWAY_AUDITORS", ""]
    assert await market.codes("/v1/evidence", *ALL) == expected


async def test_nobody(market: Market) -> None:
    closed = [route for route in ROUTES if route.readers is Readers.NOBODY and route.method == "GET"]
    assert closed
    for route in closed:
        path = route.path.replace("{root}", "00" * 32)
        assert (await market.get(None, path)).code == "GATEWAY_CLOSED", path


async def test_a_transaction(market: Market) -> None:
    """Who signed it, whom it or its events name, and auditors."""
    issued, registered = (f"/v1/tx/{market.made[word]}" for word in ("issued", "registered"))
    assert await market.codes(issued, *ALL) == ["GATEWAY_UNSIGNED", "NOT_A_PARTY", "", ""]
    assert await market.codes(registered, "bank-a", "bank-b", "buyer", "auditor") == [
        "",
        "NOT_A_PARTY",
        "NOT_A_PARTY",
        "",
    ]
    assert await market.codes(f"{issued}/proof", None, "bank-b") == ["GATEWAY_UNSIGNED", "NOT_A_PARTY"]


async def test_rivals_with_the_same_invoice(market: Market) -> None:
    """Each reads its own deed alone, though the document's record names both."""
    done = await market.do("bank-b", "rival", register("x"))
    assert done.json["code"] == "OK"
    own, others = (f"/v1/tx/{market.made[word]}" for word in ("rival", "registered"))
    assert await market.codes(own, "bank-b", "bank-a") == ["", "NOT_A_PARTY"]
    assert await market.codes(others, "bank-b", "bank-a") == ["NOT_A_PARTY", ""]
    heights = [line["height"] for line in lines(await market.get("bank-b", "/v1/events"))]
    assert set(heights) == {done.json["height"]}


async def test_a_query_of_an_open_module(market: Market) -> None:
    target = f"/v1/query/note/show?public_key={signing_key('bank-a').public_key.hex()}"
    assert await market.codes(target, None, "bank-b") == ["", ""]


async def test_a_query_for_every_account(market: Market) -> None:
    """The registry names nobody but the one who asks."""
    target = f"/v1/query/registry/show?document={doc('x').hex()}"
    assert await market.codes(target, None, "bank-b", "auditor") == ["GATEWAY_UNSIGNED", "", ""]
    assert (await market.get("bank-b", "/v1/query/registry/terms")).status == 200


async def test_a_query_for_parties(market: Market) -> None:
    """One thing: all or nothing; a list: one's own rows, where it is narrowed to one's own organisation."""
    target = f"/v1/query/receivable/show?receivable={BILL.hex()}"
    assert await market.codes(target, *ALL) == ["GATEWAY_UNSIGNED", "NOT_A_PARTY", "", ""]
    assert await market.codes("/v1/query/receivable/list", None) == ["GATEWAY_UNSIGNED"]
    listed = "/v1/query/receivable/list"
    asked = [("bank-b", "?holder=bank-b"), ("supplier", "?holder=supplier"), ("buyer", "?debtor=buyer")]
    asked.append(("auditor", ""))
    rows = [len((await market.get(org, listed + words)).json["receivables"]) for org, words in asked]
    assert rows == [0, 1, 1, 1]


@pytest.mark.parametrize(
    "words",
    ["", "?state=proposed", "?holder=supplier&limit=1", "?debtor=buyer&currency=EUR"],
)
async def test_no_filter_tells_of_rows_that_are_cut_away(market: Market, words: str) -> None:
    """A list answers by pages: that a page ends, and where, would say which hidden rows a filter let pass."""
    target = f"/v1/query/receivable/list{words}"
    assert await market.codes(target, "bank-b") == ["NOT_A_PARTY"]
    assert await market.codes(
        "/v1/query/receivable/movements?party=supplier&first_day=1&last_day=30000", "bank-b"
    ) == ["NOT_A_PARTY"]


async def test_a_refusal_tells_nothing_of_others(market: Market) -> None:
    """Who has no part learns that it is refused, and no fact of the record."""
    answer = await market.get("bank-b", f"/v1/query/receivable/show?receivable={name('none').hex()}")
    assert (answer.status, answer.code) == (404, "RCV_UNKNOWN")
    assert answer.json["details"] == {}


async def test_who_confirmed_an_invoice_is_for_those_that_have_it(market: Market) -> None:
    """The debtor's name says whose invoice a rival finances."""
    done = await market.do("buyer", "confirmed", operation("registry", "confirm", doc("x")))
    assert done.json["code"] == "OK"
    target = f"/v1/query/registry/show?document={doc('x').hex()}"
    asked = {
        org: (await market.get(org, target)).json["confirmed_by"] for org in ("bank-a", "bank-b", "buyer")
    }
    assert asked == {"bank-a": ["buyer"], "bank-b": [], "buyer": ["buyer"]}


async def test_blocks_are_not_asked_by_what_they_are_about(market: Market) -> None:
    target = "/v1/blocks?module=receivable"
    assert await market.codes(target, None, "bank-b", "auditor") == [
        "GATEWAY_AUDITORS",
        "GATEWAY_AUDITORS",
        "",
    ]
    assert await market.codes("/v1/blocks", None) == [""]


async def test_a_cursor_opens_nothing(market: Market) -> None:
    """The id of one's own record as ``after`` shows no other's rows."""
    for number in range(6):
        done = await market.do("buyer", str(number), issue(name(f"bill {number}"), creditor="tier-2"))
        assert done.json["code"] == "OK"
    for after in (BILL, *(name(f"bill {number}") for number in range(6))):
        listed = f"/v1/query/receivable/list?after={after.hex()}"
        assert await market.codes(listed, "supplier") == ["NOT_A_PARTY"]
        answer = await market.get("supplier", f"{listed}&holder=supplier")
        assert all(row["creditor"] == "supplier" for row in answer.json["receivables"])


async def test_keys_of_the_state(market: Market) -> None:
    """Public records for everybody; others for whom they name. (This node has no proofs to give.)"""
    account = b"membership/account/" + signing_key("bank-a").public_key
    bill = b"receivable/item/" + BILL
    client = market.served.client

    async def code(key: SigningKey | None, *keys: bytes) -> str:
        return (await client.ask("POST", "/v1/proof", pack(keys), key=key, kind=CBOR)).code

    assert await code(None, account) == "PROOF_NOTHING_FINAL"
    assert await code(signing_key("bank-b"), account, bill) == "NOT_A_PARTY"
    assert await code(signing_key("bank-b"), b"nowhere/x") == "NOT_A_PARTY"
    assert await code(None, bill) == "GATEWAY_UNSIGNED"
    for org in ("supplier", "auditor"):
        assert await code(signing_key(org), bill) == "PROOF_NOTHING_FINAL"


def lines(answer: Answer) -> list[dict[str, Any]]:
    return [json.loads(line) for line in answer.body.splitlines()]


async def test_events(market: Market) -> None:
    """Each sees its own, and what open modules emit; filters cut further, they never widen."""
    seen = {}
    for org in ("bank-b", "buyer", "supplier", "bank-a", "auditor"):
        answer = await market.get(org, "/v1/events")
        seen[org] = [f"{line['module']}.{line['name']}" for line in lines(answer)]
    assert seen["bank-b"] == []
    assert seen["buyer"] == seen["supplier"] == ["receivable.issued"]
    assert seen["bank-a"] == ["registry.key_set", "registry.registered"]
    assert seen["auditor"] == ["receivable.issued", "registry.key_set", "registry.registered"]
    assert lines(await market.get("bank-b", "/v1/events?org=buyer")) == []
    of_buyer = lines(await market.get("auditor", "/v1/events?org=buyer"))
    assert [line["name"] for line in of_buyer] == ["issued"]
    by_record = lines(await market.get("auditor", f"/v1/events?record={doc('x').hex()}"))
    assert [line["name"] for line in by_record] == ["registered"]
    assert (await market.get("auditor", "/v1/events?record=zz")).code == "HTTP_ARGUMENT"


async def test_events_as_server_sent_events(market: Market) -> None:
    """With ids from which the client goes on."""
    accept = ("accept", "text/event-stream")
    answer = await market.get("auditor", "/v1/events", accept)
    assert answer.fields["content-type"] == "text/event-stream"
    events = answer.body.decode().strip().split("\n\n")
    assert [event.splitlines()[:2] for event in events] == [
        ["id: 1.0", "event: receivable.issued"],
        ["id: 2.0", "event: registry.key_set"],
        ["id: 3.0", "event: registry.registered"],
    ]
    again = await market.get("auditor", "/v1/events", accept, ("last-event-id", "2.0"))
    assert again.body.decode().startswith("id: 3.0\n")
    assert (await market.get("auditor", "/v1/events", accept, ("last-event-id", "x"))).code == "HTTP_ARGUMENT"


async def test_a_rehearsal_is_of_ones_own(market: Market) -> None:
    transaction = build_transaction(
        chain_id=CHAIN_ID,
        valid_until=Height(15),
        signers=(signing_key("bank-a"),),
        operations=(operation("note", "put", "again"),),
        nonce=b"12345678",
    )
    client = market.served.client
    for org, code in (("bank-a", ""), ("bank-b", "NOT_A_PARTY")):
        answer = await client.ask("POST", "/v1/rehearsal", transaction.raw, key=signing_key(org), kind=CBOR)
        assert answer.code == code


async def test_a_frozen_account_reads_nothing(market: Market) -> None:
    target = "/v1/validators"
    assert (await market.get("bank-a", target)).status == 200
    frozen = await market.do("bank-a", "frozen", operation("membership", "freeze", "bank-a", "bank-a-clerk"))
    assert frozen.json["code"] == "OK", frozen.json
    answer = await market.get("bank-a-clerk", target)
    assert (answer.status, answer.code) == (403, "ACCOUNT_FROZEN")
    assert (await market.get("bank-a", target)).status == 200


def test_the_page_has_every_route() -> None:
    """With the word that the table of routes has for it."""
    page = PAGE.read_text("utf-8")
    for route in ROUTES:
        if route.readers is not Readers.NOBODY:
            row = next(x for x in page.splitlines() if x.startswith(f"| `{route.method} {route.path}` |"))
            assert row.split("|")[2].strip().startswith(route.readers.name.lower()), route.path
