"""What others named is no path, and steers no terminal."""

from __future__ import annotations

from pathlib import Path

import pytest

from p2pchain.cli.declarations import event_text
from p2pchain.cli.private.payload_fields import write_fields
from p2pchain.cli.screen import plain
from p2pchain.model.errors import Refused


def test_each_field_is_a_new_file(tmp_path: Path) -> None:
    write_fields(tmp_path / "in" / "there", {"price": b"12.50", "days": b"60"})
    assert (tmp_path / "in" / "there" / "price").read_bytes() == b"12.50"
    with pytest.raises(Refused, match="FILE_UNWRITABLE"):
        write_fields(tmp_path / "in" / "there", {"price": b"13"})
    assert (tmp_path / "in" / "there" / "price").read_bytes() == b"12.50"


@pytest.mark.parametrize(
    "name", ["../price", "/etc/price", "..", ".", ".ssh", "a/b", "price\x1b[2J", "a\nb", "\0"]
)
def test_a_name_leads_nowhere_else(tmp_path: Path, name: str) -> None:
    """Nothing is written then, of no field."""
    with pytest.raises(Refused, match="PRIV_FIELD_NAME"):
        write_fields(tmp_path / "there", {"fine": b"1", name: b"2"})
    assert not (tmp_path / "there").exists()


def test_text_of_others_is_one_line_and_no_command() -> None:
    assert plain("goods\x1b[31m are\nbroken\u202e") == "goods [31m are broken "
    note = "no\n2026-01-01  height 9  bank-a: settled"
    values = (bytes(16), "rejected", "buyer", "supplier", 1, "CNY", note)
    assert event_text("receivable", "rejected", values).count("\n") == 0
