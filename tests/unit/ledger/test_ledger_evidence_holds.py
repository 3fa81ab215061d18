"""Holds of a court: what is held is neither changed nor erased, by anybody, from the block of the hold on."""

from __future__ import annotations

import pytest

from p2pchain.codec.private import payload_root
from p2pchain.model.transaction import Operation
from tests.unit.ledger.evidence_steps import act, deposit, held, hold, id_of, supersede, timestamp, town
from tests.unit.ledger.ledger_world import facts, fingerprint, signing_key
from tests.unit.ledger.membership_steps import set_sealing_key
from tests.unit.ledger.receivable_steps import Market

TREE = fingerprint("tree")
ROOT = payload_root("hospital", TREE)
ERASE = Operation(module="private", action="erase", args=(ROOT,))
FILE = id_of("decision")
VALIDATORS = ("archive", "bureau", "hospital")


def with_payload() -> Market:
    """The town, with a payload of the hospital that the archive may read, too."""
    market = town()
    for org in ("archive", "hospital"):
        market.does(org, set_sealing_key(org, signing_key(f"{org} sealing")))
    put = Operation(
        module="private", action="put", args=(TREE, fingerprint("d"), 1_000, ("archive", "hospital"))
    )
    market.does("hospital", put)
    market.does("bureau", deposit("decision"))
    return market


def test_only_a_court_holds_and_only_one_thing() -> None:
    market = with_payload()
    for who in ("bureau", "hospital", "court-clerk"):
        assert market.refuses(who, hold("h", deposit=FILE)) == "AUTH_ROLE"
    assert market.refuses("court", hold("h")) == "EVD_HOLD_SUBJECT"
    assert market.refuses("court", hold("h", deposit=FILE, org="hospital")) == "EVD_HOLD_SUBJECT"
    for nothing in (
        hold("h", deposit=fingerprint("nowhere")),
        hold("h", payload=fingerprint("nowhere")),
        hold("h", org="nobody"),
    ):
        assert market.refuses("court", nothing) == "EVD_HOLD_SUBJECT"


def test_a_deposit_that_is_held_stays_as_it_is() -> None:
    market = with_payload()
    market.does("bureau", act("transfer_custody", FILE, "archive"))
    market.does("court", hold("h", deposit=FILE))
    assert market.ledger.query("evidence", "show", {"deposit": FILE}, None)["held"] is True
    assert market.refuses("bureau", supersede(FILE, "newer")) == "EVD_HOLD"
    assert market.refuses("bureau", act("transfer_custody", FILE, "hospital")) == "EVD_HOLD"
    assert market.refuses("archive", act("accept_custody", FILE)) == "EVD_HOLD"
    market.does("bureau", timestamp(FILE))
    market.does("archive", act("countersign", FILE, "it is what I saw"))
    market.does("court", act("lift", held("h")))
    market.does("archive", act("accept_custody", FILE))
    market.does("bureau", supersede(FILE, "newer"))


@pytest.mark.parametrize("subject", [{"payload": ROOT}, {"org": "archive"}], ids=["payload", "org"])
def test_a_payload_that_is_held_is_erased_by_nobody(subject: dict[str, object]) -> None:
    market = with_payload()
    market.does("court", hold("h", **subject))  # type: ignore[arg-type]
    receipt = market.submit("archive", ERASE)
    assert receipt.code == "EVD_HOLD"
    assert facts(receipt) == {"payload": ROOT.hex(), "org": "archive"}
    market.does("court", act("lift", held("h")))
    market.does("archive", ERASE)


def test_a_hold_on_one_organisation_binds_no_other() -> None:
    market = with_payload()
    market.does("court", hold("h", org="archive"))
    market.does("hospital", ERASE)


def test_a_hold_on_a_payload_binds_every_recipient() -> None:
    market = with_payload()
    market.does("court", hold("h", payload=ROOT))
    for org in ("archive", "hospital"):
        assert market.refuses(org, ERASE) == "EVD_HOLD"


def test_the_last_of_several_courts_frees() -> None:
    market = with_payload()
    market.does("court", hold("h", payload=ROOT), hold("i", payload=ROOT))
    market.does("high-court", hold("h", payload=ROOT))
    market.does("court", act("lift", held("h")), act("lift", held("i")))
    assert market.refuses("archive", ERASE) == "EVD_HOLD"
    market.does("high-court", act("lift", held("h", "high-court")))
    market.does("archive", ERASE)


def test_a_hold_is_lifted_by_its_court_alone_and_once() -> None:
    market = with_payload()
    market.does("court", hold("h", deposit=FILE))
    assert market.refuses("court", hold("h", deposit=FILE)) == "EVD_HOLD_EXISTS"
    assert market.refuses("high-court", act("lift", held("h"))) == "AUTH_CONTROLLER"
    assert market.refuses("bureau", act("lift", held("h"))) == "AUTH_ROLE"
    market.does("court", act("lift", held("h")))
    assert market.refuses("court", act("lift", held("h"))) == "EVD_HOLD_UNKNOWN"


def test_any_court_lifts_for_one_that_has_left() -> None:
    market = with_payload()
    market.does("court", hold("h", deposit=FILE))
    leave = Operation(module="membership", action="remove_organisation", args=("court",))
    market.does(VALIDATORS, leave)
    market.does("high-court", act("lift", held("h")))


def test_the_order_of_a_block_decides() -> None:
    """An erasure before the hold stands; one after it does not."""
    market = with_payload()
    both = [market.transaction("archive", ERASE), market.transaction("court", hold("h", payload=ROOT))]
    third = market.transaction("hospital", ERASE)
    assert [receipt.code for receipt in market.block(*both, third)] == ["OK", "OK", "EVD_HOLD"]


def test_holds_are_listed_page_by_page() -> None:
    market = with_payload()
    market.does("court", *(hold(f"h{number}", deposit=FILE) for number in range(3)))
    first = market.ledger.query("evidence", "holds", {"after": None, "limit": 2}, None)
    after = bytes.fromhex(first["next"])
    second = market.ledger.query("evidence", "holds", {"after": after, "limit": 2}, None)
    listed = [row["hold"] for row in (*first["holds"], *second["holds"])]
    assert listed == sorted(held(f"h{number}").hex() for number in range(3))
    assert second["next"] is None
    assert {row["order"] for row in first["holds"]} == {"12 O 34/26"}
