"""Blocks that are as heavy as a module allows, and an ordinary full block to hold them against.

A ``Load`` is one kind of transaction, made anew for every place of a block. A block is what a proposer builds
of a mixture of loads, so it is valid, and full by one of its budgets.
"""

from __future__ import annotations

import gc
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from functools import partial
from itertools import count

from p2pchain.business.registry.declaration import APART, NAMES_MAX, STRONG, Declaration
from p2pchain.business.software import MODULES
from p2pchain.ledger.block_run import Execution
from p2pchain.ledger.kernel import Ledger
from p2pchain.model.ids import Height
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Value, VerifiedTransaction
from tests.properties.heavy_certificates import HeavyCertificates
from tests.properties.heavy_consent import (
    KEEPER,
    SURGERIES,
    activate_many,
    amend_many,
    ask_many,
    break_many,
    caring_members,
    deliver_many,
    link_many,
    prepare_consents,
    propose_many,
)
from tests.properties.heavy_evidence import KINDS as EVIDENCE_KINDS
from tests.properties.heavy_evidence import depositing_members, prepare_evidence
from tests.properties.heavy_trace import (
    HAULIER,
    bring_many,
    capture_many,
    make_many,
    move_many,
    move_pallet,
    pack_many,
    prepare_goods,
    recall_many,
    tracing_members,
)
from tests.properties.securitisation_loads import KINDS as POOL_KINDS
from tests.properties.securitisation_loads import pool_operation, pool_organisations, prepare_pools
from tests.properties.title_loads import KINDS as TITLE_KINDS
from tests.properties.title_loads import prepare_town, title_operation, town_organisations
from tests.unit.ledger.ledger_world import TIME_MS, fingerprint, key, operation, organisation, signing_key
from tests.unit.ledger.membership_steps import add_account, add_node, member, set_sealing_key
from tests.unit.ledger.receivable_steps import BANKS, FIRMS, Market, a_market, act, issue, name, part
from tests.unit.ledger.registering import declaration, declare, vat
from tests.unit.ledger.registering import name as name_of

