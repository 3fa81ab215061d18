"""An invoice is found by its names: what is one invoice, what is similar, and what a cheat gains by
declaring.
"""

from __future__ import annotations

from itertools import permutations

import pytest

from p2pchain.business.registry.claims import CLAIMS_OF_ONE
from p2pchain.business.registry.declaration import (
    APART,
    NAMES_MAX,
    STRONG,
    Declaration,
    Name,
    document_id,
    is_exact,
    values_of,
)
from p2pchain.business.registry.name_index import NAMED_MAX
from p2pchain.documents.names import DocumentNames, InvoiceName, match_of
from p2pchain.documents.names import document_id as document_id_of_client
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import fingerprint, key, operation
from tests.unit.ledger.registering import Keyed, declaration, declare, gln, name, vat
from tests.unit.ledger.registry_steps import LEAST, WHOLE, refused, told

FULL = declaration(vat("1"), gln("1"), name("nordwind"))
VAT_ALONE = declaration(vat("1"))
GLN_ALONE = declaration(gln("1"), name("other spelling"))
SISTER = declaration(vat("1"), gln("2"), name("sister"))
CHANGED = declaration(vat("1"), gln("1"), name("nordwind"), content="another total")
BY_NAME = declaration(name("nordwind"))
STRANGER = declaration(vat("9"), gln("9"), name("stranger"))
PAIRS = (
    (FULL, VAT_ALONE, "exact"),
    (FULL, GLN_ALONE, "exact"),
    (FULL, SISTER, "similar"),
    (FULL, CHANGED, "similar"),
    (FULL, BY_NAME, "similar"),
    (FULL, declaration(vat("7"), corrects=[gln("1").digest]), "similar"),
    (VAT_ALONE, GLN_ALONE, None),
    (FULL, STRANGER, None),
)


def finance(declared: Declaration, share: int = WHOLE, *, acknowledge: bool = False) -> Operation:
    """Finance the document of a declaration."""
    return operation("registry", "finance", declared.document, share, acknowledge)


def client_view(declared: Declaration) -> DocumentNames:
    """The same as the client has it."""
    names = tuple(
        InvoiceName(scheme=held.tag.hex(), strong=held.is_strong, apart=held.tells_apart, digest=held.digest)
        for held in declared.names
    )
    return DocumentNames(
        names=names,
        content=declared.content,
        corrects=declared.corrects,
    )


@pytest.mark.parametrize(("one", "other", "match"), PAIRS)
def test_the_table_of_the_page(one: Declaration, other: Declaration, match: str | None) -> None:
    """Whoever comes first, both banks are told the same; an exact claim is refused, a similar one
    acknowledged.
    """
    for first, second in permutations((one, other)):
        world = Keyed()
        world.submit("bank-a", declare(first), finance(first))
        event = told(world.submit("bank-b", declare(second)))
        assert event["match"] == match
        receipt = world.submit("bank-b", finance(second))
        expected = {"exact": "REG_DUPLICATE_FINANCED", "similar": "REG_SIMILAR_UNACKNOWLEDGED", None: "OK"}
        assert receipt.code == expected[match]
        acknowledged = world.submit("bank-b", finance(second, acknowledge=True))
        assert (acknowledged.code == "OK") == (match == "similar")


@pytest.mark.parametrize(("one", "other", "match"), PAIRS)
def test_client_and_ledger_agree(one: Declaration, other: Declaration, match: str | None) -> None:
    """Ids and the rule of what is exact are written twice, on two floors; here they meet."""
    views = client_view(one), client_view(other)
    assert [view.document for view in views] == [one.document, other.document]
    assert (match_of(*views) == "exact") == is_exact(one, other) == (match == "exact")
    assert match_of(*views) == match
    assert document_id(one.names, one.content) == document_id_of_client(views[0].names, one.content)


def test_who_claims_an_invoice_finances_it_under_one_id() -> None:
    """The same bank does not finance it once more under another name, either."""
    world = Keyed()
    world.submit("bank-a", declare(FULL), finance(FULL, LEAST))
    world.submit("bank-a", declare(VAT_ALONE))
    code, why = refused(world, "bank-a", finance(VAT_ALONE, LEAST, acknowledge=True))
    assert (code, why["cross_applicant"], why["as_document"]) == (
        "REG_DUPLICATE_FINANCED",
        False,
        FULL.document.hex(),
    )


def test_a_bridge_between_two_invoices_binds_nobody() -> None:
    """A cheat registers one document with the names of two invoices of equal content: neither is blocked by
    it, and neither blocks the other.
    """
    one, other = declaration(vat("1")), declaration(gln("2"))
    world = Keyed()
    world.submit("bank-c", declare(declaration(vat("1"), gln("2"))))
    for bank, declared in (("bank-a", one), ("bank-b", other)):
        world.submit(bank, declare(declared))
        assert refused(world, bank, finance(declared))[0] == "REG_SIMILAR_UNACKNOWLEDGED"
        assert world.submit(bank, finance(declared, acknowledge=True)).code == "OK"


