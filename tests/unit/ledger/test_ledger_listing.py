"""Listings follow their titles: suspended in the very block, one signed sale of one home, no agent without
licence and mandate.
"""

from __future__ import annotations

import pytest

from p2pchain.business.listing.records import AGENTS_MAX
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import CHAIN_ID, facts
from tests.unit.ledger.membership_steps import add_account, member
from tests.unit.ledger.title_steps import (
    DISTRICT,
    HOME,
    LI,
    MEMBERS,
    OTHER_DISTRICT,
    SOURCE,
    TODAY,
    WANG,
    ZHAO,
    Town,
    authorise,
    discharge,
    listed_as,
    lst,
    mortgage,
    offer,
    renew,
    right,
    sign,
    transfer,
    ttl,
    unit_code,
)


def test_from_offer_to_closing() -> None:
    """The way of most of them: the sale is signed, the title follows, the listing is closed."""
    town = Town()
    listing = town.offered()
    assert town.refuses("agent-b", lst("reprice", listing, 1)) == "AUTH_CONTROLLER"
    town.does("agent-a", lst("reprice", listing, 520_000_000))
    assert town.finding(listing.hex()) == "verified, no mortgage or seizure as of now"
    assert town.refuses("agent-a", lst("close", listing)) == "LST_STATE"
    town.does("agent-a", sign(listing))
    assert town.listing(listing)["state"] == "signed"
    assert town.finding(listing.hex()) == "not verified: the listing is signed"
    assert town.refuses("agent-a", lst("reprice", listing, 1)) == "LST_STATE"
    assert town.refuses("bureau", transfer(1, LI, (ZHAO, 1))) == "TTL_PENDING_SALE"
    assert town.refuses("bureau", mortgage()) == "TTL_PENDING_SALE"
    receipt = town.does("bureau", transfer(1, LI, (WANG, 1)))
    assert [(event.module, event.name) for event in receipt.events] == [
        ("title", "transferred"),
        ("listing", "conveyed"),
    ]
    assert town.refuses("bureau-2", lst("close", listing)) == "AUTH_CONTROLLER"
    town.does("agent-a", lst("close", listing))
    assert town.listing(listing)["state"] == "closed"
    assert town.ledger.get(b"title/sale/" + HOME.encode()) is None


@pytest.mark.parametrize(
    ("who", "change", "cause"),
    [
        ("court", right("seizure"), "seizure"),
        ("court", right("objection"), "objection"),
        ("bureau", mortgage(), "mortgage"),
        ("bureau", right("lease", holder=WANG), "lease"),
        ("bureau", right("residence", holder=WANG), "residence"),
        ("bureau", right("notice", holder=WANG), "notice"),
        ("bureau", transfer(1, LI, (WANG, 1)), "transferred"),
        ("bureau", ttl("split", HOME, 1, (unit_code(1), unit_code(2)), SOURCE), "split"),
        ("bureau", ttl("merge", unit_code(3), (HOME, unit_code(502)), SOURCE), "merged"),
    ],
    ids=lambda value: value if isinstance(value, str) else None,
)
def test_a_listing_is_suspended_in_the_block_in_which_its_title_changes(
    who: str, change: Operation, cause: str
) -> None:
    """Record and event stand in that block, not in one that follows it."""
    town = Town(homes=(HOME, unit_code(502)))
    listing = town.offered()
    receipt = town.does(who, change)
    assert ("listing", "suspended") in [(event.module, event.name) for event in receipt.events]
    changed = [key for key, _ in town.records[-1].changes]
    assert b"listing/item/" + listing in changed
    assert any(key.startswith(b"title/unit/" + HOME.encode()) for key in changed)
    shown = town.listing(listing)
    assert (shown["state"], shown["cause"]) == ("suspended", cause)
    assert not town.finding(listing.hex()).startswith("verified")
    for operation in (lst("reprice", listing, 1), sign(listing)):
        assert town.refuses("agent-a", operation) == "LST_SUSPENDED"


