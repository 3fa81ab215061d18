"""The ledger reads no clock, chance or float: its sources are searched, and it runs under two hash seeds."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

import p2pchain
from p2pchain.ledger.purity import (
    MAY_IMPORT,
    allowed_imports,
    no_async,
    no_floats,
    no_surroundings,
    ordered_walks,
)
from p2pchain.ledger.purity_findings import SourceFile

ROOM = Path(p2pchain.__file__).parent
SOURCES = sorted((*(ROOM / "ledger").rglob("*.py"), *(ROOM / "business").rglob("*.py")))
ALLOWED = (MAY_IMPORT - {"functools"}) | {
    "array",  # of integers only
    "ast",  # of the lint of modules
    "hashlib",
    "re",  # of patterns of our own
    *("p2pchain.business", "p2pchain.codec", "p2pchain.crypto", "p2pchain.ledger", "p2pchain.model"),
    "p2pchain.proofs",
}


def faults(text: str) -> Iterator[str]:
    """What a source holds that could make two nodes differ. Kernel and trades may not; how long they run is
    looked at in the trades alone (``tests/test_house.py``).
    """
    source = SourceFile(file="", module="", tree=ast.parse(text))
    yield from map(str, allowed_imports(source, ALLOWED))
    for rule in (no_surroundings, no_floats, ordered_walks, no_async):
        yield from map(str, rule(source))
    yield from ("global" for node in ast.walk(source.tree) if isinstance(node, ast.Global))


@pytest.mark.parametrize("source", SOURCES, ids=[str(path.relative_to(ROOM)) for path in SOURCES])
def test_nothing_that_two_nodes_could_see_differently(source: Path) -> None:
    assert list(faults(source.read_text(encoding="utf-8"))) == []


@pytest.mark.parametrize(
    "guilty",
    [
        "import time",
        "from datetime import datetime",
        "from random import random",
        "import os.path",
        "x = 0.5",
        "x = 1 / 2",
        "x /= 2",
        "x = float(1)",
        "x = hash(b'')",
        "for x in {1, 2}: pass",
        "y = [x for x in set(z)]",
    ],
)
def test_the_search_finds_what_it_looks_for(guilty: str) -> None:
    assert list(faults(guilty))


STORY = """
from tests.unit.ledger.ledger_world import operation
from tests.unit.ledger.registering import Keyed, doc, register
world = Keyed()
for number in range(40):
    text, weak = f"document {number % 9}", f"weak {number % 4}"
    name = ("bank-a", "bank-b", "bank-c", "buyer")[number % 4]
    world.block(
        world.transaction(name, register(text, weak)),
        world.transaction(name, operation("note", "put", "x")),
        world.transaction(name, operation("registry", "finance", doc(text), 10**17, number % 3 == 0)),
        world.transaction(name, operation("registry", "cancel", doc(f"document {number % 5}"))),
    )
print(world.ledger.state_root.hex(), [record.block.header.results_root.hex() for record in world.records])
"""


def test_the_same_blocks_give_the_same_roots_under_any_hash_seed() -> None:
    path = os.pathsep.join([str(ROOM.parent.parent), *filter(None, sys.path)])
    answers = set()
    for seed in ("1", "2"):
        environment = {**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": path}
        told = subprocess.run(
            [sys.executable, "-c", STORY],
            env=environment,
            capture_output=True,
            text=True,
            check=True,
            timeout=60,
        )
        answers.add(told.stdout)
    assert len(answers) == 1
