"""What a proof of a home says to a person: what is recorded, and in words what is not."""

from __future__ import annotations

from p2pchain.business.software import MODULES
from p2pchain.ledger.record import read_record
from p2pchain.presentation.directory import Directory
from p2pchain.presentation.proven_records import record_lines
from tests.unit.ledger.title_steps import HOME, Town, mortgage, right

UNIT = HOME.encode()


def lines(town: Town, *keys: bytes) -> list[str]:
    """What is said of these keys, as they are in the state or absent from it."""
    raw = {key: town.ledger.get(key) for key in keys}
    proven = {key: None if value is None else read_record(value) for key, value in raw.items()}
    said = record_lines(Directory(MODULES), proven)
    return [line for key in keys for line in said.get(key, ["nothing"])]


def test_absence_is_said_in_the_words_of_the_trade() -> None:
    town = Town()
    keys = (b"title/seizure/" + UNIT, b"title/mortgage/" + UNIT, b"title/sale/" + UNIT)
    assert lines(town, *keys) == [
        f"{HOME}: no seizure is recorded",
        f"{HOME}: no mortgage is recorded",
        f"{HOME}: no signed sale reserves it",
    ]
    assert lines(town, b"title/unit/" + UNIT[:-1] + b"9") == [f"{HOME[:-1]}9: no title of it is registered"]
    assert lines(town, b"note/" + bytes(32)) == ["nothing"]
    town.does("bureau", mortgage(), right("seizure", org="court", until=30))
    seizure, ranked, sale = lines(town, *keys)
    assert "seizure 2 of court" in seizure
    assert "mortgage 1 of rank 1 over 3,000,000.00 CNY of bank-a" in ranked
    assert sale == f"{HOME}: no signed sale reserves it"