def test_a_suspended_listing_is_renewed_by_an_agent_who_looked() -> None:
    town = Town()
    listing = town.offered()
    town.does("court", right("seizure"))
    assert town.refuses("agent-a", renew(listing, 1)) == "LST_STALE"
    assert town.refuses("agent-a", renew(listing, 2)) == "TTL_SEIZED"
    town.does("court", discharge("seizure", 1))
    town.does("court", right("objection"))
    assert town.refuses("agent-a", renew(listing, 4)) == "TTL_DISPUTED"
    town.does("court", discharge("objection", 2))
    town.does("bureau", mortgage())
    town.does("agent-a", renew(listing, 6))
    found = town.finding(listing.hex())
    assert found == "verified, no seizure as of now; mortgages: 1, which have to be discharged"
    town.does("agent-a", lst("withdraw", listing))
    assert town.refuses("agent-a", renew(listing, 6)) == "LST_STATE"


def test_no_two_signed_sales_of_one_home() -> None:
    """Two agents sign in one block: one order, one sale, and the other listing is suspended."""
    town = Town()
    first, second = town.offered("first"), town.offered("second", "agent-b")
    one, other = (
        town.transaction("agent-a", sign(first, WANG)),
        town.transaction("agent-b", sign(second, ZHAO)),
    )
    codes = [receipt.code for receipt in town.block(one, other)]
    assert codes == ["OK", "LST_SUSPENDED"]
    assert town.listing(second)["cause"] == "sold"
    assert town.refuses("agent-b", renew(second, 1)) == "TTL_PENDING_SALE"
    again = listed_as("again", "agent-b")
    assert town.refuses("agent-b", offer(again)) == "TTL_PENDING_SALE"
    town.does("agent-a", lst("withdraw", first))
    town.does("agent-b", renew(second, 1), sign(second, ZHAO))
    assert town.refuses("bureau", ttl("split", HOME, 1, (unit_code(1), unit_code(2)), SOURCE)) == (
        "TTL_PENDING_SALE"
    )


def test_a_sale_lapses_after_its_day() -> None:
    """Its buyer's place is free then, and the listing of the sale is suspended when the next is signed."""
    town = Town()
    first, second = town.offered("first"), town.offered("second", "agent-b")
    town.does("agent-a", sign(first, days=5))
    town.later(6)
    town.does("agent-b", renew(second, 1), sign(second, ZHAO))
    assert (town.listing(first)["state"], town.listing(first)["cause"]) == ("suspended", "sold")
    town.does("court", right("seizure"))
    assert town.listing(second)["state"] == "signed", "the sale stands, and cannot be carried out"
    assert town.refuses("bureau", transfer(2, LI, (ZHAO, 1))) == "TTL_SEIZED"
    assert town.finding(second.hex()) == "not verified: the home is seized"
    town.does("court", discharge("seizure", 1))
    town.later(40)
    town.does("bureau", transfer(3, LI, (WANG, 1)))
    assert town.listing(second)["cause"] == "transferred"
    assert town.ledger.get(b"title/sale/" + HOME.encode()) is None


def test_co_owners_convey_one_after_the_other() -> None:
    """The sale ends when its buyer owns all of it."""
    town = Town()
    town.does("bureau", transfer(1, LI, (LI, 1), (ZHAO, 1)))
    listing = town.offered(revision=2)
    town.does("agent-a", sign(listing, revision=2))
    town.does("bureau", transfer(2, LI, (WANG, 1)))
    assert town.listing(listing)["state"] == "signed"
    town.does("bureau", transfer(3, ZHAO, (WANG, 1)))
    assert town.listing(listing)["state"] == "conveyed"


