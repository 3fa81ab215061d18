"""Every form of CBOR that the protocol does not know is refused with a reason; hostile input stays cheap."""

from __future__ import annotations

import subprocess
import sys
import tracemalloc

import pytest

from p2pchain.codec import cbor
from p2pchain.codec.cbor import check_value, decode, encode, unpack
from p2pchain.codec.wellformed import DEPTH_MAX, ITEMS_MAX, check_wellformed
from p2pchain.model.errors import Invalid
from p2pchain.model.ids import INTEGER_MAX
from p2pchain.model.transaction import Value

REFUSED = {
    "1817": ("CODEC_NOT_CANONICAL", "23 in two bytes"),
    "1900ff": ("CODEC_NOT_CANONICAL", "255 in three bytes"),
    "1a0000ffff": ("CODEC_NOT_CANONICAL", "65535 in five bytes"),
    "1b00000000ffffffff": ("CODEC_NOT_CANONICAL", "2^32 - 1 in nine bytes"),
    "3800": ("CODEC_NOT_CANONICAL", "-1 in two bytes"),
    "580161": ("CODEC_NOT_CANONICAL", "length of bytes in two bytes"),
    "780161": ("CODEC_NOT_CANONICAL", "length of text in two bytes"),
    "980100": ("CODEC_NOT_CANONICAL", "length of array in two bytes"),
    "5f4100ff": ("CODEC_NOT_CANONICAL", "bytes of indefinite length"),
    "7f6161ff": ("CODEC_NOT_CANONICAL", "text of indefinite length"),
    "9f00ff": ("CODEC_NOT_CANONICAL", "array of indefinite length"),
    "bf616100ff": ("CODEC_NOT_CANONICAL", "map of indefinite length"),
    "a0": ("CODEC_FORBIDDEN", "map"),
    "a1616100": ("CODEC_FORBIDDEN", "map"),
    "a10000": ("CODEC_FORBIDDEN", "map with an integer key"),
    "a2616100616101": ("CODEC_FORBIDDEN", "map with a key twice"),
    "81a1616100": ("CODEC_FORBIDDEN", "map in an array"),
    "c249010000000000000000": ("CODEC_FORBIDDEN", "bignum"),
    "c24101": ("CODEC_FORBIDDEN", "bignum of a small number"),
    "c11a514b67b0": ("CODEC_FORBIDDEN", "time"),
    "d8236161": ("CODEC_FORBIDDEN", "regular expression"),
    "d81c8100": ("CODEC_FORBIDDEN", "shareable"),
    "c48221196ab3": ("CODEC_FORBIDDEN", "decimal fraction"),
    "d9d9f700": ("CODEC_FORBIDDEN", "self-described CBOR"),
    "d90102818100": ("CODEC_FORBIDDEN", "set"),
    "f90000": ("CODEC_FORBIDDEN", "half"),
    "fa47c35000": ("CODEC_FORBIDDEN", "float"),
    "fb3ff199999999999a": ("CODEC_FORBIDDEN", "double"),
    "f97e00": ("CODEC_FORBIDDEN", "NaN"),
    "f7": ("CODEC_FORBIDDEN", "undefined"),
    "e0": ("CODEC_FORBIDDEN", "simple value"),
    "f820": ("CODEC_FORBIDDEN", "simple value in two bytes"),
    "f814": ("CODEC_FORBIDDEN", "false in two bytes"),
    "ff": ("CODEC_MALFORMED", "a break alone"),
    "1c": ("CODEC_MALFORMED", "reserved head"),
    "": ("CODEC_MALFORMED", "nothing"),
    "18": ("CODEC_MALFORMED", "head cut"),
    "4261": ("CODEC_MALFORMED", "bytes cut"),
    "8200": ("CODEC_MALFORMED", "array cut"),
    "9bffffffffffffffff": ("CODEC_MALFORMED", "an array of 2^64 - 1"),
    "5bffffffffffffffff": ("CODEC_MALFORMED", "bytes of 2^64 - 1"),
    "9a7fffffff00": ("CODEC_MALFORMED", "an array of 2^31 - 1"),
    "61ff": ("CODEC_MALFORMED", "text that is no UTF-8"),
    "63eda080": ("CODEC_MALFORMED", "half of a surrogate pair"),
    "62c080": ("CODEC_MALFORMED", "zero in two bytes of UTF-8"),
    "0000": ("CODEC_TRAILING", "one byte too many"),
    "8000": ("CODEC_TRAILING", "something after an array"),
    "1b8000000000000000": ("CODEC_INTEGER", "2^63"),
    "3b7fffffffffffffff": ("CODEC_INTEGER", "-2^63"),
    "3bffffffffffffffff": ("CODEC_INTEGER", "-2^64"),
    "81" * (DEPTH_MAX + 1) + "00": ("CODEC_TOO_DEEP", "one array too deep"),
}


@pytest.mark.parametrize("hexadecimal", REFUSED, ids=lambda text: text[:24] or "empty")
def test_refused_with_reason(hexadecimal: str) -> None:
    code, _ = REFUSED[hexadecimal]
    data = bytes.fromhex(hexadecimal)
    with pytest.raises(Invalid) as walked:
        check_wellformed(data)
    assert walked.value.code == code
    assert "offset" in walked.value.facts
    with pytest.raises(Invalid) as decoded:
        decode(data, bytes_max=1_000)
    assert (decoded.value.code, dict(decoded.value.facts)) == (code, dict(walked.value.facts))


