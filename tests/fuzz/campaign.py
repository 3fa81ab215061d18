"""A coverage-guided run over all decoders, and the upkeep of the small corpus that CI replays.

``python -m tests.fuzz.campaign PYTHON --seconds S``: ``PYTHON`` is an interpreter with atheris, made by
``scripts/fuzz``. The run begins from the seeds and the kept corpus. With ``--keep``, ``reached.py`` chooses
the corpus anew from all that libFuzzer thought worth keeping. A file's name is the decoder and a digest, so
equal inputs have equal names.
"""

from __future__ import annotations

import argparse
import hashlib
import re
import subprocess
import sys
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Final

from tests.fuzz.decoders import DECODERS
from tests.fuzz.reached import keep
from tests.fuzz.seeds import corpus, seeds

TOP: Final = Path(__file__).parents[2]
INPUT_BYTES_MAX: Final = 1_048_577
"""Largest input that is tried: 1 MiB and the decoder's number."""
_FIGURES = re.compile(r"^#(\d+)\s+\w+\s+cov: (\d+) ft: (\d+) corp: (\d+)", re.MULTILINE)
_RUNS = re.compile(r"^stat::number_of_executed_units:\s*(\d+)", re.MULTILINE)
_NUMBERS: Final = {decoder.name: number for number, decoder in enumerate(DECODERS)}


def main(argv: Sequence[str] | None = None) -> int:
    """Run for a while, keep what was worth it, say the figures. 1 when something was found."""
    parser = argparse.ArgumentParser(prog="scripts/fuzz", description=__doc__.partition("\n")[0])
    parser.add_argument("python", type=Path, help=argparse.SUPPRESS)
    parser.add_argument("--seconds", type=int, default=60, help="how long to run (60)")
    parser.add_argument("--seed", type=int, default=1, help="of libFuzzer's chance (1)")
    parser.add_argument("--work", type=Path, help="keep working corpus, log and findings here")
    parser.add_argument("--keep", action="store_true", help="write what was worth it to tests/fuzz/corpus")
    asked = parser.parse_args(argv)
    with tempfile.TemporaryDirectory(prefix="p2pchain-fuzz-") as made:
        return _run(asked, asked.work or Path(made))


def _run(asked: argparse.Namespace, work: Path) -> int:
    working, findings = work / "corpus", work / "findings"
    for folder in (working, findings):
        folder.mkdir(parents=True, exist_ok=True)
    for kept in (seeds(), corpus()):
        for name, inputs in kept.items():
            _write(working, bytes((_NUMBERS[name],)), inputs)
    options = [
        *(f"-max_total_time={asked.seconds}", f"-max_len={INPUT_BYTES_MAX}", f"-seed={asked.seed}"),
        *("-timeout=60", "-rss_limit_mb=2048", "-print_final_stats=1", "-reload=0", "-use_value_profile=1"),
    ]
    log = work / "log"
    with log.open("w") as written:
        code = _libfuzzer(asked.python, findings, [*options, str(working)], written.fileno())
    print(_figures(log.read_text(errors="replace")))
    if asked.keep:
        print(f"fuzz: the corpus holds {keep(_found(working))} bytes")
    found = sorted(path.name for path in findings.iterdir())
    print(f"fuzz: {len(found)} findings" + "".join(f"\n  {findings / name}" for name in found))
    return 1 if found or code else 0


def _libfuzzer(python: Path, findings: Path, options: Sequence[str], log: int) -> int:
    command = [str(python), "-m", "tests.fuzz.atheris_target", str(findings), *options]
    return subprocess.run(command, cwd=TOP, stdout=log, stderr=log, check=False).returncode


def _figures(log: str) -> str:
    """What libFuzzer said last."""
    told, runs = _FIGURES.findall(log), _RUNS.findall(log)
    if not told:
        return "fuzz: libFuzzer said nothing"
    tried, edges, features, inputs = told[-1]
    return (
        f"fuzz: {runs[-1] if runs else tried} inputs tried, {edges} edges of the code reached, "
        f"{features} features, {inputs} inputs worth keeping"
    )


def _found(working: Path) -> dict[str, list[bytes]]:
    """All inputs of the working corpus by the decoder's name."""
    found: dict[str, list[bytes]] = {decoder.name: [] for decoder in DECODERS}
    for path in sorted(working.iterdir()):
        data = path.read_bytes()
        if data:
            found[DECODERS[data[0] % len(DECODERS)].name].append(data[1:])
    return found


def _write(folder: Path, head: bytes, inputs: Iterable[bytes]) -> None:
    for data in inputs:
        (folder / hashlib.sha256(head + data).hexdigest()[:32]).write_bytes(head + data)


if __name__ == "__main__":
    sys.exit(main())
