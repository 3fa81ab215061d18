"""Each refusal of the ledger has words, and facts read as people write them."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from p2pchain.business.software import MODULES
from p2pchain.cli.exits import one_line
from p2pchain.cli.words import WORDS
from p2pchain.ledger.consortium.governance.kinds import OperationsKind
from p2pchain.ledger.consortium.governance.versions import ModuleNameKind
from p2pchain.ledger.consortium.policy import PolicyKind
from p2pchain.ledger.kinds import Array, Flag, Integer, Kind, Octets, Optional, Text
from p2pchain.ledger.refusals import REFUSALS
from p2pchain.model.errors import Fact, Refused

CODES = Path(__file__).parents[3] / "docs" / "codes.md"
GROUPS = ("AUTH", "ENC", "EVD", "GOV", "MEMBERSHIP", "PAY", "POL", "PRIV", "PROOF", "RCV")


def test_no_refusal_of_the_ledger_is_without_words() -> None:
    found = re.findall(rf"^\| `((?:{'|'.join(GROUPS)})_[A-Z_]+)`", CODES.read_text("utf-8"), re.MULTILINE)
    assert len(found) > 60
    classes = (*REFUSALS, *(refusal for module in MODULES for refusal in module.refusals))
    declared = {refusal.code for refusal in classes}
    assert set(WORDS) & declared == set(), "words stand once"
    assert sorted(set(WORDS) | declared & set(found)) == sorted(found)


def test_days_and_amounts_are_readable() -> None:
    facts: dict[str, Fact] = {"amount_minor": 100_000_000, "currency": "CNY", "parts_minor": 90_000_000}
    assert one_line(Refused("RCV_SPLIT_SUM", facts)) == (
        "p2pchain: RCV_SPLIT_SUM: the parts do not make up the amount "
        "(amount=1,000,000.00 CNY, parts=900,000.00 CNY); correct them"
    )
    late = one_line(Refused("RCV_OVERDUE", {"due_day": 20_961, "today": 20_962}))
    assert "(due=2027-05-23, today=2027-05-24)" in late


def test_what_the_node_says_to_do_comes_first() -> None:
    assert one_line(Refused("RCV_UNKNOWN", {}, "look again")).endswith("; look again")


@pytest.mark.parametrize(
    ("kind", "words"),
    [
        (Integer(low=1, high=3), "integer from 1 to 3"),
        (Optional(inner=Octets(size=32)), "32 bytes, or null"),
        (Text(bytes_max=9), "text of at most 9 bytes"),
        (Flag(), "true or false"),
        (Array(inner=Integer(high=9), most=4), "array of 0 to 4 integers from 0 to 9"),
        (Array(inner=Octets(size=32), most=4), "array of 0 to 4 times 32 bytes"),
        (OperationsKind(), "array of 1 to 16 operations"),
        (PolicyKind(), "policy of at most 32 parts"),
        (ModuleNameKind(), "name of a module of at most 32 bytes"),
    ],
    ids=lambda value: value if isinstance(value, str) else "",
)
def test_what_an_argument_may_be_is_said_in_words(kind: Kind, words: str) -> None:
    """The receipt holds kinds and numbers; the words are made here."""
    told: dict[str, Fact] = {"module": "m", "action": "a", "argument": "a", **kind.bounds}
    assert f"expected={words})" in one_line(Refused("TX_INVALID_ARGS", told))


def test_parts_of_a_deal_are_said_in_words() -> None:
    refused = Refused("AUTH_CONTROLLER", {"needed": "payer,bank_of_payer", "org": "buyer"})
    assert "needed=the one who pays, or a bank that gets none of it" in one_line(refused)
