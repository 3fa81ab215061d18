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

ROOM = Path(p2pchain.__file__).parent
SOURCES = sorted((*(ROOM / "ledger").rglob("*.py"), *(ROOM / "business").rglob("*.py")))
ALLOWED = {
    "__future__",
    "array",  # of integers only
    "bisect",
    "collections",
    "dataclasses",
    "hashlib",
    "heapq",
    "itertools",
    "operator",
    "types",  # of traces only, which go into no state
    "typing",
    "p2pchain.business",
    "p2pchain.codec",
    "p2pchain.crypto",
    "p2pchain.ledger",
    "p2pchain.model",
    "p2pchain.proofs",
}
FORBIDDEN_NAMES = {"float", "complex", "hash", "id", "open", "input", "eval", "exec", "globals", "vars"}


def faults(tree: ast.AST) -> Iterator[str]:
    """What a source holds that could make two nodes differ."""
    for node in ast.walk(tree):
        line = getattr(node, "lineno", 0)
        match node:
            case ast.Import(names=names):
                yield from (f"{line}: import {name.name}" for name in names if not allowed(name.name))
            case ast.ImportFrom(module=module) if not allowed(module or ""):
                yield f"{line}: from {module}"
            case ast.Constant(value=float() | complex()):
                yield f"{line}: a float"
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield f"{line}: a division that gives a float"
            case ast.Name(id=name) if name in FORBIDDEN_NAMES:
                yield f"{line}: {name}"
            case ast.For(iter=iterated) | ast.comprehension(iter=iterated) if unordered(iterated):
                yield f"{getattr(iterated, 'lineno', 0)}: iterates over a set"
            case ast.AsyncFunctionDef() | ast.Global():
                yield f"{line}: async or global"


def allowed(module: str) -> bool:
    """Whether a module may be imported here."""
    return any(module == name or module.startswith(name + ".") for name in ALLOWED)


def unordered(node: ast.expr) -> bool:
    """Whether an expression is plainly a set, whose order is not the same everywhere."""
    match node:
        case ast.Set() | ast.SetComp() | ast.Call(func=ast.Name(id="set" | "frozenset")):
            return True
    return False


@pytest.mark.parametrize("source", SOURCES, ids=[str(path.relative_to(ROOM)) for path in SOURCES])
def test_nothing_that_two_nodes_could_see_differently(source: Path) -> None:
    assert list(faults(ast.parse(source.read_text(encoding="utf-8")))) == []


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
    assert list(faults(ast.parse(guilty)))


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
