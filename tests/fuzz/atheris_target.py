"""The process that atheris drives: one input after the other to the decoder that its first byte names.

Run by ``campaign.py`` as ``python -m tests.fuzz.atheris_target FINDINGS [libFuzzer options] CORPUS``, with
the interpreter that holds atheris. A finding does not end the run: its input is kept in ``FINDINGS`` as
``<decoder>-<kind>-<digest>``, once per place where it was raised, and the next input is tried.
"""

from __future__ import annotations

import hashlib
import logging
import resource
import sys
import time
import traceback
from pathlib import Path
from typing import Final

import atheris
import structlog

with atheris.instrument_imports(include=["p2pchain"]):
    from tests.fuzz.decoders import DECODERS, Decoder, attempt

SLOW_S: Final = 0.1
"""Processor time of one input; instrumented code is slower than the product's: what is kept is a suspect."""
GREW_KIB: Final = 65_536
"""By how much one input may raise the peak of the process's memory."""


class Target:
    """Runs inputs and keeps what they find in ``findings``."""

    def __init__(self, findings: Path) -> None:
        self._findings = findings
        self._seen: set[str] = set()

    def run(self, data: bytes) -> None:
        """One input: the number of a decoder, then its bytes."""
        if not data:
            return
        decoder = DECODERS[data[0] % len(DECODERS)]
        peak_kib = _peak_kib()
        began_s = time.process_time()
        try:  # Whatever is raised here is what the run looks for.
            attempt(decoder, data[1:])
        except Exception as fault:  # noqa: BLE001
            frame = traceback.extract_tb(fault.__traceback__)[-1]
            self._keep(decoder, type(fault).__name__, f"{frame.filename}:{frame.lineno}", data[1:])
        if time.process_time() - began_s > SLOW_S:
            self._keep(decoder, "slow", "", data[1:])
        if _peak_kib() - peak_kib > GREW_KIB:
            self._keep(decoder, "memory", "", data[1:])

    def _keep(self, decoder: Decoder, kind: str, place: str, data: bytes) -> None:
        signature = f"{decoder.name} {kind} {place}"
        if signature in self._seen:
            return
        self._seen.add(signature)
        path = self._findings / f"{decoder.name}-{kind}-{hashlib.sha256(data).hexdigest()[:16]}"
        path.write_bytes(data)
        print(f"fuzz: finding: {signature}: {path}", flush=True)


def _peak_kib() -> int:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss


def main() -> None:
    """Hand over to libFuzzer, which ends the process."""
    structlog.configure(wrapper_class=structlog.make_filtering_bound_logger(logging.CRITICAL))
    target = Target(Path(sys.argv.pop(1)))
    atheris.Setup(sys.argv, target.run)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
