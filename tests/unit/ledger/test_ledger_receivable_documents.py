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
def test_a_pledge_needs_the_pledgee(registered: bool) -> None:
    """A pledge is a contract: it makes the pledgee the claimant of the invoice, who has to disclose it when
    that is contested, and the one who gets the money. That it has registered the invoice is no consent.
    """
    market = Market()
    market.knows_key()
    market.accepted(document=INVOICE if registered else None)
    both, none = ("supplier", "bank-a"), not registered
    if registered:
        assert market.refuses(both, pledge(R, "bank-a")) == "RCV_DOCUMENT_UNREGISTERED"
        market.does("bank-a", register("invoice"))
    else:
        assert market.refuses(both, pledge(R, "bank-a")) == "RCV_DOCUMENT_NEEDED"
    for alone in both:
        assert market.refuses(alone, pledge(R, "bank-a", none=none)) == "AUTH_CONTROLLER"
    assert market.refuses(("supplier", "bank-b"), pledge(R, "bank-a", none=none)) == "AUTH_CONTROLLER"
    market.does(both, pledge(R, "bank-a", none=none))
    assert market.shown(R)["no_document"] == ("bank-a" if none else None)


def test_friends_make_nobody_a_claimant() -> None:
    """Debtor and creditor in collusion name an invoice that bank-a has registered, and pledge their
    receivable to it: bank-a would keep bank-b from the invoice, and be struck if it did not disclose it.
    """
    market = Market()
    market.knows_key()
    for bank in ("bank-a", "bank-b"):
        market.does(bank, register("invoice"))
    market.does(("buyer", "supplier"), issue(R, document=INVOICE), act("accept", R))
    assert market.refuses(("supplier", "buyer"), pledge(R, "bank-a")) == "AUTH_CONTROLLER"
    market.does("bank-b", operation("registry", "finance", INVOICE, 10**18, False))


def test_who_is_no_financier_gets_no_invoice_as_security() -> None:
    """It cannot know which one it is, and its claim would have no names."""
    market = Market()
    market.knows_key()
    market.accepted(document=INVOICE)
    market.does("bank-a", register("invoice"))
    refused = market.refuses(("supplier", "tier-2"), pledge(R, "tier-2", acknowledge=True))
    assert refused == "RCV_DOCUMENT_UNREGISTERED"


def test_anothers_invoice_behind_a_receivable_is_in_nobodys_way() -> None:
    """A supplier backs its receivable with another seller's fingerprint: until a bank has read that invoice
    and gives money for it, the seller's own is free, and so is a receivable of its own buyer.
    """
    market = Market()
    market.knows_key()
    market.accepted(document=INVOICE)
    market.does("bank-b", register("invoice"))
    false = name("false", "supplier")
    market.does("supplier", issue(false, debtor="supplier", creditor="tier-2", document=INVOICE))
    market.does("supplier", act("accept", false))
    market.does("bank-b", operation("registry", "finance", INVOICE, WHOLE, True))
