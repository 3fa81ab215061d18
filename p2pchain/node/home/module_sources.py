"""Sources of modules, read from the folders that they were imported from."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Final

from p2pchain.ledger.digest import module_digest
from p2pchain.ledger.module import Module
from p2pchain.model.errors import Fact, Refused
from p2pchain.model.messages import MODULE_CODES_MAX, ModuleCode

SUFFIX: Final = ".py"
COMPILED: Final = "__pycache__"
IMPORTABLE: Final = (".pyc", ".pyd", ".so")
"""Suffixes of files that the interpreter would run and nobody can read."""
FILES_MAX: Final = 1_000
SOURCE_BYTES_MAX: Final = 1_000_000


def digests_of(modules: Iterable[Module]) -> dict[tuple[str, int], bytes]:
    """Digest of every version, by name and version. ``Refused("MODULE_SOURCES")``."""
    return {(module.name, module.version): digest_of(module) for module in modules}


def own_codes(modules: Iterable[Module]) -> tuple[ModuleCode, ...]:
    """List the code of modules that state their sources, by name and version. Raises ``Refused``:
    ``MODULE_SOURCES``, and ``MODULES_TOO_MANY`` where no hello and no declaration could name them all.
    """
    codes = [
        ModuleCode(module=module.name, version=module.version, digest=digest_of(module))
        for module in modules
        if module.source
    ]
    if len(codes) > MODULE_CODES_MAX:
        facts: dict[str, Fact] = {"versions": len(codes), "most": MODULE_CODES_MAX}
        raise Refused("MODULES_TOO_MANY", facts, "name fewer packages in config.toml")
    return tuple(sorted(codes, key=lambda code: (code.module, code.version)))


def digest_of(module: Module) -> bytes:
    """Compute a version's digest from the folder of its declaration. ``Refused("MODULE_SOURCES")``."""
    return module_digest(read_sources(folder_of(module)), module.version)


def folder_of(module: Module) -> Path:
    """Folder of the package that declares a module. ``Refused("MODULE_SOURCES")`` where there is none."""
    package = sys.modules.get(module.source.rpartition(".")[0])
    folders = list(getattr(package, "__path__", ()))
    if len(folders) != 1:
        facts: dict[str, Fact] = {"module": module.name, "source": module.source, "folders": len(folders)}
        raise Refused("MODULE_SOURCES", facts, "a module lies in one folder, and says source=__name__")
    return Path(folders[0])


def read_sources(folder: Path) -> Mapping[str, bytes]:
    """Contents of the sources below a folder, by path. ``Refused("MODULE_SOURCES")`` where something else
    lies there that the interpreter would run (links, compiled files without a source), or too much.
    """
    sources: dict[str, bytes] = {}
    for place, folders, files in os.walk(folder):
        folders[:] = [name for name in folders if name != COMPILED]
        for path in (Path(place, name) for name in (*folders, *files)):
            _require_plain(folder, path)
            if path.suffix == SUFFIX and path.is_file():
                sources[path.relative_to(folder).as_posix()] = _read(folder, path)
                if len(sources) > FILES_MAX:
                    raise _unfit(folder, path, f"at most {FILES_MAX} sources")
    return sources


def _require_plain(folder: Path, path: Path) -> None:
    if path.is_symlink():
        raise _unfit(folder, path, "a link is no source: put the file itself there")
    if path.suffix in IMPORTABLE:
        raise _unfit(folder, path, "a module is made of sources alone: remove it")
    if "\n" in path.name:
        raise _unfit(folder, path, "a name is one line")


def _read(folder: Path, path: Path) -> bytes:
    if path.stat().st_size > SOURCE_BYTES_MAX:
        raise _unfit(folder, path, f"a source has at most {SOURCE_BYTES_MAX} bytes")
    return path.read_bytes()


def _unfit(folder: Path, path: Path, hint: str) -> Refused:
    facts = {"folder": str(folder), "file": path.relative_to(folder).as_posix()}
    return Refused("MODULE_SOURCES", facts, hint)
