"""A bureau, an archive, two courts and a hospital, and short ways to say what they do with evidence."""

from __future__ import annotations

from dataclasses import replace

from p2pchain.business.evidence.holds import hold_id
from p2pchain.codec.evidence_file import deposit_id
from p2pchain.crypto.hashing import sha256
from p2pchain.model.genesis import Genesis
from p2pchain.model.parameters import Parameters
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.ledger_world import CHAIN_ID, TIME_MS, fingerprint, organisation
from tests.unit.ledger.receivable_steps import Market

CLERKS = ("archive", "bureau")
COURTS = ("court", "high-court")
HOW = "exported from the case system by two clerks on 1 December 2026"
CERTIFICATE = fingerprint("certificate")


def a_town() -> Genesis:
    """Two who deposit and a hospital, which validate, and two courts, which do not."""
    clerks = (organisation(org, ("admin", "clerk", "validator")) for org in CLERKS)
    courts = (replace(organisation(org, ("admin", "court")), nodes=()) for org in COURTS)
    return Genesis(
        chain_id=CHAIN_ID,
        time_ms=TIME_MS,
        parameters=Parameters(tx_lifetime=20),
        organisations=(*clerks, *courts, organisation("hospital", ("admin", "validator"))),
    )


def town() -> Market:
    """A ledger of this town."""
    return Market(a_town())


def act(action: str, *args: Value) -> Operation:
    """One action on evidence."""
    return Operation(module="evidence", action=action, args=args)


def digest(text: str) -> bytes:
    """The digest that stands for ``text``."""
    return sha256(text.encode())


def id_of(text: str, org: str = "bureau") -> bytes:
    """The id of the deposit of ``text`` by an organisation."""
    return deposit_id(org, digest(text))


def deposit(text: str, count: int | None = None, how: str = HOW) -> Operation:
    """Deposit ``text``, or a root over so many files."""
    return act("deposit", digest(text), count, how)


def supersede(older: bytes, text: str, count: int | None = None) -> Operation:
    """Deposit ``text`` in the place of an older deposit."""
    return act("supersede", older, digest(text), count, HOW)


def timestamp(deposit: bytes, token_ms: int = TIME_MS, token: str = "token") -> Operation:
    """Put a token beside a deposit."""
    return act("timestamp", deposit, fingerprint(token), token_ms, CERTIFICATE)


def hold(
    nonce: str, *, deposit: bytes | None = None, payload: bytes | None = None, org: str | None = None
) -> Operation:
    """Hold something; ``held`` makes its id."""
    return act("hold", deposit, payload, org, "12 O 34/26", fingerprint(nonce)[:16])


def held(nonce: str, court: str = "court") -> bytes:
    """The id of a hold of a court."""
    return hold_id(court, fingerprint(nonce)[:16])
