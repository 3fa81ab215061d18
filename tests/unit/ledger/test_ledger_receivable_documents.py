"""Money for a receivable: its registered invoice, or the explicit word that there is none."""

from __future__ import annotations

import pytest

from tests.unit.ledger.ledger_world import operation
from tests.unit.ledger.receivable_steps import Market, act, finance, issue, name, part, pledge
from tests.unit.ledger.registering import declaration, declare, doc, gln, register, vat

R, OTHER = name("r"), name("other")
WHOLE = 10**18
INVOICE = doc("invoice")


def asked(market: Market, receivable: bytes = R, bank: str = "bank-a", holder: str = "supplier") -> None:
    """The holder asks a bank."""
    market.does(holder, act("request_finance", receivable, bank, 1, False))


def test_the_invoice_beside_its_receivable() -> None:
    """The receivable was financed without its invoice, then the invoice at another bank."""
    market = Market()
    market.knows_key()
    market.accepted()
    asked(market)
    assert market.refuses("bank-a", finance(R)) == "RCV_DOCUMENT_NEEDED"
    assert market.refuses("bank-a", finance(R, INVOICE)) == "RCV_DOCUMENT_UNREGISTERED"
    market.does("bank-a", register("invoice"))
    market.does("bank-a", finance(R, INVOICE))
    assert market.shown(R)["document"] == INVOICE.hex()
    market.does("bank-b", register("invoice"))
    take = operation("registry", "finance", INVOICE, WHOLE, True)
    assert market.refuses("bank-b", take) == "REG_DUPLICATE_FINANCED"


def test_the_invoice_under_another_name() -> None:
    """The claims on invoices decide, whatever it is called."""
    full, alone = declaration(vat("1"), gln("1")), declaration(vat("1"))
    market = Market()
    market.knows_key()
    market.accepted()
    market.does("bank-b", declare(alone), operation("registry", "finance", alone.document, WHOLE, True))
    market.does("bank-a", declare(full))
    asked(market)
    assert market.refuses("bank-a", finance(R, full.document, acknowledge=True)) == "ENC_ACTIVE"
    market.does("bank-b", operation("registry", "release", alone.document, None, "withdrawn"))
    assert market.refuses("bank-a", finance(R, full.document)) == "RCV_SIMILAR_UNACKNOWLEDGED"
    market.does("bank-a", finance(R, full.document, acknowledge=True))
    take = operation("registry", "finance", alone.document, WHOLE, True)
    assert market.refuses("bank-b", take) == "REG_DUPLICATE_FINANCED"


def test_the_word_that_there_is_none_is_recorded_and_warns() -> None:
    """Debtor, creditor, amount, currency and due day are a weak name, whatever parts are made."""
    market = Market()
    market.accepted()
    asked(market)
    market.does("bank-a", finance(R, none=True))
    assert market.shown(R)["no_document"] == "bank-a"
    market.accepted("other")
    market.does("supplier", act("split", OTHER, (1, 99_999_999)))
    asked(market, part(OTHER, 0), "bank-b")
    assert market.refuses("bank-b", finance(part(OTHER, 0), none=True)) == "RCV_SIMILAR_UNACKNOWLEDGED"
    market.does("bank-b", finance(part(OTHER, 0), none=True, acknowledge=True))
    market.accepted("later due", days=181)
    asked(market, name("later due"), "bank-b")
    market.does("bank-b", finance(name("later due"), none=True))


def test_parts_of_one_are_not_similar_to_one_another() -> None:
    market = Market()
    market.accepted()
    market.does("supplier", act("split", R, (1, 99_999_999)))
    for number in (0, 1):
        asked(market, part(R, number))
        market.does("bank-a", finance(part(R, number), none=True))


def test_the_receivable_names_its_invoice() -> None:
    market = Market()
    market.knows_key()
    market.accepted(document=INVOICE)
    market.does("bank-a", register("invoice"), register("another"))
    asked(market)
    for step in (finance(R, doc("another")), finance(R, none=True)):
        assert market.refuses("bank-a", step) == "RCV_DOCUMENT_OTHER"
    market.does("bank-a", finance(R, acknowledge=True))


@pytest.mark.parametrize("registered", [True, False])
def test_a_pledge_needs_the_pledgees_word_or_its_registration(registered: bool) -> None:
    market = Market()
    market.knows_key()
    market.accepted(document=INVOICE if registered else None)
    if registered:
        assert market.refuses("supplier", pledge(R, "bank-a")) == "RCV_DOCUMENT_UNREGISTERED"
        market.does("bank-a", register("invoice"))
        market.does("supplier", pledge(R, "bank-a"))
        return
    assert market.refuses("supplier", pledge(R, "bank-a")) == "RCV_DOCUMENT_NEEDED"
    assert market.refuses("supplier", pledge(R, "bank-a", none=True)) == "AUTH_CONTROLLER"
    market.does(("supplier", "bank-a"), pledge(R, "bank-a", none=True))
    assert market.shown(R)["no_document"] == "bank-a"


def test_who_is_no_financier_gets_no_invoice_as_security() -> None:
    """It cannot know which one it is, and its claim would have no names."""
    market = Market()
    market.knows_key()
    market.accepted(document=INVOICE)
    market.does("bank-a", register("invoice"))
    for signers in ("supplier", ("supplier", "tier-2")):
        assert market.refuses(signers, pledge(R, "tier-2", acknowledge=True)) in (
            "AUTH_CONTROLLER",
            "RCV_DOCUMENT_UNREGISTERED",
        )


def test_anothers_invoice_behind_a_receivable_is_in_nobodys_way() -> None:
    """A supplier backs its receivable with another seller's fingerprint: until a bank has read that invoice
    and gives money for it, the seller's own is free, and so is a receivable of its own buyer.
    """
    market = Market()
    market.knows_key()
    market.accepted(document=INVOICE)
    market.does("bank-b", register("invoice"))
    market.does("supplier", issue(OTHER, debtor="supplier", creditor="tier-2", document=INVOICE))
    market.does("supplier", act("accept", OTHER))
    market.does("bank-b", operation("registry", "finance", INVOICE, WHOLE, True))
