"""A name says what the thing holds: no ``told``, ``found``, ``each`` or ``given``, and no class name
twice.
"""

from __future__ import annotations

import ast
from collections import Counter
from collections.abc import Iterator

from tests.test_house import Source, source, sources

EMPTY_NAMES = {"told", "found", "each", "given"}
ROOMS_LEFT = ("cli", "client", "ledger", "presentation", "sdk", "node/home")
"""Rooms whose names were not gone through yet."""
TWICE_LEFT = {"Account", "Proposal", "Proven", "Refusal", "Vote"}
"""Names of two classes, one of which lies in those rooms."""


def empty_names(file: Source) -> Iterator[str]:
    """Variables, arguments, attributes, functions that are called by a word that fits everything."""
    for node in ast.walk(file.tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name):
                if name in EMPTY_NAMES:
                    yield file.at(node, name)
            case ast.AsyncFunctionDef(name=name) if name in EMPTY_NAMES:
                yield file.at(node, name)
            case ast.arg(arg=name) | ast.MatchAs(name=name) if name in EMPTY_NAMES:
                yield f"{file.path}:{node.lineno}: {name}"


def classes_twice(files: tuple[Source, ...]) -> set[str]:
    """Names that two classes bear."""
    names = Counter(
        node.name for file in files for node in ast.walk(file.tree) if isinstance(node, ast.ClassDef)
    )
    return {name for name, count in names.items() if count > 1}


def test_names_say_what_a_thing_holds() -> None:
    left = tuple(f"p2pchain/{room}/" for room in ROOMS_LEFT)
    broken = [
        line for file in sources("p2pchain") if not file.path.startswith(left) for line in empty_names(file)
    ]
    assert not broken, "\n".join(broken)


def test_no_class_name_stands_twice() -> None:
    assert classes_twice(sources("p2pchain")) == TWICE_LEFT


def test_both_see_what_breaks_them() -> None:
    for text in ("found = 1", "def f(given): ...", "a.told", "def each(): ...", "[a for each in b]"):
        assert list(empty_names(source("p2pchain/net/x.py", text)))
    assert classes_twice((source("a.py", "class A: ..."), source("b.py", "class A: ..."))) == {"A"}
