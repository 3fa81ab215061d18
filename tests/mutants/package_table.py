"""Mutants of what keeps a package of others from harming a node: the lint, the pin, its own stack."""

from __future__ import annotations

from typing import Final

from tests.mutants.mutant import Mutant

RULES: Final = ("tests/unit/ledger/test_ledger_purity_rules.py",)
LOADED: Final = ("tests/unit/node/test_node_packages.py",)
_ROWS: Final = (
    (
        "recursion-unseen",
        "a function that reaches itself by way of another passes the lint",
        "_Mentions.reaches_itself",
        "            ahead.extend(sorted(self._edges[reached] - seen))\n",
        "            pass\n",
        RULES,
    ),
    (
        "while-unseen",
        "a loop that counts no turns passes the lint",
        "_counts",
        "    return False",
        "    return True",
        RULES,
    ),
    (
        "impure-loaded",
        "a package is loaded whatever the lint finds",
        "load",
        "    if findings:\n",
        "    if not findings:\n",
        LOADED,
    ),
    (
        "any-digest",
        "a package is loaded whatever its digest is",
        "load",
        "    if pinned not in (None, digest):\n",
        "    if False:\n",
        LOADED,
    ),
    (
        "package-at-genesis",
        "a package runs without that governance brought it in",
        "load",
        "replace(version, at_genesis=False)",
        "version",
        LOADED,
    ),
    (
        "rule-on-any-stack",
        "a rule of a package that calls for ever ends the node",
        "_moved.run",
        "    if threading.current_thread().name.startswith(THREAD_NAME):\n",
        "    if True:\n",
        LOADED,
    ),
)

PACKAGES: Final = tuple(
    Mutant(name=name, fault=fault, function=function, old=old, new=new, catchers=catchers)
    for name, fault, function, old, new, catchers in _ROWS
)
