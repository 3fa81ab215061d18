"""Pools from the first asset to the trustee's word: each rule by its refusal, and no asset in two deals."""

from __future__ import annotations

import pytest

from p2pchain.business.securitisation.fields import MONEY_MAX, AssetRow
from p2pchain.business.securitisation.pool import LAPSE_DAYS
from p2pchain.codec.pool_ids import assets_digest, pool_id
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import facts, fingerprint, operation
from tests.unit.ledger.receivable_steps import TODAY, pledge
from tests.unit.ledger.receivable_steps import act as receivable_act
from tests.unit.ledger.receivable_steps import issue as owe
from tests.unit.ledger.receivable_steps import name as receivable_name
from tests.unit.ledger.registering import KEY_ID, doc, register
from tests.unit.ledger.securitisation_steps import (
    BUYER,
    DESK,
    FUND,
    KEYS,
    MATURITY,
    POOL,
    SERVICER,
    TRUSTEE,
    Deal,
    act,
    add,
    create,
    issue,
    loan,
    loans,
    root_of,
    seals,
)

OTHER_NONCE = bytes(16)
OTHER = pool_id(FUND, OTHER_NONCE)
SECOND = pool_id(DESK, OTHER_NONCE)


def refusal(deal: Deal, signers: str | tuple[str, ...], *operations: Operation) -> dict[str, object]:
    """Facts of what is refused, with its code."""
    receipt = deal.submit(signers, *operations)
    assert receipt.code != "OK"
    return {"code": receipt.code, **facts(receipt)}


def test_from_the_first_asset_to_the_trustee() -> None:
    deal = Deal()
    assets = loans(31)
    deal.does(DESK, add(assets[:20]))
    deal.does(DESK, add(assets[20:]), seals("seal", assets))
    deal.does(TRUSTEE, seals("accept", assets))
    shown = deal.show()
    assert (shown["state"], shown["count"], shown["balance_minor"]) == ("accepted", 31, 3_100_000)
    assert shown["root"] == root_of(assets).hex()
    assert (
        deal.ledger.query("securitisation", "list", {"org": TRUSTEE}, None)["pools"][0]["title"] == "Autos 1"
    )


def test_who_may_create() -> None:
    deal = Deal()
    assert deal.refuses(BUYER, create(OTHER_NONCE)) == "AUTH_ROLE"
    assert deal.refuses(DESK, create()) == "SEC_EXISTS"
    assert deal.refuses(DESK, create(OTHER_NONCE, servicer="nobody")) == "SEC_PARTY"
    assert deal.refuses(DESK, create(OTHER_NONCE, trustee=DESK)) == "SEC_PARTY"
    assert deal.refuses(DESK, create(OTHER_NONCE, trustee=SERVICER)) == "SEC_PARTY"
    assert deal.refuses(DESK, create(OTHER_NONCE, currency="EUX")) == "SEC_TERMS"
    deal.does(FUND, create())
    assert deal.show(pool_id(FUND, bytes(0)) if False else POOL)["originator"] == DESK, (
        "ids are the creator's"
    )


@pytest.mark.parametrize("action", ["add", "drop", "seal", "reopen", "accept", "issue", "rename"])
def test_nobody_else_forms_a_pool(action: str) -> None:
    deal = Deal()
    assets = loans(2)
    deal.does(DESK, add(assets))
    operations = {
        "add": add(loans(1, prefix="other")),
        "drop": act("drop", POOL, assets),
        "seal": seals("seal", assets),
        "reopen": act("reopen", POOL),
        "accept": seals("accept", assets),
        "issue": issue((1,)),
        "rename": act("rename", POOL, KEYS, assets, assets),
    }
    assert deal.refuses(FUND, operations[action]) == "AUTH_CONTROLLER"
    clerk = f"{TRUSTEE}-clerk" if action == "accept" else f"{DESK}-clerk"
    assert deal.refuses(clerk, operations[action]) == "AUTH_ROLE"


def test_a_pool_that_there_is_not() -> None:
    deal = Deal()
    assert deal.refuses(DESK, add(loans(1), SECOND)) == "SEC_UNKNOWN"


