"""Consents: how they begin, change and end, and what is given under them."""

from __future__ import annotations

import pytest

from p2pchain.business.consent.terms import ConsentTerms
from p2pchain.model.possession import CONSENT_ACTIVATION
from tests.unit.ledger.consent_steps import (
    FORM,
    PATIENT,
    HealthNetwork,
    access,
    act,
    activate,
    amend,
    ask,
    consent,
    glass,
    nonce,
    propose,
    provision,
    revoke,
    signed,
    stated,
    terms,
)
from tests.unit.ledger.ledger_world import fingerprint, key

DENY_PSY = provision(1, "deny", categories=("PSY",))


def test_a_consent_is_proposed_activated_used_and_revoked() -> None:
    network = HealthNetwork()
    network.does("clinic", propose())
    assert network.refuses("radiology", ask("early")) == "CNS_NONE"
    network.does("pharmacy", activate())
    network.does("radiology", ask("a"))
    shown = network.asked("show_access", access=access("a"))
    assert (shown["org"], shown["purpose"], shown["categories"]) == ("radiology", "TREAT", ["imaging"])
    assert (shown["controller"], shown["patient"]) == ("clinic", PATIENT.hex())
    network.does("pharmacy", revoke())
    assert network.refuses("radiology", ask("late")) == "CNS_REVOKED"
    lines = network.asked("history", consent=consent())["lines"]
    assert isinstance(lines, list)
    assert [line["action"] for line in lines] == ["proposed", "activated", "accessed", "revoked"]
    assert network.restored().state_root == network.ledger.state_root


def test_access_and_revocation_are_in_one_order() -> None:
    """In one block: what stands before the revocation is granted, what stands behind it is not."""
    network = HealthNetwork()
    network.active()
    before, end, after = (
        network.transaction("radiology", ask("before")),
        network.transaction("clinic", revoke()),
        network.transaction("radiology", ask("after")),
    )
    assert [receipt.code for receipt in network.block(before, end, after)] == ["OK", "OK", "CNS_REVOKED"]
    assert network.refuses("radiology", ask("after")) == "CNS_REVOKED"


def test_who_may_propose_and_for_whom() -> None:
    network = HealthNetwork()
    assert network.refuses("radiology", propose()) == "AUTH_ROLE"
    assert network.refuses("clinic-clerk", propose()) == "AUTH_ROLE"
    nobody = act("propose", nonce("c"), PATIENT, None, None, *stated(terms()))
    assert network.refuses("clinic", nobody) == "CNS_PARTY"
    for to in ("clinic", "nobody"):
        assert network.refuses("clinic", propose(agreed=terms(to=(to,)))) == "CNS_PARTY"
    for representative in ("clinic", "radiology", "authority", "nobody"):
        assert network.refuses("clinic", propose(representative=representative)) == "CNS_PARTY"
    as_grantee = terms(to=("advocates",))
    assert network.refuses("clinic", propose(agreed=as_grantee, representative="advocates")) == "CNS_PARTY"
    network.does("clinic", propose())
    assert network.refuses("clinic", propose()) == "CNS_EXISTS"


def test_an_id_that_is_seen_in_the_pool_is_taken_by_nobody_else() -> None:
    """Another controller is first with the same nonce: that is a consent of its own."""
    network = HealthNetwork()
    network.does("pharmacy", propose())
    network.does("clinic", propose())
    assert network.asked("show", consent=consent("c", "pharmacy"))["controller"] == "pharmacy"
    assert network.asked("show", consent=consent())["controller"] == "clinic"
    listed = network.asked("list", controller="clinic", state=None, after=None, limit=None)["consents"]
    assert isinstance(listed, list)
    assert [item["consent"] for item in listed] == [consent().hex()]


def test_only_the_patient_activates() -> None:
    network = HealthNetwork()
    assert network.refuses("clinic", activate()) == "CNS_NONE"
    network.does("clinic", propose())
    digest = activate().args[1]
    assert network.refuses("clinic", act("activate", consent(), digest, None)) == "CNS_NOT_PATIENT"
    assert network.refuses("advocates", act("activate", consent(), digest, None)) == "CNS_NOT_PATIENT"
    assert network.refuses("clinic", activate(bearer="somebody else")) == "MEMBERSHIP_NOT_PROVEN"
    assert network.refuses("clinic", activate(version=2)) == "MEMBERSHIP_NOT_PROVEN"
    assert network.refuses("clinic", activate(agreed=terms(purposes=()))) == "CNS_NOT_PENDING"
    account = signed(CONSENT_ACTIVATION, "another consent")
    assert network.refuses("clinic", act("activate", consent(), digest, account)) == "MEMBERSHIP_NOT_PROVEN"
    network.does("clinic", activate())
    assert network.refuses("clinic", activate()) == "CNS_NOT_PENDING"


