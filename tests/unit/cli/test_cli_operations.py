"""What somebody is about to sign, in words that nobody can bend."""

from __future__ import annotations

from p2pchain.cli.operations import operation_text


def test_each_argument_has_its_name() -> None:
    args = (b"\x57" * 16, "bank-b", False)
    assert operation_text("receivable", "transfer", args) == (
        f"receivable transfer receivable={'57' * 16}, to=bank-b, recourse=no"
    )


def test_days_and_amounts_are_readable() -> None:
    args = [b"\x01" * 16, "buyer", "supplier", 100_000_000, "CNY", 20_961, None, None]
    told = operation_text("receivable", "issue", args)
    assert 'amount="1,000,000.00 CNY", due=2027-05-23, document=-, terms=-' in told


def test_text_of_others_looks_like_nothing_else() -> None:
    told = operation_text("receivable", "reject", ["57" * 16, 'no, amount=5\n\x1b[2Jx "y'])
    assert told == f'receivable reject receivable={"57" * 16}, reason="no, amount=5  [2Jx \\"y"'


def test_what_this_software_does_not_know_is_told_in_its_order() -> None:
    assert operation_text("receivable", "transfer", [1]) == "receivable transfer 1"
    assert operation_text("future", "act", [b"\x01", ["a", True]]) == "future act 01, [a, yes]"
