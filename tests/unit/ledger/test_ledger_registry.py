"""The rules of the registry: what passes, what is refused by which code, and what the asker is told."""

from __future__ import annotations

from dataclasses import replace
from itertools import permutations

import pytest

from p2pchain.business.registry.document import REGISTRATIONS_MAX
from p2pchain.model.errors import Refused
from tests.unit.ledger.ledger_world import a_genesis, facts, key, operation, organisation
from tests.unit.ledger.registering import Keyed, doc
from tests.unit.ledger.registry_steps import (
    HALF,
    LEAST,
    WHOLE,
    cancel,
    finance,
    refused,
    register,
    release,
    shares,
    told,
    world_with,
)


def test_a_new_document() -> None:
    event = told(Keyed().submit("bank-a", register()))
    assert event == {
        "name": "registered",
        "document": doc("x"),
        "state": "registered",
        "match": None,
        "cross_applicant": False,
        "share": 0,
        "financed_share": 0,
        "remaining_share": WHOLE,
        "reason": None,
    }


def test_a_known_document_matches_exactly() -> None:
    world = world_with(("bank-a", register()))
    again = told(world.submit("bank-a", register()))
    assert (again["match"], again["state"], again["cross_applicant"]) == ("exact", "registered", False)
    other = told(world.submit("bank-b", register()))
    assert (other["match"], other["state"], other["cross_applicant"]) == ("exact", "registered", True)


def test_a_financed_document_is_told_and_its_holder_is_not() -> None:
    world = world_with(("bank-a", register()), ("bank-a", finance(share=HALF)))
    receipt = world.submit("bank-b", register())
    event = told(receipt)
    assert (event["match"], event["state"], event["cross_applicant"]) == ("exact", "financed", True)
    assert shares(event) == (0, 0, 0), "what is left of another's document is not for bank-b"
    assert "bank-a" not in repr(receipt)


@pytest.mark.parametrize("registered", [True, False])
def test_no_second_organisation_finances(registered: bool) -> None:
    world = world_with(("bank-a", register()), ("bank-a", finance(share=LEAST)))
    if registered:
        world.submit("bank-b", register())
    code, why = refused(world, "bank-b", finance(share=LEAST))
    assert code == "REG_DUPLICATE_FINANCED"
    assert why == {
        "document": doc("x").hex(),
        "state": "financed",
        "match": "exact",
        "cross_applicant": True,
        "remaining_share": 0,
    }


def test_partial_financing_up_to_the_total() -> None:
    world = world_with(("bank-a", register()))
    assert shares(told(world.submit("bank-a", finance(share=HALF)))) == (HALF, HALF, HALF)
    code, why = refused(world, "bank-a", finance(share=HALF + 1))
    assert (code, why["remaining_share"], why["share_whole"]) == ("REG_EXCEEDS_TOTAL", HALF, WHOLE)
    assert shares(told(world.submit("bank-a", finance(share=HALF)))) == (HALF, WHOLE, 0)
    code, why = refused(world, "bank-a", finance(share=LEAST))
    assert (code, why["cross_applicant"]) == ("REG_DUPLICATE_FINANCED", False)


def test_two_banks_in_one_block_one_succeeds() -> None:
    for first, second in permutations(("bank-a", "bank-b")):
        world = Keyed()
        receipts = world.block(
            world.transaction(first, register(), finance()),
            world.transaction(second, register(), finance()),
        )
        assert [receipt.code for receipt in receipts] == ["OK", "REG_DUPLICATE_FINANCED"]
        assert facts(receipts[1])["cross_applicant"] is True
        assert facts(receipts[1])["operation"] == 1


def test_only_registered_documents_are_financed() -> None:
    world = world_with(("bank-a", register()))
    assert refused(world, "bank-b", finance("other"))[0] == "REG_UNKNOWN_DOCUMENT"
    assert refused(world, "bank-b", finance())[0] == "REG_NOT_REGISTERED"


@pytest.mark.parametrize("name", ["buyer", "bank-a-clerk"])
def test_only_financiers(name: str) -> None:
    world = world_with(("bank-a", register()))
    for step in (register(), finance(), release("repaid"), cancel()):
        receipt = world.submit(name, step)
        assert (receipt.code, facts(receipt)["role_needed"]) == ("AUTH_ROLE", "financier")
    for account in (key(name), None):
        with pytest.raises(Refused, match="AUTH_ROLE"):
            world.ledger.query("registry", "check", {"document": doc("x")}, account)


