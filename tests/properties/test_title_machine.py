"""Random life of a few homes: the shares of a home sum to one, no home has two signed sales, and no listing
is on offer under a title that has changed.

The model knows no rule. After every block it holds the state against what must be true of it.
"""

from __future__ import annotations

from typing import Any

from hypothesis import settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule

from p2pchain.business.listing.fields import ACTIVE, SIGNED
from p2pchain.business.title.fields import KINDS, REGISTERED
from p2pchain.codec.title_ids import unit_id
from p2pchain.ledger.record import Record, read_record
from p2pchain.model.transaction import Operation
from tests.examples import examples
from tests.unit.ledger.title_steps import (
    LI,
    SOURCE,
    TODAY,
    WANG,
    ZHAO,
    Town,
    authorise,
    discharge,
    listed_as,
    lst,
    mortgage,
    offer,
    register,
    renew,
    right,
    sign,
    transfer,
    ttl,
    unit_code,
)

UNITS = tuple(unit_code(number) for number in range(1, 7))
PERSONS = (LI, WANG, ZHAO)
SIGNERS = st.sampled_from(
    [("bureau",), ("court",), ("bank-a",), ("bureau", "court", "bank-a"), ("bureau-2",), ("agent-a",)]
)
AGENTS = st.sampled_from(["agent-a", "agent-b"])
SHARES = st.lists(st.integers(1, 4), min_size=1, max_size=3)


