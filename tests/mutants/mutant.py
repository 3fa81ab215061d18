"""A mutant: one deliberate fault in the safety code, and the tests that must fail under it."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType
from typing import Final

TOP: Final = Path(__file__).parents[2]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """``old`` stands exactly once in ``module``; with ``new`` in its place, ``catchers`` (paths) must fail.

    ``fault``: what the code then does wrong.
    """

    name: str
    fault: str
    module: str
    old: str
    new: str
    catchers: tuple[str, ...]

    @property
    def path(self) -> Path:
        """The module's file."""
        return TOP / (self.module.replace(".", "/") + ".py")

    def source(self) -> str:
        """The module with the fault in it; ``ValueError`` where the old text is not there exactly once."""
        text = self.path.read_text("utf-8")
        found = text.count(self.old)
        if found != 1:
            raise ValueError(f"mutant {self.name}: its old text stands {found} times in {self.module}")
        changed = text.replace(self.old, self.new)
        compile(changed, str(self.path), "exec")
        return changed


class MutantFinder(MetaPathFinder, Loader):
    """Serves one module with its fault, in memory; ``loaded`` tells whether anybody imported it."""

    def __init__(self, mutant: Mutant) -> None:
        self._mutant = mutant
        self._source = mutant.source()
        self.loaded = False

    def find_spec(
        self, fullname: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module of the mutant, and no other."""
        if fullname != self._mutant.module:
            return None
        return importlib.util.spec_from_loader(fullname, self, origin=str(self._mutant.path))

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed source as the module."""
        self.loaded = True
        exec(compile(self._source, str(self._mutant.path), "exec"), module.__dict__)