ORGANISATIONS = 60
READERS = tuple(f"reader-{number:02d}" for number in range(ORGANISATIONS))
MEMBERS = (*BANKS, *FIRMS)
PARTS = 32
LONG = (1, ("supplier.issuer", *(f"{'x' * 56}{at:02d}.admin" for at in range(31))))
SPLITTABLE = 1_024
SAME_INVOICE = 16
"""Documents that are one invoice under different ids."""
DECIDED_BY_MS = TIME_MS + 86_400_000
OPERATIONS = (1, 8, 64)
"""How many operations a transaction has."""

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

    def __init__(self, parameters: Parameters | None = None) -> None:
        """``parameters``: of the chain, those of every chain where they are not given."""
        super().__init__()
        roles = ("admin", "issuing-body")
        readers = tuple(replace(organisation(org, roles), nodes=()) for org in READERS)
        market = a_market()
        extras = (
            *tracing_members(),
            *town_organisations(),
            *pool_organisations(),
            *depositing_members(),
            *caring_members(),
        )
        self.genesis = replace(
            market,
            organisations=(*market.organisations, *readers, *extras),
            parameters=parameters or market.parameters,
        )
        self.ledger = Ledger.from_genesis(self.genesis, MODULES)
        self.numbers = count()
        self.parts: list[bytes] = []
        self.prepare()
        self.certificates = HeavyCertificates(self)

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
            self.does(org, set_sealing_key(org, signing_key(f"{org} seal")))
        big = tuple(("private", "put", (fingerprint("p"), bytes(32), 1, READERS)) for _ in range(16))
        self.does("tier-2", operation("governance", "propose", "t" * 200, 1_000, DECIDED_BY_MS, big))
        self.knows_key()
        prepare_town(self, MEMBERS)
        for bank in BANKS:
            self.does(bank, declare(many_names("d")))
            for number in range(SAME_INVOICE // len(BANKS)):
                self.does(bank, declare(same_invoice(f"{bank} {number}")))
        prepare_goods(self)
        prepare_pools(self)
        prepare_evidence(self)
        prepare_consents(self)

    def waiting(self, mixture: Sequence[tuple[Load, int]]) -> list[VerifiedTransaction]:
        """Transactions of these loads in turn, with so many operations each; more than a block takes."""
        made: list[VerifiedTransaction] = []
        size, parameters = 0, self.genesis.parameters
        while len(made) < parameters.block_transactions_max and size < parameters.block_bytes_max:
            kind, operations = mixture[len(made) % len(mixture)]
            transaction = self.transaction(kind.signers, *kind.make(next(self.numbers), operations))
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

    def measured(self, mixture: Sequence[tuple[Load, int]], tries: int = 2) -> tuple[Execution, int]:
        """The block of these loads, and the least CPU time in nanoseconds that executing it took."""
        waiting = self.waiting(mixture)
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
    certificates = [
        Load(name=each, module="certificate", signers=signers, make=make)
        for each, signers, make in market.certificates.loads()
    ]
    kinds = (
        *receivable_loads(market.parts),
        *membership_loads(),
        *other_loads(),
        *trace_loads(),
        *title_loads(),
        *pool_loads(),
        *evidence_loads(),
        *certificates,
        *consent_loads(),
    )
    return {
        module: [each for each in kinds if each.module == module]
        for module in {each.module for each in kinds}
    }


def receivable_loads(parts: Sequence[bytes]) -> list[Load]:
    """Loads of the receivables."""
    open_part = parts[0]
    split = one("receivable", "split", lambda number: (parts[number % SPLITTABLE], (PARTS,) * PARTS))
    offer = in_turn(
        lambda _: act("transfer", open_part, "bank-a", True), lambda _: act("withdraw", open_part)
    )
    long = one("receivable", "set_policy", lambda _: (open_part, LONG))
    return [
        ORDINARY,
        load("split", "receivable", "supplier", make=split),
        load("offer and withdraw", "receivable", "supplier", make=offer),
        load("set policy", "receivable", "supplier", make=long),
        load("many signers", "receivable", "supplier", *READERS[:15], make=long),
    ]


def membership_loads() -> list[Load]:
    """Loads of the membership, by an admin and by a quorum."""
    name = "membership"
    freeze, unfreeze = (member(action, "bank-a", "bank-a-clerk") for action in ("freeze", "unfreeze"))
    freezing = in_turn(lambda _: freeze, lambda _: unfreeze)
    power = one(name, "set_power", lambda n: ("buyer", 1 + n % 2, True))
    admit = one(name, "admit", lambda n: (f"o{n}", "O Ltd", ("admin",)))
    proof = one(
        name,
        "rotate_validator",
        lambda n: (key("buyer consensus"), key(f"c{n}"), bytes(64), bytes(64)),
    )
    return [
        load("freeze", name, "bank-a", make=freezing),
        load("accounts", name, "bank-a", make=in_turn(lambda n: add_account("bank-a", f"a{n}", "admin"))),
        load("validators", name, *MEMBERS, make=power),
        load("nodes", name, *MEMBERS, make=in_turn(lambda n: add_node("bank-a", f"n{n}"))),
        load("admit", name, *MEMBERS, make=admit),
        load("proof of possession", name, "buyer", make=proof),
    ]


def title_loads() -> list[Load]:
    """Loads of titles and listings."""
    return [
        load(kind, kind.partition(" ")[0], signer, make=in_turn(partial(title_operation, kind)))
        for kind, signer in TITLE_KINDS.items()
    ]


def pool_loads() -> list[Load]:
    """Loads of the pools."""
    return [
        load(kind, "securitisation", *signers, make=in_turn(partial(pool_operation, kind)))
        for kind, signers in POOL_KINDS.items()
    ]


def other_loads() -> list[Load]:
    """Loads of the other modules."""
    big = tuple(("private", "put", (fingerprint("p"), bytes(32), 1, READERS)) for _ in range(2))
    new = in_turn(lambda n: declare(many_names(f"e{n}")))
    old = in_turn(lambda _: declare(many_names("d")))
    exact = in_turn(lambda n: declare(same_invoice(f"{n}")))
    payload = one("private", "put", lambda n: (fingerprint(f"r{n}"), bytes(32), 1, READERS))
    own = set_sealing_key(READERS[0], signing_key("seal"))
    policy = one("policy", "set", lambda _: ("note", "put", LONG))
    vote = one("governance", "vote", lambda n: (0, bool(n % 2)))
    propose = one("governance", "propose", lambda _: ("t", 10_000, DECIDED_BY_MS, big))
    return [
        load("note", "note", "buyer", make=one("note", "put", lambda number: (f"{number}",))),
        load("long note", "note", "buyer", make=one("note", "put", lambda number: (f"{number:0200}",))),
        load("new document", "registry", "bank-a", make=new),
        load("document", "registry", "bank-b", make=old),
        load("same invoice", "registry", "bank-a", make=exact),
        load("policy", "policy", *MEMBERS, make=policy),
        load("vote", "governance", "buyer", make=vote),
        load("propose", "governance", "buyer", make=propose),
        load("payload", "private", READERS[0], make=payload),
        load("sealing key", "private", READERS[0], make=in_turn(lambda _: own)),
    ]


def consent_loads() -> list[Load]:
    """Loads of the consents."""
    by = dict.fromkeys((propose_many, amend_many, link_many, deliver_many), KEEPER)
    by |= dict.fromkeys((ask_many, break_many, activate_many), SURGERIES[0])
    return [load(make.__name__.replace("_", " "), "consent", who, make=make) for make, who in by.items()]


def trace_loads() -> list[Load]:
    """Loads of the traced goods."""
    kinds = (bring_many, make_many, move_many, move_pallet, pack_many, recall_many, capture_many)
    return [load(make.__name__.replace("_", " "), "trace", HAULIER, make=make) for make in kinds]


def evidence_loads() -> list[Load]:
    """Loads of the evidence."""
    return [
        load(make.__name__.replace("_", " "), "evidence", signer, make=in_turn(make))
        for signer, make in EVIDENCE_KINDS
    ]


def many_names(text: str) -> Declaration:
    """A document of its own with as many names as there may be, which all others have too but for one."""
    shared = tuple(name_of(f"shared {number}") for number in range(NAMES_MAX - 1))
    return declaration(vat(text), *shared, corrects=[each.digest for each in shared])


def same_invoice(text: str) -> Declaration:
    """A document of its own that is the same invoice as all others of this function: its content and a strong
    name are theirs, and of the many schemes that could tell it apart each has a name that is theirs.
    """
    apart = (name_of(f"same {number}", STRONG | APART, f"{number}") for number in range(NAMES_MAX - 1))
    return declaration(name_of(f"one {text}", STRONG, "one"), *apart, content="same")


def load(name: str, module: str, *signers: str, make: Make) -> Load:
    """A load of these signers."""
    return Load(name=name, module=module, signers=signers, make=make)


def told(
    mixture: Sequence[tuple[Load, int]], execution: Execution, nanoseconds: int, ordinary_ns: int
) -> str:
    """A block's figures in a line."""
    kinds = ", ".join(f"{kind.name} x {operations}" for kind, operations in mixture)
    times = f"{nanoseconds // 1_000_000} ms, {100 * nanoseconds // ordinary_ns} % of an ordinary block's"
    return f"{kinds}: {len(execution.transactions)} transactions in {times}: {execution.figures}"


def main() -> None:
    """Print the figures of an ordinary full block, and of one of each kind of transactions."""
    market = HeavyMarket()
    execution, ordinary_ns = market.measured([(ORDINARY, 1)])
    print(told([(ORDINARY, 1)], execution, ordinary_ns, ordinary_ns))
    for kinds in loads(market).values():
        for kind in kinds:
            for operations in OPERATIONS:
                mixture = [(kind, operations)]
                execution, nanoseconds = market.measured(mixture)
                print(told(mixture, execution, nanoseconds, ordinary_ns))


if __name__ == "__main__":
    main()
