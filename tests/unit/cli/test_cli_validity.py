"""How long a file that goes round is good for, as an option and in words."""

from __future__ import annotations

import json
from pathlib import Path

import click
import pytest

from p2pchain.cli.main import invoke
from p2pchain.cli.validity import DAY_MS, HOUR_MS, VALID_FOR_MAX_MS, ValidForType, now_ms, until_text
from p2pchain.client.cosigning import Cosigned, format_cosigned, parse_cosigned, prepared, signed_by
from p2pchain.crypto.ed25519 import SigningKey
from p2pchain.model.ids import INTEGER_MAX, ChainId, Height
from p2pchain.model.transaction import ANY_HEIGHT, Operation
from p2pchain.signing.keyfile import write_key

ONE, OTHER = (SigningKey(bytes([number]) * 32) for number in (1, 2))
NOON_MS = 1_796_040_000_000


def a_file(until_ms: int | None) -> Cosigned:
    """A note that two have to sign, of which one has."""
    fresh = prepared(
        chain_id=ChainId("hands"),
        valid_until=Height(50) if until_ms is None else ANY_HEIGHT,
        valid_until_ms=until_ms,
        signers=(ONE.public_key, OTHER.public_key),
        operations=(Operation(module="note", action="put", args=("hello", 2**60)),),
        nonce=bytes(8),
    )
    return signed_by(fresh, ONE)


@pytest.mark.parametrize(
    ("text", "ms"),
    [("5d", 5 * DAY_MS), ("12h", 12 * HOUR_MS), ("90m", 90 * 60_000), ("366d", VALID_FOR_MAX_MS)],
)
def test_a_length_of_time(text: str, ms: int) -> None:
    assert ValidForType().convert(text, None, None) == ms


@pytest.mark.parametrize("text", ["", "5", "0d", "5w", "-1d", "1.5d", "367d", "5d 1h", "5 d", "\u0665d"])
def test_what_is_none(text: str) -> None:
    with pytest.raises(click.BadParameter):
        ValidForType().convert(text, None, None)


@pytest.mark.parametrize(
    ("left_ms", "words"),
    [
        (6 * DAY_MS + 23 * HOUR_MS + 59 * 60_000, "for 6 d 23 h more"),
        (DAY_MS - 1, "for 23 h 59 min more"),
        (HOUR_MS - 1, "for 59 min more"),
        (0, "for 0 min more"),
    ],
)
def test_until_when_in_words(left_ms: int, words: str) -> None:
    told = until_text(a_file(NOON_MS).body, NOON_MS - left_ms)
    assert told == f"valid until 2026-11-30 12:00 UTC, {words}"


def test_what_has_passed_what_is_a_height_and_what_has_no_date() -> None:
    assert until_text(a_file(NOON_MS).body, NOON_MS + 1) == "EXPIRED: was valid until 2026-11-30 12:00 UTC"
    assert until_text(a_file(None).body, NOON_MS) == "valid until height 50"
    assert until_text(a_file(INTEGER_MAX).body, NOON_MS).startswith(f"valid until {INTEGER_MAX} ms, for ")


def test_the_file_keeps_it() -> None:
    for until_ms in (None, 0, NOON_MS, INTEGER_MAX):
        assert parse_cosigned(format_cosigned(a_file(until_ms)).encode()) == a_file(until_ms)


def test_show_and_sign_say_until_when(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    """Of a file, with no node; both in words and as JSON."""
    file, key = tmp_path / "round.json", tmp_path / "other.key"
    until_ms = now_ms() + 2 * DAY_MS + HOUR_MS
    file.write_text(format_cosigned(a_file(until_ms)))
    write_key(key, OTHER, "account", None)
    assert invoke(["tx", "show", str(file)]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[1:3] == [f"signed by {ONE.public_key.hex()}", f"to be signed by {OTHER.public_key.hex()}"]
    assert told[3].startswith("valid until ")
    assert told[3].endswith("for 2 d 0 h more")
    assert invoke(["tx", "show", str(file), "--json"]) == 0
    fields = json.loads(capsys.readouterr().out)
    assert fields["missing"] == [OTHER.public_key.hex()]
    assert fields["signers"] == [
        {"public_key": ONE.public_key.hex(), "account": None, "org": None, "signed": True},
        {"public_key": OTHER.public_key.hex(), "account": None, "org": None, "signed": False},
    ]
    assert (fields["valid_until"], fields["valid_until_ms"]) == (None, until_ms)
    assert fields["operations"] == [{"module": "note", "action": "put", "args": ["hello", str(2**60)]}]
    assert invoke(["tx", "sign", str(file), "--key", str(key)]) == 0
    assert "for 2 d 0 h more" in capsys.readouterr().out
    assert parse_cosigned(file.read_bytes()).missing == ()


def test_what_is_submitted_at_once_takes_no_length_of_time(capsys: pytest.CaptureFixture[str]) -> None:
    assert invoke(["note", "put", "hello", "--valid-for", "5d"]) != 0
    assert "--valid-for needs --out" in capsys.readouterr().err