def test_false_names_beside_true_ones_add_nothing_to_anothers_claim() -> None:
    """The same document, declared by a cheat with the weak name of a third invoice: its warning comes, and
    goes when the cheat takes it back; the claim of the honest bank is on its own names.
    """
    false = declaration(vat("1"), name("third"))
    third = declaration(vat("3"), name("third"))
    world = Keyed()
    world.submit("bank-a", declare(VAT_ALONE), finance(VAT_ALONE))
    world.submit("bank-c", declare(false))
    assert false.document == VAT_ALONE.document
    world.submit("bank-b", declare(third))
    assert world.submit("bank-b", finance(third, acknowledge=True)).code == "OK"
    world.submit("bank-c", declare(VAT_ALONE))
    shown = world.ledger.query("registry", "show", {"document": third.document}, key("bank-b"))
    assert shown["similar_count"] == 0


def test_a_claimant_does_not_shed_names() -> None:
    """Who finances under two names cannot register anew under one, and free the other for an accomplice."""
    world = Keyed()
    weak = declaration(vat("1"), name("nordwind"))
    world.submit("bank-a", declare(weak), finance(weak))
    assert world.submit("bank-a", declare(VAT_ALONE)).code == "OK"
    by_name = declaration(name("nordwind"))
    assert told(world.submit("bank-b", declare(by_name)))["match"] == "similar"


def test_both_sides_are_told() -> None:
    world = Keyed()
    world.submit("bank-a", declare(FULL))
    receipt = world.submit("bank-b", declare(CHANGED))
    similar = [event.fields for event in receipt.events if event.name == "similar"]
    assert similar == [(FULL.document, CHANGED.document, "registered")]
    receipt = world.submit("bank-b", finance(CHANGED, acknowledge=True))
    similar = [event.fields for event in receipt.events if event.name == "similar"]
    assert similar == [(FULL.document, CHANGED.document, "financed")]
    assert refused(world, "bank-a", finance(FULL))[0] == "REG_SIMILAR_UNACKNOWLEDGED"


def test_nobody_is_shut_out_from_the_warning() -> None:
    """A cheat fills the list of a name, before and after: the honest bank is named or counted, and warned."""
    fillers = [declaration(vat(f"f{number}"), name("weak")) for number in range(NAMED_MAX + 3)]
    honest = declaration(vat("honest"), name("weak"))
    world = Keyed()
    for filler in fillers:
        world.submit("bank-c", declare(filler))
    world.submit("bank-a", declare(honest))
    later = declaration(vat("later"), name("weak"))
    receipt = world.submit("bank-b", declare(later))
    assert told(receipt)["match"] == "similar"
    assert refused(world, "bank-b", finance(later))[0] == "REG_SIMILAR_UNACKNOWLEDGED"
    checked = world.ledger.query("registry", "check", {"document": later.document}, key("bank-b"))
    named = [each["document"] for each in checked["similar"]]
    assert honest.document.hex() in named, "an organisation without a place gets one"
    for filler in fillers:
        world.submit("bank-c", operation("registry", "cancel", filler.document))
    checked = world.ledger.query("registry", "check", {"document": later.document}, key("bank-b"))
    assert [each["document"] for each in checked["similar"]] == [honest.document.hex()]
    assert checked["similar_count"] == 1


def test_a_claim_is_found_however_full_the_list_of_names_is() -> None:
    world = Keyed()
    for number in range(NAMED_MAX + 3):
        world.submit("bank-c", declare(declaration(vat("1"), content=f"f{number}")))
    world.submit("bank-c", declare(declaration(vat("1"), gln("x"))))
    world.submit("bank-a", declare(FULL), finance(FULL, acknowledge=True))
    world.submit("bank-b", declare(VAT_ALONE))
    assert refused(world, "bank-b", finance(VAT_ALONE, acknowledge=True))[0] == "REG_DUPLICATE_FINANCED"


def test_who_takes_too_many_claims_is_refused_and_nobody_else() -> None:
    """Companies of one VAT group, made up: four are taken; the true one finds room, and is a similar one."""
    world = Keyed()
    for number in range(CLAIMS_OF_ONE + 1):
        made_up = declaration(vat("1"), gln(f"made up {number}"))
        receipt = world.submit("bank-c", declare(made_up), finance(made_up, LEAST, acknowledge=True))
        assert receipt.code == ("OK" if number < CLAIMS_OF_ONE else "REG_TOO_MANY_CLAIMS")
    world.submit("bank-a", declare(FULL))
    assert world.submit("bank-a", finance(FULL, acknowledge=True)).code == "OK"


@pytest.mark.parametrize(
    "names",
    [
        (),
        tuple(name(str(number)) for number in range(NAMES_MAX + 1)),
        (vat("1"), vat("1")),
        (Name(tag=b"short", strength=0, digest=bytes(32)),),
        (Name(tag=bytes(8), strength=STRONG + APART + 1, digest=bytes(32)),),
        (Name(tag=bytes(8), strength=0, digest=bytes(31)),),
    ],
)
def test_what_is_no_declaration(names: tuple[Name, ...]) -> None:
    world = Keyed()
    declared = declaration(*names)
    step = operation("registry", "register", bytes(32), values_of((declared,)))
    assert world.submit("bank-a", step).code == "TX_INVALID_ARGS"


def test_a_document_has_the_id_of_what_is_declared() -> None:
    world = Keyed()
    step = operation("registry", "register", fingerprint("other"), values_of((FULL,)))
    assert refused(world, "bank-a", step)[0] == "REG_DECLARED_OTHERWISE"
