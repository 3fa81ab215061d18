"""Which inputs to keep: the shortest that together take every way that all of them take."""

from __future__ import annotations

import hashlib
import sys
from collections.abc import Iterable
from pathlib import Path
from types import FrameType
from typing import Any, Final

from tests.fuzz.decoders import DECODERS, Decoder, attempt
from tests.fuzz.seeds import CORPUS, seeds

PRODUCT: Final = str(Path(__file__).parents[2] / "p2pchain")
CORPUS_BYTES_MAX: Final = 131_072
"""All of the kept corpus; files take more on a disk, so this leaves room up to 200 KiB."""
KEPT_BYTES_MAX: Final = 4_096
"""Largest input that is kept."""
INPUTS_MAX: Final = 200_000
"""Inputs of one decoder that are looked at, the shortest first."""

Arc = tuple[str, int, int]
"""A step from one line of a file to another."""


def keep(found: dict[str, list[bytes]]) -> int:
    """Choose ``CORPUS`` anew out of inputs by the decoder's name, beside the seeds. Returns its bytes."""
    for path in CORPUS.iterdir():
        path.unlink()
    known = seeds()
    queues = {decoder: _shortest(decoder, known[decoder.name], found[decoder.name]) for decoder in DECODERS}
    taken = 0
    while any(queues.values()):
        for decoder, queue in queues.items():
            if not queue:
                continue
            data = queue.pop(0)
            if taken + len(data) <= CORPUS_BYTES_MAX:
                taken += len(data)
                digest = hashlib.sha256(data).hexdigest()[:16]
                (CORPUS / f"{decoder.name}-{digest}").write_bytes(data)
    return taken


def _shortest(decoder: Decoder, known: Iterable[bytes], inputs: Iterable[bytes]) -> list[bytes]:
    """Of ``inputs`` those that reach what shorter ones and ``known`` do not, shortest first."""
    reached: set[Arc] = set()
    for data in known:
        reached |= _arcs(decoder, data)
    chosen: list[bytes] = []
    fitting = {data for data in inputs if len(data) <= KEPT_BYTES_MAX}
    for data in sorted(fitting, key=lambda data: (len(data), data))[:INPUTS_MAX]:
        arcs = _arcs(decoder, data)
        if not arcs <= reached:
            reached |= arcs
            chosen.append(data)
    return chosen


def _arcs(decoder: Decoder, data: bytes) -> set[Arc]:
    arcs: set[Arc] = set()

    def enter(frame: FrameType, event: str, argument: Any) -> Any:
        path = frame.f_code.co_filename
        if not path.startswith(PRODUCT):
            return None
        before = 0

        def step(frame: FrameType, event: str, argument: Any) -> Any:
            nonlocal before
            arcs.add((path, before, frame.f_lineno))
            before = frame.f_lineno
            return step

        return step

    previous = sys.gettrace()
    sys.settrace(enter)
    try:
        attempt(decoder, data)
    finally:
        sys.settrace(previous)
    return arcs
