"""Titles: registers, shares that sum to one, rights and their refusals, split and merger."""

from __future__ import annotations

import pytest

from p2pchain.business.title.fields import OWNERS_MAX, RIGHTS_MAX
from p2pchain.codec.title_ids import owner_commitment, unit_id
from p2pchain.ledger.record import read_record
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import facts
from tests.unit.ledger.membership_steps import add_account
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
    discharge,
    mortgage,
    register,
    right,
    transfer,
    ttl,
    unit_code,
)


@pytest.mark.parametrize(
    ("code", "level"),
    [
        ("", "length"),
        (HOME[:-1], "length"),
        ("99" + HOME[2:], "county"),
        (HOME[:8] + "X" + HOME[9:], "zone"),
        (HOME[:12] + "X" + HOME[13:], "ownership"),
        (HOME[:13] + "Z" + HOME[14:], "use"),
        (HOME[:14] + "00000" + HOME[19:], "parcel"),
        (HOME[:19] + "X" + HOME[20:], "fixture"),
        (HOME[:19] + "W" + HOME[20:], "number"),
        (HOME[:20] + "00000000", "number"),
        (HOME[:20] + "0003050X", "number"),
        (HOME.lower(), "ownership"),
    ],
)
def test_codes_that_are_none(code: str, level: str) -> None:
    town = Town(homes=())
    receipt = town.submit("bureau", register(code))
    assert (receipt.code, facts(receipt)["level"]) == ("TTL_CODE", level)


def test_a_code_of_land_without_a_building_is_one() -> None:
    town = Town(homes=())
    town.does("bureau", register(HOME[:19] + "W00000000"))


def test_the_members_give_a_register_to_a_registrar() -> None:
    town = Town()
    far = unit_code(1, OTHER_DISTRICT)
    assert town.refuses("bureau", register(far)) == "TTL_NO_REGISTER"
    assert town.refuses("bureau-2", ttl("assign", OTHER_DISTRICT, "bureau-2")) == "MEMBERSHIP_NO_QUORUM"
    assert town.refuses(MEMBERS, ttl("assign", "11010", "bureau-2")) == "TTL_CODE"
    assert town.refuses(MEMBERS, ttl("assign", OTHER_DISTRICT, "bank-a")) == "TTL_REGISTRAR"
    town.does(MEMBERS, ttl("assign", OTHER_DISTRICT, "bureau-2"))
    assert town.refuses("bureau", register(far)) == "AUTH_CONTROLLER"
    town.does("bureau-2", register(far))
    assert town.title(far)["registrar"] == "bureau-2"


def test_a_unit_is_registered_once_by_its_registrar() -> None:
    town = Town()
    assert town.refuses("bureau", register()) == "TTL_EXISTS"
    other = unit_code(502)
    for who, code in (
        ("bureau-2", "AUTH_CONTROLLER"),
        ("court", "AUTH_CONTROLLER"),
        ("agent-a", "AUTH_CONTROLLER"),
        ("bureau-clerk", "AUTH_ROLE"),
    ):
        assert town.refuses(who, register(other)) == code
    assert town.refuses("bureau", transfer(1, LI, (WANG, 1), unit=other)) == "TTL_UNKNOWN"


def test_shares_sum_to_one_whatever_is_transferred() -> None:
    """Co-owners keep exactly what they have, and denominators stay small."""
    town = Town(homes=())
    wrong = ttl("register", HOME, (LI, WANG), (1, 1), 3, SOURCE)
    assert town.refuses("bureau", wrong) == "TTL_SHARES"
    more = ttl("register", HOME, (LI, WANG), (2, 2), 3, SOURCE)
    assert town.refuses("bureau", more) == "TTL_SHARES"
    assert town.refuses("bureau", ttl("register", HOME, (LI, WANG), (1,), 1, SOURCE)) == "TTL_SHARES"
    assert town.refuses("bureau", ttl("register", HOME, (LI, LI), (1, 1), 2, SOURCE)) == "TX_INVALID_ARGS"
    town.does("bureau", register(HOME, (LI, 2), (WANG, 4)))
    assert town.title()["denominator"] == 3
    assert town.refuses("bureau", transfer(1, ZHAO, (LI, 1))) == "TTL_SHARES"
    town.does("bureau", transfer(1, WANG, (ZHAO, 3), (WANG, 1)))
    assert shares(town) == ({LI: 2, WANG: 1, ZHAO: 3}, 6)
    town.does("bureau", transfer(2, LI, (ZHAO, 1)))
    assert shares(town) == ({WANG: 1, ZHAO: 5}, 6)
    town.does("bureau", transfer(3, WANG, (ZHAO, 1)))
    assert shares(town) == ({ZHAO: 1}, 1)