def test_a_similar_document_must_be_acknowledged() -> None:
    world = world_with(("bank-a", register()), ("bank-a", finance()))
    event = told(world.submit("bank-b", register("changed total")))
    assert (event["match"], event["state"], event["cross_applicant"]) == ("similar", "registered", False)
    code, why = refused(world, "bank-b", finance("changed total"))
    assert (code, why["match"], why["similar"]) == ("REG_SIMILAR_UNACKNOWLEDGED", "similar", 1)
    event = told(world.submit("bank-b", finance("changed total", acknowledge=True)))
    assert (event["match"], event["state"]) == ("similar", "financed")


def test_a_similar_document_counts_in_every_state_but_cancelled() -> None:
    for steps, similar in (
        ((register(),), True),
        ((register(), finance()), True),
        ((register(), finance(), release("withdrawn")), True),
        ((register(), finance(), release("repaid")), True),
        ((register(), cancel()), False),
    ):
        world = world_with(*(("bank-a", step) for step in steps))
        assert told(world.submit("bank-b", register("later")))["match"] == ("similar" if similar else None)
        assert world.submit("bank-b", finance("later")).code == (
            "REG_SIMILAR_UNACKNOWLEDGED" if similar else "OK"
        )


def test_a_similar_document_that_came_later_counts_too() -> None:
    world = world_with(("bank-a", register()), ("bank-b", register("later")))
    assert refused(world, "bank-a", finance())[0] == "REG_SIMILAR_UNACKNOWLEDGED"
    world.submit("bank-b", cancel("later"))
    assert told(world.submit("bank-a", finance()))["match"] is None


def test_another_sellers_number_is_no_match() -> None:
    world = world_with(("bank-a", register("seller one, 1", "weak one")))
    event = told(world.submit("bank-b", register("seller two, 1", "weak two")))
    assert event["match"] is None
    assert told(world.submit("bank-b", finance("seller two, 1")))["state"] == "financed"


def test_a_false_weak_name_shields_nobody() -> None:
    world = world_with(("bank-a", register("x", "false")), ("bank-b", register("x", "true")))
    assert told(world.submit("bank-c", register("y", "true")))["match"] == "similar"
    assert refused(world, "bank-c", finance("y"))[0] == "REG_SIMILAR_UNACKNOWLEDGED"
    world.submit("bank-b", register("x", "other"))
    assert told(world.submit("bank-c", finance("y")))["match"] is None, "who declared it takes it back"


@pytest.mark.parametrize("reason", ["withdrawn", "not_funded"])
def test_released_and_open_again(reason: str) -> None:
    world = world_with(("bank-a", register()), ("bank-b", register()), ("bank-a", finance()))
    event = told(world.submit("bank-a", release(reason)))
    assert (event["name"], event["state"], event["reason"]) == ("released", "released", reason)
    assert shares(event) == (WHOLE, 0, WHOLE)
    event = told(world.submit("bank-b", finance()))
    assert (event["state"], event["reason"], event["cross_applicant"]) == ("financed", None, False)
    assert refused(world, "bank-a", finance())[0] == "REG_DUPLICATE_FINANCED"


def test_registering_reopens_what_was_released() -> None:
    world = world_with(("bank-a", register()), ("bank-a", finance()), ("bank-a", release("withdrawn")))
    event = told(world.submit("bank-c", register()))
    assert (event["state"], event["match"], event["reason"]) == ("registered", "exact", None)
    assert told(world.submit("bank-c", finance()))["state"] == "financed"


def test_repaid_is_closed_for_ever() -> None:
    world = world_with(("bank-a", register()), ("bank-a", finance(share=HALF)))
    event = told(world.submit("bank-a", release("repaid")))
    assert (event["state"], event["reason"], event["remaining_share"]) == ("released", "repaid", 0)
    for name in ("bank-a", "bank-b"):
        event = told(world.submit(name, register()))
        assert (event["match"], event["state"], event["reason"]) == ("exact", "released", "repaid")
        code, why = refused(world, name, finance(share=LEAST))
        assert (code, why["match"], why["cross_applicant"]) == ("REG_REPAID", "exact", name == "bank-b")
        assert refused(world, name, cancel())[0] == "REG_REPAID"
        assert refused(world, name, release("withdrawn"))[0] == "REG_NOT_FINANCED"


def test_a_share_is_released_and_the_rest_stays_financed() -> None:
    world = world_with(("bank-a", register()), ("bank-a", finance()))
    event = told(world.submit("bank-a", release("withdrawn", share=HALF)))
    assert (event["state"], event["reason"]) == ("financed", "withdrawn")
    assert shares(event) == (HALF, HALF, HALF)
    code, why = refused(world, "bank-a", release("withdrawn", share=HALF + 1))
    assert (code, why["financed_share"]) == ("REG_EXCEEDS_FINANCED", HALF)
    assert told(world.submit("bank-a", finance(share=HALF)))["remaining_share"] == 0


