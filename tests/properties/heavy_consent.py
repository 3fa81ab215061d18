"""A health network in a state that makes the steps of consents dear, and transactions of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import Final

from p2pchain.business.consent.terms import terms_digest
from p2pchain.codec.private import payload_root
from p2pchain.model.genesis import GenesisOrganisation
from p2pchain.model.transaction import Operation, Value
from tests.unit.ledger.consent_steps import (
    PATIENT,
    SEALED,
    act,
    consent,
    nonce,
    provision,
    stated,
    terms,
)
from tests.unit.ledger.ledger_world import fingerprint, operation, organisation, signing_key
from tests.unit.ledger.membership_steps import set_sealing_key
from tests.unit.ledger.receivable_steps import Market

KEEPER: Final = "keeper"
GUARDIAN: Final = "guardian"
SURGERIES: Final = tuple(f"surgery-{number:02d}" for number in range(16))
CODES: Final = tuple(f"{number:032d}" for number in range(16))
LONG: Final = terms(
    to=SURGERIES,
    purposes=CODES,
    categories=CODES,
    provisions=[
        provision(1 + at % 2, "deny", to=("b" * 32, "c" * 32), purposes=CODES[:8], categories=CODES[8:])
        for at in range(16)
    ],
)
WIDE: Final = payload_root(KEEPER, fingerprint("wide"))
ITEM: Final = consent("heavy", KEEPER)


def caring_members() -> tuple[GenesisOrganisation, ...]:
    """A controller, a representative, and surgeries, which may break the glass; none of them has a node."""
    roles = {KEEPER: "controller", GUARDIAN: "representative"} | dict.fromkeys(SURGERIES, "emergency")
    return tuple(replace(organisation(org, ("admin", role)), nodes=()) for org, role in sorted(roles.items()))


def prepare_consents(market: Market) -> None:
    """An active consent with terms as long as they may be, and a payload under it."""
    begun: tuple[Value, ...] = (nonce("heavy"), PATIENT, None, GUARDIAN, *stated(LONG))
    market.does(KEEPER, act("propose", *begun))
    market.does(GUARDIAN, act("activate", ITEM, terms_digest(LONG), None))
    market.does(KEEPER, set_sealing_key(KEEPER, signing_key(f"{KEEPER} seal")))
    market.does(KEEPER, operation("private", "put", fingerprint("wide"), bytes(32), 1, (KEEPER,)))
    market.does(KEEPER, act("link", ITEM, WIDE, CODES[:8]))


LONG_MAX = 5
"""Consents of the longest terms that fit a transaction."""


def propose_many(number: int, operations: int) -> Sequence[Operation]:
    """Consents with terms as long as they may be."""
    words: tuple[Value, ...] = (PATIENT, None, GUARDIAN, *stated(LONG))
    return [act("propose", nonce(f"{number}/{at}"), *words) for at in range(min(operations, LONG_MAX))]


def amend_many(_number: int, operations: int) -> Sequence[Operation]:
    """Amendments as long as they may be."""
    return [act("amend", ITEM, *stated(LONG)) for _ in range(min(operations, LONG_MAX))]


def link_many(_number: int, operations: int) -> Sequence[Operation]:
    """A payload that is linked again and again."""
    return [act("link", ITEM, WIDE, CODES[:8]) for _ in range(operations)]


def deliver_many(number: int, operations: int) -> Sequence[Operation]:
    """Deliveries of what nobody was granted."""
    return [act("deliver", nonce(f"{number}/{at}"), SEALED) for at in range(operations)]


def ask_many(number: int, operations: int) -> Sequence[Operation]:
    """Accesses that all provisions are held against."""
    return [
        act("access", ITEM, nonce(f"{number}/{at}"), CODES[0], CODES[:8], WIDE) for at in range(operations)
    ]


def break_many(number: int, operations: int) -> Sequence[Operation]:
    """Break-glasses."""
    return [
        act("break_glass", ITEM, nonce(f"{number}/{at}"), "BTG", CODES[:8], WIDE) for at in range(operations)
    ]


def activate_many(_number: int, operations: int) -> Sequence[Operation]:
    """Signatures that are no patient's."""
    return [act("revoke", ITEM, bytes(64)) for _ in range(operations)]
