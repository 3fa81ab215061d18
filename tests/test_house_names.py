"""Names say what a thing holds, and docstrings open with the thing or the verb: no ``told``, ``found``,
``each`` or ``given``, no class name twice, no docstring that opens like a question.
"""

from __future__ import annotations

import ast
import re
from collections import Counter
from collections.abc import Iterator

from tests.test_house import Source, source, sources

EMPTY_NAMES = {"told", "found", "each", "given"}
OPENINGS = re.compile(r"(What|Who|Whether|When|How)\b")
"""Words with which no docstring begins: it says what a thing is, or what it does."""


def empty_names(file: Source) -> Iterator[str]:
    """Variables, arguments, attributes, functions that are called by a word that fits everything."""
    for node in ast.walk(file.tree):
        match node:
            case ast.Name(id=name) | ast.Attribute(attr=name) | ast.FunctionDef(name=name):
                if name.lstrip("_") in EMPTY_NAMES:
                    yield file.at(node, name)
            case ast.AsyncFunctionDef(name=name) if name.lstrip("_") in EMPTY_NAMES:
                yield file.at(node, name)
            case ast.arg(arg=str(name)) | ast.MatchAs(name=str(name)) if name.lstrip("_") in EMPTY_NAMES:
                yield f"{file.path}:{node.lineno}: {name}"


def question_openings(file: Source) -> Iterator[str]:
    """Docstrings whose first word is that of a question."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef | ast.AsyncFunctionDef):
            text = ast.get_docstring(node) or ""
            if OPENINGS.match(text):
                yield f"{file.path}:{node.body[0].lineno}: {text.splitlines()[0]}"


def classes_twice(files: tuple[Source, ...]) -> set[str]:
    """Names that two classes bear."""
    names = Counter(
        node.name for file in files for node in ast.walk(file.tree) if isinstance(node, ast.ClassDef)
    )
    return {name for name, count in names.items() if count > 1}


def test_names_say_what_a_thing_holds() -> None:
    broken = [line for file in sources("p2pchain") for line in empty_names(file)]
    assert not broken, "\n".join(broken)


def test_no_class_name_stands_twice() -> None:
    assert not classes_twice(sources("p2pchain"))


def test_docstrings_open_with_the_thing_or_the_verb() -> None:
    broken = [line for file in sources("p2pchain") for line in question_openings(file)]
    assert not broken, "\n".join(broken)


def test_all_see_what_breaks_them() -> None:
    for text in ("found = 1", "def f(given): ...", "a.told", "def _each(): ...", "[a for each in b]"):
        assert list(empty_names(source("p2pchain/net/x.py", text)))
    for text in (
        "'What it holds.'",
        "class A:\n    'Who asks.'",
        "async def f():\n    'Whether.\\n\\nMore.'",
    ):
        assert list(question_openings(source("p2pchain/net/x.py", text)))
    assert classes_twice((source("a.py", "class A: ..."), source("b.py", "class A: ..."))) == {"A"}