def test_agents_need_licence_and_mandate() -> None:
    town = Town()
    listing = listed_as("x")
    assert town.refuses("agent-a-clerk", offer(listing)) == "AUTH_ROLE"
    assert town.refuses("bank-a", offer(listing)) == "AUTH_ROLE"
    assert town.refuses("agent-a", offer(listing)) == "LST_MANDATE"
    for who, code in (("bureau-2", "AUTH_CONTROLLER"), ("bureau-clerk", "AUTH_ROLE")):
        assert town.refuses(who, authorise("agent-a")) == code
        assert town.refuses(who, lst("license", DISTRICT, "agent-a", TODAY + 1)) == code
        assert town.refuses(who, lst("unlicense", DISTRICT, "agent-a")) == code
        assert town.refuses(who, lst("revoke", HOME, "agent-a")) == code
    assert town.refuses("bureau", authorise("bank-a")) == "LST_AGENT"
    assert town.refuses("bureau", lst("license", OTHER_DISTRICT, "agent-a", TODAY)) == "TTL_NO_REGISTER"
    assert town.refuses("bureau", lst("license", "x", "agent-a", TODAY)) == "TTL_CODE"
    assert town.refuses("bureau", lst("license", DISTRICT, "court", TODAY)) == "LST_AGENT"
    assert town.refuses("bureau", lst("license", DISTRICT, "agent-a", TODAY - 1)) == "LST_DAYS"
    assert town.refuses("bureau", lst("revoke", HOME, "agent-a")) == "LST_MANDATE"
    town.authorised("agent-a")
    assert town.refuses("agent-a", offer(listing, days=91)) == "LST_MANDATE", "not for so long"
    town.does("bureau", lst("unlicense", DISTRICT, "agent-a"))
    assert town.refuses("bureau", lst("unlicense", DISTRICT, "agent-a")) == "LST_UNLICENSED"
    assert town.refuses("agent-a", offer(listing)) == "LST_UNLICENSED"
    town.does("bureau", lst("license", DISTRICT, "agent-a", TODAY + 300))
    assert town.refuses("agent-a", offer(listing, revision=2)) == "LST_STALE"
    wrong = Operation(
        module="listing", action="offer", args=(*offer(listing).args[:3], "XXX", *offer(listing).args[4:])
    )
    assert town.refuses("agent-a", wrong) == "LST_CURRENCY"
    assert town.refuses("agent-a", offer(listing, unit=unit_code(9))) == "TTL_UNKNOWN"
    town.does("agent-a", offer(listing))
    town.does("bureau", lst("unlicense", DISTRICT, "agent-a"))
    assert town.refuses("agent-a", lst("reprice", listing, 1)) == "LST_UNLICENSED"
    assert town.finding(listing.hex()) == "not verified: the agent has no licence"


def test_a_mandate_may_be_exclusive_and_is_revoked() -> None:
    town = Town()
    town.does("bureau", authorise("agent-a", exclusive=True))
    assert town.refuses("bureau", authorise("agent-b")) == "LST_EXCLUSIVE"
    assert town.refuses("agent-b", offer(listed_as("b", "agent-b"))) == "LST_EXCLUSIVE"
    listing = listed_as("a")
    town.does("agent-a", offer(listing))
    town.does("bureau", lst("revoke", HOME, "agent-a"))
    assert (town.listing(listing)["state"], town.listing(listing)["cause"]) == ("suspended", "revoked")
    assert town.refuses("agent-a", renew(listing, 1)) == "LST_MANDATE"
    town.does("bureau", authorise("agent-a"))
    assert town.refuses("bureau", authorise("agent-b", exclusive=True)) == "LST_EXCLUSIVE"


def test_an_agent_has_one_listing_of_a_unit() -> None:
    """An expired or suspended one is withdrawn for the next."""
    town = Town()
    first, second, third = town.offered(), listed_as("2"), listed_as("3")
    assert town.refuses("agent-a", offer(second)) == "LST_DUPLICATE"
    town.later(61)
    for operation in (lst("reprice", first, 1), sign(first, days=90)):
        assert town.refuses("agent-a", operation) == "LST_EXPIRED"
    assert town.finding(first.hex()) == "not verified: the listing has expired"
    town.does("agent-a", renew(first, 1, 90))
    town.does("court", right("seizure"), discharge("seizure", 1))
    town.does("agent-a", offer(second, revision=3, days=90))
    assert town.listing(first)["state"] == "withdrawn"
    town.does("agent-a", lst("withdraw", second))
    assert town.refuses("agent-a", offer(second, revision=3, days=90)) == "LST_EXISTS"
    town.does("agent-a", offer(third, revision=3, days=90))
    assert town.refuses("agent-b", lst("withdraw", third)) == "AUTH_CONTROLLER"
    town.does("bureau", lst("withdraw", third))
    assert town.refuses("agent-a", lst("withdraw", listed_as("none"))) == "LST_UNKNOWN"


