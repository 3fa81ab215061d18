"""The bytes of a record, by hand and by a CBOR library that knows nothing of us."""

from __future__ import annotations

import io
import zlib

import cbor2
import pytest

from p2pchain.storage.records import Broken, Flaw, Record, find_marked, frame, frame_marked, parse
from tests.unit.storage.small_logs import HOME, expected, filled, spec_of

TAG = b"tagtagta"


def marked(data: bytes = b"data", height: int = 7, durable: int = 5) -> bytes:
    return frame_marked(40, height=height, durable=durable, tag=TAG, data=data)


def test_head_is_thirteen_bytes_of_fixed_width() -> None:
    record = frame(40, b"abc")
    crc = zlib.crc32(bytes.fromhex("18285a00000003") + b"abc")
    assert record == bytes.fromhex("831a") + crc.to_bytes(4) + bytes.fromhex("18285a00000003") + b"abc"


def test_any_cbor_reader_reads_a_record_and_its_mark() -> None:
    crc, kind, payload = cbor2.loads(marked())
    assert (crc, kind) == (zlib.crc32(marked()[6:]), 40)
    stream = io.BytesIO(payload)
    assert [cbor2.load(stream) for _ in range(3)] == [7, 5, TAG]
    assert stream.read() == b"data"


def test_whole_segment_files_are_cbor_sequences() -> None:
    """Sealed and growing segments and the manifest, read by cbor2 to the last byte; each CRC recomputed."""
    disk = filled(spec_of(segment_bytes=400), 12)
    payloads = []
    for name in disk.list_directory(HOME):
        data = disk.read(HOME / name, 0, disk.size(HOME / name))
        stream = io.BytesIO(data)
        while stream.tell() < len(data):
            begin = stream.tell()
            crc, kind, payload = cbor2.load(stream)
            assert crc == zlib.crc32(data[begin + 6 : stream.tell()])
            if kind == 40:
                payloads.append(payload[27:])
            fields = io.BytesIO(payload)
            while kind != 40 and fields.tell() < len(payload):
                cbor2.load(fields)
    assert payloads == [payload for _, payload in expected(12)]


def test_parse_gives_back_what_was_framed() -> None:
    found = parse(b"xx" + marked(), 2, offset=102, tag=TAG)
    assert found == Record(offset=102, size=44, kind=40, height=7, durable=5, data=b"data")


@pytest.mark.parametrize(
    ("data", "flaw"),
    [
        (b"", Flaw.INCOMPLETE),
        (marked()[:12], Flaw.INCOMPLETE),
        (marked()[:-1], Flaw.INCOMPLETE),
        (bytes(50), Flaw.HEAD),
        (b"\x82" + marked()[1:], Flaw.HEAD),
        (marked()[:-1] + b"b", Flaw.CHECKSUM),
        (frame(40, b"short"), Flaw.FOREIGN),
        (marked().replace(TAG, TAG)[:0] + frame(40, bytes(40)), Flaw.FOREIGN),
        (frame_marked(40, height=7, durable=5, tag=b"anothers", data=b""), Flaw.FOREIGN),
    ],
)
def test_parse_names_the_flaw(data: bytes, flaw: Flaw) -> None:
    assert parse(data, 0, offset=9, tag=TAG) == Broken(offset=9, flaw=flaw)


def test_every_flipped_bit_of_a_record_is_seen() -> None:
    record = marked()
    for bit in range(8 * len(record)):
        changed = bytearray(record)
        changed[bit // 8] ^= 0x80 >> bit % 8
        assert isinstance(parse(bytes(changed), 0, offset=0, tag=TAG), Broken), bit


def test_records_are_found_behind_rubble_but_not_those_of_another_tag() -> None:
    """A payload may hold bytes that look like a record; only the segment's random tag makes them one."""
    forged = frame_marked(40, height=1, durable=10_000, tag=b"anothers", data=b"")
    buffer = b"rubble" + forged + TAG + marked()[:-1] + marked(b"found")
    found = find_marked(buffer, 1, base=1_000, tag=TAG)
    assert found is not None
    assert (found.data, found.offset) == (b"found", 1_000 + buffer.index(marked(b"found")))
    assert find_marked(buffer, buffer.index(marked(b"found")) + 1, base=0, tag=TAG) is None
