"""Rules of the lint of modules: what they find, where, and what they let pass."""

from __future__ import annotations

import pytest

from p2pchain.ledger.purity import SDK, lint

BROKEN = (
    ("import", "import os"),
    ("import", "from random import choice"),
    ("import", "from p2pchain.node import home"),
    ("import", "from . import rules"),
    ("import", "def f():\n    import enum"),
    ("import", "from p2pchain.sdk import *"),
    ("import", "from p2pchain.sdk.world import World"),
    ("import", "from p2pchain.sdk import world"),
    ("surroundings", "def f(): open('x')"),
    ("surroundings", "def f(): return datetime.now()"),
    ("surroundings", "def f(a): return a.__class__.__subclasses__()"),
    ("surroundings", "def f(a): return id(a)"),
    ("float", "FEE = 0.5"),
    ("float", "def f(a): return a / 2"),
    ("float", "def f(a): return round(a)"),
    ("table", "def f(a): return a.lower()"),
    ("table", "def f(a): return int(a)"),
    ("table", "def f(a): return a.split()"),
    ("set-order", "def f(a):\n    for b in set(a): g(b)"),
    ("set-order", "def f(a):\n    names = {b for b in a}\n    return tuple(names)"),
    ("set-order", "KNOWN = frozenset((1, 2))\ndef f(): return [a for a in KNOWN]"),
    ("set-order", "def f(a, b): return ','.join(set(a) - b)"),
    ("state", "SEEN = []\ndef f(a): SEEN.append(a)"),
    ("state", "SEEN = {}\ndef f(a): SEEN[a] = 1"),
    ("state", "COUNT = 0\ndef f():\n    global COUNT\n    COUNT = 1"),
    ("state", "import functools\n@functools.lru_cache\ndef f(a): return a"),
    ("state", "def f(a=[]): return a"),
    ("state", "class A: pass\ndef f(): A.seen = 1"),
    ("state", "NUMBERS = iter((1, 2))\ndef f(): return next(NUMBERS)"),
    ("catch-all", "def f():\n    try: g()\n    except Exception: pass"),
    ("catch-all", "def f():\n    try: g()\n    except (KeyError, RecursionError): pass"),
    ("async", "async def f(): ..."),
    ("recursion", "def f(a): return f(a - 1)"),
    ("recursion", "def f(a): return g(a)\ndef g(a): return f(a)"),
    ("recursion", "def f(a): return TABLE[a]()\nTABLE = {'f': f}"),
    ("recursion", "class A:\n    def f(self): return self.g()\n    def g(self): return self.f()"),
    ("recursion", "class A:\n    def f(self, other): return other.f(self)"),
    ("recursion", "def f():\n    def g(): return g()\n    return g()"),
    ("recursion", "from pkg.other import back\ndef f(): return back()"),
    ("loop", "def f():\n    while True: g()"),
    ("loop", "def f(a):\n    for b in range(a.times): g(b)"),
    ("loop", "def f(a): return [b for b in range(a)]"),
    ("loop", "def f(low, high): return sum(range(low, high))"),
    ("loop", "def f():\n    for a in range(10**9): g(a)"),
    ("loop", "def f():\n    for a in range(100_000): g(a)"),
    ("loop", "import itertools\ndef f():\n    for a in itertools.count(): g(a)"),
    ("loop", "from itertools import cycle as again\ndef f(a):\n    for b in again(a): g(b)"),
    ("loop", "def f(a):\n    for b in iter(a.pop, 0): g(b)"),
    ("growth", "def f(a): return 2 ** a"),
    ("growth", "def f(a): return 1 << a.bits"),
    ("growth", "def f(a): return b'x' * a"),
    ("growth", "def f(a): return [0] * a"),
    ("growth", "def f(a, b): return a.ljust(b)"),
    ("growth", "def f(): return bytes(1_000_000)"),
    ("syntax", "def f(:"),
)
FINE = (
    "from p2pchain.sdk import Context",
    "from dataclasses import dataclass\nfrom pkg.other import back",
    "def f(a): return sorted(set(a))",
    "def f(a): return a in {1, 2}",
    "def f(a):\n    names = {1, 2}\n    return tuple(sorted(names))\ndef g(names): return tuple(names)",
    "TABLE = {}\ndef f(a):\n    TABLE = {}\n    TABLE[a] = 1\n    return TABLE",
    "def f(context):\n    while context.get(b'x'):\n        context.meter.stepped()",
    "def f(context, a):\n    for b in range(a):\n        context.meter.stepped()",
    "def f(a):\n    for b in range(len(a)): g(b)",
    "def f(a): return [b for b in range(a, min(a + ROWS_MAX, a.last))]",
    "def f(a): return a in range(a.low, a.high)",
    "def f(count):\n    for a in count(): g(a)",
    "def f(a): return 10 ** PLACES * a + (1 << 32)",
    "def f(a): return a.to_bytes(8, 'big') + b'-' * len(a)",
    "class A:\n    def f(self): return self.g()\n    def g(self): return 1",
    "def f():\n    try: g()\n    except ToolUnknown: pass",
)
OTHER = "from pkg.module import f\ndef back(): return f()"


@pytest.mark.parametrize(("rule", "text"), BROKEN)
def test_what_is_broken_is_found(rule: str, text: str) -> None:
    """By the rule that it breaks."""
    found = lint({"module.py": text, "other.py": OTHER}, "pkg", frozenset({SDK}))
    assert rule in {finding.rule for finding in found}
    assert all(finding.what and finding.remedy and finding.line >= 1 for finding in found)


@pytest.mark.parametrize("text", FINE)
def test_what_is_fine_passes(text: str) -> None:
    """Else nobody could write a module."""
    assert lint({"module.py": text, "other.py": "def back(): return 1"}, "pkg", frozenset({SDK})) == ()


def test_a_finding_says_where_what_and_how() -> None:
    """As a compiler does."""
    (finding,) = lint({"rules/fee.py": "A = 1\nB = A / 2\n"}, "pkg")
    assert str(finding) == (
        "rules/fee.py:2: float: division that makes a float; "
        "count in integers: minor units, basis points; divide with //"
    )