def test_new_owners_owe_nothing_to_the_mandates_before() -> None:
    town = Town()
    listing = town.offered()
    town.does("bureau", transfer(1, LI, (WANG, 1)))
    assert town.refuses("agent-a", renew(listing, 2)) == "LST_MANDATE"
    town.authorised("agent-a")
    assert town.refuses("agent-a", renew(listing, 2)) == "LST_STALE"
    town.offered("next", revision=2)
    assert town.finding(listing.hex()) == "not verified: the listing is suspended, the title says transferred"


def test_days_of_a_sale_are_bounded() -> None:
    town = Town()
    listing = town.offered()
    assert town.refuses("agent-a", sign(listing, days=367)) == "LST_DAYS"
    assert town.refuses("agent-a", sign(listing, days=-1)) == "LST_DAYS"
    assert town.refuses("agent-a", sign(listing, revision=2)) == "LST_STALE"
    assert town.refuses("bureau", sign(listing)) == "AUTH_CONTROLLER"
    town.does("bureau", right("notice", holder=ZHAO))
    town.does("agent-a", renew(listing, 2))
    assert town.finding(listing.hex()) == (
        "verified, no mortgage or seizure as of now; an advance notice keeps the home for somebody"
    )
    assert town.refuses("agent-a", sign(listing, WANG, revision=2)) == "TTL_NOTICE"
    town.does("agent-a", sign(listing, ZHAO, revision=2))


def test_what_an_agent_offers_who_has_left_is_not_verified() -> None:
    town = Town()
    town.does(
        MEMBERS, member("admit", "guest", "Guest Ltd", ("agent",)), add_account("guest", "guest", "agent")
    )
    town.does("bureau", lst("license", DISTRICT, "guest", TODAY + 300))
    listing = town.offered(by="guest")
    assert town.finding(listing.hex()).startswith("verified")
    town.does(MEMBERS, member("remove_organisation", "guest"))
    assert town.finding(listing.hex()) == "not verified: the agent is no member of the chain any more"
    town.does("bureau", lst("withdraw", listing))


def test_no_more_agents_than_a_title_can_suspend_at_once() -> None:
    town = Town()
    for number in range(AGENTS_MAX):
        agent = f"agent-{number:02}"
        town.does(
            MEMBERS, member("admit", agent, "Agent Ltd", ("agent",)), add_account(agent, agent, "agent")
        )
        town.does("bureau", authorise(agent))
    receipt = town.submit("bureau", authorise("agent-a"))
    assert (receipt.code, facts(receipt)["most"]) == ("LST_MANDATES_FULL", AGENTS_MAX)


def test_what_a_buyer_scans() -> None:
    """The text of the QR names the chain: a code of another chain, or a made-up one, is told apart."""
    town = Town()
    listing = town.offered()
    text = town.ledger.query("listing", "qr", {"listing": listing}, None)["text"]
    assert text == f"p2pchain:listing:{CHAIN_ID}:{listing.hex()}"
    answer = town.ledger.query("listing", "check", {"code": text}, None)
    assert (answer["verified"], answer["seizures"], answer["mortgages"]) == (True, 0, 0)
    assert answer["height"] == town.ledger.height
    for code, reason in (
        (text.replace(CHAIN_ID, "other"), "LST_CODE"),
        ("https://example.com", "LST_CODE"),
        (bytes(16).hex(), "LST_UNKNOWN"),
    ):
        with pytest.raises(Exception, match=reason):
            town.ledger.query("listing", "check", {"code": code}, None)
    page = town.ledger.query("listing", "list", {"agent": "agent-a", "limit": 1}, None)
    assert [row["listing"] for row in page["listings"]] == [listing.hex()]
    town.does("bureau", lst("revoke", HOME, "agent-a"))
    assert town.finding(text) == "not verified: the listing is suspended, the title says revoked"
