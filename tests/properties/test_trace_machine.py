"""Random steps of a supply chain: a thing has one custodian at each height, nothing that is recalled ships,
nothing is made of nothing, and a refusal leaves the state as it was.

The model knows no rule. It counts what was brought in, and after every block holds the state against it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Mapping

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from p2pchain.business.trace.things import THING_PREFIX, Thing, thing_of
from p2pchain.ledger.record import read_record
from p2pchain.model.transaction import Operation
from tests.examples import examples
from tests.unit.ledger.trace_steps import (
    AGENCY,
    CERTIFIER,
    TRACERS,
    Goods,
    bring,
    on,
    packing,
    recall,
    ship,
    step,
    thing,
    transform,
)

ORGS = st.sampled_from(TRACERS)
LOTS = st.sampled_from(["one", "two", None])
SIMPLE = st.sampled_from(["receive", "receive", "refuse", "withdraw", "destroy"])
THINGS_MOST = 24


class TraceMachine(RuleBasedStateMachine):
    """Three that trace; each begins with two things of a lot, and a container."""

    @initialize()
    def begin(self) -> None:
        self.goods = Goods()
        self.names = 0
        self.brought = 0
        """Quantity brought in."""
        self.certified = 0
        """Quantity that was certified."""
        for org in TRACERS:
            self.brings(org, "one", 100)
            self.brings(org, None, 0)

    def things(self) -> list[Thing]:
        """All that there are, in the order of their ids."""
        prefix = b"trace/" + THING_PREFIX
        return [thing_of(key[len(prefix) :], read_record(raw)) for key, raw in self.goods.ledger.walk(prefix)]

    def submit(self, signers: str | tuple[str, ...], *operations: Operation) -> bool:
        """In a block of its own; a refusal leaves the records of the module as they were."""
        before = dict(self.goods.ledger.walk(b"trace/"))
        recalled = self.recalled(self.things())
        was = {item.key: item.to for item in self.things()}
        receipt = self.goods.submit(signers, *operations)
        after = dict(self.goods.ledger.walk(b"trace/"))
        assert receipt.code == "OK" or before == after
        for item in self.things():
            began = item.to is not None and was.get(item.key) is None
            assert not (began and item.key in recalled), "nothing ships after its recall"
        return receipt.code == "OK"

    def any_of(self, data: st.DataObject) -> bytes:
        """One of the things."""
        return data.draw(st.sampled_from(self.things())).key

    @rule(org=ORGS, lot=LOTS, quantity=st.integers(1, 100))
    def brings(self, org: str, lot: str | None, quantity: int) -> None:
        if self.names >= THINGS_MOST:
            return
        self.names += 1
        if self.submit(org, bring(f"{self.names}", by=org, lot=lot, quantity=quantity)) and lot is not None:
            self.brought += quantity

    @rule(data=st.data(), to=ORGS, arrives=st.booleans())
    def ships(self, data: st.DataObject, to: str, arrives: bool) -> None:
        """By its custodian; and received, where it arrives."""
        item = data.draw(st.sampled_from(self.things()))
        self.submit(item.custodian, ship((item.key,), to))
        if arrives:
            self.submit(to, on("receive", item.key))

    @rule(data=st.data(), org=ORGS, action=SIMPLE)
    def acts(self, data: st.DataObject, org: str, action: str) -> None:
        self.submit(org, on(action, self.any_of(data)))

    @rule(data=st.data(), action=st.sampled_from(["pack", "pack", "unpack"]))
    def packs(self, data: st.DataObject, action: str) -> None:
        """By the custodian of the container."""
        parent = data.draw(st.sampled_from(self.things()))
        self.submit(parent.custodian, packing(action, parent.key, self.any_of(data)))

    @rule(data=st.data(), org=ORGS, share=st.integers(1, 4), excess=st.sampled_from([0, 0, 1]))
    def makes(self, data: st.DataObject, org: str, share: int, excess: int) -> None:
        """Two things of one, into the lot ``org`` is known for."""
        item = data.draw(st.sampled_from(self.things()))
        taken = max(1, item.quantity * share // 4)
        sold = data.draw(st.booleans())
        first, second = max(1, taken // 2 + excess), max(1, taken - taken // 2)
        rows = [(f"{self.names + 1}", first, sold), (f"{self.names + 2}", second, False)]
        if self.names < THINGS_MOST:
            self.names += 2
            self.submit(org, transform([(item.key, taken)], rows, by=org, lot="made", claim=CERTIFIER))

    @rule(data=st.data(), withdrawn=st.booleans())
    def certifies(self, data: st.DataObject, withdrawn: bool) -> None:
        item = data.draw(st.sampled_from(self.things()))
        if self.submit(CERTIFIER, step("certify", (item.key,), withdrawn, None)) and not withdrawn:
            self.certified += item.quantity

    @rule(
        signer=st.sampled_from([*TRACERS, AGENCY]),
        lot=st.sampled_from(["one", "two", "made"]),
        maker=ORGS,
        returns=st.booleans(),
        lifts=st.booleans(),
    )
    def recalls(self, signer: str, lot: str, maker: str, returns: bool, lifts: bool) -> None:
        key = thing(lot, maker)
        self.submit(signer, step("lift", key) if lifts else recall(key, returns=returns and signer != AGENCY))

    def recalled(self, things: list[Thing]) -> set[bytes]:
        """Things that a recall without return reaches: by their lot, its sources, or what is in them."""
        stopped = set()
        for key, raw in self.goods.ledger.walk(b"trace/recall/"):
            if any(not row[2] for row in read_record(raw)):  # type: ignore[index]
                stopped.add(key[len(b"trace/recall/") :])
        prefix = b"trace/made/"
        made = [(key[len(prefix) :][:32], key[-32:]) for key, _ in self.goods.ledger.walk(prefix)]
        for _ in range(len(made) + 1):
            stopped |= {lot for source, lot in made if source in stopped}
        reached = {item.key for item in things if item.lot in stopped}
        for _ in range(len(things)):
            reached |= {item.parent for item in things if item.parent is not None and item.key in reached}
        return reached

    @invariant()
    def every_thing_has_one_custodian(self) -> None:
        """And the counts by lot and organisation say the same as the things themselves."""
        if not hasattr(self, "goods"):
            return
        things = {item.key: item for item in self.things()}
        held: Counter[tuple[bytes, str]] = Counter()
        children: Counter[bytes] = Counter()
        inside: dict[bytes, Counter[bytes]] = defaultdict(Counter)
        for item in things.values():
            outer = self.outermost(things, item)
            assert outer.custodian in TRACERS
            assert item.parent is None or item.to is None
            assert item.parent is None or item.ended is None
            if item.parent is not None:
                children[item.parent] += 1
            if item.lot is not None and item.ended is None:
                held[item.lot, outer.custodian] += 1
                for around in self.around(things, item):
                    inside[around.key][item.lot] += 1
        for item in things.values():
            assert item.children == children[item.key]
            record = self.goods.ledger.get(b"trace/inside/" + item.key)
            rows = () if record is None else read_record(record)
            assert rows == tuple(sorted(inside[item.key].items()))
        prefix = b"trace/held/"
        counted = {
            (key[len(prefix) :][:32], key[len(prefix) + 33 :].decode()): read_record(raw)[0]
            for key, raw in self.goods.ledger.walk(prefix)
        }
        assert counted == dict(held)

    @invariant()
    def nothing_is_made_of_nothing(self) -> None:
        """There is no more than was brought in, and no more with a certificate than was certified."""
        if not hasattr(self, "goods"):
            return
        things = self.things()
        assert sum(item.quantity for item in things) <= self.brought
        assert sum(item.quantity for item in things if item.claim) <= self.certified

    @staticmethod
    def outermost(things: Mapping[bytes, Thing], item: Thing) -> Thing:
        """The container that is packed in no other."""
        while item.parent is not None:
            item = things[item.parent]
        return item

    @staticmethod
    def around(things: Mapping[bytes, Thing], item: Thing) -> list[Thing]:
        """The containers around a thing."""
        containers = []
        while item.parent is not None:
            item = things[item.parent]
            containers.append(item)
        return containers

    def teardown(self) -> None:
        """Restored from the records alone, the state is the same."""
        if hasattr(self, "goods"):
            assert self.goods.restored().state_root == self.goods.ledger.state_root


TraceMachine.TestCase.settings = settings(max_examples=examples(100), stateful_step_count=40)
TestTrace = TraceMachine.TestCase
