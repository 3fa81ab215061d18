"""Payloads under a consent: linked by their controller, delivered for a granted access alone; break-glasses
and their reviews.
"""

from __future__ import annotations

import pytest

from p2pchain.business.consent import reviews
from p2pchain.business.private import rules as private_rules
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.consent_steps import (
    SCAN,
    SEALED,
    HealthNetwork,
    access,
    act,
    activate,
    amend,
    ask,
    consent,
    glass,
    propose,
    provision,
    revoke,
    terms,
)
from tests.unit.ledger.ledger_world import fingerprint, operation, signing_key
from tests.unit.ledger.membership_steps import set_sealing_key


def deliver(text: str = "a", by: str = "radiology") -> Operation:
    return act("deliver", access(text, by), SEALED)


def review(text: str, verdict: str = "justified", by: str = "hospital") -> Operation:
    return act("review", access(text, by), verdict)


def recipients(network: HealthNetwork) -> object:
    return network.ledger.query("private", "show", {"root": SCAN}, None)["recipients"]


def due(network: HealthNetwork) -> list[str]:
    found = network.asked("due", controller="clinic", after=None, limit=None)["accesses"]
    assert isinstance(found, list)
    return [str(item["access"]) for item in found]


def test_a_payload_is_delivered_for_a_granted_access_and_never_without() -> None:
    network = HealthNetwork()
    network.active()
    network.linked()
    assert network.refuses("clinic", deliver()) == "CNS_ACCESS_UNKNOWN"
    network.does("radiology", ask("a", categories=(), root=SCAN))
    assert recipients(network) == ["clinic"]
    assert due(network) == [access("a").hex()]
    assert network.refuses("radiology", deliver()) == "AUTH_CONTROLLER"
    assert network.refuses("clinic-clerk", deliver()) == "AUTH_ROLE"
    network.does("clinic", deliver())
    assert recipients(network) == ["clinic", "radiology"]
    assert due(network) == []
    args: dict[str, Value] = {"root": SCAN, "org": "radiology"}
    assert network.ledger.query("private", "resealed", args, None)["sealed_key"] == SEALED.hex()
    assert network.refuses("clinic", deliver()) == "CNS_DELIVERED"
    assert network.restored().state_root == network.ledger.state_root


def test_nobody_adds_a_recipient_by_another_way() -> None:
    """There is no action of ``private`` for it, and a payload of another is under nobody's consent."""
    network = HealthNetwork()
    network.active()
    network.linked()
    by_hand = operation("private", "reseal", SCAN, "clinic", "radiology", SEALED)
    assert network.refuses("clinic", by_hand) == "TX_UNKNOWN_ACTION"
    network.does("pharmacy", propose("p"))
    theirs = act("link", consent("p", "pharmacy"), SCAN, ("imaging",))
    assert network.refuses("pharmacy", theirs) == "PRIV_UNKNOWN"


def test_what_is_revoked_or_narrowed_before_the_delivery_stays_where_it_is() -> None:
    network = HealthNetwork()
    network.active()
    network.linked()
    network.does("radiology", ask("a", categories=(), root=SCAN), ask("b", categories=(), root=SCAN))
    narrow = terms(provisions=(provision(1, "deny", categories=("imaging",)),))
    network.does("clinic", amend(narrow), activate(agreed=narrow, version=2))
    assert network.refuses("clinic", deliver()) == "CNS_DENIED"
    assert due(network) == []
    network.does("clinic", revoke())
    assert network.refuses("clinic", deliver("b")) == "CNS_REVOKED"
    assert recipients(network) == ["clinic"]


def test_a_link_carries_the_categories_of_its_data() -> None:
    network = HealthNetwork()
    network.active(agreed=terms(provisions=(provision(1, "deny", categories=("PSY",)),)))
    network.linked("imaging", "PSY")
    assert network.refuses("radiology", ask("a", categories=("imaging",), root=SCAN)) == "CNS_DENIED"
    assert network.refuses("radiology", ask("a", root=fingerprint("x"))) == "CNS_NOT_LINKED"
    network.does("clinic", act("link", consent(), SCAN, ("imaging",)))
    network.does("radiology", ask("a", categories=(), root=SCAN))
    network.does("clinic", act("link", consent(), SCAN, ()))
    assert network.refuses("clinic", deliver()) == "CNS_NOT_LINKED"
    assert network.refuses("radiology", ask("b", root=SCAN)) == "CNS_NOT_LINKED"


def test_who_may_link() -> None:
    network = HealthNetwork()
    network.active()
    network.linked()
    link = act("link", consent(), SCAN, ("imaging",))
    assert network.refuses("radiology", link) == "AUTH_CONTROLLER"
    assert network.refuses("clinic-clerk", link) == "AUTH_ROLE"
    assert network.refuses("clinic", act("link", consent("other"), SCAN, ("imaging",))) == "CNS_NONE"
    assert network.refuses("clinic", act("link", consent(), fingerprint("x"), ("imaging",))) == "PRIV_UNKNOWN"
    network.does("clinic", revoke())
    assert network.refuses("clinic", link) == "CNS_ENDED"


def test_an_access_without_a_payload_is_not_delivered() -> None:
    network = HealthNetwork()
    network.active()
    network.does("radiology", ask("a"))
    assert network.refuses("clinic", deliver()) == "CNS_NOT_LINKED"


