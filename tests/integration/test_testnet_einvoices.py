"""Collections of invoices, registered by two banks in several orders through real nodes.

How: two nodes, bank-a and bank-b. Each order registers all files, one bank after the other in turn, and
holds the match that each receipt tells against what is known of the files; then both take everything back,
and the next order begins.
"""

from __future__ import annotations

import pytest

from p2pchain.client.registry import (
    FIRST_EPOCH,
    SHARE_WHOLE,
    EpochKey,
    NamedInvoice,
    document_operation,
    finance_operation,
    key_operation,
    register_operation,
)
from p2pchain.documents import name_invoice, read_invoice
from p2pchain.model.errors import Refused
from p2pchain.model.ids import ChainId
from p2pchain.model.transaction import Operation
from p2pchain.testnet.launcher import Launcher
from p2pchain.testnet.network_files import REGISTRY_KEY
from tests.integration.conftest import MakeNetwork
from tests.integration.testnet_driving import submit
from tests.unit.documents.invoice_collections import COLLECTIONS, Collection

BANKS = ("bank-a", "bank-b")
ORDERS = ("as-listed", "backwards", "by-name", "halves-swapped")
_MATCH = 2
"""Place of the match among the fields of the registry's events."""


@pytest.fixture(scope="module")
def banks(make_network: MakeNetwork) -> Launcher:
    """Two nodes, both of financiers."""
    return make_network(2)


@pytest.fixture(scope="module")
def key(banks: Launcher) -> EpochKey:
    """The key that the two banks share, which the chain knows then."""
    keys = {(banks.home(bank) / REGISTRY_KEY).read_text().strip() for bank in BANKS}
    assert len(keys) == 1
    shared = EpochKey(epoch=FIRST_EPOCH, key=bytes.fromhex(keys.pop()))
    recorded = key_operation("set_key", shared.epoch, shared.key, ChainId(banks.plan.chain_id))
    assert submit(banks, "bank-a", "bank-a", [recorded])["code"] == "OK"
    return shared


@pytest.fixture(params=COLLECTIONS, ids=lambda each: each.name, scope="module")
def collection(request: pytest.FixtureRequest) -> Collection:
    """Each collection that is here."""
    assert isinstance(request.param, Collection)
    return request.param


@pytest.fixture
def named(collection: Collection, key: EpochKey) -> dict[str, NamedInvoice]:
    """A collection's invoices as the chain knows them, by stem."""
    facts = {stem: read_invoice(collection.data(stem)) for stem in collection.invoices}
    return {
        stem: NamedInvoice(by_epoch=((key, name_invoice(told, key.key)),)) for stem, told in facts.items()
    }


def registering(invoice: NamedInvoice) -> Operation:
    """Register an invoice."""
    return register_operation(invoice.documents[0], invoice)


def in_order(stems: tuple[str, ...], order: str) -> tuple[str, ...]:
    """``stems`` in one of ``ORDERS``."""
    half = len(stems) // 2
    return {
        "as-listed": stems,
        "backwards": stems[::-1],
        "by-name": tuple(sorted(stems)),
        "halves-swapped": stems[half:] + stems[:half],
    }[order]


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("order", ORDERS)
def test_every_order_tells_the_same(
    banks: Launcher, collection: Collection, named: dict[str, NamedInvoice], order: str, first: int
) -> None:
    files = in_order(collection.invoices, order)
    for place, name in enumerate(files):
        bank = BANKS[(place + first) % 2]
        done = submit(banks, bank, bank, [registering(named[name])])
        assert done["code"] == "OK", (name, done)
        match = done["events"][0]["fields"][_MATCH]
        assert match == collection.match(name, files[:place]), (name, bank, done)
    for place in (0, 1):
        bank = BANKS[(place + first) % 2]
        mine = {named[name].documents[0] for name in files[place::2]}
        done = submit(
            banks, bank, bank, [document_operation("cancel", document) for document in sorted(mine)]
        )
        assert done["code"] == "OK", done


def test_financed_by_one_is_refused_to_the_other(
    banks: Launcher, collection: Collection, named: dict[str, NamedInvoice]
) -> None:
    one, other = collection.two_sellers[:2]
    assert named[one].documents == named[other].documents
    for bank in BANKS:
        done = submit(banks, bank, bank, [registering(named[one])])
        assert done["code"] == "OK", done
    finance = finance_operation(named[other].documents[0], SHARE_WHOLE, acknowledge_similar=False)
    assert submit(banks, "bank-b", "bank-b", [finance])["code"] == "OK"
    refused = submit(banks, "bank-a", "bank-a", [finance])
    assert refused["code"] == "REG_DUPLICATE_FINANCED"
    assert refused["facts"]["cross_applicant"] is True


def test_credit_notes_are_refused(collection: Collection) -> None:
    for stem in collection.credit_notes:
        with pytest.raises(Refused) as caught:
            read_invoice(collection.data(stem))
        assert caught.value.code == "DOC_CREDIT_NOTE"
