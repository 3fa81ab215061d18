"""Random actions of a health network on its consents: nothing is given that the model denies, nothing is
given after a revocation, and no payload has a recipient without a granted access.

The model keeps what was accepted, and knows the law in its own words. After each block the state is held
against it.
"""

from __future__ import annotations

from dataclasses import dataclass, field

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from p2pchain.business.consent.reviews import OPEN_MAX, REVIEW_MS
from p2pchain.business.consent.terms import ConsentTerms, Provision
from p2pchain.business.receivable.records import DAY_MS
from p2pchain.model.transaction import Operation
from tests.examples import examples
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

CONSENTS = ("c", "d")
ASKERS = st.sampled_from(["radiology", "radiology", "pharmacy", "hospital"])
PURPOSES = ("TREAT", "HRESCH")
CATEGORIES = ("imaging", "PSY", "genes")
SUBSETS = st.sets(st.sampled_from(CATEGORIES), max_size=2).map(lambda names: tuple(sorted(names)))
LABELS = st.sets(st.sampled_from(CATEGORIES), min_size=1, max_size=2).map(lambda names: tuple(sorted(names)))


def rows(level: int) -> st.SearchStrategy[Provision]:
    """Provisions of a level, most of which apply to much."""
    return st.builds(
        provision,
        st.just(level),
        st.sampled_from(["deny", "permit"]),
        to=st.sampled_from([(), (), ("radiology",), ("pharmacy",)]),
        purposes=st.sampled_from([(), (), ("TREAT",)]),
        categories=st.sampled_from([(), ("imaging",), ("PSY",), ("imaging", "genes")]),
    )


TREES = st.tuples(rows(1), st.lists(rows(2), max_size=2)).map(lambda tree: (tree[0], *tree[1]))
PROVISIONS = st.lists(TREES, max_size=2).map(lambda trees: tuple(row for tree in trees for row in tree))
STATED = st.one_of(PROVISIONS, PROVISIONS, PROVISIONS, st.lists(rows(2), max_size=1).map(tuple))
"""Mostly provisions that are nested as they have to be."""
TERMS = st.builds(
    terms,
    to=st.sampled_from([("radiology",), ("pharmacy", "radiology")]),
    decision=st.sampled_from(["permit", "permit", "deny"]),
    purposes=st.sampled_from([(), ("TREAT",)]),
    categories=st.sampled_from([(), (), (), ("imaging", "PSY")]),
    until_ms=st.none() | st.integers(9, 30).map(lambda days: 1_800_000_000_000 + days * DAY_MS),
    provisions=STATED,
)


@dataclass(slots=True)
class Known:
    """What the model knows of one consent. ``version``: how often it was activated."""

    pending: ConsentTerms | None = None
    in_force: ConsentTerms | None = None
    version: int = 0
    has_ended: bool = False
    links: tuple[str, ...] = ()
    glasses: dict[str, int] = field(default_factory=dict)