def test_a_representative_activates_and_revokes() -> None:
    network = HealthNetwork()
    network.does("clinic", propose(representative="advocates"))
    word = act("activate", consent(), activate().args[1], None)
    assert network.refuses("clinic", word) == "CNS_NOT_PATIENT"
    assert network.refuses("advocates-clerk", word) == "CNS_NOT_PATIENT"
    assert network.refuses("clinic", activate()) == "CNS_NOT_PATIENT", "no key was named"
    network.does("advocates", word)
    network.does("radiology", ask("a"))
    assert network.refuses("radiology", act("revoke", consent(), None)) == "CNS_NOT_PATIENT"
    network.does("advocates", act("revoke", consent(), None))
    assert network.refuses("radiology", ask("b")) == "CNS_REVOKED"


def test_who_may_revoke() -> None:
    network = HealthNetwork()
    network.active()
    assert network.refuses("clinic", act("revoke", consent("other"), None)) == "CNS_NONE"
    assert network.refuses("radiology", revoke(bearer="somebody else")) == "MEMBERSHIP_NOT_PROVEN"
    assert network.refuses("pharmacy", act("revoke", consent(), None)) == "CNS_NOT_PATIENT"
    assert network.refuses("clinic-clerk", act("revoke", consent(), None)) == "AUTH_ROLE"
    network.does("clinic", act("revoke", consent(), None))
    assert network.refuses("clinic", revoke()) == "CNS_ENDED"
    assert network.refuses("clinic", amend(terms())) == "CNS_ENDED"
    assert network.refuses("clinic", act("enter_in_error", consent())) == "CNS_ENDED"


def test_what_was_entered_in_error_gives_nothing() -> None:
    network = HealthNetwork()
    network.active()
    assert network.refuses("pharmacy", act("enter_in_error", consent())) == "AUTH_CONTROLLER"
    assert network.refuses("clinic-clerk", act("enter_in_error", consent())) == "AUTH_ROLE"
    assert network.refuses("clinic", act("enter_in_error", consent("other"))) == "CNS_NONE"
    network.does("clinic", act("enter_in_error", consent()))
    assert network.refuses("radiology", ask("a")) == "CNS_NONE"
    assert network.refuses("hospital", glass("g")) == "CNS_NONE"
    assert network.refuses("clinic", activate()) == "CNS_ENDED"
    shown = network.asked("show", consent=consent())
    assert (shown["state"], shown["pending"]) == ("entered-in-error", None)


def test_other_terms_count_once_the_patient_agrees() -> None:
    network = HealthNetwork()
    network.active()
    wider = terms(to=("radiology", "pharmacy"), purposes=("TREAT", "HRESCH"))
    assert network.refuses("pharmacy", amend(wider)) == "AUTH_CONTROLLER"
    assert network.refuses("clinic", amend(wider, "other")) == "CNS_NONE"
    network.does("clinic", amend(wider))
    assert network.refuses("pharmacy", ask("p")) == "CNS_NOT_GRANTEE"
    network.does("radiology", ask("a"))
    assert network.refuses("clinic", activate(agreed=wider)) == "MEMBERSHIP_NOT_PROVEN", "of version 1"
    network.does("clinic", activate(agreed=wider, version=2))
    network.does("pharmacy", ask("p", purpose="HRESCH"))
    assert network.asked("show_access", access=access("p", "pharmacy"))["version"] == 2


def test_an_old_signature_puts_nothing_in_force_again() -> None:
    """The patient narrowed the terms; the wide ones, proposed anew, need a word of their own."""
    network = HealthNetwork()
    wide, narrow = terms(purposes=()), terms()
    network.active(agreed=wide)
    network.does("clinic", amend(narrow))
    network.does("clinic", activate(agreed=narrow, version=2))
    network.does("clinic", amend(wide))
    for version in (1, 2):
        assert network.refuses("clinic", activate(agreed=wide, version=version)) == "MEMBERSHIP_NOT_PROVEN"
    assert network.refuses("radiology", ask("a", purpose="HRESCH")) == "CNS_PURPOSE"


def test_an_amendment_keeps_the_representative_disinterested() -> None:
    network = HealthNetwork()
    network.does("clinic", propose(representative="advocates"))
    assert network.refuses("clinic", amend(terms(to=("advocates",)))) == "CNS_PARTY"


def test_what_is_not_given_is_refused_by_its_reason() -> None:
    network = HealthNetwork()
    begins, ends = network.until_ms(1), network.until_ms(10)
    agreed = terms(categories=("imaging", "PSY"), from_ms=begins, until_ms=ends, provisions=(DENY_PSY,))
    network.active(agreed=agreed)
    assert network.refuses("pharmacy", ask("a")) == "CNS_NOT_GRANTEE"
    assert network.refuses("radiology", ask("a", of="other")) == "CNS_NONE"
    assert network.refuses("radiology", ask("a")) == "CNS_NOT_YET"
    network.later(2)
    assert network.refuses("radiology", ask("a", purpose="HRESCH")) == "CNS_PURPOSE"
    assert network.refuses("radiology", ask("a", categories=())) == "CNS_CATEGORY"
    assert network.refuses("radiology", ask("a", categories=("imaging", "genes"))) == "CNS_CATEGORY"
    assert network.refuses("radiology", ask("a", categories=("imaging", "PSY"))) == "CNS_DENIED"
    network.does("radiology", ask("a"))
    assert network.refuses("radiology", ask("a")) == "CNS_EXISTS"
    network.later(8)
    assert network.refuses("radiology", ask("b")) == "CNS_EXPIRED"


