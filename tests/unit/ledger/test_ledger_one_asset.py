"""One claim offered in every way that the ledger knows, in every order: the first that takes it keeps all
others from it. Refusals change nothing, so every order that begins with one way is tried on the same state.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, replace
from itertools import permutations

import pytest

from p2pchain.business.registry.document import SHARE_WHOLE
from p2pchain.model.genesis import Genesis
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import CHAIN_ID, TIME_MS, operation, organisation
from tests.unit.ledger.receivable_steps import Market, act, finance, issue, name, pledge
from tests.unit.ledger.registering import SET_KEY, declaration, declare, gln, plain, vat
from tests.unit.ledger.registering import name as weak
from tests.unit.ledger.securitisation_steps import (
    DESK,
    SERVICER,
    TRUSTEE,
    add,
    create,
    loan,
)

INVOICE = plain("goods", "goods")
OTHER_FILE = declaration(vat("goods"), gln("seller"), weak("goods"), content="goods")
"""The same invoice as another system wrote it, with one number of the seller more: another id."""
RECEIPT = replace(plain("receipt"), corrects=INVOICE.digests)
"""A warehouse receipt of the same goods: it refers to the invoice, and is another document."""
BACKED, BARE = name("backed"), name("bare", "firm")
"""Receivables: one names the invoice, for the other it is named by who gives money."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Way:
    """One way to take the claim. ``signers`` of ``operation``; ``codes``: how it is refused."""

    signers: str | tuple[str, ...]
    operation: Operation
    codes: frozenset[str]


def take(document: bytes, *, acknowledge: bool = True) -> Operation:
    """Finance a document in the registry."""
    return operation("registry", "finance", document, SHARE_WHOLE, acknowledge)


IN_REGISTRY = frozenset({"REG_DUPLICATE_FINANCED"})
BY_INDEX = frozenset({"ENC_ACTIVE"})
WAYS = {
    "invoice": Way(signers="bank-a", operation=take(INVOICE.document), codes=IN_REGISTRY),
    "receivable": Way(signers="bank-b", operation=finance(BACKED, acknowledge=True), codes=BY_INDEX),
    "pool": Way(
        signers=DESK,
        operation=add((loan("", documents=(INVOICE.document,)),)),
        codes=frozenset({"SEC_ASSET_TAKEN"}),
    ),
    "pledge": Way(
        signers=("supplier", "bank-c"),
        operation=pledge(BARE, "bank-c", INVOICE.document, acknowledge=True),
        codes=BY_INDEX,
    ),
    "other file": Way(signers="bank-d", operation=take(OTHER_FILE.document), codes=IN_REGISTRY),
}
UNACKNOWLEDGED = Way(
    signers="bank-e",
    operation=take(RECEIPT.document, acknowledge=False),
    codes=frozenset({"REG_SIMILAR_UNACKNOWLEDGED"}),
)
"""The goods themselves, by their warehouse receipt: whoever finances them is told of the invoice first."""


def a_fair() -> Genesis:
    """Five banks, two firms that owe, one that is owed, and a desk with its servicer and trustee."""
    validates = ("admin", "validator")
    return Genesis(
        chain_id=CHAIN_ID,
        time_ms=TIME_MS,
        parameters=Market().ledger.parameters,
        organisations=(
            *(organisation(f"bank-{letter}", ("admin", "financier")) for letter in "abcde"),
            *(organisation(firm, (*validates, "issuer")) for firm in ("buyer", "firm", "supplier")),
            organisation(DESK, (*validates, "financier", "originator")),
            organisation(SERVICER, (*validates, "servicer")),
            organisation(TRUSTEE, ("admin", "trustee")),
        ),
    )


def offered() -> Market:
    """Everybody has registered what it could finance, and every offer is made."""
    market = Market(a_fair())
    market.does("bank-a", SET_KEY)
    market.does(DESK, create())
    for org in ("bank-a", "bank-b", "bank-c", DESK):
        market.does(org, declare(INVOICE))
    market.does("bank-d", declare(OTHER_FILE))
    market.does("bank-e", declare(RECEIPT))
    market.does("buyer", issue(BACKED, document=INVOICE.document), act("accept", BACKED))
    market.does("firm", issue(BARE, debtor="firm"), act("accept", BARE))
    market.does("supplier", act("request_finance", BACKED, "bank-b", 1, False))
    return market


@pytest.mark.parametrize("first", WAYS)
def test_a_claim_is_taken_once_whatever_the_order(first: str) -> None:
    market = offered()
    market.does(WAYS[first].signers, WAYS[first].operation)
    for order in permutations(way for known, way in WAYS.items() if known != first):
        for way in order:
            assert market.submit(way.signers, way.operation).code in way.codes
    assert market.submit(UNACKNOWLEDGED.signers, UNACKNOWLEDGED.operation).code in UNACKNOWLEDGED.codes


def test_the_warehouse_receipt_first_and_the_invoice_behind_it() -> None:
    """Whoever finances the invoice is told of the receipt, in the registry and behind a receivable."""
    market = offered()
    market.does("bank-e", take(RECEIPT.document))
    told: dict[str, Callable[[], str]] = {
        "REG_SIMILAR_UNACKNOWLEDGED": lambda: market.refuses(
            "bank-a", take(INVOICE.document, acknowledge=False)
        ),
        "RCV_SIMILAR_UNACKNOWLEDGED": lambda: market.refuses("bank-b", finance(BACKED)),
    }
    assert {code: refused() for code, refused in told.items()} == {code: code for code in told}
    market.does("bank-a", take(INVOICE.document))
