"""Sources and findings of the purity lint."""

from __future__ import annotations

import ast
from collections.abc import Callable, Iterator
from dataclasses import dataclass

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Finding:
    """One place that breaks a rule. ``what``: what stands there; ``remedy``: what to write instead."""

    file: str
    line: int
    rule: str
    what: str
    remedy: str

    def __str__(self) -> str:
        return f"{self.file}:{self.line}: {self.rule}: {self.what}; {self.remedy}"


@dataclass(frozen=True, slots=True, kw_only=True)
class SourceFile:
    """One source. ``file``: its path, as findings name it; ``module``: its dotted name."""

    file: str
    module: str
    tree: ast.Module

    def finding(self, node: ast.AST, rule: str, what: str, remedy: str) -> Finding:
        """Name a place of this source."""
        line = getattr(node, "lineno", 1)
        return Finding(file=self.file, line=line, rule=rule, what=what, remedy=remedy)


Rule = Callable[[SourceFile], Iterator[Finding]]


def dotted(node: ast.expr | None) -> str:
    """Write a name or attribute as ``a.b.c``; empty for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case _:
            return ""


def functions(tree: ast.AST) -> Iterator[Function]:
    """Walk over every function of a tree, at any depth."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def assigned(statement: ast.stmt) -> Iterator[tuple[str, ast.expr]]:
    """Names that a statement binds, each with the expression that it gets."""
    match statement:
        case ast.Assign(targets=targets, value=value):
            for target in targets:
                if isinstance(target, ast.Name):
                    yield target.id, value
        case ast.AnnAssign(target=ast.Name(id=name), value=ast.expr() as value):
            yield name, value
