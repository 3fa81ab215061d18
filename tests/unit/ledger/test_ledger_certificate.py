"""Certificates from the meter to their end: each rule by its refusal, and the ways that lead to an end."""

from __future__ import annotations

import pytest

from p2pchain.business.certificate.calendar import DAY_MS
from p2pchain.business.certificate.issuing import HOUR_MS
from tests.unit.ledger.certificate_steps import (
    CAPACITY_W,
    MEGAWATT_HOUR,
    NOON_MS,
    OFFICE,
    OFFICE_METER,
    WIND,
    WIND_METER,
    Grid,
    act,
    cancel,
    hour,
    issue,
    issue_periods,
    meter,
    name,
    part,
    register,
)
from tests.unit.ledger.ledger_world import facts

ABSENT = bytes(32)
MONTH_MS = 31 * DAY_MS


def test_from_the_meter_to_the_statement() -> None:
    """The way of most of them, and the steps of its history."""
    grid = Grid()
    item = grid.issued()
    grid.moves(item, "wind", "trader")
    grid.does("trader", act("split", item, (1_000_000, 2_000_000)))
    sold = part(item, 1)
    grid.moves(sold, "trader", "office")
    grid.does("office", cancel(sold, beneficiary="office"))
    answer = grid.ledger.query("certificate", "history", {"certificate": sold}, None)
    steps = ["issued", "offered", "accepted", "split", "part_made", "offered", "accepted", "cancelled"]
    assert [line["action"] for line in answer["lines"]] == steps
    assert answer["certificate"]["state"] == "cancelled"
    assert answer["certificate"]["beneficiary"] == "office"
    assert answer["certificate"]["first_wh"] == 1_000_000
    made = grid.issue_of(item)
    assert (made["issued_wh"], made["retired_wh"], made["held_wh"]) == (3_000_000, 2_000_000, 1_000_000)


def test_a_metering_point_is_one_whoever_registers_it() -> None:
    """However its code is written; the second registry has to state the same facts."""
    grid = Grid()
    spaced = "5713 1318 0000 0000 12"
    assert grid.refuses(("body-a", "wind"), register()) == "CRT_DEVICE_REGISTERED"
    assert grid.refuses(("body-b", "wind"), register(spaced, capacity_w=1)) == "CRT_DEVICE_DIFFERS"
    grid.does(("body-b", "wind"), register(spaced, standard="eecs"))
    bodies = grid.ledger.query("certificate", "device", {"device": WIND}, None)["bodies"]
    assert [row["body"] for row in bodies] == ["body-a", "body-b"]


@pytest.mark.parametrize("code", ["571313180000000018", "meter 7!", "", "ЖЖ"])
def test_a_code_that_names_no_metering_point(code: str) -> None:
    """A GSRN with a digit changed among them."""
    assert Grid().refuses(("body-a", "wind"), register(code)) == "CRT_METER_CODE"


def test_one_hour_is_issued_once_whichever_registry_asks() -> None:
    grid = Grid()
    grid.does(("body-b", "wind"), register(standard="i-rec"))
    grid.issued("c", 3)
    start_ms, end_ms = hour(3)
    for period in (
        (start_ms, end_ms, 1),
        (start_ms - 300_000, start_ms + 300_000, 1),
        (start_ms, end_ms + HOUR_MS, 1),
    ):
        for body in ("body-a", "body-b"):
            assert grid.refuses(body, issue_periods("d", period)) == "CRT_PERIOD_ISSUED"
    grid.does("body-b", issue_periods("d", (start_ms - HOUR_MS, start_ms, 0), (end_ms, end_ms + 300_000, 5)))
    refused = grid.submit("body-b", issue("e", (2, 1)))
    assert facts(refused)["device"] == WIND.hex()


def test_no_slot_of_another_day_is_taken() -> None:
    """A period over midnight takes its slots of both days, and no more."""
    grid = Grid()
    midnight_ms = NOON_MS - NOON_MS % DAY_MS
    grid.does("body-a", issue_periods("c", (midnight_ms - 600_000, midnight_ms + 300_000, 7)))
    grid.does("body-a", issue_periods("d", (midnight_ms - HOUR_MS, midnight_ms - 600_000, 7)))
    grid.does("body-a", issue_periods("e", (midnight_ms + 300_000, midnight_ms + 600_000, 7)))
    for first_ms in range(midnight_ms - HOUR_MS, midnight_ms + 600_000, 300_000):
        period = (first_ms, first_ms + 300_000, 7)
        assert grid.refuses("body-a", issue_periods("f", period)) == "CRT_PERIOD_ISSUED"
    day = midnight_ms // DAY_MS
    slots = grid.ledger.query("certificate", "hours", {"device": WIND, "day": day}, None)["slots"]
    assert slots == "11" + 286 * "0"