def test_a_repaid_share_is_not_financed_again() -> None:
    world = world_with(("bank-a", register()), ("bank-a", finance(share=HALF)))
    event = told(world.submit("bank-a", release("repaid", share=HALF // 2)))
    assert shares(event) == (HALF // 2, HALF // 2, HALF)
    assert refused(world, "bank-a", finance(share=HALF + 1))[0] == "REG_EXCEEDS_TOTAL"
    assert told(world.submit("bank-a", finance(share=HALF)))["remaining_share"] == 0
    event = told(world.submit("bank-a", release("withdrawn")))
    assert (event["state"], event["reason"], event["remaining_share"]) == ("released", "repaid", 0)
    assert refused(world, "bank-a", finance(share=LEAST))[0] == "REG_REPAID"


def test_release_is_for_the_holder_and_its_reasons() -> None:
    world = world_with(("bank-a", register()), ("bank-b", register()))
    assert refused(world, "bank-a", release("repaid"))[0] == "REG_NOT_FINANCED"
    world.submit("bank-a", finance())
    assert refused(world, "bank-b", release("repaid"))[0] == "REG_NOT_HOLDER"
    assert refused(world, "bank-a", release("tired")) == (
        "REG_BAD_REASON",
        {"reason": "tired", "expected": "withdrawn,not_funded,repaid"},
    )
    assert refused(world, "bank-a", release("repaid", "other"))[0] == "REG_UNKNOWN_DOCUMENT"


def test_cancel_takes_back_ones_own_registration() -> None:
    world = world_with(("bank-a", register()), ("bank-b", register()))
    event = told(world.submit("bank-a", cancel()))
    assert (event["name"], event["state"]) == ("cancelled", "registered"), "bank-b still offers it"
    assert refused(world, "bank-a", finance())[0] == "REG_NOT_REGISTERED"
    assert refused(world, "bank-a", cancel())[0] == "REG_NOT_REGISTERED"
    assert told(world.submit("bank-b", cancel()))["state"] == "cancelled"
    assert refused(world, "bank-b", cancel())[0] == "REG_CANCELLED"
    assert refused(world, "bank-b", finance())[0] == "REG_CANCELLED"
    event = told(world.submit("bank-a", register()))
    assert (event["state"], event["match"]) == ("registered", None)


def test_cancel_only_while_nobody_finances() -> None:
    world = world_with(("bank-a", register()), ("bank-b", register()), ("bank-a", finance()))
    for name, cross in (("bank-a", False), ("bank-b", True)):
        code, why = refused(world, name, cancel())
        assert (code, why["cross_applicant"]) == ("REG_FINANCED", cross)
    world.submit("bank-a", release("not_funded"))
    assert told(world.submit("bank-b", cancel()))["state"] == "released"
    assert told(world.submit("bank-a", cancel()))["state"] == "cancelled"
    assert refused(world, "bank-a", cancel("other"))[0] == "REG_UNKNOWN_DOCUMENT"


def test_cancelling_everything_leaves_one_record() -> None:
    world = world_with(("bank-a", register()), ("bank-b", register("x", "other weak")))
    world.submit("bank-a", cancel())
    world.submit("bank-b", cancel())
    left = [name for name, _ in world.records[1].changes if world.ledger.get(name) is not None]
    assert left == [b"registry/document/" + doc("x")]


def test_too_many_registrations() -> None:
    names = [f"bank-{number:03}" for number in range(REGISTRATIONS_MAX + 1)]
    banks = tuple(replace(organisation(name, ("financier",)), nodes=()) for name in names)
    genesis = a_genesis()
    world = Keyed(replace(genesis, organisations=genesis.organisations[-1:] + banks))
    world.block(*(world.transaction(name, register()) for name in names[:-1]))
    code, why = refused(world, names[-1], register())
    assert (code, why["most"], why["match"]) == ("REG_TOO_MANY_REGISTRATIONS", REGISTRATIONS_MAX, "exact")
    assert told(world.submit(names[0], register()))["match"] == "exact"
    world.submit(names[0], cancel())
    assert world.submit(names[-1], register()).code == "OK"


def test_bad_arguments() -> None:
    world = world_with(("bank-a", register()))
    for args in (
        (b"short", WHOLE, False),
        (doc("x"), 0, False),
        (doc("x"), WHOLE + 1, False),
    ):
        assert world.submit("bank-a", operation("registry", "finance", *args)).code == "TX_INVALID_ARGS"
    assert world.submit("bank-a", operation("registry", "finance", doc("x"), 1, 1)).code == (
        "TX_INVALID_ARGS"
    )