def test_two_of_thirty_one_are_taken_elsewhere() -> None:
    """By each class for itself, and nobody is named."""
    deal = Deal()
    deal.does(FUND, create(OTHER_NONCE))
    deal.does(FUND, add((loan("loan 4", 5), loan("theirs", car="red")), OTHER))
    tape = (*loans(30), loan("new number", car="red"))
    assert refusal(deal, DESK, add(tape)) == {
        "code": "SEC_ASSET_TAKEN",
        "pool": POOL.hex(),
        "state": "open",
        "taken": 2,
        "of": 31,
        "number": 5,
        "class": "contract",
    }
    assert deal.checks(tape) == {
        "taken_count": 2,
        "assets_count": 31,
        "taken": [
            {"number": 5, "class": "contract", "encumbrance": "pooled"},
            {"number": 31, "class": "collateral", "encumbrance": "pooled"},
        ],
    }
    free = tuple(asset for number, asset in enumerate(tape, 1) if number not in (5, 31))
    deal.does(DESK, add(free))
    assert deal.show()["count"] == 29


def test_the_same_car_under_a_new_contract() -> None:
    deal = Deal()
    deal.does(DESK, add((loan("one", car="red"),)))
    assert refusal(deal, DESK, add((loan("two", car="red"),)))["class"] == "collateral"
    assert refusal(deal, DESK, add((loan("one", 1, car="blue"),)))["class"] == "contract"
    assert (
        deal.refuses(DESK, add((loan("two", car="green"), loan("three", car="green")))) == "SEC_ASSET_TAKEN"
    )
    assert deal.refuses(DESK, add((loan("one", car="red"),))) == "SEC_ASSET_TAKEN", "not twice in one pool"


def test_what_is_dropped_is_free() -> None:
    deal = Deal()
    assets = (loan("one", car="red"), loan("two"))
    deal.does(DESK, add(assets))
    deal.does(DESK, act("drop", POOL, assets[:1]))
    assert (deal.show()["count"], deal.show()["balance_minor"]) == (1, 100_000)
    deal.does(FUND, create(OTHER_NONCE), add(assets[:1], OTHER))
    assert deal.refuses(DESK, act("drop", POOL, assets[:1])) == "SEC_ASSET_ABSENT"
    other = (loan("two", 99_999),)
    assert refusal(deal, DESK, act("drop", POOL, other))["number"] == 1, "a lesser balance is another asset"
    assert deal.refuses(DESK, act("drop", POOL, (loan(""),))) == "SEC_ASSET_ABSENT"


@pytest.mark.parametrize(
    ("asset", "criterion"),
    [
        (loan("x", 5_001), "balance"),
        (loan("x", 5, maturity=MATURITY + 1), "maturity"),
        (loan("x", 5, arrears=31), "arrears"),
        (loan("x", 5, original=4), "original"),
        (loan("", 5), "identity"),
    ],
)
def test_criteria(asset: AssetRow, criterion: str) -> None:
    deal = Deal()
    deal.does(DESK, create(OTHER_NONCE, largest=5_000, latest=MATURITY, arrears=30))
    good = loan("good", 5_000, arrears=30)
    told = refusal(deal, DESK, add((good, asset), SECOND))
    assert (told["code"], told["number"], told["criterion"]) == ("SEC_INELIGIBLE", 2, criterion)
    deal.does(DESK, add((good,), SECOND))


def test_hashes_are_made_under_the_keys_in_force() -> None:
    deal = Deal()
    one = loans(1)
    assert deal.refuses(DESK, add(one, keys=())) == "SEC_KEYS"
    assert deal.refuses(DESK, add(one, keys=((1, bytes(32)),))) == "SEC_KEYS"
    assert deal.refuses(DESK, add(one, keys=((1, KEY_ID), (2, KEY_ID)))) == "SEC_KEYS"
    assert deal.refuses(DESK, add((loan("x", epoch=2),))) == "SEC_KEYS"


