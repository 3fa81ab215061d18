"""Random blocks against the registry: whatever banks do, no document is financed twice.

The model knows no rule. It only counts what the receipts say was financed, released and repaid, and holds the
promises against that. Every block is executed by a second ledger too, and at the end a third is restored from
the records.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import combinations

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from p2pchain.business.registry.declaration import declarations_of, is_exact
from p2pchain.business.registry.document import SHARE_WHOLE
from p2pchain.codec.cbor import decode
from p2pchain.model.transaction import Operation, Receipt
from tests.examples import examples
from tests.unit.ledger.ledger_world import BANKS, operation
from tests.unit.ledger.registering import Keyed, declaration, declare, gln, name, vat

NAMES = ("bank-a", "bank-b", "bank-c", "buyer")
INVOICES = (
    (declaration(vat("1"), gln("1"), name("a")), declaration(vat("1")), declaration(gln("1"), name("a"))),
    (declaration(vat("1"), gln("2"), name("a")),),
    (declaration(vat("3"), content="other"), declaration(vat("3"), name("b"), content="other")),
    (declaration(name("b")),),
)
"""What may be declared of four invoices. The first two are of two companies of one VAT group; what has the
VAT number alone may be either.
"""
DECLARATIONS = tuple(declared for ways in INVOICES for declared in ways)
DOCUMENTS = tuple(sorted({declared.document for declared in DECLARATIONS}))
PARTS = SHARE_WHOLE // 4
SHARES = st.sampled_from([1, PARTS // 10, PARTS, 2 * PARTS, SHARE_WHOLE - 1, SHARE_WHOLE])
EXACT = st.sampled_from(DOCUMENTS)

REGISTER = st.builds(declare, st.sampled_from(DECLARATIONS))
FINANCE = st.builds(
    lambda exact, share, similar: operation("registry", "finance", exact, share, similar),
    EXACT,
    SHARES,
    st.booleans() | st.just(True),
)
RELEASE = st.builds(
    lambda exact, share, reason: operation("registry", "release", exact, share, reason),
    EXACT,
    st.none() | SHARES,
    st.sampled_from(["withdrawn", "not_funded", "repaid", "tired"]),
)
CANCEL = st.builds(lambda exact: operation("registry", "cancel", exact), EXACT)
OPERATION = REGISTER | FINANCE | FINANCE | RELEASE | CANCEL
TRANSACTION = st.tuples(st.sampled_from(NAMES), st.lists(OPERATION, min_size=1, max_size=3))


class RegistryMachine(RuleBasedStateMachine):
    """Blocks of random transactions; the model counts shares per document and bank."""

    def __init__(self) -> None:
        super().__init__()
        self.world = Keyed()
        self.follower = self.world.restored()
        self.financed: dict[bytes, Counter[str]] = defaultdict(Counter)
        self.repaid: Counter[bytes] = Counter()
        self.closed: set[bytes] = set()

    @rule(wanted=st.lists(TRANSACTION, min_size=1, max_size=4))
    def block(self, wanted: list[tuple[str, list[Operation]]]) -> None:
        """Commit a block and count what its receipts say."""
        before = self.world.ledger.state_root
        transactions = [self.world.transaction(signer, *operations) for signer, operations in wanted]
        receipts = self.world.block(*transactions)
        execution = self.follower.execute(
            height=self.world.ledger.height,
            time_ms=self.world.ledger.time_ms,
            transactions=transactions,
            evidence=(),
            system=(),
        )
        assert execution.state_root == self.world.ledger.state_root
        assert execution.receipts == receipts
        self.follower.commit(execution)
        if all(receipt.code != "OK" for receipt in receipts):
            assert self.world.ledger.state_root == before, "a refusal changes nothing but the nonce"
        for (signer, _), receipt in zip(wanted, receipts, strict=True):
            self.count(signer, receipt)

    def count(self, name: str, receipt: Receipt) -> None:
        """Add what one receipt says."""
        assert receipt.code == "OK" or receipt.events == ()
        assert receipt.code != "OK" or name != "buyer", "only financiers"
        for event in receipt.events:
            if event.name == "similar":
                continue
            exact, state, _, _, share, own, remaining, reason = event.fields
            assert isinstance(exact, bytes)
            assert isinstance(share, int)
            match event.name:
                case "financed":
                    assert exact not in self.closed, "financed after it was repaid"
                    assert share > 0
                    self.financed[exact][name] += share
                case "released":
                    self.financed[exact][name] -= share
                    if reason == "repaid":
                        self.repaid[exact] += share
                    if state == "released" and reason == "repaid":
                        self.closed.add(exact)
                        assert remaining == 0
            assert own == self.financed[exact][name], "what the receipt says is what was counted"

    @invariant()
    def nobody_finances_what_another_does(self) -> None:
        """At most one holder a document, and never more than the whole."""
        for exact, shares in self.financed.items():
            assert min(shares.values(), default=0) >= 0
            assert len([share for share in shares.values() if share]) <= 1
            assert sum(shares.values()) + self.repaid[exact] <= SHARE_WHOLE

    @invariant()
    def one_invoice_has_one_financier(self) -> None:
        """Whatever it was declared as: nobody finances, or was repaid for, what another does."""
        for ones, others in combinations(DECLARATIONS, 2):
            if ones.document == others.document or not is_exact(ones, others):
                continue
            held = [document for document in (ones.document, others.document) if self.is_held(document)]
            assert len(held) <= 1, "one invoice is financed as two documents"

    def is_held(self, document: bytes) -> bool:
        """Whether somebody finances a document, or was repaid."""
        return any(self.financed[document].values()) or document in self.closed

    @invariant()
    def the_state_says_the_same(self) -> None:
        """The records hold what was counted, and the index of names agrees with the registrations."""
        under: Counter[bytes] = Counter()
        for exact in DOCUMENTS:
            raw = self.world.ledger.get(b"registry/document/" + exact)
            if raw is None:
                continue
            state, holder, share, _, reason, registrants = self.record(raw)
            shares = self.financed[exact]
            assert share == sum(shares.values())
            assert (state == "financed") == (holder is not None) == bool(share)
            assert holder is None or shares[str(holder)] == share
            assert isinstance(registrants, tuple)
            assert (state == "cancelled") == (not registrants)
            held = state == "financed" or (state, reason) == ("released", "repaid")
            assert (self.world.ledger.get(b"encumbrance/document/" + exact) is not None) == held
            for org in registrants:
                assert org in BANKS
                key = b"registry/registration/" + exact + b"/" + str(org).encode()
                raw = self.world.ledger.get(key)
                assert raw is not None
                (declared,) = declarations_of(self.record(raw)[0])  # type: ignore[arg-type]
                under.update(declared.digests)
        entered: Counter[bytes] = Counter()
        for key, raw in self.world.ledger.walk(b"registry/name/"):
            entries, hidden = self.record(raw)
            assert hidden == 0
            entered[key[len(b"registry/name/") :]] = sum(count for _, _, count in entries)  # type: ignore[attr-defined]
        assert entered == under

    def record(self, raw: bytes) -> tuple[object, ...]:
        """A record of the state."""
        record = decode(raw, bytes_max=len(raw))
        assert isinstance(record, tuple)
        return record

    def teardown(self) -> None:
        """A ledger from the records alone has the same root."""
        assert self.world.restored().state_root == self.world.ledger.state_root


TestRegistryMachine = RegistryMachine.TestCase
TestRegistryMachine.settings = settings(max_examples=examples(60), stateful_step_count=25, deadline=None)
