"""Blocks that are as heavy as a module allows, and an ordinary full block to hold them against.

A ``Load`` is one kind of transaction, made anew for every place of a block. A block is what a proposer builds
of a mixture of loads, so it is valid, and full by one of its budgets.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from itertools import count

from p2pchain.ledger.block_run import Execution
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.ids import Height
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Value, VerifiedTransaction
from tests.unit.ledger.ledger_world import fingerprint, key, operation, organisation
from tests.unit.ledger.receivable_steps import BANKS, FIRMS, Market, a_market, act, issue, name, part

ORGANISATIONS = 60
READERS = tuple(f"reader-{number:02d}" for number in range(ORGANISATIONS))
MEMBERS = (*BANKS, *FIRMS)
PARTS = 32
LONG = (1, ("supplier.issuer", *(f"{'x' * 56}{at:02d}.admin" for at in range(31))))
SPLITTABLE = 1_024
OPERATIONS = (1, 8, 64)
"""How many operations a transaction has."""
TRANSACTIONS_MAX = Parameters().block_transactions_max

Make = Callable[[int, int], Sequence[Operation]]
"""(number of the transaction, operations) to the operations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Load:
    """One kind of transaction: who signs it, and its operations."""

    name: str
    module: str
    signers: tuple[str, ...]
    make: Make


