"""The lint of a module's sources: what makes two machines differ, or one of them never end.

A rule runs on every node, and every node must come to the same bytes in about the same time. So a module may
import only what cannot tell one machine from another, and must not do any of this:

===============  ======================================================================================
``import``       import anything but ``MAY_IMPORT`` and its own package; import within a function
``surroundings`` files, screen, ``eval``, ``hash()`` and ``id()``, names of the interpreter's insides, clocks
``float``        floats and complex numbers, ``/``, ``round()``
``table``        methods that read a table of Unicode or a locale, which differ between interpreters
``set-order``    go through a set in its own order (``sorted(...)`` makes it one)
``state``        keep anything between two calls: ``global``, caches, containers of the file that functions
                 change, iterators of the file, mutable defaults, attributes of classes
``catch-all``    catch what is no refusal: a bug would go unseen, and a bound be passed by
``async``        ``async`` and ``await``
``recursion``    functions that can reach themselves (``purity_bounds.py``)
``loop``         loops that nothing bounds (``purity_bounds.py``)
``growth``       values whose size a message decides (``purity_bounds.py``)
===============  ======================================================================================

It reads, it does not run: it finds the mistakes of somebody who means well. It is no wall against malice: a
package is code, and members read it before they vote for it. What it cannot see is bounded while a rule
runs: by the meter, and for packages by the depth of calls (``node/packages/own_stack.py``).
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterable, Iterator, Mapping

from p2pchain.ledger.purity_bounds import bounded_loops, bounded_sizes, no_recursion
from p2pchain.ledger.purity_findings import Finding, Rule, SourceFile, assigned, dotted, functions

MAY_IMPORT = frozenset(
    {
        *("__future__", "abc", "bisect", "collections", "dataclasses", "enum", "functools", "heapq"),
        *("itertools", "operator", "types", "typing"),
    }
)
"""Packages of the standard library that know neither clock nor chance nor machine."""
SDK = "p2pchain.sdk"
"""What packages of others import of this software."""
FOR_TESTS = ("p2pchain.sdk.world", "p2pchain.sdk.replay", "p2pchain.sdk.draws")
"""Of that what only their tests import."""
IMPURE_BUILTINS = frozenset(
    {
        *("open", "print", "input", "eval", "exec", "compile", "breakpoint", "hash", "id", "__import__"),
        *("globals", "locals", "vars", "delattr", "setattr", "memoryview"),
    }
)
FLOAT_BUILTINS = frozenset({"float", "complex", "round"})
INSIDES = frozenset(
    {
        *(
            "__builtins__",
            "__globals__",
            "__subclasses__",
            "__code__",
            "__closure__",
            "__dict__",
            "__loader__",
        ),
        *("__bases__", "__mro__", "__import__", "__spec__", "__file__", "__path__"),
    }
)
CLOCK_METHODS = frozenset({"now", "utcnow", "today"})
TABLE_METHODS = frozenset(
    {
        *("isalnum", "isalpha", "isdecimal", "isdigit", "isidentifier", "islower", "isnumeric"),
        *("isprintable", "isspace", "istitle", "isupper", "capitalize", "casefold", "lower", "swapcase"),
        *("upper", "splitlines", "strxfrm", "strcoll"),
    }
)
"""Methods that read a Unicode table or the locale of the interpreter."""
BLANK_METHODS = frozenset({"strip", "lstrip", "rstrip", "split", "rsplit", "title"})
"""Methods that read a table where they are called without an argument."""
TABLE_MODULES = frozenset({"unicodedata", "locale", "gettext"})
TABLE_CLASS = re.compile(r"\\[dDwWsSbB]")
SETS = frozenset({"set", "frozenset"})
SET_METHODS = frozenset({"union", "intersection", "difference", "symmetric_difference"})
ORDERING = frozenset({"list", "tuple", "iter", "enumerate", "next", "zip", "map", "filter", "reversed"})
CACHES = frozenset({"cache", "lru_cache", "cached_property", "singledispatch"})
MUTABLE = frozenset({"list", "dict", "set", "bytearray", "defaultdict", "deque", "Counter", "OrderedDict"})
CHANGING = frozenset(
    {
        *("append", "extend", "insert", "remove", "pop", "popitem", "popleft", "appendleft", "clear", "add"),
        *("discard", "update", "setdefault", "sort", "reverse", "rotate"),
    }
)
BROAD = frozenset({"", "Exception", "BaseException", "RecursionError", "MemoryError"})


def lint(sources: Mapping[str, str], package: str, also: frozenset[str] = frozenset()) -> tuple[Finding, ...]:
    """Find what a module must not do. ``sources``: texts by path below the folder of ``package``, the dotted
    name under which it is imported; ``also``: names that it may import besides.
    """
    files: list[SourceFile] = []
    findings: list[Finding] = []
    for path, text in sorted(sources.items()):
        try:
            tree = ast.parse(text)
        except (SyntaxError, ValueError) as error:
            line = getattr(error, "lineno", None) or 1
            broken = Finding(file=path, line=line, rule="syntax", what=str(error), remedy="correct it")
            findings.append(broken)
            continue
        files.append(SourceFile(file=path, module=_module_name(package, path), tree=tree))
    may_import = MAY_IMPORT | also | {package}
    for file in files:
        findings.extend(allowed_imports(file, may_import))
        for rule in FILE_RULES:
            findings.extend(rule(file))
    findings.extend(no_recursion(files))
    return tuple(
        sorted(set(findings), key=lambda finding: (finding.file, finding.line, finding.rule, finding.what))
    )


def _module_name(package: str, path: str) -> str:
    parts = path.removesuffix(".py").split("/")
    return ".".join([package, *(parts[:-1] if parts[-1] == "__init__" else parts)])


def allowed_imports(file: SourceFile, may_import: frozenset[str]) -> Iterator[Finding]:
    """Refuse imports below the top of a file, or of machine-dependent modules."""
    remedy = "write the rule without it, or ask for what p2pchain.sdk lacks"
    for node in ast.walk(file.tree):
        names: list[str] = []
        match node:
            case ast.Import(names=aliases):
                names = [alias.name for alias in aliases]
            case ast.ImportFrom(level=0, module=str(module), names=aliases):
                names = [f"{module}.{alias.name}" for alias in aliases]
            case ast.ImportFrom():
                yield file.finding(node, "import", "a relative import", "name the package in full")
        for name in names:
            if not _is_in(name, may_import) or _is_in(name, FOR_TESTS):
                yield file.finding(node, "import", f"imports {name}", remedy)
            if name.endswith(".*"):
                yield file.finding(node, "import", f"imports {name}", "import what is needed by name")
    for function in functions(file.tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield file.finding(
                    node, "import", f"import in {function.name}", "import at the top of the file"
                )


def _is_in(name: str, packages: Iterable[str]) -> bool:
    return any(name == known or name.startswith(f"{known}.") for known in packages)


def no_surroundings(file: SourceFile) -> Iterator[Finding]:
    """Refuse files, screen, clock and whatever differs between processes."""
    for node in ast.walk(file.tree):
        match node:
            case ast.Call(func=ast.Name(id=name)) if name in IMPURE_BUILTINS:
                yield file.finding(node, "surroundings", f"calls {name}()", "a rule sees its Context alone")
            case ast.Call(func=ast.Attribute(attr=name)) if name in CLOCK_METHODS:
                yield file.finding(
                    node,
                    "surroundings",
                    f"asks the clock: .{name}()",
                    "take the block's time: context.time_ms",
                )
            case ast.Attribute(attr=name) | ast.Name(id=name) if name in INSIDES:
                yield file.finding(node, "surroundings", f"names {name}", "a rule sees its Context alone")


def no_floats(file: SourceFile) -> Iterator[Finding]:
    """No floats: their last digits are the machine's."""
    remedy = "count in integers: minor units, basis points; divide with //"
    for node in ast.walk(file.tree):
        match node:
            case ast.Constant(value=float() | complex() as value):
                yield file.finding(node, "float", f"float {value!r}", remedy)
            case ast.BinOp(op=ast.Div()) | ast.AugAssign(op=ast.Div()):
                yield file.finding(node, "float", "division that makes a float", remedy)
            case ast.Call(func=ast.Name(id=name)) if name in FLOAT_BUILTINS:
                yield file.finding(node, "float", f"calls {name}()", remedy)


