"""Rules of purity on what has no end: recursion, loops, values that grow.

Whether a program ends cannot be read off it in general. These rules are stricter than the truth, so that what
passes them ends soon, and they say how to write what they refuse:

- **Recursion.** A function may not reach itself through the names that it mentions: functions, methods,
  classes and variables of the package's files, called or only named. ``self.x`` is the method ``x`` of its
  own class, ``a.x`` the method ``x`` of any class of the package. What goes round by way of another module
  (``context.call``), or of a function in an argument, is not seen; the depth of calls bounds it.
- **Loops.** A ``while`` counts its turns in each one, directly in its body: ``context.meter.stepped()``. A
  ``for`` goes over what is there. A ``range`` is as long as a constant of at most ``TURNS_MAX``, a length, a
  name in capitals, or the least of several of which one is such (``range(low, min(high, low + ROWS_MAX))``),
  or its loop counts the turns, too.
  ``itertools.count``, ``cycle``, ``repeat`` and ``iter`` with two arguments are refused.
- **Growth.** ``**`` and ``<<`` have a constant, or a name in capitals, on their right; a text, bytes, list or
  tuple is repeated, padded or made as long as such a constant or a length says.

Nested loops over long lists, and lists that a message fills, are not counted here: the bounds of the kinds of
its fields are the author's, and the time of a block is seen by ``p2pchain module check`` in its replay only
for what that tries.
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping, Sequence

from p2pchain.ledger.purity_findings import Finding, Function, SourceFile, dotted

TURNS_MAX = 65_536
"""Most turns of a loop, and most items of a value, that a constant allows."""
EXPONENT_MAX = 4_096
"""Most bits by which a constant shifts, and greatest constant exponent."""
ENDLESS = frozenset({"itertools.count", "itertools.cycle", "itertools.repeat"})
PADDING = frozenset({"ljust", "rjust", "center", "zfill", "to_bytes"})
CAPITALS = re.compile("_?[A-Z][A-Z0-9_]*")
"""Names of constants."""
COUNTING = frozenset({"meter.stepped", "meter.spend"})
COUNT_TURNS = "count each turn in its body: context.meter.stepped()"


def bounded_loops(file: SourceFile) -> Iterator[Finding]:
    """Refuse loops without a visible bound or a counted number of turns."""
    imported = _imported(file)
    seen = _ranges_seen(file.tree)
    for node in ast.walk(file.tree):
        match node:
            case ast.While(body=body) if not _counts(body):
                yield file.finding(node, "loop", "a while that counts no turns", COUNT_TURNS)
            case ast.Call(func=ast.Name(id="range"), args=args) if node not in seen and not _ends(args):
                yield file.finding(node, "loop", f"no bound in sight: {ast.unparse(node)}", COUNT_TURNS)
            case ast.Call(func=func, args=args) if _is_endless(func, args, imported):
                yield file.finding(node, "loop", f"no end: {dotted(func)}", "go over what is there")


def _ranges_seen(tree: ast.Module) -> list[ast.expr]:
    """Ranges that need no bound: of loops that count their turns, and of ``in`` and ``not in``."""
    seen: list[ast.expr] = []
    for node in ast.walk(tree):
        match node:
            case ast.For(iter=walked, body=body) if _counts(body):
                seen.extend(part for part in ast.walk(walked) if isinstance(part, ast.Call))
            case ast.Compare(ops=[ast.In() | ast.NotIn()], comparators=[among]):
                seen.append(among)
    return seen


def _is_endless(func: ast.expr, args: Sequence[ast.expr], imported: Mapping[str, str]) -> bool:
    head, _, rest = dotted(func).partition(".")
    name = ".".join(part for part in (imported.get(head, head), rest) if part)
    return name in ENDLESS or (name == "iter" and len(args) == 2)


def _ends(args: Sequence[ast.expr]) -> bool:
    """Decide whether a range is seen to be short: how far the last lies from the first."""
    match args:
        case [only]:
            return _is_bound(only, TURNS_MAX)
        case [first, last, *_]:
            return _is_bound(last, TURNS_MAX, beside=ast.dump(first)) or (
                _is_bound(first, TURNS_MAX) and _is_bound(last, TURNS_MAX)
            )
    return True


def _counts(body: Sequence[ast.stmt]) -> bool:
    """Decide whether a body counts a turn in every one of them: in a statement of its own."""
    for statement in body:
        match statement:
            case ast.Expr(value=ast.Call(func=func)):
                if ".".join(dotted(func).split(".")[-2:]) in COUNTING:
                    return True
    return False


def bounded_sizes(file: SourceFile) -> Iterator[Finding]:
    """No number of a message decides how large a value grows."""
    remedy = "bound it by a constant: min(count, COUNT_MAX)"
    for node in ast.walk(file.tree):
        match node:
            case (
                ast.BinOp(op=ast.Pow() | ast.LShift(), right=right)
                | ast.AugAssign(op=ast.Pow() | ast.LShift(), value=right)
            ) if not _is_bound(right, EXPONENT_MAX):
                yield file.finding(node, "growth", f"grows without a bound: {ast.unparse(node)}", remedy)
            case ast.BinOp(left=left, op=ast.Mult(), right=right):
                for row, times in ((left, right), (right, left)):
                    if _is_row(row) and not _is_bound(times, TURNS_MAX):
                        yield file.finding(node, "growth", f"repeated: {ast.unparse(node)}", remedy)
            case ast.Call(func=ast.Name(id="bytes" | "bytearray"), args=[ast.Constant(value=int(size))]):
                if size > TURNS_MAX:
                    yield file.finding(node, "growth", f"{size} bytes at once", remedy)
            case ast.Call(func=ast.Attribute(attr=name), args=[size, *_]) if name in PADDING:
                if not _is_bound(size, TURNS_MAX):
                    yield file.finding(node, "growth", f"as long as it is told: .{name}()", remedy)


def _is_row(node: ast.expr) -> bool:
    match node:
        case ast.Constant(value=str() | bytes()) | ast.List() | ast.Tuple() | ast.JoinedStr():
            return True
    return False


def _is_bound(node: ast.expr, most: int, beside: str = "") -> bool:
    """Decide whether an expression can be seen to stay small. ``beside``: dump of an expression that counts
    as 0, since only the distance from it matters.
    """
    if beside and ast.dump(node) == beside:
        return True
    match node:
        case ast.Constant(value=int(value)):
            return -most <= value <= most
        case ast.UnaryOp(op=ast.USub(), operand=operand):
            return _is_bound(operand, most, beside)
        case ast.Name(id=name) | ast.Attribute(attr=name):
            return CAPITALS.fullmatch(name) is not None
        case ast.BinOp(left=left, op=ast.Add() | ast.Sub() | ast.FloorDiv(), right=right):
            return _is_bound(left, most, beside) and _is_bound(right, most, beside)
        case ast.BinOp(right=right, op=ast.Mod()):
            return _is_bound(right, most)
        case ast.Call(func=ast.Name(id="len")):
            return True
        case ast.Call(func=ast.Name(id="min"), args=args):
            return any(_is_bound(argument, most, beside) for argument in args)
        case ast.Call(func=ast.Name(id="max"), args=args):
            return all(_is_bound(argument, most, beside) for argument in args)
    return False


def no_recursion(files: Sequence[SourceFile]) -> Iterator[Finding]:
    """Refuse functions that reach themselves through the names they mention."""
    graph = _Mentions(files)
    for node, (file, place) in graph.places.items():
        if isinstance(place, Function) and graph.reaches_itself(node):
            remedy = "go through the levels in a loop that counts its turns"
            yield file.finding(place, "recursion", f"{place.name} can reach itself", remedy)


class _Mentions:
    """Mentions between the functions, methods and variables of files. A name is its file's dotted name,
    ``:``, and where it stands in the file.
    """

    def __init__(self, files: Sequence[SourceFile]) -> None:
        self.places: dict[str, tuple[SourceFile, ast.AST]] = {}
        self._methods: dict[str, list[str]] = {}
        self._imports: dict[str, dict[str, str]] = {}
        self._edges: dict[str, set[str]] = {}
        for file in files:
            self._imports[file.module] = _imported(file)
            self._enter(file, file.tree.body, "", is_class=False)
        for name in self.places:
            self._edges[name] = self._mentioned(name)

    def reaches_itself(self, name: str) -> bool:
        """Decide whether a way leads from a name back to it."""
        seen: set[str] = set()
        ahead = sorted(self._edges[name])
        while ahead:
            reached = ahead.pop()
            if reached == name:
                return True
            if reached not in seen:
                seen.add(reached)
                ahead.extend(sorted(self._edges[reached] - seen))
        return False

    def _enter(self, file: SourceFile, body: Sequence[ast.stmt], within: str, *, is_class: bool) -> None:
        """Enter what a body defines, level by level."""
        levels: list[tuple[Sequence[ast.stmt], str, bool]] = [(body, within, is_class)]
        while levels:
            statements, prefix, of_class = levels.pop()
            for statement in statements:
                match statement:
                    case ast.FunctionDef(name=name) | ast.AsyncFunctionDef(name=name):
                        self._add(file, prefix + name, statement, name if of_class else "")
                        inner = [node for node in ast.walk(statement) if isinstance(node, Function)]
                        for nested in inner[1:]:
                            self._add(file, f"{prefix}{name}.{nested.name}", nested, "")
                    case ast.ClassDef(name=name, body=inside):
                        self._add(file, prefix + name, statement, "")
                        levels.append((inside, f"{prefix}{name}.", True))
                    case ast.Assign(targets=targets) if not prefix:
                        for target in targets:
                            if isinstance(target, ast.Name):
                                self._add(file, target.id, statement, "")
                    case ast.AnnAssign(target=ast.Name(id=name)) if not prefix:
                        self._add(file, name, statement, "")

    def _add(self, file: SourceFile, place: str, node: ast.AST, method: str) -> None:
        name = f"{file.module}:{place}"
        self.places[name] = (file, node)
        if method:
            self._methods.setdefault(method, []).append(name)

    def _mentioned(self, name: str) -> set[str]:
        file, node = self.places[name]
        if isinstance(node, ast.ClassDef):
            made = [f"{name}.{method}" for method in ("__init__", "__post_init__", "__new__", "__call__")]
            return {place for place in made if place in self.places}
        nested = f"{name.partition(':')[2].partition('.')[0]}."
        mentioned: set[str] = set()
        for part in _body_of(node):
            match part:
                case ast.Name(id=word, ctx=ast.Load()):
                    mentioned |= self._named(file.module, nested, word)
                case ast.Attribute(value=ast.Name(id="self" | "cls"), attr=word):
                    own = f"{name.rpartition('.')[0]}.{word}"
                    mentioned |= {own} if own in self.places else set(self._methods.get(word, ()))
                case ast.Attribute(value=ast.Name(id=alias), attr=word) if (
                    target := self._imports[file.module].get(alias)
                ) is not None:
                    mentioned |= {f"{target}:{word}"} & self.places.keys()
                case ast.Attribute(attr=word):
                    mentioned |= set(self._methods.get(word, ()))
        return mentioned

    def _named(self, module: str, nested: str, word: str) -> set[str]:
        target, _, original = self._imports[module].get(word, "").rpartition(".")
        places = (f"{module}:{nested}{word}", f"{module}:{word}", f"{target}:{original}")
        return {place for place in places if place in self.places}


def _body_of(node: ast.AST) -> Iterator[ast.AST]:
    """Walk a function's body, without its annotations and defaults."""
    if isinstance(node, Function):
        for statement in node.body:
            yield from ast.walk(statement)
    elif isinstance(node, ast.Assign | ast.AnnAssign) and node.value is not None:
        yield from ast.walk(node.value)


def _imported(file: SourceFile) -> dict[str, str]:
    """Map the names that a file imports to their dotted names."""
    names: dict[str, str] = {}
    for node in ast.walk(file.tree):
        match node:
            case ast.Import(names=aliases):
                names.update({alias.asname or alias.name: alias.name for alias in aliases})
            case ast.ImportFrom(level=0, module=str(module), names=aliases):
                names.update({alias.asname or alias.name: f"{module}.{alias.name}" for alias in aliases})
    return names