class HeavyMarket(Market):
    """A market with many members, in a state that makes the actions of its modules dear."""

    def __init__(self) -> None:
        super().__init__()
        readers = tuple(replace(organisation(org, ("admin",)), nodes=()) for org in READERS)
        market = a_market()
        self.genesis = replace(market, organisations=(*market.organisations, *readers))
        self.ledger = Ledger.from_genesis(self.genesis)
        self.numbers = count()
        self.parts: list[bytes] = []
        self.prepare()

    def prepare(self) -> None:
        """Parts with long policies, documents with many registrations, sealing keys, large proposals."""
        amount = PARTS**4
        root = self.accepted("root", amount=amount)
        self.does("supplier", act("set_policy", root, LONG))
        self.does("supplier", act("split", root, (amount // PARTS,) * PARTS))
        first = [part(root, number) for number in range(PARTS)]
        for start in range(0, PARTS, 8):
            splits = [act("split", each, (PARTS**2,) * PARTS) for each in first[start : start + 8]]
            self.does("supplier", *splits)
        self.parts = [part(each, number) for each in first for number in range(PARTS)]
        for org in READERS:
            self.does(org, operation("private", "set_key", key(f"{org} seal")))
        big = tuple(("private", "put", (fingerprint("p"), bytes(32), 1, READERS)) for _ in range(16))
        self.does("tier-2", operation("governance", "propose", "t" * 200, 1_000, big))
        for bank in BANKS:
            self.does(bank, operation("registry", "register", fingerprint("d"), fingerprint("w")))

    def waiting(self, loads: Sequence[tuple[Load, int]]) -> list[VerifiedTransaction]:
        """Transactions of these loads in turn, with so many operations each; more than a block takes."""
        made: list[VerifiedTransaction] = []
        size = 0
        while len(made) < TRANSACTIONS_MAX and size < self.genesis.parameters.block_bytes_max:
            load, operations = loads[len(made) % len(loads)]
            transaction = self.transaction(load.signers, *load.make(next(self.numbers), operations))
            size += len(transaction.raw)
            made.append(transaction)
        return list(self.ledger.selects(made, Height(self.ledger.height + 1)))

    def built(self, waiting: Sequence[VerifiedTransaction]) -> Execution:
        """The block that a proposer builds of these."""
        return self.ledger.execute(
            height=Height(self.ledger.height + 1),
            time_ms=self.ledger.time_ms + 100,
            transactions=waiting,
            evidence=(),
            system=(),
            fill=True,
        )

    def measured(self, loads: Sequence[tuple[Load, int]], tries: int = 2) -> tuple[Execution, int]:
        """The block of these loads, and the least CPU time in nanoseconds that executing it took."""
        waiting = self.waiting(loads)
        best = 2**63
        for _ in range(tries):
            gc.collect()
            begun = time.process_time_ns()
            execution = self.built(waiting)
            best = min(best, time.process_time_ns() - begun)
        return execution, best


def one(module: str, action: str, args: Callable[[int], Sequence[Value]]) -> Make:
    """Operations of one action, whose arguments are made of a number that never comes again."""

    def make(number: int, operations: int) -> Sequence[Operation]:
        return [operation(module, action, *args(number * 64 + at)) for at in range(operations)]

    return make


def in_turn(*kinds: Callable[[int], Operation]) -> Make:
    """Operations of several kinds in turn, the same of each transaction."""

    def make(number: int, operations: int) -> Sequence[Operation]:
        return [kinds[at % len(kinds)](number * 64 + at) for at in range(operations)]

    return make


ORDINARY = Load(
    name="ordinary",
    module="receivable",
    signers=("buyer",),
    make=lambda number, many: [issue(name(f"n{number}/{at}")) for at in range(many)],
)
"""Receivables are issued, one in each transaction."""


def loads(market: HeavyMarket) -> dict[str, list[Load]]:
    """By module, the kinds of transactions that are tried."""
    parts, clerk = market.parts, key("bank-a-clerk")
    big = tuple(("private", "put", (fingerprint("p"), bytes(32), 1, READERS)) for _ in range(2))
    open_part = parts[0]
    kinds: list[tuple[str, str, tuple[str, ...], Make]] = [
        (
            "split",
            "receivable",
            ("supplier",),
            one("receivable", "split", lambda number: (parts[number % SPLITTABLE], (PARTS,) * PARTS)),
        ),
        (
            "offer and withdraw",
            "receivable",
            ("supplier",),
            in_turn(
                lambda _: act("transfer", open_part, "bank-a", True), lambda _: act("withdraw", open_part)
            ),
        ),
        (
            "set policy",
            "receivable",
            ("supplier",),
            one("receivable", "set_policy", lambda _: (open_part, LONG)),
        ),
        (
            "many signers",
            "receivable",
            ("supplier", *READERS[:15]),
            one("receivable", "set_policy", lambda _: (open_part, LONG)),
        ),
        ("note", "note", ("buyer",), one("note", "put", lambda number: (f"{number}",))),
        ("long note", "note", ("buyer",), one("note", "put", lambda number: (f"{number:0200}",))),
        (
            "new document",
            "registry",
            ("bank-a",),
            one("registry", "register", lambda n: (fingerprint(f"e{n}"), fingerprint("w"))),
        ),
        (
            "document",
            "registry",
            ("bank-b",),
            one("registry", "register", lambda _: (fingerprint("d"), fingerprint("w"))),
        ),
        (
            "freeze",
            "membership",
            ("bank-a",),
            in_turn(
                lambda _: operation("membership", "freeze", clerk),
                lambda _: operation("membership", "unfreeze", clerk),
            ),
        ),
        (
            "accounts",
            "membership",
            ("bank-a",),
            one("membership", "add_account", lambda n: ("bank-a", f"a{n}", key(f"a{n}"), ("admin",))),
        ),
        (
            "validators",
            "membership",
            MEMBERS,
            one("membership", "set_power", lambda n: (key("buyer consensus"), 1 + n % 2)),
        ),
        (
            "nodes",
            "membership",
            MEMBERS,
            one("membership", "add_node", lambda n: ("bank-a", f"n{n}", key(f"n{n}"))),
        ),
        (
            "admit",
            "membership",
            MEMBERS,
            one("membership", "admit", lambda n: (f"o{n}", "O Ltd", ("admin",))),
        ),
        (
            "proof of possession",
            "membership",
            ("buyer",),
            one(
                "membership",
                "rotate_validator",
                lambda n: (key("buyer consensus"), key(f"c{n}"), bytes(64), bytes(64)),
            ),
        ),
        ("policy", "policy", MEMBERS, one("policy", "set", lambda _: ("note", "put", LONG))),
        ("vote", "governance", ("buyer",), one("governance", "vote", lambda n: (0, bool(n % 2)))),
        ("propose", "governance", ("buyer",), one("governance", "propose", lambda _: ("t", 10_000, big))),
        (
            "payload",
            "private",
            (READERS[0],),
            one("private", "put", lambda n: (fingerprint(f"r{n}"), bytes(32), 1, READERS)),
        ),
        ("sealing key", "private", (READERS[0],), one("private", "set_key", lambda n: (key(f"k{n}"),))),
    ]
    found: dict[str, list[Load]] = {"receivable": [ORDINARY]}
    for kind, module, signers, make in kinds:
        found.setdefault(module, []).append(Load(name=kind, module=module, signers=signers, make=make))
    return found


def told(loads: Sequence[tuple[Load, int]], execution: Execution, nanoseconds: int, ordinary_ns: int) -> str:
    """A block's figures in a line."""
    kinds = ", ".join(f"{load.name} x {operations}" for load, operations in loads)
    times = f"{nanoseconds // 1_000_000} ms, {100 * nanoseconds // ordinary_ns} % of an ordinary block's"
    return f"{kinds}: {len(execution.transactions)} transactions in {times}: {execution.figures}"


def main() -> None:
    """Print the figures of an ordinary full block, and of one of each kind of transactions."""
    market = HeavyMarket()
    execution, ordinary_ns = market.measured([(ORDINARY, 1)])
    print(told([(ORDINARY, 1)], execution, ordinary_ns, ordinary_ns))
    for kinds in loads(market).values():
        for load in kinds:
            for operations in OPERATIONS:
                mixture = [(load, operations)]
                execution, nanoseconds = market.measured(mixture)
                print(told(mixture, execution, nanoseconds, ordinary_ns))


if __name__ == "__main__":
    main()
