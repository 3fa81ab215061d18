"""Random actions of a market on its receivables: value is conserved, nothing has two holders, and a refusal
leaves the state as it was.

The model knows no rule. It counts what was accepted, and after every block holds the state against it: for
each receivable that a debtor accepted, what its parts owe, were settled for, or were spent on, is its amount.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterator

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from p2pchain.business.receivable.records import (
    DEBTOR,
    HOLDER,
    ITEM,
    PROPOSED,
    SETTLED,
    SPLIT,
    Receivable,
    receivable_of,
)
from p2pchain.business.registry.declaration import Declaration
from p2pchain.ledger.record import read_record
from p2pchain.model.transaction import Operation, Value
from tests.examples import examples
from tests.unit.ledger.ledger_world import operation
from tests.unit.ledger.receivable_steps import BANKS, FIRMS, Market, act, issue, name
from tests.unit.ledger.registering import declaration, declare, gln, vat
from tests.unit.ledger.registering import name as name_of

ORGS = (*BANKS, *FIRMS)
SIGNERS = st.sampled_from(ORGS) | st.tuples(st.sampled_from(ORGS), st.sampled_from(ORGS)).filter(
    lambda pair: pair[0] != pair[1]
)
TAKERS = st.sampled_from(ORGS)
WAYS = (
    declaration(vat("1"), gln("1")),
    declaration(vat("1"), name_of("weak")),
    declaration(vat("2"), name_of("weak"), content="other"),
)
"""What banks declare: the first two are one invoice, under two ids."""
INVOICES = tuple(way.document for way in WAYS)
BACKED = st.sampled_from([None, *INVOICES])
REFERENCES = st.sampled_from(["E2E-1", "E2E-2", "e2e--2 ", "E2E-3"])
WORDS = st.sampled_from(
    [
        (None, True, True),
        (None, False, True),
        (None, False, False),
        *((each, False, True) for each in INVOICES),
    ]
)
"""What whoever gives money says of the documents."""
REASONS = st.sampled_from(["withdrawn", "repaid"])
SHARES = st.sampled_from([(1, 2), (1, 3), (2, 3), (1, 1)])
BY_ONE = ("accept", "cancel", "present", "confirm", "deny", "default", "recourse", "waive")
BY_ANOTHER = ("accept_transfer", "decline", "withdraw", "unpledge")
SIMPLE = st.sampled_from([*BY_ONE, *BY_ANOTHER])


class ReceivableMachine(RuleBasedStateMachine):
    """A market with four receivables to begin with."""

    @initialize()
    def begin(self) -> None:
        self.market = Market()
        self.market.knows_key()
        self.issued = 0
        for debtor, creditor in (("buyer", "supplier"), ("supplier", "buyer")):
            self.offer(debtor, creditor, 900, None)
            self.submit(debtor, act("accept", name(str(self.issued - 1), creditor)))

    def offer(self, debtor: str, creditor: str, amount: int, document: bytes | None) -> None:
        """Issue one more, by its creditor."""
        key = name(str(self.issued), creditor)
        made = issue(key, debtor=debtor, creditor=creditor, amount=amount, document=document)
        self.issued += 1
        self.submit(creditor, made)

    def items(self) -> list[Receivable]:
        """All that there are, in the order of their ids."""
        prefix = b"receivable/" + ITEM
        walked = self.market.ledger.walk(prefix)
        return [receivable_of(key[len(prefix) :], read_record(raw)) for key, raw in walked]

    def submit(self, signers: str | tuple[str, ...], *operations: Operation) -> None:
        """In a block of its own; a refusal leaves the state root as it was but for the system's records."""
        before = self.recorded()
        receipt = self.market.submit(signers, *operations)
        after = self.recorded()
        assert receipt.code == "OK" or before == after

    def recorded(self) -> list[dict[bytes, bytes]]:
        """What the modules of business have written."""
        return [
            dict(self.market.ledger.walk(name + b"/"))
            for name in (b"receivable", b"encumbrance", b"registry")
        ]

    @rule(
        firms=st.permutations(FIRMS), amount=st.integers(1, 1_000), backed=st.sampled_from([None, *INVOICES])
    )
    def issues(self, firms: list[str], amount: int, backed: bytes | None) -> None:
        if self.issued < 8:
            self.offer(firms[0], firms[1], amount, backed)
            self.submit(firms[0], act("accept", name(str(self.issued - 1), firms[1])))

    @rule(data=st.data(), signers=SIGNERS, action=SIMPLE)
    def acts(self, data: st.DataObject, signers: str | tuple[str, ...], action: str) -> None:
        self.submit(signers, act(action, self.any_of(data)))

    @rule(data=st.data(), to=TAKERS, recourse=st.booleans(), action=st.sampled_from(["transfer", "finance"]))
    def hands_over(self, data: st.DataObject, to: str, recourse: bool, action: str) -> None:
        """By its holder, and taken."""
        item = data.draw(st.sampled_from(self.items()))
        if action == "transfer":
            pair = act("transfer", item.key, to, recourse), act("accept_transfer", item.key)
        else:
            word = data.draw(WORDS)
            pair = act("request_finance", item.key, to, 1, recourse), act("finance", item.key, *word)
        signers = (item.holder, to) if item.holder != to else (item.holder,)
        self.submit(signers, *pair)

    @rule(data=st.data(), to=TAKERS, word=WORDS, both=st.booleans())
    def pledges(self, data: st.DataObject, to: str, word: tuple[Value, ...], both: bool) -> None:
        item = data.draw(st.sampled_from(self.items()))
        signers = (item.holder, to) if both and to != item.holder else (item.holder,)
        self.submit(signers, act("pledge", item.key, to, *word))

    @rule(data=st.data(), share=SHARES, excess=st.sampled_from([0, 0, 1]))
    def splits(self, data: st.DataObject, share: tuple[int, int], excess: int) -> None:
        item = data.draw(st.sampled_from(self.items()))
        first = max(1, item.amount_minor * share[0] // share[1])
        rest = max(1, item.amount_minor - first + excess)
        self.submit(item.holder, act("split", item.key, (first, rest)))

    @rule(data=st.data())
    def sets_off(self, data: st.DataObject) -> None:
        one, other = self.any_of(data), self.any_of(data)
        self.submit(tuple(data.draw(st.permutations(ORGS))[:2]), act("offset", one, other))

    @rule(data=st.data(), signers=SIGNERS, reference=REFERENCES)
    def pays(self, data: st.DataObject, signers: str | tuple[str, ...], reference: str) -> None:
        item = data.draw(st.sampled_from(self.items()))
        self.submit(signers, act("attest_payment", item.key, reference, item.amount_minor))

    @rule(bank=st.sampled_from(BANKS), way=st.sampled_from(WAYS), share=st.sampled_from([0, 10**16, 10**18]))
    def registers(self, bank: str, way: Declaration, share: int) -> None:
        """The bank registers the invoice, and finances it itself where it likes."""
        self.submit(bank, declare(way))
        if share:
            self.submit(bank, operation("registry", "finance", way.document, share, True))

    @rule(
        bank=st.sampled_from(BANKS),
        way=st.sampled_from(WAYS),
        reason=st.sampled_from(["withdrawn", "repaid"]),
    )
    def lets_go(self, bank: str, way: Declaration, reason: str) -> None:
        """The bank releases the invoice, and takes back what it registered."""
        self.submit(bank, operation("registry", "release", way.document, None, reason))
        self.submit(bank, operation("registry", "cancel", way.document))

    @rule(bank=st.sampled_from(BANKS), way=st.sampled_from(WAYS), own=st.sampled_from(WAYS))
    def contests(self, bank: str, way: Declaration, own: Declaration) -> None:
        """A bank doubts a claim; nobody discloses, so it lapses after so many days."""
        self.submit(bank, operation("registry", "contest", way.document, own.document))

    @rule(days=st.sampled_from([1, 180]))
    def waits(self, days: int) -> None:
        self.market.later(days)
        self.market.block()

    def any_of(self, data: st.DataObject) -> bytes:
        """One of those that there are."""
        return data.draw(st.sampled_from(self.items())).key

    @invariant()
    def value_is_conserved(self) -> None:
        """What an accepted receivable is worth is owed, or settled, in itself or in its parts."""
        if not hasattr(self, "market"):
            return
        items = self.items()
        ends: Counter[bytes] = Counter()
        for item in items:
            if item.is_live or item.state == SETTLED:
                ends[item.root] += item.amount_minor
        for item in items:
            if item.parent is None and (item.is_live or item.state in (SETTLED, SPLIT)):
                assert ends[item.key] == item.amount_minor
            if item.parent is None and item.state == PROPOSED:
                assert ends[item.key] == 0
        parts: Counter[bytes] = Counter()
        for item in items:
            if item.parent is not None:
                parts[item.parent] += item.amount_minor
        for item in items:
            assert parts[item.key] == (item.amount_minor if item.state == SPLIT else 0)

    @invariant()
    def each_has_one_holder(self) -> None:
        """Its index says the same as itself."""
        if not hasattr(self, "market"):
            return
        for index, part_of in ((HOLDER, "holder"), (DEBTOR, "debtor")):
            found: dict[bytes, list[str]] = defaultdict(list)
            for key, _ in self.market.ledger.walk(b"receivable/" + index):
                org, _, id_ = key[len(b"receivable/" + index) :].partition(b"/")
                found[id_].append(org.decode())
            assert found == {item.key: [getattr(item, part_of)] for item in self.items()}

    @invariant()
    def an_invoice_is_claimed_in_one_way(self) -> None:
        """By one receivable's parts, or by the registry, whatever it is called: but for claims that were
        contested and not disclosed in time.
        """
        if not hasattr(self, "market"):
            return
        for same in (INVOICES[:2], INVOICES[2:]):
            ways = {way for document in same for way in self.claimed_by(document)}
            assert len(ways) <= 1, ways

    def claimed_by(self, document: bytes) -> Iterator[tuple[Value, ...]]:
        """The basis that the index of encumbrances holds it for."""
        raw = self.market.ledger.get(b"encumbrance/document/" + document)
        if raw is None:
            return
        module, basis, _, _, org = read_record(raw)
        contest = self.market.ledger.get(b"registry/contest/" + document)
        if contest is not None:
            claimant, _, deadline_ms, _ = read_record(contest)
            assert claimant == org
            assert isinstance(deadline_ms, int)
            if self.market.ledger.time_ms >= deadline_ms:
                return
        yield module, basis

    @invariant()
    def what_is_taken_has_documents_or_a_word(self) -> None:
        """And the index of encumbrances knows the documents, unless a claim was struck."""
        if not hasattr(self, "market"):
            return
        for item in self.items():
            if item.is_live and (item.pledgee is not None or item.financier is not None):
                assert item.document is not None or item.no_document is not None

    def teardown(self) -> None:
        """Restored from the records alone, the state is the same."""
        if hasattr(self, "market"):
            assert self.market.restored().state_root == self.market.ledger.state_root


ReceivableMachine.TestCase.settings = settings(max_examples=examples(150), stateful_step_count=40)
TestReceivables = ReceivableMachine.TestCase
