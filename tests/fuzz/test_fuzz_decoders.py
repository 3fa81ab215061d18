"""Every decoder takes any bytes: seeds, the kept corpus, random bytes, and valid encodings that were bent.

Accepted, or refused with a documented error: ``attempt`` judges. A bent input is made from a seed by
operations that break lengths, nest, repeat and cut; Hypothesis shrinks what it finds.
"""

from __future__ import annotations

from collections.abc import Iterator, MutableMapping
from typing import Any, NoReturn

import pytest
import structlog
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from tests.examples import examples
from tests.fuzz.decoders import DECODERS, Decoder, attempt
from tests.fuzz.seeds import CORPUS, corpus, seeds

SEEDS = seeds()
EVERY = pytest.mark.parametrize("decoder", DECODERS, ids=lambda decoder: decoder.name)
CORPUS_BYTES_MAX = 200 * 1_024
HEADS = (
    b"\x80",
    b"\x9f",
    b"\xbf",
    b"\xc2",
    b"\xf9\x7e\x00",
    b"\x1b\xff\xff\xff\xff\xff\xff\xff\xff",
    b"\x5a",
)
"""Beginnings of items that the protocol knows, or refuses."""


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    """What the connection says of each refusal is not looked at."""
    structlog.configure(processors=[_drop])
    yield
    structlog.reset_defaults()


def _drop(logger: Any, name: str, event: MutableMapping[str, Any]) -> NoReturn:
    raise structlog.DropEvent


@st.composite
def bent(draw: st.DrawFn, decoder: Decoder) -> bytes:
    """A valid encoding with one to four changes."""
    data = draw(st.sampled_from(SEEDS[decoder.name]))
    for _ in range(draw(st.integers(1, 4))):
        start = draw(st.integers(0, len(data)))
        end = draw(st.integers(start, min(len(data), start + 40)))
        middle = draw(
            st.one_of(
                st.binary(max_size=9),
                st.sampled_from(HEADS),
                st.just(data[start:end] * 2),
                st.just(b""),
                st.just(data[start:end][::-1]),
                st.just(bytes(byte ^ 0x20 for byte in data[start:end])),
                st.just(bytes((byte + 1) & 0xFF for byte in data[start : start + 1])),
            )
        )
        data = data[:start] + middle + data[end:]
    return data


def test_every_decoder_has_a_name_and_seeds() -> None:
    assert len({decoder.name for decoder in DECODERS}) == len(DECODERS)
    assert all(SEEDS[decoder.name] for decoder in DECODERS)


@EVERY
def test_the_seeds_are_accepted(decoder: Decoder) -> None:
    assert all(attempt(decoder, data) for data in SEEDS[decoder.name])


@EVERY
def test_the_kept_corpus_is_taken(decoder: Decoder) -> None:
    for data in corpus()[decoder.name]:
        attempt(decoder, data)


def test_the_kept_corpus_is_small() -> None:
    assert sum(path.stat().st_size for path in CORPUS.iterdir()) < CORPUS_BYTES_MAX


@EVERY
@settings(max_examples=examples(40), suppress_health_check=[HealthCheck.too_slow])
@given(data=st.data())
def test_a_bent_encoding_is_taken_or_refused(decoder: Decoder, data: st.DataObject) -> None:
    attempt(decoder, data.draw(bent(decoder)))


@EVERY
@settings(max_examples=examples(40))
@given(data=st.binary(max_size=400))
def test_any_bytes_are_taken_or_refused(decoder: Decoder, data: bytes) -> None:
    attempt(decoder, data)


@EVERY
def test_every_cut_is_taken_or_refused(decoder: Decoder) -> None:
    for whole in SEEDS[decoder.name]:
        for end in range(0, len(whole), 1 + len(whole) // 200):
            attempt(decoder, whole[:end])