def test_a_grantee_without_a_sealing_key_gets_nothing() -> None:
    network = HealthNetwork()
    network.active(agreed=terms(to=("radiology", "pharmacy")))
    network.linked()
    network.does("pharmacy", ask("a", categories=(), root=SCAN))
    assert network.refuses("clinic", deliver(by="pharmacy")) == "PRIV_KEY_MISSING"
    network.does("pharmacy", set_sealing_key("pharmacy", signing_key("pharmacy sealing")))
    network.does("clinic", deliver(by="pharmacy"))


def test_what_was_erased_is_there_again_for_another_access() -> None:
    network = HealthNetwork()
    network.active()
    network.linked()
    network.does("radiology", ask("a", categories=(), root=SCAN))
    network.does("clinic", deliver())
    network.does("radiology", operation("private", "erase", SCAN))
    network.does("radiology", ask("b", categories=(), root=SCAN))
    network.does("clinic", deliver("b"))
    shown = network.ledger.query("private", "show", {"root": SCAN}, None)
    assert (shown["recipients"], shown["erased_by"]) == (["clinic", "radiology"], [])


def test_a_payload_has_as_many_recipients_as_it_may(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(private_rules, "RECIPIENTS_MAX", 1)
    network = HealthNetwork()
    network.active()
    network.linked()
    network.does("radiology", ask("a", categories=(), root=SCAN))
    assert network.refuses("clinic", deliver()) == "PRIV_RECIPIENTS_FULL"


def test_a_glass_is_broken_at_night_and_judged_within_seven_days() -> None:
    network = HealthNetwork()
    network.active(agreed=terms(provisions=(provision(1, "deny"),)))
    network.linked()
    assert network.refuses("hospital", ask("g", root=SCAN)) == "CNS_NOT_GRANTEE"
    assert network.refuses("radiology", glass("g", root=SCAN)) == "AUTH_ROLE"
    assert network.refuses("hospital", glass("g", of="other")) == "CNS_NONE"
    assert network.refuses("hospital", glass("g", categories=())) == "CNS_CATEGORY"
    assert network.refuses("hospital", glass("g", root=fingerprint("x"))) == "CNS_NOT_LINKED"
    network.does("hospital", glass("g", categories=(), root=SCAN))
    assert network.refuses("hospital", glass("g")) == "CNS_EXISTS"
    network.does("clinic", deliver("g", "hospital"))
    assert recipients(network) == ["clinic", "hospital"]
    network.later(6)
    network.does("hospital", glass("h"))
    network.later(1)
    assert network.refuses("hospital", glass("i")) == "CNS_REVIEW_OVERDUE"
    assert network.refuses("hospital", review("g")) == "AUTH_CONTROLLER", "nobody judges himself"
    assert network.refuses("clinic", review("g")) == "AUTH_ROLE"
    network.does("authority", review("g", "unjustified"))
    network.does("hospital", glass("i"))
    shown = network.asked("reviews", org="hospital")
    assert (shown["total"], shown["unjustified"]) == (3, 1)
    assert isinstance(shown["open"], list)
    assert [item["access"] for item in shown["open"]] == [access(text, "hospital").hex() for text in "hi"]


def test_an_overdue_review_is_nobody_elses_matter() -> None:
    network = HealthNetwork()
    network.active()
    network.does("hospital", glass("g"))
    network.later(9)
    assert network.refuses("hospital", glass("h")) == "CNS_REVIEW_OVERDUE"
    network.does("radiology", ask("a"))
    open_now = network.asked("reviews", org="hospital")["open"]
    assert isinstance(open_now, list)
    assert open_now[0]["overdue"] is True
    assert network.refuses("hospital", review("g")) == "AUTH_CONTROLLER"
    network.does(("hospital", "authority"), review("g"))
    network.does("hospital", glass("h"))


def test_what_was_revoked_is_not_even_an_emergencys() -> None:
    network = HealthNetwork()
    network.active()
    network.does("clinic", revoke())
    assert network.refuses("hospital", glass("g")) == "CNS_REVOKED"


def test_reviews_come_in_any_order() -> None:
    network = HealthNetwork()
    network.active()
    for text in "abcde":
        network.does("hospital", glass(text))
    for text, left in (("c", "abde"), ("a", "bde"), ("e", "bd"), ("b", "d"), ("d", "")):
        network.does("authority", review(text))
        shown = network.asked("reviews", org="hospital")["open"]
        assert isinstance(shown, list)
        assert [item["access"] for item in shown] == [access(one, "hospital").hex() for one in left]
    assert network.refuses("authority", review("a")) == "CNS_NOT_REVIEWABLE"
    assert network.refuses("authority", review("z")) == "CNS_ACCESS_UNKNOWN"
    network.does("radiology", ask("r"))
    assert network.refuses("authority", review("r", by="radiology")) == "CNS_NOT_REVIEWABLE"
    network.does("hospital", glass("f"))
    assert network.restored().state_root == network.ledger.state_root


def test_as_many_wait_for_their_review_as_may() -> None:
    network = HealthNetwork()
    network.active()
    for start in range(0, reviews.OPEN_MAX, 50):
        network.does("hospital", *(glass(f"g{number}") for number in range(start, start + 50)))
    assert network.refuses("hospital", glass("one more")) == "CNS_GLASSES_OPEN"
    network.does("authority", review("g7"))
    network.does("hospital", glass("one more"))