class TitleMachine(RuleBasedStateMachine):
    """A town with two homes to begin with."""

    @initialize()
    def begin(self) -> None:
        self.town = Town(homes=UNITS[:1])
        self.town.does("bureau", register(UNITS[1], (LI, 1), (WANG, 2)))
        self.listings: list[bytes] = []

    def submit(self, signers: str | tuple[str, ...], *operations: Operation) -> None:
        """In a block of its own; a refusal leaves all records as they were."""
        before = self.recorded()
        receipt = self.town.submit(signers, *operations)
        assert receipt.code == "OK" or before == self.recorded()

    def recorded(self) -> list[dict[bytes, bytes]]:
        """What the modules have written."""
        names = (b"title/", b"listing/", b"encumbrance/")
        return [dict(self.town.ledger.walk(name)) for name in names]

    def records(self, prefix: bytes) -> dict[bytes, Record]:
        """Records by the rest of their keys."""
        return {key[len(prefix) :]: read_record(raw) for key, raw in self.town.ledger.walk(prefix)}

    def units(self) -> list[str]:
        """Units that ever were, ascending."""
        return [key.decode() for key in self.records(b"title/unit/")]

    def revision(self, unit: str) -> int:
        """The revision of a unit."""
        revision = self.records(b"title/unit/")[unit.encode()][1]
        assert isinstance(revision, int)
        return revision

    @rule(data=st.data(), signers=SIGNERS, numerators=SHARES, giver=st.sampled_from(PERSONS))
    def transfers(
        self, data: st.DataObject, signers: tuple[str, ...], numerators: list[int], giver: bytes
    ) -> None:
        unit = data.draw(st.sampled_from(self.units()))
        takers = zip(data.draw(st.permutations(PERSONS)), numerators, strict=False)
        self.submit(signers, transfer(self.revision(unit), giver, *takers, unit=unit))

    @rule(data=st.data(), signers=SIGNERS, kind=st.sampled_from(KINDS), days=st.sampled_from([None, 1, 30]))
    def records_a_right(
        self, data: st.DataObject, signers: tuple[str, ...], kind: str, days: int | None
    ) -> None:
        unit = data.draw(st.sampled_from(self.units()))
        if kind == "mortgage":
            self.submit(signers, mortgage(data.draw(st.integers(1, 2)), unit=unit))
        else:
            self.submit(signers, right(kind, holder=WANG, until=days, unit=unit))

    @rule(data=st.data(), signers=SIGNERS)
    def discharges(self, data: st.DataObject, signers: tuple[str, ...]) -> None:
        """One of the rights that are recorded."""
        known = [
            (kind, key.decode(), row[0])
            for kind in KINDS
            for key, rows in self.records(f"title/{kind}/".encode()).items()
            for row in rows
            if isinstance(row, tuple)
        ]
        if known:
            kind, unit, number = data.draw(st.sampled_from(known))
            assert isinstance(number, int)
            self.submit(signers, discharge(kind, number, unit))

    @rule(data=st.data(), signers=SIGNERS)
    def splits_or_merges(self, data: st.DataObject, signers: tuple[str, ...]) -> None:
        whole, *parts = data.draw(st.permutations(UNITS))[:3]
        if whole in self.units():
            self.submit(signers, ttl("split", whole, self.revision(whole), tuple(parts), SOURCE))
        else:
            self.submit(signers, ttl("merge", whole, tuple(parts), SOURCE))

    @rule(data=st.data(), agent=AGENTS, exclusive=st.booleans(), unlicensed=st.booleans())
    def offers(self, data: st.DataObject, agent: str, exclusive: bool, unlicensed: bool) -> None:
        """As the owners authorise, and sometimes without a licence."""
        unit = data.draw(st.sampled_from(self.units()))
        self.submit("bureau", authorise(agent, exclusive=exclusive, unit=unit))
        if unlicensed:
            self.submit("bureau", lst("unlicense", unit[:6], agent))
        else:
            self.submit("bureau", lst("license", unit[:6], agent, TODAY + 300))
        listing = listed_as(str(len(self.listings)), agent)
        before = len(self.records(b"listing/item/"))
        self.submit(agent, offer(listing, revision=self.revision(unit), unit=unit))
        if len(self.records(b"listing/item/")) > before:
            self.listings.append(listing)

    @rule(
        data=st.data(), agent=AGENTS, step=st.sampled_from(["renew", "sign", "withdraw", "close", "reprice"])
    )
    def goes_on(self, data: st.DataObject, agent: str, step: str) -> None:
        """With one of the listings, by its agent or by another."""
        if not self.listings:
            return
        listing = data.draw(st.sampled_from(self.listings))
        revision = self.revision(str(self.records(b"listing/item/")[listing][0]))
        match step:
            case "renew":
                self.submit(agent, renew(listing, revision))
            case "sign":
                self.submit(agent, sign(listing, data.draw(st.sampled_from(PERSONS)), revision=revision))
            case "reprice":
                self.submit(agent, lst("reprice", listing, 1))
            case _:
                self.submit(agent, lst(step, listing))

    @rule(days=st.sampled_from([1, 31]))
    def waits(self, days: int) -> None:
        self.town.later(days)
        self.town.block()

    @invariant()
    def shares_sum_to_one(self) -> None:
        """Of every unit, of persons who differ, in integers."""
        if not hasattr(self, "town"):
            return
        for record in self.records(b"title/unit/").values():
            shares: Any = record[4]
            assert sum(numerator for _, numerator in shares) == record[5]
            assert len({owner for owner, _ in shares}) == len(shares)

    @invariant()
    def no_offer_is_older_than_its_title(self) -> None:
        """What is on offer was looked at in the revision that stands; at most one sale is signed for a unit,
        and it is the one that the title names.
        """
        if not hasattr(self, "town"):
            return
        titles, sales = self.records(b"title/unit/"), self.records(b"title/sale/")
        now = self.town.ledger.time_ms // 86_400_000
        for listing, item in self.records(b"listing/item/").items():
            unit, state, revision = str(item[0]).encode(), item[2], item[7]
            if state == ACTIVE:
                assert titles[unit][:2] == (REGISTERED, revision)
            sale = sales.get(unit)
            if state == SIGNED:
                assert titles[unit][0] == REGISTERED
                assert sale is None or sale[0] == listing or int(str(sale[3])) < now

    @invariant()
    def keys_are_there_only_while_something_stands(self) -> None:
        """The index of encumbrances counts what is marked, and no key is left empty."""
        if not hasattr(self, "town"):
            return
        marked: dict[bytes, int] = {}
        for kind in KINDS:
            for key, rows in self.records(f"title/{kind}/".encode()).items():
                assert rows
                marked[key] = marked.get(key, 0) + sum(row[-1] is True for row in rows)  # type: ignore[index]
        for key in self.records(b"title/sale/"):
            marked[key] = marked.get(key, 0) + 1
        counts = {key: record[3] for key, record in self.records(b"encumbrance/title/").items()}
        assert counts == {unit_id(key.decode()): count for key, count in marked.items() if count}

    def teardown(self) -> None:
        """Restored from the records alone, the state is the same."""
        if hasattr(self, "town"):
            assert self.town.restored().state_root == self.town.ledger.state_root


TitleMachine.TestCase.settings = settings(max_examples=examples(100), stateful_step_count=40)
TestTitles = TitleMachine.TestCase
