"""A package that brings a module: where its sources lie, and under which name it offers the module.

It is found among what is installed (entry point group ``p2pchain.modules``), or in a folder with a
``pyproject.toml``, as an author has it. Nothing of it is imported here.
"""

from __future__ import annotations

import importlib.metadata
import importlib.util
import re
import sys
import tomllib
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from p2pchain.ledger.digest import module_digest
from p2pchain.ledger.purity import SDK, lint
from p2pchain.ledger.purity_findings import Finding
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.messages import MODULE_VERSION_MAX
from p2pchain.node.home.module_sources import read_sources

GROUP: Final = "p2pchain.modules"
NAME: Final = re.compile(r"x-[a-z][a-z0-9-]{0,28}[a-z0-9]")
"""Of a module of others, and of its entry point: a namespace that no module of this software has."""
REFERENCE: Final = re.compile(r"([a-z_][a-z0-9_]*)\.[a-z_][a-z0-9_]*:[A-Z_a-z][A-Za-z0-9_]*")
"""``package.file:NAME``: the file lies in the package's own folder, so that all of it is its digest's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Package:
    """``name``: of the module, ``x-tools``; ``release``: of the package; ``reference``:
    ``x_tools.module:MODULE``; ``folder``: what ``x_tools`` is imported from.
    """

    name: str
    release: str
    reference: str
    folder: Path

    @property
    def imported_as(self) -> str:
        """Name of the package in Python."""
        return self.reference.partition(".")[0]

    def sources(self) -> Mapping[str, bytes]:
        """Sources by path below the folder. ``Refused("MODULE_SOURCES")``."""
        return read_sources(self.folder)

    def digest(self) -> bytes:
        """Digest of all of its sources, which is that of the newest version in it."""
        return module_digest(self.sources(), MODULE_VERSION_MAX)

    def findings(self) -> tuple[Finding, ...]:
        """Run the lint of modules over its sources."""
        texts = {path: raw.decode("utf-8", "replace") for path, raw in self.sources().items()}
        return lint(texts, self.imported_as, frozenset({SDK}))


def find_installed(name: str, path: Path | None) -> Package:
    """Find the installed package that brings a module. ``path``: a folder of packages beside those of this
    Python. ``Refused("MODULE_NAME")``, ``MODULE_NOT_INSTALLED``.
    """
    if path is not None and str(path) not in sys.path:
        sys.path.append(str(path))
    entries = [entry for entry in importlib.metadata.entry_points(group=GROUP) if entry.name == name]
    if not entries:
        facts: dict[str, Fact] = {"module": name, "path": None if path is None else str(path)}
        hint = "install its package into the Python of this node, or name its folder as modules.path"
        raise Refused("MODULE_NOT_INSTALLED", facts, hint)
    entry = entries[0]
    release = "" if entry.dist is None else entry.dist.version
    return _package(name, release, entry.value, None)


def read_tree(path: Path) -> Package:
    """Read the package of a folder with a ``pyproject.toml``. ``Refused("MODULE_TREE")``."""
    try:
        document: dict[str, Any] = tomllib.loads((path / "pyproject.toml").read_text("utf-8"))
        project = document["project"]
        ((name, reference),) = project["entry-points"][GROUP].items()
        release = str(project["version"])
    except (OSError, ValueError, KeyError, AttributeError, TypeError) as error:
        facts: dict[str, Fact] = {"path": str(path), "problem": f"{type(error).__name__}: {error}"}
        hint = f'a pyproject.toml with a version and one entry point of "{GROUP}"; see: p2pchain module new'
        raise Refused("MODULE_TREE", facts, hint) from error
    return _package(str(name), release, str(reference), path)


def _package(name: str, release: str, reference: str, tree: Path | None) -> Package:
    fits = REFERENCE.fullmatch(reference)
    if NAME.fullmatch(name) is None or fits is None:
        facts: dict[str, Fact] = {"module": name, "reference": reference}
        hint = "a module of others is called x-NAME, of a-z 0-9 -, and referred to as package.file:NAME"
        raise Refused("MODULE_NAME", facts, hint)
    folders = _folders(fits[1], tree)
    if len(folders) != 1:
        facts = {"module": name, "package": fits[1], "folders": len(folders)}
        raise Refused("MODULE_SOURCES", facts, "a module lies in one folder of sources")
    return Package(name=name, release=release, reference=reference, folder=folders[0])


def _folders(package: str, tree: Path | None) -> list[Path]:
    if tree is not None:
        places = [tree.absolute() / package, tree.absolute() / "src" / package]
        return [place for place in places if (place / "__init__.py").exists()]
    spec = importlib.util.find_spec(package)
    return [Path(place) for place in (spec.submodule_search_locations or ())] if spec is not None else []
