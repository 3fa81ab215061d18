"""Declarations of a home's modules, as every command looks them up. They are those of this software, and
those of the packages that its settings name.

They are imported when they are first asked for: a command that only reads the status waits for no ledger.
"""

from __future__ import annotations

import codecs
import importlib
import tomllib
from collections.abc import Sequence
from contextvars import ContextVar
from functools import cache
from pathlib import Path
from typing import Any, Final, Protocol

from p2pchain.model.errors import Refused
from p2pchain.model.genesis import roles_with
from p2pchain.model.refusal import Refusal

CONFIG_BYTES_MAX: Final = 262_144


class Declarations(Protocol):
    """Interface of ``presentation.directory.Directory`` for commands."""

    def refusal(self, code: str) -> type[Refusal] | None:
        """The class of a refusal's code, None where no module declares it."""
        ...

    def exit_code(self, code: str) -> int | None:
        """Return a command's exit code for a module's refusal, or None."""
        ...

    def event_text(self, module: str, event: str, values: Sequence[Any]) -> str:
        """An event for a person."""
        ...

    def event_json(self, module: str, event: str, values: Sequence[Any]) -> dict[str, Any]:
        """Describe an event as JSON, by field names where a module declares it."""
        ...

    def operation_text(self, module: str, action: str, args: Sequence[Any]) -> str:
        """An operation for a person."""
        ...


HOME: ContextVar[Path | None] = ContextVar("HOME", default=None)
"""The home of the command that runs."""


def declarations() -> Declarations:
    """The declarations of the modules of the home of this command. A package that cannot be loaded is left
    out: `p2pchain config check` says why.
    """
    return _directory(HOME.get())


def modules_of_home() -> tuple[Any, ...]:
    """The modules of the home of this command, packages included. Raises what loading them does."""
    home = HOME.get()
    if home is None or not packages_named(home):
        return own_modules()
    layout = importlib.import_module("p2pchain.node.home.layout")
    software = importlib.import_module("p2pchain.node.packages.software")
    loaded: tuple[Any, ...] = software.software_of(layout.Home(home))
    return loaded


def own_modules() -> tuple[Any, ...]:
    """The modules of this software."""
    modules: tuple[Any, ...] = importlib.import_module("p2pchain.business.software").MODULES
    return modules


def own_roles() -> tuple[str, ...]:
    """Roles of a chain that begins with the modules of this software."""
    return roles_with(role for module in own_modules() if module.at_genesis for role in module.roles)


def readable_modules() -> tuple[Any, ...]:
    """The same, without packages where one of them cannot be loaded."""
    try:
        return modules_of_home()
    except Refused:
        return own_modules()


@cache
def _directory(_home: Path | None) -> Declarations:
    presentation = importlib.import_module("p2pchain.presentation.directory")
    directory: Declarations = presentation.Directory(readable_modules())
    return directory


def packages_named(home: Path) -> tuple[str, ...]:
    """Names of the packages that a home's settings name; none where they cannot be read."""
    try:
        with (home / "config.toml").open("rb") as file:
            text = file.read(CONFIG_BYTES_MAX).removeprefix(codecs.BOM_UTF8).decode()
        settings: dict[str, Any] = tomllib.loads(text)
    except (OSError, ValueError):
        return ()
    match settings:
        case {"modules": {"packages": [*names]}}:
            return tuple(str(name) for name in names)
        case _:
            return ()


def event_text(module: str, event: str, values: Sequence[Any]) -> str:
    """Describe an event for a person, without the names of module and event."""
    return declarations().event_text(module, event, values)


def operation_text(module: str, action: str, args: Sequence[Any]) -> str:
    """Write an operation for a person: ``receivable transfer receivable=576b..., to=bank-b``."""
    return declarations().operation_text(module, action, args)
