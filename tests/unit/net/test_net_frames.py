"""Frames are cut from any chunking; a length over the bound is refused before its bytes are held."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from p2pchain.model.errors import PeerFault
from p2pchain.model.messages import FRAME_BYTES_MAX
from p2pchain.net.frames import ANSWER, REQUEST, FrameSplitter, fetch_frame, frame, split_fetch


@given(payloads=st.lists(st.binary(max_size=40), max_size=8), cuts=st.lists(st.integers(1, 30), max_size=40))
def test_any_chunking_gives_the_same_frames(payloads: list[bytes], cuts: list[int]) -> None:
    stream = b"".join(frame(payload) for payload in payloads)
    splitter, found = FrameSplitter(FRAME_BYTES_MAX), []
    for cut in [*cuts, len(stream)]:
        found += list(splitter.feed(stream[:cut]))
        stream = stream[cut:]
    assert found == payloads
    assert splitter.held_bytes == 0


def test_a_length_over_the_bound_is_refused_from_its_four_bytes_alone() -> None:
    splitter = FrameSplitter(100)
    assert list(splitter.feed(frame(bytes(100)))) == [bytes(100)]
    with pytest.raises(PeerFault) as caught:
        list(splitter.feed((101).to_bytes(4, "big")))
    assert caught.value.code == "NET_FRAME_TOO_LARGE"
    assert caught.value.facts == {"bytes": 101, "bytes_max": 100}


def test_what_follows_a_frame_waits_when_only_that_frame_is_taken() -> None:
    splitter = FrameSplitter(10)
    frames = splitter.feed(frame(b"first") + frame(bytes(50)))
    assert next(frames) == b"first"
    frames.close()
    splitter.bytes_max = 50
    assert list(splitter.feed(b"")) == [bytes(50)]


def test_our_own_oversized_frame_is_our_bug() -> None:
    with pytest.raises(AssertionError):
        frame(bytes(FRAME_BYTES_MAX + 1))


@pytest.mark.parametrize("kind", [REQUEST, ANSWER])
def test_fetch_head(kind: int) -> None:
    [payload] = FrameSplitter(100).feed(fetch_frame(kind, 2**40, b"body"))
    assert split_fetch(payload) == (kind, 2**40, b"body")


@pytest.mark.parametrize("payload", [b"", bytes(8), b"\x02" + bytes(8)])
def test_a_bad_fetch_head_is_the_peers_fault(payload: bytes) -> None:
    with pytest.raises(PeerFault) as caught:
        split_fetch(payload)
    assert caught.value.code == "NET_BAD_FRAME"
