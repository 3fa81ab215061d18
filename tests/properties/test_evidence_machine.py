"""Random deposits, handovers and holds of rivals: the order of the chain never changes, nothing held moves.

The model knows no rule. It notes what was accepted: who deposited what in which order, and what courts hold.
After every block the state says the same: one place for each deposit, the first stays first, one custodian at
a time, at most one deposit in the place of another; and while a court holds a deposit or a payload, its
custodian, its successor and its copies are what they were in the block of the hold.
"""

from __future__ import annotations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from p2pchain.codec.evidence_file import deposit_id
from p2pchain.ledger.record import read_record
from p2pchain.model.transaction import Operation, Value
from tests.examples import examples
from tests.unit.ledger.evidence_steps import (
    CLERKS,
    COURTS,
    act,
    deposit,
    digest,
    held,
    hold,
    supersede,
    timestamp,
)
from tests.unit.ledger.test_ledger_evidence_holds import ERASE, ROOT, with_payload

ORGS = st.sampled_from((*CLERKS, *COURTS, "hospital", "nobody"))
SIGNERS = st.sampled_from((*CLERKS, *COURTS, "hospital"))
TEXTS = st.sampled_from(("decision", "draft", "a", "b", "c"))
OWNERS = st.sampled_from(CLERKS)
NONCES = st.sampled_from(("h", "i"))
SUPERSEDED_BY, CUSTODIAN = 10, 6
"""Places of these fields in the record of a deposit."""


class EvidenceMachine(RuleBasedStateMachine):
    """Two who deposit the same few files, a payload of the hospital, and two courts."""

    @initialize()
    def begin(self) -> None:
        self.market = with_payload()
        self.order: dict[bytes, list[str]] = {digest("decision"): ["bureau"]}
        self.holds: dict[tuple[str, str], Value] = {}
        self.frozen: dict[bytes, tuple[Value, Value]] = {}

    def submit(self, signer: str, operation: Operation) -> bool:
        """In a block of its own; whether it was accepted. A refusal leaves the state as it was."""
        before = self.recorded()
        receipt = self.market.submit(signer, operation)
        assert receipt.code != "MODULE_FAULT", receipt
        assert receipt.code == "OK" or self.recorded() == before
        return receipt.code == "OK"

    def recorded(self) -> dict[bytes, bytes]:
        """What evidence and payloads have written."""
        names = (b"evidence/", b"private/")
        return {key: value for name in names for key, value in self.market.ledger.walk(name)}

    @rule(who=SIGNERS, text=TEXTS, count=st.sampled_from((None, 1, 50_000)))
    def deposits(self, who: str, text: str, count: int | None) -> None:
        if self.submit(who, deposit(text, count)):
            self.order.setdefault(digest(text), []).append(who)

    @rule(who=SIGNERS, owner=OWNERS, older=TEXTS, text=TEXTS)
    def supersedes(self, who: str, owner: str, older: str, text: str) -> None:
        if self.submit(who, supersede(deposit_id(owner, digest(older)), text)):
            assert who == owner
            self.order.setdefault(digest(text), []).append(who)

    @rule(who=SIGNERS, owner=OWNERS, text=TEXTS, to=ORGS)
    def hands_over(self, who: str, owner: str, text: str, to: str) -> None:
        id_ = deposit_id(owner, digest(text))
        self.submit(who, act("transfer_custody", id_, to))
        if to != "nobody":
            self.submit(to, act("accept_custody", id_))

    @rule(who=SIGNERS, owner=OWNERS, text=TEXTS, late_ms=st.integers(-10, 1_000))
    def attests(self, who: str, owner: str, text: str, late_ms: int) -> None:
        id_ = deposit_id(owner, digest(text))
        self.submit(who, act("countersign", id_, None))
        self.submit(who, timestamp(id_, self.market.ledger.time_ms + late_ms))

    @rule(court=SIGNERS, nonce=NONCES, owner=OWNERS, text=TEXTS, payload=st.booleans())
    def holds_something(self, court: str, nonce: str, owner: str, text: str, payload: bool) -> None:
        id_ = deposit_id(owner, digest(text))
        order = hold(nonce, payload=ROOT) if payload else hold(nonce, deposit=id_)
        if self.submit(court, order):
            assert court in COURTS
            self.holds[court, nonce] = ROOT if payload else id_

    @rule(who=SIGNERS, court=st.sampled_from(COURTS), nonce=NONCES)
    def lifts(self, who: str, court: str, nonce: str) -> None:
        if self.submit(who, act("lift", held(nonce, court))):
            assert who == court
            del self.holds[court, nonce]

    @rule(who=st.sampled_from(("archive", "hospital")))
    def erases(self, who: str) -> None:
        if self.submit(who, ERASE):
            assert ROOT not in self.holds.values(), "a court holds it"

    @invariant()
    def the_order_is_that_of_the_blocks(self) -> None:
        for name, orgs in self.order.items():
            answer = self.market.ledger.query("evidence", "find", {"digest": name}, None)
            assert [row["org"] for row in answer["depositors"]] == orgs
            assert [row["place"] for row in answer["depositors"]] == list(range(len(orgs)))
            first = self.market.ledger.get(b"evidence/digest/" + name)
            assert first is not None
            assert read_record(first)[:2] == (len(orgs), orgs[0])

    @invariant()
    def what_is_held_stays_as_it_was(self) -> None:
        now = {}
        for id_ in self.holds.values():
            assert isinstance(id_, bytes)
            raw = self.market.ledger.get(b"evidence/deposit/" + id_)
            if raw is not None:
                record = read_record(raw)
                now[id_] = (record[CUSTODIAN], record[SUPERSEDED_BY])
        for id_, before in self.frozen.items():
            assert now.get(id_, before) == before
        self.frozen = now

    @invariant()
    def each_has_at_most_one_successor(self) -> None:
        walked = [read_record(raw) for _, raw in self.market.ledger.walk(b"evidence/deposit/")]
        newer = [record[SUPERSEDED_BY] for record in walked if record[SUPERSEDED_BY] is not None]
        assert len(newer) == len(set(newer))

    def teardown(self) -> None:
        assert self.market.restored().state_root == self.market.ledger.state_root


TestEvidence = EvidenceMachine.TestCase
TestEvidence.settings = settings(max_examples=examples(30), stateful_step_count=40, deadline=None)