def no_tables(file: SourceFile) -> Iterator[Finding]:
    """No table of Unicode, locale or interpreter is read: those differ by version."""
    remedy = "compare with the characters that are meant, or take the text as it is"
    for node in ast.walk(file.tree):
        what = ""
        match node:
            case ast.Attribute(attr=name) if name in TABLE_METHODS:
                what = f"reads a table: .{name}"
            case ast.Call(func=ast.Attribute(attr=name), args=[]) if name in BLANK_METHODS:
                what = f"reads a table: .{name}()"
            case ast.Call(func=ast.Name(id="int"), args=[argument, *_]) if not isinstance(
                argument, ast.Attribute
            ):
                what = "int() takes digits of every script: see decimal_text"
            case ast.Call(func=ast.Name(id="repr")):
                what = "repr() asks which characters are printable"
            case ast.Import(names=names) if any(alias.name in TABLE_MODULES for alias in names):
                what = "imports a table"
            case ast.ImportFrom(module=module) if module in TABLE_MODULES:
                what = "imports a table"
            case ast.Call(func=func, args=[pattern, *_]) if dotted(func).startswith("re."):
                if TABLE_CLASS.search(ast.unparse(pattern)) and "ASCII" not in ast.unparse(node):
                    what = "a class of characters that is not of ASCII alone"
        if what:
            assert isinstance(node, ast.expr | ast.stmt), "it has a line"
            yield file.finding(node, "table", what, remedy)


