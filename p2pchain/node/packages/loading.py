"""Loading the modules of packages: linted before a line of them runs, held to their pin, imported, checked.

What comes out runs only once governance brings it in, whatever the declaration says of genesis.
"""

from __future__ import annotations

import importlib
from collections.abc import Iterator, Sequence
from dataclasses import replace
from pathlib import Path
from typing import Final

from p2pchain.business.software import MODULES
from p2pchain.ledger.kinds import Array, Kind, Optional, Row
from p2pchain.ledger.module import Module
from p2pchain.model.errors import Fact, Refused
from p2pchain.node.home.config import ModulesConfig
from p2pchain.node.packages.own_stack import on_own_stack
from p2pchain.node.packages.package import Package, find_installed

FINDINGS_SHOWN: Final = 8


def load_packages(config: ModulesConfig, home: Path) -> tuple[Module, ...]:
    """The modules of the packages that a home's settings name, in all of their versions.
    ``Refused("MODULE_...")``.
    """
    path = None if config.path is None else (home / config.path).absolute()
    loaded: list[Module] = []
    for name in config.packages:
        package = find_installed(name, path)
        loaded.extend(load(package, config.digests.get(name), (*MODULES, *loaded)))
    return tuple(loaded)


def load(package: Package, pinned: str | None, others: Sequence[Module]) -> tuple[Module, ...]:
    """Versions of a package's module, ascending. ``pinned``: its digest in hex, None for any; ``others``:
    modules that run beside it. ``Refused``: ``MODULE_DIGEST``, ``MODULE_IMPURE``, ``MODULE_UNLOADABLE``,
    ``MODULE_DECLARATION``.
    """
    digest = package.digest().hex()
    if pinned not in (None, digest):
        facts: dict[str, Fact] = {"module": package.name, "pinned": pinned, "found": digest}
        raise Refused(
            "MODULE_DIGEST", facts, "install the code that was agreed on, or pin what is agreed on now"
        )
    findings = package.findings()
    if findings:
        shown = " | ".join(map(str, findings[:FINDINGS_SHOWN]))
        facts = {"module": package.name, "findings": len(findings), "found": shown}
        raise Refused("MODULE_IMPURE", facts, "its author mends it; see: p2pchain module check")
    versions = import_versions(package)
    problems = list(declaration_problems(package, versions, others))
    if problems:
        facts = {"module": package.name, "problems": " | ".join(problems)}
        raise Refused("MODULE_DECLARATION", facts, "its author mends the declaration")
    return tuple(on_own_stack(replace(version, at_genesis=False)) for version in versions)


def import_versions(package: Package) -> tuple[Module, ...]:
    """Import what a package refers to. ``Refused("MODULE_UNLOADABLE")``."""
    name, _, attribute = package.reference.partition(":")
    try:
        value = getattr(importlib.import_module(name), attribute)
        versions = (value,) if isinstance(value, Module) else tuple(value)
    except Exception as error:
        facts: dict[str, Fact] = {"module": package.name, "reason": f"{type(error).__name__}: {error}"}
        raise Refused("MODULE_UNLOADABLE", facts, "its package does not import: ask its author") from error
    if not versions or not all(isinstance(version, Module) for version in versions):
        facts = {"module": package.name, "reason": f"{package.reference} is no Module, nor several"}
        raise Refused("MODULE_UNLOADABLE", facts, "refer to the declaration, or to a tuple of its versions")
    return versions


def declaration_problems(
    package: Package, versions: Sequence[Module], others: Sequence[Module]
) -> Iterator[str]:
    """List the faults and gaps of a declaration, in words."""
    numbers = [version.version for version in versions]
    if numbers != list(range(1, len(versions) + 1)):
        yield f"versions {numbers} are not 1, 2, ..."
    codes = {refusal.code for other in others for refusal in other.refusals}
    for version in versions:
        if version.name != package.name:
            yield f"the module is called {version.name}, not as its entry point"
        if version.source.rpartition(".")[0] != package.imported_as:
            yield "it does not say source=__name__"
        if version.genesis is not None:
            yield "it writes at genesis, but governance brings it in"
        if version.roles:
            yield f"it brings roles: {', '.join(version.roles)}"
        yield from (f"another module refuses with {code}" for code in _codes(version) if code in codes)
        yield from _unspoken(version)


def _codes(version: Module) -> list[str]:
    return [refusal.code for refusal in version.refusals]


def _unspoken(version: Module) -> Iterator[str]:
    """List names of a declaration without words, or twice there."""
    if not version.does:
        yield "it does not say what it is for: does"
    for what, names in (
        ("action", [action.name for action in version.actions]),
        ("event", [event.name for event in version.events]),
        ("record", [record.name for record in version.records]),
        ("query", [query.name for query in version.queries]),
        ("refusal", _codes(version)),
    ):
        yield from (
            f"{what} {name} stands there twice" for name in sorted(set(names)) if names.count(name) > 1
        )
    for action in version.actions:
        if not action.does or not action.who:
            yield f"action {action.name} does not say what it does, or who may"
        if action.file:
            yield f"action {action.name} reads a file of the client, which a package cannot"
        if action.name in {query.name for query in version.queries}:
            yield f"{action.name} is an action and a query: both would be one command"
        yield from (
            f"{action.name} {field.name}: a kind of its own; take one of p2pchain.sdk"
            for field in action.fields
            if not _is_known(field.kind)
        )
    for refusal in version.refusals:
        if not (refusal.code and refusal.words and refusal.next_step):
            yield f"refusal {refusal.__name__} lacks its code, words or next step"


def _is_known(kind: Kind) -> bool:
    """Decide whether a kind is made of those of this software: a bug in another would be met in the pool."""
    kinds = [kind]
    while kinds:
        inner = kinds.pop()
        if type(inner).__module__ != Kind.__module__:
            return False
        match inner:
            case Optional(inner=within) | Array(inner=within):
                kinds.append(within)
            case Row(columns=columns):
                kinds.extend(within for _, within in columns)
    return True
