"""Evidence as the chain keeps it: one order of all deposits, what may follow them, and who may."""

from __future__ import annotations

import pytest

from p2pchain.codec.evidence_file import FILES_MAX
from p2pchain.model.transaction import Operation
from tests.unit.ledger.evidence_steps import (
    act,
    deposit,
    digest,
    id_of,
    supersede,
    timestamp,
    town,
)
from tests.unit.ledger.ledger_world import facts, fingerprint
from tests.unit.ledger.receivable_steps import Market

DAY = fingerprint("files of a day")
NOWHERE = fingerprint("nowhere")


def shown(market: Market, id_: bytes) -> dict[str, object]:
    """Answer of ``show``."""
    return dict(market.ledger.query("evidence", "show", {"deposit": id_}, None))


def test_a_file_and_the_files_of_a_day() -> None:
    market = town()
    market.does("bureau", deposit("decision"), deposit("a day", FILES_MAX))
    one, day = shown(market, id_of("decision")), shown(market, id_of("a day"))
    assert (one["org"], one["count"], one["custodian"], one["held"]) == ("bureau", None, "bureau", False)
    assert (day["count"], day["height"], day["time_ms"]) == (50_000, 1, market.ledger.time_ms)
    assert market.restored().state_root == market.ledger.state_root


def test_more_files_than_a_root_takes_and_none() -> None:
    market = town()
    assert market.refuses("bureau", deposit("a day", FILES_MAX + 1)) == "TX_INVALID_ARGS"
    assert market.refuses("bureau", deposit("a day", 0)) == "TX_INVALID_ARGS"
    assert market.refuses("bureau", deposit("a day", how="x" * 501)) == "TX_INVALID_ARGS"


def test_only_a_clerk_deposits() -> None:
    market = town()
    for who in ("court", "hospital", "bureau-clerk"):
        assert market.refuses(who, deposit("decision")) == "AUTH_ROLE"


def test_the_same_again_says_where_it_stands() -> None:
    market = town()
    market.does("bureau", deposit("decision"))
    receipt = market.submit("bureau", deposit("decision", 7, "collected otherwise"))
    assert receipt.code == "EVD_EXISTS"
    assert facts(receipt) == {"deposit": id_of("decision").hex(), "height": 1}


def test_rivals_stand_in_the_order_of_the_chain() -> None:
    """Nobody is in another's way, and who was first is first for ever."""
    market = town()
    market.does("archive", deposit("decision"))
    market.does("bureau", deposit("decision", how="seen in the pool"))
    answer = market.ledger.query("evidence", "find", {"digest": digest("decision")}, None)
    assert [(row["place"], row["org"], row["height"]) for row in answer["depositors"]] == [
        (0, "archive", 1),
        (1, "bureau", 2),
    ]
    nobody = market.ledger.query("evidence", "find", {"digest": digest("another")}, None)
    assert nobody == {"digest": digest("another").hex(), "depositors": []}


def test_rivals_in_one_block() -> None:
    market = town()
    both = [market.transaction(org, deposit("decision")) for org in ("bureau", "archive")]
    assert [receipt.code for receipt in market.block(*both)] == ["OK", "OK"]
    answer = market.ledger.query("evidence", "find", {"digest": digest("decision")}, None)
    assert [row["org"] for row in answer["depositors"]] == ["bureau", "archive"]


def test_a_newer_deposit_takes_the_place_of_an_older() -> None:
    market = town()
    market.does("bureau", deposit("draft"))
    assert market.refuses("archive", supersede(id_of("draft"), "final")) == "EVD_SUPERSEDES_FOREIGN"
    assert market.refuses("bureau", supersede(NOWHERE, "final")) == "EVD_UNKNOWN"
    assert market.refuses("bureau", supersede(id_of("draft"), "draft")) == "EVD_EXISTS"
    assert market.refuses("bureau-clerk", supersede(id_of("draft"), "final")) == "AUTH_ROLE"
    market.does("bureau", supersede(id_of("draft"), "final"))
    assert shown(market, id_of("draft"))["superseded_by"] == id_of("final").hex()
    assert shown(market, id_of("final"))["supersedes"] == id_of("draft").hex()
    assert market.refuses("bureau", supersede(id_of("draft"), "other")) == "EVD_SUPERSEDED"


@pytest.mark.parametrize(
    "late",
    [
        act("countersign", id_of("draft"), None),
        timestamp(id_of("draft")),
        supersede(id_of("draft"), "another"),
    ],
    ids=lambda operation: operation.action,
)
def test_nothing_is_added_to_what_is_superseded(late: Operation) -> None:
    market = town()
    market.does("bureau", deposit("draft"), supersede(id_of("draft"), "final"))
    signer = "archive" if late.action == "countersign" else "bureau"
    assert market.refuses(signer, late) == "EVD_SUPERSEDED"