def ordered_walks(file: SourceFile) -> Iterator[Finding]:
    """Refuse walks over sets: their order differs between processes. Seen are sets that are written in place,
    made by ``set()`` or an operation on such, and names that a function, or the file, binds to one.
    """
    of_file = {name for statement in file.tree.body for name in _sets_bound(statement)}
    inner: dict[ast.AST, frozenset[str]] = {}
    for function in functions(file.tree):
        statements = [node for node in ast.walk(function) if isinstance(node, ast.stmt)]
        bound = {name for statement in statements for name, _ in assigned(statement)}
        sets = {name for statement in statements for name in _sets_bound(statement)}
        arguments = {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
        names = frozenset(sets | (of_file - bound - arguments))
        inner.update(dict.fromkeys(ast.walk(function), names))
    for node in ast.walk(file.tree):
        names = inner.get(node, frozenset(of_file))
        for walked in _walked(node, names):
            if _is_set(walked, names):
                yield file.finding(walked, "set-order", "walks over a set", "walk over sorted(...) of it")


def _sets_bound(statement: ast.stmt) -> list[str]:
    """Names that a statement binds to a set."""
    return [name for name, value in assigned(statement) if _is_set(value, frozenset())]


def _walked(node: ast.AST, names: frozenset[str]) -> tuple[ast.expr, ...]:
    match node:
        case ast.For(iter=walked) | ast.comprehension(iter=walked):
            return (walked,)
        case ast.Call(func=ast.Name(id=name), args=args) if name in ORDERING:
            return tuple(args)
        case ast.Call(func=ast.Attribute(attr="join"), args=args):
            return tuple(args)
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr="pop"), args=[]) if name in names:
            return (ast.copy_location(ast.Name(id=name), node),)
        case ast.Starred(value=walked, ctx=ast.Load()):
            return (walked,)
    return ()


