"""A second version of ``note``, a module that comes later, and a consortium that schedules them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated

from p2pchain.business.note import module as note
from p2pchain.business.software import MODULES
from p2pchain.ledger.consortium.governance.versions import NOTICE_HEIGHTS_MIN
from p2pchain.ledger.context import Context, View
from p2pchain.ledger.kinds import Text
from p2pchain.ledger.module import Action, Json, Module, Query
from p2pchain.model.transaction import Operation, Receipt, Value
from tests.unit.ledger.ledger_world import World, key
from tests.unit.ledger.receivable_steps import a_market

QUORUM = ("bank-a", "bank-b", "buyer", "supplier")
"""Four of five."""
NOTICE = NOTICE_HEIGHTS_MIN


@dataclass(frozen=True, slots=True, kw_only=True)
class PutInto:
    """A text, and the drawer that it goes into."""

    text: Annotated[str, Text(bytes_max=200)]
    drawer: Annotated[str, Text(bytes_max=20)]


@dataclass(frozen=True, slots=True, kw_only=True)
class Nothing:
    """No arguments."""


def put_into(context: Context, message: PutInto) -> None:
    """Count it under the first signer, and keep the drawer."""
    public_key = context.accounts[0].public_key
    record = context.get(public_key)
    count = 0 if record is None else record[1]
    assert isinstance(count, int), f"note record {record!r}"
    context.put(public_key, ("v2", count + 1, message.drawer))


def shred(context: Context, _message: object) -> None:
    """Delete one's notes."""
    context.delete(context.accounts[0].public_key)


def migrate_notes(context: Context) -> None:
    """``[count, hash]`` becomes ``["v2", count, "old"]``."""
    for public_key, record in list(context.walk(b"")):
        context.put(public_key, ("v2", record[0], "old"))
    context.emit("nobody_hears", ())


def answer_drawer(view: View, _args: Mapping[str, Value]) -> Json:
    """What bank-a keeps."""
    record = view.get(key("bank-a"))
    return {"record": None if record is None else list(record)}


NOTE_2 = Module(
    name=note.NAME,
    version=2,
    actions=(
        Action(name="put", message=PutInto, run=put_into),
        Action(name="shred", message=Nothing, run=shred),
    ),
    queries=(Query(name="drawer", fields=(), answer=answer_drawer),),
    migrate=migrate_notes,
)
NOTE_3 = Module(name=note.NAME, version=3)


def found_deeds(context: Context) -> None:
    """The first record of the module."""
    context.put(b"count", (0,))


def register_deed(context: Context, _message: object) -> None:
    """Count one."""
    record = context.get(b"count")
    assert record is not None, "migrate wrote it"
    assert isinstance(record[0], int), f"deeds record {record!r}"
    context.put(b"count", (record[0] + 1,))


DEEDS = Module(
    name="deeds",
    actions=(Action(name="register", message=Nothing, run=register_deed),),
    migrate=found_deeds,
    at_genesis=False,
)
NEWER = (*MODULES, NOTE_2, DEEDS)
"""What a newer release has."""

PUT_1 = Operation(module="note", action="put", args=("hello",))
PUT_2 = Operation(module="note", action="put", args=("hello", "desk"))
SHRED = Operation(module="note", action="shred", args=())
REGISTER = Operation(module="deeds", action="register", args=())


DIGEST = b"\x2d" * 32
"""Of the code of every version here."""
DECLARED = tuple((module, version, DIGEST) for module in ("note", "deeds") for version in range(1, 5))


def set_version(module: str, version: int, height: int, digest: bytes = DIGEST) -> Operation:
    """Schedule a version."""
    args = (module, version, height, digest)
    return Operation(module="governance", action="set_module_version", args=args)


def declare(*held: Value) -> Operation:
    """Say which versions one's nodes have."""
    return Operation(module="governance", action="declare_software", args=(held or DECLARED,))


def suspend(module: str) -> Operation:
    """Suspend a module."""
    return Operation(module="governance", action="suspend_module", args=(module,))


def resume(module: str) -> Operation:
    """Resume a module."""
    return Operation(module="governance", action="resume_module", args=(module,))


def withdraw(module: str, version: int) -> Operation:
    """Take a scheduled version back."""
    return Operation(module="governance", action="withdraw_module_version", args=(module, version))


class Consortium(World):
    """Two banks and three firms, all of them with an admin."""

    def __init__(self, modules: Sequence[Module] = NEWER) -> None:
        super().__init__(a_market(), modules)

    def does(self, signers: str | Sequence[str], *operations: Operation) -> Receipt:
        """It is accepted."""
        receipt = self.submit(signers, *operations)
        assert receipt.code == "OK", receipt
        return receipt

    def refused(self, signers: str | Sequence[str], *operations: Operation) -> dict[str, Value]:
        """It is refused: the code, and the facts beside it."""
        receipt = self.submit(signers, *operations)
        assert receipt.code != "OK", receipt
        return {"code": receipt.code, **dict(receipt.facts)}

    def up_to(self, height: int) -> None:
        """Empty blocks up to this height."""
        while self.ledger.height < height:
            self.block()

    def declared(self, *held: Value, orgs: Sequence[str] = QUORUM) -> None:
        """Organisations say what their nodes have, all in one block."""
        receipts = self.block(*(self.transaction(org, declare(*held)) for org in orgs))
        assert [receipt.code for receipt in receipts] == ["OK"] * len(orgs)

    def scheduled(self, module: str = "note", version: int = 2) -> int:
        """Schedule a version that all have, as soon as may be; the height from which on it counts."""
        self.declared()
        height = self.ledger.height + 1 + NOTICE
        self.does(QUORUM, set_version(module, version, height))
        return height

    def told(self, module: str = "note") -> Json:
        """What an operator is told of a module."""
        (found,) = (each for each in self.ledger.module_versions if each["module"] == module)
        return found