def test_what_no_meter_can_have_counted() -> None:
    grid = Grid()
    start_ms, end_ms = hour(0)
    assert grid.refuses("body-a", issue("c", (0, CAPACITY_W + 1))) == "CRT_OVER_CAPACITY"
    assert grid.refuses("body-a", issue_periods("c", (end_ms, start_ms, 1))) == "CRT_PERIOD_INVALID"
    assert grid.refuses("body-a", issue_periods("c", (start_ms, start_ms, 1))) == "CRT_PERIOD_INVALID"
    assert grid.refuses("body-a", issue_periods("c", (start_ms + 1, end_ms, 1))) == "CRT_PERIOD_INVALID"
    long = (end_ms - 33 * DAY_MS, end_ms, 1)
    assert grid.refuses("body-a", issue_periods("c", long)) == "CRT_PERIOD_INVALID"
    assert grid.refuses("body-a", issue("c", (1, 1), (0, 1))) == "CRT_PERIOD_INVALID"
    assert grid.refuses("body-a", issue("c", (30, 1))) == "CRT_PERIOD_FUTURE"
    grid.does("body-a", issue("c", (0, CAPACITY_W)))


def test_who_issues() -> None:
    grid = Grid()
    made = issue("c", (0, 1))
    assert grid.refuses("wind", made) == "AUTH_ROLE"
    assert grid.refuses("body-a-clerk", made) == "AUTH_ROLE"
    assert grid.refuses("body-b", made) == "CRT_NOT_BODY"
    assert grid.refuses("body-a", issue("c", (0, 1), device=ABSENT)) == "CRT_DEVICE_UNKNOWN"
    grid.does("body-a", made)
    assert grid.refuses("body-a", issue("c", (1, 1))) == "CRT_EXISTS", "its own nonce"


def test_the_remainder_is_carried_over() -> None:
    """Whole units are issued, the rest goes into the next period, and nothing goes back in time."""
    grid = Grid("china")
    grid.does("body-a", issue("c", (0, 1_400_000), (1, 700_000)))
    assert grid.certificate(name("c"))["wh"] == MEGAWATT_HOUR
    second = grid.certificate(name("c", number=1))
    assert (second["wh"], second["carried_wh"]) == (MEGAWATT_HOUR, 400_000)
    held = grid.device()
    assert (held["metered_wh"], held["issued_wh"], held["remainder_wh"]) == (2_100_000, 2_000_000, 100_000)
    grid.does("body-a", issue("late", (-2, 950_000)))
    assert grid.device()["remainder_wh"] == 1_050_000, "the earlier hour takes nothing from the later"
    assert grid.refuses("wind", act("offer", name("late"), "office")) == "CRT_UNKNOWN"
    grid.does("body-a", issue("next", (2, 0)))
    assert grid.certificate(name("next"))["wh"] == MEGAWATT_HOUR
    assert grid.device()["remainder_wh"] == 50_000


def test_validity_counts_from_the_month_of_generation() -> None:
    """In China two years from that month on, in the time of the meter: its March begins in UTC's February."""
    grid = Grid("china")
    grid.does(("body-a", "wind"), register("BEIJING-1", offset_minutes=480, standard="china"))
    device = meter("BEIJING-1")
    march_ms = 1_772_294_400_000
    """2026-02-28T16:00:00Z, which is midnight of 1 March in Beijing."""
    period = (march_ms, march_ms + MONTH_MS, MEGAWATT_HOUR)
    grid.does("body-a", issue_periods("march", period, device=device))
    expires_ms = grid.certificate(name("march"))["expires_ms"]
    assert expires_ms == 1_835_452_800_000, "2028-02-29T16:00:00Z"
    before = (march_ms - HOUR_MS, march_ms, MEGAWATT_HOUR)
    grid.does("body-a", issue_periods("february", before, device=device))
    assert grid.certificate(name("february"))["expires_ms"] == 1_832_947_200_000, "2028-01-31T16:00:00Z"


