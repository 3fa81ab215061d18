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

from p2pchain.ledger.modules.receivable.records import (
    DEBTOR,
    HOLDER,
    ITEM,
    PROPOSED,
    SETTLED,
    SPLIT,
    Receivable,
    receivable_of,
)
from p2pchain.ledger.record import read_record
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import fingerprint, operation
from tests.unit.ledger.receivable_steps import BANKS, FIRMS, Market, act, issue, name

ORGS = (*BANKS, *FIRMS)
SIGNERS = st.sampled_from(ORGS) | st.tuples(st.sampled_from(ORGS), st.sampled_from(ORGS)).filter(
    lambda pair: pair[0] != pair[1]
)
TAKERS = st.sampled_from(ORGS)
INVOICES = tuple(fingerprint(f"invoice {number}") for number in range(2))
BACKED = st.sampled_from([None, *INVOICES])
REFERENCES = st.sampled_from(["E2E-1", "E2E-2", "E2E-3"])
SHARES = st.sampled_from([(1, 2), (1, 3), (2, 3), (1, 1)])
BY_ONE = ("accept", "cancel", "present", "confirm", "deny", "default", "recourse", "waive")
BY_ANOTHER = ("accept_transfer", "decline", "withdraw", "finance", "unpledge")
SIMPLE = st.sampled_from([*BY_ONE, *BY_ANOTHER])


class ReceivableMachine(RuleBasedStateMachine):
    """A market with four receivables to begin with."""

    @initialize()
    def begin(self) -> None:
        self.market = Market()
        self.issued = 0
        for debtor, creditor in (("buyer", "supplier"), ("supplier", "buyer")):
            self.offer(debtor, creditor, 900, None)
            self.submit(debtor, act("accept", name(str(self.issued - 1))))

    def offer(self, debtor: str, creditor: str, amount: int, document: bytes | None) -> None:
        """Issue one more, by its creditor."""
        made = issue(
            name(str(self.issued)), debtor=debtor, creditor=creditor, amount=amount, document=document
        )
        self.issued += 1
        self.submit(creditor, made)

    def items(self) -> list[Receivable]:
        """All that there are, in the order of their ids."""
        prefix = b"receivable/" + ITEM
        walked = self.market.ledger.walk(prefix)
        return [receivable_of(key[len(prefix) :], read_record(raw)) for key, raw in walked]

    def submit(self, signers: str | tuple[str, ...], *operations: Operation) -> None:
        """In a block of its own; a refusal leaves the state root as it was but for the system's records."""
        before = dict(self.market.ledger.walk(b"receivable/")), dict(self.market.ledger.walk(b"encumbrance/"))
        receipt = self.market.submit(signers, *operations)
        after = dict(self.market.ledger.walk(b"receivable/")), dict(self.market.ledger.walk(b"encumbrance/"))
        assert receipt.code == "OK" or before == after

    @rule(
        firms=st.permutations(FIRMS), amount=st.integers(1, 1_000), backed=st.sampled_from([None, *INVOICES])
    )
    def issues(self, firms: list[str], amount: int, backed: bytes | None) -> None:
        if self.issued < 8:
            self.offer(firms[0], firms[1], amount, backed)
            self.submit(firms[0], act("accept", name(str(self.issued - 1))))

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
            pair = act("request_finance", item.key, to, 1, recourse), act("finance", item.key)
        signers = (item.holder, to) if item.holder != to else (item.holder,)
        self.submit(signers, *pair)

    @rule(data=st.data(), to=TAKERS)
    def pledges(self, data: st.DataObject, to: str) -> None:
        item = data.draw(st.sampled_from(self.items()))
        self.submit(item.holder, act("pledge", item.key, to))

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

    @rule(bank=st.sampled_from(BANKS), document=st.sampled_from(INVOICES))
    def registers(self, bank: str, document: bytes) -> None:
        """The bank finances the invoice itself."""
        self.submit(bank, operation("registry", "register", document, fingerprint("weak")))
        self.submit(bank, operation("registry", "finance", document, 10**18, True))

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
    def an_invoice_is_financed_in_one_way(self) -> None:
        """By one receivable's parts, or by the registry."""
        if not hasattr(self, "market"):
            return
        for document in INVOICES:
            ways = set(self.financed_by(document))
            assert len(ways) <= 1, ways

    def financed_by(self, document: bytes) -> Iterator[str]:
        """The roots under which parts are live and encumbered, and the bank that holds it."""
        for item in self.items():
            encumbered = item.pledgee is not None or item.financier is not None
            if item.document == document and item.is_live and encumbered:
                yield item.root.hex()
        raw = self.market.ledger.get(b"registry/document/" + document)
        if raw is not None and (holder := read_record(raw)[1]) is not None:
            yield str(holder)

    def teardown(self) -> None:
        """Restored from the records alone, the state is the same."""
        if hasattr(self, "market"):
            assert self.market.restored().state_root == self.market.ledger.state_root


ReceivableMachine.TestCase.settings = settings(max_examples=150, stateful_step_count=40)
TestReceivables = ReceivableMachine.TestCase
