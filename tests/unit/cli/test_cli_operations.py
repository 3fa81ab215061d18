"""What somebody is about to sign, in words that nobody can bend."""

from __future__ import annotations

from p2pchain.cli.declarations import operation_text


def test_each_argument_has_its_name() -> None:
    args = (b"\x57" * 16, "bank-b", False)
    assert operation_text("receivable", "transfer", args) == (
        f"receivable transfer receivable={'57' * 16}, to=bank-b, recourse=no"
    )


def test_days_and_amounts_are_readable() -> None:
    args = [b"\x01" * 16, "buyer", "supplier", 100_000_000, "CNY", 20_961, None, None]
    told = operation_text("receivable", "issue", args)
    assert "amount=1,000,000.00 CNY, due day=2027-05-23, document=-, root of its private terms=-" in told


def test_text_of_others_looks_like_nothing_else() -> None:
    told = operation_text("receivable", "reject", ["57" * 16, 'no, amount=5\n\x1b[2Jx "y'])
    assert told == f'receivable reject receivable={"57" * 16}, reason="no, amount=5  [2Jx \\"y"'


def test_what_this_software_does_not_know_is_told_in_its_order() -> None:
    assert operation_text("receivable", "transfer", [1]) == "receivable transfer 1"
    assert operation_text("future", "act", [b"\x01", ["a", True]]) == "future act 01, [a, yes]"


def test_nonsense_that_somebody_signed_is_shown_as_it_is() -> None:
    """A currency that there is none of, a day without a date, an amount below nothing: no argument is
    left out, and nothing breaks.
    """
    for minor, currency, day, told in (
        (5, "ZZZ", 0, "amount=5 minor units, currency=ZZZ, due day=1970-01-01"),
        (5, "CNY", 2**62, f"amount=0.05 CNY, due day={2**62}"),
        (-5, "CNY", -(2**62), f"amount=-5 minor units, currency=CNY, due day={-(2**62)}"),
        (5, ["CNY"], True, "amount=5 minor units, currency=[CNY], due day=yes"),
        (True, "CNY", 1, "amount=yes, currency=CNY, due day=1970-01-02"),
    ):
        args = ["57" * 16, "buyer", "supplier", minor, currency, day, None, None]
        assert told in operation_text("receivable", "issue", args)