def test_a_certificate_ends_with_its_validity() -> None:
    grid = Grid()
    item = grid.issued()
    offered = grid.issued("d", 1)
    use = grid.consumed()
    grid.does("wind", act("offer", offered, "trader"))
    assert grid.refuses("office", act("expire", (item,))) == "CRT_NOT_EXPIRED"
    grid.later(600)
    grid.block()
    assert grid.certificate(item)["lapsed"] is True
    assert grid.refuses("wind", cancel(item)) == "CRT_EXPIRED"
    assert grid.refuses("wind", act("offer", item, "trader")) == "CRT_EXPIRED"
    assert grid.refuses("wind", act("split", item, (1, 2_999_999))) == "CRT_EXPIRED"
    assert grid.refuses("trader", act("accept", offered)) == "CRT_EXPIRED"
    assert grid.refuses(("wind", "office"), act("claim", item, use)) == "CRT_EXPIRED"
    assert grid.refuses("body-a", issue("old", (-3, 5))) == "CRT_EXPIRED", "nobody issues what has expired"
    grid.does("trader", act("decline", offered))
    grid.does("office", act("expire", (item, use)))
    assert grid.refuses("office", act("expire", (item,))) == "CRT_EXPIRED"
    assert grid.issue_of(item)["expired_wh"] == 3_000_000
    assert grid.refuses("body-a", act("withdraw", item)) == "CRT_EXPIRED"


def test_a_lapsed_lock_or_none() -> None:
    """What never expires stays: I-REC."""
    grid = Grid("i-rec")
    item = grid.issued()
    grid.later(5_000)
    assert grid.refuses("office", act("expire", (item,))) == "CRT_NOT_EXPIRED"
    grid.does("wind", cancel(item))


def test_parts_are_ranges_that_make_up_the_whole() -> None:
    grid = Grid("eecs")
    item = grid.issued()
    for wrong in ((1_000_000, 1_000_000), (1_000_000, 3_000_000), (1_500_000, 1_500_000)):
        assert grid.refuses("wind", act("split", item, wrong)) == "CRT_RANGE"
    assert grid.refuses("trader", act("split", item, (1_000_000, 2_000_000))) == "CRT_NOT_OWNER"
    grid.does("wind", act("split", item, (1_000_000, 2_000_000)))
    ranges = [(grid.certificate(part(item, number))["first_wh"], number) for number in (0, 1)]
    assert ranges == [(0, 0), (1_000_000, 1)]
    for again in (act("split", item, (1_000_000, 2_000_000)), cancel(item), act("offer", item, "office")):
        assert grid.refuses("wind", again) == "CRT_SPENT"


def test_an_offer_is_answered_by_the_one_to_whom_it_is() -> None:
    grid = Grid()
    item = grid.issued()
    assert grid.refuses("trader", act("accept", item)) == "CRT_NOT_OFFERED"
    assert grid.refuses("wind", act("retract", item)) == "CRT_NOT_OFFERED"
    assert grid.refuses("trader", act("offer", item, "trader")) == "CRT_NOT_OWNER"
    assert grid.refuses("wind", act("offer", item, "wind")) == "CRT_PARTY"
    assert grid.refuses("wind", act("offer", item, "nobody")) == "CRT_PARTY"
    grid.does("wind", act("offer", item, "trader"))
    for blocked in (act("offer", item, "office"), cancel(item), act("split", item, (1, 2_999_999))):
        assert grid.refuses("wind", blocked) == "CRT_OFFERED"
    assert grid.refuses("office", act("accept", item)) == "CRT_NOT_OWNER"
    assert grid.refuses("office", act("decline", item)) == "CRT_NOT_OWNER"
    assert grid.refuses("trader", act("retract", item)) == "CRT_NOT_OWNER"
    grid.does("trader", act("decline", item))
    grid.does("wind", act("offer", item, "trader"))
    grid.does("wind", act("retract", item))
    grid.moves(item, "wind", "trader")
    assert grid.refuses("wind", cancel(item)) == "CRT_NOT_OWNER"
    listed = grid.ledger.query("certificate", "list", {"holder": "trader"}, None)["certificates"]
    assert [row["certificate"] for row in listed] == [item.hex()]
    assert grid.ledger.query("certificate", "list", {"holder": "wind"}, None)["certificates"] == []


