"""Fields take what they say and nothing else."""

from __future__ import annotations

import pytest

from p2pchain.ledger.fields import Field, check_arguments, query_arguments
from p2pchain.ledger.kinds import Flag, Integer, Octets, Optional, Text
from p2pchain.model.errors import Refused
from p2pchain.model.transaction import Value

BYTES = Field(name="hash", kind=Octets(size=2))
INTEGER = Field(name="count", kind=Integer(low=1, high=3))
TEXT = Field(name="text", kind=Text(bytes_max=4))
COUNT_OR_NONE = Field(name="count", kind=Optional(inner=INTEGER.kind))
FLAG = Field(name="flag", kind=Flag())


@pytest.mark.parametrize(
    ("field", "good", "bad"),
    [
        (BYTES, (b"ab",), (b"a", b"abc", "ab", None, 1, (b"ab",))),
        (INTEGER, (1, 3), (0, 4, True, "1", None, b"\x01")),
        (TEXT, ("", "abcd", "éé"), ("abcde", "ééé", b"ab", None, 1, "\ud800")),
        (FLAG, (True, False), (0, 1, None, "true")),
        (COUNT_OR_NONE, (None, 2), (0, True, "")),
    ],
)
def test_what_a_field_accepts(field: Field, good: tuple[Value, ...], bad: tuple[Value, ...]) -> None:
    assert all(field.accepts(value) for value in good)
    assert not any(field.accepts(value) for value in bad)
    assert field.bounds["kind"]


def test_arguments_must_be_all_there_and_right() -> None:
    fields = (BYTES, INTEGER)
    check_arguments("m", "a", fields, (b"ab", 1))
    with pytest.raises(Refused, match="TX_INVALID_ARGS") as refused:
        check_arguments("m", "a", fields, (b"ab", 9))
    assert refused.value.facts["argument"] == "count"
    bounds = {name: refused.value.facts[name] for name in ("kind", "low", "high")}
    assert bounds == {"kind": "integer", "low": 1, "high": 3}
    with pytest.raises(Refused, match="TX_INVALID_ARGS") as refused:
        check_arguments("m", "a", fields, (b"ab",))
    assert refused.value.facts["arguments"] == 1


def test_queries_take_names_hexadecimal_text_and_what_is_left_out() -> None:
    fields = (BYTES, COUNT_OR_NONE)
    assert query_arguments("m", "q", fields, {"hash": "6162"}) == {"hash": b"ab", "count": None}
    wrong: tuple[dict[str, Value], ...] = (
        {},
        {"hash": "61"},
        {"hash": "zz"},
        {"hash": b"ab", "count": 9},
        {"hash": b"ab", "more": 1},
    )
    for args in wrong:
        with pytest.raises(Refused, match="QUERY_INVALID_ARGS"):
            query_arguments("m", "q", fields, args)
