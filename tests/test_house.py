"""The rules of the house, checked: floors, sizes, docstrings, names, and what pure rooms must not do.

The floors are contracts of import-linter in ``pyproject.toml``. Every other rule is a function here that
reads one source file and yields what breaks it. Each is shown something broken, too: none falls asleep.
"""

from __future__ import annotations

import ast
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path

import pytest

from p2pchain.ledger.purity import lint, no_floats, no_surroundings, no_tables, ordered_walks
from p2pchain.ledger.purity_findings import Rule as PurityRule
from p2pchain.ledger.purity_findings import SourceFile

TOP = Path(__file__).parent.parent
FILE_LINES_MAX = 400
FUNCTION_LINES_MAX = 60
STATE_ROOMS = {"consensus", "mempool", "sync", "ledger", "business", "replica"}
PURE_ROOMS = {"model", "crypto", "codec", "proofs", "documents", "presentation"} | STATE_ROOMS
ASYNC_ROOMS = {"net", "control", "client", "node", "testnet", "cli"}
BROAD_EXCEPT_ROOMS = {"node", "net"}
BROAD_EXCEPT_FILES = {"p2pchain/ledger/fault_containment.py"}
"""Where a bug of a module becomes a receipt."""
NAMELESS = {"util", "utils", "common", "helper", "helpers", "misc", "manager", "managers"}
NAMELESS_CLASS = re.compile(r"(Utils?|Helpers?|(?<!Service)Manager)$")
"""A service manager is what systemd calls itself: the field's word."""
CONSENSUS_ROOMS = {"model", "crypto", "codec", "proofs", "consensus", "ledger", "business"}
"""Rooms whose answers must be the same bytes on every machine."""
MODULE_ROOMS = ("p2pchain/business", "p2pchain/ledger/consortium")
"""Folders whose folders are modules."""
MODULES_IMPORT = frozenset(
    f"p2pchain.{room}" for room in ("model", "crypto", "codec", "proofs", "documents", "ledger", "business")
)
BOUNDED_OTHERWISE = {
    ("p2pchain/ledger/consortium/governance/queries.py", "recursion: _plain"): "arguments nest as CBOR does",
    (
        "p2pchain/ledger/consortium/policy/signers.py",
        "recursion: _fill",
    ): "a path is no longer than the parts",
}
"""What the lint finds in our own modules, and why it has a bound."""
UNFINISHED = re.compile(r"\b(TO" + r"DO|FIX" + r"ME|HA" + r"CK)\b|NotImplemented" + r"Error")

Function = ast.FunctionDef | ast.AsyncFunctionDef


@dataclass(frozen=True, slots=True, kw_only=True)
class Source:
    """One Python file; ``room`` is its package under ``p2pchain``, or empty outside of it."""

    path: str
    room: str
    text: str
    tree: ast.Module

    def at(self, node: ast.stmt | ast.expr | ast.excepthandler, what: str) -> str:
        """The line of a report: where, and what."""
        return f"{self.path}:{node.lineno}: {what}"


Rule = Callable[[Source], Iterator[str]]


def source(path: str, text: str) -> Source:
    """Parse a file that lies at ``path`` under the top of the repository."""
    parts = Path(path).parts
    room = parts[1] if parts[0] == "p2pchain" and len(parts) > 2 else ""
    return Source(path=path, room=room, text=text, tree=ast.parse(text))


@cache
def sources(folder: str) -> tuple[Source, ...]:
    """Every Python file under ``folder``."""
    paths = sorted((TOP / folder).rglob("*.py"))
    return tuple(source(str(path.relative_to(TOP)), path.read_text("utf-8")) for path in paths)


def functions(tree: ast.AST) -> Iterator[Function]:
    """Every function in a tree, at any depth."""
    for node in ast.walk(tree):
        if isinstance(node, Function):
            yield node


def dotted(node: ast.expr) -> str:
    """``a.b.c`` of a name or attribute; empty for anything else."""
    match node:
        case ast.Name(id=name):
            return name
        case ast.Attribute(value=value, attr=attr):
            return f"{dotted(value)}.{attr}"
        case _:
            return ""


def raises_again(handler: ast.ExceptHandler) -> bool:
    """Whether a handler only cleans up, and ends in a bare ``raise``."""
    match handler.body[-1]:
        case ast.Raise(exc=None):
            return True
        case _:
            return False


