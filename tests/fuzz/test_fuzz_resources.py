"""What 1 MiB of the worst bytes costs: at most 64 MiB of memory, and no time that grows without bound.

Memory is counted exactly, by tracemalloc. Time is not judged by a fast clock: ``docs/fuzzing.md`` has what
was measured; here only what grows with the square of the size fails, for that takes minutes.
"""

from __future__ import annotations

import time
import tracemalloc
from collections.abc import Iterator, MutableMapping
from typing import Any, NoReturn

import pytest
import structlog

from p2pchain.codec.cbor import pack
from p2pchain.codec.messages import decode_link
from tests.fuzz.adversaries import (
    DEAR,
    INPUT_BYTES,
    cbor_shapes,
    enclosed,
    http_shapes,
    json_shapes,
    record_shapes,
)
from tests.fuzz.decoders import DECODERS, Decoder, attempt
from tests.unit.codec import codec_vectors as vectors

EVERY = pytest.mark.parametrize("decoder", DECODERS, ids=lambda decoder: decoder.name)
MEMORY_BYTES_MAX = 64 * 1_048_576
HANG_S = 60.0
"""Processor time of one input, under tracemalloc and beside other work."""
JSON = {"genesis", "guard-state"}
FRAMED = {"storage-record", "segment-ends", "frames"}


@pytest.fixture(autouse=True, scope="module")
def _quiet() -> Iterator[None]:
    structlog.configure(processors=[_drop])
    yield
    structlog.reset_defaults()


def _drop(logger: Any, name: str, event: MutableMapping[str, Any]) -> NoReturn:
    raise structlog.DropEvent


def shapes(decoder: Decoder) -> Iterator[tuple[str, bytes]]:
    """The adversaries of one decoder."""
    if decoder.name == "http":
        yield from http_shapes()
    elif decoder.name in JSON:
        yield from json_shapes()
    elif decoder.name in FRAMED:
        yield from record_shapes()
    elif decoder.name == "value":
        yield from cbor_shapes()
    else:
        for name, body in cbor_shapes():
            if name in DEAR:
                yield name, body
            if name == "text of one wide sign":
                for whole in enclosed(decoder.name, body):
                    yield f"{name}, enclosed", whole


@EVERY
def test_a_mebibyte_costs_little(decoder: Decoder) -> None:
    for name, data in shapes(decoder):
        tracemalloc.start()
        began_s = time.process_time()
        attempt(decoder, data)
        taken_s = time.process_time() - began_s
        peak_bytes = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        assert peak_bytes <= MEMORY_BYTES_MAX, f"{name}: {peak_bytes} bytes for {len(data)}"
        assert taken_s < HANG_S, f"{name}: {taken_s:.1f} s for {len(data)} bytes"


def test_the_shapes_are_as_large_as_they_say() -> None:
    every = [*cbor_shapes(), *json_shapes(), *record_shapes()]
    assert len(dict(every)) == len(every)
    assert all(len(data) <= INPUT_BYTES for _, data in every)
    assert sum(len(data) > INPUT_BYTES - 4_096 for _, data in every) > 30


@pytest.mark.parametrize("argument", [(), ((((((((((),),),),),),),),),)], ids=["flat", "nested"])
def test_a_frame_full_of_transactions_full_of_arguments(argument: object) -> None:
    """The dearest frame that is taken: valid transactions, each with as many arguments as it has room for."""
    body = vectors.TRANSACTIONS[0].body
    count = 65_100 // len(pack(argument))
    operations = (("m", "a", (argument,) * count),)
    packed = pack((1, body.chain_id, body.nonce, body.valid_until, body.signers, operations))
    transaction = pack((packed, (bytes(64),) * len(body.signers)))
    frame = pack((3, (transaction,) * 2))
    tracemalloc.start()
    decode_link(frame)
    peak_bytes = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    assert peak_bytes <= MEMORY_BYTES_MAX * len(frame) // INPUT_BYTES
