"""Documents with names that stand for texts, and a ledger on which the financiers' key is recorded."""

from __future__ import annotations

from collections.abc import Sequence

from p2pchain.business.registry.declaration import (
    APART,
    STRONG,
    Declaration,
    Name,
    values_of,
)
from p2pchain.business.software import MODULES
from p2pchain.ledger.module import Module
from p2pchain.model.genesis import Genesis
from p2pchain.model.transaction import Operation
from tests.unit.ledger.ledger_world import World, fingerprint, operation

KEY_ID = fingerprint("key id")
CHECK = fingerprint("key check")
SET_KEY = operation("registry", "set_key", 1, KEY_ID, CHECK)


def name(text: str, strength: int = 0, scheme: str = "") -> Name:
    """A name that stands for a text, in a scheme that stands for another."""
    return Name(
        tag=fingerprint(f"scheme {scheme}")[:8], strength=strength, digest=fingerprint(f"name {text}")
    )


def vat(text: str) -> Name:
    """A name by VAT number: strong, and it tells sellers apart."""
    return name(f"vat {text}", STRONG | APART, "vat")


def gln(text: str) -> Name:
    """A name by another number of which a seller has one."""
    return name(f"gln {text}", STRONG | APART, "gln")


def declaration(
    *names: Name, content: str = "content", corrects: Sequence[bytes] = (), epoch: int = 1
) -> Declaration:
    """What is declared of an invoice under the key of an epoch."""
    key_id = KEY_ID if epoch == 1 else fingerprint(f"key id {epoch}")
    return Declaration(
        epoch=epoch,
        key_id=key_id,
        content=fingerprint(f"content {content}"),
        names=names,
        corrects=tuple(corrects),
    )


def plain(text: str, weak: str | None = None) -> Declaration:
    """An invoice of its own seller and content, with a weak name beside."""
    names = (vat(text),) if weak is None else (vat(text), name(weak))
    return declaration(*names, content=text)


def doc(text: str) -> bytes:
    """The id of the document that ``plain`` declares."""
    return plain(text).document


def declare(*declarations: Declaration) -> Operation:
    """Register the document of the last of these declarations."""
    return operation("registry", "register", declarations[-1].document, values_of(declarations))


def register(text: str = "x", weak: str = "weak x") -> Operation:
    """Register the document that stands for a text."""
    return declare(plain(text, weak))


class Keyed(World):
    """A ledger on which a bank has recorded the financiers' key."""

    def __init__(self, genesis: Genesis | None = None, modules: Sequence[Module] = MODULES) -> None:
        super().__init__(genesis, modules)
        bank = next(org.org for org in self.genesis.organisations if "financier" in org.roles)
        assert self.submit(bank, SET_KEY).code == "OK"