def file_size(file: Source) -> Iterator[str]:
    """A file has at most 400 lines: one that wants more hides two nouns."""
    lines = file.text.count("\n")
    if lines > FILE_LINES_MAX:
        yield f"{file.path}: {lines} lines"


def function_size(file: Source) -> Iterator[str]:
    """A function has at most 60 lines, its docstring included."""
    for function in functions(file.tree):
        lines = (function.end_lineno or function.lineno) - function.lineno + 1
        if lines > FUNCTION_LINES_MAX:
            yield file.at(function, f"{function.name} has {lines} lines")


def module_docstring(file: Source) -> Iterator[str]:
    """Every module and package says its one purpose."""
    if not ast.get_docstring(file.tree):
        yield f"{file.path}: no docstring"


def public_docstrings(file: Source) -> Iterator[str]:
    """Every public class, function and method has a docstring; dunders, overloads and setters go without."""

    def undocumented(body: list[ast.stmt]) -> Iterator[str]:
        for node in body:
            if not isinstance(node, Function | ast.ClassDef) or node.name.startswith("_"):
                continue
            decorators = {dotted(decorator).rpartition(".")[2] for decorator in node.decorator_list}
            if not ast.get_docstring(node) and not decorators & {"overload", "setter"}:
                yield file.at(node, f"{node.name} has no docstring")
            if isinstance(node, ast.ClassDef):
                yield from undocumented(node.body)

    yield from undocumented(file.tree.body)


def telling_names(file: Source) -> Iterator[str]:
    """No drawer for what has no room: nothing is called util, common, helper, misc or manager."""
    for part in Path(file.path).with_suffix("").parts:
        if NAMELESS & set(part.lower().split("_")):
            yield f"{file.path}: {part} names nothing"
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ClassDef) and NAMELESS_CLASS.search(node.name):
            yield file.at(node, f"{node.name} names nothing")


def narrow_excepts(file: Source) -> Iterator[str]:
    """Nobody catches everything but node's supervisor, net's edge to libp2p and the place that contains a
    module's bug, or who raises it again.
    """
    if file.room in BROAD_EXCEPT_ROOMS or file.path in BROAD_EXCEPT_FILES:
        return
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ExceptHandler) and not raises_again(node):
            caught = node.type.elts if isinstance(node.type, ast.Tuple) else [node.type]
            if any(kind is None or dotted(kind) in {"Exception", "BaseException"} for kind in caught):
                yield file.at(node, "catches everything")


def finished(file: Source) -> Iterator[str]:
    """Nothing is left for later."""
    for number, line in enumerate(file.text.splitlines(), 1):
        if UNFINISHED.search(line):
            yield f"{file.path}:{number}: {line.strip()}"


def imports_at_the_top(file: Source) -> Iterator[str]:
    """No import inside a function, and none under TYPE_CHECKING: the floors are not dodged."""
    for function in functions(file.tree):
        for node in ast.walk(function):
            if isinstance(node, ast.Import | ast.ImportFrom):
                yield file.at(node, f"import inside {function.name}")
    for node in ast.walk(file.tree):
        if isinstance(node, ast.If) and dotted(node.test).endswith("TYPE_CHECKING"):
            yield file.at(node, "import for type checking alone")


def async_rooms(file: Source) -> Iterator[str]:
    """``async`` only in net, control, client, node, testnet and cli."""
    if file.room in ASYNC_ROOMS:
        return
    for node in ast.walk(file.tree):
        if isinstance(node, ast.AsyncFunctionDef | ast.AsyncFor | ast.AsyncWith | ast.Await):
            yield file.at(node, "async in a synchronous room")


def pure_rooms(file: Source) -> Iterator[str]:
    """Pure rooms: no clock, no I/O, no floats, and nothing that differs from process to process."""
    if file.room in PURE_ROOMS:
        yield from impure(file, no_surroundings, no_floats)


def no_unicode_tables(file: Source) -> Iterator[str]:
    """Rooms of consensus read no table of Unicode, locale or interpreter: those differ by version."""
    if file.room in CONSENSUS_ROOMS:
        yield from impure(file, no_tables)


def no_set_walks(file: Source) -> Iterator[str]:
    """Rooms of consensus walk over no set: its order differs from process to process."""
    if file.room in CONSENSUS_ROOMS:
        yield from impure(file, ordered_walks)


def impure(file: Source, *rules: PurityRule) -> Iterator[str]:
    """What rules of the lint of modules find in a file."""
    for rule in rules:
        for finding in rule(SourceFile(file=file.path, module=file.path, tree=file.tree)):
            yield str(finding)


