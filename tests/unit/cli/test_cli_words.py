"""Each refusal of the ledger has words, and facts read as people write them."""

from __future__ import annotations

import re
from pathlib import Path

from p2pchain.cli.exits import one_line
from p2pchain.cli.words import WORDS
from p2pchain.model.errors import Fact, Refused

CODES = Path(__file__).parents[3] / "docs" / "codes.md"
GROUPS = ("AUTH", "ENC", "GOV", "MEMBERSHIP", "PAY", "POL", "PRIV", "PROOF", "RCV")


def test_no_refusal_of_the_ledger_is_without_words() -> None:
    found = re.findall(rf"^\| `((?:{'|'.join(GROUPS)})_[A-Z_]+)`", CODES.read_text("utf-8"), re.MULTILINE)
    assert len(found) > 60
    assert sorted(WORDS) == sorted(found)


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
