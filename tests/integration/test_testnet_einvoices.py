"""The EN 16931 examples beside the project, registered by two banks in several orders through real nodes.

How: two nodes, bank-a and bank-b. Each order registers all files, one bank after the other in turn, and
holds the match that each receipt tells against the table below; then both take everything back, and the next
order begins.
"""

from __future__ import annotations

from pathlib import Path

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
from p2pchain.testnet.founding import REGISTRY_KEY
from p2pchain.testnet.launcher import Launcher
from tests.integration.conftest import MakeNetwork
from tests.integration.testnet_driving import submit

FOLDER = Path(__file__).parents[3] / "shared" / "data" / "einvoices"
SAME = (
    ("CII_example1", "guide-example1", "ubl-tc434-example1"),
    ("guide-example3",),
    ("ubl-tc434-example3",),
    ("CII_example4", "ubl-tc434-example4"),
    ("CII_example5", "ubl-tc434-example5"),
    ("CII_example7",),
    ("ubl-tc434-example7",),
)
"""Files of one document."""
SIMILAR = ({"guide-example3", "ubl-tc434-example3"}, {"CII_example7", "ubl-tc434-example7"})
"""Documents of one seller and number, with other dates. TOSL110 of two sellers (4 and 5) is not among them.
"""
FILES = tuple(name for files in SAME for name in files)
BANKS = ("bank-a", "bank-b")
ORDERS = {
    "as-listed": FILES,
    "backwards": FILES[::-1],
    "by-name": tuple(sorted(FILES)),
    "halves-swapped": FILES[5:] + FILES[:5],
}
_MATCH = 2
"""Place of the match among the fields of the registry's events."""

pytestmark = pytest.mark.skipif(
    not FOLDER.is_dir(), reason="the EN 16931 examples are not beside the project"
)


@pytest.fixture(scope="module")
def banks(make_network: MakeNetwork) -> Launcher:
    """Two nodes, both of financiers."""
    return make_network(2)


@pytest.fixture(scope="module")
def named(banks: Launcher) -> dict[str, NamedInvoice]:
    """Names under the key that the two banks share, which the chain knows then."""
    keys = {(banks.home(bank) / REGISTRY_KEY).read_text().strip() for bank in BANKS}
    assert len(keys) == 1
    key = EpochKey(epoch=FIRST_EPOCH, key=bytes.fromhex(keys.pop()))
    recorded = key_operation("set_key", key.epoch, key.key, ChainId(banks.plan.chain_id))
    assert submit(banks, "bank-a", "bank-a", [recorded])["code"] == "OK"
    facts = {name: read_invoice((FOLDER / f"{name}.xml").read_bytes()) for name in FILES}
    return {name: NamedInvoice(by_epoch=((key, name_invoice(facts[name], key.key)),)) for name in FILES}


def registering(invoice: NamedInvoice) -> Operation:
    """Register an invoice."""
    return register_operation(invoice.documents[0], invoice)


def expected_match(name: str, before: tuple[str, ...]) -> str | None:
    """What the table says of a file that is registered after others."""
    if any(name in files and set(files) & set(before) for files in SAME):
        return "exact"
    return "similar" if any(name in pair and pair & set(before) for pair in SIMILAR) else None


@pytest.mark.parametrize("first", [0, 1])
@pytest.mark.parametrize("order", ORDERS)
def test_every_order_tells_the_same(
    banks: Launcher, named: dict[str, NamedInvoice], order: str, first: int
) -> None:
    files = ORDERS[order]
    for place, name in enumerate(files):
        bank = BANKS[(place + first) % 2]
        done = submit(banks, bank, bank, [registering(named[name])])
        assert done["code"] == "OK", (name, done)
        match = done["events"][0]["fields"][_MATCH]
        assert match == expected_match(name, files[:place]), (name, bank, done)
    for place in (0, 1):
        bank = BANKS[(place + first) % 2]
        mine = {named[name].documents[0] for name in files[place::2]}
        done = submit(
            banks, bank, bank, [document_operation("cancel", document) for document in sorted(mine)]
        )
        assert done["code"] == "OK", done


def test_financed_by_one_is_refused_to_the_other(banks: Launcher, named: dict[str, NamedInvoice]) -> None:
    for bank in BANKS:
        done = submit(banks, bank, bank, [registering(named["CII_example4"])])
        assert done["code"] == "OK", done
    finance = finance_operation(
        named["ubl-tc434-example4"].documents[0], SHARE_WHOLE, acknowledge_similar=False
    )
    assert submit(banks, "bank-b", "bank-b", [finance])["code"] == "OK"
    refused = submit(banks, "bank-a", "bank-a", [finance])
    assert refused["code"] == "REG_DUPLICATE_FINANCED"
    assert refused["facts"]["cross_applicant"] is True


def test_the_credit_note_is_refused() -> None:
    with pytest.raises(Refused) as caught:
        read_invoice((FOLDER / "ubl-tc434-creditnote1.xml").read_bytes())
    assert caught.value.code == "DOC_CREDIT_NOTE"
