"""What a member learns of another's deals: a test for each row of the table in ``docs/private.md``."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from p2pchain.client.registry import EpochKey, NamedInvoice, register_operation
from p2pchain.codec.consent_ids import patient_commitment
from p2pchain.codec.private import payload_root
from p2pchain.documents import name_invoice, read_invoice
from p2pchain.ledger.record import read_record
from p2pchain.model.transaction import Event, Receipt, Value
from tests.unit.ledger.consent_steps import FORM, PATIENT, SCAN, HealthNetwork, access, ask, consent
from tests.unit.ledger.ledger_world import key, operation, signing_key
from tests.unit.ledger.membership_steps import set_sealing_key
from tests.unit.ledger.receivable_steps import AMOUNT, Market, act, finance, issue, name
from tests.unit.ledger.registering import Keyed, doc, register

TOP = Path(__file__).parents[3]
SAMPLE = TOP / "tests" / "samples" / "invoice-ubl.xml"
WHOLE = 10**18
R = name("r")


def test_each_row_of_the_page_is_a_test_here() -> None:
    page = (TOP / "docs" / "private.md").read_text("utf-8")
    rows = re.findall(r"^\|.*\| `([a-z]+)` \|$", page, re.MULTILINE)
    assert rows
    for row in rows:
        assert f"test_{row}" in globals(), row


def record(world: Keyed | Market, state_key: bytes) -> tuple[Value, ...]:
    """A record as every member's node has it."""
    raw = world.ledger.get(state_key)
    assert raw is not None
    return read_record(raw)


def test_registration() -> None:
    """The record and the signer name the bank; what is registered is hashes under a key."""
    world = Keyed()
    transaction = world.transaction("bank-a", register())
    world.block(transaction)
    assert transaction.transaction.body.signers == (key("bank-a"),)
    assert record(world, b"registry/document/" + doc("x"))[-1] == ("bank-a",)
    facts = read_invoice(SAMPLE.read_bytes())
    written = [
        register_operation(named.documents[0], named).args
        for secret in (b"1" * 32, b"2" * 32)
        for named in [NamedInvoice(by_epoch=((EpochKey(epoch=1, key=secret), name_invoice(facts, secret)),))]
    ]
    one, other = ({*leaves(args)} for args in written)
    assert {each for each in one & other if isinstance(each, bytes)} == set(), "nothing without the key"
    assert not [each for each in one if isinstance(each, str)], "no text of the invoice"
    assert facts.total_minor not in one


def leaves(value: Value) -> list[Value]:
    """All that stands in nested arrays."""
    return [leaf for each in value for leaf in leaves(each)] if isinstance(value, tuple) else [value]