def frozen_dataclasses(file: Source) -> Iterator[str]:
    """Dataclasses of pure rooms have slots, so no field is invented later; below floor 3 they are frozen."""
    if file.room not in PURE_ROOMS:
        return
    needed = {"slots"} if file.room in STATE_ROOMS else {"slots", "frozen"}
    for node in ast.walk(file.tree):
        if isinstance(node, ast.ClassDef):
            for decorator in node.decorator_list:
                call = decorator if isinstance(decorator, ast.Call) else None
                if dotted(call.func if call else decorator) in {"dataclass", "dataclasses.dataclass"}:
                    given = {keyword.arg for keyword in call.keywords} if call else set()
                    if missing := needed - given:
                        yield file.at(node, f"{node.name} lacks {', '.join(sorted(missing))}")


def raises_with_facts(file: Source) -> Iterator[str]:
    """No raise without facts: an error carries what it is about."""
    for node in ast.walk(file.tree):
        match node:
            case ast.Raise(exc=ast.Call(func=func, args=[], keywords=[])):
                yield file.at(node, f"raises {dotted(func)} without facts")
            case ast.Raise(exc=ast.Name(id=name)) if name[0].isupper():
                yield file.at(node, f"raises {name} without facts")


def bounded_channels(file: Source) -> Iterator[str]:
    """No channel without a limit."""
    for node in ast.walk(file.tree):
        if isinstance(node, ast.Call) and "open_memory_channel" in ast.unparse(node.func):
            if any("inf" in ast.unparse(argument) for argument in node.args):
                yield file.at(node, "unbounded channel")


HOUSE_RULES: tuple[Rule, ...] = (
    *(file_size, function_size, module_docstring, public_docstrings, telling_names, narrow_excepts, finished),
    *(
        imports_at_the_top,
        async_rooms,
        pure_rooms,
        no_unicode_tables,
        no_set_walks,
        frozen_dataclasses,
        raises_with_facts,
    ),
    bounded_channels,
)
TEST_RULES: tuple[Rule, ...] = (
    *(file_size, function_size, module_docstring, telling_names, finished, imports_at_the_top),
)

BROKEN: tuple[tuple[Rule, str, str], ...] = (
    (file_size, "p2pchain/node/x.py", "a = 1\n" * (FILE_LINES_MAX + 1)),
    (function_size, "p2pchain/node/x.py", "def f():\n" + "    a = 1\n" * FUNCTION_LINES_MAX),
    (module_docstring, "p2pchain/node/__init__.py", "a = 1"),
    (public_docstrings, "p2pchain/node/x.py", "class A:\n    'a'\n    def f(self): ..."),
    (public_docstrings, "p2pchain/node/x.py", "async def f(): ..."),
    (telling_names, "p2pchain/node/peer_utils.py", ""),
    (telling_names, "p2pchain/node/x.py", "class PeerManager: ..."),
    (narrow_excepts, "p2pchain/cli/x.py", "try: a\nexcept Exception: b"),
    (narrow_excepts, "p2pchain/cli/x.py", "try: a\nexcept (ValueError, BaseException): b"),
    (narrow_excepts, "p2pchain/cli/x.py", "try: a\nexcept: b"),
    (finished, "p2pchain/cli/x.py", "a = 1  # TO" + "DO: more"),
    (finished, "p2pchain/cli/x.py", "def f():\n    raise NotImplemented" + "Error('x')"),
    (imports_at_the_top, "p2pchain/cli/x.py", "def f():\n    import os"),
    (imports_at_the_top, "p2pchain/cli/x.py", "if TYPE_CHECKING:\n    import os"),
    (async_rooms, "p2pchain/storage/x.py", "async def f(): ..."),
    (pure_rooms, "p2pchain/ledger/x.py", "datetime.datetime.now()"),
    (pure_rooms, "p2pchain/business/x.py", "a = 1.5"),
    (pure_rooms, "p2pchain/ledger/x.py", "a = b / 2"),
    (pure_rooms, "p2pchain/ledger/x.py", "print(1)"),
    (no_unicode_tables, "p2pchain/codec/x.py", "text.isprintable()"),
    (no_unicode_tables, "p2pchain/ledger/x.py", "all(map(str.isalpha, text))"),
    (no_unicode_tables, "p2pchain/business/x.py", "text.lower()"),
    (no_unicode_tables, "p2pchain/codec/x.py", "text == text.strip()"),
    (no_unicode_tables, "p2pchain/codec/x.py", "text.split()"),
    (no_unicode_tables, "p2pchain/codec/x.py", "a = int(text)"),
    (no_unicode_tables, "p2pchain/ledger/x.py", "a = repr(text)"),
    (no_unicode_tables, "p2pchain/model/x.py", "import unicodedata"),
    (no_unicode_tables, "p2pchain/model/x.py", "from locale import strxfrm"),
    (no_unicode_tables, "p2pchain/proofs/x.py", "a = re.compile(r'\\d+')"),
    (no_set_walks, "p2pchain/codec/x.py", "for a in {b, c}: ..."),
    (no_set_walks, "p2pchain/proofs/x.py", "[a for a in set(b)]"),
    (frozen_dataclasses, "p2pchain/model/x.py", "@dataclass\nclass A: ..."),
    (frozen_dataclasses, "p2pchain/model/x.py", "@dataclass(slots=True)\nclass A: ..."),
    (frozen_dataclasses, "p2pchain/replica/x.py", "@dataclass(frozen=True)\nclass A: ..."),
    (raises_with_facts, "p2pchain/net/x.py", "raise ValueError"),
    (raises_with_facts, "p2pchain/net/x.py", "raise errors.Refused()"),
    (bounded_channels, "p2pchain/net/x.py", "trio.open_memory_channel[int](math.inf)"),
)


