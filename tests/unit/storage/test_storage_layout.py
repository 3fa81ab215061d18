"""The records that storage writes itself: what is none of them is None, whatever its checksum says."""

from __future__ import annotations

import pytest

from p2pchain.storage.layout import (
    NAME_BYTES_MAX,
    Manifest,
    SegmentHeader,
    decode_header,
    decode_manifest,
    encode_header,
    encode_manifest,
)
from p2pchain.storage.records import HEAD_BYTES


def header_of(name: str) -> bytes:
    """The payload of a header."""
    made = SegmentHeader(
        sequence=1, first_height=1, tag=bytes(8), previous=bytes(32), genesis=bytes(32), name=name
    )
    return encode_header(made)[HEAD_BYTES:]


def manifest_of(name: str) -> bytes:
    """The payload of a manifest."""
    made = Manifest(first=1, last=2, first_height=1, genesis=bytes(32), name=name)
    return encode_manifest(made)[HEAD_BYTES:]


@pytest.mark.parametrize("length", [1, NAME_BYTES_MAX])
def test_a_name_of_any_length_that_a_log_may_have(length: int) -> None:
    assert decode_header(header_of("c" * length)) is not None
    assert decode_manifest(manifest_of("c" * length)) is not None


@pytest.mark.parametrize("length", [NAME_BYTES_MAX + 1, 255, 256, 100_000])
def test_a_longer_name_is_of_no_log(length: int) -> None:
    """From 256 on its length no longer fits the byte that should tell it: found by fuzzing."""
    assert decode_header(header_of("") + b"c" * length) is None
    assert decode_manifest(manifest_of("") + b"c" * length) is None
