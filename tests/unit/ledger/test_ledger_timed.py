"""Transactions that are valid until a time: to the millisecond, once, over restarts, within bounds."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from p2pchain.business.software import MODULES
from p2pchain.ledger import timed_records as timed
from p2pchain.ledger.admission import Admission
from p2pchain.ledger.block_run import Execution
from p2pchain.ledger.block_selection import select
from p2pchain.ledger.replay_window import ReplayWindow
from p2pchain.ledger.restoration import Base, restore
from p2pchain.ledger.state import State
from p2pchain.ledger.timed_records import HELD, PAIR, UNTIL, TimedRecords
from p2pchain.model.chain import StateChange
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import Height
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import TransactionBody, VerifiedTransaction
from p2pchain.model.voting import Evidence
from tests.unit.ledger.ledger_world import CHAIN_ID, TIME_MS, World, a_genesis, operation

NOTE = operation("note", "put", "hello")
DAY_MS = 86_400_000
LIFETIME = 5


class TimedWorld(World):
    """A ledger whose next block has a time of our choice."""

    def __init__(self, **parameters: int) -> None:
        super().__init__(a_genesis(Parameters(tx_lifetime=LIFETIME, **parameters)))
        self.next_ms = TIME_MS + 1_000

    def execute(
        self,
        *transactions: VerifiedTransaction,
        evidence: Sequence[Evidence] = (),
        system: Sequence[StateChange] = (),
    ) -> Execution:
        """What the next block would do at ``next_ms``."""
        return self.ledger.execute(
            height=Height(self.ledger.height + 1),
            time_ms=self.next_ms,
            transactions=transactions,
            evidence=evidence,
            system=system,
        )

    def at(self, time_ms: int, *transactions: VerifiedTransaction) -> list[str]:
        """A block of this time; codes of its receipts."""
        self.next_ms = time_ms
        return [receipt.code for receipt in self.block(*transactions)]

    def refused(self, time_ms: int, *transactions: VerifiedTransaction) -> str:
        """No block of this time may hold these; the code."""
        self.next_ms = time_ms
        with pytest.raises(Invalid) as caught:
            self.execute(*transactions)
        return caught.value.code.removeprefix("BLOCK_")

    def kept(self) -> list[bytes]:
        """Keys of all replay records of the state."""
        return [key for key, _ in self.ledger.walk(b"system/timed/")]


def test_it_lives_as_long_as_it_says_whatever_the_height() -> None:
    """Days later, and hundreds of blocks; to the last millisecond, and not one longer."""
    until = TIME_MS + 7 * DAY_MS
    for late in (0, 1):
        world = TimedWorld()
        body = world.transaction("bank-a", NOTE, until_ms=until)
        for number in range(3 * LIFETIME):
            world.at(TIME_MS + 1_000 * (number + 1))
        world.ledger.check(body.transaction)
        if late:
            assert world.refused(until + late, body) == "TX_EXPIRED"
        else:
            assert world.at(until, body) == ["OK"]
    world = TimedWorld()
    world.at(until)
    with pytest.raises(Refused, match="TX_EXPIRED"):
        world.ledger.check(world.transaction("bank-a", NOTE, until_ms=until).transaction)


def test_no_farther_ahead_than_the_chain_allows() -> None:
    world = TimedWorld(tx_valid_ms_max=DAY_MS)
    now = TIME_MS + 1_000
    assert world.refused(now, world.transaction("bank-a", NOTE, until_ms=now + DAY_MS + 1)) == (
        "TX_TOO_FAR_AHEAD"
    )
    assert world.at(now, world.transaction("bank-a", NOTE, until_ms=now + DAY_MS)) == ["OK"]


def test_a_pair_is_used_once_until_then_by_whatever_kind() -> None:
    """Longer than the window of heights remembers; in the ledger, in one that is restored from its records,
    and the other way round.
    """
    world, until = TimedWorld(), TIME_MS + DAY_MS
    first = world.transaction("bank-a", NOTE, nonce=1, until_ms=until)
    assert world.at(TIME_MS + 1_000, first) == ["OK"]
    for number in range(2 * LIFETIME):
        world.at(TIME_MS + 2_000 + number)
    later = world.transaction("bank-a", NOTE, nonce=1, until_ms=until + DAY_MS)
    by_height = world.transaction("bank-a", NOTE, nonce=1)
    for again in (first, later, by_height):
        assert world.refused(until, again) == "TX_REPEATED"
        for ledger in (world.ledger, world.restored()):
            with pytest.raises(Refused, match="TX_REPEATED"):
                ledger.check(again.transaction)
            assert ledger.selects([again], Height(ledger.height + 1)) == ()
    world.at(TIME_MS + 5_000, world.transaction("bank-b", NOTE, nonce=2))
    other = world.transaction("bank-b", NOTE, nonce=2, until_ms=until)
    assert world.refused(TIME_MS + 6_000, other) == "TX_REPEATED"
    both = [world.transaction("bank-c", NOTE, nonce=3, until_ms=until + each) for each in (0, 1)]
    assert world.refused(TIME_MS + 6_000, *both) == "TX_REPEATED"


def test_a_refused_one_is_used_as_well() -> None:
    world, until = TimedWorld(), TIME_MS + DAY_MS
    bad = world.transaction("buyer", operation("registry", "cancel", b"d" * 32), until_ms=until)
    (code,) = world.at(TIME_MS + 1_000, bad)
    assert code != "OK"
    assert world.refused(TIME_MS + 2_000, bad) == "TX_REPEATED"


def test_records_go_once_their_time_has_passed() -> None:
    """With the first block after it, not with the one at it; nothing of them is left."""
    world, until = TimedWorld(), TIME_MS + DAY_MS
    world.at(TIME_MS + 1_000, world.transaction("bank-a", NOTE, until_ms=until))
    assert [key.startswith(kind) for key, kind in zip(world.kept(), (HELD, PAIR, UNTIL), strict=True)]
    world.at(until)
    assert len(world.kept()) == 3
    world.at(until + 1)
    assert world.kept() == []
    assert world.restored().state_root == world.ledger.state_root


def test_a_block_takes_so_many_away_and_no_more(monkeypatch: pytest.MonkeyPatch) -> None:
    """The oldest first; the rest with the next blocks, and until then they count."""
    monkeypatch.setattr(timed, "FORGOTTEN_MAX", 2)
    world, until = TimedWorld(), TIME_MS + DAY_MS
    made = [world.transaction("bank-a", NOTE, nonce=each, until_ms=until + each) for each in (4, 2, 5, 1, 3)]
    world.at(TIME_MS + 1_000, *made)
    left = []
    for later in range(4):
        world.at(until + 10 + later)
        left.append(sorted(key[-1] for key in world.kept() if key.startswith(UNTIL)))
    assert left == [[3, 4, 5], [5], [], []]
    assert world.kept() == []


def test_an_organisation_has_so_many_and_others_theirs() -> None:
    """Whichever of its accounts sign first; in one block or over several; when one has passed there is room
    again.
    """
    world, until = TimedWorld(org_timed_max=2), TIME_MS + DAY_MS
    own = [
        world.transaction(signer, NOTE, until_ms=until + place)
        for place, signer in enumerate(("bank-a", "bank-a-clerk", "bank-a", "bank-a-clerk"))
    ]
    assert world.refused(TIME_MS + 1_000, *own[:3]) == "TX_TIMED_FULL"
    assert world.ledger.selects(own, Height(1)) == tuple(own[:2])
    world.at(TIME_MS + 1_000, own[0])
    assert world.refused(TIME_MS + 2_000, *own[1:3]) == "TX_TIMED_FULL"
    world.at(TIME_MS + 2_000, own[1])
    with pytest.raises(Refused, match="TX_TIMED_FULL") as caught:
        world.ledger.check(own[2].transaction)
    assert caught.value.facts == {"org": "bank-a", "held": 2, "most": 2}
    assert world.at(TIME_MS + 3_000, world.transaction("bank-b", NOTE, until_ms=until)) == ["OK"]
    assert world.at(TIME_MS + 4_000, world.transaction("bank-a", NOTE)) == ["OK"]
    world.at(until + 1)
    assert world.at(until + 2, own[2]) == ["OK"]


def test_a_block_holds_so_many_of_all_organisations(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(timed, "BLOCK_MAX", 2)
    world, until = TimedWorld(), TIME_MS + DAY_MS
    made = [world.transaction(bank, NOTE, until_ms=until) for bank in ("bank-a", "bank-b", "bank-c")]
    assert world.refused(TIME_MS + 1_000, *made) == "TX_TIMED_BLOCK_FULL"
    assert world.ledger.selects(made, Height(1)) == tuple(made[:2])


def test_a_stranger_has_none() -> None:
    """It has no organisation whose bound could count it."""
    world = TimedWorld()
    strange = world.transaction("nobody", NOTE, until_ms=TIME_MS + DAY_MS)
    assert world.refused(TIME_MS + 1_000, strange) == "TX_UNKNOWN_SIGNER"


def test_a_proposer_leaves_out_what_its_clock_has_passed() -> None:
    """It was taken in by the time of the parent; the block that is built has a later one."""
    world = TimedWorld()
    world.at(TIME_MS + 1_000)
    late, good = (world.transaction("bank-a", NOTE, until_ms=TIME_MS + each) for each in (2_000, 9_000))
    height = Height(world.ledger.height + 1)
    chosen = world.ledger.selects([late, good], height)
    assert chosen == (late, good)
    built = world.ledger.execute(
        height=height, time_ms=TIME_MS + 2_001, transactions=chosen, evidence=(), system=(), fill=True
    )
    assert built.transactions == (good,)
    world.ledger.commit(built)
    assert len(world.kept()) == 3


def test_a_snapshot_keeps_what_is_used() -> None:
    """Who joins by it refuses what a block of weeks ago has used, which no window of heights remembers."""
    world, until = TimedWorld(), TIME_MS + 20 * DAY_MS
    first = world.transaction("bank-a", NOTE, nonce=1, until_ms=until)
    world.at(TIME_MS + 1_000, first)
    for number in range(2 * LIFETIME):
        world.at(TIME_MS + 2_000 + number)
    base = Base(header=world.records[-1].block.header, frozen=world.ledger.freeze())
    joined = restore(world.genesis, (), base=base, modules=MODULES)
    assert joined.state_root == world.ledger.state_root
    with pytest.raises(Refused, match="TX_REPEATED"):
        joined.check(first.transaction)


class Counting(TimedRecords):
    """Records of an empty state that count how often they are asked for room."""

    def __init__(self, world: World) -> None:
        super().__init__(State({}), world.ledger.organisation_of)
        self.asked = 0

    def fault(self, body: TransactionBody, most: int) -> Refused | None:
        """Why there is no room."""
        self.asked += 1
        return super().fault(body, most)


def test_what_finds_no_room_is_looked_at_once_for_each_signer() -> None:
    """Ten thousand of one member waited, and each proposal of every node looked at all of them."""
    world = TimedWorld(org_timed_max=3)
    until_ms = TIME_MS + DAY_MS
    flood = [world.transaction("bank-a", NOTE, until_ms=until_ms) for _ in range(50)]
    honest = [world.transaction("bank-b", NOTE, until_ms=until_ms) for _ in range(2)]
    by_height = world.transaction("bank-a", NOTE)
    records = Counting(world)
    admission = Admission(
        chain_id=CHAIN_ID,
        height=1,
        time_ms=TIME_MS + 1,
        parameters=world.genesis.parameters,
        window=ReplayWindow(),
        timed=records,
    )
    chosen = select([*flood, *honest, by_height], admission, 0)
    assert chosen == (*flood[:3], *honest, by_height), "what is valid until a height goes on"
    assert records.asked == len(flood[:3]) + 1 + len(honest)