def test_another_organisation_countersigns_once() -> None:
    market = town()
    market.does("bureau", deposit("decision"))
    id_ = id_of("decision")
    assert market.refuses("bureau-clerk", act("countersign", id_, None)) == "EVD_OWN"
    assert market.refuses("archive", act("countersign", NOWHERE, None)) == "EVD_UNKNOWN"
    market.does("hospital", act("countersign", id_, "I was there"))
    market.does("court", act("countersign", id_, None))
    assert market.refuses("hospital", act("countersign", id_, None)) == "EVD_COUNTERSIGNED"
    assert shown(market, id_)["countersigned"] == 2


def test_a_token_is_not_later_than_the_block() -> None:
    """What is later proves nothing that the block does not."""
    market = town()
    market.does("bureau", deposit("decision"))
    id_, now = id_of("decision"), market.ledger.time_ms
    receipt = market.submit("bureau", timestamp(id_, now + 1))
    assert receipt.code == "EVD_TIMESTAMP_LATER"
    assert facts(receipt) == {"token_ms": now + 1, "deposit_ms": now}
    market.does("bureau", timestamp(id_, now), timestamp(id_, now - 5_000, "another"))
    assert market.refuses("bureau", timestamp(id_, now)) == "EVD_TIMESTAMPED"
    assert market.refuses("bureau", timestamp(NOWHERE, now)) == "EVD_UNKNOWN"
    assert market.refuses("archive", timestamp(id_, now, "its own")) == "AUTH_CONTROLLER"
    assert market.refuses("court", timestamp(id_, now, "its own")) == "AUTH_ROLE"
    assert shown(market, id_)["timestamped"] == 2


def test_custody_is_offered_and_taken() -> None:
    market = town()
    market.does("bureau", deposit("decision"))
    id_ = id_of("decision")
    assert market.refuses("archive", act("accept_custody", id_)) == "EVD_NOT_OFFERED"
    assert market.refuses("archive", act("transfer_custody", id_, "archive")) == "AUTH_CONTROLLER"
    assert market.refuses("bureau", act("transfer_custody", id_, "bureau")) == "EVD_CUSTODIAN"
    assert market.refuses("bureau", act("transfer_custody", id_, "nobody")) == "EVD_CUSTODIAN"
    assert market.refuses("bureau", act("transfer_custody", NOWHERE, "archive")) == "EVD_UNKNOWN"
    market.does("bureau", act("transfer_custody", id_, "hospital"))
    market.does("bureau", act("transfer_custody", id_, "archive"))
    assert market.refuses("hospital", act("accept_custody", id_)) == "EVD_NOT_OFFERED"
    market.does("archive", act("accept_custody", id_))
    assert market.refuses("archive", act("accept_custody", id_)) == "EVD_NOT_OFFERED"
    assert market.refuses("bureau", act("transfer_custody", id_, "hospital")) == "AUTH_CONTROLLER"
    market.does("archive", act("transfer_custody", id_, "hospital"))
    seen = shown(market, id_)
    assert (seen["custodian"], seen["offered_to"], seen["org"]) == ("archive", "hospital", "bureau")


def test_a_history_is_the_oldest_first() -> None:
    market = town()
    id_ = id_of("decision")
    market.does("bureau", deposit("decision"))
    market.does("hospital", act("countersign", id_, "I was there"))
    market.does("bureau", timestamp(id_))
    market.does("bureau", act("transfer_custody", id_, "archive"))
    market.does("archive", act("accept_custody", id_))
    steps = market.ledger.query("evidence", "history", {"deposit": id_}, None)["steps"]
    assert [(step["height"], step["step"], step["org"]) for step in steps] == [
        (1, "deposited", "bureau"),
        (2, "countersigned", "hospital"),
        (3, "timestamped", None),
        (5, "custody", "archive"),
    ]


def test_lists_come_page_by_page() -> None:
    market = town()
    market.does("bureau", *(deposit(f"file {number}") for number in range(5)))
    market.does("archive", deposit("its own"))
    seen: list[str] = []
    after = None
    for _ in range(4):
        page = market.ledger.query("evidence", "list", {"org": "bureau", "after": after, "limit": 2}, None)
        seen += [row["deposit"] for row in page["deposits"]]
        if page["next"] is None:
            break
        after = bytes.fromhex(page["next"])
    assert seen == sorted(id_of(f"file {number}").hex() for number in range(5))


def test_a_hundred_thousand_files_a_day_are_less_than_a_megabyte() -> None:
    """As roots of 50,000; and still so as roots of 1,000."""
    for size, most in ((FILES_MAX, 10_000), (1_000, 200_000)):
        market = town()
        before = sum(len(key) + len(value) for key, value in market.ledger.walk(b""))
        for number in range(100_000 // size):
            market.does("bureau", deposit(f"part {number}", size, "x" * 500))
        after = sum(
            len(key) + len(value) for key, value in market.ledger.walk(b"") if key.startswith(b"evidence/")
        )
        assert before > 0
        assert after < most, f"{after} bytes"
