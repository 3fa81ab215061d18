"""A small supply chain and short ways to say what its members do with goods."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from p2pchain.codec.trace_ids import traced_id
from p2pchain.codec.transaction import assemble_transaction
from p2pchain.crypto.hashing import sha256
from p2pchain.model.genesis import Genesis
from p2pchain.model.ids import SIGNATURE_BYTES
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Value, VerifiedTransaction
from tests.unit.ledger.ledger_world import CHAIN_ID, TIME_MS, operation, organisation
from tests.unit.ledger.membership_steps import member
from tests.unit.ledger.receivable_steps import Market

TRACERS = ("farm", "mill", "shop")
PREFIXES = {"farm": "4012345", "mill": "4099999", "shop": "4088888"}
AGENCY = "agency"
CERTIFIER = "eco"
EVENT = sha256(b"an event")


def a_supply_chain(parameters: Parameters | None = None) -> Genesis:
    """An authority, a certifier, and three that trace, of which the first has no node."""
    return Genesis(
        chain_id=CHAIN_ID,
        time_ms=TIME_MS,
        parameters=parameters or Parameters(tx_lifetime=20),
        organisations=(
            organisation(AGENCY, ("admin", "authority", "validator")),
            organisation(CERTIFIER, ("admin", "certifier", "validator")),
            replace(organisation("farm", ("admin", "tracer")), nodes=()),
            *(organisation(org, ("admin", "tracer", "validator")) for org in TRACERS[1:]),
        ),
    )


def name(text: str) -> bytes:
    """Hash of the identifier that stands for ``text``."""
    return sha256(b"https://id.gs1.org/" + text.encode())


def thing(text: str, by: str = "farm") -> bytes:
    """Id of a thing, or of a lot, whose prefix is that of ``by``."""
    return traced_id(PREFIXES.get(by, by), name(text))


def step(action: str, *args: Value) -> Operation:
    """One action on traced goods."""
    return operation("trace", action, *args)


def bring(
    *texts: str,
    by: str = "farm",
    lot: str | None = "lot",
    quantity: int = 1_000,
    unit: str = "KGM",
    time_ms: int | None = None,
    action: str = "bring_in",
) -> Operation:
    """Things under the prefix of ``by``; mere containers without a lot."""
    names = tuple(name(text) for text in texts)
    lot_name = None if lot is None else name(lot)
    return step(action, PREFIXES.get(by, by), names, lot_name, quantity, unit, time_ms, None)


def ship(things: Sequence[bytes], to: str, time_ms: int | None = None) -> Operation:
    """On their way to another."""
    return step("ship", tuple(things), to, time_ms, EVENT)


def on(action: str, *things: bytes, time_ms: int | None = None) -> Operation:
    """Received, withdrawn or taken over; refused or destroyed without a reason."""
    why = (None,) if action in ("refuse", "destroy") else ()
    return step(action, things, time_ms, None, *why)


def packing(action: str, parent: bytes, *things: bytes) -> Operation:
    """Packed or unpacked."""
    return step(action, parent, things, None, None)


def transform(
    inputs: Sequence[tuple[bytes, int]],
    outputs: Sequence[tuple[str, int, bool]],
    *,
    by: str = "farm",
    lot: str = "made",
    lot_by: str | None = None,
    claim: str | None = None,
) -> Operation:
    """Things are made of others."""
    made = tuple((name(text), quantity, certified) for text, quantity, certified in outputs)
    prefixes = (PREFIXES.get(by, by), PREFIXES[lot_by or by])
    return step("transform", tuple(inputs), made, *prefixes, name(lot), claim, None, None)


def recall(lot: bytes, *, returns: bool = False, reason: str = "salmonella") -> Operation:
    """A lot is stopped."""
    return step("recall", lot, reason, returns)


class Goods(Market):
    """A ledger of this supply chain; each tracer speaks for a prefix."""

    def __init__(self, genesis: Genesis | None = None) -> None:
        super().__init__(genesis or a_supply_chain())
        self.does(AGENCY, *(step("set_prefix", prefix, org) for org, prefix in PREFIXES.items()))

    def hands_over(self, things: Sequence[bytes], sender: str, to: str) -> None:
        """Shipped and received."""
        self.does(sender, ship(things, to))
        self.does(to, on("receive", *things))

    def leaves(self, org: str) -> None:
        """The others remove a member."""
        self.does(("mill", "shop", AGENCY, CERTIFIER), member("remove_organisation", org))

    def does_encoded(self, signer: str, *operations: Operation) -> int:
        """It is accepted as the bytes that it is on the wire; how many there are."""
        made = self.transaction(signer, *operations).transaction
        encoded = assemble_transaction(made.body, [bytes(SIGNATURE_BYTES)])
        (receipt,) = self.block(VerifiedTransaction(transaction=encoded))
        assert receipt.code == "OK", receipt
        return len(encoded.raw)

    def where(self, key: bytes) -> dict[str, object]:
        """What the query says of a thing."""
        return self.ledger.query("trace", "where", {"thing": key}, None)

    def holders(self, lot: bytes) -> dict[tuple[str, str], int]:
        """Things by lot and custodian, of a lot and of all that was made of it."""
        answer = self.ledger.query("trace", "who_holds", {"lot": lot}, None)
        assert answer["complete"]
        return {(row["lot"], row["custodian"]): row["things"] for row in answer["holders"]}