def test_a_lock_binds_the_holder_up_to_its_day() -> None:
    grid = Grid()
    item = grid.issued()
    today = grid.ledger.time_ms // DAY_MS
    for day in (today - 1, today + 367):
        assert grid.refuses("wind", act("lock", item, "office", day)) == "CRT_LOCK_DAY"
    assert grid.refuses("office", act("lock", item, "office", today)) == "CRT_NOT_OWNER"
    assert grid.refuses("wind", act("lock", item, "nobody", today)) == "CRT_PARTY"
    assert grid.refuses("wind", act("unlock", item)) == "CRT_NOT_LOCKED"
    grid.does("wind", act("lock", item, "office", today + 30))
    blocked = (act("offer", item, "trader"), cancel(item), act("split", item, (1, 2_999_999)))
    for action in (*blocked, act("lock", item, "trader", today)):
        assert grid.refuses("wind", action) == "CRT_LOCKED"
    assert grid.refuses("wind", act("unlock", item)) == "CRT_NOT_OWNER", "not the holder before the day"
    grid.does(("wind", "office"), act("offer", item, "office"), act("accept", item))
    assert grid.certificate(item)["locked_for"] is None
    other = grid.issued("d", 1)
    grid.does("wind", act("lock", other, "office", today + 30))
    grid.does("office", act("unlock", other))
    grid.does("wind", act("lock", other, "office", today + 30))
    grid.later(31)
    grid.block()
    assert grid.refuses("office", act("unlock", other)) == "CRT_NOT_OWNER"
    grid.does("wind", act("lock", other, "trader", today + 40))
    grid.later(15)
    grid.does("wind", act("unlock", other))
    grid.does("wind", cancel(other))


def test_a_watt_hour_is_cancelled_once() -> None:
    grid = Grid()
    item, other = grid.issued(), grid.issued("d", 1)
    assert grid.refuses("wind", cancel(item, beneficiary="nobody")) == "CRT_PARTY"
    assert grid.refuses("wind", cancel(item, ABSENT)) == "CRT_UNKNOWN"
    grid.does("wind", cancel(item, beneficiary="office"))
    assert grid.refuses("wind", cancel(other, item)) == "CRT_CANCELLED", "all or none"
    assert grid.certificate(other)["state"] == "held"
    use = grid.consumed()
    assert grid.refuses(("wind", "office"), act("claim", item, use)) == "CRT_CANCELLED"
    assert grid.refuses("body-a", act("withdraw", item)) == "CRT_CANCELLED"


def test_a_claim_is_of_one_time_and_place() -> None:
    grid = Grid()
    made, use = grid.issued(), grid.consumed()
    later_use, less = grid.consumed("v", 1), grid.consumed("w", 2, wh=5)
    grid.issued("third", 2, wh=6)
    both = ("wind", "office")
    assert grid.refuses(both, act("claim", made, later_use)) == "CRT_PERIOD_MISMATCH"
    assert grid.refuses(both, act("claim", use, made)) == "CRT_KIND"
    assert grid.refuses(both, act("claim", made, made)) == "CRT_KIND"
    assert grid.refuses(both, act("claim", name("third"), less)) == "CRT_RANGE"
    assert grid.refuses("wind", act("claim", made, use)) == "CRT_NOT_OWNER"
    assert grid.refuses("office", act("claim", made, use)) == "CRT_NOT_OWNER"
    assert grid.refuses("office", cancel(use)) == "CRT_KIND"
    assert grid.refuses("office", act("offer", use, "trader")) == "CRT_KIND"
    grid.does(both, act("claim", made, use))
    assert grid.certificate(made)["mate"] == use.hex()
    assert grid.certificate(made)["beneficiary"] == "office"
    for again in (act("claim", made, use), act("claim", made, later_use)):
        assert grid.refuses(both, again) == "CRT_CANCELLED"
    assert grid.issue_of(use)["held_wh"] == grid.issue_of(made)["held_wh"] == 0


def test_a_claim_is_of_one_area_and_of_no_earlier_watt_hour() -> None:
    grid = Grid("eecs")
    grid.does(("body-a", "office"), register("SE", kind="consumption", owner="office", area="SE4"))
    grid.does("body-a", issue("c", (0, 1_500_000), (1, 1_500_000)))
    grid.does("body-a", issue("se", (0, MEGAWATT_HOUR), device=meter("SE")))
    grid.does("body-a", issue("u", (1, 2_000_000), device=OFFICE))
    assert grid.refuses(("wind", "office"), act("claim", name("c"), name("se"))) == "CRT_AREA_MISMATCH"
    carried = act("claim", name("c", number=1), name("u"))
    assert grid.refuses(("wind", "office"), carried) == "CRT_PERIOD_MISMATCH"
    parts = act("split", name("c", number=1), (1_000_000, 1_000_000))
    grid.does("wind", parts)
    grid.does("office", act("split", name("u"), (1_000_000, 1_000_000)))
    second = act("claim", part(name("c", number=1), 1), part(name("u"), 0))
    grid.does(("wind", "office"), second)


