"""Random blocks against the registry: whatever banks do, no document is financed twice.

The model knows no rule. It only counts what the receipts say was financed, released and repaid, and holds the
promises against that. Every block is executed by a second ledger too, and at the end a third is restored from
the records.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from p2pchain.codec.cbor import decode
from p2pchain.ledger.kernel import Ledger
from p2pchain.ledger.modules.registry.document import SHARE_WHOLE
from p2pchain.model.transaction import Operation, Receipt
from tests.unit.ledger.ledger_world import BANKS, World, fingerprint, operation

NAMES = ("bank-a", "bank-b", "bank-c", "buyer")
DOCUMENTS = tuple(fingerprint(f"document {number}") for number in range(4))
WEAKS = tuple(fingerprint(f"weak {number}") for number in range(2))
PARTS = SHARE_WHOLE // 4
SHARES = st.sampled_from([1, PARTS, 2 * PARTS, SHARE_WHOLE - 1, SHARE_WHOLE])
EXACT = st.sampled_from(DOCUMENTS)

REGISTER = st.builds(
    lambda exact, weak: operation("registry", "register", exact, weak), EXACT, st.sampled_from(WEAKS)
)
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
        self.world = World()
        self.follower = Ledger.from_genesis(self.world.genesis)
        self.financed: dict[bytes, Counter[str]] = defaultdict(Counter)
        self.repaid: Counter[bytes] = Counter()
        self.closed: set[bytes] = set()

    @rule(wanted=st.lists(TRANSACTION, min_size=1, max_size=4))
    def block(self, wanted: list[tuple[str, list[Operation]]]) -> None:
        """Commit a block and count what its receipts say."""
        before = self.world.ledger.state_root
        transactions = [self.world.transaction(name, *operations) for name, operations in wanted]
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
        for (name, _), receipt in zip(wanted, receipts, strict=True):
            self.count(name, receipt)

    def count(self, name: str, receipt: Receipt) -> None:
        """Add what one receipt says."""
        assert receipt.code == "OK" or receipt.events == ()
        assert receipt.code != "OK" or name != "buyer", "only financiers"
        for event in receipt.events:
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
    def the_state_says_the_same(self) -> None:
        """The records hold what was counted, and the weak index agrees with the registrations."""
        under: dict[bytes, set[bytes]] = defaultdict(set)
        for exact in DOCUMENTS:
            raw = self.world.ledger.get(b"registry/document/" + exact)
            if raw is None:
                continue
            state, holder, share, _, _, registrations = self.record(raw)
            shares = self.financed[exact]
            assert share == sum(shares.values())
            assert (state == "financed") == (holder is not None) == bool(share)
            assert holder is None or shares[str(holder)] == share
            assert isinstance(registrations, tuple)
            assert (state == "cancelled") == (not registrations)
            for org, weak in registrations:
                assert org in BANKS
                under[weak].add(exact)
        for weak in WEAKS:
            raw = self.world.ledger.get(b"registry/weak/" + weak)
            count, named = (0, ()) if raw is None else self.record(raw)
            assert count == len(under[weak])
            assert named == tuple(sorted(under[weak]))

    def record(self, raw: bytes) -> tuple[object, ...]:
        """A record of the state."""
        record = decode(raw, bytes_max=len(raw))
        assert isinstance(record, tuple)
        return record

    def teardown(self) -> None:
        """A ledger from the records alone has the same root."""
        assert self.world.restored().state_root == self.world.ledger.state_root


TestRegistryMachine = RegistryMachine.TestCase
TestRegistryMachine.settings = settings(max_examples=60, stateful_step_count=25, deadline=None)