@pytest.mark.parametrize("rule", HOUSE_RULES, ids=lambda rule: rule.__name__)
def test_house(rule: Rule) -> None:
    broken = [line for file in sources("p2pchain") for line in rule(file)]
    assert not broken, "\n".join([rule.__doc__ or "", *broken])


@pytest.mark.parametrize("rule", TEST_RULES, ids=lambda rule: rule.__name__)
def test_tests(rule: Rule) -> None:
    broken = [line for file in sources("tests") for line in rule(file)]
    assert not broken, "\n".join([rule.__doc__ or "", *broken])


@pytest.mark.parametrize(("rule", "path", "text"), BROKEN)
def test_every_rule_sees_what_breaks_it(rule: Rule, path: str, text: str) -> None:
    assert list(rule(source(path, text)))


def test_every_rule_was_shown_something_broken() -> None:
    assert {rule for rule, _, _ in BROKEN} == {*HOUSE_RULES, *TEST_RULES}


def test_our_modules_pass_the_lint_of_modules() -> None:
    """What a package of others must not do, ours do not do either."""
    findings = [finding for folder in module_folders() for finding in findings_in(folder)]
    assert not findings, "\n".join(findings)


def module_folders() -> list[Path]:
    """Folders of the trades and of what the kernel needs."""
    rooms = [path for room in MODULE_ROOMS for path in (TOP / room).iterdir()]
    return sorted(path for path in rooms if (path / "__init__.py").exists())


def findings_in(folder: Path) -> list[str]:
    """What the lint finds in a module, but what has a bound that it does not see."""
    top = str(folder.relative_to(TOP))
    texts = {str(path.relative_to(folder)): path.read_text("utf-8") for path in folder.rglob("*.py")}
    found = lint(texts, top.replace("/", "."), MODULES_IMPORT)
    known = {(f"{top}/{each.file}", f"{each.rule}: {each.what.partition(' ')[0]}"): each for each in found}
    return [f"{top}/{each}" for place, each in known.items() if place not in BOUNDED_OTHERWISE]


def test_every_folder_is_a_package() -> None:
    folders = {path.parent for path in (TOP / "p2pchain").rglob("*.py")}
    assert not [folder for folder in folders if not (folder / "__init__.py").exists()]


def test_names_of_tests_are_unique() -> None:
    """The tests are no packages, but for samples of such; pytest and a reader tell them apart by names."""
    samples = TOP / "tests" / "samples"
    paths = [path for path in (TOP / "tests").rglob("*.py") if samples not in path.parents]
    names = Counter(path.name for path in paths)
    assert not [name for name, count in names.items() if count > 1 and name != "conftest.py"]
    assert "__init__.py" not in names


def test_floors() -> None:
    """The contracts in pyproject.toml hold: floors, siblings, and what pure rooms may not import."""
    command = [str(Path(sys.executable).parent / "lint-imports"), "--config", "pyproject.toml"]
    done = subprocess.run(command, cwd=TOP, capture_output=True, text=True, timeout=120)
    assert done.returncode == 0, done.stdout[done.stdout.find("Contracts\n") :] + done.stderr