def test_a_key_ends_once_assets_are_named_under_the_next() -> None:
    """So that a loan in a pool is met under every key that comes."""
    deal = Deal()
    quorum = (DESK, SERVICER, TRUSTEE, FUND)
    old = (loan("one"), loan("two", car="red"))
    deal.does(DESK, add(old))
    second = (2, fingerprint("key id 2"))
    rotate = operation("registry", "rotate_key", *second, fingerprint("key check 2"))
    deal.does(quorum, rotate)
    told = refusal(deal, quorum, operation("registry", "close_key", 1, False))
    assert (told["code"], told["documents"]) == ("REG_KEY_NEEDED", 2)
    keys = (*KEYS, second)
    new = tuple((2, (*row[1], fingerprint(f"second {row[1]!r}")), *row[2:3], *row[3:]) for row in old)
    assert deal.refuses(DESK, act("rename", POOL, keys, old, new[:1])) == "SEC_ASSET_ABSENT"
    bare = tuple((2, row[1][1:], *row[2:]) for row in new)
    assert deal.refuses(DESK, act("rename", POOL, keys, old, bare)) == "SEC_ASSET_ABSENT", "a name less"
    dearer = tuple((*row[:5], row[5] + 1, row[6] + 1, *row[7:]) for row in new)
    assert deal.refuses(DESK, act("rename", POOL, keys, old, dearer)) == "SEC_ASSET_ABSENT"
    deal.does(DESK, act("rename", POOL, keys, old, new))
    deal.does(quorum, operation("registry", "close_key", 1, False))
    later = (2, new[0][1][1:], *loan("x")[2:])
    assert deal.refuses(DESK, add((later,), keys=(second,))) == "SEC_ASSET_TAKEN"
    deal.does(DESK, act("drop", POOL, new))
    assert deal.show()["balance_minor"] == 0


def test_no_other_asset_comes_in_as_a_new_name() -> None:
    """A name more under the same key, a class more, or two names more under the next, is another asset."""
    deal = Deal()
    (mine,) = loans(1)
    theirs = tuple(loan(f"theirs {number}", car=f"theirs {number}") for number in range(2))
    deal.accepted((mine,))
    more = (mine[0], (*mine[1], *theirs[0][1]), *mine[2:])
    assert deal.refuses(DESK, act("rename", POOL, KEYS, (mine,), (more,))) == "SEC_ASSET_ABSENT"
    quorum = (BUYER, DESK, FUND, SERVICER, TRUSTEE)
    second = (2, fingerprint("second key"))
    deal.does(quorum, operation("registry", "rotate_key", *second, fingerprint("check")))
    keys = (*KEYS, second)
    renamed = (2, (*mine[1], fingerprint("new")), *mine[2:])
    for other in (
        (2, (*renamed[1], *theirs[0][1]), *mine[2:]),
        (2, renamed[1], theirs[0][2], *mine[3:]),
    ):
        assert deal.refuses(DESK, act("rename", POOL, keys, (mine,), (other,))) == "SEC_ASSET_ABSENT"
    deal.does(DESK, act("rename", POOL, keys, (mine,), (renamed,)))
    assert deal.checks(theirs)["taken_count"] == 0


def test_seal_and_accept_hold_against_the_pool() -> None:
    deal = Deal()
    assets = loans(3)
    assert deal.refuses(DESK, seals("seal", ())) == "SEC_COUNT_MISMATCH", "an empty pool is none"
    deal.does(DESK, add(assets))
    assert deal.refuses(DESK, seals("seal", assets, count=2)) == "SEC_COUNT_MISMATCH"
    assert deal.refuses(DESK, seals("seal", assets, balance=1)) == "SEC_BALANCE_MISMATCH"
    assert deal.refuses(DESK, seals("seal", assets, original=1)) == "SEC_BALANCE_MISMATCH"
    assert deal.refuses(TRUSTEE, seals("accept", assets)) == "SEC_STATE"
    deal.does(DESK, seals("seal", assets))
    assert deal.refuses(DESK, add(loans(1, prefix="more"))) == "SEC_STATE"
    assert deal.refuses(DESK, act("drop", POOL, assets)) == "SEC_STATE"
    assert deal.refuses(TRUSTEE, seals("accept", assets, root=bytes(32))) == "SEC_ROOT_MISMATCH"
    assert deal.refuses(TRUSTEE, seals("accept", assets, count=4)) == "SEC_COUNT_MISMATCH"
    deal.does(DESK, act("reopen", POOL), act("drop", POOL, assets[:1]), seals("seal", assets[1:]))
    deal.does(TRUSTEE, seals("accept", assets[1:]))
    assert deal.refuses(DESK, act("reopen", POOL)) == "SEC_STATE"