def _is_set(node: ast.expr, names: frozenset[str]) -> bool:
    match node:
        case ast.Set() | ast.SetComp():
            return True
        case ast.Call(func=ast.Name(id=name)):
            return name in SETS
        case ast.Call(func=ast.Attribute(value=value, attr=attr)) if attr in SET_METHODS:
            return _is_set(value, names)
        case ast.BinOp(left=left, op=ast.BitOr() | ast.BitAnd() | ast.Sub() | ast.BitXor(), right=right):
            return _is_set(left, names) or _is_set(right, names)
        case ast.Name(id=name):
            return name in names
    return False


def no_state(file: SourceFile) -> Iterator[Finding]:
    """Nothing is kept between two calls but what lies in the ledger."""
    remedy = "what is to last lies in records: context.put"
    kept = {name for statement in file.tree.body for name, _ in assigned(statement)}
    classes = {node.name for node in ast.walk(file.tree) if isinstance(node, ast.ClassDef)}
    for function in functions(file.tree):
        for default in (*function.args.defaults, *(d for d in function.args.kw_defaults if d is not None)):
            if _is_mutable(default):
                yield file.finding(default, "state", f"a default of {function.name} can change", remedy)
        own = {
            name for node in ast.walk(function) if isinstance(node, ast.stmt) for name, _ in assigned(node)
        }
        own |= {argument.arg for argument in ast.walk(function.args) if isinstance(argument, ast.arg)}
        for node in ast.walk(function):
            what = _changed(node, frozenset((kept - own) | classes))
            if what:
                yield file.finding(node, "state", f"{function.name} changes {what}", remedy)
    for node in ast.walk(file.tree):
        name = dotted(node) if isinstance(node, ast.Name | ast.Attribute) else ""
        if name.rpartition(".")[2] in CACHES and not isinstance(getattr(node, "ctx", None), ast.Store):
            yield file.finding(node, "state", f"{name} remembers", remedy)
        if isinstance(node, ast.Global):
            yield file.finding(node, "state", f"global {', '.join(node.names)}", remedy)


def _is_mutable(node: ast.expr) -> bool:
    match node:
        case ast.List() | ast.Dict() | ast.Set() | ast.ListComp() | ast.DictComp() | ast.SetComp():
            return True
        case ast.Call(func=func):
            return dotted(func).rpartition(".")[2] in MUTABLE
    return False


def _changed(node: ast.AST, kept: frozenset[str]) -> str:
    """The name of the file or class that a node changes; empty for none."""
    match node:
        case ast.Call(func=ast.Attribute(value=ast.Name(id=name), attr=attr)) if attr in CHANGING:
            return name if name in kept else ""
        case ast.Call(func=ast.Name(id="next"), args=[ast.Name(id=name), *_]):
            return name if name in kept else ""
        case ast.Subscript(value=value, ctx=ast.Store() | ast.Del()):
            return dotted(value) if dotted(value).partition(".")[0] in kept else ""
        case ast.Attribute(value=value, ctx=ast.Store() | ast.Del()):
            return dotted(value) if dotted(value).partition(".")[0] in kept | {"cls"} else ""
    return ""


def narrow_excepts(file: SourceFile) -> Iterator[Finding]:
    """A module catches refusals by name; a bug of it is to be seen, and a bound to hold."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ExceptHandler):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            for kind in caught:
                if dotted(kind).rpartition(".")[2] in BROAD:
                    remedy = "name the refusal that is meant"
                    yield file.finding(node, "catch-all", f"catches {dotted(kind) or 'everything'}", remedy)


def no_async(file: SourceFile) -> Iterator[Finding]:
    """A rule waits for nothing."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith | ast.Await):
            yield file.finding(
                node, "async", "async code", "a rule waits for nothing: write a plain function"
            )


FILE_RULES: tuple[Rule, ...] = (
    *(no_surroundings, no_floats, no_tables, ordered_walks, no_state, narrow_excepts, no_async),
    *(bounded_loops, bounded_sizes),
)
"""Rules that look at one file alone."""
