"""Random actions of a market on its certificates: no watt-hour is in two cancellations, and none gets lost.

The model knows no rule. It counts what was accepted, and after every block holds the state against it: each
metered watt-hour is issued or remains, each that is issued is held, used up, withdrawn, exported or expired,
and the ranges of what counts or was used up have no watt-hour in common.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from itertools import pairwise

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from p2pchain.business.certificate.devices import REGISTRATION
from p2pchain.business.certificate.fields import CONSUMPTION, PRODUCTION
from p2pchain.business.certificate.records import (
    CANCELLED,
    CLAIMED,
    EXPIRED,
    EXPORTED,
    HELD,
    HOLDER,
    ISSUE,
    ITEM,
    SPLIT,
    WITHDRAWN,
    Certificate,
    MeteredIssue,
    certificate_of,
    issue_of,
)
from p2pchain.ledger.record import read_record
from p2pchain.model.transaction import Operation
from tests.examples import examples
from tests.unit.ledger.certificate_steps import (
    BODIES,
    FIRMS,
    OFFICE,
    WIND,
    Grid,
    act,
    cancel,
    issue,
    register,
)

ORGS = (*BODIES, *FIRMS)
TAKERS = st.sampled_from(ORGS)
HOURS = st.integers(0, 3)
WATT_HOURS = st.sampled_from([0, 1, 700_000, 1_000_000, 1_300_000, 3_000_000])
DEVICES = st.sampled_from([WIND, OFFICE])
SHARES = st.sampled_from([(1, 2), (1, 3), (2, 3)])
ENDED = {CANCELLED: "retired_wh", CLAIMED: "retired_wh", EXPIRED: "expired_wh"}
COLUMNS = {**ENDED, WITHDRAWN: "withdrawn_wh", EXPORTED: "away_wh"}
"""By state: the column of the issue that counts it."""
QUORUM = (*BODIES, "wind", "trader")


class CertificateMachine(RuleBasedStateMachine):
    """A producer and a consumer; one body issues by the watt-hour, the other by the megawatt-hour."""

    @initialize()
    def begin(self) -> None:
        self.grid = Grid()
        self.grid.does(("body-b", "wind"), register(standard="eecs"))
        self.grid.does(QUORUM, act("trust_ledger", "abroad-1", 1, bytes(32)))
        self.issues = 0
        self.issues_for(WIND, "body-a", ((0, 3_000_000),))
        self.issues_for(OFFICE, "body-a", ((0, 3_000_000),))

    def issues_for(self, device: bytes, body: str, rows: tuple[tuple[int, int], ...]) -> None:
        """One more issue."""
        self.issues += 1
        self.submit(body, issue(str(self.issues), *rows, device=device))

    def items(self) -> list[Certificate]:
        """All certificates, in the order of their ids."""
        prefix = b"certificate/" + ITEM
        walked = self.grid.ledger.walk(prefix)
        return [certificate_of(key[len(prefix) :], read_record(raw)) for key, raw in walked]

    def all_issues(self) -> list[MeteredIssue]:
        """All metered periods."""
        prefix = b"certificate/" + ISSUE
        walked = self.grid.ledger.walk(prefix)
        return [issue_of(key[len(prefix) :], read_record(raw)) for key, raw in walked]

    def submit(self, signers: str | tuple[str, ...], *operations: Operation) -> None:
        """In a block of its own; a refusal leaves the records of business as they were."""
        before = self.recorded()
        receipt = self.grid.submit(signers, *operations)
        assert receipt.code == "OK" or before == self.recorded()
        assert receipt.code != "MODULE_FAULT", receipt

    def recorded(self) -> list[dict[bytes, bytes]]:
        """What the modules of business have written."""
        return [dict(self.grid.ledger.walk(name + b"/")) for name in (b"certificate", b"encumbrance")]

    def drawn(self, data: st.DataObject) -> Certificate:
        """One of those that there are."""
        return data.draw(st.sampled_from(self.items()))

    @rule(
        device=DEVICES, body=st.sampled_from(BODIES), rows=st.lists(st.tuples(HOURS, WATT_HOURS), max_size=3)
    )
    def meters(self, device: bytes, body: str, rows: list[tuple[int, int]]) -> None:
        self.issues_for(device, body, tuple(sorted(rows)))

    @rule(data=st.data(), share=SHARES, excess=st.sampled_from([0, 0, 0, 1]))
    def splits(self, data: st.DataObject, share: tuple[int, int], excess: int) -> None:
        item = self.drawn(data)
        first = max(1, item.wh * share[0] // share[1] // item.unit_wh * item.unit_wh)
        self.submit(item.holder, act("split", item.key, (first, max(1, item.wh - first + excess))))

    @rule(data=st.data(), to=TAKERS, answer=st.sampled_from(["accept", "accept", "decline"]))
    def hands_over(self, data: st.DataObject, to: str, answer: str) -> None:
        item = self.drawn(data)
        signers = (item.holder, to) if item.holder != to else (item.holder,)
        self.submit(signers, act("offer", item.key, to), act(answer, item.key))

    @rule(
        data=st.data(),
        to=TAKERS,
        action=st.sampled_from(["offer", "retract", "unlock", "withdraw", "reopen"]),
    )
    def acts(self, data: st.DataObject, to: str, action: str) -> None:
        item = self.drawn(data)
        args = (item.key, to) if action == "offer" else (item.key,)
        self.submit(data.draw(st.sampled_from([item.holder, to, item.body])), act(action, *args))

    @rule(data=st.data(), to=TAKERS, days=st.sampled_from([0, 1, 400]))
    def locks(self, data: st.DataObject, to: str, days: int) -> None:
        item = self.drawn(data)
        until = self.grid.ledger.time_ms // 86_400_000 + days
        self.submit(item.holder, act("lock", item.key, to, until))

    @rule(data=st.data(), more=st.booleans())
    def cancels(self, data: st.DataObject, more: bool) -> None:
        item = self.drawn(data)
        keys = dict.fromkeys((item.key, self.drawn(data).key) if more else (item.key,))
        self.submit(item.holder, cancel(*keys))

    @rule(data=st.data())
    def claims(self, data: st.DataObject) -> None:
        items = self.items()
        made = data.draw(st.sampled_from([item for item in items if item.kind == PRODUCTION]))
        used = data.draw(st.sampled_from([item for item in items if item.kind == CONSUMPTION]))
        signers = tuple(dict.fromkeys((made.holder, used.holder)))
        self.submit(signers, act("claim", made.key, used.key))

    @rule(data=st.data(), all_sign=st.booleans())
    def takes_back(self, data: st.DataObject, all_sign: bool) -> None:
        """The issuing body, with both holders or alone; and the hours open again where nothing is left."""
        item = self.drawn(data)
        mates = [other.holder for other in self.items() if other.key == item.mate]
        signers = tuple(dict.fromkeys((item.body, item.holder, *mates))) if all_sign else (item.body,)
        self.submit(signers, act("withdraw", item.key))
        self.submit(item.body, act("reopen", item.issue))

    @rule(data=st.data())
    def exports(self, data: st.DataObject) -> None:
        item = self.drawn(data)
        self.submit(item.holder, act("export", item.key, "abroad-1", "sun"))

    @rule(data=st.data(), days=st.sampled_from([1, 200]))
    def waits(self, data: st.DataObject, days: int) -> None:
        self.grid.later(days)
        self.submit("office", act("expire", (self.drawn(data).key,)))

    @invariant()
    def watt_hours_are_conserved(self) -> None:
        """Issued = held + used up + withdrawn + exported + expired, of each period; and metered = issued +
        remainder, of each metering point and body.
        """
        if not hasattr(self, "grid"):
            return
        ends: dict[bytes, Counter[str]] = defaultdict(Counter)
        for item in self.items():
            if item.state != SPLIT:
                ends[item.issue][COLUMNS.get(item.state, HELD)] += item.wh
        metered: Counter[bytes] = Counter()
        issued: Counter[bytes] = Counter()
        for made in self.all_issues():
            assert sum(ends[made.key].values()) == made.issued_wh
            for column in COLUMNS.values():
                assert ends[made.key][column] == getattr(made, column)
            if not made.is_open:
                owner = made.device + b"/" + made.body.encode()
                metered[owner] += made.metered_wh
                issued[owner] += made.issued_wh
        prefix = b"certificate/" + REGISTRATION
        for key, raw in self.grid.ledger.walk(prefix):
            _, metered_wh, issued_wh, remainder_wh, _ = read_record(raw)
            owner = key[len(prefix) :]
            assert (metered_wh, issued_wh) == (metered[owner], issued[owner])
            assert metered_wh == issued_wh + remainder_wh  # type: ignore[operator]

    @invariant()
    def no_watt_hour_is_in_two_certificates(self) -> None:
        """Ranges of one issue that were not split follow one another without a gap."""
        if not hasattr(self, "grid"):
            return
        ranges: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
        for item in self.items():
            if item.state != SPLIT:
                ranges[item.issue].append((item.first_wh, item.end_wh))
        for made in self.all_issues():
            at_wh = 0
            for first_wh, end_wh in sorted(ranges[made.key]):
                assert first_wh == at_wh
                at_wh = end_wh
            assert at_wh == made.issued_wh

    @invariant()
    def an_hour_is_issued_once(self) -> None:
        """Whichever body asked: periods of a metering point that are not open do not overlap."""
        if not hasattr(self, "grid"):
            return
        periods: dict[bytes, list[tuple[int, int]]] = defaultdict(list)
        for made in self.all_issues():
            if not made.is_open:
                periods[made.device].append((made.start_ms, made.end_ms))
        for rows in periods.values():
            rows.sort()
            assert all(one[1] <= other[0] for one, other in pairwise(rows))

    @invariant()
    def claims_are_pairs(self) -> None:
        """Production and consumption of one period, as much of one as of the other, each with its mate."""
        if not hasattr(self, "grid"):
            return
        items = {item.key: item for item in self.items()}
        for item in items.values():
            assert (item.mate is not None) == (item.state == CLAIMED)
            if item.mate is not None:
                mate = items[item.mate]
                assert (mate.mate, mate.wh, mate.start_ms) == (item.key, item.wh, item.start_ms)
                assert mate.kind != item.kind

    @invariant()
    def each_has_one_holder(self) -> None:
        """Its index says the same as itself, and holds only what counts."""
        if not hasattr(self, "grid"):
            return
        held: dict[bytes, list[str]] = defaultdict(list)
        prefix = b"certificate/" + HOLDER
        for key, _ in self.grid.ledger.walk(prefix):
            org, _, id_ = key[len(prefix) :].partition(b"/")
            held[id_].append(org.decode())
        assert held == {item.key: [item.holder] for item in self.items() if item.state == HELD}

    @invariant()
    def what_is_locked_is_encumbered(self) -> None:
        """For the others' eyes, and nothing else is."""
        if not hasattr(self, "grid"):
            return
        prefix = b"encumbrance/certificate/"
        taken = {key[len(prefix) :] for key, _ in self.grid.ledger.walk(prefix)}
        assert taken == {item.key for item in self.items() if item.locked_for is not None}

    def teardown(self) -> None:
        """Restored from the records alone, the state is the same."""
        if hasattr(self, "grid"):
            assert self.grid.restored().state_root == self.grid.ledger.state_root


CertificateMachine.TestCase.settings = settings(max_examples=examples(150), stateful_step_count=40)
TestCertificates = CertificateMachine.TestCase