def test_financing() -> None:
    """Holder and share stand in the record."""
    world = Keyed()
    world.submit("bank-a", register())
    world.submit("bank-a", operation("registry", "finance", doc("x"), WHOLE // 4, False))
    assert record(world, b"registry/document/" + doc("x"))[:3] == ("financed", "bank-a", WHOLE // 4)
    world.submit("bank-a", operation("registry", "release", doc("x"), None, "repaid"))
    assert record(world, b"registry/document/" + doc("x"))[4] == "repaid"


def test_answers() -> None:
    """No answer, refusal or event of the registry names another organisation."""
    world = Keyed()
    told: list[object] = [world.submit("bank-a", register())]
    told.append(world.submit("bank-a", operation("registry", "finance", doc("x"), WHOLE, False)))
    told.append(world.submit("bank-b", register("y")))
    told.append(world.submit("bank-b", register()))
    told.append(world.submit("bank-b", operation("registry", "finance", doc("x"), WHOLE, True)))
    told.append(world.submit("bank-b", operation("registry", "contest", doc("x"), doc("x"))))
    for account in (key("bank-b"), None):
        told.append(world.ledger.query("registry", "show", {"document": doc("x")}, account))
        told.append(world.ledger.query("registry", "list", {}, account))
    told.append(world.ledger.query("registry", "check", {"document": doc("x")}, key("bank-b")))
    assert [each.code for each in told if isinstance(each, Receipt)] == [
        *["OK"] * 4,
        "REG_DUPLICATE_FINANCED",
        "OK",
    ]
    assert "bank-" not in repr(told)


def test_similar() -> None:
    """Both sides are told which documents, and nobody who the other is."""
    world = Keyed()
    world.submit("bank-a", register("x", "a name"))
    receipt = world.submit("bank-b", register("y", "a name"))
    event = Event(module="registry", name="similar", fields=(doc("x"), doc("y"), "registered"))
    assert event in receipt.events
    shown = world.ledger.query("registry", "show", {"document": doc("x")}, key("bank-a"))
    assert shown["similar_count"] == 1
    assert (
        world.ledger.query("registry", "show", {"document": doc("x")}, key("bank-b"))["similar_count"] is None
    )


def test_contest() -> None:
    """Claimant and contester stand in the record."""
    world = Keyed()
    world.submit("bank-a", register(), operation("registry", "finance", doc("x"), WHOLE, False))
    world.submit("bank-b", register(), operation("registry", "contest", doc("x"), doc("x")))
    assert record(world, b"registry/contest/" + doc("x"))[:2] == ("bank-a", "bank-b")


def test_receivable() -> None:
    """All of it is open to every member, and to whoever asks as nobody."""
    market = Market()
    market.does("buyer", issue(R))
    market.does("buyer", act("accept", R))
    market.does("supplier", act("request_finance", R, "bank-a", 1_000, True))
    market.does("bank-a", finance(R, none=True))
    shown = market.shown(R)
    assert (shown["debtor"], shown["creditor"], shown["holder"]) == ("buyer", "supplier", "bank-a")
    assert (shown["amount_minor"], shown["financier"], shown["no_document"]) == (AMOUNT, "bank-a", "bank-a")
    history = market.ledger.query("receivable", "history", {"receivable": R}, None)
    assert (1_000, True) in [line["note"] for line in history["lines"]]


def test_payload() -> None:
    """Owner, recipients and size are open; of the content there is a root."""
    market = Market()
    for org in ("bank-a", "bank-b"):
        market.does(org, set_sealing_key(org, signing_key(org)))
    put = operation("private", "put", bytes(32), bytes(32), 100, ("bank-a", "bank-b"))
    market.does("bank-a", put)
    root = payload_root("bank-a", bytes(32))
    shown = market.ledger.query("private", "show", {"root": root}, None)
    assert (shown["owner"], shown["recipients"], shown["size"]) == ("bank-a", ["bank-a", "bank-b"], 100)
    assert sorted(shown) == ["digest", "erased_by", "height", "owner", "recipients", "root", "size"]


@pytest.mark.parametrize("asked", ["show", "list"])
def test_query(asked: str) -> None:
    """As nobody one is told nothing of anybody; `test_control_questions`: a name needs a signature."""
    world = Keyed()
    world.submit("bank-a", register(), operation("registry", "finance", doc("x"), WHOLE, False))
    args: dict[str, Value] = {"document": doc("x")} if asked == "show" else {}
    told = world.ledger.query("registry", asked, args, None)
    shown = told if asked == "show" else told["documents"][0]
    asker = ("registered", "holder", "cross_applicant", "financed_share", "similar_count")
    assert {shown[field] for field in asker} == {None}


def test_consent() -> None:
    """The head and the terms say who, what for and which data; the patient is a hash under a salt."""
    network = HealthNetwork()
    network.active()
    head = record(network, b"consent/head/" + consent())
    assert head[1:5] == ("clinic", PATIENT, key("patient"), None)
    salt = bytes(16)
    assert patient_commitment(salt, "4711") != patient_commitment(salt[1:] + b"\x01", "4711")
    agreed = record(network, b"consent/terms/" + consent())
    assert agreed[0] == FORM
    assert agreed[2:4] == (("radiology",), ("TREAT",))


def test_access() -> None:
    """The record names the asker, purpose, categories and payload; of the data nothing."""
    network = HealthNetwork()
    network.active()
    network.linked()
    network.does("radiology", ask("a", categories=(), root=SCAN))
    written = record(network, b"consent/access/" + access("a"))
    assert written[2:6] == ("radiology", "TREAT", ("imaging",), SCAN)
