"""A mutant: one deliberate fault in the safety code, and the tests that must fail under it."""

from __future__ import annotations

import importlib.util
from dataclasses import dataclass
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

from tests.mutants.functions import PRODUCT, TOP, functions_called


@dataclass(frozen=True, slots=True, kw_only=True)
class Place:
    """``old``, as it is indented there, begins at ``offset`` of the file at ``path``."""

    path: Path
    offset: int
    old: str
    new: str

    @property
    def module(self) -> str:
        """Dotted name of the file."""
        return ".".join(self.path.relative_to(TOP).with_suffix("").parts).removesuffix(".__init__")

    def source(self) -> str:
        """The file with the new text in place of the old."""
        text = self.path.read_text("utf-8")
        return text[: self.offset] + self.new + text[self.offset + len(self.old) :]


@dataclass(frozen=True, slots=True, kw_only=True)
class Mutant:
    """``old`` stands once in the functions of that name; with ``new`` for it, ``catchers`` (paths) fail.

    ``fault``: what the code then does wrong. ``function``: ``name``, ``Class.method`` or ``outer.inner``, in
    whichever file of the product, so that a file may be moved or cut in two. Where two functions bear the
    name, the text decides. The texts are indented as in a function at the margin.
    """

    name: str
    fault: str
    function: str
    old: str
    new: str
    catchers: tuple[str, ...]

    def place(self, product: Path = PRODUCT) -> Place:
        """Find the text; ``ValueError`` where it does not stand exactly once."""
        functions = functions_called(self.function, product)
        places: list[Place] = []
        for function in functions:
            old, new = (_indented(text, function.indent) for text in (self.old, self.new))
            at = function.source.find(old)
            while at >= 0:
                places.append(Place(path=function.path, offset=function.offset + at, old=old, new=new))
                at = function.source.find(old, at + 1)
        if len(places) != 1:
            raise ValueError(
                f"mutant {self.name}: its old text stands {len(places)} times in the"
                f" {len(functions)} functions that are called {self.function}"
            )
        return places[0]


def _indented(text: str, indent: str) -> str:
    """Indent all lines; the first only where the text begins with a line of a body."""
    first, *rest = text.split("\n")
    begins = indent if first.startswith(" " * 4) else ""
    return "\n".join([begins + first, *(indent + line if line else line for line in rest)])


class MutantFinder(MetaPathFinder, Loader):
    """Serves one module with its fault, in memory; ``loaded`` tells whether anybody imported it."""

    def __init__(self, mutant: Mutant) -> None:
        self._place = mutant.place()
        self._code = compile(self._place.source(), str(self._place.path), "exec")
        self.loaded = False

    @property
    def module(self) -> str:
        """The module that has the fault."""
        return self._place.module

    def find_spec(
        self, fullname: str, path: object = None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """The module of the mutant, and no other."""
        if fullname != self.module:
            return None
        packaged = self._place.path.name == "__init__.py"
        spec = importlib.util.spec_from_loader(
            fullname, self, origin=str(self._place.path), is_package=packaged
        )
        if packaged and spec is not None:
            spec.submodule_search_locations = [str(self._place.path.parent)]
        return spec

    def exec_module(self, module: ModuleType) -> None:
        """Run the changed source as the module."""
        self.loaded = True
        exec(self._code, module.__dict__)