def test_shares_that_are_too_fine_or_too_many() -> None:
    town = Town()
    fine = 10**12
    town.does("bureau", ttl("transfer", HOME, 1, LI, (LI, WANG), (1, fine - 1), fine, SOURCE))
    finer = ttl("transfer", HOME, 2, LI, (LI, ZHAO), (1, 2), 3, SOURCE)
    receipt = town.submit("bureau", finer)
    assert (receipt.code, facts(receipt)["reason"]) == ("TTL_SHARES", "denominator")
    town = Town()
    many = [(owner_commitment(bytes(16), str(number), ""), 1) for number in range(OWNERS_MAX)]
    town.does("bureau", transfer(1, LI, *many))
    giver, *_ = many
    receipt = town.submit("bureau", transfer(2, giver[0], (giver[0], 1), (LI, 1)))
    assert (receipt.code, facts(receipt)["reason"]) == ("TTL_SHARES", "owners")


def shares(town: Town) -> tuple[dict[bytes, int], int]:
    """Shares and denominator of the home."""
    raw = town.ledger.get(b"title/unit/" + HOME.encode())
    assert raw is not None
    record = read_record(raw)
    return dict(record[4]), int(str(record[5]))  # type: ignore[arg-type]


def test_a_transfer_of_an_older_revision_is_stale() -> None:
    town = Town()
    town.does("bureau", transfer(1, LI, (WANG, 1)))
    receipt = town.submit("bureau", transfer(1, WANG, (LI, 1)))
    assert receipt.code == "TTL_STALE"
    assert facts(receipt) == {"unit": HOME, "revision": 1, "expected": 2}
    assert town.refuses("court", transfer(2, WANG, (LI, 1))) == "AUTH_CONTROLLER"


def test_a_seizure_keeps_all_off_but_courts() -> None:
    """Its key is there only while it stands: absence is what a buyer wants proven."""
    town = Town()
    key = b"title/seizure/" + HOME.encode()
    assert town.ledger.get(key) is None
    assert town.refuses("bank-a", right("seizure")) == "AUTH_CONTROLLER"
    assert town.refuses("court", right("seizure", org="bank-a")) == "TTL_RIGHT"
    town.does("court", right("seizure"))
    assert town.ledger.get(key) is not None
    for who, operation in (
        ("bureau", transfer(2, LI, (WANG, 1))),
        ("bureau", mortgage()),
        ("bureau", right("lease", holder=WANG)),
        ("bureau", ttl("split", HOME, 2, (unit_code(1), unit_code(2)), SOURCE)),
    ):
        assert town.refuses(who, operation) == "TTL_SEIZED"
    town.does("bureau", right("seizure", org="court", until=30))
    assert town.refuses("bureau", discharge("seizure", 1)) == "AUTH_CONTROLLER"
    town.does(("bureau", "court"), transfer(3, LI, (WANG, 1)))
    town.does("court", discharge("seizure", 1))
    assert town.refuses("bureau", transfer(5, WANG, (LI, 1))) == "TTL_SEIZED"
    town.later(31)
    town.does("bureau", transfer(5, WANG, (LI, 1)))
    assert town.ledger.get(key) is not None, "lapsed, until the registrar tidies up"
    assert town.refuses("agent-a", discharge("seizure", 2)) == "AUTH_CONTROLLER"
    town.does("bureau", discharge("seizure", 2))
    assert town.ledger.get(key) is None
    assert town.refuses("bureau", discharge("seizure", 2)) == "TTL_RIGHT_UNKNOWN"