class ConsentMachine(RuleBasedStateMachine):
    """Two consents of one clinic, and a scan of its that either may cover."""

    @initialize()
    def begin(self) -> None:
        self.network = HealthNetwork()
        self.known = {text: Known() for text in CONSENTS}
        self.granted: dict[bytes, tuple[str, str, bool]] = {}
        """By access: consent, who asked, whether it names the scan."""
        self.delivered: set[str] = set()
        self.open: dict[bytes, int] = {}
        """Deadline of each break-glass that was not reviewed."""
        self.number = 0
        self.network.does("clinic", propose("c"), propose("d"))
        self.network.linked()
        for known in self.known.values():
            known.pending = terms()
        self.known["c"].links = ("imaging",)

    def submit(self, signer: str, operation: Operation) -> str:
        return self.network.submit(signer, operation).code

    def next(self) -> str:
        self.number += 1
        return f"n{self.number}"

    @rule(text=st.sampled_from(CONSENTS), agreed=TERMS, stale=st.booleans())
    def activates(self, text: str, agreed: ConsentTerms, stale: bool) -> None:
        """The right terms in the right version, or others."""
        known = self.known[text]
        meant = agreed if stale or known.pending is None else known.pending
        code = self.submit("pharmacy", activate(text, meant, version=known.version + 1))
        may = not known.has_ended and known.pending is not None and meant == known.pending
        assert (code == "OK") == may, code
        if may:
            known.in_force, known.pending, known.version = known.pending, None, known.version + 1

    @rule(text=st.sampled_from(CONSENTS), agreed=TERMS)
    def amends(self, text: str, agreed: ConsentTerms) -> None:
        known = self.known[text]
        code = self.submit("clinic", amend(agreed, text))
        assert (code == "OK") == (not known.has_ended and are_nested(agreed.provisions)), code
        if code == "OK":
            known.pending = agreed

    @rule(
        text=st.sampled_from(CONSENTS),
        agreed=TERMS,
        org=ASKERS,
        purpose=st.sampled_from(PURPOSES),
        labels=LABELS,
    )
    def agrees_and_is_asked(
        self, text: str, agreed: ConsentTerms, org: str, purpose: str, labels: tuple[str, ...]
    ) -> None:
        """Other terms in force, and at once somebody who wants something."""
        self.amends(text, agreed)
        self.activates(text, agreed, stale=False)
        self.asks(text, org, purpose, labels, scan=False)

    @rule(text=st.sampled_from(CONSENTS), by=st.sampled_from(["stranger", "stranger", "patient", "error"]))
    def ends(self, text: str, by: str) -> None:
        known = self.known[text]
        if by == "error":
            code = self.submit("clinic", act("enter_in_error", consent(text)))
        else:
            code = self.submit("pharmacy", revoke(text, bearer=by))
        assert (code == "OK") == (by != "stranger" and not known.has_ended), code
        known.has_ended |= code == "OK"

    @rule(text=st.sampled_from(CONSENTS), labels=SUBSETS)
    def links(self, text: str, labels: tuple[str, ...]) -> None:
        code = self.submit("clinic", act("link", consent(text), SCAN, labels))
        assert (code == "OK") == (not self.known[text].has_ended), code
        if code == "OK":
            self.known[text].links = labels

    @rule(
        text=st.sampled_from(CONSENTS),
        org=ASKERS,
        purpose=st.sampled_from(PURPOSES),
        labels=SUBSETS,
        scan=st.booleans(),
    )
    def asks(self, text: str, org: str, purpose: str, labels: tuple[str, ...], scan: bool) -> None:
        known, name = self.known[text], self.next()
        root = SCAN if scan else None
        code = self.submit(org, ask(name, text, purpose=purpose, categories=labels, root=root))
        wanted = {*labels, *(known.links if scan else ())}
        may = (known.links or not scan) and self.is_given(known, org, purpose, wanted)
        assert (code == "OK") == bool(may), code
        if code == "OK":
            self.granted[access(name, org)] = text, org, scan

    @rule(text=st.sampled_from(CONSENTS), labels=LABELS, scan=st.booleans())
    def breaks_the_glass(self, text: str, labels: tuple[str, ...], scan: bool) -> None:
        known, name = self.known[text], self.next()
        code = self.submit("hospital", glass(name, text, categories=labels, root=SCAN if scan else None))
        in_time = all(self.network.ledger.time_ms <= deadline for deadline in self.open.values())
        living = known.in_force is not None and not known.has_ended and (known.links or not scan)
        assert (code == "OK") == bool(in_time and living and len(self.open) < OPEN_MAX), code
        if code == "OK":
            key = access(name, "hospital")
            self.granted[key] = text, "hospital", scan
            self.open[key] = self.network.ledger.time_ms + REVIEW_MS

    @rule(data=st.data(), by=st.sampled_from(["authority", "hospital"]))
    def reviews(self, data: st.DataObject, by: str) -> None:
        if not self.granted:
            return
        key = data.draw(st.sampled_from(sorted(self.granted)))
        code = self.submit(by, act("review", key, "justified"))
        assert (code == "OK") == (by == "authority" and key in self.open), code
        if code == "OK":
            del self.open[key]

    @rule(data=st.data())
    def delivers(self, data: st.DataObject) -> None:
        """Only for what was granted; and what has ended since is delivered to nobody."""
        if not self.granted:
            return
        key = data.draw(st.sampled_from(sorted(self.granted)))
        text, org, scan = self.granted[key]
        code = self.submit("clinic", act("deliver", key, SEALED))
        if code == "OK":
            assert scan
            assert not self.known[text].has_ended, "nothing flows after a revocation"
            self.delivered.add(org)

    @rule(days=st.integers(1, 5))
    def days_pass(self, days: int) -> None:
        self.network.later(days)
        self.network.block()

    def is_given(self, known: Known, org: str, purpose: str, wanted: set[str]) -> bool:
        """The law, said otherwise: the bounds hold, nothing denies, and everything is permitted."""
        agreed, now_ms = known.in_force, self.network.ledger.time_ms
        if agreed is None or known.has_ended or not wanted or org not in agreed.grantees:
            return False
        if agreed.until_ms is not None and now_ms >= agreed.until_ms:
            return False
        if agreed.purposes and purpose not in agreed.purposes:
            return False
        if agreed.categories and not wanted <= set(agreed.categories):
            return False
        trees = trees_of(agreed.provisions)
        for outer, within in trees:
            if applies(outer, org, purpose, wanted):
                met = [inner for inner in within if applies(inner, org, purpose, wanted)]
                if any(row[1] == "deny" for row in (outer, *met)):
                    return False
        return all(is_permitted(agreed, trees, org, purpose, {one}) for one in wanted)

    @invariant()
    def recipients_were_granted(self) -> None:
        """Whoever may read the scan, beside its owner, was delivered it for an access."""
        if hasattr(self, "network"):
            shown = self.network.ledger.query("private", "show", {"root": SCAN}, None)
            assert set(shown["recipients"]) == {"clinic", *self.delivered}
            waiting = self.network.asked("reviews", org="hospital")["open"]
            assert isinstance(waiting, list)
            assert [bytes.fromhex(item["access"]) for item in waiting] == list(self.open)


