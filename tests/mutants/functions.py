"""Functions of the product by their names, wherever their files are."""

from __future__ import annotations

import ast
import functools
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

TOP: Final = Path(__file__).parents[2]
PRODUCT: Final = TOP / "p2pchain"


@dataclass(frozen=True, slots=True, kw_only=True)
class Function:
    """``source``, decorators included, begins at character ``offset`` of the file; ``indent``: its margin."""

    path: Path
    offset: int
    indent: str
    source: str


@functools.cache
def functions_called(name: str, product: Path = PRODUCT) -> tuple[Function, ...]:
    """Functions of that qualified name, such as ``Class.method`` or ``outer.inner``, in all its files."""
    last = f"def {name.rpartition('.')[2]}"
    return tuple(
        function
        for path, text in _texts(product)
        if last in text
        for called, function in _functions(path)
        if called == name
    )


@functools.cache
def _texts(product: Path) -> tuple[tuple[Path, str], ...]:
    return tuple((path, path.read_text("utf-8")) for path in sorted(product.rglob("*.py")))


@functools.cache
def _functions(path: Path) -> tuple[tuple[str, Function], ...]:
    text = path.read_text("utf-8")
    lines = text.splitlines(keepends=True)
    return tuple((name, _cut(path, lines, node)) for name, node in _definitions(ast.parse(text), ()))


def _definitions(
    node: ast.AST, outer: tuple[str, ...]
) -> Iterator[tuple[str, ast.FunctionDef | ast.AsyncFunctionDef]]:
    for child in ast.iter_child_nodes(node):
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef):
            yield ".".join((*outer, child.name)), child
        if isinstance(child, ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef):
            yield from _definitions(child, (*outer, child.name))
        else:
            yield from _definitions(child, outer)


def _cut(path: Path, lines: list[str], node: ast.FunctionDef | ast.AsyncFunctionDef) -> Function:
    first = min([node.lineno, *(decorator.lineno for decorator in node.decorator_list)]) - 1
    assert node.end_lineno is not None
    return Function(
        path=path,
        offset=sum(map(len, lines[:first])),
        indent=" " * node.col_offset,
        source="".join(lines[first : node.end_lineno]),
    )