@pytest.mark.parametrize("kind", ["seizure", "objection"])
def test_a_court_speaks_by_an_account_that_is_its_court(kind: str) -> None:
    """Its other accounts lift nothing, and sign no judicial sale."""
    town = Town()
    town.does("court", add_account("court", "court-porter", "admin"))
    town.does("court", right(kind, until=30))
    assert town.refuses("court-porter", discharge(kind, 1)) == "AUTH_ROLE"
    refused = town.refuses(("bureau", "court-porter"), transfer(2, LI, (WANG, 1)))
    assert refused == ("TTL_SEIZED" if kind == "seizure" else "TTL_DISPUTED")
    town.later(31)
    assert town.refuses("court-porter", discharge(kind, 1)) == "AUTH_CONTROLLER"
    town.does("court", discharge(kind, 1))


def test_mortgages_have_ranks_and_follow_the_unit() -> None:
    town = Town()
    town.does("bureau", mortgage(1))
    receipt = town.submit("bureau", mortgage(1, "bank-a"))
    assert (receipt.code, facts(receipt)["rank"]) == ("TTL_RANK_TAKEN", 1)
    town.does("bureau", mortgage(2, "agent-b"))
    assert town.refuses("bureau", transfer(3, LI, (WANG, 1))) == "TTL_MORTGAGED"
    assert town.refuses(("bureau", "bank-a"), transfer(3, LI, (WANG, 1))) == "TTL_MORTGAGED"
    town.does(("bureau", "bank-a", "agent-b"), transfer(3, LI, (WANG, 1)))
    assert town.refuses("bureau", discharge("mortgage", 1)) == "AUTH_CONTROLLER"
    assert (
        town.refuses("bureau", ttl("split", HOME, 4, (unit_code(1), unit_code(2)), SOURCE)) == "TTL_MORTGAGED"
    )
    town.does("bank-a", discharge("mortgage", 1))
    town.does("bureau", mortgage(1))
    town.does("agent-b", discharge("mortgage", 2))
    assert town.ledger.get(b"encumbrance/title/" + unit_id(HOME)) is not None
    town.does("bank-a", discharge("mortgage", 3))
    assert town.ledger.get(b"encumbrance/title/" + unit_id(HOME)) is None


@pytest.mark.parametrize(
    "operation",
    [
        ttl("record", HOME, "mortgage", None, "bank-a", None, 1, "CNY", TODAY, None, SOURCE),
        ttl("record", HOME, "mortgage", None, "bank-a", 1, None, "CNY", TODAY, None, SOURCE),
        ttl("record", HOME, "mortgage", None, "bank-a", 1, 1, None, TODAY, None, SOURCE),
        ttl("record", HOME, "mortgage", None, "bank-a", 1, 1, "CNY", TODAY, TODAY + 1, SOURCE),
        ttl("record", HOME, "mortgage", None, None, 1, 1, "CNY", TODAY, None, SOURCE),
        ttl("record", HOME, "lease", WANG, None, 1, None, None, TODAY, None, SOURCE),
        right("notice"),
        right("lease"),
        right("lease", org="nobody"),
    ],
)
def test_rights_that_lack_something(operation: Operation) -> None:
    assert Town().refuses("bureau", operation) == "TTL_RIGHT"


def test_rights_end_after_they_begin() -> None:
    town = Town()
    late = ttl("record", HOME, "lease", WANG, None, None, None, None, TODAY + 5, TODAY + 4, SOURCE)
    assert town.refuses("bureau", late) == "TTL_DAYS"
    assert town.refuses("bureau", right("lease", holder=WANG, until=-1)) == "TTL_DAYS"


def test_an_objection_stops_every_disposal() -> None:
    town = Town()
    town.does("court", right("objection", holder=ZHAO, until=15))
    assert town.refuses("bureau", transfer(2, LI, (WANG, 1))) == "TTL_DISPUTED"
    assert town.refuses("bureau", mortgage()) == "TTL_DISPUTED"
    town.later(16)
    town.does("bureau", transfer(2, LI, (WANG, 1)))