def test_an_issuing_body_takes_back_its_error() -> None:
    """Alone while the producer has it, else with the holder; then the hours may be issued again."""
    grid = Grid("eecs")
    item = grid.issued("c", 0, 3_400_000)
    grid.does("wind", act("split", item, (1_000_000, 2_000_000)))
    first, second = part(item, 0), part(item, 1)
    grid.moves(second, "wind", "trader")
    assert grid.refuses("wind", act("withdraw", first)) == "AUTH_ROLE"
    assert grid.refuses("body-b", act("withdraw", first)) == "AUTH_ROLE"
    assert grid.refuses("body-a", act("withdraw", second)) == "CRT_NOT_OWNER"
    assert grid.refuses("body-a", act("withdraw", item)) == "CRT_SPENT"
    grid.does("body-a", act("withdraw", first))
    assert grid.refuses("body-a", act("reopen", item)) == "CRT_NOT_WITHDRAWN"
    assert grid.refuses("body-b", act("reopen", item)) == "AUTH_ROLE"
    assert grid.refuses("body-a", act("reopen", ABSENT)) == "CRT_UNKNOWN"
    grid.does(("body-a", "trader"), act("withdraw", second))
    assert grid.refuses("trader", cancel(second)) == "CRT_SPENT"
    assert grid.refuses("body-a", issue("d", (0, 5))) == "CRT_PERIOD_ISSUED"
    grid.does("body-a", act("reopen", item))
    assert grid.refuses("body-a", act("reopen", item)) == "CRT_NOT_WITHDRAWN"
    assert grid.device()["remainder_wh"] == 0
    grid.does("body-a", issue("d", (0, 1_100_000)))
    assert grid.device()["remainder_wh"] == 100_000


def test_what_was_carried_on_from_an_error_is_made_good() -> None:
    """The remainder of an issue was used by the next one before the error came out."""
    grid = Grid("eecs")
    item = grid.issued("c", 0, 1_900_000)
    grid.does("body-a", issue("d", (1, 100_000)))
    assert grid.device()["remainder_wh"] == 0
    grid.does("body-a", act("withdraw", item))
    grid.does("body-a", act("reopen", item))
    assert grid.device()["remainder_wh"] == -900_000
    grid.does("body-a", issue("e", (0, 1_000_000)))
    assert grid.device()["remainder_wh"] == 100_000, "issued late, and less what is owed"
    grid.does("body-a", issue("f", (2, 1_900_000)))
    assert grid.device()["remainder_wh"] == 0


def test_a_claim_falls_with_either_half() -> None:
    grid = Grid()
    made, use = grid.issued(), grid.consumed()
    grid.does(("wind", "office"), act("claim", made, use))
    assert grid.refuses(("body-a", "wind"), act("withdraw", made)) == "CRT_NOT_OWNER"
    assert grid.refuses(("body-a", "office"), act("withdraw", made)) == "CRT_NOT_OWNER"
    grid.does(("body-a", "wind", "office"), act("withdraw", made))
    assert grid.certificate(use)["state"] == "held"
    assert grid.certificate(use)["mate"] is None
    assert grid.issue_of(use)["held_wh"] == 3_000_000
    assert grid.issue_of(made)["withdrawn_wh"] == 3_000_000
    assert grid.issue_of(made)["retired_wh"] == 0


def test_the_office_meter_is_of_the_office() -> None:
    grid = Grid()
    assert grid.ledger.query("certificate", "device", {"device": OFFICE}, None)["code"] == "DKOFFICE7"
    assert WIND_METER != OFFICE_METER


def test_questions_in_vain() -> None:
    grid = Grid()
    item = grid.issued()
    with pytest.raises(Exception, match="QUERY_INVALID_ARGS"):
        grid.ledger.query("certificate", "list", {"state": "gone"}, None)
    with pytest.raises(Exception, match="CRT_UNKNOWN"):
        grid.issue_of(ABSENT)
    page = grid.ledger.query("certificate", "list", {"limit": 1, "state": "held"}, None)
    assert [row["certificate"] for row in page["certificates"]] == [item.hex()]
    assert grid.ledger.query("certificate", "ledgers", {}, None) == {"ledgers": []}