def test_what_is_sealed_is_what_is_encumbered() -> None:
    """Who pools other loans of the same balances, and seals its real file, would pool that elsewhere, too."""
    deal = Deal()
    real, false = loans(3), loans(3, prefix="false")
    deal.does(DESK, add(false))
    assert deal.refuses(DESK, seals("seal", real)) == "SEC_ROOT_MISMATCH"
    feigned = seals("seal", real, digest=assets_digest(POOL, false))
    deal.does(DESK, feigned)
    assert deal.refuses(TRUSTEE, seals("accept", real)) == "SEC_ROOT_MISMATCH"
    deal.does(DESK, act("reopen", POOL), act("drop", POOL, false), add(real[::-1]), seals("seal", real))
    deal.does(TRUSTEE, seals("accept", real))


def test_a_pool_for_no_deal_keeps_nobody_out_for_ever() -> None:
    """Who adds another's loans to block it loses them after ``LAPSE_DAYS``, by anybody's word."""
    deal = Deal()
    assets = loans(2)
    deal.does(FUND, create(OTHER_NONCE), add(assets, OTHER))
    assert deal.refuses(DESK, act("drop", OTHER, assets)) == "AUTH_CONTROLLER"
    deal.later(LAPSE_DAYS + 1)
    deal.does(DESK, act("drop", OTHER, assets))
    assert deal.refuses(FUND, add(assets, OTHER)) == "SEC_LAPSED"
    assert deal.refuses(FUND, seals("seal", assets, OTHER)) == "SEC_LAPSED"
    deal.does(DESK, create(pool_nonce := bytes(15) + b"\x01"), add(assets, pool_id(DESK, pool_nonce)))
    assert deal.show(OTHER)["lapsed"] is True


def test_no_sum_beyond_what_a_pool_may_hold() -> None:
    deal = Deal()
    deal.does(DESK, add((loan("one", MONEY_MAX),)))
    assert deal.refuses(DESK, add((loan("two", 1),))) == "SEC_AMOUNT_BEYOND"


def a_receivable(deal: Deal, text: str = "r", *, document: bytes | None = None) -> bytes:
    """A receivable that the desk holds and the buyer has accepted."""
    receivable = receivable_name(text, DESK)
    deal.does(
        DESK, owe(receivable, debtor=BUYER, creditor=DESK, amount=5_000, currency="EUR", document=document)
    )
    deal.does(BUYER, receivable_act("accept", receivable))
    return receivable


def pooled(
    receivable: bytes, *documents: bytes, balance: int = 5_000, maturity: int = TODAY + 180
) -> AssetRow:
    """The row of a receivable."""
    return loan("", balance, receivable=receivable, documents=documents, maturity=maturity)


def test_a_receivable_is_pooled_with_its_invoice() -> None:
    """And is neither transferred, split, pledged nor pooled again until it is out."""
    deal = Deal()
    deal.does(DESK, register("inv"))
    item = a_receivable(deal, document=doc("inv"))
    row = pooled(item)
    deal.does(DESK, add((row,), keys=()))
    assert deal.refuses(DESK, receivable_act("transfer", item, FUND, False)) == "ENC_ACTIVE"
    assert deal.refuses(DESK, receivable_act("split", item, (1, 4_999))) == "ENC_ACTIVE"
    assert deal.refuses((DESK, FUND), pledge(item, FUND)) == "ENC_ACTIVE"
    assert deal.refuses(DESK, operation("registry", "finance", doc("inv"), 10**18, True)) == (
        "REG_DUPLICATE_FINANCED"
    )
    deal.does(DESK, create(OTHER_NONCE))
    assert refusal(deal, DESK, add((row,), SECOND, ()))["class"] == "receivable"
    by_invoice = loan("", 5_000, documents=(doc("inv"),))
    assert refusal(deal, DESK, add((by_invoice,), SECOND, ()))["class"] == "document"
    assert deal.checks((row,))["taken"] == [{"number": 1, "class": "receivable", "encumbrance": "pooled"}]
    deal.does(DESK, act("drop", POOL, (row,)))
    assert deal.refuses(DESK, act("drop", POOL, (row,))) == "SEC_ASSET_ABSENT"
    deal.does(DESK, add((by_invoice,), SECOND, ()))
    told = refusal(deal, DESK, add((row,), keys=()))
    assert (told["code"], told["class"]) == ("SEC_ASSET_TAKEN", "receivable")
    deal.does(DESK, act("drop", SECOND, (by_invoice,)))
    deal.does(DESK, receivable_act("transfer", item, FUND, False))
    assert deal.refuses(DESK, add((row,), keys=())) == "RCV_OFFERED"