def are_nested(provisions: tuple[Provision, ...]) -> bool:
    return not provisions or provisions[0][0] == 1


def trees_of(provisions: tuple[Provision, ...]) -> list[tuple[Provision, list[Provision]]]:
    """Each provision of the first level with those that stand in it."""
    trees: list[tuple[Provision, list[Provision]]] = []
    for row in provisions:
        if row[0] == 1:
            trees.append((row, []))
        else:
            trees[-1][1].append(row)
    return trees


def applies(row: Provision, org: str, purpose: str, wanted: set[str]) -> bool:
    _, _, grantees, purposes, categories, _, _ = row
    named = {org} <= set(grantees or (org,)) and {purpose} <= set(purposes or (purpose,))
    return named and bool(wanted & set(categories or wanted))


def is_permitted(
    agreed: ConsentTerms,
    trees: list[tuple[Provision, list[Provision]]],
    org: str,
    purpose: str,
    wanted: set[str],
) -> bool:
    """A permission is as narrow as the permissions that stand in it."""
    permits = [tree for tree in trees if tree[0][1] == "permit"]
    if not permits:
        return agreed.decision == "permit"
    for outer, within in permits:
        narrower = [inner for inner in within if inner[1] == "permit"]
        if applies(outer, org, purpose, wanted) and (
            not narrower or any(applies(inner, org, purpose, wanted) for inner in narrower)
        ):
            return True
    return False


ConsentMachine.TestCase.settings = settings(max_examples=examples(40), stateful_step_count=40, deadline=None)
TestConsentMachine = ConsentMachine.TestCase