@pytest.mark.parametrize(
    "value",
    [
        *(0, 23, 24, 255, 256, 65_535, 65_536, 2**32 - 1, 2**32, INTEGER_MAX, -1, -24, -25, -INTEGER_MAX),
        *(b"", b"x" * 23, b"x" * 24, b"x" * 255, b"x" * 256, b"x" * 65_536, "", "é" * 12, "𝄞"),
        *(None, True, False, (), ((),), tuple(range(24)), (b"x" * 32,) * 300, (b"x" * 32, b"y" * 31)),
    ],
    ids=lambda value: str(value)[:20],
)
def test_the_walk_accepts_what_is_encoded(value: Value) -> None:
    data = encode(value)
    check_wellformed(data)
    assert decode(data, bytes_max=len(data)) == value


def test_depth_bound_is_the_same_for_the_walk_the_decoder_and_the_encoder() -> None:
    deepest: Value = ()
    for _ in range(DEPTH_MAX - 1):
        deepest = (deepest,)
    data = encode(deepest)
    check_wellformed(data)
    assert decode(data, bytes_max=100) == deepest
    with pytest.raises(Invalid) as fault:
        encode((deepest,))
    assert fault.value.code == "CODEC_TOO_DEEP"


@pytest.mark.parametrize("value", [1.0, {}, [], {1}, bytearray(b"x"), 2**63, -(2**63), (1, (2.5,)), "\ud800"])
def test_what_the_wire_cannot_hold_is_not_encoded(value: object) -> None:
    with pytest.raises(Invalid) as fault:
        encode(value)  # type: ignore[arg-type]
    assert fault.value.facts


def test_too_large_is_refused_before_anything_else() -> None:
    with pytest.raises(Invalid) as fault:
        unpack(b"\xff" * 11, bytes_max=10)
    assert (fault.value.code, dict(fault.value.facts)) == ("CODEC_TOO_LARGE", {"bytes": 11, "bytes_max": 10})


def test_structures_of_a_uniform_array_are_counted_and_bounded() -> None:
    ids = encode(tuple(bytes([i % 256]) * 32 for i in range(1_000)))
    check_wellformed(ids, items_max=1_001)
    with pytest.raises(Invalid) as fault:
        check_wellformed(ids, items_max=1_000)
    assert fault.value.code == "CODEC_TOO_MANY_ITEMS"


@pytest.mark.parametrize("at", [3, 4, 37, 38, 33 * 34 + 3])
def test_one_odd_head_in_a_uniform_array_is_found(at: int) -> None:
    ids = bytearray(encode(tuple(bytes([i % 256]) * 32 for i in range(1_000))))
    assert ids[at] in (0x58, 0x20)
    ids[at] ^= 1
    with pytest.raises(Invalid):
        check_wellformed(bytes(ids))


@pytest.mark.parametrize(
    ("name", "head", "item"),
    [
        ("empty arrays", "9a00800000", b"\x80"),
        ("arrays of one", "9a00800000", b"\x81\x00"),
        ("small integers", "9a00800000", b"\x00"),
        ("short bytes", "9a00800000", b"\x41\x00"),
        ("arrays of one another", "81", b"\x81"),
        ("claims of many", "9a00ffffff", b"\x9a\x00\xff\xff\xff"),
    ],
)
def test_a_large_hostile_input_takes_little_memory(name: str, head: str, item: bytes) -> None:
    data = bytes.fromhex(head) + item * (0x800000 // len(item))
    tracemalloc.start()
    with pytest.raises(Invalid) as fault:
        unpack(data, bytes_max=16_777_216)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert fault.value.code in {"CODEC_TOO_MANY_ITEMS", "CODEC_TOO_DEEP", "CODEC_MALFORMED"}
    assert peak < 1_000_000, f"{name}: {peak} bytes"


def test_the_largest_unwalked_input_takes_little_memory() -> None:
    """What cbor2 makes of 64 KiB of arrays of one, the worst there is, by the memory of the process."""
    program = (
        "import resource; from p2pchain.codec.cbor import unpack, UNWALKED_BYTES_MAX as most\n"
        "data = bytes.fromhex('997ffe') + b'\\x81\\x00' * 0x7ffe\n"
        "assert most - 8 < len(data) <= most\n"
        "before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss\n"
        "unpack(data, bytes_max=len(data))\n"
        "print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", program], capture_output=True, text=True, timeout=60, check=True
    )
    assert int(done.stdout) < 8_192, f"{done.stdout} KiB"


def test_no_decoder_of_a_tag_ever_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    """cbor2 asks for the decoder of a tag before it reads what is tagged; here that question refuses."""
    for tag in (0, 1, 2, 3, 4, 5, 25, 28, 29, 30, 35, 36, 37, 100, 256, 258, 260, 1004, 43_000, 55_799):
        with pytest.raises(Invalid) as fault:
            cbor._NO_TAGS[tag]
        assert fault.value.facts["tag"] == tag
    monkeypatch.setattr(cbor, "check_wellformed", lambda *_: None)
    with pytest.raises(Invalid) as unnamed:
        unpack(bytes.fromhex("d8236161"), bytes_max=10)
    assert unnamed.value.code == "CODEC_NOT_CANONICAL"


def test_items_bound_lets_every_legal_structure_pass() -> None:
    """A proposal of the most ids, the most evidence and a full certificate stays below the bound."""
    ids, evidence, certificate = 16_384, 64 * (1 + 1 + 2 * 7), 5 + 3 * 100
    assert 10 + ids + evidence + certificate < ITEMS_MAX


def test_check_value_names_what_it_found() -> None:
    with pytest.raises(Invalid) as fault:
        check_value((1, (2, 3.5)))
    assert fault.value.facts["what"] == "float"
