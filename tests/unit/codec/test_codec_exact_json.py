"""JSON that no reader takes for something else: large integers as text, no name twice, one way to read."""

from __future__ import annotations

import ast
import json
from pathlib import Path
from types import MappingProxyType
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pchain.codec.exact_json import EXACT_MAX, named, read_answer, read_json, write_json
from p2pchain.control.arguments import one_transaction
from p2pchain.control.http import JSON_TYPE, Level, Request, RequestRefused, error_response, json_response
from p2pchain.model.errors import Invalid, Refused
from p2pchain.model.ids import INTEGER_MAX

SHARE = 666_666_666_666_666_667
TOP = Path(__file__).parents[3]
VALUES = st.recursive(
    st.none() | st.booleans() | st.integers(-INTEGER_MAX, INTEGER_MAX) | st.text(max_size=30),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(max_size=9), inner, max_size=4),
    max_leaves=12,
)


def as_javascript(text: str) -> Any:
    """What a reader gets whose only numbers are doubles."""
    return json.loads(text, parse_int=float)


def texts(value: Any) -> Any:
    """A value with every number in digits."""
    match value:
        case bool() | None:
            return value
        case dict():
            return {name: texts(each) for name, each in value.items()}
        case list():
            return [texts(each) for each in value]
        case _:
            return f"{value:.0f}" if isinstance(value, float) else str(value)


@given(VALUES)
def test_a_reader_of_doubles_reads_every_digit(value: Any) -> None:
    assert texts(as_javascript(write_json(value))) == texts(value)


@pytest.mark.parametrize("number", [0, EXACT_MAX, EXACT_MAX + 1, SHARE, INTEGER_MAX])
@pytest.mark.parametrize("sign", [1, -1])
def test_the_boundary(number: int, sign: int) -> None:
    whole = sign * number
    written = json.loads(write_json({"share": whole}))["share"]
    assert written == (whole if number <= EXACT_MAX else str(whole))
    assert read_answer(write_json({"share": whole}).encode()) == {"share": whole}


@pytest.mark.parametrize("name", ["share", "financed_share", "share_whole", "amount_minor", "total_minor"])
def test_an_integer_comes_back_under_the_name_of_one(name: str) -> None:
    text = write_json({"facts": {name: SHARE}, "rows": [{name: SHARE}]})
    assert str(SHARE) in text
    assert read_answer(text.encode()) == {"facts": {name: SHARE}, "rows": [{name: SHARE}]}
    assert named(("document", name), ["d", str(SHARE)]) == {"document": "d", name: SHARE}


@given(st.text(max_size=20) | st.integers(-(10**20), 10**20).map(str))
def test_what_others_wrote_stays_text(text: str) -> None:
    """A reason, the name of an organisation, an invoice's number: whatever it looks like."""
    for name in ("reason", "org", "note", "number", "shareholder", "minority"):
        assert read_answer(write_json({name: text}).encode()) == {name: text}


@given(st.text(max_size=20) | st.integers(-(10**20), 10**20).map(str))
def test_under_the_name_of_an_integer_only_a_large_one_is_made(text: str) -> None:
    """Never one that would be written back as something else."""
    told = read_answer(write_json({"share": text}).encode())
    assert isinstance(told, dict)
    assert told["share"] == text or str(told["share"]) == text


def test_answers_and_errors_say_it_so() -> None:
    facts = MappingProxyType({"remaining_share": SHARE, "height": 7})
    body = error_response(Refused("REG_EXCEEDS_TOTAL", facts)).body
    assert json.loads(body)["error"]["details"] == {"remaining_share": str(SHARE), "height": 7}
    assert (
        json_response({"rows": ({"share": SHARE},)}).body == f'{{"rows":[{{"share":"{SHARE}"}}]}}\n'.encode()
    )
    assert read_answer(json_response({"rtt_ms": 0.25}).body) == {"rtt_ms": 0.25}


REFUSED = {
    "a name twice": b'{"a": 1, "a": 1}',
    "a name twice, written in two ways": b'{"a": 1, "\\u0061": 2}',
    "a name twice, deep within": b'[{"b": {"a": 1, "c": 2, "a": 3}}]',
    "a fraction": b"[1.0]",
    "an exponent": b"[1e3]",
    "not a number": b"[NaN]",
    "without end": b"[Infinity]",
    "too long": b"[" + b"9" * 21 + b"]",
    "UTF-16": '{"a": 1}'.encode("utf-16"),
    "a mark of byte order": b'\xef\xbb\xbf{"a": 1}',
    "no UTF-8": b'{"a": "\xff"}',
    "deep": b"[" * 100_000,
    "cut": b'{"a"',
    "nothing": b"",
}


@pytest.mark.parametrize("data", REFUSED.values(), ids=REFUSED)
def test_what_readers_differ_on_is_refused(data: bytes) -> None:
    with pytest.raises(Invalid) as caught:
        read_json(data)
    assert caught.value.code == "CODEC_JSON"


def test_a_request_with_a_name_twice_is_refused() -> None:
    def asked(body: bytes) -> Request:
        return Request(
            method="POST",
            path="/v1/tx",
            query={},
            content_type=JSON_TYPE,
            body=body,
            level=Level.OPERATOR,
            captured={},
            host="n",
        )

    assert one_transaction(asked(b'{"tx": "00"}')) == b"\0"
    with pytest.raises(RequestRefused, match="HTTP_JSON") as caught:
        one_transaction(asked(b'{"tx": "00", "tx": "01"}'))
    assert caught.value.status == 400


def test_json_is_shown_by_the_one_writer_everywhere() -> None:
    """What tools print for other programs, those for developers among them: a seed may be above 2^53."""
    shown = []
    for folder in ("p2pchain", "tests/simulation", "tests/torture", "tests/soak"):
        for path in sorted((TOP / folder).rglob("*.py")):
            for node in ast.walk(ast.parse(path.read_text("utf-8"))):
                if isinstance(node, ast.Call) and ast.unparse(node.func) in ("print", "click.echo", "echo"):
                    if "json.dumps(" in ast.unparse(node):
                        shown.append(f"{path.relative_to(TOP).as_posix()}:{node.lineno}")
    assert shown == []


def test_json_of_others_is_read_in_one_place() -> None:
    """Local networks of ``testnet`` read their own files, and events of EPCIS have fractions whose digits are
    hashed; everything else goes through ``read_json``.
    """
    found = []
    for path in sorted((TOP / "p2pchain").rglob("*.py")):
        name = path.relative_to(TOP / "p2pchain").as_posix()
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in ("loads", "load"):
                if isinstance(node.value, ast.Name) and node.value.id == "json":
                    found.append(name)
    assert {name for name in found if not name.startswith("testnet/")} == {
        "codec/exact_json.py",
        "documents/epcis_json.py",
    }