def test_periods_and_levels_that_cannot_be() -> None:
    network = HealthNetwork()
    for agreed, code in (
        (terms(from_ms=10, until_ms=10), "CNS_PERIOD"),
        (terms(provisions=(provision(1, "deny", from_ms=2, until_ms=1),)), "CNS_PERIOD"),
        (terms(provisions=(provision(2, "deny"),)), "CNS_TOO_DEEP"),
        (terms(provisions=tuple(provision(level, "deny") for level in (1, 2, 3))), "CNS_TOO_DEEP"),
    ):
        assert network.refuses("clinic", propose(agreed=agreed)) == code
    network.active()
    deep = terms(provisions=tuple(provision(level, "deny") for level in (1, 2, 3)))
    assert network.refuses("clinic", amend(deep)) == "CNS_TOO_DEEP"
    assert network.refuses("clinic", amend(terms(from_ms=9, until_ms=3))) == "CNS_PERIOD"


@pytest.mark.parametrize(
    ("agreed", "purpose", "categories", "code"),
    [
        (terms(decision="deny"), "TREAT", ("x",), "CNS_DENIED"),
        (terms(decision="deny", provisions=(provision(1, "permit"),)), "TREAT", ("x",), "OK"),
        (
            terms(decision="deny", provisions=(provision(1, "permit", categories=("x",)),)),
            "TREAT",
            ("x", "y"),
            "CNS_DENIED",
        ),
        (
            terms(provisions=(provision(1, "permit", categories=("x",)),)),
            "TREAT",
            ("y",),
            "CNS_DENIED",
        ),
        (
            terms(provisions=(provision(1, "permit"), provision(2, "permit", categories=("x",)))),
            "TREAT",
            ("y",),
            "CNS_DENIED",
        ),
        (
            terms(provisions=(provision(1, "permit"), provision(2, "permit", categories=("x",)))),
            "TREAT",
            ("x",),
            "OK",
        ),
        (
            terms(provisions=(provision(1, "deny"), provision(2, "permit", categories=("x",)))),
            "TREAT",
            ("x",),
            "CNS_DENIED",
        ),
        (
            terms(purposes=(), provisions=(provision(1, "deny", purposes=("HRESCH",)), provision(2, "deny"))),
            "TREAT",
            ("x",),
            "OK",
        ),
        (
            terms(provisions=(provision(1, "permit"), provision(2, "deny", to=("radiology",)))),
            "TREAT",
            ("x",),
            "CNS_DENIED",
        ),
        (terms(provisions=(provision(1, "deny", to=("pharmacy",)),)), "TREAT", ("x",), "OK"),
        (terms(provisions=(provision(1, "deny", until_ms=1),)), "TREAT", ("x",), "OK"),
        (terms(provisions=(provision(1, "deny", from_ms=1),)), "TREAT", ("x",), "CNS_DENIED"),
    ],
)
def test_deny_beats_permit(
    agreed: ConsentTerms, purpose: str, categories: tuple[str, ...], code: str
) -> None:
    network = HealthNetwork()
    network.active(agreed=agreed)
    receipt = network.submit("radiology", ask("a", purpose=purpose, categories=categories))
    assert receipt.code == code


def test_a_patient_is_a_commitment_and_the_key_is_the_consents_own() -> None:
    network = HealthNetwork()
    network.does("clinic", propose("one", patient_key=key("one")), propose("two", patient_key=key("two")))
    shown = [network.asked("show", consent=consent(text)) for text in ("one", "two")]
    assert shown[0]["patient_key"] != shown[1]["patient_key"]
    assert network.refuses("clinic", activate("one", bearer="two")) == "MEMBERSHIP_NOT_PROVEN"
    other = terms(document=fingerprint("another form"))
    assert activate(agreed=other).args[1] != activate().args[1], f"the form {FORM.hex()} is signed, too"


def test_lists_come_page_by_page() -> None:
    network = HealthNetwork()
    network.active("one")
    network.active("two")
    page = network.asked("list", controller=None, state="active", after=None, limit=1)
    assert isinstance(page["consents"], list)
    assert len(page["consents"]) == 1
    rest = network.asked(
        "list", controller=None, state="active", after=bytes.fromhex(str(page["next"])), limit=9
    )
    assert isinstance(rest["consents"], list)
    ids = {str(item["consent"]) for item in (*page["consents"], *rest["consents"])}
    assert ids == {consent("one").hex(), consent("two").hex()}