def test_a_notice_keeps_the_unit_for_its_holder() -> None:
    town = Town()
    town.does("bureau", right("notice", holder=WANG))
    assert town.refuses("bureau", transfer(2, LI, (ZHAO, 1))) == "TTL_NOTICE"
    assert town.refuses("bureau", transfer(2, LI, (WANG, 1), (ZHAO, 1))) == "TTL_NOTICE"
    assert town.refuses("bureau", mortgage()) == "TTL_NOTICE"
    town.does("bureau", transfer(2, LI, (WANG, 1)), discharge("notice", 1))


def test_no_list_of_rights_grows_without_end() -> None:
    town = Town()
    for _ in range(RIGHTS_MAX // 8):
        town.does("bureau", *(right("lease", holder=WANG) for _ in range(8)))
    receipt = town.submit("bureau", right("lease", holder=WANG))
    assert (receipt.code, facts(receipt)["most"]) == ("TTL_RIGHTS_FULL", RIGHTS_MAX)


def test_split_and_merger() -> None:
    """Units that bear a right are neither; a code that was used is never used again."""
    town = Town()
    parts = tuple(unit_code(number) for number in (1, 2))
    town.does("bureau", right("residence", holder=ZHAO))
    split = ttl("split", HOME, 2, parts, SOURCE)
    assert town.refuses("bureau", split) == "TTL_RIGHT_STANDS"
    town.does("bureau", discharge("residence", 1))
    assert town.refuses("bureau", ttl("split", HOME, 2, parts, SOURCE)) == "TTL_STALE"
    far = unit_code(1, OTHER_DISTRICT)
    for units, code in (
        ((parts[0], far), "TTL_UNITS"),
        ((parts[0], HOME), "TTL_UNITS"),
        ((parts[0], "x"), "TTL_CODE"),
    ):
        assert town.refuses("bureau", ttl("split", HOME, 3, units, SOURCE)) == code
    assert town.refuses("bank-a", ttl("split", HOME, 3, parts, SOURCE)) == "AUTH_CONTROLLER"
    town.does("bureau", ttl("split", HOME, 3, parts, SOURCE))
    assert town.title()["successors"] == list(parts)
    assert town.title(parts[0])["predecessors"] == [HOME]
    assert town.refuses("bureau", transfer(4, LI, (WANG, 1))) == "TTL_ENDED"
    assert town.refuses("bureau", ttl("merge", HOME, parts, SOURCE)) == "TTL_EXISTS"
    whole = unit_code(3)
    town.does("bureau", transfer(1, LI, (WANG, 1), unit=parts[0]))
    assert town.refuses("bureau", ttl("merge", whole, parts, SOURCE)) == "TTL_SHARES"
    town.does("bureau", transfer(1, LI, (WANG, 1), unit=parts[1]), mortgage(unit=parts[1]))
    assert town.refuses("bureau", ttl("merge", whole, parts, SOURCE)) == "TTL_MORTGAGED"
    town.does("bank-a", discharge("mortgage", 1, parts[1]))
    assert town.refuses("court", ttl("merge", whole, parts, SOURCE)) == "AUTH_CONTROLLER"
    town.does("bureau", ttl("merge", whole, parts, SOURCE))
    assert town.title(whole)["predecessors"] == list(parts)
    assert town.refuses("bureau", ttl("split", whole, 1, (parts[0], unit_code(4)), SOURCE)) == "TTL_EXISTS"


def test_what_a_title_was_is_read_line_by_line() -> None:
    town = Town(homes=(HOME, unit_code(502)))
    town.does("bureau", mortgage())
    town.does("bank-a", discharge("mortgage", 1))
    lines = town.ledger.query("title", "history", {"unit": HOME}, None)["lines"]
    assert [(line["revision"], line["action"], line["org"]) for line in lines] == [
        (1, "registered", "bureau"),
        (2, "mortgage", "bureau"),
        (3, "discharged", "bank-a"),
    ]
    first = town.ledger.query("title", "list", {"limit": 1, "district": DISTRICT}, None)
    assert [row["unit"] for row in first["titles"]] == [HOME]
    rest = town.ledger.query("title", "list", {"after": first["next"]}, None)
    assert [row["unit"] for row in rest["titles"]] == [unit_code(502)]