def test_a_receivable_says_itself_what_it_is() -> None:
    deal = Deal()
    deal.does(DESK, register("inv"))
    item = a_receivable(deal)
    named = {"document": doc("inv")}
    for row, criterion in (
        (pooled(item, doc("inv"), balance=4_999), "balance"),
        (pooled(item, doc("inv"), maturity=TODAY), "maturity"),
    ):
        assert refusal(deal, DESK, add((row,), keys=()))["criterion"] == criterion
    assert deal.refuses(DESK, add((pooled(item),), keys=())) == "SEC_DOCUMENT_NEEDED"
    unknown = pooled(item, doc("other"))
    assert deal.refuses(DESK, add((unknown,), keys=())) == "SEC_DOCUMENT_UNREGISTERED"
    deal.does(DESK, create(OTHER_NONCE, currency="USD"))
    row = pooled(item, named["document"])
    assert refusal(deal, DESK, add((row,), SECOND, ()))["criterion"] == "currency"
    deal.does(FUND, create(OTHER_NONCE))
    assert deal.refuses(FUND, add((row,), OTHER, ())) == "AUTH_CONTROLLER"
    deal.does(DESK, add((row,), keys=()))
    history = deal.ledger.query("receivable", "history", {"receivable": item}, None)
    assert history["lines"][-1]["action"] == "pooled"


def test_what_a_bank_has_discounted_it_pools() -> None:
    """Nobody else finances it meanwhile, and once it is out it is financed as before."""
    deal = Deal()
    deal.does(FUND, register("inv"))
    item = a_receivable(deal, document=doc("inv"))
    deal.does(DESK, receivable_act("request_finance", item, FUND, 4_900, False))
    deal.does(FUND, receivable_act("finance", item, None, False, False))
    deal.does(FUND, create(OTHER_NONCE))
    row = pooled(item)
    deal.does(FUND, add((row,), OTHER, ()))
    show = {"document": doc("inv")}
    assert deal.ledger.query("encumbrance", "document", show, None)["encumbrance"] == "pooled"
    deal.does(FUND, act("drop", OTHER, (row,)))
    assert deal.ledger.query("encumbrance", "document", show, None)["encumbrance"] == "financed"
    assert deal.refuses(FUND, receivable_act("request_finance", item, DESK, 1, False)) == "ENC_ACTIVE"


def test_a_discounted_receivable_leaves_its_pool_though_the_claim_was_struck() -> None:
    """What its financier has lost stays lost, and what another has on the invoice stays as it is."""
    deal = Deal()
    deal.does(FUND, register("inv"))
    item = a_receivable(deal, document=doc("inv"))
    deal.does(DESK, receivable_act("request_finance", item, FUND, 4_900, False))
    deal.does(FUND, receivable_act("finance", item, None, False, False), create(OTHER_NONCE))
    row = pooled(item)
    deal.does(FUND, add((row,), OTHER, ()))
    deal.does(DESK, register("inv", "else"))
    deal.does(DESK, operation("registry", "contest", doc("inv"), doc("inv")))
    deal.later(30)
    deal.does(DESK, operation("registry", "register", *register("inv", "else").args))
    show = {"document": doc("inv")}
    assert deal.ledger.query("encumbrance", "document", show, None)["encumbrance"] is None
    deal.does(FUND, act("drop", OTHER, (row,)))
    assert deal.ledger.query("encumbrance", "document", show, None)["encumbrance"] is None
    own: dict[str, Value] = {"sort": "receivable", "id": item}
    assert deal.ledger.query("encumbrance", "show", own, None)["encumbrance"] == "financed"


def test_an_invoice_whose_claim_was_struck_does_not_hold_its_asset() -> None:
    """Beside another name the asset still leaves the pool."""
    deal = Deal()
    deal.does(DESK, register("inv"))
    row = loan("one", documents=(doc("inv"),))
    deal.does(DESK, add((row,)))
    deal.does(FUND, register("inv", "else"))
    deal.does(FUND, operation("registry", "contest", doc("inv"), doc("inv")))
    deal.later(30)
    deal.does(FUND, operation("registry", "register", *register("inv", "else").args))
    show = {"document": doc("inv")}
    assert deal.ledger.query("encumbrance", "document", show, None)["encumbrance"] is None
    deal.does(DESK, act("drop", POOL, (row,)))
    assert deal.show()["count"] == 0
